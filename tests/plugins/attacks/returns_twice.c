/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: returns in two processes. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
returns_twice_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  (void) fork (); /* the child says what its parent says */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Returns in two processes" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "returns_twice",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
