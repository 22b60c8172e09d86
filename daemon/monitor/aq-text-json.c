/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * JSON for people
 *
 * The layout is that of Python's json.dumps (…, sort_keys=True, indent=4), which
 * scripts of the originals' users may depend on; json-glib's printer has a
 * layout of its own.
 */

#include "config.h"

#include "monitor/aq-text-json.h"

#include <string.h>

#define INDENT 4
#define MAX_DEPTH 16

/* the one store that there is */
#define STORE_NAME "unnamed"

struct _AqTextJson
{
  GString  *text;
  guint     depth;
  gboolean  empty[MAX_DEPTH]; /* the container of that depth has nothing in it yet */
  gboolean  after_key;
};

AqTextJson *
aq_text_json_new (void)
{
  AqTextJson *self = g_new0 (AqTextJson, 1);

  self->text = g_string_new (NULL);
  return self;
}

void
aq_text_json_free (AqTextJson *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

gsize
aq_text_json_get_length (AqTextJson *self)
{
  return self->text->len;
}

char *
aq_text_json_finish (AqTextJson *self)
{
  char *text;

  g_assert (self->depth == 0);
  g_string_append_c (self->text, '\n');
  text = g_string_free (self->text, FALSE);
  g_free (self);
  return text;
}

static void
break_line (AqTextJson *self)
{
  g_string_append_c (self->text, '\n');
  for (guint i = 0; i < self->depth * INDENT; i++)
    g_string_append_c (self->text, ' ');
}

/* what stands before a value or a key */
static void
begin_item (AqTextJson *self)
{
  if (self->after_key || self->depth == 0)
    {
      self->after_key = FALSE;
      return;
    }
  if (!self->empty[self->depth - 1])
    g_string_append_c (self->text, ',');
  self->empty[self->depth - 1] = FALSE;
  break_line (self);
}

static void
begin_container (AqTextJson *self,
                 char        bracket)
{
  g_assert (self->depth < MAX_DEPTH);

  begin_item (self);
  g_string_append_c (self->text, bracket);
  self->empty[self->depth++] = TRUE;
}

static void
end_container (AqTextJson *self,
               char        bracket)
{
  g_assert (self->depth > 0);

  if (!self->empty[--self->depth])
    break_line (self);
  g_string_append_c (self->text, bracket);
}

static void
append_character (GString  *text,
                  gunichar  c)
{
  static const char escapes[] = "\b\t\n\f\r\"\\";
  static const char letters[] = "btnfr\"\\";
  const char *escape = c > 0 && c < 0x80 ? strchr (escapes, (int) c) : NULL;

  if (escape != NULL)
    g_string_append_printf (text, "\\%c", letters[escape - escapes]);
  else if (c >= 0x20 && c < 0x7f)
    g_string_append_c (text, (char) c);
  else if (c < 0x10000)
    g_string_append_printf (text, "\\u%04x", c);
  else
    g_string_append_printf (text, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                            0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void
append_string (AqTextJson *self,
               const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (self->text, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    append_character (self->text, g_utf8_get_char (p));
  g_string_append_c (self->text, '"');
}

void
aq_text_json_begin_object (AqTextJson *self)
{
  begin_container (self, '{');
}

void
aq_text_json_end_object (AqTextJson *self)
{
  end_container (self, '}');
}

void
aq_text_json_begin_array (AqTextJson *self)
{
  begin_container (self, '[');
}

void
aq_text_json_end_array (AqTextJson *self)
{
  end_container (self, ']');
}

void
aq_text_json_key (AqTextJson *self,
                  const char *key)
{
  begin_item (self);
  append_string (self, key);
  g_string_append (self->text, ": ");
  self->after_key = TRUE;
}

void
aq_text_json_null (AqTextJson *self)
{
  begin_item (self);
  g_string_append (self->text, "null");
}

void
aq_text_json_boolean (AqTextJson *self,
                      gboolean    value)
{
  begin_item (self);
  g_string_append (self->text, value ? "true" : "false");
}

void
aq_text_json_integer (AqTextJson *self,
                      guint64     value)
{
  begin_item (self);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

void
aq_text_json_string (AqTextJson *self,
                     const char *value)
{
  if (value == NULL)
    {
      aq_text_json_null (self);
      return;
    }
  begin_item (self);
  append_string (self, value);
}

/* exact, and as short as can be with one digit behind the point */
static void
append_seconds (AqTextJson *self,
                gint64      usec)
{
  begin_item (self);
  g_string_append_printf (self->text, "%d.%06d", (int) (usec / G_USEC_PER_SEC),
                          (int) (usec % G_USEC_PER_SEC));
  while (g_str_has_suffix (self->text->str, "0") && !g_str_has_suffix (self->text->str, ".0"))
    g_string_truncate (self->text, self->text->len - 1);
}

static void
add_part (AqTextJson *self,
          const char *key,
          gint64      value)
{
  if (value == 0)
    return;
  aq_text_json_key (self, key);
  begin_item (self);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

/**
 * aq_text_json_duration:
 * @self: a writer
 * @usec: a duration; a negative one comes out as days below zero plus the rest
 *
 * Source: behaviour Z164, X12.
 *
 * Since: 0.1
 */
void
aq_text_json_duration (AqTextJson *self,
                       gint64      usec)
{
  const gint64 day_usec = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
  gint64 days = usec / day_usec;
  gint64 rest = usec % day_usec;
  gint64 minutes;

  if (rest < 0)
    {
      days--;
      rest += day_usec;
    }
  minutes = rest / (60 * G_USEC_PER_SEC);

  aq_text_json_begin_object (self);
  add_part (self, "days", days);
  add_part (self, "hours", minutes / 60);
  add_part (self, "minutes", minutes % 60);
  if (rest % (60 * G_USEC_PER_SEC) != 0 || (days == 0 && minutes == 0))
    {
      aq_text_json_key (self, "seconds");
      append_seconds (self, rest % (60 * G_USEC_PER_SEC));
    }
  aq_text_json_end_object (self);
}

/**
 * aq_text_json_format_time:
 * @wall_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Source: behaviour Z165.
 *
 * Returns: (transfer full): ISO 8601 in UTC with `Z`; six digits of a fraction,
 *   or none where it is zero
 *
 * Since: 0.1
 */
char *
aq_text_json_format_time (gint64 wall_usec)
{
  gint64 fraction = wall_usec % G_USEC_PER_SEC;
  gint64 seconds = wall_usec / G_USEC_PER_SEC;
  g_autoptr(GDateTime) time = NULL;
  g_autofree char *text = NULL;

  if (fraction < 0)
    {
      fraction += G_USEC_PER_SEC;
      seconds--;
    }
  time = g_date_time_new_from_unix_utc (seconds);
  /* outside the years 1 to 9999 there is no calendar date to give */
  if (time == NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT, wall_usec);
  text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return fraction == 0 ? g_strdup_printf ("%sZ", text)
                       : g_strdup_printf ("%s.%06dZ", text, (int) fraction);
}

void
aq_text_json_time (AqTextJson *self,
                   gint64      wall_usec)
{
  g_autofree char *text = wall_usec != 0 ? aq_text_json_format_time (wall_usec) : NULL;

  aq_text_json_string (self, text);
}

/**
 * aq_text_json_job:
 * @self: a writer
 * @id: a job, or 0
 *
 * Source: behaviour Z165.
 *
 * Since: 0.1
 */
void
aq_text_json_job (AqTextJson *self,
                  guint64     id)
{
  if (id == 0)
    {
      aq_text_json_null (self);
      return;
    }
  aq_text_json_begin_array (self);
  aq_text_json_integer (self, id);
  aq_text_json_string (self, STORE_NAME);
  aq_text_json_end_array (self);
}
