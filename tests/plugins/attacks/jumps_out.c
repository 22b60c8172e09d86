/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: lives through its own crash. */

#include <asyncq-plugin.h>

#include <setjmp.h>
#include <signal.h>

static volatile gpointer nowhere;
static sigjmp_buf way_out;

static void
jump (int number)
{
  siglongjmp (way_out, 1);
}

ASYNCQ_EXPORT GVariant *
jumps_out_run (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  (void) signal (SIGSEGV, jump); /* else it crashes, and the test fails */
  if (sigsetjmp (way_out, TRUE) == 0)
    *(volatile int *) nowhere = 1;
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Lives through its own crash" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "jumps_out",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
