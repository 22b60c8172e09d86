/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Away store
 *
 * The tables, and copies of all completed jobs in the place of an image.
 */

#include "config.h"

#include "away-store.h"

#include "core/aq-job-past.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-tables.h"

#include <string.h>

struct _AwayStore
{
  AqStore     parent_instance;

  AqClock    *clock;     /* owned */
  AqTables   *tables;    /* owned */
  GHashTable *image;     /* id → AqJob, owned */
  GArray     *changes;   /* of AqJobChange, used again and again */
  GQueue      fetches;   /* of Fetch, owned */
  GSource    *turn;      /* owned, nullable: opens the gate and answers fetches */
  guint64     sequence;
  guint64     damaged;
  guint       n_fetched;
  gboolean    answering; /* jobs that were fetched must stay */
};

G_DEFINE_FINAL_TYPE (AwayStore, away_store, AQ_TYPE_STORE)

typedef struct
{
  GArray        *ids; /* of guint64 */
  AqFetchedFunc  func;
  gpointer       user_data;
} Fetch;

static void
free_job (gpointer job)
{
  aq_job_free (job);
}

static AqJobPast *
copy_past (const AqJobPast *past)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (aq_job_past_to_value (past));

  return aq_job_past_new_from_value (value, NULL);
}

static AqJob *
copy_job (const AqJob *job)
{
  AqJob *copy = aq_job_new (job->id, aq_lane_ref (job->lane), job->arguments, job->arguments_size);

  memcpy (copy, job, sizeof (AqJob));
  copy->extra = NULL;
  copy->leaving = copy->postponed = FALSE;
  copy->dirty = 0;
  copy->counted = AQ_JOB_NOT_COUNTED;
  if (job->extra == NULL)
    return copy;
  aq_job_ensure_extra (copy);
  copy->extra->submit_key = g_strdup (job->extra->submit_key);
  copy->extra->unique_key = g_strdup (job->extra->unique_key);
  if (job->extra->settings != NULL)
    copy->extra->settings = aq_job_settings_ref (job->extra->settings);
  if (job->extra->past != NULL)
    copy->extra->past = copy_past (job->extra->past);
  if (job->extra->annotations != NULL)
    copy->extra->annotations = g_variant_ref (job->extra->annotations);
  if (job->extra->agent != NULL)
    copy->extra->agent = g_ref_string_acquire (job->extra->agent);
  if (job->extra->result != NULL)
    copy->extra->result = aq_result_ref (job->extra->result);
  copy->extra->started_usec = job->extra->started_usec;
  copy->extra->ended_usec = job->extra->ended_usec;
  copy->extra->worker = job->extra->worker;
  aq_job_set_witness (copy, job->extra->is_measured ? &job->extra->usage : NULL, job->extra->evidence);
  for (guint i = 0; job->extra->edges_in != NULL && i < job->extra->edges_in->len; i++)
    aq_job_add_edge (copy, &g_array_index (job->extra->edges_in, AqEdge, i));
  for (guint i = 0; job->extra->edges_out != NULL && i < job->extra->edges_out->len; i++)
    aq_job_add_edge (copy, &g_array_index (job->extra->edges_out, AqEdge, i));
  return copy;
}

static guint64 *
copy_id (guint64 id)
{
  return g_memdup2 (&id, sizeof id);
}

static void
keep_copy (AwayStore   *self,
           const AqJob *job)
{
  if (job != NULL && job->state == ASYNCQ_JOB_STATE_COMPLETED)
    g_hash_table_insert (self->image, copy_id (job->id), copy_job (job));
}

static void
evict (AwayStore *self)
{
  if (self->answering)
    return;
  while (aq_tables_evict (self->tables, self->sequence, 3) > 0)
    ;
}

static void
answer_fetch (AwayStore *self,
              Fetch     *fetch)
{
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < fetch->ids->len; i++)
    {
      guint64 id = g_array_index (fetch->ids, guint64, i);

      if (!aq_tables_is_away (self->tables, id))
        continue;
      if (id == self->damaged && error == NULL)
        g_set_error (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "job %" G_GUINT64_FORMAT " is damaged", id);
      if (id == self->damaged)
        continue;
      aq_tables_bring_back (self->tables, copy_job (g_hash_table_lookup (self->image, &id)));
      self->n_fetched++;
    }
  self->answering = TRUE;
  fetch->func (error, fetch->user_data);
  self->answering = FALSE;
  g_array_unref (fetch->ids);
  g_free (fetch);
  evict (self);
}

static void
take_turn (AwayStore *self)
{
  Fetch *fetch;

  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
  aq_gate_open (aq_store_get_gate (AQ_STORE (self)), self->sequence);
  while ((fetch = g_queue_pop_head (&self->fetches)) != NULL)
    answer_fetch (self, fetch);
}

static gboolean
on_turn (gpointer user_data)
{
  g_autoptr(AwayStore) self = g_object_ref (user_data);

  take_turn (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_turn (AwayStore *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->turn, on_turn, self, NULL);
  g_source_attach (self->turn, g_main_context_get_thread_default ());
}

static gboolean
away_store_is_away (AqStore *store,
                    guint64  id)
{
  return aq_tables_is_away (AWAY_STORE (store)->tables, id);
}

static void
away_store_fetch (AqStore       *store,
                  const guint64 *ids,
                  guint          n_ids,
                  AqFetchedFunc  func,
                  gpointer       user_data)
{
  AwayStore *self = AWAY_STORE (store);
  Fetch *fetch;
  guint n = 0;

  while (n < n_ids && !aq_tables_is_away (self->tables, ids[n]))
    n++;
  if (n == n_ids)
    {
      func (NULL, user_data);
      return;
    }
  fetch = g_new (Fetch, 1);
  *fetch = (Fetch) { g_array_new (FALSE, FALSE, sizeof (guint64)), func, user_data };
  g_array_append_vals (fetch->ids, ids, n_ids);
  g_queue_push_tail (&self->fetches, fetch);
  schedule_turn (self);
}

static void
keep (AwayStore *self)
{
  const AqChanges *changes = aq_tables_end (self->tables, self->sequence + 1);

  if (changes == NULL)
    return;
  self->sequence++;
  schedule_turn (self);
  g_array_set_size (self->changes, 0);
  aq_tables_collect_changes (changes, self->sequence, self->changes);
  for (guint i = 0; i < changes->jobs->len; i++)
    keep_copy (self, g_ptr_array_index (changes->jobs, i));
  for (guint i = 0; i < changes->edges->len; i++)
    keep_copy (self, aq_tables_lookup_job (self->tables, g_array_index (changes->edges, AqEdge, i).parent));
  aq_tables_forget_changes (self->tables);
  aq_store_emit_changed (AQ_STORE (self), (const AqJobChange *) self->changes->data, self->changes->len);
}

static void
away_store_apply (AqStore       *store,
                  const AqActor *actor,
                  AqRule         rule,
                  gpointer       event,
                  AqAppliedFunc  applied,
                  gpointer       user_data)
{
  AwayStore *self = AWAY_STORE (store);
  g_autoptr(GError) error = NULL;

  if (rule (aq_tables_begin (self->tables, actor), event, &error))
    {
      keep (self);
      applied (event, self->sequence, NULL, user_data);
    }
  else
    applied (event, 0, error, user_data);
  evict (self);
}

static gboolean
away_store_open (AqStore  *store,
                 GError  **error)
{
  return TRUE;
}

static gboolean
away_store_close (AqStore  *store,
                  GError  **error)
{
  take_turn (AWAY_STORE (store));
  return TRUE;
}

static guint64
away_store_get_sequence (AqStore *store)
{
  return AWAY_STORE (store)->sequence;
}

static gint64
away_store_get_next_due (AqStore    *store,
                         AqTimeKind  kind)
{
  return aq_tables_get_next_due (AWAY_STORE (store)->tables, kind);
}

static const char *
away_store_get_path (AqStore *store)
{
  return "";
}

static void
away_store_finalize (GObject *object)
{
  AwayStore *self = AWAY_STORE (object);

  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
  g_hash_table_unref (self->image);
  g_clear_pointer (&self->tables, aq_tables_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_array_unref (self->changes);

  G_OBJECT_CLASS (away_store_parent_class)->finalize (object);
}

static void
away_store_class_init (AwayStoreClass *klass)
{
  AqStoreClass *store_class = AQ_STORE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = away_store_finalize;
  store_class->open = away_store_open;
  store_class->apply = away_store_apply;
  store_class->close = away_store_close;
  store_class->get_sequence = away_store_get_sequence;
  store_class->get_next_due = away_store_get_next_due;
  store_class->get_path = away_store_get_path;
  store_class->is_away = away_store_is_away;
  store_class->fetch = away_store_fetch;
}

static void
away_store_init (AwayStore *self)
{
  self->image = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_job);
  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  g_queue_init (&self->fetches);
}

AqStore *
away_store_new (AqClock *clock)
{
  AwayStore *self = g_object_new (AWAY_TYPE_STORE, NULL);

  self->clock = aq_clock_ref (clock);
  self->tables = aq_tables_new (clock);
  return AQ_STORE (self);
}

void
away_store_damage (AwayStore *self,
                   guint64    id)
{
  self->damaged = id;
}

void
away_store_keep_all (AwayStore *self,
                     gboolean   keep)
{
  GHashTableIter iter;
  gpointer id;
  gpointer job;

  self->answering = keep;
  g_hash_table_iter_init (&iter, self->image);
  while (keep && g_hash_table_iter_next (&iter, &id, &job))
    if (aq_tables_is_away (self->tables, *(guint64 *) id))
      aq_tables_bring_back (self->tables, copy_job (job));
  if (!keep)
    evict (self);
}

guint
away_store_get_n_fetched (AwayStore *self)
{
  return self->n_fetched;
}
