/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * submit: stores a job and prints its number
 */

#include "config.h"

#include "ctl-agent.h"
#include "ctl-json.h"
#include "ctl-submit.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define MAX_HINTS 5

static void
put_ids (CtlContext    *context,
         const guint64 *ids,
         gsize          n_ids)
{
  for (gsize i = 0; i < n_ids; i++)
    {
      g_autoptr(JsonObject) object = NULL;

      if (context->json == CTL_JSON_OFF)
        {
          ctl_put ("%" G_GUINT64_FORMAT "\n", ids[i]);
          continue;
        }
      object = json_object_new ();
      json_object_set_int_member (object, "id", (gint64) ids[i]);
      ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
    }
  if (n_ids == 1 && !context->quiet && !context->no_hints && isatty (STDOUT_FILENO) && isatty (STDERR_FILENO))
    {
      g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, ids[0]);

      /* TRANSLATORS: the number of a job */
      g_printerr (_("to wait for it: asyncqctl wait %s\n"), id);
    }
}

/* of the first few; whoever reads this sees the rest in "status" */
static void
hint_agents (CtlContext    *context,
             const guint64 *ids,
             gsize          n_ids)
{
  if (context->quiet || context->no_hints || !isatty (STDERR_FILENO))
    return;
  for (gsize i = 0; i < MIN (n_ids, MAX_HINTS); i++)
    {
      g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_sync (context->client, ids[i], NULL, NULL);

      if (job != NULL)
        ctl_agent_hint_job (context, job);
    }
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  gsize n_ids = 0;
  g_autofree guint64 *ids = ctl_submit (context, &ctl_verb_submit, arguments, &n_ids, error);

  if (ids != NULL)
    {
      put_ids (context, ids, n_ids);
      hint_agents (context, ids, n_ids);
    }
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_submit = {
  .name = "submit",
  .usage = N_("FUNCTION [WORD…]"),
  .summary = N_("Store a job and print its number."),
  .description = N_("A WORD is an argument: by name, NAME=VALUE, where NAME is a parameter of the\n"
                    "function, else by position. A parameter of type s takes the word as it is, every\n"
                    "other type takes GVariant text; type o also takes @30 for the job 30. After --\n"
                    "all words are by position. Words after the function may begin with a dash.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl submit demo.multiply 14 3\n"
                    "  asyncqctl submit demo.multiply y=3 x=-14 --queue=slow --after=10min\n"
                    "  asyncqctl submit --serial 'demo.multiply 1 2' 'demo.multiply 3 4'\n"
                    "  asyncqctl submit --file=jobs.json\n"),
  .completes = CTL_COMPLETES_CALL,
  .run = run,
};
