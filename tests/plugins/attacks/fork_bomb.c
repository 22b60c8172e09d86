/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Hostile: has children, which have children. There is an end to it, should nobody
 * else make one.
 */

#include <asyncq-plugin.h>

#include <unistd.h>

/* so many doublings */
#define GENERATIONS 6

static void
wait_for_ever (void)
{
  while (TRUE)
    (void) pause (); /* nothing ends it but SIGKILL */
}

ASYNCQ_EXPORT GVariant *
fork_bomb_run (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  for (guint i = 0; i < GENERATIONS; i++)
    (void) fork (); /* whoever it makes goes on as its parent does */
  wait_for_ever ();
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Has children, which have children" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "fork_bomb",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "processes=32",
};
