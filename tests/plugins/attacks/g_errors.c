/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: ends with a message of GLib's that does. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
g_errors_run (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_error ("this was the last word");
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Ends with a message of GLib's that does" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "g_errors",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
