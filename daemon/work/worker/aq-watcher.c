/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The thread beside the one that runs functions
 *
 * The runner reads the socket itself while it waits, so that a short job costs
 * no hop between threads. While a function runs nobody reads; so the runner arms
 * a timer when it takes a batch and disarms it when it waits again. Only when a
 * function is at it for AQ_WIRE_SHORT_NSEC does the watcher take the socket over:
 * it gives back the jobs of the batch that have not begun, so that none waits
 * behind a long one, passes on cancellation, takes answers (see aq-asker.c), and
 * sees the end of the socket. It does so at once when the function waits for an
 * answer. The same holds for the callbacks of deferred jobs, see aq-turn.c.
 * When the function returns, the runner stops it and goes on alone.
 *
 * `lock` guards the whole struct. The runner holds it between two jobs, never
 * while a function or a callback runs; whoever holds it may use the channel, but a
 * runner that waits for frames does so without it, which is safe as the watcher
 * only reads while is_busy(), and only the runner changes that.
 * RETURNED is sent under the lock while a function runs, and the runner takes the
 * lock before it sends that job's DONE: so a job is given back before the one in
 * front of it is done, and never after it has begun.
 *
 * The running function is cancelled in this thread, as its own is taken. A deferred
 * job is cancelled in the main thread, so that its callbacks need no locks.
 */

#include "config.h"

#include "work/worker/aq-watcher.h"

#include "work/worker/aq-crash.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

gint64
aq_watcher_now_nsec (void)
{
  struct timespec now;

  /* cannot fail with this clock. AqClock is the daemon's; this only measures. */
  (void) clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* 0 disarms */
static void
set_timer (AqWatcher *self,
           gint64     nsec)
{
  struct itimerspec when = { .it_value = { .tv_nsec = (long) nsec } };

  if (timerfd_settime (self->timer_fd, 0, &when, NULL) < 0)
    aq_channel_give_up (g_strerror (errno));
}

/* Returns: (nullable) (transfer none): the job, unless it is over */
AqTask *
aq_watcher_find (AqWatcher *self,
                 guint64    lease)
{
  if (self->current != NULL && self->current->lease == lease)
    return self->current;
  return g_hash_table_size (self->deferred) == 0 ? NULL : g_hash_table_lookup (self->deferred, &lease);
}

/* the job of that lease is to be cancelled; whoever may do that, does */
void
aq_watcher_mark_to_cancel (AqWatcher *self,
                           guint64    lease)
{
  AqTask *task = aq_watcher_find (self, lease);

  if (task == NULL)
    return; /* it is over: the two have crossed */
  task->cancel = TRUE;
  self->cancel = TRUE;
}

/* whether several jobs of one function may be open: none waits for another one */
gboolean
aq_watcher_is_concurrent (AqWatcher *self)
{
  GHashTableIter iter;
  gpointer task = self->current;

  g_hash_table_iter_init (&iter, self->deferred);
  if (task == NULL && !g_hash_table_iter_next (&iter, NULL, &task))
    return FALSE;
  return ((AqTask *) task)->callable->function->n_concurrent > 1;
}

static gboolean
sift_frame (const AqWireFrame *frame,
            gpointer           user_data)
{
  AqWatcher *self = ((gpointer *) user_data)[0];
  GArray *leases = ((gpointer *) user_data)[1];
  g_autoptr(GError) error = NULL;
  guint64 lease;
  AqWireRun run;

  switch (frame->kind)
    {
    case AQ_WIRE_RUN:
      /* while a plugin is loaded, the job that it is loaded for is next */
      if (self->activity == AQ_ACTIVITY_LOADING)
        return FALSE;
      if (!aq_wire_parse_run (frame, &run, &error))
        aq_channel_give_up (error->message);
      g_array_append_val (leases, run.lease);
      return TRUE;

    case AQ_WIRE_CANCEL:
      if (self->activity == AQ_ACTIVITY_LOADING)
        return FALSE;
      if (!aq_wire_parse_cancel (frame, &lease, &error))
        aq_channel_give_up (error->message);
      aq_watcher_mark_to_cancel (self, lease);
      return TRUE;

    case AQ_WIRE_ANSWER:
      if (!aq_asker_take_answer (self, frame, &error))
        aq_channel_give_up (error->message);
      return TRUE;

    default:
      return FALSE;
    }
}

/* Without the lock: what is called is the plugin's. The job stays the same, as the runner
 * waits at its end for the watcher. */
static void
cancel_current (AqWatcher *self)
{
  g_autoptr(AqWorkerContext) context = g_object_ref (self->current->context);

  self->current->cancel = FALSE;
  pthread_mutex_unlock (&self->lock);
  aq_worker_context_cancel (context);
  pthread_mutex_lock (&self->lock);
}

/* Who waits for something on behalf of a job that is to stop gives way at once. */
static void
cancel_marked (AqWatcher *self)
{
  GHashTableIter iter;
  gpointer task;

  if (self->current != NULL && self->current->cancel)
    self->current->cancelled = TRUE;
  g_hash_table_iter_init (&iter, self->deferred);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    ((AqTask *) task)->cancelled |= ((AqTask *) task)->cancel;
  aq_asker_wake (self);
  if (self->current != NULL && self->current->cancel)
    cancel_current (self);
  self->cancel = g_hash_table_size (self->deferred) > 0;
}

/* Gives back what has not begun, and sees to cancellation. The first RETURNED while a
 * function runs also says that it takes its time, and is sent in any case, unless others
 * need not wait for it. */
static void
sift (AqWatcher *self,
      gboolean   first)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  gpointer both[] = { self, leases };
  gboolean is_concurrent = aq_watcher_is_concurrent (self);
  g_autoptr(GError) error = NULL;

  if (!aq_wire_sift (&self->channel.in, sift_frame, both, &error))
    aq_channel_give_up (error->message);
  if (leases->len > 0 || (first && self->activity == AQ_ACTIVITY_RUNNING && !is_concurrent))
    {
      aq_wire_append_returned (&self->out, (const guint64 *) (gpointer) leases->data, leases->len);
      aq_channel_send (&self->channel, &self->out);
      self->gave_back = is_concurrent;
    }
  if (self->cancel)
    cancel_marked (self);
}

static gboolean
is_busy (AqWatcher *self)
{
  return self->activity >= AQ_ACTIVITY_LOADING;
}

/* Reads the socket until the function has returned. */
static void
watch (AqWatcher *self)
{
  struct pollfd fds[] = { { self->channel.fd, POLLIN }, { self->wake_fd, POLLIN } };
  eventfd_t count;

  self->watching = TRUE;
  self->hurry = FALSE;
  sift (self, TRUE);
  while (is_busy (self))
    {
      int wait_msec = aq_asker_get_wait (self);
      int n_ready;

      pthread_mutex_unlock (&self->lock);
      n_ready = poll (fds, G_N_ELEMENTS (fds), wait_msec);
      pthread_mutex_lock (&self->lock);

      if (!is_busy (self))
        break;
      aq_asker_tell_due (self);
      if (n_ready > 0 && fds[1].revents != 0)
        (void) eventfd_read (self->wake_fd, &count);
      if (n_ready <= 0 || fds[0].revents == 0)
        continue;
      if (!aq_channel_receive_ready (&self->channel))
        aq_channel_give_up (NULL);
      self->has_read = TRUE;
      sift (self, FALSE);
    }
  (void) eventfd_read (self->wake_fd, &count);
  self->watching = FALSE;
  pthread_cond_signal (&self->stopped);
}

/* Returns: how long until the next look; 0 for none */
static gint64
look (AqWatcher *self)
{
  gint64 age_nsec;

  if (self->activity == AQ_ACTIVITY_IDLE || self->activity == AQ_ACTIVITY_WAITING)
    return 0;
  if (self->activity == AQ_ACTIVITY_BETWEEN)
    return AQ_WIRE_SHORT_NSEC;

  age_nsec = aq_watcher_now_nsec () - self->begun_nsec;
  if (age_nsec < AQ_WIRE_SHORT_NSEC && !self->hurry)
    return AQ_WIRE_SHORT_NSEC - age_nsec;

  watch (self);
  return AQ_WIRE_SHORT_NSEC;
}

G_NORETURN
static void *
watcher_thread (void *data)
{
  AqWatcher *self = data;

  aq_crash_guard_thread (); /* handlers of cancellation run here */
  pthread_mutex_lock (&self->lock);
  while (TRUE)
    {
      guint64 n_fired;
      gint64 next_nsec;
      gssize n_read;

      pthread_mutex_unlock (&self->lock);
      n_read = read (self->timer_fd, &n_fired, sizeof n_fired);
      pthread_mutex_lock (&self->lock);
      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        aq_channel_give_up (g_strerror (errno));

      next_nsec = look (self);
      if (next_nsec > 0)
        set_timer (self, next_nsec);
    }
}

/**
 * aq_watcher_init:
 * @self: (out): a watcher
 * @channel_fd: the socket to the daemon
 *
 * The thread is for aq_watcher_start() to start.
 */
void
aq_watcher_init (AqWatcher *self,
                 int        channel_fd)
{
  *self = (AqWatcher) { .activity = AQ_ACTIVITY_IDLE };
  self->deferred = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) aq_task_free);
  g_queue_init (&self->ended);
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->stopped, NULL);
  aq_channel_init (&self->channel, channel_fd);
  aq_asker_init (self);
  self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->timer_fd < 0 || self->wake_fd < 0)
    aq_channel_give_up (g_strerror (errno));
}

/**
 * aq_watcher_start:
 * @self: a watcher
 *
 * Starts the watcher's thread, unless it has one. It takes no signals but the one
 * that says that the daemon is gone. Not before the first plugin is to be loaded:
 * a process that confines itself has one thread.
 */
void
aq_watcher_start (AqWatcher *self)
{
  pthread_t thread;
  sigset_t all;
  sigset_t old;
  int result;

  if (G_LIKELY (self->started))
    return;
  self->started = TRUE;
  sigfillset (&all);
  sigdelset (&all, SIGHUP);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  result = pthread_create (&thread, NULL, watcher_thread, self);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  if (result != 0)
    aq_channel_give_up (g_strerror (result));
  pthread_detach (thread);
}

/**
 * aq_watcher_receive:
 * @self: a watcher, locked
 *
 * Waits for frames, with the lock released and the timer disarmed meanwhile.
 *
 * Returns: %FALSE at the end of the socket
 */
gboolean
aq_watcher_receive (AqWatcher *self)
{
  gboolean received;

  if (self->activity != AQ_ACTIVITY_IDLE)
    set_timer (self, 0);
  self->activity = AQ_ACTIVITY_IDLE;
  pthread_mutex_unlock (&self->lock);

  received = aq_channel_receive (&self->channel);

  pthread_mutex_lock (&self->lock);
  self->activity = AQ_ACTIVITY_BETWEEN;
  set_timer (self, AQ_WIRE_SHORT_NSEC);
  return received;
}

/**
 * aq_watcher_wait:
 * @self: a watcher, locked, and not watching
 *
 * Says that the runner is about to wait for frames and other things, without the
 * lock. aq_watcher_begin() says that it goes on.
 */
void
aq_watcher_wait (AqWatcher *self)
{
  self->activity = AQ_ACTIVITY_WAITING;
  set_timer (self, 0);
}

/**
 * aq_watcher_begin:
 * @self: a watcher, locked
 * @activity: LOADING, RUNNING or DISPATCHING
 *
 * Says what the runner is about to do. It does that without the lock.
 */
void
aq_watcher_begin (AqWatcher  *self,
                  AqActivity  activity)
{
  if (self->activity == AQ_ACTIVITY_WAITING)
    set_timer (self, AQ_WIRE_SHORT_NSEC);
  self->activity = activity;
  self->hurry = FALSE;
  self->begun_nsec = aq_watcher_now_nsec ();
}

/**
 * aq_watcher_end:
 * @self: a watcher, locked
 *
 * Says that it is over. The socket is the runner's again on return.
 */
void
aq_watcher_end (AqWatcher *self)
{
  self->activity = AQ_ACTIVITY_BETWEEN;
  if (!self->watching)
    return;

  (void) eventfd_write (self->wake_fd, 1);
  while (self->watching)
    pthread_cond_wait (&self->stopped, &self->lock);
}

/**
 * aq_watcher_hurry:
 * @self: a watcher, locked, while a function runs
 *
 * Makes the watcher read the socket now and not when the function is at it for a
 * while.
 */
void
aq_watcher_hurry (AqWatcher *self)
{
  /* else the main thread reads it */
  if (self->watching || self->hurry || !is_busy (self))
    return;
  self->hurry = TRUE;
  set_timer (self, 1);
}

/* who waits for frames, the watcher or the runner, looks again what there is to do */
void
aq_watcher_wake (AqWatcher *self)
{
  if (self->watching || self->activity == AQ_ACTIVITY_WAITING)
    (void) eventfd_write (self->wake_fd, 1);
}

/**
 * aq_watcher_cancel_deferred:
 * @self: a watcher, locked, by the runner
 *
 * Cancels the deferred jobs that are to be, without the lock.
 */
void
aq_watcher_cancel_deferred (AqWatcher *self)
{
  g_autoptr(GPtrArray) contexts = NULL;
  GHashTableIter iter;
  gpointer value;

  if (!self->cancel)
    return;
  self->cancel = FALSE;
  contexts = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_iter_init (&iter, self->deferred);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AqTask *task = value;

      if (!task->cancel)
        continue;
      task->cancel = FALSE;
      task->cancelled = TRUE;
      g_ptr_array_add (contexts, g_object_ref (task->context));
    }
  if (contexts->len == 0)
    return;

  aq_asker_wake (self);
  aq_watcher_begin (self, AQ_ACTIVITY_DISPATCHING);
  pthread_mutex_unlock (&self->lock);
  for (guint i = 0; i < contexts->len; i++)
    aq_worker_context_cancel (g_ptr_array_index (contexts, i));
  pthread_mutex_lock (&self->lock);
  aq_watcher_end (self);
}

/**
 * aq_watcher_defer:
 * @self: a watcher, locked
 * @task: the job whose function has returned; moved
 *
 * Notes that the job is open for longer.
 */
void
aq_watcher_defer (AqWatcher *self,
                  AqTask    *task)
{
  AqTask *deferred = aq_task_defer (task);

  (void) g_hash_table_insert (self->deferred, &deferred->lease, deferred);
}

/**
 * aq_watcher_note_end:
 * @self: a watcher, not locked
 * @lease: of a deferred job
 *
 * Says that how it ended is known. One whose function has not returned yet is
 * seen to then.
 */
void
aq_watcher_note_end (AqWatcher *self,
                     guint64    lease)
{
  AqTask *task;

  pthread_mutex_lock (&self->lock);
  task = g_hash_table_lookup (self->deferred, &lease);
  if (task != NULL)
    {
      g_queue_push_tail (&self->ended, task);
      aq_watcher_wake (self);
    }
  pthread_mutex_unlock (&self->lock);
}

/* Returns: (transfer full) (nullable): the next deferred job that has ended; it is not among the others any more */
AqTask *
aq_watcher_take_ended (AqWatcher *self)
{
  AqTask *task = g_queue_pop_head (&self->ended);

  if (task != NULL)
    (void) g_hash_table_steal (self->deferred, &task->lease);
  return task;
}
