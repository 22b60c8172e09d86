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

#include "core/aq-dispatcher.h"

#include "core/aq-event-log.h"
#include "core/aq-lane.h"

#include <string.h>

#define MAX_RESULT_CHARACTERS 10000
#define TRUNCATED "\n[...TRUNCATED...]"

/* how late a poll may open before the dispatcher counts as stuck */
#define PATIENCE_USEC G_USEC_PER_SEC

/* one claim that is remembered */
typedef struct
{
  guint64     id;
  guint64     lease;
  guint64     poll_key;
  GRefString *agent;
  GList       link; /* in `jobs`, its data is this */
} Claimed;

struct _AqDispatcher
{
  AqEngine   *engine; /* no reference */
  char       *uuid;
  gint64      interval_usec;
  AqTimer    *timer;  /* owned, nullable: the next poll */
  AqEventLog *log;    /* no reference, nullable */

  GQueue      polls;  /* of AqPoll, a reference each, newest first */
  GQueue      jobs;   /* of Claimed, newest first */
  GHashTable *by_id;  /* &claimed->id → Claimed, owned by the table */

  gint64      activated_usec;        /* wall clock; 0 when stopped */
  gint64      opened_monotonic_usec; /* of the newest poll */
};

static void
free_claimed (gpointer data)
{
  Claimed *claimed = data;

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

static void
read_now (AqDispatcher *self,
          AqRule        rule,
          gpointer      event)
{
  static const AqActor nobody = { 0, "" };

  aq_store_apply (aq_engine_get_store (self->engine), &nobody, rule, event, on_nothing, NULL);
}

/* jobs */

static void
forget (AqDispatcher *self,
        Claimed      *claimed)
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
  Claimed *claimed = g_hash_table_lookup (self->by_id, &job->id);

  if (claimed != NULL)
    forget (self, claimed);
  else if (self->jobs.length == AQ_DISPATCHER_N_JOBS)
    forget (self, self->jobs.tail->data);

  claimed = g_new0 (Claimed, 1);
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
  Claimed *claimed = g_hash_table_lookup (self->by_id, &id);
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
static GPtrArray *
list_busy (AqTransaction *transaction)
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
  g_autoptr(GPtrArray) busy = list_busy (transaction);

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
  read_now (self, add_active, &event);
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
  if (self->log != NULL)
    aq_event_log_started (self->log, self->uuid);
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
  if (self->log != NULL)
    aq_event_log_stopped (self->log, self->uuid);
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

/* what is asked for */

typedef struct
{
  const char *queue; /* nullable */
  const char *agent; /* nullable */
  GArray     *ids;
} ActiveEvent;

static gboolean
read_active (AqTransaction  *transaction,
             gpointer        active_event,
             GError        **error)
{
  ActiveEvent *event = active_event;
  g_autoptr(GPtrArray) busy = list_busy (transaction);

  for (guint i = busy->len; i > 0; i--)
    {
      const AqJob *job = g_ptr_array_index (busy, i - 1);

      if (aq_job_holds_slot (job) && (event->queue == NULL || g_str_equal (event->queue, aq_job_get_queue (job))) &&
          (event->agent == NULL || g_str_equal (event->agent, job->extra->agent)))
        g_array_append_val (event->ids, job->id);
    }
  return TRUE;
}

/**
 * aq_dispatcher_list_active:
 * @self: a dispatcher
 * @queue: (nullable): only jobs of this queue
 * @agent: (nullable): only jobs of this agent
 *
 * Source: behaviour Z133, with the order that it promises.
 *
 * Returns: (transfer full) (element-type guint64): the jobs that workers hold this instant, newest
 *   claim first
 *
 * Since: 0.1
 */
GArray *
aq_dispatcher_list_active (AqDispatcher *self,
                           const char   *queue,
                           const char   *agent)
{
  ActiveEvent event = { queue, agent, g_array_new (FALSE, FALSE, sizeof (guint64)) };

  read_now (self, read_active, &event);
  return event.ids;
}

/* "demo.multiply(14, 3)" */
static char *
call_text (const AqJob *job)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  GString *text = g_string_new (aq_job_get_function (job));

  g_string_append_c (text, '(');
  for (gsize i = 0; i < g_variant_n_children (arguments); i++)
    {
      g_autoptr(GVariant) argument = g_variant_get_child_value (arguments, i);
      g_autofree char *printed = g_variant_print (argument, FALSE);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", printed);
    }
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

static char *
failure_text (GVariant *failure)
{
  const char *domain;
  const char *message;
  gint32 code;

  g_variant_get (failure, "(&si&s)", &domain, &code, &message);
  return g_strdup_printf ("Traceback (most recent call last):\n%s.%d: %s\n", domain, code, message);
}

/* Source: behaviour Z116; a job without a value has the result "None". */
static char *
result_text (const AqJob *job)
{
  AqResult *result = aq_job_get_result (job);
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : NULL;
  char *text;

  if (value == NULL)
    return NULL;
  if (job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    text = failure_text (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UNIT))
    text = g_strdup ("None");
  else
    text = g_variant_print (value, FALSE);

  if (g_utf8_strlen (text, -1) > MAX_RESULT_CHARACTERS)
    {
      g_autofree char *whole = text;
      g_autofree char *start = g_utf8_substring (whole, 0, MAX_RESULT_CHARACTERS);

      text = g_strconcat (start, TRUNCATED, NULL);
    }
  return text;
}

typedef struct
{
  const Claimed   *claimed;
  AqDispatcherJob *job;
} JobEvent;

static gboolean
read_job (AqTransaction  *transaction,
          gpointer        job_event,
          GError        **error)
{
  JobEvent *event = job_event;
  const Claimed *claimed = event->claimed;
  const AqJob *job = aq_transaction_require_job (transaction, claimed->id, error);
  gboolean completed;

  if (job == NULL)
    return FALSE;

  completed = job->state >= ASYNCQ_JOB_STATE_CALLBACKS;
  event->job = g_new0 (AqDispatcherJob, 1);
  *event->job = (AqDispatcherJob) {
    .id = job->id,
    .poll_key = claimed->poll_key,
    .agent = g_strdup (claimed->agent),
    .queue = g_strdup (aq_job_get_queue (job)),
    .call = call_text (job),
    .started_usec = job->extra->started_usec,
    .completed_usec = completed ? job->extra->ended_usec : 0,
    .worker = job->extra->worker,
    .failed = completed && job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED,
    .reassigned = job->lease != claimed->lease,
    .result = completed ? result_text (job) : NULL,
  };
  return TRUE;
}

/**
 * aq_dispatcher_dup_job:
 * @self: a dispatcher
 * @id: a job's id
 *
 * Returns: (transfer full) (nullable): what is known of the job; %NULL when it is
 *   not among the newest
 *
 * Since: 0.1
 */
AqDispatcherJob *
aq_dispatcher_dup_job (AqDispatcher *self,
                       guint64       id)
{
  JobEvent event = { g_hash_table_lookup (self->by_id, &id), NULL };

  if (event.claimed != NULL)
    read_now (self, read_job, &event);
  return event.job;
}

void
aq_dispatcher_job_free (AqDispatcherJob *job)
{
  g_free (job->agent);
  g_free (job->queue);
  g_free (job->call);
  g_free (job->result);
  g_free (job);
}

/* statistics */

typedef struct
{
  AqDispatcher           *self;
  AqDispatcherStatistics *statistics;
  gint64                  now_usec;

  /* durations of the extremes so far; meaningless where the id is 0 */
  gint64                  shortest_usec[3];
  gint64                  longest_usec[3];
} Count;

/* strict: the first seen wins, and that is the newest */
static void
note_extremes (Count   *count,
               guint    kind,
               guint64  id,
               gint64   duration_usec,
               guint64 *shortest,
               guint64 *longest)
{
  if (*shortest == 0 || duration_usec < count->shortest_usec[kind])
    {
      *shortest = id;
      count->shortest_usec[kind] = duration_usec;
    }
  if (*longest == 0 || duration_usec > count->longest_usec[kind])
    {
      *longest = id;
      count->longest_usec[kind] = duration_usec;
    }
}

static void
count_job (Count        *count,
           const AqPoll *poll,
           guint64       id)
{
  AqDispatcherStatistics *s = count->statistics;
  g_autoptr(AqDispatcherJob) job = aq_dispatcher_dup_job (count->self, id);
  gint64 duration_usec;

  if (job == NULL)
    {
      s->n_unknown++;
      return;
    }
  duration_usec = (job->completed_usec != 0 ? job->completed_usec : count->now_usec) -
                  (job->started_usec != 0 ? job->started_usec : poll->time_usec);
  if (job->completed_usec == 0)
    {
      note_extremes (count, 0, id, duration_usec, &s->shortest_active, &s->longest_active);
    }
  else if (job->failed)
    {
      s->n_failed++;
      note_extremes (count, 1, id, duration_usec, &s->shortest_failed, &s->longest_failed);
    }
  else
    {
      s->n_successful++;
      note_extremes (count, 2, id, duration_usec, &s->shortest_successful, &s->longest_successful);
    }
}

static gboolean
is_wanted (const AqPollAgent *entry,
           const AqPollRange *range)
{
  return (range->queue == NULL || g_str_equal (range->queue, entry->queue)) &&
         (range->agent == NULL || g_str_equal (range->agent, entry->agent));
}

static void
count_poll (Count             *count,
            const AqPoll      *poll,
            const AqPollRange *range,
            gboolean           oldest)
{
  for (guint i = 0; i < poll->agents->len; i++)
    {
      const AqPollAgent *entry = g_ptr_array_index (poll->agents, i);

      if (!is_wanted (entry, range))
        continue;
      count->statistics->n_started += entry->n_new_jobs;
      count->statistics->n_unknown += entry->n_new_jobs - entry->new_jobs->len;
      for (guint j = 0; j < entry->new_jobs->len; j++)
        count_job (count, poll, g_array_index (entry->new_jobs, guint64, j));
      for (guint j = 0; oldest && j < entry->active_jobs->len; j++)
        count_job (count, poll, g_array_index (entry->active_jobs, guint64, j));
    }
}

/**
 * aq_dispatcher_get_statistics:
 * @self: a dispatcher
 * @range: of which polls, and of which queue and agent
 * @out_statistics: (out caller-allocates): the statistics
 *
 * Counts the jobs that were claimed in a range of polls, and those that were
 * active when the oldest opened.
 *
 * Source: behaviour Z127 to Z130.
 *
 * Since: 0.1
 */
void
aq_dispatcher_get_statistics (AqDispatcher           *self,
                              const AqPollRange      *range,
                              AqDispatcherStatistics *out_statistics)
{
  g_autoptr(GPtrArray) polls = aq_dispatcher_list_polls (self, range);
  Count count = { self, out_statistics, aq_clock_get_wall (aq_engine_get_clock (self->engine)) };

  *out_statistics = (AqDispatcherStatistics) { 0 };
  for (guint i = 0; i < polls->len; i++)
    count_poll (&count, g_ptr_array_index (polls, i), range, i == polls->len - 1);
  if (polls->len > 0)
    {
      out_statistics->start_usec = ((AqPoll *) g_ptr_array_index (polls, 0))->time_usec;
      out_statistics->end_usec = ((AqPoll *) g_ptr_array_index (polls, polls->len - 1))->time_usec;
    }
}
