/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: uses up all descriptors. */

#include <asyncq-plugin.h>

#include <fcntl.h>

/* where nobody sets an end */
#define MOST 100000

ASYNCQ_EXPORT GVariant *
opens_all_run (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    if (open ("/dev/null", O_RDONLY) < 0)
      break;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Uses up all descriptors" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "opens_all",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
