/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Wrong on purpose: loading it never ends. */

#include <asyncq-plugin.h>

#include <unistd.h>

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "loops",
  .version = "1.0",
};

__attribute__ ((constructor)) static void
wait_for_ever (void)
{
  while (TRUE)
    (void) pause (); /* only ever returns to be called again */
}
