/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job of a dump, and the same in a page of an image
 */

#include "config.h"

#include "store/tool/aq-dump-entry.h"

#include "core/aq-lane.h"
#include "store/aq-job-loader.h"

/**
 * aq_dump_entry_read:
 * @entry: an entry of a page
 * @out_job: a job that was reset; borrows from the page
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_dump_entry_read (const AqPageEntry  *entry,
                    AqDumpJob          *out_job,
                    GError            **error)
{
  AqReader reader = aq_reader_init (entry->edges, entry->edges_size);

  out_job->record = entry->record;
  out_job->sequence = entry->sequence;
  out_job->settings_type = entry->record.settings_size > 0 ? "a{sv}" : NULL;
  out_job->past_type = entry->record.past_size > 0 ? aq_record_get_past_type (&entry->record) : NULL;
  out_job->evidence_type = entry->record.evidence_size > 0 ? "a{sv}" : NULL;
  out_job->annotations_type = entry->record.annotations_size > 0 ? "a{sv}" : NULL;
  out_job->data_type = entry->record.data_size > 0 ? "a{sv}" : NULL;
  for (guint i = 0; i < entry->n_edges_in + entry->n_edges_out; i++)
    {
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (&reader, &record, error))
        return FALSE;
      g_array_append_val (i < entry->n_edges_in ? out_job->edges_in : out_job->edges_out, record.edge);
    }
  return TRUE;
}

static AqJob *
make_job (const AqJobRecord *record)
{
  AqLane *lane = aq_lane_new (record->queue, record->function, record->arguments_type);
  AqJob *job = aq_job_new (record->id, lane, record->arguments, record->arguments_size);

  job->created_usec = record->created_usec;
  job->begin_after_usec = record->begin_after_usec;
  job->priority = record->priority;
  job->kind = record->kind;
  job->lease = record->lease;
  job->order = record->order;
  job->due_usec = record->due_usec;
  job->n_waiting = record->n_waiting;
  job->attempt = record->attempt;
  job->interruptions = record->interruptions;
  job->state = record->state;
  job->outcome = record->outcome;
  job->flags = record->flags;
  job->dirty = AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE;
  return job;
}

/* what most jobs do not have */
static void
add_extra (AqJob             *job,
           const AqJobRecord *record)
{
  if (record->submit_key != NULL)
    aq_job_ensure_extra (job)->submit_key = g_strdup (record->submit_key);
  if (record->unique_key != NULL)
    aq_job_ensure_extra (job)->unique_key = g_strdup (record->unique_key);
  if (record->agent != NULL || record->worker != 0 || record->started_usec != 0 || record->ended_usec != 0 ||
      record->is_measured || record->evidence_size > 0)
    {
      AqJobExtra *extra = aq_job_ensure_extra (job);
      g_autoptr(GVariant) evidence = NULL;

      (void) aq_job_loader_read_evidence (record, &evidence, NULL);
      aq_job_set_witness (job, record->is_measured ? &record->usage : NULL, evidence);

      extra->agent = record->agent != NULL ? g_ref_string_new (record->agent) : NULL;
      extra->worker = record->worker;
      extra->started_usec = record->started_usec;
      extra->ended_usec = record->ended_usec;
      job->dirty |= AQ_JOB_PART_RUN;
    }
  if (record->result_type != NULL)
    {
      aq_job_ensure_extra (job)->result = aq_result_new (record->result_type, record->result, record->result_size);
      job->dirty |= AQ_JOB_PART_RESULT;
    }
}

/* all were found good when the job was read */
static void
add_life (AqJob             *job,
          const AqJobRecord *record)
{
  if (record->settings_size > 0 &&
      aq_job_loader_read_settings (record, &aq_job_ensure_extra (job)->settings, NULL))
    job->dirty |= AQ_JOB_PART_SETTINGS;
  if (record->past_size > 0 && aq_job_loader_read_past (record, &aq_job_ensure_extra (job)->past, NULL))
    job->dirty |= AQ_JOB_PART_PAST;
  if (record->annotations_size > 0 &&
      aq_job_loader_read_annotations (record, &aq_job_ensure_extra (job)->annotations, NULL))
    job->dirty |= AQ_JOB_PART_ANNOTATIONS;
  if (record->data_size > 0 && aq_job_loader_read_data (record, &aq_job_ensure_extra (job)->data, NULL))
    job->dirty |= AQ_JOB_PART_DATA;
}

static void
append_edges (const GArray *edges,
              AqBuffer     *buffer)
{
  for (guint i = 0; i < edges->len; i++)
    {
      const AqEdgeRecord *record = &g_array_index (edges, AqEdgeRecord, i);
      AqEdge edge = {
        .parent = record->parent,
        .child = record->child,
        .type = record->type != NULL ? g_ref_string_new (record->type) : NULL,
        .on = record->on,
        .role = record->role,
      };

      aq_record_append_edge (buffer, &edge);
      g_clear_pointer (&edge.type, g_ref_string_release);
    }
}

/* @buffer: emptied first; @out_entry: borrows from it, and its record is not read */
void
aq_dump_entry_make (const AqDumpJob *job,
                    AqBuffer        *buffer,
                    AqPageEntry     *out_entry)
{
  g_autoptr(AqJob) made = make_job (&job->record);
  AqPageEntry entry = {
    .id = job->record.id,
    .sequence = job->sequence,
    .n_edges_in = job->edges_in->len,
    .n_edges_out = job->edges_out->len,
  };

  add_extra (made, &job->record);
  add_life (made, &job->record);
  buffer->size = 0;
  aq_record_append_job (buffer, made);
  entry.job_size = buffer->size;
  append_edges (job->edges_in, buffer);
  entry.edges_in_size = buffer->size - entry.job_size;
  append_edges (job->edges_out, buffer);
  entry.edges_size = buffer->size - entry.job_size;
  entry.job = buffer->data;
  entry.edges = buffer->data + entry.job_size;
  *out_entry = entry;
}
