/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job of a dump: read
 *
 * A dump may come from anywhere and be edited by hand. Every key, type and range
 * is checked, and every name as a submit would.
 */

#include "config.h"

#include "store/tool/aq-dump-job.h"

#include "core/aq-edge.h"
#include "core/aq-name.h"
#include "core/aq-transaction.h"
#include "core/aq-value.h"
#include "store/aq-job-loader.h"
#include "store/tool/aq-dump-field.h"
#include "store/tool/aq-dump-json.h"

#include <string.h>

#define MAX_VALUE_BYTES (16 * 1024 * 1024)
#define MAX_KEY_LENGTH (G_MAXUINT16 - 1) /* what a record can hold */

/* Returns: a copy that lives as long as the job */
static const char *
own_text (AqDumpJob  *self,
          const char *text)
{
  GBytes *bytes = g_bytes_new (text, strlen (text) + 1);

  g_ptr_array_add (self->owned, bytes);
  return g_bytes_get_data (bytes, NULL);
}

static gboolean
read_number (AqDumpJob          *self,
             const AqDumpField  *field,
             JsonNode           *node,
             GError            **error)
{
  guint64 number;

  if (!aq_dump_json_get_number (node, field->name, aq_dump_field_max_number (field), &number, error))
    return FALSE;
  aq_dump_field_set_number (self, field, number);
  return TRUE;
}

static gboolean
read_time (AqDumpJob          *self,
           const AqDumpField  *field,
           JsonNode           *node,
           GError            **error)
{
  gint64 usec;

  if (!aq_dump_json_get_time (node, field->name, &usec, error))
    return FALSE;
  aq_dump_field_set_number (self, field, (guint64) usec);
  return TRUE;
}

/* Returns: the number that has this name */
static gboolean
find_word (JsonNode        *node,
           const char      *name,
           AqDumpWordFunc   word,
           guint           *out_number,
           GError         **error)
{
  const char *text;

  if (!aq_dump_json_get_text (node, name, &text, error))
    return FALSE;
  for (guint i = 0; word (i) != NULL; i++)
    if (strcmp (word (i), text) == 0)
      {
        *out_number = i;
        return TRUE;
      }
  return aq_dump_set_invalid (error, "key '%s' has the unknown value '%s'", name, text);
}

static gboolean
read_flags (AqDumpJob          *self,
            const AqDumpField  *field,
            JsonNode           *node,
            GError            **error)
{
  guint n = JSON_NODE_HOLDS_ARRAY (node) ? json_array_get_length (json_node_get_array (node)) : 0;
  guint flags = 0;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return aq_dump_set_invalid (error, "key '%s' is not a list", field->name);
  for (guint i = 0; i < n; i++)
    {
      guint flag = 0;

      if (!find_word (json_array_get_element (json_node_get_array (node), i), field->name, field->word, &flag,
                      error))
        return FALSE;
      flags |= 1u << flag;
    }
  aq_dump_field_set_number (self, field, flags);
  return TRUE;
}

static gboolean
read_text (AqDumpJob          *self,
           const AqDumpField  *field,
           JsonNode           *node,
           GError            **error)
{
  const char *text;

  if (!aq_dump_json_get_text (node, field->name, &text, error))
    return FALSE;
  if (field->kind == AQ_DUMP_FIELD_TYPE && !aq_dump_is_type (text))
    return aq_dump_set_invalid (error, "key '%s' is not a definite type: '%s'", field->name, text);
  aq_dump_field_set_text (self, field->offset, own_text (self, text));
  return TRUE;
}

/* keeps a value's bytes, within the limits of a submit's */
static gboolean
own_value (AqDumpJob          *self,
           const AqDumpField  *field,
           GVariant           *value,
           GBytes             *bytes,
           GError            **error)
{
  if (!aq_value_check (value, MAX_VALUE_BYTES, error))
    {
      g_prefix_error (error, "key '%s': ", field->name);
      return FALSE;
    }
  *(const guint8 **) ((guint8 *) self + field->offset) = g_bytes_get_data (bytes, NULL);
  *(guint32 *) ((guint8 *) self + field->size_offset) = (guint32) g_bytes_get_size (bytes);
  g_ptr_array_add (self->owned, g_bytes_ref (bytes));
  return TRUE;
}

static gboolean
read_value (AqDumpJob          *self,
            const AqDumpField  *field,
            JsonNode           *node,
            GError            **error)
{
  const char *type = aq_dump_field_get_text (self, field->type_offset);
  g_autoptr(GError) reason = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GBytes) bytes = NULL;
  const char *text;

  if (!aq_dump_json_get_text (node, field->name, &text, error))
    return FALSE;
  if (type == NULL)
    return aq_dump_set_invalid (error, "key '%s' is there, and no type of it", field->name);
  value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, &reason);
  if (value == NULL)
    return aq_dump_set_invalid (error, "key '%s' does not fit its type '%s': %s", field->name, type, reason->message);
  bytes = g_variant_get_data_as_bytes (value);
  return own_value (self, field, value, bytes, error);
}

static gboolean
read_bytes (AqDumpJob          *self,
            const AqDumpField  *field,
            JsonNode           *node,
            GError            **error)
{
  const char *type = aq_dump_field_get_text (self, field->type_offset);
  g_autoptr(GBytes) little = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) value = NULL;
  const char *text;
  guchar *data;
  gsize size;

  if (!aq_dump_json_get_text (node, field->name, &text, error))
    return FALSE;
  if (type == NULL)
    return aq_dump_set_invalid (error, "key '%s' is there, and no type of it", field->name);
  data = g_base64_decode (text, &size);
  little = g_bytes_new_take (data, size);
  bytes = aq_dump_swap_if_big_endian (type, little);
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  return own_value (self, field, value, bytes, error);
}

/* an edge is small, and has a reader of its own: all four keys, by hand */
static gboolean
read_edge (AqDumpJob     *self,
           JsonObject    *object,
           gboolean       is_in,
           AqEdgeRecord  *out_edge,
           GError       **error)
{
  AqEdgeRecord edge = { .parent = self->record.id, .child = self->record.id };
  guint n_known = 3;
  const char *type;
  guint number = 0;

  if (!json_object_has_member (object, "job") || !json_object_has_member (object, "on") ||
      !json_object_has_member (object, "role"))
    return aq_dump_set_invalid (error, "an edge has no 'job', no 'on' or no 'role'");
  if (!aq_dump_json_get_number (json_object_get_member (object, "job"), "job", G_MAXUINT64,
                                is_in ? &edge.parent : &edge.child, error) ||
      !find_word (json_object_get_member (object, "on"), "on", aq_dump_on_word, &number, error))
    return FALSE;
  edge.on = (guint8) number;
  if (!find_word (json_object_get_member (object, "role"), "role", aq_dump_role_word, &number, error))
    return FALSE;
  edge.role = (guint8) number;
  if (json_object_has_member (object, "type"))
    {
      n_known++;
      if (!aq_dump_json_get_text (json_object_get_member (object, "type"), "type", &type, error))
        return FALSE;
      if (!aq_dump_is_type (type))
        return aq_dump_set_invalid (error, "an edge's type is none: '%s'", type);
      edge.type = own_text (self, type);
    }
  if (json_object_get_size (object) != n_known)
    return aq_dump_set_invalid (error, "an edge has an unknown key");
  *out_edge = edge;
  return TRUE;
}

static gboolean
read_edges (AqDumpJob          *self,
            const AqDumpField  *field,
            JsonNode           *node,
            GError            **error)
{
  GArray *edges = (GArray *) aq_dump_field_get_edges (self, field);
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL)
    return aq_dump_set_invalid (error, "key '%s' is not a list", field->name);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      AqEdgeRecord edge;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        return aq_dump_set_invalid (error, "key '%s' is not a list of edges", field->name);
      if (!read_edge (self, json_node_get_object (element), edges == self->edges_in, &edge, error))
        return FALSE;
      g_array_append_val (edges, edge);
    }
  return TRUE;
}

static gboolean
read_field (AqDumpJob          *self,
            const AqDumpField  *field,
            JsonNode           *node,
            GError            **error)
{
  guint number = 0;

  switch (field->kind)
    {
    case AQ_DUMP_FIELD_NUMBER:
      return read_number (self, field, node, error);
    case AQ_DUMP_FIELD_TIME:
      return read_time (self, field, node, error);
    case AQ_DUMP_FIELD_FLAGS:
      return read_flags (self, field, node, error);
    case AQ_DUMP_FIELD_TEXT:
    case AQ_DUMP_FIELD_TYPE:
      return read_text (self, field, node, error);
    case AQ_DUMP_FIELD_VALUE:
      return read_value (self, field, node, error);
    case AQ_DUMP_FIELD_BYTES:
      return read_bytes (self, field, node, error);
    case AQ_DUMP_FIELD_EDGES:
      return read_edges (self, field, node, error);
    case AQ_DUMP_FIELD_WORD:
      if (!find_word (node, field->name, field->word, &number, error))
        return FALSE;
      aq_dump_field_set_number (self, field, number);
      return TRUE;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
check_keys (JsonObject  *object,
            GError     **error)
{
  g_autoptr(GList) names = json_object_get_members (object);

  for (GList *name = names; name != NULL; name = name->next)
    {
      guint i = 0;

      while (i < AQ_N_DUMP_FIELDS && strcmp (aq_dump_fields[i].name, name->data) != 0)
        i++;
      if (i == AQ_N_DUMP_FIELDS)
        return aq_dump_set_invalid (error, "there is no key '%s'", (const char *) name->data);
    }
  return TRUE;
}

/* what a submit would not have let in */
static gboolean
check_names (const AqJobRecord  *record,
             GError            **error)
{
  static const char *const composites[] = { NULL, AQ_FUNCTION_PARALLEL, AQ_FUNCTION_SERIAL, AQ_FUNCTION_BATCH };
  const char *function = composites[record->kind];

  if (!aq_name_is_queue (record->queue))
    return aq_dump_set_invalid (error, "'%s' cannot be the name of a queue", record->queue);
  if (record->kind == AQ_JOB_CALL ? !aq_name_is_function (record->function)
                                  : strcmp (record->function, function) != 0)
    return aq_dump_set_invalid (error, "'%s' cannot be the function of this kind of job", record->function);
  if (record->agent != NULL && !aq_name_is_agent (record->agent))
    return aq_dump_set_invalid (error, "'%s' cannot be the name of an agent", record->agent);
  if (record->submit_key != NULL && strlen (record->submit_key) > MAX_KEY_LENGTH)
    return aq_dump_set_invalid (error, "its submit key is longer than %d bytes", MAX_KEY_LENGTH);
  if (record->unique_key != NULL && strlen (record->unique_key) > MAX_KEY_LENGTH)
    return aq_dump_set_invalid (error, "its unique key is longer than %d bytes", MAX_KEY_LENGTH);
  if (!g_variant_type_is_tuple (G_VARIANT_TYPE (record->arguments_type)))
    return aq_dump_set_invalid (error, "key 'arguments_type' is not a tuple: '%s'", record->arguments_type);
  return TRUE;
}

/* @max: for a key that is a number, and of which daemons still have many to give */
static gboolean
check_max (const char  *name,
           guint64      number,
           guint64      max,
           GError     **error)
{
  return number <= max ||
         aq_dump_set_invalid (error, "key '%s' is not a number from 0 to %" G_GUINT64_FORMAT, name, max);
}

static gboolean
check_numbers (const AqDumpJob  *self,
               GError          **error)
{
  return check_max ("id", self->record.id, AQ_DUMP_MAX_ID, error) &&
         check_max ("order", self->record.order, AQ_DUMP_MAX_ORDER, error) &&
         check_max ("sequence", self->sequence, AQ_DUMP_MAX_SEQUENCE, error) &&
         check_max ("lease", self->record.lease, AQ_DUMP_MAX_LEASE, error);
}

static gboolean
check_life (const AqJobRecord  *record,
            GError            **error)
{
  g_autoptr(AqJobSettings) settings = NULL;
  g_autoptr(AqJobPast) past = NULL;
  g_autoptr(GVariant) annotations = NULL;
  g_autoptr(GVariant) data = NULL;
  g_autoptr(GVariant) evidence = NULL;

  if (record->is_measured > 1 || record->past_version > 1)
    return aq_dump_set_invalid (error, "'measured' and 'past_version' are 0 or 1");
  if (aq_job_loader_read_evidence (record, &evidence, NULL) &&
      aq_job_loader_read_settings (record, &settings, NULL) && aq_job_loader_read_past (record, &past, NULL) &&
      aq_job_loader_read_annotations (record, &annotations, NULL) && aq_job_loader_read_data (record, &data, NULL))
    return TRUE;
  return aq_dump_set_invalid (error, "its settings, its past, its evidence, its annotations or its data cannot be");
}

static gboolean
check_job (const AqDumpJob  *self,
           JsonObject       *object,
           GError          **error)
{
  gboolean is_completed = self->record.state == ASYNCQ_JOB_STATE_COMPLETED;

  if (self->record.id == 0)
    return aq_dump_set_invalid (error, "no job can have the id 0");
  if (json_object_has_member (object, "arguments") == json_object_has_member (object, "arguments_bytes"))
    return aq_dump_set_invalid (error, "one of 'arguments' and 'arguments_bytes' must be there");
  if (json_object_has_member (object, "result") + json_object_has_member (object, "result_bytes") !=
      json_object_has_member (object, "result_type"))
    return aq_dump_set_invalid (error, "'result_type', and one of 'result' and 'result_bytes', must be there, or "
                                       "none of them");
  if (is_completed && self->record.outcome == ASYNCQ_JOB_OUTCOME_NONE)
    return aq_dump_set_invalid (error, "a completed job has an outcome");
  return check_numbers (self, error) && check_names (&self->record, error) && check_life (&self->record, error);
}

/**
 * aq_dump_job_read_json:
 * @self: a job that was reset
 * @object: a line of a dump
 * @error: return location for an error
 *
 * Reads a job. It owns all that it needs: @object may go.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` and `ASYNCQ_ERROR_TOO_LARGE`, naming the key.
 *
 * Returns: %FALSE with @error set; then @self can be reset or cleared
 */
gboolean
aq_dump_job_read_json (AqDumpJob   *self,
                       JsonObject  *object,
                       GError     **error)
{
  if (!check_keys (object, error))
    return FALSE;
  self->settings_type = "a{sv}";
  self->evidence_type = self->annotations_type = self->data_type = "a{sv}";
  for (guint i = 0; i < AQ_N_DUMP_FIELDS; i++)
    {
      JsonNode *node = json_object_get_member (object, aq_dump_fields[i].name);

      /* its version comes before it */
      self->past_type = aq_record_get_past_type (&self->record);
      if (node == NULL && aq_dump_fields[i].presence == AQ_DUMP_FIELD_REQUIRED)
        return aq_dump_set_invalid (error, "key '%s' is missing", aq_dump_fields[i].name);
      if (node != NULL && !read_field (self, &aq_dump_fields[i], node, error))
        return FALSE;
    }
  if (self->record.settings_size == 0)
    self->settings_type = NULL;
  if (self->record.past_size == 0)
    self->past_type = NULL;
  if (self->record.evidence_size == 0)
    self->evidence_type = NULL;
  if (self->record.annotations_size == 0)
    self->annotations_type = NULL;
  if (self->record.data_size == 0)
    self->data_type = NULL;
  return check_job (self, object, error);
}
