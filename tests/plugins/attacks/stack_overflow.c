/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: calls itself until there is no stack left. */

#include <asyncq-plugin.h>

static guint dig (guint depth);

/* a compiler must not see that it is the same function */
static guint (* volatile dig_on) (guint depth) = dig;

static guint
dig (guint depth)
{
  volatile char room[4096];

  room[depth % sizeof room] = (char) depth;
  return dig_on (depth + 1) + (guint) room[0];
}

ASYNCQ_EXPORT GVariant *
stack_overflow_run (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  return g_variant_new_uint32 (dig (1));
}

static const AsyncqFunction functions[] = {
  { "run", "", "u", "Calls itself until there is no stack left" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "stack_overflow",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
