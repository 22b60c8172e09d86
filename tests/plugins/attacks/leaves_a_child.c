/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: returns, and leaves a child that does not end. */

#include <asyncq-plugin.h>

#include <unistd.h>

static void
wait_for_ever (void)
{
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
}

ASYNCQ_EXPORT GVariant *
leaves_a_child_run (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  if (fork () == 0)
    wait_for_ever ();
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Returns, and leaves a child that does not end" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "leaves_a_child",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
