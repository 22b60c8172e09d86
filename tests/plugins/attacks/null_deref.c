/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: writes where nothing is. */

#include <asyncq-plugin.h>

/* a compiler must not see that it is none */
static volatile gpointer nowhere;

ASYNCQ_EXPORT GVariant *
null_deref_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  *(volatile int *) nowhere = 1;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Writes where nothing is" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "null_deref",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
