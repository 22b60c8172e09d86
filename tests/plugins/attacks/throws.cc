/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: an exception leaves the plugin. */

#include <asyncq-plugin.h>

extern "C" ASYNCQ_EXPORT GVariant *
throws_run (AsyncqJobContext  *,
            GVariant          *,
            GError           **)
{
  throw 42;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "An exception leaves the plugin" },
};

extern "C" const AsyncqPlugin asyncq_plugin = {
  ASYNCQ_PLUGIN_ABI,
  sizeof (AsyncqPlugin),
  sizeof (AsyncqFunction),
  "throws",
  "1.0",
  functions,
  G_N_ELEMENTS (functions),
  NULL,
  NULL,
  NULL,
};
