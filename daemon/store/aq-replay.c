/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Replay
 *
 * A record holds the parts of a job as they were after a transaction, so replay
 * is: put the newest of each part in its place. Nothing is computed and no rule
 * is run. A record that does not fit what came before it (a part of a job that
 * nobody put) is damage.
 */

#include "config.h"

#include "store/aq-replay.h"

#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-record.h"

/* how far ids may leap: so that a forged one cannot make the tables huge */
#define MAX_ID_LEAP G_MAXUINT32

G_GNUC_PRINTF (2, 3)
static gboolean
set_misfit (GError     **error,
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

static AqJob *
put_job (AqReplay           *self,
         const AqJobRecord  *record,
         GError            **error)
{
  AqJob *job;

  if (record->id < MAX (self->next_id, 1) || record->id - self->next_id > MAX_ID_LEAP)
    {
      set_misfit (error, "job %" G_GUINT64_FORMAT " is put behind job %" G_GUINT64_FORMAT,
                  record->id, self->next_id - 1);
      return NULL;
    }
  if (!check_type (record->arguments_type, &self->lane_type) || !is_text (record->queue) ||
      !is_text (record->function) || !is_text (record->submit_key))
    {
      set_misfit (error, "job %" G_GUINT64_FORMAT " has a type or a name that cannot be",
                  record->id);
      return NULL;
    }

  job = aq_job_new (record->id,
                    aq_tables_get_lane (self->tables, record->queue, record->function,
                                        record->arguments_type),
                    record->arguments, record->arguments_size);
  job->created_usec = record->created_usec;
  job->begin_after_usec = record->begin_after_usec;
  job->priority = record->priority;
  job->kind = record->kind;
  if (record->submit_key != NULL)
    aq_job_ensure_extra (job)->submit_key = g_strdup (record->submit_key);
  aq_tables_load_job (self->tables, job);
  self->next_id = record->id + 1;
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

static gboolean
set_run (AqJob              *job,
         const AqJobRecord  *record,
         GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  if (!is_text (record->agent))
    return set_misfit (error, "job %" G_GUINT64_FORMAT " has an agent that cannot be", job->id);
  extra->started_usec = record->started_usec;
  extra->ended_usec = record->ended_usec;
  extra->worker = record->worker;
  g_clear_pointer (&extra->agent, g_ref_string_release);
  if (record->agent != NULL)
    extra->agent = g_ref_string_new_intern (record->agent);
  return TRUE;
}

static gboolean
set_result (AqReplay           *self,
            AqJob              *job,
            const AqJobRecord  *record,
            GError            **error)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->result, aq_result_unref);
  if (record->result_type == NULL)
    return TRUE;
  if (!check_type (record->result_type, &self->result_type))
    return set_misfit (error, "job %" G_GUINT64_FORMAT " has a result of a type that cannot be",
                       job->id);
  extra->result = aq_result_new (record->result_type, record->result, record->result_size);
  return TRUE;
}

static gboolean
replay_job (AqReplay           *self,
            const AqJobRecord  *record,
            guint64             sequence,
            GError            **error)
{
  AqJob *job;

  if (record->parts & AQ_JOB_PART_SPEC)
    job = put_job (self, record, error);
  else
    {
      job = aq_tables_lookup_job (self->tables, record->id);
      if (job == NULL)
        set_misfit (error, "job %" G_GUINT64_FORMAT " is changed, and was never put", record->id);
    }
  if (job == NULL)
    return FALSE;

  job->sequence = sequence;
  if (record->parts & AQ_JOB_PART_STATE)
    set_state (job, record);
  if ((record->parts & AQ_JOB_PART_RUN) && !set_run (job, record, error))
    return FALSE;
  return !(record->parts & AQ_JOB_PART_RESULT) || set_result (self, job, record, error);
}

static gboolean
replay_edge (AqReplay            *self,
             const AqEdgeRecord  *record,
             GError             **error)
{
  AqEdge edge = {
    .parent = record->parent,
    .child = record->child,
    .on = record->on,
    .role = record->role,
  };

  if (record->type != NULL && !check_type (record->type, &self->result_type))
    return set_misfit (error, "an edge has a type that cannot be");
  if (record->type != NULL)
    edge.type = g_ref_string_new_intern (record->type);
  aq_tables_load_edge (self->tables, &edge);
  g_clear_pointer (&edge.type, g_ref_string_release);
  return TRUE;
}

static gboolean
replay_agent (AqReplay             *self,
              const AqAgentRecord  *record,
              GError              **error)
{
  g_autoptr(GError) local_error = NULL;
  AqAgent *agent = aq_agent_new (record->name, record->size, record->filter,
                                 (const char * const *) record->queues, &local_error);

  if (agent == NULL)
    return set_misfit (error, "%s", local_error->message);
  if (aq_transaction_get_agent (aq_tables_begin (self->tables, NULL), record->name) != NULL)
    {
      aq_agent_unref (agent);
      return set_misfit (error, "agent '%s' is added twice", record->name);
    }
  aq_tables_load_agent (self->tables, agent);
  return TRUE;
}

static gboolean
replay_counters (AqReplay          *self,
                 const AqCounters  *counters,
                 GError           **error)
{
  if (counters->next_id < self->next_id || counters->next_id - self->next_id > MAX_ID_LEAP)
    return set_misfit (error, "the next job would be %" G_GUINT64_FORMAT " and not %"
                       G_GUINT64_FORMAT, counters->next_id, self->next_id);
  self->next_id = counters->next_id;
  aq_tables_load_counters (self->tables, counters);
  return TRUE;
}

static gboolean
replay_removed (AqReplay               *self,
                const AqRemovedRecord  *removed,
                GError                **error)
{
  for (guint32 i = 0; i < removed->n_ids; i++)
    {
      guint64 id = aq_get_u64 (removed->ids + (gsize) i * 8);

      if (!aq_tables_unload_job (self->tables, id))
        return set_misfit (error, "job %" G_GUINT64_FORMAT " is removed, and is not there", id);
    }
  return TRUE;
}

static gboolean
replay_record (AqReplay        *self,
               const AqRecord  *record,
               guint64          sequence,
               GError         **error)
{
  switch (record->kind)
    {
    case AQ_RECORD_JOB:
      return replay_job (self, &record->job, sequence, error);
    case AQ_RECORD_EDGE:
      return replay_edge (self, &record->edge, error);
    case AQ_RECORD_AGENT:
      return replay_agent (self, &record->agent, error);
    case AQ_RECORD_COUNTERS:
      return replay_counters (self, &record->counters, error);
    case AQ_RECORD_REMOVED:
      return replay_removed (self, &record->removed, error);
    default:
      g_assert_not_reached ();
    }
}

static gboolean
replay_transaction (AqReplay                   *self,
                    const AqTransactionRecord  *transaction,
                    AqReader                   *records,
                    GError                    **error)
{
  guint32 n_records = 0;

  for (; aq_reader_left (records) > 0; n_records++)
    {
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (records, &record, error) ||
          !replay_record (self, &record, transaction->sequence, error))
        return FALSE;
    }
  if (n_records != transaction->n_records)
    return set_misfit (error, "transaction %" G_GUINT64_FORMAT " has %u records and should have %u",
                       transaction->sequence, n_records, transaction->n_records);
  return TRUE;
}

/**
 * aq_replay_frame:
 * @self: a replay
 * @frame: the next frame of the journal
 * @content: of it, checked for damage
 * @error: return location for an error
 *
 * Brings the tables up to the frame's last transaction. After an error the
 * tables can only be freed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_replay_frame (AqReplay       *self,
                 const AqFrame  *frame,
                 const guint8   *content,
                 GError        **error)
{
  AqReader reader = aq_reader_init (content, frame->length);
  guint64 sequence = frame->sequence;

  for (; aq_reader_left (&reader) > 0; sequence++)
    {
      AqTransactionRecord transaction;
      AqReader records;

      if (!aq_record_read_transaction (&reader, &transaction, &records, error))
        return FALSE;
      if (transaction.sequence != sequence)
        return set_misfit (error, "transaction %" G_GUINT64_FORMAT " is in the place of %"
                           G_GUINT64_FORMAT, transaction.sequence, sequence);
      if (!replay_transaction (self, &transaction, &records, error))
        return FALSE;
    }
  if (sequence - frame->sequence != frame->n_transactions)
    return set_misfit (error, "the frame has %" G_GUINT64_FORMAT " transactions and should have %u",
                       sequence - frame->sequence, frame->n_transactions);
  return TRUE;
}

void
aq_replay_clear (AqReplay *self)
{
  g_clear_pointer (&self->lane_type, g_free);
  g_clear_pointer (&self->result_type, g_free);
}
