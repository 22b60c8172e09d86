/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What no agent takes: nothing runs it, and nothing fails
 *
 * Source: behaviour Z95.
 */

#include "config.h"

#include "ctl-agent.h"

#include "ctl-queue.h"

#include <glib/gi18n.h>
#include <string.h>

/* "main (its filter 'function:mail.*' refuses), other (it does not serve queue 'mail')" */
static char *
dup_reasons (GVariant *refusals)
{
  GString *text = g_string_new (NULL);
  const char *name, *why;
  GVariantIter iter;

  g_variant_iter_init (&iter, refusals);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &why))
    g_string_append_printf (text, "%s%s (%s)", text->len > 0 ? ", " : "", name, why);
  return g_string_free (text, FALSE);
}

static void
put_hint (CtlContext *context,
          const char *what,
          GVariant   *refusals)
{
  g_autofree char *reasons = dup_reasons (refusals);

  if (context->quiet || context->no_hints)
    return;
  if (*reasons == '\0')
    /* TRANSLATORS: %s is "queue mail" or "job 30, demo.add" */
    g_printerr (_("%s: no agent runs it, since there is none (asyncqctl agent add NAME)\n"), what);
  else
    /* TRANSLATORS: %s is "queue mail" or "job 30, demo.add", then a list of names with reasons */
    g_printerr (_("%s: no agent runs it: %s\n"), what, reasons);
}

/* a hint that cannot be had is left out */
static void
explain (CtlContext *context,
         const char *what,
         GVariant   *call)
{
  g_autoptr(GVariant) answer = asyncq_client_explain_agents_sync (context->client, call, NULL, NULL);
  g_autoptr(GVariant) takers = NULL;
  g_autoptr(GVariant) refusals = NULL;

  if (answer == NULL)
    return;
  g_variant_get (answer, "(@as@a{ss})", &takers, &refusals);
  if (g_variant_n_children (takers) == 0)
    put_hint (context, what, refusals);
}

void
ctl_agent_hint_job (CtlContext    *context,
                    AsyncqJobInfo *job)
{
  const char *function = asyncq_job_info_get_function (job);
  g_autoptr(GVariant) tags = g_variant_lookup_value (asyncq_job_info_get_properties (job), "Tags",
                                                     G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree char *what = NULL;
  GVariantDict call;

  /* composite jobs are no agent's */
  if (strchr (function, '.') == NULL)
    return;
  /* TRANSLATORS: a job's number and function */
  what = g_strdup_printf (_("job %" G_GUINT64_FORMAT ", %s"), asyncq_job_info_get_id (job), function);
  g_variant_dict_init (&call, NULL);
  g_variant_dict_insert (&call, "queue", "s", asyncq_job_info_get_queue (job));
  g_variant_dict_insert (&call, "function", "s", function);
  g_variant_dict_insert (&call, "priority", "y", (guint8) asyncq_job_info_get_priority (job));
  if (tags != NULL)
    g_variant_dict_insert_value (&call, "tags", tags);
  explain (context, what, g_variant_dict_end (&call));
}

void
ctl_agent_hint_queue (CtlContext *context,
                      const char *queue)
{
  /* TRANSLATORS: %s is the name of a queue */
  g_autofree char *what = g_strdup_printf (_("queue %s"), ctl_queue_to_word (queue));
  GVariantDict call;

  g_variant_dict_init (&call, NULL);
  g_variant_dict_insert (&call, "queue", "s", queue);
  explain (context, what, g_variant_dict_end (&call));
}

void
ctl_agent_hint_status (CtlContext *context,
                       GVariant   *status)
{
  g_autoptr(GVariant) unserved = g_variant_lookup_value (status, "unserved", G_VARIANT_TYPE ("aa{sv}"));
  gsize n = unserved != NULL ? g_variant_n_children (unserved) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) lane = g_variant_get_child_value (unserved, i);
      g_autoptr(GVariant) refusals = g_variant_lookup_value (lane, "refusals", G_VARIANT_TYPE ("a{ss}"));
      const char *queue = "";
      const char *function = "";
      g_autofree char *what = NULL;

      (void) g_variant_lookup (lane, "queue", "&s", &queue);
      (void) g_variant_lookup (lane, "function", "&s", &function);
      /* TRANSLATORS: the name of a queue, and of a function */
      what = g_strdup_printf (_("queue %s, %s"), ctl_queue_to_word (queue), function);
      if (refusals != NULL)
        put_hint (context, what, refusals);
    }
}
