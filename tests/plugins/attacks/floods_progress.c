/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: tells of its progress all the time. */

#include <asyncq-plugin.h>

#define MOST 100000

ASYNCQ_EXPORT GVariant *
floods_progress_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    asyncq_job_context_set_progress (job, (double) i / MOST, i, MOST, "on and on");
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Tells of its progress all the time" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floods_progress",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
