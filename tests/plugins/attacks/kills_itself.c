/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: kills itself. */

#include <asyncq-plugin.h>

#include <signal.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
kills_itself_run (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  (void) kill (getpid (), SIGKILL); /* is the end */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Kills itself" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "kills_itself",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
