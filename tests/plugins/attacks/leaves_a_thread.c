/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: leaves a thread that goes on. */

#include <asyncq-plugin.h>

#include <unistd.h>

static gpointer
stay (gpointer data)
{
  while (TRUE)
    (void) usleep (10000); /* goes on, and on */
  return NULL;
}

ASYNCQ_EXPORT GVariant *
leaves_a_thread_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  g_thread_unref (g_thread_new ("attack", stay, NULL));
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Leaves a thread that goes on" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "leaves_a_thread",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
