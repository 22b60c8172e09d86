/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A plugin for asyncq
 *
 * asyncq checks the arguments against the table below before a function is called.
 */

#include <asyncq-plugin.h>

/* (name): a greeting */
ASYNCQ_EXPORT GVariant *
@NAME@_greet (AsyncqJobContext *job, GVariant *arguments, GError **error)
{
  const char *name;
  char *greeting;

  (void) job; /* puts jobs, tells progress, asks whether it was cancelled: see asyncq-job-context.h */
  g_variant_get (arguments, "(&s)", &name);
  if (*name == '\0')
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "there is nobody to greet");
      return NULL;
    }
  greeting = g_strdup_printf ("Hello, %s!", name);
  return g_variant_new_take_string (greeting);
}

static const AsyncqFunction functions[] = {
  { .name = "greet", .parameters = "name s", .result = "s", .description = "Greets somebody" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "@NAME@",
  .version = "0.1",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
