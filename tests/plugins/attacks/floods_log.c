/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: says more than anybody can read. */

#include <asyncq-plugin.h>

#define MOST 100000

ASYNCQ_EXPORT GVariant *
floods_log_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    asyncq_job_context_log (job, G_LOG_LEVEL_INFO, "line %u", i);
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Says more than anybody can read" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floods_log",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
