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
  (void) g_variant_lookup (row, "keep-completed", "t", &n_jobs);
  duration = dup_duration (keep_usec);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, n_jobs);
  /* TRANSLATORS: how long jobs are kept that have ended, and how many of each queue at most */
  return g_strdup_printf (_("%s, at most %s jobs"), duration, number);
}

static const char *
text_of (GVariant   *row,
         const char *key)
{
  const char *text = NULL;

  (void) g_variant_lookup (row, key, "&s", &text);
  return text;
}

/* what is kept of most outcomes */
static char *
dup_most (GPtrArray *rows)
{
  g_autofree char *most = NULL;
  guint n_most = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *kept = dup_kept (g_ptr_array_index (rows, i));
      guint n = 0;

      for (guint j = 0; j < rows->len; j++)
        {
          g_autofree char *other = dup_kept (g_ptr_array_index (rows, j));

          n += g_str_equal (kept, other);
        }
      if (n <= n_most)
        continue;
      n_most = n;
      g_free (most);
      most = g_steal_pointer (&kept);
    }
  return g_steal_pointer (&most);
}

static void
add_line (GStrvBuilder *lines,
          const char   *queue,
          const char   *outcome,
          const char   *kept)
{
  g_autoptr(GString) line = g_string_new (NULL);

  if (queue != NULL)
    /* TRANSLATORS: %s is the name of a queue; what follows is about its jobs */
    g_string_append_printf (line, _("queue %s: "), *queue != '\0' ? queue : "-");
  if (outcome != NULL)
    g_string_append_printf (line, "%s: ", outcome);
  g_string_append (line, kept);
  g_strv_builder_add (lines, line->str);
}

/* takes @rows, which are of one queue: one line, and one for each outcome that differs */
static void
end_queue (GStrvBuilder *lines,
           GPtrArray    *rows)
{
  g_autofree char *most = dup_most (rows);

  if (rows->len == 0)
    return;
  add_line (lines, text_of (g_ptr_array_index (rows, 0), "queue"), NULL, most);
  for (guint i = 0; i < rows->len; i++)
    {
      GVariant *row = g_ptr_array_index (rows, i);
      g_autofree char *kept = dup_kept (row);

      if (!g_str_equal (kept, most))
        add_line (lines, text_of (row, "queue"), text_of (row, "outcome"), kept);
    }
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

      if (rows->len > 0 && g_strcmp0 (text_of (row, "queue"), text_of (g_ptr_array_index (rows, 0), "queue")) != 0)
        end_queue (lines, rows);
      g_ptr_array_add (rows, row);
    }
  end_queue (lines, rows);
  return g_strv_builder_end (lines);
}
