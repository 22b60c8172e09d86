/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: kills all that it takes for its own. */

#include <asyncq-plugin.h>

#include <signal.h>

ASYNCQ_EXPORT GVariant *
kills_its_group_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  (void) kill (0, SIGKILL); /* is the end */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Kills all that it takes for its own" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "kills_its_group",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
