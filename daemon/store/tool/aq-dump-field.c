/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Fields of a job in a dump
 *
 * `aq_dump_fields` says what there is, in the order in which it is written, so
 * writing and reading cannot differ.
 */

#include "config.h"

#include "store/tool/aq-dump-field.h"

#include "core/aq-edge.h"
#include "libasyncq/asyncq-error.h"

static const char *
state_word (guint number)
{
  return number < ASYNCQ_N_JOB_STATES ? asyncq_job_state_to_string (number) : NULL;
}

static const char *
outcome_word (guint number)
{
  return number < ASYNCQ_N_JOB_OUTCOMES ? asyncq_job_outcome_to_string (number) : NULL;
}

static const char *
kind_word (guint number)
{
  static const char *const words[] = { "call", "parallel", "serial", "batch" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_JOB_KINDS);
  return number < AQ_N_JOB_KINDS ? words[number] : NULL;
}

const char *
aq_dump_on_word (guint number)
{
  static const char *const words[] = { "start", "success", "failure", "any", "first-failure" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_EDGE_ONS);
  return number < AQ_N_EDGE_ONS ? words[number] : NULL;
}

const char *
aq_dump_role_word (guint number)
{
  static const char *const words[] = { "member", "postprocess", "next", "join", "result", "callback", "after" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_EDGE_ROLES);
  return number < AQ_N_EDGE_ROLES ? words[number] : NULL;
}

const char *
aq_dump_flag_word (guint number)
{
  static const char *const words[] = {
    "put-back", "scheduled", "waiting", "steady", "skipped", "stopping", "pulled", "part-failed"
  };

  return number < G_N_ELEMENTS (words) ? words[number] : NULL;
}

#define OF(member) offsetof (AqDumpJob, member), sizeof (((AqDumpJob *) NULL)->member)
#define VALUE_OF(data, size, type) \
  offsetof (AqDumpJob, record.data), 0, NULL, offsetof (AqDumpJob, record.size), \
      offsetof (AqDumpJob, record.type)

/* a part of which the type is known */
#define PART_OF(part) \
  offsetof (AqDumpJob, record.part), 0, NULL, offsetof (AqDumpJob, record.part##_size), \
      offsetof (AqDumpJob, part##_type)

const AqDumpField aq_dump_fields[] = {
  { "id", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_REQUIRED, OF (record.id) },
  { "queue", AQ_DUMP_FIELD_TEXT, AQ_DUMP_FIELD_REQUIRED, OF (record.queue) },
  { "function", AQ_DUMP_FIELD_TEXT, AQ_DUMP_FIELD_REQUIRED, OF (record.function) },
  { "kind", AQ_DUMP_FIELD_WORD, AQ_DUMP_FIELD_REQUIRED, OF (record.kind), kind_word },
  { "priority", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_REQUIRED, OF (record.priority) },
  { "state", AQ_DUMP_FIELD_WORD, AQ_DUMP_FIELD_REQUIRED, OF (record.state), state_word },
  { "outcome", AQ_DUMP_FIELD_WORD, AQ_DUMP_FIELD_REQUIRED, OF (record.outcome), outcome_word },
  { "arguments_type", AQ_DUMP_FIELD_TYPE, AQ_DUMP_FIELD_REQUIRED, OF (record.arguments_type) },
  { "arguments", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, VALUE_OF (arguments, arguments_size, arguments_type) },
  { "arguments_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL,
    VALUE_OF (arguments, arguments_size, arguments_type) },
  { "created", AQ_DUMP_FIELD_TIME, AQ_DUMP_FIELD_REQUIRED, OF (record.created_usec) },
  { "begin_after", AQ_DUMP_FIELD_TIME, AQ_DUMP_FIELD_OPTIONAL, OF (record.begin_after_usec) },
  { "due", AQ_DUMP_FIELD_TIME, AQ_DUMP_FIELD_REQUIRED, OF (record.due_usec) },
  { "order", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_REQUIRED, OF (record.order) },
  { "sequence", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_REQUIRED, OF (sequence) },
  { "flags", AQ_DUMP_FIELD_FLAGS, AQ_DUMP_FIELD_OPTIONAL, OF (record.flags), aq_dump_flag_word },
  { "waits_for", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.n_waiting) },
  { "attempt", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.attempt) },
  { "interruptions", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.interruptions) },
  { "lease", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.lease) },
  { "agent", AQ_DUMP_FIELD_TEXT, AQ_DUMP_FIELD_OPTIONAL, OF (record.agent) },
  { "worker", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.worker) },
  { "started", AQ_DUMP_FIELD_TIME, AQ_DUMP_FIELD_OPTIONAL, OF (record.started_usec) },
  { "ended", AQ_DUMP_FIELD_TIME, AQ_DUMP_FIELD_OPTIONAL, OF (record.ended_usec) },
  { "measured", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.is_measured) },
  { "user_time", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.usage.user_usec) },
  { "system_time", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.usage.system_usec) },
  { "peak_memory", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.usage.peak_bytes) },
  { "read_bytes", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.usage.read_bytes) },
  { "written_bytes", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.usage.written_bytes) },
  { "evidence", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, PART_OF (evidence) },
  { "evidence_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, PART_OF (evidence) },
  { "result_type", AQ_DUMP_FIELD_TYPE, AQ_DUMP_FIELD_OPTIONAL, OF (record.result_type) },
  { "result", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, VALUE_OF (result, result_size, result_type) },
  { "result_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, VALUE_OF (result, result_size, result_type) },
  { "submit_key", AQ_DUMP_FIELD_TEXT, AQ_DUMP_FIELD_OPTIONAL, OF (record.submit_key) },
  { "unique_key", AQ_DUMP_FIELD_TEXT, AQ_DUMP_FIELD_OPTIONAL, OF (record.unique_key) },
  { "settings", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, PART_OF (settings) },
  { "settings_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, PART_OF (settings) },
  { "past_version", AQ_DUMP_FIELD_NUMBER, AQ_DUMP_FIELD_OPTIONAL, OF (record.past_version) },
  { "past", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, PART_OF (past) },
  { "past_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, PART_OF (past) },
  { "annotations", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, PART_OF (annotations) },
  { "annotations_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, PART_OF (annotations) },
  { "data", AQ_DUMP_FIELD_VALUE, AQ_DUMP_FIELD_OPTIONAL, PART_OF (data) },
  { "data_bytes", AQ_DUMP_FIELD_BYTES, AQ_DUMP_FIELD_OPTIONAL, PART_OF (data) },
  { "after", AQ_DUMP_FIELD_EDGES, AQ_DUMP_FIELD_OPTIONAL, OF (edges_in) },
  { "before", AQ_DUMP_FIELD_EDGES, AQ_DUMP_FIELD_OPTIONAL, OF (edges_out) },
};

G_STATIC_ASSERT (G_N_ELEMENTS (aq_dump_fields) == AQ_N_DUMP_FIELDS);

guint64
aq_dump_field_get_number (const AqDumpJob   *self,
                          const AqDumpField *field)
{
  const guint8 *at = (const guint8 *) self + field->offset;

  switch (field->width)
    {
    case 1:
      return *at;
    case 2:
      return *(const guint16 *) at;
    case 4:
      return *(const guint32 *) at;
    default:
      return *(const guint64 *) at;
    }
}

void
aq_dump_field_set_number (AqDumpJob         *self,
                          const AqDumpField *field,
                          guint64            number)
{
  guint8 *at = (guint8 *) self + field->offset;

  switch (field->width)
    {
    case 1:
      *at = (guint8) number;
      break;
    case 2:
      *(guint16 *) at = (guint16) number;
      break;
    case 4:
      *(guint32 *) at = (guint32) number;
      break;
    default:
      *(guint64 *) at = number;
    }
}

guint64
aq_dump_field_max_number (const AqDumpField *field)
{
  return field->width == 8 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << (8 * field->width)) - 1;
}

const char *
aq_dump_field_get_text (const AqDumpJob *self,
                        gsize            offset)
{
  return *(const char *const *) ((const guint8 *) self + offset);
}

void
aq_dump_field_set_text (AqDumpJob  *self,
                        gsize       offset,
                        const char *text)
{
  *(const char **) ((guint8 *) self + offset) = text;
}

const GArray *
aq_dump_field_get_edges (const AqDumpJob   *self,
                         const AqDumpField *field)
{
  return *(GArray *const *) ((const guint8 *) self + field->offset);
}

gboolean
aq_dump_is_type (const char *type)
{
  return g_variant_type_string_is_valid (type) && g_variant_type_is_definite (G_VARIANT_TYPE (type));
}

/* bytes of a value in the order of the machine, to or from little-endian */
GBytes *
aq_dump_swap_if_big_endian (const char *type,
                            GBytes     *bytes)
{
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) swapped = NULL;

  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    return g_bytes_ref (bytes);
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  swapped = g_variant_byteswap (value);
  return g_variant_get_data_as_bytes (swapped);
}

gboolean
aq_dump_set_invalid (GError     **error,
                     const char  *format,
                     ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, what);
  return FALSE;
}
