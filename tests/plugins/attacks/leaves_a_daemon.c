/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Hostile: returns, and leaves a process that is nobody's child, in a session of its
 * own.
 */

#include <asyncq-plugin.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
wait_for_ever (void)
{
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
}

ASYNCQ_EXPORT GVariant *
leaves_a_daemon_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  if (fork () != 0)
    {
      (void) wait (NULL); /* the first child ends at once */
      return NULL;
    }
  (void) setsid ();
  if (fork () != 0)
    _exit (0);
  (void) prctl (PR_SET_PDEATHSIG, 0); /* these cannot fail */
  (void) signal (SIGTERM, SIG_IGN);
  close_range (0, G_MAXUINT, 0);
  wait_for_ever ();
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Returns, and leaves a process that is nobody's child, in a session of its own" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "leaves_a_daemon",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
