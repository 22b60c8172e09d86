/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: becomes another program. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
becomes_another_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  (void) execl ("/bin/sh", "sh", "-c", "exit 7", NULL); /* else it returns, and the test fails */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Becomes another program" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "becomes_another",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
