/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: takes its stack away while it stands on it. */

#include <asyncq-plugin.h>

#include <sys/mman.h>

ASYNCQ_EXPORT GVariant *
unmaps_its_stack_run (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  guintptr here = (guintptr) &error / 4096 * 4096;

  (void) munmap ((gpointer) (here - 64 * 4096), 128 * 4096); /* there is nobody to return to */
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Takes its stack away while it stands on it" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "unmaps_its_stack",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
