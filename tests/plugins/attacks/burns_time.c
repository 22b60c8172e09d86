/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: uses more processor time than it may. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
burns_time_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  for (volatile guint i = 0; ; i++)
    ;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Uses more processor time than it may" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "burns_time",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "cpu-time=1s",
};
