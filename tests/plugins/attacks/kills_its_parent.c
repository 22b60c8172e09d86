/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: kills its parent. */

#include <asyncq-plugin.h>

#include <signal.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
kills_its_parent_run (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  if (kill (getppid (), SIGKILL) == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the parent is killed");
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Kills its parent" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "kills_its_parent",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "sandbox=require user=nobody",
};
