/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * JSON of a dump
 *
 *   numbers    as they are up to 2^53, as strings beyond: most readers keep doubles
 *   times      RFC 3339 in UTC with microseconds; where the year has not four
 *              digits, microseconds since 1970 as a number
 *   text       what JSON must have escaped is, nothing else
 *
 * Each value has one form, so equal jobs have equal lines. What is read is a
 * stranger's: it is checked here for its type and range.
 */

#include "config.h"

#include "store/tool/aq-dump-json.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_SAFE_NUMBER (G_GUINT64_CONSTANT (1) << 53)
#define MAX_DEPTH 8 /* a job needs 3: an edge in a list in an object */
#define MAX_DIGITS 16 /* of 2^53 */
#define MAX_VALUES 10000000 /* in a line: a job has a million edges of four, on either side */

/* years 1 to 9999: what RFC 3339 can say, and GDateTime too */
#define FIRST_SECOND (-G_GINT64_CONSTANT (62135596800))
#define LAST_SECOND G_GINT64_CONSTANT (253402300799)
#define TIME_LENGTH (sizeof "2006-08-10T16:44:02.000211Z" - 1)

static gboolean
set_invalid (GError     **error,
             const char  *name,
             const char  *wanted)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "key '%s' is not %s", name, wanted);
  return FALSE;
}

/* @text: UTF-8 */
void
aq_dump_json_append_text (GString    *out,
                          const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      const guchar c = (guchar) *text;

      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c >= 0x20)
        g_string_append_c (out, (char) c);
      else
        g_string_append_printf (out, "\\u%04x", c);
    }
  g_string_append_c (out, '"');
}

void
aq_dump_json_append_number (GString *out,
                            guint64  number)
{
  g_string_append_printf (out, number <= MAX_SAFE_NUMBER ? "%" G_GUINT64_FORMAT : "\"%" G_GUINT64_FORMAT "\"",
                          number);
}

/* a number that may be negative: only where a time cannot be said otherwise */
static void
append_usec (GString *out,
             gint64   usec)
{
  gboolean is_safe = usec >= -(gint64) MAX_SAFE_NUMBER && usec <= (gint64) MAX_SAFE_NUMBER;

  g_string_append_printf (out, is_safe ? "%" G_GINT64_FORMAT : "\"%" G_GINT64_FORMAT "\"", usec);
}

void
aq_dump_json_append_time (GString *out,
                          gint64   usec)
{
  gint64 second = usec / G_USEC_PER_SEC - (usec % G_USEC_PER_SEC < 0 ? 1 : 0);
  g_autoptr(GDateTime) time = NULL;

  if (second >= FIRST_SECOND && second <= LAST_SECOND)
    time = g_date_time_new_from_unix_utc (second);
  if (time == NULL)
    {
      append_usec (out, usec);
      return;
    }
  g_string_append_printf (out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\"", g_date_time_get_year (time),
                          g_date_time_get_month (time), g_date_time_get_day_of_month (time),
                          g_date_time_get_hour (time), g_date_time_get_minute (time),
                          g_date_time_get_second (time), (int) (usec - second * G_USEC_PER_SEC));
}

gboolean
aq_dump_json_get_text (JsonNode    *node,
                       const char  *name,
                       const char **out_text,
                       GError     **error)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return set_invalid (error, name, "a string");
  *out_text = json_node_get_string (node);
  return TRUE;
}

gboolean
aq_dump_json_get_number (JsonNode    *node,
                         const char  *name,
                         guint64      max,
                         guint64     *out_number,
                         GError     **error)
{
  g_autofree char *wanted = NULL;
  guint64 number = 0;
  gboolean ok = FALSE;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      ok = g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, G_MAXUINT64, &number, NULL);
    }
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    {
      ok = json_node_get_int (node) >= 0;
      number = (guint64) json_node_get_int (node);
    }
  if (ok && number <= max)
    {
      *out_number = number;
      return TRUE;
    }
  wanted = g_strdup_printf ("a number from 0 to %" G_GUINT64_FORMAT, max);
  return set_invalid (error, name, wanted);
}

/* @text: in exactly the form that is written here */
static gboolean
parse_time (const char *text,
            gint64     *out_usec)
{
  g_autoptr(GDateTime) time = NULL;
  gint64 fraction = 0;

  if (strlen (text) != TIME_LENGTH || text[10] != 'T' || text[19] != '.' || text[26] != 'Z')
    return FALSE;
  time = g_date_time_new_from_iso8601 (text, NULL);
  for (guint i = 20; i < 26; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      fraction = fraction * 10 + g_ascii_digit_value (text[i]);
    }
  if (time == NULL)
    return FALSE;
  *out_usec = g_date_time_to_unix (time) * G_USEC_PER_SEC + fraction;
  return TRUE;
}

gboolean
aq_dump_json_get_time (JsonNode    *node,
                       const char  *name,
                       gint64      *out_usec,
                       GError     **error)
{
  const char *text;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    {
      *out_usec = json_node_get_int (node);
      return TRUE;
    }
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      text = json_node_get_string (node);
      if (parse_time (text, out_usec) ||
          g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, out_usec, NULL))
        return TRUE;
    }
  return set_invalid (error, name, "a time such as 2006-08-10T16:44:02.000211Z");
}

/*
 * What json-glib would take: it descends as deep as its input nests, keeps texts up
 * to their first NUL, ends after the first value, reads other numbers for those
 * that are too large, and makes some hundred bytes of a value of two.
 */
typedef struct
{
  guint    depth;
  guint    n_digits;  /* in a row, outside of texts */
  gsize    n_members; /* of all objects */
  gsize    n_values;  /* about */
  gboolean in_text;
} Scan;

/* Returns: what is wrong with @line, or %NULL */
static const char *
scan (Scan       *self,
      const char *line,
      gsize       length)
{
  for (gsize i = 0; i < length; i++)
    {
      const char c = line[i];

      self->n_digits = !self->in_text && g_ascii_isdigit (c) ? self->n_digits + 1 : 0;
      if (self->in_text && c == '\\' && strncmp (&line[i], "\\u0000", 6) == 0)
        return "a text has a NUL";
      if (self->in_text && c == '\\')
        i++;
      else if (c == '"')
        self->in_text = !self->in_text;
      else if (!self->in_text && c == ':')
        self->n_members++;
      else if (!self->in_text && c == ',')
        self->n_values++;
      else if (!self->in_text && (c == '{' || c == '['))
        {
          self->depth++;
          self->n_values++;
        }
      else if (!self->in_text && self->depth > 0 && (c == '}' || c == ']'))
        self->depth--;
      if (self->depth > MAX_DEPTH)
        return "it nests too deeply";
      if (self->n_values > MAX_VALUES)
        return "it has too many values";
      if (self->n_digits > MAX_DIGITS)
        return "a number is too large; beyond 2^53 it is a string";
      if (self->depth == 0 && i + 1 < length)
        return "it is more than one JSON object";
    }
  return NULL;
}

static gsize count_members (JsonNode *node);

static void
add_members (JsonObject *object,
             const char *name,
             JsonNode   *node,
             gpointer    user_data)
{
  gsize *n_members = user_data;

  *n_members += 1 + count_members (node);
}

static void
add_elements (JsonArray *array,
              guint      i,
              JsonNode  *node,
              gpointer   user_data)
{
  gsize *n_members = user_data;

  *n_members += count_members (node);
}

/* of the object and all in it; no deeper than what was scanned */
static gsize
count_members (JsonNode *node)
{
  gsize n_members = 0;

  if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_foreach_member (json_node_get_object (node), add_members, &n_members);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), add_elements, &n_members);
  return n_members;
}

/**
 * aq_dump_json_parse:
 * @line: a line of a dump, without its end
 * @length: of it, in bytes
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`
 *
 * Returns: (transfer full): an object, or %NULL with @error set
 */
JsonNode *
aq_dump_json_parse (const char  *line,
                    gsize        length,
                    GError     **error)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) reason = NULL;
  Scan found = { 0 };
  const char *problem = NULL;

  if (!g_utf8_validate (line, (gssize) length, NULL))
    problem = "it is not UTF-8";
  else if (length == 0 || line[0] != '{' || line[length - 1] != '}')
    problem = "it is not a whole JSON object";
  else if ((problem = scan (&found, line, length)) != NULL)
    ; /* said */
  else if (!json_parser_load_from_data (parser, line, (gssize) length, &reason))
    problem = reason->message;
  else if (!JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    problem = "it is not a JSON object";
  else if (count_members (json_parser_get_root (parser)) != found.n_members)
    problem = "it has a key twice";
  if (problem == NULL)
    return json_parser_steal_root (parser);
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, problem);
  return NULL;
}
