/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Attempts of a job: those that were, and those that will be if they fail
 */

#include "config.h"

#include "ctl-attempts.h"

#include "ctl-table.h"
#include "ctl-time.h"
#include "ctl-witness.h"

#include <glib/gi18n.h>

#define ERROR_COLUMN 4

const char *
ctl_attempts_get_last_end (AsyncqJobInfo *job)
{
  GVariant *attempts = asyncq_job_info_get_attempts (job);
  gsize n = attempts != NULL ? g_variant_n_children (attempts) : 0;
  g_autoptr(GVariant) last = n > 0 ? g_variant_get_child_value (attempts, n - 1) : NULL;
  const char *end = "";

  if (last != NULL)
    (void) g_variant_lookup (last, "end", "&s", &end);
  return end; /* the job's properties have it */
}

static CtlLook
look_of_end (const char *end)
{
  if (g_str_equal (end, "succeeded"))
    return CTL_LOOK_GOOD;
  if (g_str_equal (end, "running"))
    return CTL_LOOK_RUNNING;
  if (g_str_equal (end, "snoozed"))
    return CTL_LOOK_WAITING;
  return CTL_LOOK_BAD;
}

static void
add_attempt (CtlTable *table,
             GVariant *attempt)
{
  g_autofree char *number_text = NULL;
  g_autofree char *started_text = NULL;
  g_autofree char *took_text = NULL;
  guint32 number = 0;
  gint64 started = 0;
  gint64 ended = 0;
  const char *end = "";
  const char *message = "";

  (void) g_variant_lookup (attempt, "number", "u", &number);
  (void) g_variant_lookup (attempt, "started", "x", &started);
  (void) g_variant_lookup (attempt, "ended", "x", &ended);
  (void) g_variant_lookup (attempt, "end", "&s", &end);
  (void) g_variant_lookup (attempt, "message", "&s", &message);
  number_text = g_strdup_printf ("%u", number);
  started_text = started != 0 ? ctl_dup_time_local (started) : g_strdup ("-");
  took_text = started != 0 && ended != 0 ? ctl_dup_duration (ended - started) : g_strdup ("-");

  ctl_table_add (table, CTL_LOOK_PLAIN, number_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, started_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, took_text);
  ctl_table_add (table, look_of_end (end), end);
  ctl_table_add (table, CTL_LOOK_PLAIN, message);
}

static void
add_try (CtlTable *table,
         guint     number,
         gint64    time_usec)
{
  g_autofree char *number_text = g_strdup_printf ("%u", number);
  g_autofree char *time_text = ctl_dup_time_local (time_usec);

  ctl_table_add (table, CTL_LOOK_PLAIN, number_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, time_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, "-");
  ctl_table_add (table, CTL_LOOK_WAITING, _("to come"));
  ctl_table_add (table, CTL_LOOK_PLAIN, "");
}

gboolean
ctl_attempts_put (CtlContext    *context,
                  AsyncqJobInfo *job)
{
  const char *const headings[] = { _(">TRY"), _("STARTED"), _(">TOOK"), _("END"), _("ERROR"), NULL };
  GVariant *attempts = asyncq_job_info_get_attempts (job);
  gsize n = attempts != NULL ? g_variant_n_children (attempts) : 0;
  guint number = asyncq_job_info_get_forgotten_attempts (job) + (guint) n;
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  const gint64 *tries;
  gsize n_tries;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) attempt = g_variant_get_child_value (attempts, i);

      add_attempt (table, attempt);
    }
  tries = asyncq_job_info_get_next_tries (job, &n_tries);
  for (gsize i = 0; i < n_tries; i++)
    add_try (table, ++number, tries[i]);
  if (n + n_tries > 0)
    ctl_table_put (table, context, ERROR_COLUMN);
  return n + n_tries > 0;
}

static gboolean
is_witnessed (GVariant *attempt)
{
  static const char *const keys[] = { "user-time", "signal", "exit-status", "stack", "log-lines", "output", "limit" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (attempt, keys[i], NULL);

      if (value != NULL)
        return TRUE;
    }
  return FALSE;
}

void
ctl_attempts_put_details (CtlContext    *context,
                          AsyncqJobInfo *job)
{
  GVariant *attempts = asyncq_job_info_get_attempts (job);
  gsize n = attempts != NULL ? g_variant_n_children (attempts) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) attempt = g_variant_get_child_value (attempts, i);
      guint32 number = 0;
      const char *end = "";

      if (!is_witnessed (attempt))
        continue;
      (void) g_variant_lookup (attempt, "number", "u", &number);
      (void) g_variant_lookup (attempt, "end", "&s", &end);
      /* TRANSLATORS: the number of an attempt, and how it ended, which is not translated */
      ctl_put (_("\nAttempt %u, %s\n"), number, end);
      ctl_witness_put (context, asyncq_job_info_get_id (job), attempt);
    }
}

void
ctl_attempts_put_last (CtlContext    *context,
                       AsyncqJobInfo *job)
{
  GVariant *attempts = asyncq_job_info_get_attempts (job);
  gsize n = attempts != NULL ? g_variant_n_children (attempts) : 0;
  g_autoptr(GVariant) last = n > 0 ? g_variant_get_child_value (attempts, n - 1) : NULL;

  if (last != NULL)
    ctl_witness_put (context, asyncq_job_info_get_id (job), last);
}
