/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: waits for a child that never lets it go on. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
vforks_run (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  if (vfork () == 0)
    while (TRUE)
      (void) pause (); /* nothing ends it but SIGKILL */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Waits for a child that never lets it go on" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "vforks",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
