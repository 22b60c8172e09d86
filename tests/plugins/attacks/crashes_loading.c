/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: crashes who looks at it. */

#include <asyncq-plugin.h>

#include <stdlib.h>

__attribute__ ((constructor)) static void
attack (void)
{
  abort ();
}

ASYNCQ_EXPORT GVariant *
crashes_loading_run (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Crashes who looks at it" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "crashes_loading",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
