/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: closes what it can think of. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
closes_all_run (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  for (int fd = 0; fd <= 255; fd++)
    (void) close (fd); /* most are not open */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Closes what it can think of" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "closes_all",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
