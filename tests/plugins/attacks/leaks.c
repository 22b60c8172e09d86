/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Hostile: takes 1 GiB a second, all that there is. There is an end to it, should
 * nobody else make one.
 */

#include <asyncq-plugin.h>

#include <string.h>
#include <unistd.h>

#define BLOCK (4 * 1024 * 1024)
#define MOST 512 /* 2 GiB */

/* a compiler must not see that nobody reads them */
static volatile gpointer kept;

ASYNCQ_EXPORT GVariant *
leaks_run (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  for (guint i = 0; i < MOST; i++)
    {
      gpointer block = g_malloc (BLOCK);

      memset (block, (int) i, BLOCK);
      kept = block;
      (void) usleep (BLOCK / 1074); /* µs: the rate of the leak is the attack, 1 GiB/s */
    }
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Takes 1 GiB a second, all that there is" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "leaks",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "memory=256M",
};
