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

#include "libasyncq/asyncq-error.h"
#include "store/aq-record.h"

static gboolean
has_job (AqReplay *self,
         guint64   id)
{
  return aq_tables_lookup_job (self->loader.tables, id) != NULL || aq_tables_is_away (self->loader.tables, id);
}

static AqJob *
put_job (AqReplay           *self,
         const AqJobRecord  *record,
         GError            **error)
{
  AqJob *job;

  if (record->id < MAX (self->next_id, 1))
    {
      aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " is put behind job %" G_GUINT64_FORMAT,
                                record->id, self->next_id - 1);
      return NULL;
    }
  job = aq_job_loader_create (&self->loader, record, error);
  if (job == NULL)
    return NULL;
  aq_tables_load_job (self->loader.tables, job);
  self->next_id = record->id + 1;
  return job;
}

/* Returns: (nullable): the job; brought back if it is away */
static AqJob *
need_job (AqReplay  *self,
          guint64    id,
          GError   **error)
{
  AqJob *job = aq_tables_lookup_job (self->loader.tables, id);

  if (job == NULL && aq_tables_is_away (self->loader.tables, id))
    job = self->fetch (id, self->fetch_data, error);
  else if (job == NULL)
    aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " is changed, and was never put", id);
  return job;
}

/* a second SPEC: its call was changed while it waited */
static AqJob *
put_job_again (AqReplay           *self,
               const AqJobRecord  *record,
               GError            **error)
{
  AqJob *job = need_job (self, record->id, error);

  return job != NULL ? aq_job_loader_replace (&self->loader, job, record, error) : NULL;
}

static gboolean
replay_job (AqReplay           *self,
            const AqJobRecord  *record,
            guint64             sequence,
            GError            **error)
{
  AqJob *job;

  if (!(record->parts & AQ_JOB_PART_SPEC))
    job = need_job (self, record->id, error);
  else if (has_job (self, record->id))
    job = put_job_again (self, record, error);
  else
    job = put_job (self, record, error);
  return job != NULL && aq_job_loader_update (&self->loader, job, record, sequence, error);
}

/* either end may be gone, but one that is there has to know of it */
static gboolean
need_end (AqReplay  *self,
          guint64    id,
          GError   **error)
{
  return !aq_tables_is_away (self->loader.tables, id) || need_job (self, id, error) != NULL;
}

static gboolean
replay_edge (AqReplay            *self,
             const AqEdgeRecord  *record,
             GError             **error)
{
  AqEdge edge;

  if (!need_end (self, record->parent, error) || !need_end (self, record->child, error) ||
      !aq_job_loader_read_edge (&self->loader, record, &edge, error))
    return FALSE;
  aq_tables_load_edge (self->loader.tables, &edge);
  aq_job_loader_clear_edge (&edge);
  return TRUE;
}

static gboolean
replay_agent (AqReplay             *self,
              const AqAgentRecord  *record,
              GError              **error)
{
  g_autoptr(GError) local_error = NULL;
  AqAgent *agent;

  if (record->removed)
    return aq_tables_unload_agent (self->loader.tables, record->name) ||
           aq_job_loader_set_misfit (error, "agent '%s' is removed, and is not there", record->name);
  agent = aq_agent_new (record->name, record->size, record->filter, (const char * const *) record->queues, &local_error);
  if (agent == NULL)
    return aq_job_loader_set_misfit (error, "%s", local_error->message);
  aq_tables_load_agent (self->loader.tables, agent);
  return TRUE;
}

static gboolean
replay_counters (AqReplay          *self,
                 const AqCounters  *counters,
                 GError           **error)
{
  if (!aq_job_loader_check_counters (counters, error))
    return FALSE;
  if (counters->next_id < self->next_id)
    return aq_job_loader_set_misfit (error, "the next job would be %" G_GUINT64_FORMAT " and not %"
                       G_GUINT64_FORMAT, counters->next_id, self->next_id);
  self->next_id = counters->next_id;
  aq_tables_load_counters (self->loader.tables, counters);
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

      if (!aq_tables_unload_job (self->loader.tables, id))
        return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " is removed, and is not there", id);
    }
  return TRUE;
}

static gboolean
replay_item (AqReplay            *self,
             const AqItemRecord  *record,
             GError             **error)
{
  g_autoptr(GVariant) value = NULL;

  if (!record->removed && (value = aq_job_loader_read_item (record, error)) == NULL)
    return FALSE;
  return aq_tables_load_item (self->loader.tables, record->kind, record->name, value) ||
         aq_job_loader_set_misfit (error, "item '%s' is removed, and is not there", record->name);
}

/* one record of a transaction; agents, items and counters are read from images too */
gboolean
aq_replay_record (AqReplay        *self,
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
    case AQ_RECORD_ITEM:
      return replay_item (self, &record->item, error);
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
          !aq_replay_record (self, &record, transaction->sequence, error))
        return FALSE;
    }
  if (n_records != transaction->n_records)
    return aq_job_loader_set_misfit (error, "transaction %" G_GUINT64_FORMAT " has %u records and should have %u",
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
        return aq_job_loader_set_misfit (error, "transaction %" G_GUINT64_FORMAT " is in the place of %"
                           G_GUINT64_FORMAT, transaction.sequence, sequence);
      if (!replay_transaction (self, &transaction, &records, error))
        return FALSE;
    }
  if (sequence - frame->sequence != frame->n_transactions)
    return aq_job_loader_set_misfit (error, "the frame has %" G_GUINT64_FORMAT " transactions and should have %u",
                       sequence - frame->sequence, frame->n_transactions);
  return TRUE;
}

void
aq_replay_clear (AqReplay *self)
{
  aq_job_loader_clear (&self->loader);
}
