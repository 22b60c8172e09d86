/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How long and how many jobs are kept that have ended
 *
 * The daemon tells it in rows, one for each outcome: first those of all queues,
 * then those of each queue that differs.
 */

#include "config.h"

#include "ctl-retention.h"

#include "ctl-time.h"

#include <glib/gi18n.h>

static void
unref_variant (gpointer value)
{
  g_variant_unref (value);
}

/* without the small unit where it is nothing: these are round numbers most of the time */
static char *
dup_duration (gint64 usec)
{
  if (usec >= G_TIME_SPAN_DAY && usec % G_TIME_SPAN_DAY == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT " d", usec / G_TIME_SPAN_DAY);
  if (usec >= G_TIME_SPAN_HOUR && usec % G_TIME_SPAN_HOUR == 0 && usec < G_TIME_SPAN_DAY)
    return g_strdup_printf ("%" G_GINT64_FORMAT " h", usec / G_TIME_SPAN_HOUR);
  return ctl_dup_duration (usec);
}

static char *
dup_kept (GVariant *row)
{
  g_autofree char *duration = NULL;
  g_autofree char *number = NULL;
  gint64 keep_usec = 0;
  guint64 n_jobs = 0;

  (void) g_variant_lookup (row, "keep", "x", &keep_usec);
  (void) g_variant_lookup (row, "keep-jobs", "t", &n_jobs);
  duration = dup_duration (keep_usec);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, n_jobs);
  /* TRANSLATORS: how long jobs are kept that have ended, and how many of each queue at most */
  return g_strdup_printf (_("%s, at most %s jobs"), duration, number);
}

/* outcomes are named where they differ */
static char *
dup_line (const char *queue,
          GPtrArray  *rows)
{
  g_autoptr(GString) by_outcome = g_string_new (NULL);
  g_autofree char *first = dup_kept (g_ptr_array_index (rows, 0));
  /* TRANSLATORS: %s is the name of a queue; what follows is about its jobs */
  g_autofree char *prefix =
    queue != NULL ? g_strdup_printf (_("queue %s: "), *queue != '\0' ? queue : "-") : g_strdup ("");
  gboolean differ = FALSE;

  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *kept = dup_kept (g_ptr_array_index (rows, i));
      const char *outcome = "";

      (void) g_variant_lookup (g_ptr_array_index (rows, i), "outcome", "&s", &outcome);
      g_string_append_printf (by_outcome, "%s%s %s", i > 0 ? "; " : "", outcome, kept);
      differ = differ || !g_str_equal (kept, first);
    }
  return g_strconcat (prefix, differ ? by_outcome->str : first, NULL);
}

static const char *
queue_of (GVariant *row)
{
  const char *queue = NULL;

  (void) g_variant_lookup (row, "queue", "&s", &queue);
  return queue;
}

/* takes @rows, which are of one queue */
static void
end_queue (GStrvBuilder *lines,
           GPtrArray    *rows)
{
  g_autofree char *line = NULL;

  if (rows->len == 0)
    return;
  line = dup_line (queue_of (g_ptr_array_index (rows, 0)), rows);
  g_strv_builder_add (lines, line);
  g_ptr_array_set_size (rows, 0);
}

char **
ctl_retention_dup_lines (GVariant *status)
{
  g_autoptr(GVariant) list = g_variant_lookup_value (status, "retention", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func (unref_variant);
  g_autoptr(GStrvBuilder) lines = g_strv_builder_new ();

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      GVariant *row = g_variant_get_child_value (list, i);

      if (rows->len > 0 && g_strcmp0 (queue_of (row), queue_of (g_ptr_array_index (rows, 0))) != 0)
        end_queue (lines, rows);
      g_ptr_array_add (rows, row);
    }
  end_queue (lines, rows);
  return g_strv_builder_end (lines);
}
