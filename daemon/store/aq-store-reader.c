/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Reader of a store
 *
 *   loop:    request, and how far the journal is flushed → `requests`
 *   thread:  `requests` → journal or image → `answered`, eventfd     (→ loop: callback)
 *
 * The thread starts with the first request. It is the only one to use the two
 * readers, and sees of the store nothing but what the request says and the files.
 *
 * The mutex guards the members of `shared`, and is held for the time of a few
 * assignments. A task belongs to whoever took it out of there.
 */

#include "config.h"

#include "store/aq-store-reader.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-thread.h"

#include <errno.h>

/* after so long without a request the reader lets go of its file and its bytes */
#define REST_AFTER_MSEC 1000

/* one of the two */
typedef struct
{
  AqHistoryRequest  *history; /* owned, nullable */
  AqJournalPosition  end;     /* how far the journal may be read for it */
  AqFetchRequest    *fetch;   /* owned, nullable */
} Task;

typedef struct
{
  GSource        source;
  AqStoreReader *reader; /* borrowed */
} ReaderSource;

struct _AqStoreReader
{
  /* set before the thread starts */
  int              wake_fd;     /* loop → thread */
  int              answered_fd; /* thread → loop */
  pthread_t        thread;
  pthread_mutex_t  lock;

  /* guarded by the lock */
  struct
  {
    GQueue   requests; /* of Task, owned */
    GQueue   answered; /* of Task, owned */
    gboolean stop;
  } shared;

  /* the loop's */
  guint            ref_count;
  GSource         *source;   /* owned; NULL: there is no thread */
  GQueue           answers;  /* of Task, owned: being told */
  AqStoreReaderFetchedFunc fetched;
  gpointer         user_data;

  /* the thread's */
  AqHistoryReader *history;  /* owned */
  AqImageReader    image;
};

static void
task_free (Task *self)
{
  g_clear_pointer (&self->history, aq_history_request_free);
  g_clear_pointer (&self->fetch, aq_fetch_request_free);
  g_free (self);
}

/* the thread's side */

/* Returns: whether there is one in @out_task, or an order to stop, and then none */
static gboolean
take_task (AqStoreReader *self,
           Task     **out_task)
{
  gboolean stop;

  pthread_mutex_lock (&self->lock);
  stop = self->shared.stop;
  *out_task = stop ? NULL : g_queue_pop_head (&self->shared.requests);
  pthread_mutex_unlock (&self->lock);
  return stop || *out_task != NULL;
}

static void
answer_task (AqStoreReader *self,
             Task          *task)
{
  AqHistoryRequest *history = task->history;

  if (history != NULL)
    (void) aq_history_reader_read (self->history, &task->end, history->after_sequence,
                                   history->max_changes, history->changes,
                                   &history->error); /* which is the answer */
  else
    aq_image_reader_read (&self->image, task->fetch);

  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->shared.answered, task);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->answered_fd);
}

static gpointer
reader_thread (gpointer data)
{
  AqStoreReader *self = data;
  gboolean resting = TRUE;

  for (;;)
    {
      Task *task;

      if (!take_task (self, &task))
        {
          if (aq_wake_wait (self->wake_fd, resting ? -1 : REST_AFTER_MSEC))
            continue;
          aq_history_reader_rest (self->history);
          resting = TRUE;
          continue;
        }
      if (task == NULL)
        return NULL;
      answer_task (self, task);
      resting = FALSE;
    }
}

/* the loop's side */

static void
unref (AqStoreReader *self)
{
  if (--self->ref_count > 0)
    return;

  g_queue_clear_full (&self->answers, (GDestroyNotify) task_free);
  aq_wake_free (self->wake_fd);
  aq_wake_free (self->answered_fd);
  aq_history_reader_free (self->history);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static void
append_queue (GQueue *self,
              GQueue *from)
{
  gpointer data;

  while ((data = g_queue_pop_head (from)) != NULL)
    g_queue_push_tail (self, data);
}

/* whoever is told may ask again, close us or free us */
static void
tell (AqStoreReader *self)
{
  Task *task;

  self->ref_count++;
  while ((task = g_queue_pop_head (&self->answers)) != NULL)
    {
      if (task->history != NULL)
        aq_history_request_answer (g_steal_pointer (&task->history));
      else
        self->fetched (g_steal_pointer (&task->fetch), self->user_data);
      task_free (task);
    }
  unref (self);
}

static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  AqStoreReader *self = ((ReaderSource *) source)->reader;

  aq_wake_clear (self->answered_fd);
  pthread_mutex_lock (&self->lock);
  append_queue (&self->answers, &self->shared.answered);
  pthread_mutex_unlock (&self->lock);
  tell (self);
  return G_SOURCE_CONTINUE;
}

static GSource *
create_source (AqStoreReader *self)
{
  static GSourceFuncs funcs = { .dispatch = source_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (ReaderSource));

  g_source_set_static_name (source, "store reader");
  ((ReaderSource *) source)->reader = self;
  g_source_add_unix_fd (source, self->answered_fd, G_IO_IN);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
start (AqStoreReader  *self,
       GError    **error)
{
  int result;

  if (self->source != NULL)
    return TRUE;
  if (self->wake_fd < 0)
    self->wake_fd = aq_wake_new ();
  if (self->wake_fd >= 0 && self->answered_fd < 0)
    self->answered_fd = aq_wake_new ();
  result = self->wake_fd < 0 || self->answered_fd < 0 ? errno
           : aq_thread_start (&self->thread, reader_thread, self);
  if (result == 0)
    self->source = create_source (self);
  else
    aq_store_io_set_error (error, result, "start", "reader");
  return result == 0;
}

static void
stop (AqStoreReader *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);

  pthread_mutex_lock (&self->lock);
  self->shared.stop = TRUE;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
  pthread_join (self->thread, NULL);
}

/* called by the thread */
static guint64
get_keep (gpointer journal)
{
  return aq_journal_get_keep (journal);
}

/**
 * aq_store_reader_new:
 * @io: the system calls; used by the thread until the reader is closed or freed
 * @directory_fd: the store's directory, likewise
 * @journal_fd: the journal's directory, likewise
 * @store_id: the store's id
 * @journal: which segments are there, likewise
 * @use: which image to read, likewise
 * @fetched: called with each answered request for jobs
 * @user_data: for @fetched
 *
 * Returns: (transfer full): a reader; does nothing yet
 */
AqStoreReader *
aq_store_reader_new (AqStoreIo                *io,
                     int                       directory_fd,
                     int                       journal_fd,
                     const guint8              store_id[AQ_STORE_ID_SIZE],
                     AqJournal                *journal,
                     AqImageUse               *use,
                     AqStoreReaderFetchedFunc  fetched,
                     gpointer                  user_data)
{
  AqStoreReader *self = g_new0 (AqStoreReader, 1);

  self->ref_count = 1;
  self->wake_fd = -1;
  self->answered_fd = -1;
  self->fetched = fetched;
  self->user_data = user_data;
  self->history = aq_history_reader_new (io, journal_fd, store_id, get_keep, journal);
  aq_image_reader_init (&self->image, io, directory_fd, store_id, use);
  pthread_mutex_init (&self->lock, NULL);
  g_queue_init (&self->shared.requests);
  g_queue_init (&self->shared.answered);
  g_queue_init (&self->answers);
  return self;
}

static void
set_closed (Task *task)
{
  GError **error = task->history != NULL ? &task->history->error : &task->fetch->error;

  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "the store was closed");
}

/* everything that was asked and not told to self->answers, in its order; the thread has ended */
static void
gather (AqStoreReader *self)
{
  Task *task;

  append_queue (&self->answers, &self->shared.answered);
  while ((task = g_queue_pop_head (&self->shared.requests)) != NULL)
    {
      set_closed (task);
      g_queue_push_tail (&self->answers, task);
    }
}

/* without a close: nobody is told any more */
void
aq_store_reader_free (AqStoreReader *self)
{
  stop (self);
  gather (self);
  g_queue_clear_full (&self->answers, (GDestroyNotify) task_free);
  unref (self);
}

static void
push_task (AqStoreReader *self,
           Task           task)
{
  Task *copy = g_new (Task, 1);

  *copy = task;
  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->shared.requests, copy);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_store_reader_read_history:
 * @self: a reader
 * @end: how far the journal may be read
 * @request: (transfer full): a request
 *
 * Answers the request, in a later turn of the thread-default main context of the
 * first request.
 */
void
aq_store_reader_read_history (AqStoreReader           *self,
                              const AqJournalPosition *end,
                              AqHistoryRequest        *request)
{
  if (start (self, &request->error))
    push_task (self, (Task) { .history = request, .end = *end });
  else
    aq_history_request_answer_later (request);
}

/**
 * aq_store_reader_fetch:
 * @self: a reader
 * @request: (transfer full): a request
 *
 * Answers the request, likewise; at once if the thread cannot be started.
 */
void
aq_store_reader_fetch (AqStoreReader  *self,
                       AqFetchRequest *request)
{
  if (start (self, &request->error))
    push_task (self, (Task) { .fetch = request });
  else
    self->fetched (request, self->user_data);
}

/**
 * aq_store_reader_close:
 * @self: a reader
 *
 * Ends the thread, and tells all answers before this returns: what it had no
 * time for fails. The reader can only be freed after it.
 *
 * Errors, for the callbacks: `ASYNCQ_ERROR_STORE_FAILED`
 */
void
aq_store_reader_close (AqStoreReader *self)
{
  stop (self);
  gather (self);
  tell (self);
}
