/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Child processes
 *
 * Started with posix_spawn(), which does not copy the page tables of a large
 * daemon; with the default action for every signal and none blocked, stdin from
 * /dev/null, a process group of their own (what a terminal sends is for the
 * daemon to pass on), and no descriptors but those that are named. Reaped by
 * pidfd, and killed by it with all that are in its group: the number of a group
 * is nobody else's as long as its leader is not reaped. Everything here runs on
 * the main loop, whose thread is the parent that the children's parent-death
 * signal is about.
 */

#include "config.h"

#include "work/aq-process.h"

#include "work/aq-orphans.h"
#include "work/aq-usage-told.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* more than any target, so that no copy overwrites a source that is still needed */
#define FIRST_SOURCE 16

/* they name files that the loader, GLib or libc would load or write to */
static const char * const removed_variables[] = {
  "LD_", "G_", "GIO_", "GCONV_PATH", "GSETTINGS_", "GETCONF_DIR", "HOSTALIASES", "LOCALDOMAIN",
  "LOCPATH", "MALLOC_", "NLSPATH", "NIS_PATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TZDIR",
};

/* not for files: a sanitizer is to see what a worker does with its memory as well */
static const char kept_variable[] = "G_SLICE=";

static gboolean
is_removed (const char *variable)
{
  if (g_str_has_prefix (variable, kept_variable))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (removed_variables); i++)
    if (g_str_has_prefix (variable, removed_variables[i]))
      return TRUE;
  return FALSE;
}

static char **
clean_environment (void)
{
  char **environment = g_get_environ ();
  guint n_kept = 0;

  for (guint i = 0; environment[i] != NULL; i++)
    {
      if (is_removed (environment[i]))
        g_free (environment[i]);
      else
        environment[n_kept++] = environment[i];
    }
  environment[n_kept] = NULL;
  return environment;
}

/* Returns: 0 or an errno */
static int
add_descriptors (posix_spawn_file_actions_t *actions,
                 const AqProcessDescriptor  *descriptors,
                 const int                  *sources,
                 guint                       n_descriptors)
{
  int last = STDERR_FILENO;
  int result;

  result = posix_spawn_file_actions_addopen (actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (guint i = 0; i < n_descriptors && result == 0; i++)
    {
      result = posix_spawn_file_actions_adddup2 (actions, sources[i], descriptors[i].target);
      last = MAX (last, descriptors[i].target);
    }
  if (result == 0)
    result = posix_spawn_file_actions_addclosefrom_np (actions, last + 1);
  return result;
}

static int
spawn (AqProcess                  *self,
       const char * const         *argv,
       posix_spawn_file_actions_t *actions)
{
  g_auto(GStrv) environment = clean_environment ();
  posix_spawnattr_t attributes;
  sigset_t none;
  sigset_t all;
  int result;

  sigemptyset (&none);
  sigfillset (&all);
  result = posix_spawnattr_init (&attributes);
  if (result != 0)
    return result;
  (void) posix_spawnattr_setsigmask (&attributes, &none); /* these only store what they get */
  (void) posix_spawnattr_setsigdefault (&attributes, &all);
  (void) posix_spawnattr_setpgroup (&attributes, 0);
  (void) posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                POSIX_SPAWN_SETPGROUP);
  result = posix_spawn (&self->pid, argv[0], actions, &attributes, (char **) argv, environment);
  posix_spawnattr_destroy (&attributes);
  if (result != 0)
    return result;

  self->pidfd = pidfd_open (self->pid, 0);
  if (self->pidfd >= 0)
    {
      aq_orphans_add_known (self->pid);
      return 0;
    }

  /* out of descriptors: the pid is still ours, as nobody has reaped it */
  result = errno;
  (void) kill (self->pid, SIGKILL);
  (void) waitpid (self->pid, NULL, 0);
  return result;
}

/**
 * aq_process_spawn:
 * @self: (out): the process
 * @argv: path of the program, and its arguments
 * @descriptors: (array length=n_descriptors): what it gets beside stdin; stdout
 *   and stderr are ours unless they are targets
 * @n_descriptors: how many, 8 at most
 * @error: return location for an error
 *
 * Starts a program.
 *
 * Errors: of `G_SPAWN_ERROR`.
 */
gboolean
aq_process_spawn (AqProcess                  *self,
                  const char * const         *argv,
                  const AqProcessDescriptor  *descriptors,
                  guint                       n_descriptors,
                  GError                    **error)
{
  posix_spawn_file_actions_t actions;
  int sources[8];
  guint n_sources = 0;
  int result;

  g_assert (n_descriptors <= G_N_ELEMENTS (sources));

  *self = (AqProcess) { 0, -1 };
  result = posix_spawn_file_actions_init (&actions);
  if (result == 0)
    {
      for (; n_sources < n_descriptors && result == 0; n_sources++)
        {
          sources[n_sources] = fcntl (descriptors[n_sources].source, F_DUPFD_CLOEXEC, FIRST_SOURCE);
          if (sources[n_sources] < 0)
            result = errno;
        }
      if (result == 0)
        result = add_descriptors (&actions, descriptors, sources, n_descriptors);
      if (result == 0)
        result = spawn (self, argv, &actions);
      while (n_sources > 0)
        (void) close (sources[--n_sources]); /* only copies; one may be -1 */
      posix_spawn_file_actions_destroy (&actions);
    }
  if (result == 0)
    return TRUE;

  *self = (AqProcess) { 0, -1 };
  g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "could not start '%s': %s", argv[0],
               g_strerror (result));
  return FALSE;
}

/* Signals fail only where there is nobody any more, or it has become somebody else. */
static void
send_to_group (AqProcess *self,
               int        number)
{
  (void) kill (-self->pid, number);
  /* it may have left its group, but then it has got nothing by that */
  if (number == SIGKILL || getpgid (self->pid) != self->pid)
    (void) pidfd_send_signal (self->pidfd, number, NULL, 0);
}

/* asks it, and what it has started and is still in its group, to end */
void
aq_process_terminate (AqProcess *self)
{
  send_to_group (self, SIGTERM);
}

/* ends it at once, with its group; it still has to be reaped */
void
aq_process_kill (AqProcess *self)
{
  send_to_group (self, SIGKILL);
}

static char *
describe_signal (int number)
{
  const char *name = sigabbrev_np (number);

  if (name == NULL)
    return g_strdup_printf ("died of signal %d", number);
  return g_strdup_printf ("died of signal SIG%s (%d)", name, number);
}

/**
 * aq_process_reap:
 * @self: a process that was started and not reaped
 * @out_end: (out) (optional): how it ended
 *
 * Waits until the process has ended, which it has where its pidfd is readable,
 * and lets go of it. What it has left behind is killed as well, see
 * aq_orphans_adopt().
 *
 * Returns: (transfer full): how it ended, for people
 */
char *
aq_process_reap (AqProcess    *self,
                 AqProcessEnd *out_end)
{
  siginfo_t info = { 0 };
  struct rusage usage = { 0 };
  AqProcessEnd end = { .exit_status = -1 };
  int pid = self->pid;
  int saved_errno;
  int result;

  do
    result = waitid (P_PIDFD, (id_t) self->pidfd, &info, WEXITED | WNOWAIT);
  while (result < 0 && errno == EINTR);
  (void) kill (-pid, SIGKILL); /* the last moment at which its group is known to be its own */
  do
    result = (int) syscall (SYS_waitid, P_PIDFD, self->pidfd, &info, WEXITED, &usage); /* libc's has no usage */
  while (result < 0 && errno == EINTR);
  saved_errno = errno;
  (void) close (self->pidfd); /* nothing was written to it */
  *self = (AqProcess) { 0, -1 };
  aq_orphans_forget (pid);
  end.usage = aq_usage_from_kernel (&usage);

  if (result == 0 && info.si_code == CLD_EXITED)
    end.exit_status = info.si_status;
  else if (result == 0)
    end.signal = info.si_status;
  if (out_end != NULL)
    *out_end = end;
  if (result < 0)
    return g_strdup_printf ("vanished: %s", g_strerror (saved_errno));
  if (info.si_code == CLD_EXITED)
    return g_strdup_printf ("exited with status %d", info.si_status);
  return describe_signal (info.si_status);
}
