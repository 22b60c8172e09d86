/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: a thread of its own writes where nothing is. */

#include <asyncq-plugin.h>

static volatile gpointer nowhere;

static gpointer
crash (gpointer data)
{
  *(volatile int *) nowhere = 1;
  return NULL;
}

ASYNCQ_EXPORT GVariant *
null_deref_thread_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  g_thread_join (g_thread_new ("attack", crash, NULL));
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "A thread of its own writes where nothing is" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "null_deref_thread",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
