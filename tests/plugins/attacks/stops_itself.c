/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: stops, and does not go on. */

#include <asyncq-plugin.h>

#include <signal.h>

ASYNCQ_EXPORT GVariant *
stops_itself_run (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  while (TRUE)
    (void) raise (SIGSTOP); /* whoever continues it sees it stop again */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Stops, and does not go on" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "stops_itself",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
