/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: hangs amid a crowd of sessions, each with a child. */

#include <asyncq-plugin.h>

#include <unistd.h>

#define CROWD 8

static void
wait_for_ever (void)
{
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
}

ASYNCQ_EXPORT GVariant *
leaves_many_run (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  for (guint i = 0; i < CROWD; i++)
    if (fork () == 0)
      {
        (void) setsid (); /* cannot fail in a new child */
        (void) fork ();   /* both of them stay */
        wait_for_ever ();
      }
  wait_for_ever ();
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Hangs amid a crowd of sessions, each with a child" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "leaves_many",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
