/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: ends its worker as if all were well. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
exits_zero_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  _exit (0);
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Ends its worker as if all were well" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "exits_zero",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
