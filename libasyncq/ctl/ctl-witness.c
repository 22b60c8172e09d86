/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is known of an attempt: what it has taken, where it crashed, what it said
 *
 * The texts are a worker's, so whoever shows them takes control characters out.
 */

#include "config.h"

#include "ctl-witness.h"

#include "ctl-fact.h"
#include "ctl-style.h"
#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>

#define BUILD_ID_SHOWN 12
#define WORKER         "asyncq-worker"
#define MIN_HIDDEN     3 /* frames: fewer are as well shown */

const char *
ctl_witness_level_word (guint level)
{
  static const char *const words[] = { "critical", "warning", "message", "info", "debug" };

  return words[MIN (level, G_N_ELEMENTS (words) - 1)];
}

char *
ctl_witness_dup_plain (const char *text)
{
  GString *plain = g_string_sized_new (strlen (text));

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '\t')
        g_string_append_c (plain, ' ');
      else if (g_unichar_iscntrl (c))
        g_string_append_c (plain, '?');
      else
        g_string_append_unichar (plain, c);
    }
  return g_string_free (plain, FALSE);
}

/* ---- what it has taken ---- */

static guint64
get_number (GVariant   *attempt,
            const char *key)
{
  guint64 number = 0;

  (void) g_variant_lookup (attempt, key, "t", &number);
  return number;
}

static void
append_size (GString    *text,
             const char *format,
             guint64     n_bytes)
{
  g_autofree char *size = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);

  if (n_bytes > 0)
    g_string_append_printf (text, format, size);
}

/* Returns: (nullable): "processor 1.5 s, …"; NULL: nobody has measured it */
static char *
dup_usage (GVariant *attempt)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *user = NULL;
  g_autofree char *kernel = NULL;
  gint64 user_usec;
  gint64 system_usec = 0;

  if (!g_variant_lookup (attempt, "user-time", "x", &user_usec))
    return NULL;
  (void) g_variant_lookup (attempt, "system-time", "x", &system_usec);
  user = ctl_dup_duration (user_usec);
  kernel = ctl_dup_duration (system_usec);
  /* TRANSLATORS: both are durations */
  g_string_append_printf (text, _("processor %s, kernel %s"), user, kernel);
  /* TRANSLATORS: %s is a size, and so in the next two */
  append_size (text, _(", memory %s"), get_number (attempt, "peak-memory"));
  append_size (text, _(", read %s"), get_number (attempt, "read-bytes"));
  append_size (text, _(", wrote %s"), get_number (attempt, "written-bytes"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- how it ended ---- */

static void
put_end (GVariant *attempt)
{
  const char *text = "";
  const char *const *words = NULL;
  gint32 number;

  if (g_variant_lookup (attempt, "signal", "i", &number))
    ctl_fact_put (_("Signal"), "%d (%s)", number, g_strsignal (number));
  if (g_variant_lookup (attempt, "exit-status", "i", &number))
    ctl_fact_put (_("Exit status"), "%d", number);
  if (g_variant_lookup (attempt, "limit", "&s", &text))
    {
      g_autofree char *plain = ctl_witness_dup_plain (text);

      ctl_fact_put (_("Limit"), "%s", plain);
    }
  if (g_variant_lookup (attempt, "sandbox", "^a&s", &words))
    {
      g_autofree char *joined = g_strjoinv (", ", (char **) words);
      g_autofree char *plain = ctl_witness_dup_plain (joined);

      if (*plain != '\0')
        ctl_fact_put_wrapped (_("Sandbox"), plain);
      g_free ((gpointer) words);
    }
  if (g_variant_lookup (attempt, "build", "&s", &text))
    {
      g_autofree char *plain = ctl_witness_dup_plain (text);

      ctl_fact_put (_("Build"), "%s", plain);
    }
}

/* ---- where it crashed ---- */

static const char *
get_file (GVariant *frame)
{
  const char *file = "";

  (void) g_variant_lookup (frame, "file", "&s", &file);
  return file;
}

/* @above: (nullable): the frame that was shown before: the build id of the same object is not told twice */
static char *
dup_frame (GVariant *frame,
           GVariant *above,
           gsize     number)
{
  const char *function = "";
  const char *file = get_file (frame);
  const char *source = "";
  const char *build_id = "";
  guint64 offset = 0;
  guint64 address = 0;
  guint32 line = 0;
  GString *text = g_string_new (NULL);

  (void) g_variant_lookup (frame, "function", "&s", &function);
  (void) g_variant_lookup (frame, "source", "&s", &source);
  (void) g_variant_lookup (frame, "build-id", "&s", &build_id);
  (void) g_variant_lookup (frame, "offset", "t", &offset);
  (void) g_variant_lookup (frame, "address", "t", &address);
  (void) g_variant_lookup (frame, "line", "u", &line);
  g_string_append_printf (text, "#%" G_GSIZE_FORMAT " ", number);
  if (*function != '\0')
    g_string_append_printf (text, "%s+0x%" G_GINT64_MODIFIER "x", function, offset);
  else
    g_string_append_printf (text, "0x%" G_GINT64_MODIFIER "x", address);
  /* where it was compiled is of no use here, and is in the JSON */
  if (*source != '\0')
    g_string_append_printf (text, " at %s:%u", strrchr (source, '/') != NULL ? strrchr (source, '/') + 1 : source, line);
  if (*file != '\0' && *build_id != '\0' && (above == NULL || !g_str_equal (get_file (above), file)))
    g_string_append_printf (text, " (%s %.*s)", file, BUILD_ID_SHOWN, build_id);
  else if (*file != '\0')
    g_string_append_printf (text, " (%s)", file);
  return g_string_free (text, FALSE);
}

static void
put_line (const char *label,
          gsize       number,
          const char *text)
{
  g_autofree char *plain = ctl_witness_dup_plain (text);

  if (number == 0)
    ctl_fact_put_wrapped (label, plain);
  else
    ctl_fact_put_more (plain);
}

/* the outer frames are the same in all crashes: the worker's, and those of libc which started it */
static gsize
count_frames_of_plugins (GVariant *stack)
{
  gsize n = g_variant_n_children (stack);

  while (n > 0)
    {
      g_autoptr(GVariant) frame = g_variant_get_child_value (stack, n - 1);
      const char *file = get_file (frame);

      if (!g_str_equal (file, WORKER) && !g_str_has_prefix (file, "libc.so"))
        break;
      n--;
    }
  return n;
}

static void
put_stack (GVariant *attempt)
{
  g_autoptr(GVariant) stack = g_variant_lookup_value (attempt, "stack", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(GVariant) above = NULL;
  gsize n_frames = stack != NULL ? g_variant_n_children (stack) : 0;
  gsize n_shown = stack != NULL ? count_frames_of_plugins (stack) : 0;

  if (n_shown == 0 || n_frames - n_shown < MIN_HIDDEN)
    n_shown = n_frames;
  for (gsize i = 0; i < n_shown; i++)
    {
      g_autoptr(GVariant) frame = g_variant_get_child_value (stack, i);
      g_autofree char *text = dup_frame (frame, above, i);

      put_line (_("Stack"), i, text);
      g_clear_pointer (&above, g_variant_unref);
      above = g_steal_pointer (&frame);
    }
  if (n_frames > n_shown)
    {
      /* TRANSLATORS: of a stack; %zu is at least 3; --json is an option */
      g_autofree char *text = g_strdup_printf (_("and %zu of the worker, which --json shows"), n_frames - n_shown);

      ctl_fact_put_more (text);
    }
}

/* ---- what it said ---- */

static void
put_log (CtlContext *context,
         guint64     id,
         GVariant   *attempt)
{
  g_autoptr(GVariant) lines = NULL;
  guint32 n_lines = 0;
  guint32 n_dropped = 0;
  guint32 number = 0;

  (void) g_variant_lookup (attempt, "log-lines", "u", &n_lines);
  (void) g_variant_lookup (attempt, "log-dropped", "u", &n_dropped);
  (void) g_variant_lookup (attempt, "number", "u", &number);
  if (n_lines == 0)
    return;
  /* the newest are enough; what cannot be had any more is not missed here */
  lines = asyncq_client_get_log_sync (context->client, id, number,
                                      (guint64) n_dropped + n_lines - MIN (n_lines, CTL_WITNESS_MAX_LINES), 0, NULL,
                                      NULL, NULL, NULL, NULL);
  for (gsize i = 0; lines != NULL && i < g_variant_n_children (lines); i++)
    {
      g_autofree char *time = NULL;
      g_autofree char *shown = NULL;
      const char *text;
      guint32 level;
      gint64 usec;

      g_variant_get_child (lines, i, "(xu&s)", &usec, &level, &text);
      time = ctl_dup_time_local (usec);
      shown = g_strdup_printf ("%s %s: %s", time, ctl_witness_level_word (level), text);
      put_line (_("Log"), i, shown);
    }
}

static void
put_output (GVariant *attempt)
{
  g_auto(GStrv) lines = NULL;
  const char *output = "";
  guint n_lines;
  guint first;

  if (!g_variant_lookup (attempt, "output", "&s", &output) || *output == '\0')
    return;
  lines = g_strsplit (output, "\n", -1);
  n_lines = g_strv_length (lines);
  if (n_lines > 0 && *lines[n_lines - 1] == '\0')
    n_lines--;
  first = n_lines - MIN (n_lines, CTL_WITNESS_MAX_LINES);
  while (first + 1 < n_lines && *lines[first] == '\0')
    first++;
  for (guint i = first; i < n_lines; i++)
    put_line (_("Output"), i - first, lines[i]);
}

void
ctl_witness_put (CtlContext *context,
                 guint64     id,
                 GVariant   *attempt)
{
  g_autofree char *usage = dup_usage (attempt);

  if (usage != NULL)
    ctl_fact_put_wrapped (_("Took"), usage);
  put_end (attempt);
  put_stack (attempt);
  put_log (context, id, attempt);
  put_output (attempt);
}
