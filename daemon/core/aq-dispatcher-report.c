/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Dispatcher: what is asked for
 *
 * Jobs and statistics, made of the rings and of what the store knows.
 */

#include "config.h"

#include "core/aq-dispatcher-private.h"

#include "core/aq-failure-view.h"
#include "core/aq-lane.h"

#define MAX_RESULT_CHARACTERS 10000
#define TRUNCATED "\n[...TRUNCATED...]"

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
  g_autoptr(GPtrArray) busy = aq_dispatcher_list_busy (transaction);

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

  aq_dispatcher_read (self, read_active, &event);
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
  g_autofree char *error = NULL;

  g_variant_get (failure, "(&si&s)", &domain, &code, &message);
  error = aq_failure_view_error (domain, code, message);
  return g_strdup_printf ("Traceback (most recent call last):\n%s\n", error);
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
  const AqClaimed   *claimed;
  AqDispatcherJob *job;
} JobEvent;

static gboolean
read_job (AqTransaction  *transaction,
          gpointer        job_event,
          GError        **error)
{
  JobEvent *event = job_event;
  const AqClaimed *claimed = event->claimed;
  const AqJob *job = aq_transaction_find_job (transaction, claimed->id);
  gboolean completed;

  if (job == NULL)
    return TRUE;

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
 * aq_dispatcher_fetch:
 * @self: a dispatcher
 * @func: called when the newest jobs are in memory, at once if none is away
 * @user_data: for @func
 *
 * What is asked of jobs and statistics from within @func is whole, but for jobs
 * that cannot be read.
 *
 * Errors: those of aq_store_fetch().
 *
 * Since: 0.1
 */
void
aq_dispatcher_fetch (AqDispatcher  *self,
                     AqFetchedFunc  func,
                     gpointer       user_data)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (GList *link = self->jobs.head; link != NULL; link = link->next)
    g_array_append_val (ids, ((AqClaimed *) link->data)->id);
  aq_store_fetch (aq_engine_get_store (self->engine), (const guint64 *) ids->data, ids->len, func, user_data);
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
    aq_dispatcher_read (self, read_job, &event);
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
