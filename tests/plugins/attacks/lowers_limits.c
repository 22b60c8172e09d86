/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: leaves no room for who comes after it. */

#include <asyncq-plugin.h>

#include <sys/resource.h>

ASYNCQ_EXPORT GVariant *
lowers_limits_run (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  static const int limits[] = { RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_STACK, RLIMIT_NPROC, RLIMIT_MEMLOCK };
  const struct rlimit nothing = { 0, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    (void) setrlimit (limits[i], &nothing); /* what cannot be lowered stays */
  return NULL;
}

/* when nobody looks after it any more, as it takes no time */
ASYNCQ_EXPORT GVariant *
lowers_limits_second (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  static guint n_calls;

  return ++n_calls > 1 ? lowers_limits_run (job, arguments, error) : NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Leaves no room for who comes after it" },
  { "second", "", "()", "Likewise, but when it is called for the second time" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "lowers_limits",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
