/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: wants to be its parent's debugger. */

#include <asyncq-plugin.h>

#include <sys/ptrace.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
traces_its_parent_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  if (ptrace (PTRACE_SEIZE, getppid (), NULL, NULL) == 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the parent is traced");
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Wants to be its parent's debugger" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "traces_its_parent",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "sandbox=require user=nobody",
};
