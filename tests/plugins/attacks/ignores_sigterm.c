/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: does not hear anybody who asks it to end. */

#include <asyncq-plugin.h>

#include <signal.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
ignores_sigterm_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  sigset_t all;

  (void) sigfillset (&all); /* can only fail for a bad pointer */
  (void) signal (SIGTERM, SIG_IGN);
  (void) sigprocmask (SIG_BLOCK, &all, NULL);
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Does not hear anybody who asks it to end" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "ignores_sigterm",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
