/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What jobs ask the daemon for
 *
 * A question goes out from the thread of the function, or from another one that
 * the function has started; its answer is read by the main thread while that waits
 * for something to do, else by the watcher, which takes the socket over as soon as
 * somebody waits. Each question is answered, also those that nobody waits for: so
 * it is known how many a job has open, and who asks faster than the daemon answers
 * has to wait.
 *
 * Progress is told when a tenth of a second has gone by since the last time, by
 * whoever notices first: the function with its next call, the watcher, or the
 * main thread, at the latest before it tells that the job is done.
 *
 * When the job has ended, its questions are void. Everything here is guarded by
 * the watcher's lock; aq_asker_ask(), aq_asker_tell() and aq_asker_set_progress()
 * take it.
 */

#include "config.h"

#include "work/worker/aq-asker.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-watcher.h"

#define PROGRESS_NSEC (100 * 1000 * 1000)
#define NSEC_PER_MSEC (1000 * 1000)

/* the last progress of a job always finds a place */
#define MAX_OPEN (AQ_WIRE_MAX_QUESTIONS - 1)

/* one thread that waits for an answer */
typedef struct
{
  guint64   number;
  gboolean  answered;
  GVariant *value;   /* owned; nullable */
  GError   *failure; /* owned; nullable */
} Waiting;

void
aq_asker_init (AqWatcher *watcher)
{
  watcher->asker = (AqAsker) { .last_number = 0 };
  pthread_cond_init (&watcher->asker.answered, NULL);
}

static void
send_question (AqWatcher *watcher,
               AqTask    *task,
               AqWireAsk *ask)
{
  ask->number = ++watcher->asker.last_number;
  task->n_open++;
  aq_wire_append_ask (&watcher->out, ask);
  aq_channel_send (&watcher->channel, &watcher->out);
}

static void
tell_progress (AqWatcher *watcher,
               AqTask    *task)
{
  g_autoptr(GVariant) progress = g_steal_pointer (&task->progress);
  AqWireAsk ask = { .lease = task->lease, .question = AQ_WIRE_SET_ANNOTATION, .name = "progress" };

  aq_wire_value_set (&ask.value, progress);
  send_question (watcher, task, &ask);
}

/* The job has ended, and is no more among those of the watcher: its last progress goes first, and nobody
 * waits any longer. */
void
aq_asker_end (AqWatcher *watcher,
              AqTask    *task)
{
  if (task->progress != NULL)
    tell_progress (watcher, task);
  if (task->n_open > 0)
    pthread_cond_broadcast (&watcher->asker.answered);
}

/* those who wait look again whether they still have to */
void
aq_asker_wake (AqWatcher *watcher)
{
  pthread_cond_broadcast (&watcher->asker.answered);
}

/* Somebody reads the socket by then, or begins to. */
static void
wait_for_answers (AqWatcher *watcher)
{
  aq_watcher_hurry (watcher);
  pthread_cond_wait (&watcher->asker.answered, &watcher->lock);
}

/* Waits until the question may go out. Returns: (nullable): the job, which may be over once the lock was released */
static AqTask *
wait_for_place (AqWatcher  *watcher,
                guint64     lease,
                GError    **error)
{
  AqTask *task = aq_watcher_find (watcher, lease);

  while (task != NULL && task->n_open >= MAX_OPEN)
    {
      wait_for_answers (watcher);
      task = aq_watcher_find (watcher, lease);
    }
  if (task == NULL)
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "the function has returned already");
  return task;
}

static gboolean
is_open (AqWatcher       *watcher,
         const AqWireAsk *ask)
{
  AqTask *task = aq_watcher_find (watcher, ask->lease);

  /* anything but an annotation is there soon, and must be known */
  return task != NULL && !(task->cancelled && ask->question == AQ_WIRE_GET_ANNOTATION);
}

static void
wait_for_answer (AqWatcher       *watcher,
                 Waiting         *waiting,
                 const AqWireAsk *ask)
{
  watcher->asker.waiting = g_slist_prepend (watcher->asker.waiting, waiting);
  while (!waiting->answered && is_open (watcher, ask))
    wait_for_answers (watcher);
  watcher->asker.waiting = g_slist_remove (watcher->asker.waiting, waiting);
  if (!waiting->answered)
    waiting->failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CANCELLED, "the job is to stop");
}

/**
 * aq_asker_ask:
 * @watcher: the watcher, not locked
 * @ask: the question; its number is set here
 * @out_value: (out) (transfer full) (nullable): the answer
 * @error: return location for an error
 *
 * Asks the daemon and waits for its answer.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if the function has returned already;
 * `ASYNCQ_ERROR_CANCELLED`; or what the daemon answers.
 */
gboolean
aq_asker_ask (AqWatcher  *watcher,
              AqWireAsk  *ask,
              GVariant  **out_value,
              GError    **error)
{
  Waiting waiting = { 0 };
  AqTask *task;

  pthread_mutex_lock (&watcher->lock);
  task = wait_for_place (watcher, ask->lease, error);
  if (task != NULL)
    {
      send_question (watcher, task, ask);
      waiting.number = ask->number;
      wait_for_answer (watcher, &waiting, ask);
    }
  pthread_mutex_unlock (&watcher->lock);
  if (task == NULL)
    return FALSE;

  if (waiting.failure != NULL)
    {
      g_propagate_error (error, waiting.failure);
      return FALSE;
    }
  *out_value = waiting.value;
  return TRUE;
}

/**
 * aq_asker_tell:
 * @watcher: the watcher, not locked
 * @ask: the question; its number is set here
 * @error: return location for an error
 *
 * Tells the daemon something whose answer nobody waits for.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if the function has returned already.
 */
gboolean
aq_asker_tell (AqWatcher  *watcher,
               AqWireAsk  *ask,
               GError    **error)
{
  AqTask *task;

  pthread_mutex_lock (&watcher->lock);
  task = wait_for_place (watcher, ask->lease, error);
  if (task != NULL)
    send_question (watcher, task, ask);
  pthread_mutex_unlock (&watcher->lock);
  return task != NULL;
}

/**
 * aq_asker_log:
 * @watcher: the watcher, not locked
 * @ask: a line for the log of a job
 *
 * Tells the daemon a line. It is not answered, so nobody waits for a place; one
 * that comes after the job has ended is nobody's.
 */
void
aq_asker_log (AqWatcher *watcher,
              AqWireAsk *ask)
{
  pthread_mutex_lock (&watcher->lock);
  if (aq_watcher_find (watcher, ask->lease) != NULL)
    {
      aq_wire_append_ask (&watcher->out, ask);
      aq_channel_send (&watcher->channel, &watcher->out);
    }
  pthread_mutex_unlock (&watcher->lock);
}

/* Returns: how long the newest progress has to wait; 0 or less: it may go */
static gint64
progress_wait_nsec (const AqTask *task)
{
  if (task->told_nsec == 0)
    return 0;
  return task->told_nsec + PROGRESS_NSEC - aq_watcher_now_nsec ();
}

static void
tell_due (AqWatcher *watcher,
          AqTask    *task)
{
  if (task->progress == NULL || task->n_open >= MAX_OPEN || progress_wait_nsec (task) > 0)
    return;
  task->told_nsec = aq_watcher_now_nsec ();
  tell_progress (watcher, task);
}

/* Tells the newest progress of each job for which it is time. */
void
aq_asker_tell_due (AqWatcher *watcher)
{
  GHashTableIter iter;
  gpointer task;

  if (watcher->current != NULL)
    tell_due (watcher, watcher->current);
  g_hash_table_iter_init (&iter, watcher->deferred);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    tell_due (watcher, task);
}

static int
sooner (int           wait_msec,
        const AqTask *task)
{
  int own_msec;

  if (task->progress == NULL || task->n_open >= MAX_OPEN)
    return wait_msec;
  own_msec = (int) (MAX (progress_wait_nsec (task), 0) / NSEC_PER_MSEC) + 1;
  return wait_msec < 0 ? own_msec : MIN (wait_msec, own_msec);
}

/* Returns: how long one may wait for frames, in milliseconds; -1: as long as it takes */
int
aq_asker_get_wait (AqWatcher *watcher)
{
  int wait_msec = -1;
  GHashTableIter iter;
  gpointer task;

  if (watcher->current != NULL)
    wait_msec = sooner (wait_msec, watcher->current);
  g_hash_table_iter_init (&iter, watcher->deferred);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    wait_msec = sooner (wait_msec, task);
  return wait_msec;
}

/**
 * aq_asker_set_progress:
 * @watcher: the watcher, not locked
 * @lease: of the job
 * @progress: `(dtts)`
 *
 * Notes how far the job is.
 */
void
aq_asker_set_progress (AqWatcher *watcher,
                       guint64    lease,
                       GVariant  *progress)
{
  AqTask *task;

  (void) g_variant_get_data (progress); /* serialises it here, and not in the watcher's thread */

  pthread_mutex_lock (&watcher->lock);
  task = aq_watcher_find (watcher, lease);
  if (task != NULL)
    {
      gboolean was_pending = task->progress != NULL;

      g_clear_pointer (&task->progress, g_variant_unref);
      task->progress = g_variant_ref (progress);
      tell_due (watcher, task);
      /* who waits for frames may do so without an end */
      if (!was_pending && task->progress != NULL)
        aq_watcher_wake (watcher);
    }
  pthread_mutex_unlock (&watcher->lock);
}

static GError *
failure_of (const AqWireAnswer *answer)
{
  g_autoptr(GVariant) value = aq_wire_value_dup (&answer->value);
  const char *domain;
  const char *message;
  gint32 code;

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE ("(sis)")))
    return g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "the daemon does not say why");
  g_variant_get (value, "(&si&s)", &domain, &code, &message);
  return g_error_new_literal (g_quark_from_string (domain), code, message);
}

/**
 * aq_asker_take_answer:
 * @watcher: the watcher, locked
 * @frame: an ANSWER
 * @error: return location for an error
 *
 * Gives an answer to who waits for it. One to a job that is over is dropped.
 */
gboolean
aq_asker_take_answer (AqWatcher          *watcher,
                      const AqWireFrame  *frame,
                      GError            **error)
{
  AqWireAnswer answer;
  AqTask *task;

  if (!aq_wire_parse_answer (frame, &answer, error))
    return FALSE;
  task = aq_watcher_find (watcher, answer.lease);
  if (task == NULL || task->n_open == 0)
    return TRUE;

  task->n_open--;
  for (GSList *l = watcher->asker.waiting; l != NULL; l = l->next)
    {
      Waiting *waiting = l->data;

      if (waiting->number != answer.number)
        continue;
      waiting->answered = TRUE;
      if (answer.failed)
        waiting->failure = failure_of (&answer);
      else
        waiting->value = aq_wire_value_dup (&answer.value);
    }
  pthread_cond_broadcast (&watcher->asker.answered);
  return TRUE;
}
