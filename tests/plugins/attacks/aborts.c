/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: gives up. */

#include <asyncq-plugin.h>

#include <stdlib.h>

ASYNCQ_EXPORT GVariant *
aborts_run (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  abort ();
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Gives up" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "aborts",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
