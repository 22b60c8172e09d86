/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Embedded store
 *
 * Tables in memory, and a journal behind them. A rule runs on the main loop
 * against the tables; what it has changed is encoded at once, goes to the disk
 * at the end of the turn, and opens the gate when it is flushed. Memory is never
 * rolled back: if the journal fails, the store refuses everything from then on.
 */

#include "config.h"

#include "store/aq-embedded-store.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-history.h"
#include "store/aq-journal-reader.h"
#include "store/aq-journal.h"
#include "store/aq-record.h"
#include "store/aq-replay.h"
#include "store/aq-store-directory.h"
#include "store/aq-super.h"
#include "store/aq-tables.h"

/* of the journal's reserve: for all that is not the end of a job, and for each slot beside the result */
#define RESERVE_BYTES (1024 * 1024)
#define RESERVE_BYTES_A_SLOT (4 * 1024)

struct _AqEmbeddedStore
{
  AqStore           parent_instance;

  char             *path;      /* owned */
  AqClock          *clock;     /* owned */
  AqEmbeddedSettings settings;
  AqStoreIo        *io;        /* borrowed; system_io but in tests */
  AqStoreIo         system_io;
  GArray           *changes;   /* of AqJobChange, used again and again */

  AqStoreDirectory  directory;
  AqTables         *tables;    /* owned, nullable before it is open */
  AqJournal        *journal;   /* owned, nullable before it is open and when it is closed */
  AqHistory        *history;   /* owned, nullable likewise */
  GError           *failure;   /* owned, nullable: why everything is refused */
  guint64           sequence;
};

G_DEFINE_FINAL_TYPE (AqEmbeddedStore, aq_embedded_store, AQ_TYPE_STORE)

static void
update_refusal (AqEmbeddedStore *self)
{
  if (self->journal != NULL)
    aq_store_set_refusal (AQ_STORE (self), aq_journal_get_refusal (self->journal));
}

static void
on_flushed (guint64       flushed,
            const GError *error,
            gpointer      user_data)
{
  g_autoptr(AqEmbeddedStore) self = g_object_ref (user_data);
  AqGate *gate = aq_store_get_gate (AQ_STORE (self));

  if (error == NULL)
    {
      aq_gate_open (gate, flushed);
      update_refusal (self);
      return;
    }
  /* first, so that nobody whom the gate tells can go on */
  self->failure = g_error_copy (error);
  aq_gate_fail (gate, self->failure);
  aq_store_emit_failed (AQ_STORE (self), self->failure);
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  return aq_replay_frame (user_data, frame, content, error);
}

/* so that every job that runs can record its end, and what has to be known besides */
static guint64
get_reserve (AqEmbeddedStore *self,
             guint            n_slots)
{
  return RESERVE_BYTES + n_slots * (self->settings.max_result_bytes + RESERVE_BYTES_A_SLOT);
}

static AqJournal *
open_journal (AqEmbeddedStore          *self,
              const AqJournalPosition  *end,
              guint64                   tail_counter,
              GError                  **error)
{
  AqJournalSettings settings = {
    .sizes = { self->settings.segment_min_bytes, self->settings.segment_max_bytes },
    .reserve_bytes = get_reserve (self, self->settings.n_slots),
    .tail_counter = tail_counter,
  };

  return aq_journal_new (self->io, self->directory.fd, self->directory.journal_fd,
                         self->directory.store_id, &settings, end, on_flushed, self, error);
}

/* Nothing is changed on disk before all of the journal was read and found good. */
static gboolean
recover (AqEmbeddedStore  *self,
         GError          **error)
{
  g_autoptr(AqTables) tables = aq_tables_new (self->clock);
  g_auto(AqReplay) replay = { .tables = tables };
  AqJournalPosition end;
  AqSuper super;

  if (!aq_super_read (self->io, self->directory.fd, self->directory.store_id, &super, error) ||
      !aq_journal_read (self->io, self->directory.journal_fd, self->directory.store_id, NULL,
                        super.has_tail ? &super.tail : NULL, on_frame, &replay, &end, error))
    return FALSE;
  aq_tables_finish_load (tables);
  aq_store_directory_write_pid (&self->directory, self->io);
  self->sequence = end.next_sequence - 1;
  self->journal = open_journal (self, &end, super.tail_counter, error);
  if (self->journal == NULL)
    return FALSE;
  self->history = aq_history_new (self->io, self->directory.journal_fd, self->directory.store_id);
  self->tables = g_steal_pointer (&tables);
  return TRUE;
}

static gboolean
embedded_store_open (AqStore  *store,
                     GError  **error)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);
  gboolean ok;

  g_return_val_if_fail (self->tables == NULL, FALSE);

  ok = aq_store_directory_open (&self->directory, self->io, self->path, error);
  if (ok && !recover (self, error))
    {
      aq_store_directory_clear (&self->directory);
      ok = FALSE;
    }
  if (!ok)
    {
      g_prefix_error (error, "could not open store '%s': ", self->path);
      return FALSE;
    }
  aq_gate_open (aq_store_get_gate (store), self->sequence);
  update_refusal (self);
  return TRUE;
}

static void
keep (AqEmbeddedStore *self,
      const AqActor   *actor)
{
  const AqChanges *changes = aq_tables_end (self->tables, self->sequence + 1);
  AqStore *store = AQ_STORE (self);

  if (changes == NULL)
    return;

  self->sequence++;
  aq_record_append_transaction (aq_journal_begin (self->journal), self->sequence, actor, changes,
                                aq_tables_get_counters (self->tables));
  aq_journal_commit (self->journal, self->sequence);
  if (!aq_store_wants_changes (store))
    {
      aq_tables_forget_changes (self->tables);
      return;
    }
  g_array_set_size (self->changes, 0);
  aq_tables_collect_changes (changes, self->sequence, self->changes);
  aq_tables_forget_changes (self->tables);
  aq_store_emit_changed (store, (const AqJobChange *) self->changes->data, self->changes->len);
}

static void
embedded_store_apply (AqStore       *store,
                      const AqActor *actor,
                      AqRule         rule,
                      gpointer       event,
                      AqAppliedFunc  applied,
                      gpointer       user_data)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);
  g_autoptr(GError) error = NULL;

  if (self->failure != NULL)
    error = g_error_copy (self->failure);
  else if (self->journal == NULL)
    g_set_error (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "store '%s' is not open",
                 self->path);
  else if (rule (aq_tables_begin (self->tables, actor), event, &error))
    {
      keep (self, actor);
      applied (event, self->sequence, NULL, user_data);
      return;
    }
  else
    g_assert (aq_tables_end (self->tables, 0) == NULL);
  applied (event, 0, error, user_data);
}

static gboolean
embedded_store_close (AqStore  *store,
                      GError  **error)
{
  g_autoptr(AqEmbeddedStore) self = g_object_ref (AQ_EMBEDDED_STORE (store));
  g_autoptr(AqJournal) journal = g_steal_pointer (&self->journal);
  g_autoptr(AqHistory) history = g_steal_pointer (&self->history);

  if (journal == NULL)
    return TRUE;
  aq_history_close (history);
  if (!aq_journal_close (journal, error))
    {
      g_prefix_error (error, "could not close store '%s': ", self->path);
      aq_store_directory_clear (&self->directory);
      return FALSE;
    }
  aq_store_directory_clear (&self->directory);
  return TRUE;
}

static guint64
embedded_store_get_sequence (AqStore *store)
{
  return AQ_EMBEDDED_STORE (store)->sequence;
}

static gint64
embedded_store_get_next_due (AqStore *store)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  return self->tables != NULL ? aq_tables_get_next_due (self->tables) : G_MAXINT64;
}

static const char *
embedded_store_get_path (AqStore *store)
{
  return AQ_EMBEDDED_STORE (store)->path;
}

/* What may be read is what the gate has let through: a position of the same moment. */
static void
embedded_store_read_history (AqStore       *store,
                             guint64        after_sequence,
                             guint          max_changes,
                             AqHistoryFunc  func,
                             gpointer       user_data)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);
  AqHistoryRequest *request = aq_history_request_new (after_sequence, max_changes, func, user_data);

  if (self->history != NULL)
    {
      aq_history_read (self->history, aq_journal_get_flushed (self->journal), request);
      return;
    }
  g_set_error (&request->error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "store '%s' is not open",
               self->path);
  aq_history_request_answer_later (request);
}

static void
embedded_store_set_slots (AqStore *store,
                          guint    n_slots)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  self->settings.n_slots = n_slots;
  if (self->journal != NULL)
    aq_journal_set_reserve (self->journal, get_reserve (self, n_slots));
}

static void
aq_embedded_store_finalize (GObject *object)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (object);

  g_clear_pointer (&self->history, aq_history_free);
  g_clear_pointer (&self->journal, aq_journal_free);
  aq_store_directory_clear (&self->directory);
  g_clear_pointer (&self->tables, aq_tables_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_clear_error (&self->failure);
  g_array_unref (self->changes);
  g_free (self->path);

  G_OBJECT_CLASS (aq_embedded_store_parent_class)->finalize (object);
}

static void
aq_embedded_store_class_init (AqEmbeddedStoreClass *klass)
{
  AqStoreClass *store_class = AQ_STORE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = aq_embedded_store_finalize;
  store_class->open = embedded_store_open;
  store_class->apply = embedded_store_apply;
  store_class->close = embedded_store_close;
  store_class->get_sequence = embedded_store_get_sequence;
  store_class->get_next_due = embedded_store_get_next_due;
  store_class->get_path = embedded_store_get_path;
  store_class->set_slots = embedded_store_set_slots;
  store_class->read_history = embedded_store_read_history;
}

static void
aq_embedded_store_init (AqEmbeddedStore *self)
{
  self->directory.fd = -1;
  self->directory.journal_fd = -1;
  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  aq_store_io_init_system (&self->system_io);
  self->io = &self->system_io;
  aq_embedded_settings_init (&self->settings);
}

/**
 * aq_embedded_store_new:
 * @path: a directory; made, with its parents, by [method@Aq.Store.open] if it is not there
 * @clock: the clock that its rules go by
 *
 * Returns: (transfer full): a store that is not open yet
 *
 * Since: 0.1
 */
AqStore *
aq_embedded_store_new (const char *path,
                       AqClock    *clock)
{
  AqEmbeddedStore *self = g_object_new (AQ_TYPE_EMBEDDED_STORE, NULL);

  self->path = g_strdup (path);
  self->clock = aq_clock_ref (clock);
  return AQ_STORE (self);
}

/**
 * aq_embedded_store_new_full:
 * @path: a directory
 * @clock: the clock that its rules go by
 * @settings: (nullable): other sizes than the default ones
 * @io: (nullable): the system calls to make; must outlive the store
 *
 * As aq_embedded_store_new(), with settings, and for tests that let system calls fail.
 *
 * Returns: (transfer full): a store that is not open yet
 *
 * Since: 0.1
 */
AqStore *
aq_embedded_store_new_full (const char               *path,
                            AqClock                  *clock,
                            const AqEmbeddedSettings *settings,
                            AqStoreIo                *io)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (aq_embedded_store_new (path, clock));

  if (settings != NULL)
    self->settings = *settings;
  if (io != NULL)
    self->io = io;
  return AQ_STORE (self);
}
