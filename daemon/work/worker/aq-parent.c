/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The end of the daemon
 *
 * However the daemon ends, its workers do, and so does what jobs have started.
 * SIGKILL as parent-death signal would be the surest end of the worker, but who is
 * killed kills nobody: its children would go to the first process and live on. So
 * the signal is SIGHUP, with a handler that kills them first. That is also what
 * the kernel sends, with SIGCONT, to a worker that was stopped when its daemon
 * dies, as its process group has nobody left.
 *
 * A function may block or ignore the signal. Then the other thread, which blocks
 * all but that one, takes it, or sees the end of the socket, and does the same.
 * Against a plugin that is out for more there is the service manager, which ends
 * what is in the service's control group.
 */

#include "config.h"

#include "work/worker/aq-parent.h"

#include "work/worker/aq-leftovers.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static int   parent;
static pid_t own_pid;

/**
 * aq_parent_tie:
 * @pid: the daemon
 *
 * Has the process killed when the daemon ends. To be called before anything else:
 * a daemon that is gone by now sends no signal any more.
 *
 * Returns: whether the daemon is there
 */
gboolean
aq_parent_tie (int pid)
{
  parent = pid;
  return prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid () == parent;
}

/* Nobody is left to be told how the process ends. */
G_NORETURN
static void
leave_with_children (int status)
{
  /* what a function that still runs has started meanwhile is in our group, unless it took pains */
  if (aq_leftovers_kill_all () && getpgrp () == own_pid)
    (void) kill (0, SIGKILL);
  _exit (status);
}

/**
 * aq_parent_leave:
 * @status: to exit with, unless it is 0
 *
 * Ends the process, and all that it has started.
 */
void
aq_parent_leave (int status)
{
  if (status == 0)
    leave_with_children (status);
  (void) aq_leftovers_kill_all (); /* the daemon does what is left */
  /* not exit(): the handlers are the plugins', and a function may be running */
  _exit (status);
}

static void
on_hangup (int number)
{
  /* a child that has not executed anything has the handler, and nothing to do with all this */
  if (getpid () != own_pid)
    _exit (128 + SIGHUP);
  leave_with_children (128 + SIGHUP);
}

/**
 * aq_parent_watch:
 *
 * From now on the process ends what it has started, when the daemon ends. To be
 * called once no signal has a handler, and again when the process has changed its
 * user, as that takes the parent-death signal away.
 *
 * Returns: whether the daemon is there
 */
gboolean
aq_parent_watch (void)
{
  struct sigaction action = { .sa_handler = on_hangup };

  own_pid = getpid ();
  sigfillset (&action.sa_mask);
  return sigaction (SIGHUP, &action, NULL) == 0 && prctl (PR_SET_PDEATHSIG, SIGHUP) == 0 && getppid () == parent;
}
