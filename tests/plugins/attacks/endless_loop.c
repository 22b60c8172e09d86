/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: computes for ever. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
endless_loop_run (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  for (volatile guint i = 0; ; i++)
    ;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Computes for ever" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "endless_loop",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
