/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Fetches what servers have
 *
 * One session a worker, so that connections are kept, and up to 64 requests at
 * once in it, none of which has a thread.
 */

#include "fetch.h"

#define MAX_AT_ONCE 64

static SoupSession *session;

static gboolean
set_up (AsyncqJobContext  *job,
        GError           **error)
{
  session = soup_session_new_with_options ("max-conns", MAX_AT_ONCE,
                                           "max-conns-per-host", MAX_AT_ONCE,
                                           "user-agent", "asyncq/" VERSION " ",
                                           NULL);
  return TRUE;
}

static void
tear_down (void)
{
  soup_session_abort (session);
  g_clear_object (&session);
}

ASYNCQ_EXPORT GVariant *
http_fetch (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  g_auto(Request) request = { NULL };

  if (!request_parse (&request, arguments, error))
    return NULL;
  asyncq_job_context_defer (job);
  fetch_begin (job, session, &request);
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "fetch", "url s, options a{sv} = {}", "(ua{ss}ay)", "Fetches what a server has: status, headers, body", NULL,
    "concurrent=64" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "http",
  .version = VERSION,
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "sandbox=prefer network=yes no-new-privileges deny-calls",
  .set_up = set_up,
  .tear_down = tear_down,
};
