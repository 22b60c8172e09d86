/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: begins a frame, and does not go on. */

#include <asyncq-plugin.h>

#include <unistd.h>

ASYNCQ_EXPORT GVariant *
half_a_frame_run (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  const guint32 words[] = { 4096, 8, 1 };

  if (write (3, words, sizeof words) != sizeof words)
    return NULL; /* then the test fails */
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Begins a frame, and does not go on" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "half_a_frame",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
