/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: an exception leaves a thread. */

#include <asyncq-plugin.h>

#include <thread>

extern "C" ASYNCQ_EXPORT GVariant *
throws_in_thread_run (AsyncqJobContext  *,
                      GVariant          *,
                      GError           **)
{
  std::thread ([] { throw 42; }).join ();
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "An exception leaves a thread" },
};

extern "C" const AsyncqPlugin asyncq_plugin = {
  ASYNCQ_PLUGIN_ABI,
  sizeof (AsyncqPlugin),
  sizeof (AsyncqFunction),
  "throws_in_thread",
  "1.0",
  functions,
  G_N_ELEMENTS (functions),
  NULL,
  NULL,
  NULL,
};
