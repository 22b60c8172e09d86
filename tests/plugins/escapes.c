/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a plugin that is out for it tries to get out of its sandbox
 *
 * Each action says whether it has succeeded. None of them does harm where it does:
 * what is changed is changed back, or is the test's own.
 */

#define _GNU_SOURCE

#include <asyncq-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <netinet/in.h>
#include <unistd.h>

/* what there is to get at: all of it is outside of what the sandbox allows */
static const char *store;   /* a file of the daemon's store */
static const char *sock;    /* the daemon's bus socket */
static const char *outside; /* a folder, with the file "secret" in it */

static char *
in_outside (const char *name)
{
  return g_build_filename (outside, name, NULL);
}

static gboolean
can_open (const char *path,
          int         flags)
{
  int fd = open (path, flags | O_CLOEXEC, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static gboolean
can_open_of_daemon (const char *name,
                    int         flags)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) getppid (), name);

  return can_open (path, flags);
}

static gboolean
can_make_socket (int domain,
                 int type,
                 int protocol)
{
  int fd = socket (domain, type, protocol);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static gboolean
succeeds (long result)
{
  return result >= 0;
}

#define ACTION(name, ...) static gboolean try_##name (void) { __VA_ARGS__ }

/* files */
ACTION (read_store, return can_open (store, O_RDONLY);)
ACTION (write_store, return can_open (store, O_WRONLY);)
ACTION (truncate_store, struct stat s; return stat (store, &s) == 0 && truncate (store, s.st_size) == 0;)
ACTION (append_store, return can_open (store, O_WRONLY | O_APPEND);)
ACTION (list_store, g_autofree char *f = g_path_get_dirname (store); return can_open (f, O_RDONLY | O_DIRECTORY);)
ACTION (read_secret, g_autofree char *p = in_outside ("secret"); return can_open (p, O_RDONLY);)
ACTION (read_shadow, return can_open ("/etc/shadow", O_RDONLY);)
ACTION (read_passwd, return can_open ("/etc/passwd", O_RDONLY);)
ACTION (list_root_home, return can_open ("/root", O_RDONLY | O_DIRECTORY);)
ACTION (list_root, return can_open ("/", O_RDONLY | O_DIRECTORY);)
ACTION (create_outside, g_autofree char *p = in_outside ("new"); return can_open (p, O_WRONLY | O_CREAT);)
ACTION (create_in_etc, gboolean ok = can_open ("/etc/asyncq-escape", O_WRONLY | O_CREAT);
        unlink ("/etc/asyncq-escape"); return ok;)
ACTION (create_in_dev, gboolean ok = can_open ("/dev/asyncq-escape", O_WRONLY | O_CREAT);
        unlink ("/dev/asyncq-escape"); return ok;)
ACTION (make_folder_outside, g_autofree char *p = in_outside ("folder"); return mkdir (p, 0700) == 0;)
ACTION (make_link_outside, g_autofree char *p = in_outside ("link"); return symlink ("secret", p) == 0;)
ACTION (hard_link_secret, g_autofree char *p = in_outside ("secret"); g_autofree char *q = in_outside ("hard");
        return link (p, q) == 0;)
ACTION (rename_secret, g_autofree char *p = in_outside ("secret"); return rename (p, p) == 0 && can_open (p, O_RDWR);)
ACTION (remove_outside, g_autofree char *p = in_outside ("victim"); return unlink (p) == 0;)
ACTION (chmod_secret, g_autofree char *p = in_outside ("secret"); return chmod (p, 0600) == 0;)
ACTION (chown_secret, g_autofree char *p = in_outside ("secret"); return chown (p, getuid (), getgid ()) == 0;)
ACTION (touch_secret, g_autofree char *p = in_outside ("secret"); return utimensat (AT_FDCWD, p, NULL, 0) == 0;)
ACTION (xattr_secret, g_autofree char *p = in_outside ("secret"); return setxattr (p, "user.x", "x", 1, 0) == 0;)
ACTION (make_device, g_autofree char *p = in_outside ("device"); return mknod (p, S_IFCHR | 0600, makedev (1, 5)) == 0;)
ACTION (make_fifo, g_autofree char *p = in_outside ("fifo"); return mkfifo (p, 0600) == 0;)
ACTION (execute_outside, g_autofree char *p = in_outside ("program"); g_autofree char *o = NULL;
        return g_spawn_command_line_sync (p, &o, NULL, NULL, NULL);)
ACTION (change_root, return chroot ("/") == 0;)

/* /proc and /sys */
ACTION (read_daemon_memory, return can_open_of_daemon ("mem", O_RDONLY);)
ACTION (read_daemon_environment, return can_open_of_daemon ("environ", O_RDONLY);)
ACTION (read_daemon_arguments, return can_open_of_daemon ("cmdline", O_RDONLY);)
ACTION (list_daemon_descriptors, return can_open_of_daemon ("fd", O_RDONLY | O_DIRECTORY);)
ACTION (through_daemon_root, return can_open_of_daemon ("root/etc/passwd", O_RDONLY);)
ACTION (through_daemon_descriptor, return can_open_of_daemon ("fd/2", O_WRONLY);)
ACTION (oom_score_of_daemon, return can_open_of_daemon ("oom_score_adj", O_WRONLY);)
ACTION (core_pattern, return can_open ("/proc/sys/kernel/core_pattern", O_WRONLY);)
ACTION (sysrq, return can_open ("/proc/sysrq-trigger", O_WRONLY);)
ACTION (sys_write, return can_open ("/sys/kernel/uevent_helper", O_WRONLY) || can_open ("/sys/power/state", O_WRONLY);)
ACTION (leave_cgroup, return can_open ("/sys/fs/cgroup/cgroup.procs", O_WRONLY);)
ACTION (read_kernel_log, return can_open ("/dev/kmsg", O_RDONLY);)
ACTION (shared_memory, gboolean ok = FALSE; int fd;
        fd = open ("/dev/shm/asyncq-test-shared", O_RDONLY); ok = fd >= 0; return ok;)

/* other processes */
ACTION (signal_daemon, return kill (getppid (), 0) == 0;)
ACTION (signal_all, return kill (1, 0) == 0;)
ACTION (queue_signal, union sigval v = { 0 }; return sigqueue (getppid (), 0, v) == 0;)
ACTION (pidfd_of_daemon, int fd = (int) syscall (SYS_pidfd_open, getppid (), 0);
        return fd >= 0 && succeeds (syscall (SYS_pidfd_send_signal, fd, 0, NULL, 0));)
ACTION (take_descriptor, int fd = (int) syscall (SYS_pidfd_open, getppid (), 0);
        return fd >= 0 && succeeds (syscall (SYS_pidfd_getfd, fd, 2, 0));)
ACTION (trace_daemon, return succeeds (ptrace (PTRACE_SEIZE, getppid (), NULL, NULL));)
ACTION (copy_daemon_memory, char c; struct iovec a = { &c, 1 }; struct iovec b = { (void *) try_signal_daemon, 1 };
        return process_vm_readv (getppid (), &a, 1, &b, 1, 0) >= 0;)
ACTION (limits_of_daemon, struct rlimit l; return prlimit (getppid (), RLIMIT_NOFILE, NULL, &l) == 0;)
ACTION (priority_of_daemon, return setpriority (PRIO_PROCESS, (id_t) getppid (), 0) == 0;)
ACTION (affinity_of_daemon, cpu_set_t s; CPU_ZERO (&s); CPU_SET (0, &s); return sched_getaffinity (0, sizeof s, &s) == 0 &&
        sched_setaffinity (getppid (), sizeof s, &s) == 0;)
ACTION (sysv_memory, return shmget (IPC_PRIVATE, 4096, 0600) >= 0 && shmget (0x61737971, 4096, 0) >= 0;)

/* the network, and sockets */
ACTION (socket_inet, return can_make_socket (AF_INET, SOCK_STREAM, 0);)
ACTION (socket_inet6, return can_make_socket (AF_INET6, SOCK_DGRAM, 0);)
ACTION (socket_netlink, return can_make_socket (AF_NETLINK, SOCK_RAW, 0);)
ACTION (socket_packet, return can_make_socket (AF_PACKET, SOCK_RAW, 0);)
ACTION (socket_raw, return can_make_socket (AF_INET, SOCK_RAW, IPPROTO_ICMP);)
ACTION (socket_unix, return can_make_socket (AF_UNIX, SOCK_STREAM, 0);)
ACTION (socket_vsock, return can_make_socket (AF_VSOCK, SOCK_STREAM, 0);)
ACTION (socket_alg, return can_make_socket (AF_ALG, SOCK_SEQPACKET, 0);)
ACTION (socket_pair, int e[2]; return socketpair (AF_UNIX, SOCK_STREAM, 0, e) == 0;)

static gboolean
can_connect (const struct sockaddr_un *address,
             gsize                     size)
{
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gboolean ok = fd >= 0 && connect (fd, (const struct sockaddr *) address, (socklen_t) size) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

ACTION (connect_bus, struct sockaddr_un a = { .sun_family = AF_UNIX }; g_strlcpy (a.sun_path, sock, sizeof a.sun_path);
        return can_connect (&a, sizeof a);)
ACTION (connect_abstract, struct sockaddr_un a = { .sun_family = AF_UNIX };
        memcpy (a.sun_path, "\0asyncq-test-abstract", 21);
        return can_connect (&a, offsetof (struct sockaddr_un, sun_path) + 21);)

/* privileges */
ACTION (become_root, return getuid () != 0 && setuid (0) == 0;)
ACTION (change_groups, gid_t g = 4; return setgroups (1, &g) == 0;)
ACTION (raise_files, struct rlimit l; return getrlimit (RLIMIT_NOFILE, &l) == 0 && (l.rlim_max++, l.rlim_cur = l.rlim_max,
        setrlimit (RLIMIT_NOFILE, &l) == 0);)
ACTION (become_dumpable, return prctl (PR_SET_DUMPABLE, 1) == 0;)
ACTION (outlive_daemon, return prctl (PR_SET_PDEATHSIG, 0) == 0;)
ACTION (drop_no_new_privs, return prctl (PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;)
ACTION (have_capabilities, return prctl (PR_CAPBSET_READ, 21 /* SYS_ADMIN */, 0, 0, 0) != 0;)

/* the system */
ACTION (mount_tmpfs, return mount ("none", "/mnt", "tmpfs", 0, NULL) == 0;)
ACTION (unmount_tmp, return umount2 ("/tmp", MNT_DETACH) == 0;)
ACTION (open_file_system, return succeeds (syscall (SYS_fsopen, "tmpfs", 0));)
ACTION (clone_tree, return succeeds (syscall (SYS_open_tree, AT_FDCWD, "/", 1));)
ACTION (new_users, return unshare (CLONE_NEWUSER) == 0;)
ACTION (new_mounts, return unshare (CLONE_NEWNS) == 0;)
ACTION (clone_users, long p = syscall (SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); if (p == 0) _exit (0);
        return p > 0;)
ACTION (enter_daemon, g_autofree char *p = g_strdup_printf ("/proc/%d/ns/net", (int) getppid ());
        int fd = open (p, O_RDONLY); return fd >= 0 && setns (fd, 0) == 0;)
ACTION (host_name, return sethostname ("x", 1) == 0;)
ACTION (set_time, return succeeds (syscall (SYS_settimeofday, NULL, NULL));)
ACTION (swap_on, return swapon ("/nothing", 0) == 0 || errno != EPERM;)
ACTION (load_module, return succeeds (syscall (SYS_init_module, "", 0, "")) || errno != EPERM;)
ACTION (load_kernel, return succeeds (syscall (SYS_kexec_load, 0, 0, NULL, 0)) || errno != EPERM;)
ACTION (add_key, return succeeds (syscall (SYS_add_key, "user", "x", "x", 1, KEY_SPEC_SESSION_KEYRING));)
ACTION (list_keys, return succeeds (syscall (SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));)
ACTION (load_bpf, return succeeds (syscall (SYS_bpf, 0, NULL, 0)) || errno != EPERM;)
ACTION (make_ring, return succeeds (syscall (SYS_io_uring_setup, 1, NULL)) || errno != EPERM;)
ACTION (watch_counters, return succeeds (syscall (SYS_perf_event_open, NULL, 0, -1, -1, 0)) || errno != EPERM;)
ACTION (handle_faults, return succeeds (syscall (SYS_userfaultfd, 0));)
ACTION (open_by_handle, return succeeds (syscall (SYS_open_by_handle_at, -1, NULL, 0)) || errno != EPERM;)
ACTION (push_input, return ioctl (0, TIOCSTI, "x") == 0 || errno != EPERM;)
ACTION (compatible_call, return succeeds (syscall (0x40000000 + 165, "none", "/mnt", "tmpfs", 0, NULL));)

#undef ACTION

/* more than the channel and what it has made itself? 3 is the channel; it belongs there */
static gboolean
try_inherited_descriptors (void)
{
  for (int fd = 4; fd < 1024; fd++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (target != NULL && (g_str_has_prefix (target, outside) || strcmp (target, store) == 0))
        return TRUE;
    }
  return FALSE;
}

#define TRY(name) { #name, try_##name }

static const struct
{
  const char *name;
  gboolean  (*try) (void);
} actions[] = {
  TRY (read_store), TRY (write_store), TRY (truncate_store), TRY (append_store), TRY (list_store), TRY (read_secret),
  TRY (read_shadow), TRY (read_passwd), TRY (list_root_home), TRY (list_root), TRY (create_outside),
  TRY (create_in_etc), TRY (create_in_dev), TRY (make_folder_outside), TRY (make_link_outside), TRY (hard_link_secret),
  TRY (rename_secret), TRY (remove_outside), TRY (chmod_secret), TRY (chown_secret), TRY (touch_secret),
  TRY (xattr_secret), TRY (make_device), TRY (make_fifo), TRY (execute_outside), TRY (change_root),
  TRY (read_daemon_memory), TRY (read_daemon_environment), TRY (read_daemon_arguments), TRY (list_daemon_descriptors),
  TRY (through_daemon_root), TRY (through_daemon_descriptor), TRY (oom_score_of_daemon), TRY (core_pattern),
  TRY (sysrq), TRY (sys_write), TRY (leave_cgroup), TRY (read_kernel_log), TRY (shared_memory), TRY (signal_daemon),
  TRY (signal_all), TRY (queue_signal), TRY (pidfd_of_daemon), TRY (take_descriptor), TRY (trace_daemon),
  TRY (copy_daemon_memory), TRY (limits_of_daemon), TRY (priority_of_daemon), TRY (affinity_of_daemon),
  TRY (sysv_memory), TRY (socket_inet), TRY (socket_inet6), TRY (socket_netlink), TRY (socket_packet),
  TRY (socket_raw), TRY (socket_unix), TRY (socket_vsock), TRY (socket_alg), TRY (socket_pair), TRY (connect_bus),
  TRY (connect_abstract), TRY (become_root), TRY (change_groups), TRY (raise_files), TRY (become_dumpable),
  TRY (outlive_daemon), TRY (drop_no_new_privs), TRY (have_capabilities), TRY (mount_tmpfs), TRY (unmount_tmp),
  TRY (open_file_system), TRY (clone_tree), TRY (new_users), TRY (new_mounts), TRY (clone_users), TRY (enter_daemon),
  TRY (host_name), TRY (set_time), TRY (swap_on), TRY (load_module), TRY (load_kernel), TRY (add_key),
  TRY (list_keys), TRY (load_bpf), TRY (make_ring), TRY (watch_counters), TRY (handle_faults), TRY (open_by_handle),
  TRY (push_input), TRY (compatible_call), TRY (inherited_descriptors),
};

/* Returns: how many were tried, and which of them have succeeded */
ASYNCQ_EXPORT GVariant *
escapes_try (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  g_auto(GVariantBuilder) succeeded = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  g_variant_get (arguments, "(&s&s&s)", &store, &sock, &outside);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (actions[i].try ())
      g_variant_builder_add (&succeeded, "s", actions[i].name);
  return g_variant_new ("(uas)", (guint) G_N_ELEMENTS (actions), &succeeded);
}

/* what it finds in its temporary folder, after it has left @n files, a link and a nest of folders there */
ASYNCQ_EXPORT GVariant *
escapes_litter (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  const char *folder = asyncq_job_context_get_temporary_folder (job);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *link_to;
  guint n_files, n_found = 0;
  int fd;

  g_variant_get (arguments, "(u&s)", &n_files, &link_to);
  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n_found++;
  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (guint i = 0; i < n_files; i++)
    {
      char name[16];

      (void) g_snprintf (name, sizeof name, "%u", i);
      close (openat (fd, name, O_WRONLY | O_CREAT, 0600));
    }
  (void) !symlinkat (link_to, fd, "link");
  for (guint i = 0; i < 2 * n_files; i++)
    {
      int next;

      (void) mkdirat (fd, "a-folder-in-a-folder", 0700);
      next = openat (fd, "a-folder-in-a-folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      (void) fchmod (fd, 0500);
      close (fd);
      fd = next;
    }
  close (fd);
  return g_variant_new ("(su)", folder, n_found);
}

ASYNCQ_EXPORT GVariant *
escapes_pid (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  return g_variant_new ("(uu)", (guint) getpid (), (guint) getuid ());
}

static const AsyncqFunction functions[] = {
  { "try", "store s, sock s, outside s", "(uas)", "Tries to get out" },
  { "litter", "n u, target s", "(su)", "Leaves files in its temporary folder" },
  { "pid", "", "(uu)", "Who runs it" },
  { "free", "", "(uu)", "Likewise, in no sandbox" },
};

ASYNCQ_EXPORT GVariant *
escapes_free (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  return escapes_pid (job, arguments, error);
}

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "escapes",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
