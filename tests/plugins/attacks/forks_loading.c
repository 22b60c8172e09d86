/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Hostile: leaves a process behind where it is looked at, which holds on to all that
 * it was given.
 */

#include <asyncq-plugin.h>

#include <unistd.h>

__attribute__ ((constructor)) static void
attack (void)
{
  if (fork () != 0)
    return;
  (void) setsid (); /* cannot fail in a new child */
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
}

ASYNCQ_EXPORT GVariant *
forks_loading_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Leaves a process behind where it is looked at, which holds on to all that it was given" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "forks_loading",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
