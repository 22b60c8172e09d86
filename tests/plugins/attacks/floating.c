/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: dies of a signal of arithmetic. */

#include <asyncq-plugin.h>

#include <signal.h>

ASYNCQ_EXPORT GVariant *
floating_run (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  (void) raise (SIGFPE); /* is the end */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Dies of a signal of arithmetic" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "floating",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
