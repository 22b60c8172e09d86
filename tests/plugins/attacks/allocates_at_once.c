/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: wants more memory than it may have, in one go. */

#include <asyncq-plugin.h>

#include <stdlib.h>

/* a compiler must not see that nobody reads it */
static volatile gpointer kept;

ASYNCQ_EXPORT GVariant *
allocates_at_once_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  gpointer block = g_malloc ((gsize) 8 * 1024 * 1024 * 1024);

  kept = block;
  return NULL;
}

ASYNCQ_EXPORT GVariant *
allocates_at_once_unchecked (AsyncqJobContext  *job,
                             GVariant          *arguments,
                             GError           **error)
{
  volatile char *block = malloc ((gsize) 8 * 1024 * 1024 * 1024);

  block[16] = 1;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Wants more memory than it may have, in one go" },
  { "unchecked", "", "()", "Likewise, and does not look whether it got it" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "allocates_at_once",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "memory=256M",
};
