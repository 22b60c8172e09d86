/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job on one screen
 */

#include "config.h"

#include "ctl-job-view.h"

#include "ctl-attempts.h"
#include "ctl-fact.h"
#include "ctl-style.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_TEXT 400 /* characters of arguments or a result: the rest is for show */

/* the text of a value, cut where it is too long for a screen */
static char *
dup_text (GVariant *value)
{
  g_autofree char *text = g_variant_print (value, TRUE);
  const char *end;

  if (g_utf8_strlen (text, -1) <= MAX_TEXT)
    return g_steal_pointer (&text);
  end = g_utf8_offset_to_pointer (text, MAX_TEXT);
  return g_strdup_printf ("%.*s%s", (int) (end - text), text, ctl_style_sign ("…", "~"));
}

static char *
dup_ids (const guint64 *ids,
         gsize          n_ids)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n_ids && text->len < MAX_TEXT; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "", ids[i]);
  return g_string_free (text, FALSE);
}

static void
put_state (AsyncqJobInfo *job,
           CtlStateStyle  style,
           gint64         now_usec)
{
  gint64 due = MAX (asyncq_job_info_get_due_usec (job), asyncq_job_info_get_begin_after_usec (job));
  const char *stop = asyncq_job_info_get_cancel_requested (job);
  gboolean snoozed = g_str_equal (ctl_attempts_get_last_end (job), "snoozed");
  g_autoptr(GString) text = g_string_new (style.word);

  if (g_str_equal (style.word, "retrying") && snoozed)
    g_string_assign (text, "snoozed");
  if (asyncq_job_info_get_attempt (job) > 0)
    /* TRANSLATORS: %u is how often a job was started */
    g_string_append_printf (text, _(", attempt %u"), asyncq_job_info_get_attempt (job));
  if (asyncq_job_info_get_interruptions (job) > 0)
    /* TRANSLATORS: %u is how often a job was interrupted */
    g_string_append_printf (text, ngettext (", interrupted %u time", ", interrupted %u times",
                                            asyncq_job_info_get_interruptions (job)),
                            asyncq_job_info_get_interruptions (job));
  if (*stop != '\0' && asyncq_job_info_get_state (job) != ASYNCQ_JOB_STATE_COMPLETED)
    /* TRANSLATORS: %s is why a job was asked to stop */
    g_string_append_printf (text, _(", asked to stop: %s"), stop);
  ctl_fact_put (_("State"), "%s", text->str);
  if (due > now_usec && asyncq_job_info_get_state (job) <= ASYNCQ_JOB_STATE_PENDING)
    {
      g_autofree char *time = ctl_dup_time_local (due);
      g_autofree char *left = ctl_dup_duration (due - now_usec);

      /* TRANSLATORS: a time, and how long it is until then */
      ctl_fact_put (_("Not before"), _("%s (in %s)"), time, left);
    }
}

static void
put_progress (AsyncqJobInfo *job)
{
  g_autofree char *text = ctl_value_dup_progress (job);

  if (text != NULL)
    ctl_fact_put (_("Progress"), "%s", text);
}

static void
put_times (AsyncqJobInfo *job)
{
  gint64 started = asyncq_job_info_get_started_usec (job);
  gint64 ended = asyncq_job_info_get_ended_usec (job);
  g_autofree char *created_text = ctl_dup_time_local (asyncq_job_info_get_created_usec (job));
  const char *agent = asyncq_job_info_get_agent (job);
  g_autoptr(GString) text = g_string_new (NULL);

  ctl_fact_put (_("Submitted"), "%s", created_text);
  if (started == 0)
    return;
  if (*agent != '\0')
    /* TRANSLATORS: %s is the name of an agent */
    g_string_append_printf (text, _("agent %s, "), agent);
  if (asyncq_job_info_get_worker (job) != 0)
    /* TRANSLATORS: %u is the number of a process */
    g_string_append_printf (text, _("worker %u, "), asyncq_job_info_get_worker (job));
  if (ended != 0)
    {
      g_autofree char *from = ctl_dup_time_local (started);
      g_autofree char *to = ctl_dup_time_local (ended);
      g_autofree char *took = ctl_dup_duration (ended - started);
      const char *blank = strchr (to, ' ');
      gboolean same_day = blank != NULL && strncmp (from, to, (gsize) (blank - to)) == 0;

      g_string_append_printf (text, "%s%s%s (%s)", from, ctl_style_sign ("–", "-"), same_day ? blank + 1 : to, took);
    }
  else
    {
      g_autofree char *from = ctl_dup_time_local (started);

      /* TRANSLATORS: %s is a time */
      g_string_append_printf (text, _("since %s"), from);
    }
  ctl_fact_put (ended != 0 ? _("Ran") : _("Runs"), "%s", text->str);
}

/* as the daemon has it: a domain that this program does not know would not come through a GError */
static void
put_failure (AsyncqJobInfo *job)
{
  g_autoptr(GError) failure = asyncq_job_info_dup_failure (job);
  g_autoptr(GVariant) value = g_variant_lookup_value (asyncq_job_info_get_properties (job), "Result", NULL);
  g_autofree char *text = NULL;
  const char *domain;
  const char *message;
  gint32 code;

  if (failure == NULL)
    return;
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) boxed = g_steal_pointer (&value);

      value = g_variant_get_variant (boxed);
    }
  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE ("(sis)")))
    {
      ctl_fact_put_wrapped (_("Why"), failure->message);
      return;
    }
  g_variant_get (value, "(&si&s)", &domain, &code, &message);
  text = g_strdup_printf ("%s (%s %d)", message, domain, code);
  ctl_fact_put_wrapped (_("Why"), text);
}

static void
put_outcome (AsyncqJobInfo *job)
{
  GVariant *result = asyncq_job_info_get_result (job);

  put_failure (job);
  if (result != NULL && !ctl_is_nothing (result))
    {
      g_autofree char *text = dup_text (result);

      ctl_fact_put (_("Result"), "%s", text);
    }
}

static void
put_words (const char        *label,
           const char *const *words)
{
  g_autofree char *text = g_strjoinv (", ", (char **) words);

  if (*text != '\0')
    ctl_fact_put (label, "%s", text);
}

/* a limit of time, where there is one: "one attempt 5 s" */
static void
append_limit (GString    *text,
              GVariant   *settings,
              const char *key,
              const char *what)
{
  g_autofree char *duration = NULL;
  gint64 usec;

  if (!g_variant_lookup (settings, key, "x", &usec))
    return;
  duration = ctl_dup_duration (usec);
  g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", what, duration);
}

static void
put_settings (AsyncqJobInfo *job)
{
  GVariant *settings = asyncq_job_info_get_settings (job);
  g_autoptr(GString) limits = g_string_new (NULL);
  gint64 begin_by = asyncq_job_info_get_begin_by_usec (job);
  const char *policy = "";
  const char *level = "";
  const char *object = "";
  guint32 n_crashes;

  if (settings == NULL)
    return;
  if (g_variant_lookup (settings, "retry", "&s", &policy))
    /* TRANSLATORS: this and a name of a policy for retries make a line */
    ctl_fact_put (_("Retries"), "%s", policy);
  append_limit (limits, settings, "run-timeout", _("one attempt"));
  append_limit (limits, settings, "total-timeout", _("all together"));
  if (g_variant_lookup (settings, "crash-limit", "u", &n_crashes))
    g_string_append_printf (limits, ngettext ("%s%u crash", "%s%u crashes", n_crashes), limits->len > 0 ? ", " : "",
                            n_crashes);
  if (limits->len > 0)
    ctl_fact_put (_("Limits"), "%s", limits->str);
  if (begin_by != 0)
    {
      g_autofree char *time = ctl_dup_time_local (begin_by);

      ctl_fact_put (_("Begins by"), "%s", time);
    }
  if (g_variant_lookup (settings, "failure-log-level", "&s", &level))
    ctl_fact_put (_("Logs"), "%s", level);
  if (g_variant_lookup (settings, "object", "&s", &object))
    ctl_fact_put (_("Object"), "%s", object);
}

static void
put_ids (const char    *label,
         const guint64 *ids,
         gsize          n_ids)
{
  g_autofree char *text = dup_ids (ids, n_ids);

  if (n_ids > 0)
    ctl_fact_put (label, "%s", text);
}

static void
put_relations (AsyncqJobInfo *job)
{
  const char *key = asyncq_job_info_get_submit_key (job);
  const char *unique_key = asyncq_job_info_get_unique_key (job);
  guint64 parent = asyncq_job_info_get_parent (job);
  guint64 retry_of = asyncq_job_info_get_retry_of (job);
  const guint64 *ids;
  gsize n_ids;

  ids = asyncq_job_info_get_members (job, &n_ids);
  put_ids (_("Members"), ids, n_ids);
  ids = asyncq_job_info_get_waits_for (job, &n_ids);
  put_ids (_("Waits for"), ids, n_ids);
  ids = asyncq_job_info_get_callbacks (job, &n_ids);
  put_ids (_("Callbacks"), ids, n_ids);
  put_ids (_("Belongs to"), &parent, parent != 0 ? 1 : 0);
  put_ids (_("Retry of"), &retry_of, retry_of != 0 ? 1 : 0);
  if (*key != '\0')
    ctl_fact_put (_("Key"), "%s", key);
  if (*unique_key != '\0')
    ctl_fact_put (_("Unique"), "%s", unique_key);
}

/* only where there is more to tell than above */
static void
put_attempts (CtlContext    *context,
              AsyncqJobInfo *job)
{
  GVariant *attempts = asyncq_job_info_get_attempts (job);
  gsize n_tries;

  (void) asyncq_job_info_get_next_tries (job, &n_tries);
  if ((attempts == NULL || g_variant_n_children (attempts) < 2) &&
      (n_tries == 0 || asyncq_job_info_get_attempt (job) == 0))
    return;
  ctl_put ("\n");
  (void) ctl_attempts_put (context, job); /* there is something */
}

void
ctl_job_view_put (CtlContext    *context,
                  AsyncqJobInfo *job,
                  const char    *why)
{
  gint64 now_usec = g_get_real_time ();
  CtlStateStyle style = ctl_style_of_job (job, now_usec);
  const char *queue = asyncq_job_info_get_queue (job);
  GVariant *arguments = asyncq_job_info_get_arguments (job);

  ctl_put ("%s%s%s %s%" G_GUINT64_FORMAT " %s%s (", ctl_style_on (context, style.look), style.sign,
           ctl_style_off (context, style.look), ctl_style_on (context, CTL_LOOK_HEADING),
           asyncq_job_info_get_id (job), asyncq_job_info_get_function (job),
           ctl_style_off (context, CTL_LOOK_HEADING));
  if (*queue != '\0')
    /* TRANSLATORS: %s is the name of a queue */
    ctl_put (_("queue %s, "), queue);
  /* TRANSLATORS: %u is a number, 0 is most urgent */
  ctl_put (_("priority %u"), asyncq_job_info_get_priority (job));
  ctl_put (")\n");

  put_state (job, style, now_usec);
  if (why != NULL)
    ctl_fact_put_wrapped (_("Why"), why);
  put_progress (job);
  put_outcome (job);
  if (arguments != NULL && !ctl_is_nothing (arguments))
    {
      g_autofree char *text = dup_text (arguments);

      ctl_fact_put (_("Takes"), "%s", text);
    }
  put_times (job);
  ctl_attempts_put_last (context, job);
  put_relations (job);
  put_words (_("Tags"), asyncq_job_info_get_tags (job));
  put_words (_("Limited by"), asyncq_job_info_get_limits (job));
  put_settings (job);
  put_attempts (context, job);
}
