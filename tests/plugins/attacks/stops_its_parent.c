/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: stops all that it may, its parent first. */

#include <asyncq-plugin.h>

#include <signal.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
stops_its_parent_run (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  if (kill (getppid (), SIGSTOP) == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the parent is stopped");
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Stops all that it may, its parent first" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "stops_its_parent",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "sandbox=require user=nobody",
};
