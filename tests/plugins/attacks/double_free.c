/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: frees what it has freed. */

#include <asyncq-plugin.h>

#include <stdlib.h>

/* a compiler must not see that it is the same */
static volatile gpointer kept;

ASYNCQ_EXPORT GVariant *
double_free_run (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  gpointer block = malloc (40);

  kept = block;
  free (block);
  free (kept);
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Frees what it has freed" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "double_free",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
