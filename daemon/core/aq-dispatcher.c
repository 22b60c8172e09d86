/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Dispatcher
 *
 * Two rings in memory: the newest polls, and which jobs were claimed last and
 * in which poll. Everything else about a job is read from the store when it is
 * asked for, so remembering a claim costs next to nothing.
 */

#include "config.h"

#include "core/aq-dispatcher-private.h"

#include "core/aq-event-log.h"
#include "core/aq-lane.h"

#include <string.h>

/* how late a poll may open before the dispatcher counts as stuck */
#define PATIENCE_USEC G_USEC_PER_SEC

static void
free_claimed (gpointer data)
{
  AqClaimed *claimed = data;

  g_ref_string_release (claimed->agent);
  g_free (claimed);
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

void
aq_dispatcher_read (AqDispatcher *self,
          AqRule        rule,
          gpointer      event)
{
  static const AqActor nobody = { 0, "" };

  aq_store_apply (aq_engine_get_store (self->engine), &nobody, rule, event, on_nothing, NULL);
}

/* jobs */

static void
forget (AqDispatcher *self,
        AqClaimed      *claimed)
{
  g_queue_unlink (&self->jobs, &claimed->link);
  g_hash_table_remove (self->by_id, &claimed->id);
}

static void
remember (AqDispatcher *self,
          const AqJob  *job,
          AqAgent      *agent,
          guint64       poll_key)
{
  AqClaimed *claimed = g_hash_table_lookup (self->by_id, &job->id);

  if (claimed != NULL)
    forget (self, claimed);
  else if (self->jobs.length == AQ_DISPATCHER_N_JOBS)
    forget (self, self->jobs.tail->data);

  claimed = g_new0 (AqClaimed, 1);
  claimed->id = job->id;
  claimed->lease = job->lease;
  claimed->poll_key = poll_key;
  claimed->agent = g_ref_string_acquire (agent->name);
  claimed->link.data = claimed;
  g_queue_push_head_link (&self->jobs, &claimed->link);
  g_hash_table_insert (self->by_id, &claimed->id, claimed);
}

static void
on_claimed (AqAgent  *agent,
            AqJob   **jobs,
            guint     n_jobs,
            gpointer  user_data)
{
  AqDispatcher *self = user_data;
  AqPoll *poll = g_queue_peek_head (&self->polls);
  AqPollAgent *entry = NULL;
  const AqLane *lane = NULL;

  for (guint i = 0; poll != NULL && i < n_jobs; i++)
    {
      /* mostly the same queue again */
      if (lane != jobs[i]->lane)
        {
          lane = jobs[i]->lane;
          entry = aq_poll_add_agent (poll, lane->queue, agent->name, agent->size);
        }
      entry->n_new_jobs++;
      if (entry->new_jobs->len < AQ_POLL_MAX_NEW_JOBS)
        g_array_append_val (entry->new_jobs, jobs[i]->id);
      if (i + AQ_DISPATCHER_N_JOBS >= n_jobs)
        remember (self, jobs[i], agent, poll->key);
    }
}

/* It was never begun, and will be claimed again: it counts once. */
static void
on_released (guint64  id,
             gpointer user_data)
{
  AqDispatcher *self = user_data;
  AqClaimed *claimed = g_hash_table_lookup (self->by_id, &id);
  AqPoll *poll = g_queue_peek_head (&self->polls);

  if (claimed == NULL || poll == NULL || claimed->poll_key != poll->key)
    return;
  for (guint i = 0; i < poll->agents->len; i++)
    {
      AqPollAgent *entry = g_ptr_array_index (poll->agents, i);

      for (guint j = entry->new_jobs->len; j > 0; j--)
        if (g_array_index (entry->new_jobs, guint64, j - 1) == id)
          {
            g_array_remove_index (entry->new_jobs, j - 1);
            entry->n_new_jobs--;
            forget (self, claimed);
            return;
          }
    }
}

static const AqEngineObserver observer = { on_claimed, on_released };

/* polls */

static gint
compare_leases (gconstpointer a,
                gconstpointer b)
{
  const AqJob * const *one = a;
  const AqJob * const *other = b;

  return ((*one)->lease > (*other)->lease) - ((*one)->lease < (*other)->lease);
}

/* the jobs that agents have, in the order of their claims */
GPtrArray *
aq_dispatcher_list_busy (AqTransaction *transaction)
{
  GPtrArray *busy = aq_transaction_get_busy (transaction);
  GPtrArray *sorted = g_ptr_array_sized_new (busy->len);

  for (guint i = 0; i < busy->len; i++)
    {
      AqJob *job = g_ptr_array_index (busy, i);

      /* composite jobs are no agent's */
      if (job->extra != NULL && job->extra->agent != NULL)
        g_ptr_array_add (sorted, job);
    }
  g_ptr_array_sort (sorted, compare_leases);
  return sorted;
}

typedef struct
{
  AqDispatcher *self;
  AqPoll       *poll;
} OpenEvent;

static AqAgent *
find_agent (AqDispatcher *self,
            const char   *name)
{
  GPtrArray *agents = aq_engine_get_agents (self->engine);

  for (guint i = 0; i < agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (agents, i);

      if (g_str_equal (agent->name, name))
        return agent;
    }
  return NULL;
}

static gboolean
add_active (AqTransaction  *transaction,
            gpointer        open_event,
            GError        **error)
{
  OpenEvent *event = open_event;
  g_autoptr(GPtrArray) busy = aq_dispatcher_list_busy (transaction);

  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *job = g_ptr_array_index (busy, i);
      const AqAgent *agent = find_agent (event->self, job->extra->agent);
      AqPollAgent *entry = aq_poll_add_agent (event->poll, aq_job_get_queue (job), job->extra->agent,
                                              agent != NULL ? agent->size : 0);

      g_array_append_val (entry->active_jobs, job->id);
      entry->len++;
    }
  return TRUE;
}

static void
add_agents (AqDispatcher *self,
            AqPoll       *poll)
{
  GPtrArray *agents = aq_engine_get_agents (self->engine);

  for (guint i = 0; i < agents->len; i++)
    {
      const AqAgent *agent = g_ptr_array_index (agents, i);

      if (agent->queues[0] == NULL)
        (void) aq_poll_add_agent (poll, "", agent->name, agent->size);
      for (char **queue = agent->queues; *queue != NULL; queue++)
        (void) aq_poll_add_agent (poll, *queue, agent->name, agent->size);
    }
}

static void set_timer (AqDispatcher *self);

static void
open_poll (AqDispatcher *self)
{
  AqClock *clock = aq_engine_get_clock (self->engine);
  const AqPoll *newest = g_queue_peek_head (&self->polls);
  gint64 now_usec = aq_clock_get_wall (clock);
  guint64 key = aq_poll_key_from_time (now_usec);
  OpenEvent event = { self };

  /* newer is smaller, also when the clock was set back or two open in one microsecond */
  if (newest != NULL && key >= newest->key)
    key = newest->key - 1;
  if (newest != NULL && self->log != NULL)
    aq_event_log_poll (self->log, newest);
  event.poll = aq_poll_new (now_usec, key);
  add_agents (self, event.poll);
  aq_dispatcher_read (self, add_active, &event);
  g_queue_push_head (&self->polls, event.poll);
  if (self->polls.length > AQ_DISPATCHER_N_POLLS)
    aq_poll_unref (g_queue_pop_tail (&self->polls));
  self->opened_monotonic_usec = aq_clock_get_monotonic (clock);
}

static void
on_tick (gpointer user_data)
{
  AqDispatcher *self = user_data;

  g_clear_pointer (&self->timer, aq_timer_free);
  open_poll (self);
  set_timer (self);
}

static void
set_timer (AqDispatcher *self)
{
  self->timer = aq_timer_new (aq_engine_get_clock (self->engine), AQ_CLOCK_MONOTONIC,
                              self->opened_monotonic_usec + self->interval_usec, on_tick, self);
}

/**
 * aq_dispatcher_new:
 * @engine: what it watches; must live longer
 * @uuid: this dispatcher's identity
 * @poll_interval_usec: how long a poll's record stays open
 *
 * Source: behaviour Z110 to Z118; design, section 5, "Polls".
 *
 * Returns: (transfer full): a dispatcher that is stopped
 *
 * Since: 0.1
 */
AqDispatcher *
aq_dispatcher_new (AqEngine   *engine,
                   const char *uuid,
                   gint64      poll_interval_usec)
{
  AqDispatcher *self = g_new0 (AqDispatcher, 1);

  self->engine = engine;
  self->uuid = g_strdup (uuid);
  self->interval_usec = poll_interval_usec;
  g_queue_init (&self->polls);
  g_queue_init (&self->jobs);
  self->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_claimed);
  return self;
}

static void
clear_rings (AqDispatcher *self)
{
  g_queue_clear_full (&self->polls, (GDestroyNotify) aq_poll_unref);
  g_queue_init (&self->jobs);
  g_hash_table_remove_all (self->by_id);
}

void
aq_dispatcher_free (AqDispatcher *self)
{
  aq_dispatcher_stop (self);
  clear_rings (self);
  g_hash_table_unref (self->by_id);
  g_free (self->uuid);
  g_free (self);
}

void
aq_dispatcher_set_log (AqDispatcher *self,
                       AqEventLog   *log)
{
  self->log = log;
}

/**
 * aq_dispatcher_start:
 * @self: a dispatcher
 *
 * Empties the rings, opens the first poll, and another one after each interval.
 *
 * Since: 0.1
 */
void
aq_dispatcher_start (AqDispatcher *self)
{
  clear_rings (self);
  self->activated_usec = aq_clock_get_wall (aq_engine_get_clock (self->engine));
  aq_engine_set_observer (self->engine, &observer, self);
  aq_dispatcher_appear (self);
  open_poll (self);
  set_timer (self);
}

/**
 * aq_dispatcher_stop:
 * @self: a dispatcher
 *
 * Opens no more polls. The rings stay, for whoever wants to know what happened.
 *
 * Since: 0.1
 */
void
aq_dispatcher_stop (AqDispatcher *self)
{
  if (self->activated_usec == 0)
    return;
  aq_engine_set_observer (self->engine, NULL, NULL);
  g_clear_pointer (&self->timer, aq_timer_free);
  self->activated_usec = 0;
  aq_dispatcher_leave (self);
}

const char *
aq_dispatcher_get_uuid (AqDispatcher *self)
{
  return self->uuid;
}

gint64
aq_dispatcher_get_interval (AqDispatcher *self)
{
  return self->interval_usec;
}

gint64
aq_dispatcher_get_activated (AqDispatcher *self)
{
  return self->activated_usec;
}

/**
 * aq_dispatcher_get_status:
 * @self: a dispatcher
 *
 * Source: behaviour Z131; design, section 5: it is stuck when the open poll is
 * older than the interval and a second.
 *
 * Returns: the status
 *
 * Since: 0.1
 */
AqDispatcherStatus
aq_dispatcher_get_status (AqDispatcher *self)
{
  gint64 age_usec = aq_clock_get_monotonic (aq_engine_get_clock (self->engine)) - self->opened_monotonic_usec;

  if (self->activated_usec == 0)
    return AQ_DISPATCHER_STOPPED;
  if (self->polls.length == 0)
    return AQ_DISPATCHER_STARTING;
  return age_usec > self->interval_usec + PATIENCE_USEC ? AQ_DISPATCHER_STUCK : AQ_DISPATCHER_RUNNING;
}

static gboolean
is_in_range (const AqPoll      *poll,
             const AqPollRange *range)
{
  return poll->key >= range->at_key && (range->before_key == 0 || poll->key > range->before_key) &&
         poll->key <= range->since_key;
}

/**
 * aq_dispatcher_list_polls:
 * @self: a dispatcher
 * @range: which; queue and agent are not looked at
 *
 * Source: behaviour Z125, Z126 with X11: `since` is inclusive and nothing more.
 *
 * Returns: (transfer container) (element-type AqPoll): newest first, with a reference each
 *
 * Since: 0.1
 */
GPtrArray *
aq_dispatcher_list_polls (AqDispatcher      *self,
                          const AqPollRange *range)
{
  GPtrArray *polls = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_poll_unref);

  for (GList *l = self->polls.head; l != NULL && (range->max_polls == 0 || polls->len < range->max_polls); l = l->next)
    if (is_in_range (l->data, range))
      g_ptr_array_add (polls, aq_poll_ref (l->data));
  return polls;
}

/**
 * aq_dispatcher_get_newest_poll:
 * @self: a dispatcher
 *
 * Returns: (nullable): the poll that is open, or was last
 *
 * Since: 0.1
 */
AqPoll *
aq_dispatcher_get_newest_poll (AqDispatcher *self)
{
  return g_queue_peek_head (&self->polls);
}
