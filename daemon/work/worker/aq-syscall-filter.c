/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which system calls a process may make: seccomp
 *
 * Denied calls fail with EPERM and kill nobody, so that careless code gets an
 * errno to report. The list is of what reaches into other processes, changes the
 * system, or is a way into the kernel that plugins have no use for; everything
 * else is allowed.
 */

#include "config.h"

#include "work/worker/aq-syscall-filter.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* names and not numbers: not every machine has each, nor libseccomp knows it */
static const char * const denied[] = {
  /* into other processes */
  "kcmp", "migrate_pages", "move_pages", "pidfd_getfd", "process_madvise", "process_mrelease", "process_vm_readv",
  "process_vm_writev", "ptrace",
  /* what the system consists of */
  "chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree", "pivot_root",
  "quotactl", "quotactl_fd", "setns", "swapoff", "swapon", "umount", "umount2", "unshare",
  /* what the system is */
  "acct", "adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "create_module",
  "delete_module", "finit_module", "init_module", "ioperm", "iopl", "kexec_file_load", "kexec_load", "nfsservctl",
  "query_module", "reboot", "setdomainname", "sethostname", "settimeofday", "stime", "syslog", "vhangup",
  /* ways into the kernel, or around what is looked at elsewhere */
  "add_key", "bpf", "fanotify_init", "fanotify_mark", "io_uring_enter", "io_uring_register", "io_uring_setup", "keyctl",
  "lookup_dcookie", "modify_ldt", "name_to_handle_at", "open_by_handle_at", "perf_event_open", "personality",
  "request_key", "userfaultfd", "vm86", "vm86old",
};

/* others' memory and queues, where they are not our own */
static const char * const denied_ipc[] = { "mq_open", "mq_unlink", "msgget", "semget", "shmget", "shmat" };

/* of the whole of which only our own process is ours: the argument that names another, if it is not 0 */
static const struct
{
  const char *name;
  guint       argument;
} denied_for_others[] = {
  { "ioprio_set", 1 },
  { "prlimit64", 0 },
  { "sched_setaffinity", 0 },
  { "sched_setattr", 0 },
  { "sched_setparam", 0 },
  { "sched_setscheduler", 0 },
  { "setpriority", 1 },
};

#define NEW_NAMESPACES (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | \
                        CLONE_NEWUTS)

/* a call that the machine does not have cannot be made */
static int
deny (scmp_filter_ctx  filter,
      const char      *name,
      int              answer,
      guint            n_conditions,
      const struct scmp_arg_cmp *conditions)
{
  int number = seccomp_syscall_resolve_name (name);
  int result;

  if (number == __NR_SCMP_ERROR)
    return 0;
  result = seccomp_rule_add_array (filter, SCMP_ACT_ERRNO (answer), number, n_conditions, conditions);
  return result == -EDOM || result == -EEXIST ? 0 : result;
}

static int
deny_if (scmp_filter_ctx     filter,
         const char         *name,
         struct scmp_arg_cmp condition)
{
  return deny (filter, name, EPERM, 1, &condition);
}

static int
deny_all (scmp_filter_ctx     filter,
          const char * const *names,
          gsize               n_names)
{
  int result = 0;

  for (gsize i = 0; i < n_names && result == 0; i++)
    result = deny (filter, names[i], EPERM, 0, NULL);
  return result;
}

/* Who clones cannot be told what is in the struct of clone3(); without it libc uses the older one. */
static int
deny_namespaces (scmp_filter_ctx filter)
{
  int result = deny (filter, "clone3", ENOSYS, 0, NULL);

  for (guint bit = 0; bit < 32 && result == 0; bit++)
    if ((NEW_NAMESPACES & (1u << bit)) != 0)
#if defined(__s390__) || defined(__CRIS__)
      result = deny_if (filter, "clone", SCMP_A1 (SCMP_CMP_MASKED_EQ, 1u << bit, 1u << bit));
#else
      result = deny_if (filter, "clone", SCMP_A0 (SCMP_CMP_MASKED_EQ, 1u << bit, 1u << bit));
#endif
  return result;
}

static int
deny_network (scmp_filter_ctx filter,
              AqNetwork       network)
{
  static const char * const names[] = { "socket", "socketpair" };
  int result = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names) && result == 0 && network != AQ_NETWORK_YES; i++)
    if (network == AQ_NETWORK_NO)
      result = deny (filter, names[i], EPERM, 0, NULL);
    else
      result = deny_if (filter, names[i], SCMP_A0_32 (SCMP_CMP_NE, AF_UNIX));
  return result;
}

/* A process may signal itself and nobody else: not even its children, as a filter cannot tell who they are. */
static int
deny_signals (scmp_filter_ctx filter)
{
  static const char * const all[] = { "pidfd_send_signal", "tkill" };
  static const char * const to_others[] = { "kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo" };
  int result = deny_all (filter, all, G_N_ELEMENTS (all));

  for (guint i = 0; i < G_N_ELEMENTS (to_others) && result == 0; i++)
    result = deny_if (filter, to_others[i], SCMP_A0_32 (SCMP_CMP_NE, (guint32) getpid ()));
  return result;
}

static int
deny_others (scmp_filter_ctx filter)
{
  int result = 0;

  for (guint i = 0; i < G_N_ELEMENTS (denied_for_others) && result == 0; i++)
    {
      struct scmp_arg_cmp condition = SCMP_A0_32 (SCMP_CMP_NE, 0);

      condition.arg = denied_for_others[i].argument;
      result = deny_if (filter, denied_for_others[i].name, condition);
    }
  return result;
}

static int
deny_odd_requests (scmp_filter_ctx filter)
{
  static const unsigned long requests[] = { TIOCSTI, TIOCLINUX };
  static const int options[] = { PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_PDEATHSIG };
  int result = 0;

  for (guint i = 0; i < G_N_ELEMENTS (requests) && result == 0; i++)
    result = deny_if (filter, "ioctl", SCMP_A1_32 (SCMP_CMP_EQ, requests[i]));
  for (guint i = 0; i < G_N_ELEMENTS (options) && result == 0; i++)
    result = deny_if (filter, "prctl", SCMP_A0_32 (SCMP_CMP_EQ, (guint32) options[i]));
  return result;
}

static int
fill (const AqSyscallFilter *self,
      scmp_filter_ctx        filter)
{
  int result = deny_all (filter, denied, G_N_ELEMENTS (denied));

  if (result == 0 && !self->own_ipc)
    result = deny_all (filter, denied_ipc, G_N_ELEMENTS (denied_ipc));
  if (result == 0)
    result = deny_namespaces (filter);
  if (result == 0)
    result = deny_network (filter, self->network);
  if (result == 0 && !self->scoped_signals)
    result = deny_signals (filter);
  if (result == 0)
    result = deny_others (filter);
  if (result == 0)
    result = deny_odd_requests (filter);
  return result;
}

/**
 * aq_syscall_filter_install:
 * @self: what is denied
 * @error: return location for an error
 *
 * Puts the filter in force for all threads of this process and what they start,
 * for ever.
 *
 * Errors: `ASYNCQ_ERROR_SANDBOX` where the kernel takes no filter
 */
gboolean
aq_syscall_filter_install (const AqSyscallFilter  *self,
                           GError                **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int result = filter == NULL ? -ENOMEM : 0;

  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (EPERM));
  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
  if (result == 0)
    result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: the list is long */
  if (result == 0)
    result = fill (self, filter);
  if (result == 0)
    result = seccomp_load (filter);
  if (filter != NULL)
    seccomp_release (filter);
  if (result == 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no filter of system calls: %s", g_strerror (-result));
  return FALSE;
}
