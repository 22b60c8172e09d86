/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: becomes a program that does not end. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
becomes_a_sleeper_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  (void) execl ("/bin/sleep", "sleep", "1000", NULL); /* else it returns, and the test fails */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Becomes a program that does not end" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "becomes_a_sleeper",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
