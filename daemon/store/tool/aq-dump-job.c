/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job of a dump: a line of JSON
 *
 * A field that has nothing to say (0, no text) is left out, but for those that
 * every job has. Arguments and result are GVariant text, which any machine can
 * read. Where the text would not give the same bytes again (a value not in normal
 * form, a NaN with something in it) the bytes are written instead, in base64.
 */

#include "config.h"

#include "store/tool/aq-dump-job.h"

#include "store/tool/aq-dump-field.h"
#include "store/tool/aq-dump-json.h"

#include <string.h>

void
aq_dump_job_init (AqDumpJob *self)
{
  *self = (AqDumpJob) {
    .edges_in = g_array_new (FALSE, FALSE, sizeof (AqEdgeRecord)),
    .edges_out = g_array_new (FALSE, FALSE, sizeof (AqEdgeRecord)),
    .owned = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
  };
}

void
aq_dump_job_clear (AqDumpJob *self)
{
  g_clear_pointer (&self->edges_in, g_array_unref);
  g_clear_pointer (&self->edges_out, g_array_unref);
  g_clear_pointer (&self->owned, g_ptr_array_unref);
}

/* for the next job */
void
aq_dump_job_reset (AqDumpJob *self)
{
  self->record = (AqJobRecord) { 0 };
  self->sequence = 0;
  self->settings_type = self->past_type = self->evidence_type = self->annotations_type = self->data_type = NULL;
  g_array_set_size (self->edges_in, 0);
  g_array_set_size (self->edges_out, 0);
  g_ptr_array_set_size (self->owned, 0);
}

/* whether a value of this type may have bytes that its text does not tell: inside NaN */
static gboolean
may_hold_doubles (const char *type)
{
  return strpbrk (type, "dv") != NULL;
}

static gboolean
gives_bytes_again (const char   *text,
                   const char   *type,
                   const guint8 *data,
                   gsize         size)
{
  g_autoptr(GVariant) value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, NULL);

  return value != NULL && g_variant_get_size (value) == size &&
         (size == 0 || memcmp (g_variant_get_data (value), data, size) == 0);
}

/* Returns: the text of a value, or NULL where it would not tell all of it */
static char *
dup_value_text (const char   *type,
                const guint8 *data,
                gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size); /* aligned, which @data need not be */
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  g_autofree char *text = NULL;

  if (g_variant_get_size (value) != size || !g_variant_is_normal_form (value))
    return NULL;
  text = g_variant_print (value, FALSE);
  if (may_hold_doubles (type) && !gives_bytes_again (text, type, data, size))
    return NULL;
  return g_steal_pointer (&text);
}

static char *
dup_base64 (const char   *type,
            const guint8 *data,
            gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);
  g_autoptr(GBytes) little = aq_dump_swap_if_big_endian (type, bytes);

  return g_base64_encode (g_bytes_get_data (little, NULL), g_bytes_get_size (little));
}

/* one of the two: @field and the one behind it */
static gboolean
append_value (const AqDumpJob    *self,
              const AqDumpField  *field,
              GString            *out,
              GError            **error)
{
  const guint8 *data = *(const guint8 *const *) ((const guint8 *) self + field->offset);
  gsize size = *(const guint32 *) ((const guint8 *) self + field->size_offset);
  const char *type = aq_dump_field_get_text (self, field->type_offset);
  g_autofree char *base64 = NULL;
  g_autofree char *text = NULL;

  if (type == NULL)
    return TRUE;
  if (!aq_dump_is_type (type))
    return aq_dump_set_invalid (error, "job %" G_GUINT64_FORMAT " has a value of a type that cannot be",
                                self->record.id);
  text = dup_value_text (type, data, size);
  if (text == NULL)
    base64 = dup_base64 (type, data, size);
  g_string_append_printf (out, ",\"%s\":", text != NULL ? field->name : field[1].name);
  aq_dump_json_append_text (out, text != NULL ? text : base64);
  return TRUE;
}

static gboolean
append_text (const AqDumpJob  *self,
             const char       *text,
             GString          *out,
             GError          **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return aq_dump_set_invalid (error, "job %" G_GUINT64_FORMAT " has a name that cannot be", self->record.id);
  aq_dump_json_append_text (out, text);
  return TRUE;
}

static void
append_flags (guint    flags,
              GString *out)
{
  const char *separator = "[";

  for (guint i = 0; aq_dump_flag_word (i) != NULL; i++)
    if (flags & (1u << i))
      {
        g_string_append_printf (out, "%s\"%s\"", separator, aq_dump_flag_word (i));
        separator = ",";
      }
  g_string_append (out, *separator == '[' ? "[]" : "]");
}

static gboolean
append_edges (const AqDumpJob  *self,
              const GArray     *edges,
              GString          *out,
              GError          **error)
{
  for (guint i = 0; i < edges->len; i++)
    {
      const AqEdgeRecord *edge = &g_array_index (edges, AqEdgeRecord, i);

      g_string_append (out, i == 0 ? "[{\"job\":" : ",{\"job\":");
      aq_dump_json_append_number (out, edges == self->edges_in ? edge->parent : edge->child);
      g_string_append_printf (out, ",\"on\":\"%s\",\"role\":\"%s\"", aq_dump_on_word (edge->on),
                              aq_dump_role_word (edge->role));
      if (edge->type != NULL)
        {
          g_string_append (out, ",\"type\":");
          if (!append_text (self, edge->type, out, error))
            return FALSE;
        }
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
  return TRUE;
}

/* whether there is nothing to say */
static gboolean
is_empty (const AqDumpJob   *self,
          const AqDumpField *field)
{
  switch (field->kind)
    {
    case AQ_DUMP_FIELD_TEXT:
    case AQ_DUMP_FIELD_TYPE:
      return aq_dump_field_get_text (self, field->offset) == NULL;
    case AQ_DUMP_FIELD_EDGES:
      return aq_dump_field_get_edges (self, field)->len == 0;
    case AQ_DUMP_FIELD_NUMBER:
    case AQ_DUMP_FIELD_TIME:
    case AQ_DUMP_FIELD_WORD:
    case AQ_DUMP_FIELD_FLAGS:
      return aq_dump_field_get_number (self, field) == 0;
    case AQ_DUMP_FIELD_VALUE:
    case AQ_DUMP_FIELD_BYTES:
    default:
      return FALSE;
    }
}

static gboolean
append_field (const AqDumpJob    *self,
              const AqDumpField  *field,
              GString            *out,
              GError            **error)
{
  if (field->kind == AQ_DUMP_FIELD_VALUE)
    return append_value (self, field, out, error);
  if (field->kind == AQ_DUMP_FIELD_BYTES || (field->presence == AQ_DUMP_FIELD_OPTIONAL && is_empty (self, field)))
    return TRUE;

  g_string_append_printf (out, "%s\"%s\":", field == aq_dump_fields ? "{" : ",", field->name);
  switch (field->kind)
    {
    case AQ_DUMP_FIELD_NUMBER:
      aq_dump_json_append_number (out, aq_dump_field_get_number (self, field));
      return TRUE;
    case AQ_DUMP_FIELD_TIME:
      aq_dump_json_append_time (out, (gint64) aq_dump_field_get_number (self, field));
      return TRUE;
    case AQ_DUMP_FIELD_WORD:
      g_string_append_printf (out, "\"%s\"", field->word ((guint) aq_dump_field_get_number (self, field)));
      return TRUE;
    case AQ_DUMP_FIELD_FLAGS:
      append_flags ((guint) aq_dump_field_get_number (self, field), out);
      return TRUE;
    case AQ_DUMP_FIELD_EDGES:
      return append_edges (self, aq_dump_field_get_edges (self, field), out, error);
    case AQ_DUMP_FIELD_TEXT:
    case AQ_DUMP_FIELD_TYPE:
      return append_text (self, aq_dump_field_get_text (self, field->offset), out, error);
    case AQ_DUMP_FIELD_VALUE:
    case AQ_DUMP_FIELD_BYTES:
    default:
      g_assert_not_reached ();
    }
}

/**
 * aq_dump_job_append_json:
 * @self: a job whose record and edges are set, its numbers within range
 * @out: where to append it
 * @error: return location for an error
 *
 * Writes the job as one line, without its end.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, where a text of the job is not UTF-8 or a type is
 * none; then @out has half of it.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_dump_job_append_json (const AqDumpJob  *self,
                         GString          *out,
                         GError          **error)
{
  for (guint i = 0; i < AQ_N_DUMP_FIELDS; i++)
    if (!append_field (self, &aq_dump_fields[i], out, error))
      return FALSE;
  g_string_append_c (out, '}');
  return TRUE;
}
