/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: runs what is no instruction. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
illegal_run (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  __builtin_trap ();
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Runs what is no instruction" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "illegal",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
