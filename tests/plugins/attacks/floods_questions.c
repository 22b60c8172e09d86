/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: asks for what is not there, on and on. */

#include <asyncq-plugin.h>

#define MOST 2000

ASYNCQ_EXPORT GVariant *
floods_questions_run (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    {
      g_autoptr(GVariant) value = asyncq_job_context_get_annotation (job, 0, "none", 0, 0, error);

      if (value != NULL)
        return NULL;
    }
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Asks for what is not there, on and on" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floods_questions",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
