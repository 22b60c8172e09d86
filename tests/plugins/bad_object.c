/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Wrong on purpose: an object of a type that is none. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
bad_object_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Cannot be called", "number" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "bad_object",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
