/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: prints without an end, almost. */

#include <asyncq-plugin.h>

#include <string.h>
#include <unistd.h>

#define LINES 2048

ASYNCQ_EXPORT GVariant *
floods_stderr_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  static char line[1024];

  memset (line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  for (guint i = 0; i < LINES; i++)
    if (write (STDERR_FILENO, line, sizeof line) < 0 || write (STDOUT_FILENO, line, sizeof line) < 0)
      break;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Prints without an end, almost" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floods_stderr",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
