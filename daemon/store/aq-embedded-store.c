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

#include "core/aq-evidence.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-images.h"
#include "store/aq-journal.h"
#include "store/aq-record.h"
#include "store/aq-recovery.h"
#include "store/aq-room-queue.h"
#include "store/aq-store-directory.h"
#include "store/aq-store-reader.h"
#include "store/aq-tables.h"

/* of the journal's reserve: for all that is not the end of a job, and for each slot beside the result */
#define RESERVE_BYTES (1024 * 1024)
#define RESERVE_BYTES_A_SLOT (AQ_EVIDENCE_MAX_BYTES + AQ_EVIDENCE_MAX_PAST_BYTES + 8 * 1024)

/* how often is looked whether enough memory is free again */
#define BUSY_MSEC 250

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
  AqImages         *images;    /* owned, nullable likewise */
  AqRoomQueue      *room;      /* owned, nullable before it is open */
  AqStoreReader    *reader;    /* owned, nullable likewise */
  GError           *failure;   /* owned, nullable: why everything is refused */
  gboolean          busy;      /* the jobs in memory are more than the settings allow */
  guint             busy_id;   /* source: looks whether they still are; 0 while they are not */
  guint64           busy_next; /* of the newest closed segment, when that was looked at */
  gboolean          unloading; /* a checkpoint is under way, so that jobs can leave memory */
  guint64           sequence;
};

G_DEFINE_FINAL_TYPE (AqEmbeddedStore, aq_embedded_store, AQ_TYPE_STORE)

/* Returns: whether the jobs in memory have become too many, or few enough again */
static gboolean
check_live_bytes (AqEmbeddedStore *self)
{
  guint64 limit = self->settings.max_live_bytes;
  guint64 live_bytes = aq_tables_get_live_bytes (self->tables);
  gboolean busy = live_bytes > (self->busy ? limit - limit / 20 : limit);

  if (busy == self->busy)
    return FALSE;
  self->busy = busy;
  if (busy)
    g_message ("what is in memory takes more than %" G_GUINT64_FORMAT " bytes; new jobs are refused until others "
               "have ended", limit);
  else
    g_message ("what is in memory takes few enough bytes again; new jobs are taken");
  return TRUE;
}

static void update_refusal (AqEmbeddedStore *self);

static void
on_unloaded (const GError *error,
             gpointer      user_data)
{
  AqEmbeddedStore *self = user_data;

  self->unloading = FALSE;
}

/*
 * Jobs that have ended leave memory when they are in an image, and what is in the
 * current segment comes there only when that is closed: which it never may be
 * where nothing new is taken.
 */
static void
unload (AqEmbeddedStore *self)
{
  guint64 next_sequence = aq_journal_get_closed (self->journal)->next_sequence;
  gboolean is_idle = next_sequence == self->busy_next;

  self->busy_next = next_sequence;
  if (self->unloading || !is_idle || next_sequence > self->sequence)
    return;
  self->unloading = TRUE;
  aq_images_checkpoint (self->images, self->sequence, on_unloaded, self);
}

static gboolean
on_busy (gpointer user_data)
{
  AqEmbeddedStore *self = user_data;

  check_live_bytes (self);
  if (self->busy)
    {
      if (self->journal != NULL && self->failure == NULL)
        unload (self);
      return G_SOURCE_CONTINUE;
    }
  self->busy_id = 0;
  update_refusal (self);
  return G_SOURCE_REMOVE;
}

static void
update_refusal (AqEmbeddedStore *self)
{
  const GError *why = self->journal != NULL ? aq_journal_get_refusal (self->journal) : NULL;
  g_autoptr(GError) busy = NULL;

  if (self->journal == NULL)
    return;
  if (self->tables != NULL)
    check_live_bytes (self);
  /* jobs leave memory also when nothing else happens */
  if (self->busy && self->busy_id == 0)
    self->busy_id = g_timeout_add (BUSY_MSEC, on_busy, self);
  if (self->busy)
    busy = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY,
                        "what is in memory takes more than the %" G_GUINT64_FORMAT " bytes that it may",
                        self->settings.max_live_bytes);
  aq_store_set_refusal (AQ_STORE (self), why != NULL ? why : busy);
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
      if (self->images != NULL)
        aq_images_follow (self->images);
      aq_gate_open (gate, flushed);
      update_refusal (self);
      if (self->room != NULL)
        aq_room_queue_look (self->room);
      return;
    }
  /* first, so that nobody whom the gate tells can go on */
  self->failure = g_error_copy (error);
  aq_gate_fail (gate, self->failure);
  aq_room_queue_end (self->room, self->failure);
  aq_store_emit_failed (AQ_STORE (self), self->failure);
}

static void
on_fetched (AqFetchRequest *request,
            gpointer        user_data)
{
  g_autoptr(AqEmbeddedStore) self = g_object_ref (user_data);

  if (self->reader == NULL || !aq_images_is_too_old (self->images, request))
    {
      aq_images_take_back (self->images, request);
      return;
    }
  aq_fetch_request_reset (request, aq_images_get_sequence (self->images));
  aq_store_reader_fetch (self->reader, request);
}

/* so that every job that runs can record its end, and what has to be known besides */
static guint64
get_reserve (AqEmbeddedStore *self,
             guint            n_slots)
{
  return RESERVE_BYTES + n_slots * (self->settings.max_result_bytes + RESERVE_BYTES_A_SLOT);
}

static AqJournal *
open_journal (AqEmbeddedStore   *self,
              const AqRecovery  *recovery,
              GError           **error)
{
  AqJournalSettings settings = {
    .sizes = { self->settings.segment_min_bytes, self->settings.segment_max_bytes },
    .reserve_bytes = get_reserve (self, self->settings.n_slots),
    .tail_counter = recovery->super.tail_counter,
  };

  return aq_journal_new (self->io, self->directory.fd, self->directory.journal_fd,
                         self->directory.store_id, &settings, &recovery->end, on_flushed, self, error);
}

/* everything that runs beside the loop; closing or freeing ends what was started */
static gboolean
start (AqEmbeddedStore   *self,
       const AqRecovery  *recovery,
       GError           **error)
{
  const AqStoreDirectory *directory = &self->directory;

  self->journal = open_journal (self, recovery, error);
  if (self->journal == NULL)
    return FALSE;
  self->images = aq_images_new (self->io, directory, recovery, self->tables, self->journal,
                                2 * self->settings.segment_max_bytes, error);
  if (self->images == NULL)
    {
      g_clear_pointer (&self->journal, aq_journal_free);
      return FALSE;
    }
  self->room = aq_room_queue_new (AQ_STORE (self), self->journal);
  self->reader = aq_store_reader_new (self->io, directory->fd, directory->journal_fd,
                                      directory->store_id, self->journal,
                                      aq_images_get_use (self->images), on_fetched, self);
  return TRUE;
}

/* Nothing is changed on disk before all of the store was read and found good. */
static gboolean
recover (AqEmbeddedStore  *self,
         GError          **error)
{
  g_auto(AqRecovery) recovery = { 0 };

  if (!aq_recovery_run (&recovery, self->io, &self->directory, self->clock, error))
    return FALSE;
  aq_store_directory_write_pid (&self->directory, self->io);
  self->sequence = recovery.end.next_sequence - 1;
  self->tables = g_steal_pointer (&recovery.tables);
  if (start (self, &recovery, error))
    return TRUE;
  g_clear_pointer (&self->tables, aq_tables_free);
  return FALSE;
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
  if (check_live_bytes (self))
    update_refusal (self);
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
set_not_open (AqEmbeddedStore  *self,
              GError          **error)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "store '%s' is not open", self->path);
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
    set_not_open (self, &error);
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
  g_autoptr(AqStoreReader) reader = g_steal_pointer (&self->reader);
  g_autoptr(GError) closed = NULL;

  if (journal == NULL)
    return TRUE;
  set_not_open (self, &closed);
  aq_room_queue_end (self->room, closed);
  aq_store_reader_close (reader);
  g_clear_pointer (&self->images, aq_images_free);
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
embedded_store_get_next_due (AqStore    *store,
                             AqTimeKind  kind)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  return self->tables != NULL ? aq_tables_get_next_due (self->tables, kind) : G_MAXINT64;
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

  if (self->reader != NULL)
    {
      aq_store_reader_read_history (self->reader, aq_journal_get_flushed (self->journal), request);
      return;
    }
  set_not_open (self, &request->error);
  aq_history_request_answer_later (request);
}

static gboolean
embedded_store_is_away (AqStore *store,
                        guint64  id)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  return self->tables != NULL && aq_tables_is_away (self->tables, id);
}

static void
embedded_store_fetch (AqStore       *store,
                      const guint64 *ids,
                      guint          n_ids,
                      AqFetchedFunc  func,
                      gpointer       user_data)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);
  g_autoptr(AqFetchRequest) request = NULL;
  g_autoptr(GError) error = NULL;

  if (self->reader == NULL)
    {
      set_not_open (self, &error);
      func (error, user_data);
      return;
    }
  request = aq_fetch_request_new (aq_images_get_sequence (self->images), func, user_data);
  for (guint i = 0; i < n_ids; i++)
    if (aq_tables_is_away (self->tables, ids[i]))
      aq_fetch_request_add (request, ids[i]);
  aq_fetch_request_sort (request);
  if (request->ids->len == 0)
    func (NULL, user_data);
  else
    aq_store_reader_fetch (self->reader, g_steal_pointer (&request));
}

static void
embedded_store_hold (AqStore    *store,
                     AqHoldFunc  func,
                     gpointer    user_data)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);
  g_autoptr(GError) error = NULL;

  if (self->images != NULL)
    {
      aq_images_hold (self->images, func, user_data);
      return;
    }
  set_not_open (self, &error);
  func (NULL, error, user_data);
}

static void
embedded_store_release (AqStore *store)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  if (self->images != NULL)
    aq_images_release (self->images);
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
embedded_store_make_room (AqStore    *store,
                          guint64     n_bytes,
                          AqRoomFunc  func,
                          gpointer    user_data)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (store);

  /* what is refused altogether is refused when it is applied */
  if (self->journal == NULL || self->failure != NULL)
    func (NULL, user_data);
  else
    aq_room_queue_join (self->room, n_bytes, get_reserve (self, self->settings.n_slots) - RESERVE_BYTES,
                        func, user_data);
}

static void
aq_embedded_store_finalize (GObject *object)
{
  AqEmbeddedStore *self = AQ_EMBEDDED_STORE (object);

  g_clear_pointer (&self->reader, aq_store_reader_free);
  g_clear_pointer (&self->images, aq_images_free);
  g_clear_pointer (&self->journal, aq_journal_free);
  g_clear_pointer (&self->room, aq_room_queue_free);
  aq_store_directory_clear (&self->directory);
  g_clear_handle_id (&self->busy_id, g_source_remove);
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
  store_class->make_room = embedded_store_make_room;
  store_class->read_history = embedded_store_read_history;
  store_class->is_away = embedded_store_is_away;
  store_class->fetch = embedded_store_fetch;
  store_class->hold = embedded_store_hold;
  store_class->release = embedded_store_release;
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

/**
 * aq_embedded_store_checkpoint:
 * @self: an open store
 * @func: called once, in a later turn of the loop, or when the store is closed
 * @user_data: for @func
 *
 * Brings both images up to what was last applied, without waiting until it is
 * worth it. For tests and tools.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`,
 * `ASYNCQ_ERROR_STORE_CORRUPT`: the images could not be brought up, and are
 * tried again as ever.
 *
 * Since: 0.1
 */
void
aq_embedded_store_checkpoint (AqEmbeddedStore           *self,
                              AqEmbeddedCheckpointFunc   func,
                              gpointer                   user_data)
{
  g_autoptr(GError) error = NULL;

  if (self->images != NULL)
    {
      aq_images_checkpoint (self->images, self->sequence, func, user_data);
      return;
    }
  set_not_open (self, &error);
  func (error, user_data);
}
