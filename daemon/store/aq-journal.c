/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Journal
 *
 * The main loop fills a batch, the journal thread writes batches; between them
 * is one slot:
 *
 *   loop:    begin → commit → begin → commit …   end of the turn: batch → slot
 *   thread:  slot → write, flush → `flushed`, eventfd …          (→ loop: gate)
 *
 * While a flush is under way the batch lies in the slot; a later turn takes it
 * back, adds to it and lays it down again. So there is never more than one
 * frame unflushed, and the next one goes off without waiting for the loop.
 *
 * The mutex guards the members of `shared`, and is held for the time of a few
 * assignments. A batch belongs to whoever took it out of there. Everything else
 * belongs to one side, as the struct says. Two eventfds wake the sleepers.
 */

#include "config.h"

#include "store/aq-journal.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-journal-tail.h"
#include "store/aq-thread.h"

#include <errno.h>
#include <glib-unix.h>
#include <pthread.h>

/* after so long without a frame an empty one is written, see README.md */
#define COVER_AFTER_MSEC 50

/* after so long what there was no space for is tried again */
#define RETRY_AFTER_MSEC 250

/* larger buffers are not kept for the next batch */
#define MAX_SPARE_BYTES (4 * 1024 * 1024)

typedef struct
{
  AqBuffer buffer; /* AQ_FRAME_HEADROOM free bytes, then the transactions */
  gsize    counted; /* so much of it is committed */
  guint64  first_sequence;
  guint32  n_transactions;
} Batch;

typedef enum
{
  RUN,
  CLOSE,  /* write what is there, mark the end, end */
  ABANDON /* end */
} Order;

typedef struct
{
  GSource    source;
  AqJournal *journal; /* borrowed */
  gpointer   tag;     /* of flushed_fd */
} JournalSource;

struct _AqJournal
{
  /* set before the thread starts */
  int             wake_fd;    /* loop → thread */
  int             flushed_fd; /* thread → loop */
  pthread_t       thread;
  pthread_mutex_t lock;

  /* guarded by the lock */
  struct
  {
    Batch    *slot;     /* owned, nullable: to be written */
    Batch    *spare;    /* owned, nullable: to be filled */
    Order     order;
    gboolean  sleeping; /* the thread waits for wake_fd */
    AqJournalPosition flushed; /* behind the newest frame with something in it */
    AqJournalPosition closed;  /* behind the last frame of the newest segment that gets no more */
    gboolean  end_segment;     /* the current one is to get no more */
    guint64   keep_segment;    /* those before it are not needed any more */
    gboolean  keep_is_new;     /* the thread does not go by it yet */
    guint64   gone_before;     /* the greatest that this ever was */
    guint64   reserve_bytes;   /* that have to be free */
    GError   *refusal;         /* owned, nullable: why they are not */
    guint64   n_flushed_bytes; /* of transactions, since the start */
    guint64   room;            /* for frames, beyond those bytes */
    guint64   wanted_room;     /* that is asked for; 0: none is */
    GError   *room_error;      /* owned, nullable: why there is not as much as was asked for last */
    GError   *failure;  /* the thread has ended for it */
  } shared;

  /* the loop's */
  guint                 ref_count;
  GSource              *source;  /* owned, nullable once closed */
  Batch                *pending; /* owned, nullable: being filled */
  AqJournalPosition     told;    /* what of shared.flushed func knows */
  AqJournalPosition     told_closed; /* likewise */
  GError               *refusal; /* owned, nullable; likewise */
  guint64               n_committed_bytes; /* of transactions, since the start */
  guint64               told_flushed_bytes;
  guint64               told_room;
  gboolean              making_room;
  GError               *room_error; /* owned, nullable: of the last aq_journal_make_room() */
  AqJournalFlushedFunc  func;
  gpointer              user_data;
  GError               *error;   /* was told to func */

  /* the thread's */
  AqSegmentWriter writer;
  AqJournalTail   tail;
  guint64         tail_segment;  /* that the newest tail is in */
  guint64         next_sequence; /* behind all that is written */
  gboolean        covered;       /* the last frame is an empty one */
  guint64         reserve_bytes;
  gboolean        refuses;       /* there is no such reserve */
  int             retry_fd;      /* while it refuses: a timer */
};

static Batch *
batch_new (void)
{
  Batch *self = g_new0 (Batch, 1);

  aq_buffer_extend (&self->buffer, AQ_FRAME_HEADROOM);
  self->counted = AQ_FRAME_HEADROOM;
  return self;
}

static void
batch_free (Batch *self)
{
  if (self == NULL)
    return;
  aq_buffer_clear (&self->buffer);
  g_free (self);
}

/* empty again; a buffer that grew large shrinks */
static void
batch_reset (Batch *self)
{
  if (self->buffer.allocated > MAX_SPARE_BYTES)
    aq_buffer_clear (&self->buffer);
  self->buffer.size = 0;
  aq_buffer_extend (&self->buffer, AQ_FRAME_HEADROOM);
  self->counted = AQ_FRAME_HEADROOM;
  self->n_transactions = 0;
}

/* the thread's side */

/* @error: nullable: why new work is refused from now on */
static void
set_refusal (AqJournal    *self,
             const GError *error)
{
  if (self->refuses == (error != NULL))
    return;
  if (error != NULL)
    g_warning ("%s; new work is refused until there is space for the journal", error->message);
  else
    g_message ("there is space for the journal again");
  self->refuses = error != NULL;
  aq_wake_set_timer (self->retry_fd, error != NULL ? RETRY_AFTER_MSEC : 0);

  pthread_mutex_lock (&self->lock);
  g_clear_error (&self->shared.refusal);
  self->shared.refusal = error != NULL ? g_error_copy (error) : NULL;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->flushed_fd);
}

/* with the reserve in use, or not to be made, only what is running may end */
static void
see_to_reserve (AqJournal *self)
{
  g_autoptr(GError) error = NULL;

  (void) aq_segment_writer_fill_reserve (&self->writer, self->reserve_bytes, &error);
  set_refusal (self, error);
}

/* with the lock held; between two calls of this a segment may go */
static void
take_keep (AqJournal *self)
{
  aq_segment_writer_set_keep (&self->writer, self->shared.keep_segment);
  if (self->shared.keep_is_new)
    aq_wake_signal (self->flushed_fd);
  self->shared.keep_is_new = FALSE;
}

/* Returns: whether to try again what has failed with @error */
static gboolean
wait_for_space (AqJournal    *self,
                const GError *error)
{
  Order order;

  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    return FALSE;
  set_refusal (self, error);

  pthread_mutex_lock (&self->lock);
  order = self->shared.order;
  self->shared.wanted_room = 0; /* whoever wants it is refused */
  pthread_mutex_unlock (&self->lock);
  if (order != RUN)
    return FALSE;
  (void) aq_wake_wait (self->wake_fd, RETRY_AFTER_MSEC); /* who wakes us may have made space */

  pthread_mutex_lock (&self->lock);
  take_keep (self);
  pthread_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
write_tail (AqJournal  *self,
            gboolean    clean,
            GError    **error)
{
  if (!aq_journal_tail_write (&self->tail, &self->writer.last, clean, error))
    return FALSE;
  self->tail_segment = self->writer.last.segment;
  return TRUE;
}

/* What has no space is tried until it has, or until the journal is to end. */
static gboolean
write_frame (AqJournal  *self,
             Batch      *batch,
             guint32     flags,
             GError    **error)
{
  g_autoptr(GError) local_error = NULL;
  AqFrame frame = {
    .length = batch->buffer.size - AQ_FRAME_HEADROOM,
    .sequence = self->next_sequence,
    .n_transactions = batch->n_transactions,
    .flags = flags,
  };
  gboolean ok;

  while (!(ok = aq_segment_writer_append (&self->writer, &frame, &batch->buffer, &local_error)) &&
         wait_for_space (self, local_error))
    g_clear_error (&local_error);
  /* that a segment was begun is known before anybody hears of what is in it */
  while (ok && self->writer.last.segment != self->tail_segment &&
         !(ok = write_tail (self, FALSE, &local_error)) && wait_for_space (self, local_error))
    {
      g_clear_error (&local_error);
      ok = TRUE;
    }
  if (!ok)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  self->next_sequence += batch->n_transactions;
  self->covered = batch->n_transactions == 0;
  return TRUE;
}

/*
 * Writes down where the journal ends: in an empty frame, if that fits into the
 * segment, and in the tail.
 */
static gboolean
cover (AqJournal  *self,
       gboolean    clean,
       GError    **error)
{
  g_autoptr(GError) local_error = NULL;

  self->covered = TRUE;
  if (aq_segment_writer_has_room (&self->writer, AQ_FRAME_HEADER_SIZE))
    {
      Batch *batch = batch_new ();
      gboolean ok = write_frame (self, batch, clean ? AQ_FRAME_CLEAN : 0, error);

      batch_free (batch);
      if (!ok)
        return FALSE;
    }
  aq_segment_writer_rest (&self->writer);
  /* where a descriptor was given up there may be more behind the end than is known */
  if (write_tail (self, clean && self->writer.current.fd >= 0, &local_error))
    return TRUE;
  if (!g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  g_info ("%s; the end of the journal is not written down", local_error->message);
  return TRUE;
}

static gboolean
write_batch (AqJournal  *self,
             Batch      *batch,
             GError    **error)
{
  gsize n_bytes = batch->buffer.size - AQ_FRAME_HEADROOM;
  gboolean ok;

  g_assert (batch->first_sequence == self->next_sequence);
  ok = write_frame (self, batch, 0, error);
  batch_reset (batch);

  pthread_mutex_lock (&self->lock);
  if (ok)
    {
      self->shared.n_flushed_bytes += n_bytes;
      self->shared.room = aq_segment_writer_get_room (&self->writer);
      self->shared.flushed = self->writer.last;
      self->shared.closed = self->writer.closed;
    }
  if (self->shared.spare == NULL)
    self->shared.spare = g_steal_pointer (&batch);
  pthread_mutex_unlock (&self->lock);

  batch_free (batch);
  if (!ok)
    return FALSE;
  aq_wake_signal (self->flushed_fd);
  /* frames may come all the time, so not only when there is none */
  if (self->refuses ? aq_wake_wait (self->retry_fd, 0)
                    : !aq_segment_writer_has_reserve (&self->writer, self->reserve_bytes))
    see_to_reserve (self);
  return TRUE;
}

static void
make_room (AqJournal *self,
           guint64    n_bytes)
{
  g_autoptr(GError) error = NULL;

  (void) aq_segment_writer_make_room (&self->writer, n_bytes, &error);
  pthread_mutex_lock (&self->lock);
  g_clear_error (&self->shared.room_error);
  self->shared.room_error = g_steal_pointer (&error);
  self->shared.room = aq_segment_writer_get_room (&self->writer);
  self->shared.wanted_room = 0;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->flushed_fd);
}

static void
end_segment (AqJournal *self)
{
  aq_segment_writer_end_segment (&self->writer);
  pthread_mutex_lock (&self->lock);
  self->shared.closed = self->writer.closed;
  self->shared.room = aq_segment_writer_get_room (&self->writer);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->flushed_fd);
}

/* Returns: whether there is a batch in @out_batch or an order to end in @out_order */
static gboolean
take_work (AqJournal *self,
           gboolean   sleep_if_none,
           Batch    **out_batch,
           Order     *out_order)
{
  gboolean end = FALSE;
  guint64 wanted_room;
  gboolean grow;
  gboolean any;

  pthread_mutex_lock (&self->lock);
  *out_batch = g_steal_pointer (&self->shared.slot);
  *out_order = self->shared.order;
  any = *out_batch != NULL || *out_order != RUN;
  if (!any)
    {
      end = self->shared.end_segment;
      self->shared.end_segment = FALSE;
    }
  self->shared.sleeping = sleep_if_none && !any;
  take_keep (self);
  grow = self->reserve_bytes != self->shared.reserve_bytes;
  self->reserve_bytes = self->shared.reserve_bytes;
  wanted_room = self->shared.wanted_room;
  self->shared.room = aq_segment_writer_get_room (&self->writer);
  pthread_mutex_unlock (&self->lock);

  if (end)
    end_segment (self);
  if (grow)
    see_to_reserve (self);
  if (wanted_room > 0)
    make_room (self, wanted_room);
  return any;
}

/* Waits for something to do, and does what can be done meanwhile. */
static gboolean
next_work (AqJournal  *self,
           Batch     **out_batch,
           Order      *out_order,
           GError    **error)
{
  for (;;)
    {
      if (take_work (self, FALSE, out_batch, out_order))
        return TRUE;
      if (aq_segment_writer_prepare (&self->writer))
        continue;
      if (take_work (self, TRUE, out_batch, out_order))
        return TRUE;
      if (aq_wake_wait (self->wake_fd, !self->covered ? COVER_AFTER_MSEC
                                       : self->refuses ? RETRY_AFTER_MSEC : -1))
        continue;
      if (take_work (self, FALSE, out_batch, out_order))
        return TRUE;
      if (self->covered)
        see_to_reserve (self);
      else if (!cover (self, FALSE, error))
        return FALSE;
    }
}

static gboolean
run (AqJournal  *self,
     GError    **error)
{
  for (;;)
    {
      Batch *batch = NULL;
      Order order;

      if (!next_work (self, &batch, &order, error))
        return FALSE;
      if (order == ABANDON)
        {
          batch_free (batch);
          return TRUE;
        }
      if (batch != NULL && !write_batch (self, batch, error))
        return FALSE;
      if (batch == NULL && order == CLOSE)
        return cover (self, TRUE, error);
    }
}

static gpointer
journal_thread (gpointer data)
{
  AqJournal *self = data;
  GError *error = NULL;

  if (run (self, &error))
    return NULL;

  pthread_mutex_lock (&self->lock);
  self->shared.failure = error;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->flushed_fd);
  return NULL;
}

/* the loop's side */

static void
lay_down (AqJournal *self)
{
  gboolean wake;

  if (self->pending == NULL || self->pending->n_transactions == 0)
    return;
  pthread_mutex_lock (&self->lock);
  g_assert (self->shared.slot == NULL);
  self->shared.slot = g_steal_pointer (&self->pending);
  wake = self->shared.sleeping;
  self->shared.sleeping = FALSE;
  pthread_mutex_unlock (&self->lock);

  if (wake)
    aq_wake_signal (self->wake_fd);
}

/* tells what the thread has reported since the last time */
static void
tell (AqJournal *self)
{
  g_autoptr(GError) failure = NULL;
  guint64 flushed;

  pthread_mutex_lock (&self->lock);
  self->told = self->shared.flushed;
  self->told_closed = self->shared.closed;
  failure = g_steal_pointer (&self->shared.failure);
  g_clear_error (&self->refusal);
  self->refusal = self->shared.refusal != NULL ? g_error_copy (self->shared.refusal) : NULL;
  self->told_flushed_bytes = self->shared.n_flushed_bytes;
  self->told_room = self->shared.room;
  self->making_room = self->shared.wanted_room > 0;
  g_clear_error (&self->room_error);
  self->room_error = self->shared.room_error != NULL ? g_error_copy (self->shared.room_error) : NULL;
  pthread_mutex_unlock (&self->lock);

  flushed = self->told.next_sequence - 1;
  if (failure != NULL)
    self->error = g_error_copy (failure);
  self->func (flushed, NULL, self->user_data);
  if (failure != NULL)
    self->func (flushed, failure, self->user_data);
}

static gboolean
source_prepare (GSource *source,
                int     *timeout)
{
  AqJournal *self = ((JournalSource *) source)->journal;

  *timeout = -1;
  return self->pending != NULL && self->pending->n_transactions > 0;
}

static gboolean
source_check (GSource *source)
{
  JournalSource *self = (JournalSource *) source;

  return g_source_query_unix_fd (source, self->tag) != 0 || source_prepare (source, &(int) { 0 });
}

static void
unref (AqJournal *self)
{
  if (--self->ref_count > 0)
    return;

  g_clear_error (&self->error);
  g_clear_error (&self->refusal);
  g_clear_error (&self->room_error);
  g_clear_error (&self->shared.failure);
  g_clear_error (&self->shared.room_error);
  g_clear_error (&self->shared.refusal);
  batch_free (self->pending);
  batch_free (self->shared.slot);
  batch_free (self->shared.spare);
  aq_journal_tail_clear (&self->tail);
  aq_wake_free (self->wake_fd);
  aq_wake_free (self->flushed_fd);
  aq_wake_free (self->retry_fd);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  AqJournal *self = ((JournalSource *) source)->journal;

  /* those who are told may close the journal and free it */
  self->ref_count++;
  lay_down (self);
  if (g_source_query_unix_fd (source, ((JournalSource *) source)->tag) != 0)
    {
      aq_wake_clear (self->flushed_fd);
      tell (self);
    }
  if (!g_source_is_destroyed (source))
    lay_down (self);
  unref (self);
  return G_SOURCE_CONTINUE;
}

/*
 * The usual priority: what other sources that were ready in this turn have
 * brought is laid down together at the start of the next one.
 */
static GSource *
create_source (AqJournal *self)
{
  static GSourceFuncs funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
  };
  GSource *source = g_source_new (&funcs, sizeof (JournalSource));

  g_source_set_static_name (source, "journal");
  ((JournalSource *) source)->journal = self;
  ((JournalSource *) source)->tag = g_source_add_unix_fd (source, self->flushed_fd, G_IO_IN);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* the loop's, before the thread starts: that the journal goes on is known from here on */
static gboolean
open_files (AqJournal                *self,
            AqStoreIo                *io,
            int                       directory_fd,
            const guint8              store_id[AQ_STORE_ID_SIZE],
            const AqJournalSettings  *settings,
            const AqJournalPosition  *position,
            GError                  **error)
{
  if (!aq_segment_writer_init (&self->writer, io, directory_fd, store_id, &settings->sizes, position,
                               error))
    return FALSE;
  if (!aq_journal_tail_write (&self->tail, position, FALSE, error))
    {
      aq_segment_writer_clear (&self->writer);
      return FALSE;
    }
  self->tail_segment = position->segment;
  self->shared.closed = self->told_closed = self->writer.closed;
  self->shared.gone_before = self->writer.keep_segment;
  see_to_reserve (self);
  self->refusal = self->shared.refusal != NULL ? g_error_copy (self->shared.refusal) : NULL;
  self->shared.room = self->told_room = aq_segment_writer_get_room (&self->writer);
  return TRUE;
}

static gboolean
start (AqJournal  *self,
       GError    **error)
{
  int result = aq_thread_start (&self->thread, journal_thread, self);

  if (result == 0)
    return TRUE;
  aq_store_io_set_error (error, result, "start", "journal");
  aq_segment_writer_clear (&self->writer);
  return FALSE;
}

/**
 * aq_journal_new:
 * @io: the system calls; used by the journal thread until the journal is closed
 * @store_fd: the store's directory, likewise
 * @directory_fd: the journal's directory, likewise
 * @store_id: the store's id
 * @settings: sizes, and what is known of the tail
 * @position: where the journal ends, from aq_journal_read()
 * @func: called from the thread-default main context of now
 * @user_data: for @func
 * @error: return location for an error
 *
 * Opens a journal for writing and starts its thread. A full disk is no error: see
 * aq_journal_get_refusal().
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full): a journal, or %NULL with @error set
 */
AqJournal *
aq_journal_new (AqStoreIo                *io,
                int                       store_fd,
                int                       directory_fd,
                const guint8              store_id[AQ_STORE_ID_SIZE],
                const AqJournalSettings  *settings,
                const AqJournalPosition  *position,
                AqJournalFlushedFunc      func,
                gpointer                  user_data,
                GError                  **error)
{
  AqJournal *self = g_new0 (AqJournal, 1);

  self->ref_count = 1;
  self->func = func;
  self->user_data = user_data;
  self->next_sequence = position->next_sequence;
  self->shared.flushed = *position;
  self->told = *position;
  self->covered = position->clean || position->segment == 0;
  self->reserve_bytes = self->shared.reserve_bytes = settings->reserve_bytes;
  aq_journal_tail_init (&self->tail, io, store_fd, store_id, settings->tail_counter);
  pthread_mutex_init (&self->lock, NULL);
  self->wake_fd = aq_wake_new ();
  self->flushed_fd = aq_wake_new ();
  self->retry_fd = aq_wake_new_timer ();

  if (self->wake_fd < 0 || self->flushed_fd < 0 || self->retry_fd < 0)
    aq_store_io_set_error (error, errno, "start", "journal");
  else if (open_files (self, io, directory_fd, store_id, settings, position, error) &&
           start (self, error))
    {
      self->source = create_source (self);
      return self;
    }
  unref (self);
  return NULL;
}

static void
stop (AqJournal *self,
      Order      order)
{
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);

  pthread_mutex_lock (&self->lock);
  self->shared.order = order;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
  pthread_join (self->thread, NULL);
  aq_segment_writer_clear (&self->writer);
  aq_journal_tail_clear (&self->tail);
}

/* without a close: as a crash would leave it */
void
aq_journal_free (AqJournal *self)
{
  if (self->source != NULL)
    stop (self, ABANDON);
  unref (self);
}

/**
 * aq_journal_begin:
 * @self: an open journal
 *
 * Returns: where the next transaction is to be appended, whole, before
 *   aq_journal_commit(); valid until then
 */
AqBuffer *
aq_journal_begin (AqJournal *self)
{
  if (self->pending != NULL)
    return &self->pending->buffer;

  pthread_mutex_lock (&self->lock);
  self->pending = g_steal_pointer (&self->shared.slot);
  if (self->pending == NULL)
    self->pending = g_steal_pointer (&self->shared.spare);
  pthread_mutex_unlock (&self->lock);

  if (self->pending == NULL)
    self->pending = batch_new ();
  return &self->pending->buffer;
}

/**
 * aq_journal_commit:
 * @self: an open journal
 * @sequence: of the transaction that was appended; one more than the last one's
 *
 * The transaction goes to the disk with all others of this turn of the loop.
 */
void
aq_journal_commit (AqJournal *self,
                   guint64    sequence)
{
  Batch *batch = self->pending;

  if (batch->n_transactions == 0)
    batch->first_sequence = sequence;
  g_assert (sequence == batch->first_sequence + batch->n_transactions);
  batch->n_transactions++;
  self->n_committed_bytes += batch->buffer.size - batch->counted;
  batch->counted = batch->buffer.size;
}

/**
 * aq_journal_get_flushed:
 * @self: a journal
 *
 * Returns: how far it may be read: behind the newest frame that was told to be flushed
 */
const AqJournalPosition *
aq_journal_get_flushed (AqJournal *self)
{
  return &self->told;
}

/**
 * aq_journal_get_closed:
 * @self: a journal
 *
 * Returns: behind the last frame of the newest segment that gets no more frames,
 *   as far as it was told; in segment 0 if there is none. All of the journal
 *   before it may be read at leisure.
 */
const AqJournalPosition *
aq_journal_get_closed (AqJournal *self)
{
  return &self->told_closed;
}

/**
 * aq_journal_end_segment:
 * @self: an open journal
 *
 * What was committed so far goes to the current segment, which is closed then;
 * that is told, also when there was nothing to close.
 */
void
aq_journal_end_segment (AqJournal *self)
{
  lay_down (self);
  pthread_mutex_lock (&self->lock);
  self->shared.end_segment = TRUE;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_journal_set_keep:
 * @self: an open journal
 * @keep_segment: number of a segment; 0: nothing is removed for the time being
 *
 * Segments before it are not needed any more: they are used again or removed, but
 * for the two newest that are closed, which are for readers of history.
 */
void
aq_journal_set_keep (AqJournal *self,
                     guint64    keep_segment)
{
  pthread_mutex_lock (&self->lock);
  self->shared.keep_segment = keep_segment;
  self->shared.keep_is_new = TRUE;
  self->shared.gone_before = MAX (self->shared.gone_before, keep_segment);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_journal_has_taken_keep:
 * @self: an open journal
 *
 * That it has is told.
 *
 * Returns: whether the thread goes by the last aq_journal_set_keep(), and is past
 *   whatever it did by one before
 */
gboolean
aq_journal_has_taken_keep (AqJournal *self)
{
  gboolean has_taken;

  pthread_mutex_lock (&self->lock);
  has_taken = !self->shared.keep_is_new;
  pthread_mutex_unlock (&self->lock);
  return has_taken;
}

/**
 * aq_journal_get_keep:
 * @self: an open journal
 *
 * May be called from any thread.
 *
 * Returns: the segments before this one may be gone, or go at any moment
 */
guint64
aq_journal_get_keep (AqJournal *self)
{
  guint64 keep_segment;

  pthread_mutex_lock (&self->lock);
  keep_segment = self->shared.gone_before;
  pthread_mutex_unlock (&self->lock);
  return keep_segment;
}

/**
 * aq_journal_get_refusal:
 * @self: a journal
 *
 * Returns: (nullable): why new work is to be refused, as far as it was told: there
 *   is no space for it, or no reserve for the ends of what is running. It passes.
 */
const GError *
aq_journal_get_refusal (AqJournal *self)
{
  return self->refusal;
}

/**
 * aq_journal_get_room:
 * @self: an open journal
 *
 * Returns: how many bytes may be committed that surely find space, whatever
 *   happens to the disk, as far as it was told
 */
guint64
aq_journal_get_room (AqJournal *self)
{
  guint64 used = self->n_committed_bytes - self->told_flushed_bytes + 2 * AQ_FRAME_HEADROOM;

  return self->told_room > used ? self->told_room - used : 0;
}

/**
 * aq_journal_make_room:
 * @self: an open journal
 * @n_bytes: that are about to be committed
 *
 * Asks for a segment that all of them fit in, and all that is not flushed yet.
 * That is told, also when there is no space for it: see
 * aq_journal_is_making_room(), aq_journal_get_room() and aq_journal_get_room_error().
 */
void
aq_journal_make_room (AqJournal *self,
                      guint64    n_bytes)
{
  self->making_room = TRUE;
  pthread_mutex_lock (&self->lock);
  self->shared.wanted_room = n_bytes + self->n_committed_bytes - self->told_flushed_bytes + 2 * AQ_FRAME_HEADROOM;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/* Returns: whether the answer to aq_journal_make_room() is still to come */
gboolean
aq_journal_is_making_room (AqJournal *self)
{
  return self->making_room;
}

/* Returns: (nullable): why the last aq_journal_make_room() that was answered got none */
const GError *
aq_journal_get_room_error (AqJournal *self)
{
  return self->room_error;
}

/**
 * aq_journal_set_reserve:
 * @self: an open journal
 * @n_bytes: that have to be free, or new work is refused
 */
void
aq_journal_set_reserve (AqJournal *self,
                        guint64    n_bytes)
{
  pthread_mutex_lock (&self->lock);
  self->shared.reserve_bytes = n_bytes;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_journal_close:
 * @self: a journal
 * @error: return location for an error
 *
 * Flushes all there is, marks the end as clean, and ends the thread. What was
 * flushed is told before this returns.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`, also when it
 * had failed before.
 *
 * Returns: whether all is flushed
 */
gboolean
aq_journal_close (AqJournal  *self,
                  GError    **error)
{
  if (self->source != NULL)
    {
      self->ref_count++;
      lay_down (self);
      stop (self, CLOSE);
      tell (self);
      unref (self);
    }
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  return self->error == NULL;
}
