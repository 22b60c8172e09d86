/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: notes more than anybody can read. */

#include <asyncq-plugin.h>

#define MOST 300

ASYNCQ_EXPORT GVariant *
floods_annotations_run (AsyncqJobContext  *job,
                        GVariant          *arguments,
                        GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    {
      g_autofree char *key = g_strdup_printf ("key-%u", i);

      if (!asyncq_job_context_set_annotation (job, 0, key, g_variant_new_uint32 (i), error))
        return NULL;
    }
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Notes more than anybody can read" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floods_annotations",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
