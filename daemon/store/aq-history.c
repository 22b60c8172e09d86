/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * History
 *
 *   loop:    request, and how far the journal is flushed → `requests`
 *   thread:  `requests` → reader → `answered`, eventfd     (→ loop: callback)
 *
 * The thread starts with the first request. It is the only one to use the reader,
 * and sees of the journal nothing but what the request says and the files.
 *
 * The mutex guards the members of `shared`, and is held for the time of a few
 * assignments. A request belongs to whoever took it out of there.
 */

#include "config.h"

#include "store/aq-history.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-thread.h"

#include <errno.h>

/* after so long without a request the reader lets go of its file and its bytes */
#define REST_AFTER_MSEC 1000

typedef struct
{
  AqJournalPosition  end;
  AqHistoryRequest  *request; /* owned */
} Task;

typedef struct
{
  GSource    source;
  AqHistory *history; /* borrowed */
} HistorySource;

struct _AqHistory
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
    GQueue   answered; /* of AqHistoryRequest, owned */
    gboolean stop;
  } shared;

  /* the loop's */
  guint            ref_count;
  GSource         *source;   /* owned; NULL: there is no thread */
  GQueue           answers;  /* of AqHistoryRequest, owned: being told */

  /* the thread's */
  AqHistoryReader *reader;   /* owned */
};

static AqHistoryRequest *
task_free (Task *self)
{
  AqHistoryRequest *request = self->request;

  g_free (self);
  return request;
}

/* the thread's side */

/* Returns: whether there is one in @out_task, or an order to stop, and then none */
static gboolean
take_task (AqHistory *self,
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
answer_task (AqHistory *self,
             Task      *task)
{
  AqHistoryRequest *request = task->request;

  (void) aq_history_reader_read (self->reader, &task->end, request->after_sequence,
                                 request->max_changes, request->changes,
                                 &request->error); /* which is the answer */
  (void) task_free (task);

  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->shared.answered, request);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->answered_fd);
}

static gpointer
history_thread (gpointer data)
{
  AqHistory *self = data;
  gboolean resting = TRUE;

  for (;;)
    {
      Task *task;

      if (!take_task (self, &task))
        {
          if (aq_wake_wait (self->wake_fd, resting ? -1 : REST_AFTER_MSEC))
            continue;
          aq_history_reader_rest (self->reader);
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
unref (AqHistory *self)
{
  if (--self->ref_count > 0)
    return;

  g_queue_clear_full (&self->answers, (GDestroyNotify) aq_history_request_free);
  aq_wake_free (self->wake_fd);
  aq_wake_free (self->answered_fd);
  aq_history_reader_free (self->reader);
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
tell (AqHistory *self)
{
  AqHistoryRequest *request;

  self->ref_count++;
  while ((request = g_queue_pop_head (&self->answers)) != NULL)
    aq_history_request_answer (request);
  unref (self);
}

static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  AqHistory *self = ((HistorySource *) source)->history;

  aq_wake_clear (self->answered_fd);
  pthread_mutex_lock (&self->lock);
  append_queue (&self->answers, &self->shared.answered);
  pthread_mutex_unlock (&self->lock);
  tell (self);
  return G_SOURCE_CONTINUE;
}

static GSource *
create_source (AqHistory *self)
{
  static GSourceFuncs funcs = { .dispatch = source_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (HistorySource));

  g_source_set_static_name (source, "history");
  ((HistorySource *) source)->history = self;
  g_source_add_unix_fd (source, self->answered_fd, G_IO_IN);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
start (AqHistory  *self,
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
           : aq_thread_start (&self->thread, history_thread, self);
  if (result == 0)
    self->source = create_source (self);
  else
    aq_store_io_set_error (error, result, "start", "history");
  return result == 0;
}

static void
stop (AqHistory *self)
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

/**
 * aq_history_new:
 * @io: the system calls; used by the thread until the history is closed or freed
 * @directory_fd: the journal's directory, likewise
 * @store_id: the store's id
 *
 * Returns: (transfer full): the history of a journal; does nothing yet
 */
AqHistory *
aq_history_new (AqStoreIo    *io,
                int           directory_fd,
                const guint8  store_id[AQ_STORE_ID_SIZE])
{
  AqHistory *self = g_new0 (AqHistory, 1);

  self->ref_count = 1;
  self->wake_fd = -1;
  self->answered_fd = -1;
  self->reader = aq_history_reader_new (io, directory_fd, store_id);
  pthread_mutex_init (&self->lock, NULL);
  g_queue_init (&self->shared.requests);
  g_queue_init (&self->shared.answered);
  g_queue_init (&self->answers);
  return self;
}

/* everything that was asked and not told to self->answers, in its order; the thread has ended */
static void
gather (AqHistory *self)
{
  Task *task;

  append_queue (&self->answers, &self->shared.answered);
  while ((task = g_queue_pop_head (&self->shared.requests)) != NULL)
    {
      AqHistoryRequest *request = task_free (task);

      g_set_error_literal (&request->error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED,
                           "the store was closed");
      g_queue_push_tail (&self->answers, request);
    }
}

/* without a close: nobody is told any more */
void
aq_history_free (AqHistory *self)
{
  stop (self);
  gather (self);
  g_queue_clear_full (&self->answers, (GDestroyNotify) aq_history_request_free);
  unref (self);
}

/**
 * aq_history_read:
 * @self: a history
 * @end: how far the journal may be read
 * @request: (transfer full): a request
 *
 * Answers the request, in a later turn of the thread-default main context of the
 * first request.
 */
void
aq_history_read (AqHistory               *self,
                 const AqJournalPosition *end,
                 AqHistoryRequest        *request)
{
  Task *task;

  if (!start (self, &request->error))
    {
      aq_history_request_answer_later (request);
      return;
    }
  task = g_new (Task, 1);
  *task = (Task) { .end = *end, .request = request };

  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (&self->shared.requests, task);
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_history_close:
 * @self: a history
 *
 * Ends the thread, and tells all answers before this returns: what it had no
 * time for fails. The history can only be freed after it.
 *
 * Errors, for the callbacks: `ASYNCQ_ERROR_STORE_FAILED`
 */
void
aq_history_close (AqHistory *self)
{
  stop (self);
  gather (self);
  tell (self);
}
