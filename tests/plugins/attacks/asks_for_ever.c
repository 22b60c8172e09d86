/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: waits for what nobody ever says. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
asks_for_ever_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  g_autoptr(GVariant) value = asyncq_job_context_get_annotation (job, 0, "nobody-sets-this", -1, 0, NULL);

  while (TRUE)
    (void) pause (); /* nor does it stop when it is told that nobody will */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Waits for what nobody ever says" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "asks_for_ever",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
