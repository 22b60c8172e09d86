/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Memory store
 *
 * The tables, and a gate that opens at the end of the loop turn: as in the
 * embedded store nobody hears of a transaction before its rule has returned. Its
 * history is what it remembers.
 */

#include "config.h"

#include "store/aq-memory-store.h"

#include "store/aq-recent.h"
#include "store/aq-tables.h"

struct _AqMemoryStore
{
  AqStore   parent_instance;

  AqClock  *clock;    /* owned */
  AqTables *tables;   /* owned */
  GArray   *changes;  /* of AqJobChange, used again and again */
  AqRecent  recent;
  GSource  *flush;    /* owned, nullable: opens the gate */
  GQueue    requests; /* of AqHistoryRequest with their answers, owned */
  GSource  *answer;   /* owned, nullable: tells them */
  guint64   sequence;
};

G_DEFINE_FINAL_TYPE (AqMemoryStore, aq_memory_store, AQ_TYPE_STORE)

static void
flush (AqMemoryStore *self)
{
  if (self->flush != NULL)
    g_source_destroy (self->flush);
  g_clear_pointer (&self->flush, g_source_unref);
  aq_gate_open (aq_store_get_gate (AQ_STORE (self)), self->sequence);
}

static gboolean
on_flush (gpointer user_data)
{
  flush (user_data);
  return G_SOURCE_REMOVE;
}

static void
schedule_flush (AqMemoryStore *self)
{
  if (self->flush != NULL)
    return;
  self->flush = g_idle_source_new ();
  g_source_set_priority (self->flush, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->flush, on_flush, self, NULL);
  g_source_attach (self->flush, g_main_context_get_thread_default ());
}

static void
answer (AqMemoryStore *self)
{
  AqHistoryRequest *request;

  if (self->answer != NULL)
    g_source_destroy (self->answer);
  g_clear_pointer (&self->answer, g_source_unref);
  while ((request = g_queue_pop_head (&self->requests)) != NULL)
    aq_history_request_answer (request);
}

static gboolean
on_answer (gpointer user_data)
{
  g_autoptr(AqMemoryStore) self = g_object_ref (user_data);

  answer (self);
  return G_SOURCE_REMOVE;
}

static void
memory_store_read_history (AqStore       *store,
                           guint64        after_sequence,
                           guint          max_changes,
                           AqHistoryFunc  func,
                           gpointer       user_data)
{
  AqMemoryStore *self = AQ_MEMORY_STORE (store);
  AqHistoryRequest *request = aq_history_request_new (after_sequence, max_changes, func, user_data);

  aq_recent_read (&self->recent, aq_gate_get_flushed (aq_store_get_gate (store)), request);
  g_queue_push_tail (&self->requests, request);
  if (self->answer != NULL)
    return;
  self->answer = g_idle_source_new ();
  g_source_set_priority (self->answer, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->answer, on_answer, self, NULL);
  g_source_attach (self->answer, g_main_context_get_thread_default ());
}

static void
keep (AqMemoryStore *self)
{
  const AqChanges *changes = aq_tables_end (self->tables, self->sequence + 1);

  if (changes == NULL)
    return;

  self->sequence++;
  schedule_flush (self);
  g_array_set_size (self->changes, 0);
  aq_tables_collect_changes (changes, self->sequence, self->changes);
  aq_tables_forget_changes (self->tables);
  aq_recent_add (&self->recent, (const AqJobChange *) self->changes->data, self->changes->len);
  aq_store_emit_changed (AQ_STORE (self), (const AqJobChange *) self->changes->data, self->changes->len);
}

static void
memory_store_apply (AqStore       *store,
                    const AqActor *actor,
                    AqRule         rule,
                    gpointer       event,
                    AqAppliedFunc  applied,
                    gpointer       user_data)
{
  AqMemoryStore *self = AQ_MEMORY_STORE (store);
  g_autoptr(GError) error = NULL;

  if (rule (aq_tables_begin (self->tables, actor), event, &error))
    {
      keep (self);
      applied (event, self->sequence, NULL, user_data);
    }
  else
    {
      g_assert (aq_tables_end (self->tables, 0) == NULL);
      applied (event, 0, error, user_data);
    }
}

static gboolean
memory_store_open (AqStore  *store,
                   GError  **error)
{
  return TRUE;
}

static gboolean
memory_store_close (AqStore  *store,
                    GError  **error)
{
  g_autoptr(AqMemoryStore) self = g_object_ref (AQ_MEMORY_STORE (store));

  flush (self);
  answer (self);
  return TRUE;
}

static guint64
memory_store_get_sequence (AqStore *store)
{
  return AQ_MEMORY_STORE (store)->sequence;
}

static gint64
memory_store_get_next_due (AqStore    *store,
                           AqTimeKind  kind)
{
  return aq_tables_get_next_due (AQ_MEMORY_STORE (store)->tables, kind);
}

static const char *
memory_store_get_path (AqStore *store)
{
  return "";
}

static void
aq_memory_store_finalize (GObject *object)
{
  AqMemoryStore *self = AQ_MEMORY_STORE (object);

  if (self->flush != NULL)
    g_source_destroy (self->flush);
  g_clear_pointer (&self->flush, g_source_unref);
  if (self->answer != NULL)
    g_source_destroy (self->answer);
  g_clear_pointer (&self->answer, g_source_unref);
  g_queue_clear_full (&self->requests, (GDestroyNotify) aq_history_request_free);
  aq_recent_clear (&self->recent);
  g_clear_pointer (&self->tables, aq_tables_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_array_unref (self->changes);

  G_OBJECT_CLASS (aq_memory_store_parent_class)->finalize (object);
}

static void
aq_memory_store_class_init (AqMemoryStoreClass *klass)
{
  AqStoreClass *store_class = AQ_STORE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = aq_memory_store_finalize;
  store_class->open = memory_store_open;
  store_class->apply = memory_store_apply;
  store_class->close = memory_store_close;
  store_class->get_sequence = memory_store_get_sequence;
  store_class->get_next_due = memory_store_get_next_due;
  store_class->get_path = memory_store_get_path;
  store_class->read_history = memory_store_read_history;
}

static void
aq_memory_store_init (AqMemoryStore *self)
{
  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  aq_recent_init (&self->recent);
  g_queue_init (&self->requests);
}

/**
 * aq_memory_store_new:
 * @clock: the clock that its rules go by
 *
 * Returns: (transfer full): an empty store
 *
 * Since: 0.1
 */
AqStore *
aq_memory_store_new (AqClock *clock)
{
  AqMemoryStore *self = g_object_new (AQ_TYPE_MEMORY_STORE, NULL);

  self->clock = aq_clock_ref (clock);
  self->tables = aq_tables_new (clock);
  return AQ_STORE (self);
}
