/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The tools of "async": what this dispatcher did lately
 *
 * Each tool reads AqDispatcher, which has all of it in memory, and writes text
 * or JSON. They answer at once; the session sees to it that nothing leaves
 * before it is flushed.
 */

#include "config.h"

#include "monitor/aq-async-tools.h"

#include "monitor/aq-text-grammar.h"
#include "monitor/aq-text-help.h"
#include "monitor/aq-text-json.h"

#define DEFAULT_N_POLLS 3
#define STORE_NAME "unnamed"

/* reliability S10: no peer makes us hold more */
#define MAX_ANSWER_BYTES (1024 * 1024)

/* @values: one for each parameter of the tool's signature, NULL where not given */
typedef char *(*ToolFunc) (const AqMonitorContext *context,
                           const char            **values,
                           GError                **error);

typedef struct
{
  AqTextSignature signature;
  ToolFunc        func;
  int             uuid; /* which parameter is "uuid"; -1: none */
} Tool;

static char *
run_uuid (const AqMonitorContext *context,
          const char            **values,
          GError                **error)
{
  return g_strconcat (aq_dispatcher_get_uuid (context->dispatcher), "\n", NULL);
}

static char *
run_utcnow (const AqMonitorContext *context,
            const char            **values,
            GError                **error)
{
  g_autofree char *now = aq_text_json_format_time (aq_clock_get_wall (context->clock));

  return g_strconcat (now, "\n", NULL);
}

static char *
run_help (const AqMonitorContext *context,
          const char            **values,
          GError                **error)
{
  const char *text;

  if (values[0] == NULL)
    return aq_text_help_list_tools ();
  text = aq_text_help_get_tool (values[0]);
  return g_strdup (text != NULL ? text : "Unknown async tool\n");
}

/* status */

static const char *
status_name (AqDispatcherStatus status)
{
  static const char * const names[] = {
    [AQ_DISPATCHER_STOPPED] = "STOPPED",
    [AQ_DISPATCHER_STARTING] = "STARTING",
    [AQ_DISPATCHER_RUNNING] = "RUNNING",
    [AQ_DISPATCHER_STUCK] = "STUCK",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == AQ_DISPATCHER_STUCK + 1);
  return names[status];
}

/* behaviour Z132 */
static char *
run_status (const AqMonitorContext *context,
            const char            **values,
            GError                **error)
{
  AqDispatcher *dispatcher = context->dispatcher;
  AqDispatcherStatus status = aq_dispatcher_get_status (dispatcher);
  AqPoll *newest = aq_dispatcher_get_newest_poll (dispatcher);
  gint64 now_usec = aq_clock_get_wall (context->clock);
  gint64 activated_usec = aq_dispatcher_get_activated (dispatcher);
  AqTextJson *json = aq_text_json_new ();

  aq_text_json_begin_object (json);
  aq_text_json_key (json, "poll interval");
  aq_text_json_duration (json, aq_dispatcher_get_interval (dispatcher));
  aq_text_json_key (json, "status");
  aq_text_json_string (json, status_name (status));
  aq_text_json_key (json, "time since last poll");
  if (status == AQ_DISPATCHER_STOPPED)
    aq_text_json_null (json);
  else if (status == AQ_DISPATCHER_STARTING || newest == NULL)
    aq_text_json_duration (json, now_usec - activated_usec);
  else
    aq_text_json_duration (json, now_usec - newest->time_usec);
  aq_text_json_key (json, "uptime");
  if (status == AQ_DISPATCHER_STOPPED || status == AQ_DISPATCHER_STARTING)
    aq_text_json_null (json);
  else
    aq_text_json_duration (json, now_usec - activated_usec);
  aq_text_json_key (json, "uuid");
  aq_text_json_string (json, aq_dispatcher_get_uuid (dispatcher));
  aq_text_json_end_object (json);
  return aq_text_json_finish (json);
}

/* jobs */

static void
write_jobs (AqTextJson *json,
            GArray     *ids)
{
  aq_text_json_begin_array (json);
  for (guint i = 0; i < ids->len; i++)
    aq_text_json_job (json, g_array_index (ids, guint64, i));
  aq_text_json_end_array (json);
}

static char *
run_jobs (const AqMonitorContext *context,
          const char            **values,
          GError                **error)
{
  g_autoptr(GArray) ids = aq_dispatcher_list_active (context->dispatcher, values[0], values[1]);
  AqTextJson *json = aq_text_json_new ();

  write_jobs (json, ids);
  return aq_text_json_finish (json);
}

/* behaviour Z116 */
static void
write_job (AqTextJson            *json,
           const AqDispatcherJob *job)
{
  g_autofree char *call = g_strdup_printf ("<Job (oid %" G_GUINT64_FORMAT ", db '" STORE_NAME "') ``%s``>",
                                           job->id, job->call);
  g_autofree char *thread = job->worker != 0 ? g_strdup_printf ("%u", job->worker) : NULL;

  aq_text_json_begin_object (json);
  aq_text_json_key (json, "agent");
  aq_text_json_string (json, job->agent);
  aq_text_json_key (json, "call");
  aq_text_json_string (json, call);
  aq_text_json_key (json, "completed");
  aq_text_json_time (json, job->completed_usec);
  aq_text_json_key (json, "failed");
  aq_text_json_boolean (json, job->failed);
  aq_text_json_key (json, "poll id");
  aq_text_json_integer (json, job->poll_key);
  aq_text_json_key (json, "queue");
  aq_text_json_string (json, job->queue);
  /* a job names no quotas before there are limits */
  aq_text_json_key (json, "quota names");
  aq_text_json_begin_array (json);
  aq_text_json_end_array (json);
  aq_text_json_key (json, "reassigned");
  aq_text_json_boolean (json, job->reassigned);
  aq_text_json_key (json, "result");
  aq_text_json_string (json, job->result);
  aq_text_json_key (json, "started");
  aq_text_json_time (json, job->started_usec);
  aq_text_json_key (json, "thread");
  aq_text_json_string (json, thread);
  aq_text_json_end_object (json);
}

/* behaviour Z134 */
static char *
run_job (const AqMonitorContext *context,
         const char            **values,
         GError                **error)
{
  const char *store = values[1];
  g_autofree char *quoted_id = aq_text_quote (values[0]);
  g_autofree char *quoted_store = aq_text_quote (store != NULL ? store : "");
  g_autoptr(AqDispatcherJob) job = NULL;
  AqTextJson *json;
  guint64 id;

  if (store != NULL && !g_str_equal (store, STORE_NAME))
    {
      g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_KEY,
                   "there is no store '%s', the only one is '" STORE_NAME "'", quoted_store);
      return NULL;
    }
  if (!aq_text_parse_number (values[0], &id))
    {
      g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE, "'%s' is not the number of a job",
                   quoted_id);
      return NULL;
    }
  job = aq_dispatcher_dup_job (context->dispatcher, id);
  if (job == NULL)
    {
      g_set_error (error, AQ_TEXT_ERROR, store != NULL ? AQ_TEXT_ERROR_KEY : AQ_TEXT_ERROR_VALUE,
                   "job %" G_GUINT64_FORMAT " is not among the %d newest of this dispatcher", id,
                   AQ_DISPATCHER_N_JOBS);
      return NULL;
    }

  json = aq_text_json_new ();
  write_job (json, job);
  return aq_text_json_finish (json);
}

/* which polls */

/* @at, @before, @since: nullable */
static gboolean
parse_range (const AqMonitorContext *context,
             const char             *at,
             const char             *before,
             const char             *since,
             AqPollRange            *out_range,
             GError                **error)
{
  gint64 now_usec = aq_clock_get_wall (context->clock);
  AqPollRange range = AQ_POLL_RANGE_ALL;

  if (at != NULL && before != NULL)
    {
      g_set_error_literal (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
                           "only one of 'at:' and 'before:' may be given");
      return FALSE;
    }
  if ((at != NULL && !aq_text_parse_moment ("at", at, now_usec, &range.at_key, error)) ||
      (before != NULL && !aq_text_parse_moment ("before", before, now_usec, &range.before_key, error)) ||
      (since != NULL && !aq_text_parse_moment ("since", since, now_usec, &range.since_key, error)))
    return FALSE;
  *out_range = range;
  return TRUE;
}

static void
write_time_member (AqTextJson *json,
                   const char *key,
                   gint64      wall_usec)
{
  aq_text_json_key (json, key);
  aq_text_json_time (json, wall_usec);
}

static void
write_job_member (AqTextJson *json,
                  const char *key,
                  guint64     id)
{
  aq_text_json_key (json, key);
  aq_text_json_job (json, id);
}

static void
write_count_member (AqTextJson *json,
                    const char *key,
                    guint64     n)
{
  aq_text_json_key (json, key);
  aq_text_json_integer (json, n);
}

/* behaviour Z127, Z172 */
static char *
run_jobstats (const AqMonitorContext *context,
              const char            **values,
              GError                **error)
{
  AqDispatcherStatistics statistics;
  AqTextJson *json;
  AqPollRange range;

  if (!parse_range (context, values[0], values[1], values[2], &range, error))
    return NULL;
  range.queue = values[3];
  range.agent = values[4];
  aq_dispatcher_get_statistics (context->dispatcher, &range, &statistics);

  json = aq_text_json_new ();
  aq_text_json_begin_object (json);
  write_count_member (json, "failed", statistics.n_failed);
  write_job_member (json, "longest active", statistics.longest_active);
  write_job_member (json, "longest failed", statistics.longest_failed);
  write_job_member (json, "longest successful", statistics.longest_successful);
  write_job_member (json, "shortest active", statistics.shortest_active);
  write_job_member (json, "shortest failed", statistics.shortest_failed);
  write_job_member (json, "shortest successful", statistics.shortest_successful);
  write_count_member (json, "started", statistics.n_started);
  write_time_member (json, "statistics end", statistics.end_usec);
  write_time_member (json, "statistics start", statistics.start_usec);
  write_count_member (json, "successful", statistics.n_successful);
  write_count_member (json, "unknown", statistics.n_unknown);
  aq_text_json_end_object (json);
  return aq_text_json_finish (json);
}

/* poll, polls */

static void
write_poll_agent (AqTextJson        *json,
                  const AqPollAgent *agent)
{
  aq_text_json_key (json, agent->agent);
  aq_text_json_begin_object (json);
  aq_text_json_key (json, "active jobs");
  write_jobs (json, agent->active_jobs);
  aq_text_json_key (json, "error");
  aq_text_json_string (json, agent->error);
  write_count_member (json, "len", agent->len);
  aq_text_json_key (json, "new jobs");
  write_jobs (json, agent->new_jobs);
  if (agent->n_new_jobs > agent->new_jobs->len)
    write_count_member (json, "new jobs count", agent->n_new_jobs);
  write_count_member (json, "size", agent->size);
  aq_text_json_end_object (json);
}

/* behaviour Z173 */
static void
write_poll (AqTextJson   *json,
            const AqPoll *poll)
{
  guint n = 0;

  aq_text_json_begin_object (json);
  write_count_member (json, "key", poll->key);
  aq_text_json_key (json, "results");
  aq_text_json_begin_object (json);
  for (guint i = 0; i < poll->queues->len; i++)
    {
      const char *queue = g_ptr_array_index (poll->queues, i);

      aq_text_json_key (json, queue);
      aq_text_json_begin_object (json);
      for (; n < poll->agents->len; n++)
        {
          const AqPollAgent *agent = g_ptr_array_index (poll->agents, n);

          if (!g_str_equal (agent->queue, queue))
            break;
          write_poll_agent (json, agent);
        }
      aq_text_json_end_object (json);
    }
  aq_text_json_end_object (json);
  write_time_member (json, "time", poll->time_usec);
  aq_text_json_end_object (json);
}

static char *
run_poll (const AqMonitorContext *context,
          const char            **values,
          GError                **error)
{
  g_autoptr(GPtrArray) polls = NULL;
  AqTextJson *json;
  AqPollRange range;

  if (!parse_range (context, values[0], values[1], NULL, &range, error))
    return NULL;
  range.max_polls = 1;
  polls = aq_dispatcher_list_polls (context->dispatcher, &range);
  if (polls->len == 0)
    {
      g_set_error_literal (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
                           values[0] == NULL && values[1] == NULL
                             ? "there is no poll yet"
                             : "no poll as old as that is remembered");
      return NULL;
    }

  json = aq_text_json_new ();
  write_poll (json, g_ptr_array_index (polls, 0));
  return aq_text_json_finish (json);
}

static gboolean
parse_count (const char  *text,
             guint       *out_count,
             GError     **error)
{
  g_autofree char *quoted = NULL;
  guint64 count;

  if (aq_text_parse_number (text, &count) && count > 0)
    {
      *out_count = MIN (count, G_MAXUINT);
      return TRUE;
    }
  quoted = aq_text_quote (text);
  g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE, "'%s' in 'count:%s' is not a positive integer",
               quoted, quoted);
  return FALSE;
}

/* behaviour Z174 */
static char *
run_polls (const AqMonitorContext *context,
           const char            **values,
           GError                **error)
{
  g_autoptr(GPtrArray) polls = NULL;
  g_autoptr(AqTextJson) json = NULL;
  AqPollRange range;

  if (!parse_range (context, values[0], values[1], values[2], &range, error))
    return NULL;
  range.max_polls = values[2] == NULL ? DEFAULT_N_POLLS : 0;
  if (values[3] != NULL && !parse_count (values[3], &range.max_polls, error))
    return NULL;
  polls = aq_dispatcher_list_polls (context->dispatcher, &range);

  json = aq_text_json_new ();
  aq_text_json_begin_array (json);
  for (guint i = 0; i < polls->len; i++)
    {
      if (i >= DEFAULT_N_POLLS && aq_text_json_get_length (json) > MAX_ANSWER_BYTES)
        {
          g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
                       "%u polls are more than an answer can hold; ask for fewer, with 'count:%u'", polls->len, i);
          return NULL;
        }
      write_poll (json, g_ptr_array_index (polls, i));
    }
  aq_text_json_end_array (json);
  return aq_text_json_finish (g_steal_pointer (&json));
}

static const Tool tools[] = {
  { { "UUID", 0, { NULL } }, run_uuid, -1 },
  { { "help", 0, { "tool", NULL } }, run_help, -1 },
  { { "job", 1, { "id", "database", "uuid", NULL } }, run_job, 2 },
  { { "jobs", 0, { "queue", "agent", "uuid", NULL } }, run_jobs, 2 },
  { { "jobstats", 0, { "at", "before", "since", "queue", "agent", "uuid", NULL } }, run_jobstats, 5 },
  { { "poll", 0, { "at", "before", "uuid", NULL } }, run_poll, 2 },
  { { "polls", 0, { "at", "before", "since", "count", "uuid", NULL } }, run_polls, 4 },
  { { "status", 0, { "uuid", NULL } }, run_status, 0 },
  { { "utcnow", 0, { NULL } }, run_utcnow, -1 },
};

/* there is one dispatcher a process; a script may name it nevertheless */
static gboolean
check_uuid (const AqMonitorContext *context,
            const char             *uuid,
            GError                **error)
{
  g_autofree char *quoted = NULL;

  if (g_ascii_strcasecmp (uuid, aq_dispatcher_get_uuid (context->dispatcher)) == 0)
    return TRUE;
  quoted = aq_text_quote (uuid);
  if (g_uuid_string_is_valid (uuid))
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_KEY, "dispatcher '%s' is not in this process", quoted);
  else
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE, "'%s' in 'uuid:%s' is not a UUID", quoted,
                 quoted);
  return FALSE;
}

/**
 * aq_async_tools_run:
 * @context: what to look at
 * @words: the words behind "async"
 * @error: return location for an error
 *
 * Errors: `AQ_TEXT_ERROR`.
 * Source: behaviour A18; Z162 for no tool and an unknown one.
 *
 * Returns: (transfer full): the answer, or %NULL with @error set
 *
 * Since: 0.1
 */
char *
aq_async_tools_run (const AqMonitorContext  *context,
                    const char * const      *words,
                    GError                 **error)
{
  const char *values[AQ_TEXT_MAX_PARAMETERS] = { NULL };
  g_autofree char *quoted = NULL;

  if (words[0] == NULL)
    return g_strdup (aq_text_help_get_command ("async"));
  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      const Tool *tool = &tools[i];

      if (!g_str_equal (tool->signature.name, words[0]))
        continue;
      if (!aq_text_bind (&tool->signature, words + 1, values, error))
        return NULL;
      if (tool->uuid >= 0 && values[tool->uuid] != NULL && !check_uuid (context, values[tool->uuid], error))
        return NULL;
      return tool->func (context, values, error);
    }
  quoted = aq_text_quote (words[0]);
  return g_strdup_printf ("[Unknown tool name for this command: %s]\n", quoted);
}
