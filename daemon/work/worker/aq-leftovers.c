/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Processes that functions have started and left behind
 *
 * A job's children are the job's: when it is over none is left, however they have
 * tried to get away. The worker is a subreaper, so that a child's orphans become
 * its own children. While a function runs its children are none of our business,
 * and it may wait for them; after it has returned, and before its job is
 * answered, all that there are are killed and reaped, and what those had started
 * then, until there is none. What was there before, from a plugin's set-up, stays.
 *
 * The process does the same when it ends because its daemon has: that happens in
 * any thread, and in a signal handler, so nothing here allocates or locks.
 *
 * A child that was not reaped keeps its pid, and each pid is asked for whether it
 * is a child before it is signalled. In a sandbox that hides /proc the list of
 * children comes by a descriptor from before.
 */

#include "config.h"

#include "work/worker/aq-leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ACCEPTED 64
#define MIN_PAUSE_NSEC 100000
#define MAX_PAUSE_NSEC 4000000
/* for what cannot be killed: a second or so */
#define MAX_ROUNDS 256

static struct
{
  int   children_fd;            /* the first thread's list, to which orphans come; -1: none */
  pid_t accepted[MAX_ACCEPTED]; /* children that stay */
  guint n_accepted;
} leftovers = { .children_fd = -1 };

typedef void (*ChildFunc) (pid_t    pid,
                           gpointer user_data);

/**
 * aq_leftovers_init:
 *
 * Makes this process the one that gets its descendants' orphans. Where the system
 * does not do that, the daemon, or the first process, does.
 */
void
aq_leftovers_init (void)
{
  (void) prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  leftovers.children_fd = open ("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
}

static gboolean
is_child (pid_t pid)
{
  siginfo_t info;

  return pid > 1 && waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/* @fd: of a list "123 456 ", which may be long */
static void
read_children (int       fd,
               ChildFunc func,
               gpointer  user_data)
{
  char text[1024];
  off_t offset = 0;
  gssize n_read;
  pid_t pid = 0;

  while ((n_read = pread (fd, text, sizeof text, offset)) > 0)
    {
      offset += n_read;
      for (gssize i = 0; i < n_read; i++)
        {
          if (text[i] >= '0' && text[i] <= '9')
            {
              pid = pid < 100000000 ? pid * 10 + (text[i] - '0') : 0;
              continue;
            }
          if (is_child (pid))
            func (pid, user_data);
          pid = 0;
        }
    }
}

/* Each thread has a list of its own. */
static void
for_each_child (ChildFunc func,
                gpointer  user_data)
{
  char buffer[2048] __attribute__ ((aligned (8)));
  int folder = open ("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  long size;

  if (folder < 0)
    {
      read_children (leftovers.children_fd, func, user_data);
      return;
    }
  while ((size = syscall (SYS_getdents64, folder, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < size;)
      {
        const struct dirent64 *entry = (const struct dirent64 *) (gconstpointer) (buffer + at);
        char path[sizeof entry->d_name + sizeof "/children"];
        int fd;

        at += entry->d_reclen;
        if (entry->d_name[0] == '.')
          continue;
        (void) stpcpy (stpcpy (path, entry->d_name), "/children");
        fd = openat (folder, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
          continue;
        read_children (fd, func, user_data);
        (void) close (fd); /* it was only read */
      }
  (void) close (folder);
}

static gboolean
has_children (void)
{
  siginfo_t info;

  return waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static gboolean
is_accepted (pid_t pid)
{
  for (guint i = 0; i < leftovers.n_accepted; i++)
    if (leftovers.accepted[i] == pid)
      return TRUE;
  return FALSE;
}

static void
accept_child (pid_t    pid,
              gpointer user_data)
{
  if (!is_accepted (pid) && leftovers.n_accepted < MAX_ACCEPTED)
    leftovers.accepted[leftovers.n_accepted++] = pid;
}

/**
 * aq_leftovers_accept:
 *
 * What was started until now is no job's, and stays until the process ends: to be
 * called when a plugin is set up.
 */
void
aq_leftovers_accept (void)
{
  /* a number of one that has ended may come again */
  for (guint i = leftovers.n_accepted; i > 0; i--)
    if (!is_child (leftovers.accepted[i - 1]))
      leftovers.accepted[i - 1] = leftovers.accepted[--leftovers.n_accepted];
  if (has_children ())
    for_each_child (accept_child, NULL);
}

typedef struct
{
  gboolean all;
  guint    n_found;
} Kill;

/* A session that is not ours was made by a child of ours, and has no others in it. */
static void
kill_child (pid_t    pid,
            gpointer user_data)
{
  Kill *state = user_data;
  siginfo_t info;
  pid_t group;

  if (!state->all && is_accepted (pid))
    return;
  state->n_found++;
  group = getpgid (pid);
  if (group > 1 && getsid (pid) != getsid (0))
    (void) kill (-group, SIGKILL);
  (void) kill (pid, SIGKILL); /* fails for one that has become another user's: it is given up in the end */
  (void) waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | __WALL);
}

/* Returns: whether there were any */
static gboolean
kill_children (gboolean all)
{
  struct timespec pause = { 0, MIN_PAUSE_NSEC };
  guint round;

  for (round = 0; round < MAX_ROUNDS && has_children (); round++)
    {
      Kill state = { all, 0 };

      for_each_child (kill_child, &state);
      if (state.n_found == 0)
        break;
      (void) nanosleep (&pause, NULL);
      pause.tv_nsec = MIN (pause.tv_nsec * 2, MAX_PAUSE_NSEC);
    }
  return round > 0;
}

/**
 * aq_leftovers_end:
 *
 * Kills and reaps what jobs have left behind. To be called while none is under
 * way; costs one system call where there is nothing.
 */
void
aq_leftovers_end (void)
{
  (void) kill_children (FALSE); /* it is well either way */
}

/**
 * aq_leftovers_kill_all:
 *
 * Kills and reaps all that this process has started, as it is about to end. May
 * be called from any thread, and from a signal handler.
 *
 * Returns: whether there was anything
 */
gboolean
aq_leftovers_kill_all (void)
{
  return kill_children (TRUE);
}
