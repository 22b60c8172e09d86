/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Wrong on purpose: ends the process that loads it, as if all were well. */

#include <asyncq-plugin.h>

#include <stdlib.h>

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "exits",
  .version = "1.0",
};

__attribute__ ((constructor)) static void
end_process (void)
{
  exit (0);
}
