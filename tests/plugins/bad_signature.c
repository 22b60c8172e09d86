/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Wrong on purpose: a signature that makes no sense. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
bad_signature_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "x is a number", "()", "Cannot be called" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "bad_signature",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
