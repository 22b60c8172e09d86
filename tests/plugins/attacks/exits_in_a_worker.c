/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: is well while it is looked at, and ends the worker that loads it. */

#include <asyncq-plugin.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* what it is loaded for stands in the arguments of the process */
__attribute__ ((constructor)) static void
attack (void)
{
  g_autofree char *command_line = NULL;
  gsize size;

  if (g_file_get_contents ("/proc/self/cmdline", &command_line, &size, NULL) &&
      memmem (command_line, size, "--describe", strlen ("--describe")) == NULL)
    _exit (5);
}

ASYNCQ_EXPORT GVariant *
exits_in_a_worker_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Is well while it is looked at, and ends the worker that loads it" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "exits_in_a_worker",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
