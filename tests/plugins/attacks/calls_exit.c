/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: ends its worker, with all exit handlers. */

#include <asyncq-plugin.h>

#include <stdlib.h>

ASYNCQ_EXPORT GVariant *
calls_exit_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  exit (3);
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Ends its worker, with all exit handlers" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "calls_exit",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
