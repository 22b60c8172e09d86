/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: writes junk to each descriptor that is not its channel. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
writes_everywhere_run (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  static const char junk[] = "#0 0x0 junk\n\377\376\0 9223372036854775807 %s%n";

  for (int fd = 1; fd <= 255; fd++)
    if (fd != 3)
      (void) !write (fd, junk, sizeof junk); /* most are not open */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Writes junk to each descriptor that is not its channel" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "writes_everywhere",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
