/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Waiting for a job, or for something that is noted on it or that it says
 *
 * A wait ends when the job has completed, or has the annotation, or has said something, when its time is over,
 * or when its peer vanishes, whichever comes first.
 */

#include "config.h"

#include "bus/aq-bus-wait.h"

#include "bus/aq-bus-value.h"
#include "core/aq-engine-annotations.h"
#include "core/aq-engine-witness.h"

struct _AqBusWait
{
  AqBusCall    *call;  /* owned; NULL once answered */
  AqEngineWait *wait;  /* owned; NULL once it is over, or for an annotation */
  AqEngineAnnotationWait *annotation_wait; /* likewise, for its end */
  AqEngineLogWait *log_wait; /* likewise */
  AqTimer      *timer; /* owned, nullable */
  guint64       id;
};

/**
 * aq_bus_wait_free:
 * @self: (transfer full): a wait
 *
 * Ends it; a call that has no answer yet gets none.
 *
 * Since: 0.1
 */
void
aq_bus_wait_free (AqBusWait *self)
{
  g_clear_pointer (&self->wait, aq_engine_wait_cancel);
  g_clear_pointer (&self->annotation_wait, aq_engine_annotation_wait_cancel);
  g_clear_pointer (&self->log_wait, aq_engine_log_wait_cancel);
  g_clear_pointer (&self->timer, aq_timer_free);
  g_clear_pointer (&self->call, aq_bus_call_drop);
  g_free (self);
}

/* takes the call away, so that its peer forgets the wait without dropping the call */
static AqBusCall *
end (AqBusWait *self)
{
  AqBusCall *call = g_steal_pointer (&self->call);

  /* during aq_bus_wait_start() the peer does not know it yet: it is freed there */
  (void) g_hash_table_remove (aq_bus_peer_get_waits (call->peer), self);
  return call;
}

static void
on_awaited (AsyncqJobOutcome  outcome,
            AqResult         *result,
            const GError     *error,
            gpointer          user_data)
{
  AqBusWait *self = user_data;
  AqBusCall *call;

  self->wait = NULL;
  call = end (self);
  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
    }
  else
    {
      g_autoptr(GVariant) value = aq_result_to_variant (result);

      aq_bus_call_reply (call, g_variant_new ("(sv)", asyncq_job_outcome_to_string (outcome),
                                              aq_bus_value_new (value)));
    }
}

static void
on_time_out (gpointer user_data)
{
  AqBusWait *self = user_data;
  g_autoptr(GError) error = NULL;

  g_set_error (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT,
               "job %" G_GUINT64_FORMAT " has not completed in the time given", self->id);
  aq_bus_call_fail (end (self), error);
}

static AqTimer *
start_timer (AqBusWait *self,
             gint64     timeout_usec)
{
  AqClock *clock = aq_engine_get_clock (aq_bus_call_get_engine (self->call));
  gint64 now = aq_clock_get_monotonic (clock);

  return aq_timer_new (clock, AQ_CLOCK_MONOTONIC,
                       timeout_usec > G_MAXINT64 - now ? G_MAXINT64 : now + timeout_usec,
                       on_time_out, self);
}

/**
 * aq_bus_wait_start:
 * @call: (transfer full): a call of Job1.Wait
 * @id: the job
 * @timeout_usec: monotonic time, microseconds; negative: for ever
 *
 * Answers @call when the job has completed, or with `TimedOut`, or with
 * `NoSuchJob`.
 *
 * Since: 0.1
 */
void
aq_bus_wait_start (AqBusCall *call,
                   guint64    id,
                   gint64     timeout_usec)
{
  AqEngine *engine = aq_bus_call_get_engine (call);
  AqBusWait *self = g_new0 (AqBusWait, 1);
  AqEngineWait *wait;

  self->call = call;
  self->id = id;
  wait = aq_engine_wait (engine, id, on_awaited, self);
  if (self->call == NULL)
    {
      /* answered already */
      aq_bus_wait_free (self);
      return;
    }
  self->wait = wait;
  if (timeout_usec >= 0)
    self->timer = start_timer (self, timeout_usec);
  (void) g_hash_table_add (aq_bus_peer_get_waits (call->peer), self);
}

static void
on_annotation (GVariant     *value,
               const GError *error,
               gpointer      user_data)
{
  AqBusWait *self = user_data;
  g_autoptr(GError) none = NULL;

  self->annotation_wait = NULL;
  if (error == NULL && value == NULL)
    none = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT,
                        "job %" G_GUINT64_FORMAT " has no such annotation, or not in the time given", self->id);
  if (error != NULL || none != NULL)
    aq_bus_call_fail (end (self), error != NULL ? error : none);
  else
    aq_bus_call_reply (end (self), g_variant_new ("(v)", aq_bus_value_new (value)));
}

/**
 * aq_bus_wait_start_annotation:
 * @call: (transfer full): a call of Job1.Annotation
 * @id: the job
 * @key: which annotation
 * @timeout_usec: monotonic time, microseconds; 0: not at all; negative: for ever
 * @poll_usec: as in aq_engine_get_annotation()
 *
 * Answers @call when the job has the annotation, or with `TimedOut`, or with what
 * aq_engine_get_annotation() fails with.
 *
 * Since: 0.1
 */
void
aq_bus_wait_start_annotation (AqBusCall  *call,
                              guint64     id,
                              const char *key,
                              gint64      timeout_usec,
                              gint64      poll_usec)
{
  AqBusWait *self = g_new0 (AqBusWait, 1);

  self->call = call;
  self->id = id;
  (void) g_hash_table_add (aq_bus_peer_get_waits (call->peer), self);
  self->annotation_wait = aq_engine_get_annotation (aq_bus_call_get_engine (call), id, key, timeout_usec, poll_usec,
                                                    on_annotation, self);
}

static void
on_log (GVariant     *value,
        const GError *error,
        gpointer      user_data)
{
  AqBusWait *self = user_data;

  self->log_wait = NULL;
  if (error != NULL)
    aq_bus_call_fail (end (self), error);
  else
    aq_bus_call_reply (end (self), value);
}

/**
 * aq_bus_wait_start_log:
 * @call: (transfer full): a call of Job1.GetLog
 * @id: the job
 * @attempt: number of an attempt, from 1; 0: the newest
 * @from: number of the first line that is wanted
 * @timeout_usec: monotonic time, microseconds; 0: not at all; negative: for ever
 *
 * Answers @call when there is such a line, or none will come, or the time is over;
 * or with what aq_engine_read_log() fails with.
 *
 * Since: 0.1
 */
void
aq_bus_wait_start_log (AqBusCall *call,
                       guint64    id,
                       guint      attempt,
                       guint64    from,
                       gint64     timeout_usec)
{
  AqBusWait *self = g_new0 (AqBusWait, 1);
  AqEngineLogWait *wait;

  self->call = call;
  self->id = id;
  wait = aq_engine_read_log (aq_bus_call_get_engine (call), id, attempt, from, timeout_usec, on_log, self);
  if (self->call == NULL)
    {
      /* answered already */
      aq_bus_wait_free (self);
      return;
    }
  self->log_wait = wait;
  (void) g_hash_table_add (aq_bus_peer_get_waits (call->peer), self);
}
