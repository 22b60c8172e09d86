/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a process cannot do any more once it has confined itself
 *
 * Each case runs in a process of its own, as nothing of it can be taken back. What
 * the system cannot do is told, and then not looked at.
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean
has_level (const AqSandboxResult *result,
           const char            *level)
{
  g_auto(GStrv) words = g_strsplit (result->levels->str, " ", -1);

  return g_strv_contains ((const char * const *) words, level);
}

/* @options: of a function */
static gboolean
confine (const char       *options,
         const char       *temporary,
         AqSandboxParts    parts,
         AqSandboxResult  *result,
         GError          **error)
{
  g_auto(AqFunctionOptions) parsed = { 0 };
  g_auto(AqConfinement) confinement = { { 0 } };

  aq_function_options_init (&parsed);
  g_assert_true (aq_function_options_parse (&parsed, options, NULL));
  aq_sandbox_copy (&confinement.sandbox, &parsed.sandbox);
  confinement.temporary = g_strdup (temporary);
  return aq_sandbox_apply (&confinement, parts, result, error);
}

/* runs @test in a process of its own, which has one thread and ends without looking back */
static void
in_another_process (void (*test) (void))
{
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      test ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

#define ASSERT_DENIED(call, number) \
  G_STMT_START { errno = 0; g_assert_cmpint ((call), <, 0); g_assert_cmpint (errno, ==, (number)); } G_STMT_END

static void
try_network (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  int ends[2];

  g_assert_true (confine ("sandbox=prefer network=no", NULL, AQ_SANDBOX_ALL, &result, NULL));
  if (!has_level (&result, "network=no"))
    return;
  ASSERT_DENIED (socket (AF_INET, SOCK_STREAM, 0), EPERM);
  ASSERT_DENIED (socket (AF_UNIX, SOCK_STREAM, 0), EPERM);
  ASSERT_DENIED (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), EPERM);
}

static void
test_without_a_network_there_are_no_sockets (void)
{
  in_another_process (try_network);
}

static void
try_local_network (void)
{
  g_auto(AqSandboxResult) result = { NULL };

  g_assert_true (confine ("sandbox=prefer network=local", NULL, AQ_SANDBOX_ALL, &result, NULL));
  if (!has_level (&result, "network=local"))
    return;
  ASSERT_DENIED (socket (AF_INET6, SOCK_DGRAM, 0), EPERM);
  ASSERT_DENIED (socket (AF_NETLINK, SOCK_RAW, 0), EPERM);
  g_assert_cmpint (socket (AF_UNIX, SOCK_STREAM, 0), >=, 0);
}

static void
test_a_local_network_is_unix_sockets (void)
{
  in_another_process (try_local_network);
}

static void
try_calls (void)
{
  g_auto(AqSandboxResult) result = { NULL };

  g_assert_true (confine ("sandbox=prefer", NULL, AQ_SANDBOX_ALL, &result, NULL));
  if (!has_level (&result, "deny-calls"))
    return;
  ASSERT_DENIED (ptrace (PTRACE_TRACEME, 0, NULL, NULL), EPERM);
  ASSERT_DENIED (unshare (CLONE_NEWUSER), EPERM);
  ASSERT_DENIED (mount ("none", "/", "tmpfs", 0, NULL), EPERM);
  ASSERT_DENIED (kill (getppid (), 0), EPERM);
  g_assert_cmpint (kill (getpid (), 0), ==, 0);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &(struct rlimit) { 0 }), ==, 0);
}

static void
test_calls_that_no_plugin_needs_are_denied (void)
{
  in_another_process (try_calls);
}

static char *here; /* a folder with "in" and "out" in it, and a file in each */

static char *
path_of (const char *folder,
         const char *file)
{
  return g_build_filename (here, folder, file, NULL);
}

static void
try_paths (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autofree char *options = g_strdup_printf ("sandbox=prefer read=%s/in:%s/both write=%s/both", here, here, here);
  g_autofree char *in = path_of ("in", "file");
  g_autofree char *out = path_of ("out", "file");
  g_autofree char *both = path_of ("both", "file");
  g_autofree char *fresh = path_of ("both", "fresh");
  g_autofree char *moved = path_of ("out", "moved");

  g_assert_true (confine (options, NULL, AQ_SANDBOX_ALL, &result, NULL));
  if (!has_level (&result, "read") || !has_level (&result, "write"))
    return;
  g_assert_cmpint (open (in, O_RDONLY), >=, 0);
  ASSERT_DENIED (open (out, O_RDONLY), EACCES);
  ASSERT_DENIED (open ("/etc/passwd", O_RDONLY), EACCES);
  g_assert_cmpint (open ("/dev/urandom", O_RDONLY), >=, 0);
  g_assert_cmpint (open ("/dev/null", O_RDWR), >=, 0);
  g_assert_cmpint (open ("/proc/self/status", O_RDONLY), >=, 0);
  g_assert_cmpint (open (both, O_RDWR | O_TRUNC), >=, 0);
  g_assert_cmpint (open (fresh, O_WRONLY | O_CREAT, 0600), >=, 0);
  g_assert_cmpint (open (in, O_WRONLY), <, 0);
  g_assert_cmpint (truncate (in, 0), <, 0);
  g_assert_cmpint (unlink (in), <, 0);
  g_assert_cmpint (rename (fresh, moved), <, 0);
  if (has_level (&result, "read-only"))
    {
      ASSERT_DENIED (chmod (in, 0666), EROFS);
      g_assert_cmpint (chmod (both, 0600), ==, 0);
    }
}

static void
test_only_what_is_listed_can_be_read_and_written (void)
{
  in_another_process (try_paths);
}

static void
try_temporary (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autofree char *options = g_strdup_printf ("sandbox=require private-tmp write=%s/both", here);
  g_autofree char *folder = path_of ("", "own");
  g_autofree char *file = NULL;

  g_assert_true (confine (options, folder, AQ_SANDBOX_ALL & ~AQ_SANDBOX_NAMESPACES, &result, NULL));
  g_assert_cmpstr (result.folder, ==, folder);
  file = g_build_filename (folder, "x", NULL);
  g_assert_cmpint (open (file, O_RDWR | O_CREAT, 0600), >=, 0);
  g_assert_cmpint (open ("/tmp/asyncq-test-x", O_RDWR | O_CREAT, 0600), <, 0);
}

static void
test_a_private_folder_is_for_writing (void)
{
  in_another_process (try_temporary);
}

static void
try_less (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  g_assert_true (confine ("sandbox=prefer network=no write=/var/tmp", NULL, AQ_SANDBOX_SYSCALL_FILTER, &result,
                          &error));
  g_assert_no_error (error);
  g_assert_true (has_level (&result, "without=write"));
  g_assert_true (has_level (&result, "network=no"));
  g_assert_nonnull (strstr (result.lacking->str, "no Landlock"));
}

static void
test_what_is_preferred_runs_with_less_and_says_so (void)
{
  in_another_process (try_less);
}

static void
try_too_little (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  g_assert_false (confine ("sandbox=require network=no write=/var/tmp", NULL, AQ_SANDBOX_SYSCALL_FILTER, &result,
                           &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX);
  g_assert_cmpstr (error->message, ==, "write (no Landlock)");
}

static void
test_what_is_required_is_refused_with_less (void)
{
  in_another_process (try_too_little);
}

static void
try_missing_path (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  g_assert_false (confine ("sandbox=require read=/no/such/path", NULL, AQ_SANDBOX_ALL, &result, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX);
  g_assert_nonnull (strstr (error->message, "/no/such/path"));
}

static void
test_a_path_that_is_not_there_is_named (void)
{
  in_another_process (try_missing_path);
}

static void
try_user (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  if (!confine ("sandbox=require user=65534", NULL, AQ_SANDBOX_ALL, &result, &error))
    {
      g_assert_cmpuint (geteuid (), !=, 0);
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX);
      return;
    }
  g_assert_cmpuint (getuid (), ==, 65534);
  g_assert_cmpint (getgroups (0, NULL), ==, 0);
  g_assert_cmpint (setuid (0), <, 0);
  g_assert_cmpint (kill (getppid (), 0), <, 0);
}

static void
test_a_worker_of_root_becomes_another_user (void)
{
  in_another_process (try_user);
}

static void
try_root (void)
{
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  g_assert_false (confine ("sandbox=require user=0", NULL, AQ_SANDBOX_ALL, &result, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX);
}

static void
test_root_is_not_another_user (void)
{
  in_another_process (try_root);
}

static void
make_places (void)
{
  static const char * const folders[] = { "in", "out", "both" };

  here = g_dir_make_tmp ("asyncq-sandbox-XXXXXX", NULL);
  g_assert_nonnull (here);
  g_assert_cmpint (chmod (here, 0755), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *folder = path_of (folders[i], NULL);
      g_autofree char *file = path_of (folders[i], "file");

      g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
      g_assert_true (g_file_set_contents (file, "text", -1, NULL));
    }
}

static void
remove_places (void)
{
  static const char * const names[] = { "in/file", "in", "out/file", "out", "both/file", "both/fresh", "both",
                                        "own/x", "own", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = path_of (names[i], NULL);

      (void) g_remove (path); /* not all of them came to be */
    }
  g_free (here);
}

#define ADD(name) g_test_add_func ("/workers/sandbox/" #name, test_##name)

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  make_places ();
  ADD (without_a_network_there_are_no_sockets);
  ADD (a_local_network_is_unix_sockets);
  ADD (calls_that_no_plugin_needs_are_denied);
  ADD (only_what_is_listed_can_be_read_and_written);
  ADD (a_private_folder_is_for_writing);
  ADD (what_is_preferred_runs_with_less_and_says_so);
  ADD (what_is_required_is_refused_with_less);
  ADD (a_path_that_is_not_there_is_named);
  ADD (a_worker_of_root_becomes_another_user);
  ADD (root_is_not_another_user);
  status = g_test_run ();
  remove_places ();
  return status;
}
