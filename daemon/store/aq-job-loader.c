/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Jobs from records
 *
 * The way from bytes to structs that the journal and the pages of images have in
 * common. What a record says is taken as it is, after a look at what would break
 * others: types, and text that is none.
 */

#include "config.h"

#include "store/aq-job-loader.h"

#include "core/aq-edge.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-job-table.h"

gboolean
aq_job_loader_set_misfit (GError     **error,
                          const char  *format,
                          ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, what);
  return FALSE;
}

void
aq_job_loader_clear (AqJobLoader *self)
{
  g_clear_pointer (&self->lane_type, g_free);
  g_clear_pointer (&self->result_type, g_free);
}

/* jobs that follow one another mostly have one type, so the last one checked is remembered */
static gboolean
check_type (const char  *type,
            char       **last)
{
  if (*last != NULL && strcmp (type, *last) == 0)
    return TRUE;
  if (!g_variant_type_string_is_valid (type) ||
      !g_variant_type_is_definite (G_VARIANT_TYPE (type)))
    return FALSE;
  g_free (*last);
  *last = g_strdup (type);
  return TRUE;
}

static gboolean
is_text (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

/* Returns: whether the id and the SPEC of a job can be */
gboolean
aq_job_loader_check (AqJobLoader        *self,
                     const AqJobRecord  *record,
                     GError            **error)
{
  if (record->id == 0 || record->id > AQ_JOB_TABLE_MAX_ID)
    return aq_job_loader_set_misfit (error, "no job can have the id %" G_GUINT64_FORMAT, record->id);
  if (check_type (record->arguments_type, &self->lane_type) && is_text (record->queue) &&
      is_text (record->function) && is_text (record->submit_key) && is_text (record->unique_key))
    return TRUE;
  return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has a type or a name that cannot be",
                                   record->id);
}

/**
 * aq_job_loader_check_counters:
 * @counters: counters, from a file
 * @error: return location for an error
 *
 * Nothing that was made by counting is near the end of its numbers; behind that
 * they would begin again.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`
 *
 * Returns: whether they can be
 *
 * Since: 0.1
 */
gboolean
aq_job_loader_check_counters (const AqCounters  *counters,
                              GError           **error)
{
  if (counters->next_id <= AQ_JOB_TABLE_MAX_ID && counters->next_order <= AQ_COUNTERS_MAX_ORDER &&
      counters->next_lease <= AQ_COUNTERS_MAX_LEASE)
    return TRUE;
  return aq_job_loader_set_misfit (error, "the next id %" G_GUINT64_FORMAT ", order %" G_GUINT64_FORMAT " or lease %"
                                   G_GUINT64_FORMAT " cannot be", counters->next_id, counters->next_order,
                                   counters->next_lease);
}

static void
set_key (AqJob       *job,
         gsize        offset,
         const char  *key)
{
  char **place;

  if (key == NULL && job->extra == NULL)
    return;
  place = G_STRUCT_MEMBER_P (aq_job_ensure_extra (job), offset);
  g_free (*place);
  *place = g_strdup (key);
}

/* what is not in its lane */
static void
set_spec (AqJob             *job,
          const AqJobRecord *record)
{
  job->created_usec = record->created_usec;
  job->begin_after_usec = record->begin_after_usec;
  job->priority = record->priority;
  job->kind = record->kind;
  set_key (job, G_STRUCT_OFFSET (AqJobExtra, submit_key), record->submit_key);
  set_key (job, G_STRUCT_OFFSET (AqJobExtra, unique_key), record->unique_key);
}

/* Returns: (transfer full): without tags and limits, which are not read yet */
static AqLane *
get_lane (AqJobLoader       *self,
          const AqJobRecord *record)
{
  return aq_tables_get_lane_for_key (self->tables, &(AqLaneKey) {
    .queue = record->queue,
    .function = record->function,
    .arguments_type = record->arguments_type,
    .priority = record->priority,
  });
}

/* Returns: (transfer full) (nullable): a job with its SPEC, in no table */
AqJob *
aq_job_loader_create (AqJobLoader        *self,
                      const AqJobRecord  *record,
                      GError            **error)
{
  AqJob *job;

  if (!aq_job_loader_check (self, record, error))
    return NULL;
  job = aq_job_new (record->id, get_lane (self, record), record->arguments, record->arguments_size);
  set_spec (job, record);
  return job;
}

AqJob *
aq_job_loader_replace (AqJobLoader        *self,
                       AqJob              *job,
                       const AqJobRecord  *record,
                       GError            **error)
{
  AqLane *lane;

  if (!aq_job_loader_check (self, record, error))
    return NULL;
  lane = get_lane (self, record);
  job = aq_tables_replace_call (self->tables, job, lane, record->arguments, record->arguments_size);
  set_spec (job, record);
  return job;
}

static void
set_state (AqJob             *job,
           const AqJobRecord *record)
{
  job->lease = record->lease;
  job->order = record->order;
  job->due_usec = record->due_usec;
  job->n_waiting = record->n_waiting;
  job->attempt = record->attempt;
  job->interruptions = record->interruptions;
  job->state = record->state;
  job->outcome = record->outcome;
  job->flags = record->flags;
}

/* Returns: (transfer full) (nullable): a value of @type, if the bytes are one in normal form */
static GVariant *
read_value (const char   *type,
            const guint8 *bytes,
            gsize         size)
{
  gpointer copy = g_memdup2 (bytes, size);
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), copy, size, FALSE,
                                                                           g_free, copy));

  return g_variant_is_normal_form (value) ? g_steal_pointer (&value) : NULL;
}

gboolean
aq_job_loader_read_evidence (const AqJobRecord  *record,
                             GVariant          **out_evidence,
                             GError            **error)
{
  *out_evidence = NULL;
  if (record->evidence_size == 0)
    return TRUE;
  *out_evidence = read_value ("a{sv}", record->evidence, record->evidence_size);
  return *out_evidence != NULL ||
         aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has evidence that cannot be", record->id);
}

static gboolean
set_run (AqJob              *job,
         const AqJobRecord  *record,
         GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);
  g_autoptr(GVariant) evidence = NULL;

  if (!is_text (record->agent))
    return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has an agent that cannot be", job->id);
  extra->started_usec = record->started_usec;
  extra->ended_usec = record->ended_usec;
  extra->worker = record->worker;
  if (!aq_job_loader_read_evidence (record, &evidence, error))
    return FALSE;
  aq_job_set_witness (job, record->is_measured ? &record->usage : NULL, evidence);
  g_clear_pointer (&extra->agent, g_ref_string_release);
  if (record->agent != NULL)
    extra->agent = g_ref_string_new_intern (record->agent);
  return TRUE;
}

static gboolean
set_result (AqJobLoader        *self,
            AqJob              *job,
            const AqJobRecord  *record,
            GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->result, aq_result_unref);
  if (record->result_type == NULL)
    return TRUE;
  if (!check_type (record->result_type, &self->result_type))
    return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has a result of a type that cannot be",
                                     job->id);
  extra->result = aq_result_new (record->result_type, record->result, record->result_size);
  return TRUE;
}

gboolean
aq_job_loader_read_settings (const AqJobRecord  *record,
                             AqJobSettings     **out_settings,
                             GError            **error)
{
  g_autoptr(GVariant) value = NULL;

  *out_settings = NULL;
  if (record->settings_size == 0)
    return TRUE;
  value = read_value ("a{sv}", record->settings, record->settings_size);
  if (value != NULL)
    *out_settings = aq_job_settings_new_from_value (value, NULL);
  return *out_settings != NULL ||
         aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has settings that cannot be", record->id);
}

gboolean
aq_job_loader_read_past (const AqJobRecord  *record,
                         AqJobPast         **out_past,
                         GError            **error)
{
  g_autoptr(GVariant) value = NULL;

  *out_past = NULL;
  if (record->past_size == 0)
    return TRUE;
  value = read_value (aq_record_get_past_type (record), record->past, record->past_size);
  if (value != NULL)
    *out_past = aq_job_past_new_from_value (value, NULL);
  return *out_past != NULL ||
         aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has a past that cannot be", record->id);
}

static gboolean
set_settings (AqJobLoader        *self,
              AqJob              *job,
              const AqJobRecord  *record,
              GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);
  AqJobSettings *settings;

  g_clear_pointer (&extra->settings, aq_job_settings_unref);
  if (!aq_job_loader_read_settings (record, &settings, error))
    return FALSE;
  if (settings != NULL)
    extra->settings = aq_tables_intern_settings (self->tables, settings);
  return TRUE;
}

static gboolean
set_past (AqJob              *job,
          const AqJobRecord  *record,
          GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->past, aq_job_past_free);
  return aq_job_loader_read_past (record, &extra->past, error);
}

gboolean
aq_job_loader_read_annotations (const AqJobRecord  *record,
                                GVariant          **out_annotations,
                                GError            **error)
{
  *out_annotations = NULL;
  if (record->annotations_size == 0)
    return TRUE;
  *out_annotations = read_value ("a{sv}", record->annotations, record->annotations_size);
  return *out_annotations != NULL ||
         aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has annotations that cannot be", record->id);
}

gboolean
aq_job_loader_read_data (const AqJobRecord  *record,
                         GVariant          **out_data,
                         GError            **error)
{
  *out_data = NULL;
  if (record->data_size == 0)
    return TRUE;
  *out_data = read_value ("a{sv}", record->data, record->data_size);
  return *out_data != NULL ||
         aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has data of attempts that cannot be", record->id);
}

static gboolean
set_annotations (AqJob              *job,
                 const AqJobRecord  *record,
                 GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->annotations, g_variant_unref);
  return aq_job_loader_read_annotations (record, &extra->annotations, error);
}

static gboolean
set_data (AqJob              *job,
          const AqJobRecord  *record,
          GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->data, g_variant_unref);
  return aq_job_loader_read_data (record, &extra->data, error);
}

GVariant *
aq_job_loader_read_item (const AqItemRecord  *record,
                         GError             **error)
{
  GVariant *value = is_text (record->name) ? read_value ("a{sv}", record->value, record->value_size) : NULL;

  if (value == NULL)
    aq_job_loader_set_misfit (error, "an item has a name or a value that cannot be");
  return value;
}

/* every part of @record but SPEC */
gboolean
aq_job_loader_update (AqJobLoader        *self,
                      AqJob              *job,
                      const AqJobRecord  *record,
                      guint64             sequence,
                      GError            **error)
{
  job->sequence = sequence;
  if (record->parts & AQ_JOB_PART_STATE)
    set_state (job, record);
  if ((record->parts & AQ_JOB_PART_RUN) && !set_run (job, record, error))
    return FALSE;
  if ((record->parts & AQ_JOB_PART_RESULT) && !set_result (self, job, record, error))
    return FALSE;
  if ((record->parts & AQ_JOB_PART_SETTINGS) && !set_settings (self, job, record, error))
    return FALSE;
  if ((record->parts & AQ_JOB_PART_PAST) && !set_past (job, record, error))
    return FALSE;
  if ((record->parts & AQ_JOB_PART_ANNOTATIONS) && !set_annotations (job, record, error))
    return FALSE;
  return !(record->parts & AQ_JOB_PART_DATA) || set_data (job, record, error);
}

gboolean
aq_job_loader_read_edge (AqJobLoader         *self,
                         const AqEdgeRecord  *record,
                         AqEdge              *out_edge,
                         GError             **error)
{
  if (record->type != NULL && !check_type (record->type, &self->result_type))
    return aq_job_loader_set_misfit (error, "an edge has a type that cannot be");
  *out_edge = (AqEdge) {
    .parent = record->parent,
    .child = record->child,
    .on = record->on,
    .role = record->role,
    .type = record->type != NULL ? g_ref_string_new_intern (record->type) : NULL,
  };
  return TRUE;
}

void
aq_job_loader_clear_edge (AqEdge *edge)
{
  g_clear_pointer (&edge->type, g_ref_string_release);
}

static gboolean
read_edges (AqJobLoader        *self,
            AqJob              *job,
            const AqPageEntry  *entry,
            GError            **error)
{
  AqReader records = aq_reader_init (entry->edges, entry->edges_size);

  while (aq_reader_left (&records) > 0)
    {
      g_auto(AqRecord) record = { 0 };
      AqEdge edge;

      if (!aq_record_read (&records, &record, error))
        return FALSE;
      if (record.kind != AQ_RECORD_EDGE ||
          (record.edge.parent != job->id && record.edge.child != job->id))
        return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has an edge that is not its",
                                         job->id);
      if (!aq_job_loader_read_edge (self, &record.edge, &edge, error))
        return FALSE;
      aq_job_add_edge (job, &edge);
      aq_job_loader_clear_edge (&edge);
    }
  return TRUE;
}

/**
 * aq_job_loader_read_entry:
 * @self: a loader
 * @entry: of a page of an image
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`
 *
 * Returns: (transfer full) (nullable): the whole job, with its edges; in no table
 */
AqJob *
aq_job_loader_read_entry (AqJobLoader        *self,
                          const AqPageEntry  *entry,
                          GError            **error)
{
  g_autoptr(AqJob) job = aq_job_loader_create (self, &entry->record, error);

  if (job == NULL ||
      !aq_job_loader_update (self, job, &entry->record, entry->sequence, error) ||
      !read_edges (self, job, entry, error))
    return NULL;
  return g_steal_pointer (&job);
}
