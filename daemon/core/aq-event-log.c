/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Event log
 *
 * What happens, for people, by two loggers: asyncq.events has what should be
 * noticed, asyncq.trace everything. Jobs are followed by their flushed changes,
 * and only as far as the levels want it. Arguments and results are users' data:
 * results are told at debug level alone.
 *
 * GLib's own level ERROR would end the process, so errors and critical messages
 * are warnings to GLib, with PRIORITY and ASYNCQ_LEVEL saying what they are.
 */

#include "config.h"

#include "core/aq-event-log.h"

#include "core/aq-job-past.h"
#include "core/aq-job-settings.h"
#include "core/aq-job-view.h"

#include <string.h>

struct _AqEventLog
{
  AqEngine    *engine; /* no reference */
  AqLogLevels  levels;
  guint        handle; /* of the listener */
  GHashTable  *begun;  /* set of &job id, owned: whose start was told */
  GHashTable  *ended;  /* likewise: whose end was told, and whose callbacks are not done */
  GHashTable  *paused; /* job id, owned → number of the attempt that is not the last, as told */
  GHashTable  *agents; /* set of names, owned: that were told */
  GHashTable  *queues; /* likewise */
  char        *last_poll; /* nullable: what was told of the last poll */
};

static const char * const level_names[] = { "critical", "error", "warning", "info", "debug" };
G_STATIC_ASSERT (G_N_ELEMENTS (level_names) == AQ_N_LOG_LEVELS);

/* syslog's */
static const char * const priorities[] = { "2", "3", "4", "6", "7" };
G_STATIC_ASSERT (G_N_ELEMENTS (priorities) == AQ_N_LOG_LEVELS);

static const GLogLevelFlags glib_levels[] = {
  G_LOG_LEVEL_WARNING, G_LOG_LEVEL_WARNING, G_LOG_LEVEL_WARNING, G_LOG_LEVEL_INFO, G_LOG_LEVEL_DEBUG,
};
G_STATIC_ASSERT (G_N_ELEMENTS (glib_levels) == AQ_N_LOG_LEVELS);

/**
 * aq_log_level_from_string:
 * @text: the name of a level
 * @out_level: (out): the level; untouched when @text is not one
 *
 * Returns: whether @text is a level
 *
 * Since: 0.1
 */
gboolean
aq_log_level_from_string (const char *text,
                          AqLogLevel *out_level)
{
  for (guint i = 0; i < AQ_N_LOG_LEVELS; i++)
    if (g_str_equal (level_names[i], text))
      {
        *out_level = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_word (const char   *word,
            AqLogLevels  *levels,
            GError      **error)
{
  const char *equals = strchr (word, '=');
  const char *name = equals != NULL ? equals + 1 : word;
  AqLogLevel level;

  if (!aq_log_level_from_string (name, &level))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%s' is not a level: critical, error, warning, info or debug is wanted", name);
      return FALSE;
    }
  if (equals == NULL)
    levels->events = levels->trace = level;
  else if (g_str_has_prefix (word, "events="))
    levels->events = level;
  else if (g_str_has_prefix (word, "trace="))
    levels->trace = level;
  else
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%s' names no logger: events=LEVEL, trace=LEVEL or LEVEL is wanted", word);
      return FALSE;
    }
  return TRUE;
}

/**
 * aq_log_levels_parse:
 * @text: words separated by commas: `events=LEVEL`, `trace=LEVEL`, or `LEVEL` for both
 * @levels: (inout): the levels; what is not named stays
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the word; then @levels may be changed in part.
 *
 * Returns: whether @text is understood
 *
 * Since: 0.1
 */
gboolean
aq_log_levels_parse (const char   *text,
                     AqLogLevels  *levels,
                     GError      **error)
{
  g_auto(GStrv) words = g_strsplit (text, ",", -1);

  for (char **word = words; *word != NULL; word++)
    if (!parse_word (*word, levels, error))
      return FALSE;
  /* no word at all is a mistake as well */
  return words[0] != NULL || parse_word ("", levels, error);
}

static gboolean
wants_trace (AqEventLog *self,
             AqLogLevel  level)
{
  return self->levels.trace >= level;
}

/* one of a message's own fields, or an unset one */
typedef struct
{
  const char *key;
  const char *value;
} Extra;

static void
write_log (AqEventLog  *self,
           const char  *domain,
           AqLogLevel   level,
           const Extra  extras[4],
           const char  *message)
{
  AqLogLevel wanted = g_str_equal (domain, AQ_LOG_EVENTS) ? self->levels.events : self->levels.trace;
  GLogField fields[8] = {
    { "GLIB_DOMAIN", domain, -1 },
    { "PRIORITY", priorities[level], -1 },
    { AQ_LOG_FIELD_LEVEL, level_names[level], -1 },
    { "MESSAGE", message, -1 },
  };
  gsize n = 4;

  if (level > wanted)
    return;
  for (guint i = 0; extras != NULL && i < 4 && extras[i].key != NULL; i++)
    fields[n++] = (GLogField) { extras[i].key, extras[i].value, -1 };
  g_log_structured_array (glib_levels[level], fields, n);
}

/* jobs */

/* what is told of a job, read when it is told */
typedef struct
{
  guint64  id;
  char    *function;
  char    *result;  /* text, nullable */
  char    *message; /* of its failure, nullable */
  guint32  worker;
  guint32  attempt;
  AqLogLevel level; /* that its failure is worth */
  char    *pause;   /* how its newest attempt ended, if that is not the last; nullable */
  gboolean pause_is_trouble; /* by a fault of the job */
  guint32  n_pauses; /* how often it ended in a way that is counted as this one */
  gboolean skipped; /* it has taken over how another one ended */
  gboolean known;
} JobFacts;

static void
facts_clear (JobFacts *facts)
{
  g_free (facts->function);
  g_free (facts->result);
  g_free (facts->message);
  g_free (facts->pause);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JobFacts, facts_clear)

/* Source: behaviour Z19, Z142. */
static AqLogLevel
failure_level (const AqJob *job)
{
  switch (aq_job_get_settings (job)->failure_log_level)
    {
    case 2:
      return AQ_LOG_CRITICAL;
    case 3:
      return AQ_LOG_ERROR;
    case 4:
      return AQ_LOG_WARNING;
    case 6:
      return AQ_LOG_INFO;
    case 7:
      return AQ_LOG_DEBUG;
    default:
      return aq_job_is_callback (job) ? AQ_LOG_CRITICAL : AQ_LOG_ERROR;
    }
}

static AqCause
cause_of (const AqPastAttempt *attempt)
{
  static const AqCauseKind kinds[] = {
    [AQ_ATTEMPT_FAILED] = AQ_CAUSE_ERROR,        [AQ_ATTEMPT_CRASHED] = AQ_CAUSE_SIGNAL,
    [AQ_ATTEMPT_TIMED_OUT] = AQ_CAUSE_TIMEOUT,   [AQ_ATTEMPT_INTERRUPTED] = AQ_CAUSE_INTERRUPTED,
    [AQ_ATTEMPT_SNOOZED] = AQ_CAUSE_INTERRUPTED, [AQ_ATTEMPT_OOM] = AQ_CAUSE_OOM,
  };

  return (AqCause) { .kind = kinds[attempt->end], .domain = attempt->domain, .code = attempt->code };
}

static void
read_pause (const AqJob *job,
            JobFacts    *facts)
{
  static const char *const words[] = { "failed", "crashed", "ran out of time", "was interrupted", "asked to run later",
                                      "took too much memory" };
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;
  const AqPastAttempt *attempt;
  AqRetryCount count;
  AqCause cause;

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_ATTEMPT_ENDS);
  if (past == NULL || past->attempts->len == 0)
    return;
  attempt = g_ptr_array_index (past->attempts, past->attempts->len - 1);
  cause = cause_of (attempt);
  count = aq_retry_policy_classify (&cause);
  facts->pause = *attempt->message != '\0' ? g_strdup_printf ("%s (%s)", words[attempt->end], attempt->message)
                                           : g_strdup (words[attempt->end]);
  facts->pause_is_trouble = attempt->end != AQ_ATTEMPT_INTERRUPTED && attempt->end != AQ_ATTEMPT_SNOOZED;
  facts->n_pauses = count == AQ_RETRY_COUNT_INTERRUPTIONS ? job->interruptions : past->counts[count];
}

static gboolean
read_facts (AqTransaction  *transaction,
            gpointer        job_facts,
            GError        **error)
{
  JobFacts *facts = job_facts;
  const AqJob *job = aq_transaction_find_job (transaction, facts->id);
  AqResult *result = job != NULL ? aq_job_get_result (job) : NULL;
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : NULL;

  if (job == NULL)
    return TRUE;
  facts->known = TRUE;
  facts->function = g_strdup (aq_job_get_function (job));
  facts->worker = job->extra != NULL ? job->extra->worker : 0;
  facts->attempt = job->attempt;
  facts->level = failure_level (job);
  read_pause (job, facts);
  facts->skipped = (job->flags & AQ_JOB_SKIPPED) != 0;
  if (value != NULL && job->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    facts->result = g_variant_print (value, FALSE);
  else if (value != NULL)
    g_variant_get_child (value, 2, "s", &facts->message);
  return TRUE;
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

static void
load_facts (AqEventLog *self,
            JobFacts   *facts)
{
  static const AqActor nobody = { 0, "" };

  aq_store_apply (aq_engine_get_store (self->engine), &nobody, read_facts, facts, on_nothing, NULL);
}

static void
tell (AqEventLog     *self,
      const JobFacts *facts,
      const char     *domain,
      AqLogLevel      level,
      const char     *message_id,
      const char     *message)
{
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, facts->id);
  g_autofree char *worker = g_strdup_printf ("%u", facts->worker);
  const Extra extras[4] = {
    { AQ_LOG_FIELD_JOB, id },
    { AQ_LOG_FIELD_FUNCTION, facts->function },
    { AQ_LOG_FIELD_WORKER, worker },
    { message_id != NULL ? "MESSAGE_ID" : NULL, message_id },
  };

  write_log (self, domain, level, extras, message);
}

static void
tell_start (AqEventLog     *self,
            const JobFacts *facts)
{
  g_autofree char *message = NULL;

  if (!wants_trace (self, AQ_LOG_INFO))
    return;
  message = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) started in worker %u", facts->id, facts->function,
                             facts->worker);
  tell (self, facts, AQ_LOG_TRACE, AQ_LOG_INFO, NULL, message);
}

static void
tell_end (AqEventLog       *self,
          const JobFacts   *facts,
          AsyncqJobOutcome  outcome)
{
  g_autofree char *ended = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) ended in worker %u", facts->id,
                                            facts->function, facts->worker);
  g_autofree char *how = NULL;

  if (outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED && wants_trace (self, AQ_LOG_DEBUG))
    how = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) succeeded with result: %s", facts->id, facts->function,
                           facts->result);
  else if (outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    how = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) succeeded", facts->id, facts->function);
  else
    how = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) %s: %s", facts->id, facts->function,
                           asyncq_job_outcome_to_string (outcome), facts->message);

  if (outcome == ASYNCQ_JOB_OUTCOME_FAILED || outcome == ASYNCQ_JOB_OUTCOME_EXPIRED)
    tell (self, facts, AQ_LOG_EVENTS, facts->level, AQ_LOG_ID_JOB_FAILED, how);
  else
    tell (self, facts, AQ_LOG_TRACE, AQ_LOG_INFO, NULL, how);
  tell (self, facts, AQ_LOG_TRACE, AQ_LOG_INFO, NULL, ended);
}

static void
tell_skip (AqEventLog     *self,
           const JobFacts *facts)
{
  g_autofree char *message = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) was skipped", facts->id, facts->function);

  tell (self, facts, AQ_LOG_TRACE, AQ_LOG_INFO, NULL, message);
}

/* Source: behaviour Z52: a warning at the first, and at each fifth. */
static void
tell_pause (AqEventLog     *self,
            const JobFacts *facts)
{
  gboolean is_noted = facts->pause_is_trouble && (facts->n_pauses <= 1 || facts->n_pauses % 5 == 0);
  g_autofree char *message = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) %s in attempt %u, and runs again", facts->id,
                                              facts->function, facts->pause, facts->attempt);

  tell (self, facts, AQ_LOG_TRACE, is_noted ? AQ_LOG_WARNING : AQ_LOG_INFO, NULL, message);
}

/* likewise: and when there is no more */
static void
tell_giving_up (AqEventLog     *self,
                const JobFacts *facts)
{
  g_autofree char *message = g_strdup_printf ("job %" G_GUINT64_FORMAT " (%s) does not run again after attempt %u",
                                              facts->id, facts->function, facts->attempt);

  tell (self, facts, AQ_LOG_TRACE, AQ_LOG_WARNING, NULL, message);
}

/* whether an attempt has ended that was not the last, and was not told yet */
static gboolean
note_pause (AqEventLog        *self,
            const AqJobChange *change)
{
  if (change->state != ASYNCQ_JOB_STATE_PENDING || change->attempt == 0 ||
      GPOINTER_TO_UINT (g_hash_table_lookup (self->paused, &change->id)) == change->attempt)
    return FALSE;
  g_hash_table_insert (self->paused, g_memdup2 (&change->id, sizeof change->id), GUINT_TO_POINTER (change->attempt));
  return TRUE;
}

static void
follow_start (AqEventLog     *self,
              const JobFacts *facts)
{
  if (g_hash_table_add (self->begun, g_memdup2 (&facts->id, sizeof facts->id)) && facts->worker != 0)
    tell_start (self, facts);
}

/* A job has ended when it has its result; what its callbacks do is their own story. */
static void
follow_end (AqEventLog        *self,
            const JobFacts    *facts,
            const AqJobChange *change)
{
  gboolean told = g_hash_table_contains (self->ended, &facts->id);

  if (change->state == ASYNCQ_JOB_STATE_COMPLETED)
    (void) g_hash_table_remove (self->ended, &facts->id);
  else
    (void) g_hash_table_add (self->ended, g_memdup2 (&facts->id, sizeof facts->id));
  if (told)
    return;
  if (facts->skipped)
    {
      tell_skip (self, facts);
      return;
    }
  /* the start of a short job is told together with its end */
  follow_start (self, facts);
  (void) g_hash_table_remove (self->begun, &facts->id);
  tell_end (self, facts, change->outcome);
  if (g_hash_table_remove (self->paused, &facts->id) && change->outcome == ASYNCQ_JOB_OUTCOME_FAILED)
    tell_giving_up (self, facts);
}

/* Source: behaviour Z140 to Z142; the line of how it ended stands between start and end. */
static void
follow (AqEventLog        *self,
        const AqJobChange *change)
{
  gboolean has_ended = change->state >= ASYNCQ_JOB_STATE_CALLBACKS;
  gboolean failed = has_ended && change->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED;
  gboolean paused = note_pause (self, change);
  g_auto(JobFacts) facts = { .id = change->id };

  if (has_ended && !failed && !wants_trace (self, AQ_LOG_INFO))
    (void) g_hash_table_remove (self->paused, &change->id);
  if (!wants_trace (self, AQ_LOG_INFO) && !failed && !(paused && wants_trace (self, AQ_LOG_WARNING)))
    return;
  if (!has_ended && !paused && change->state != ASYNCQ_JOB_STATE_ACTIVE)
    return;

  load_facts (self, &facts);
  if (!facts.known)
    return;
  /* it may be in the next one by now */
  facts.attempt = change->attempt;
  if (has_ended)
    follow_end (self, &facts, change);
  else if (paused)
    {
      (void) g_hash_table_remove (self->begun, &facts.id);
      if (facts.pause != NULL)
        tell_pause (self, &facts);
    }
  else
    follow_start (self, &facts);
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  for (guint i = 0; i < n_changes; i++)
    if (!changes[i].is_annotation)
      follow (user_data, &changes[i]);
}

/**
 * aq_event_log_new:
 * @engine: whose jobs to follow; must live longer
 * @levels: what is wanted
 *
 * Source: behaviour A15.
 *
 * Returns: (transfer full): a log
 *
 * Since: 0.1
 */
AqEventLog *
aq_event_log_new (AqEngine          *engine,
                  const AqLogLevels *levels)
{
  AqEventLog *self = g_new0 (AqEventLog, 1);

  self->engine = engine;
  self->levels = *levels;
  self->begun = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->ended = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->paused = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->agents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->handle = aq_engine_add_changed (engine, on_changed, self);
  return self;
}

void
aq_event_log_free (AqEventLog *self)
{
  if (self->handle != 0)
    aq_engine_remove_changed (self->engine, self->handle);
  g_hash_table_unref (self->begun);
  g_hash_table_unref (self->paused);
  g_hash_table_unref (self->ended);
  g_hash_table_unref (self->agents);
  g_hash_table_unref (self->queues);
  g_free (self->last_poll);
  g_free (self);
}

/* dispatcher, agents, polls */

static const struct
{
  const char *text;
  const char *message_id;
  AqLogLevel  level;
} dispatcher_steps[] = {
  [AQ_DISPATCHER_REGISTERED] = { "registered", AQ_LOG_ID_DISPATCHER_REGISTERED, AQ_LOG_INFO },
  [AQ_DISPATCHER_ACTIVATED] = { "activated", AQ_LOG_ID_DISPATCHER_ACTIVATED, AQ_LOG_INFO },
  [AQ_DISPATCHER_DEACTIVATED] = { "deactivated", AQ_LOG_ID_DISPATCHER_DEACTIVATED, AQ_LOG_INFO },
  [AQ_DISPATCHER_REACTIVATED] = { "reactivated: it was thought dead, and its jobs were given to others",
                                  AQ_LOG_ID_DISPATCHER_REACTIVATED, AQ_LOG_CRITICAL },
  [AQ_DISPATCHER_UNREGISTERED] = { "unregistered", AQ_LOG_ID_DISPATCHER_UNREGISTERED, AQ_LOG_INFO },
};
G_STATIC_ASSERT (G_N_ELEMENTS (dispatcher_steps) == AQ_N_DISPATCHER_STEPS);

/**
 * aq_event_log_dispatcher:
 * @self: a log
 * @news: what has become of a dispatcher
 *
 * Source: behaviour Z102, Z108.
 *
 * Since: 0.1
 */
void
aq_event_log_dispatcher (AqEventLog             *self,
                         const AqDispatcherNews *news)
{
  g_autofree char *message = g_strdup_printf ("dispatcher %s %s", news->uuid, dispatcher_steps[news->step].text);
  const Extra extras[4] = { { "MESSAGE_ID", dispatcher_steps[news->step].message_id } };

  write_log (self, AQ_LOG_EVENTS, dispatcher_steps[news->step].level, extras, message);
}

static void
tell_new_name (AqEventLog *self,
               GHashTable *told,
               const char *kind,
               const char *field,
               const char *name)
{
  g_autofree char *message = NULL;
  const Extra extras[4] = { { field, name } };

  if (g_hash_table_contains (told, name))
    return;
  g_hash_table_add (told, g_strdup (name));
  message = g_strdup_printf ("%s '%s' added", kind, name);
  write_log (self, AQ_LOG_EVENTS, AQ_LOG_INFO, extras, message);
}

static char *
describe (const AqPoll *poll)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < poll->agents->len; i++)
    {
      const AqPollAgent *entry = g_ptr_array_index (poll->agents, i);

      g_string_append_printf (text, "%squeue '%s', agent '%s': %" G_GUINT64_FORMAT " new, %u of %u active",
                              i > 0 ? "; " : "", entry->queue, entry->agent, entry->n_new_jobs, entry->len, entry->size);
    }
  return g_string_free (text, FALSE);
}

/**
 * aq_event_log_poll:
 * @self: a log
 * @poll: a poll that is closed
 *
 * Tells of agents and queues that are new, and, where the trace wants details,
 * of the poll, unless the one before it was the same.
 *
 * Source: behaviour Z138, Z139.
 *
 * Since: 0.1
 */
void
aq_event_log_poll (AqEventLog   *self,
                   const AqPoll *poll)
{
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;

  for (guint i = 0; i < poll->queues->len; i++)
    tell_new_name (self, self->queues, "queue", AQ_LOG_FIELD_QUEUE, g_ptr_array_index (poll->queues, i));
  for (guint i = 0; i < poll->agents->len; i++)
    tell_new_name (self, self->agents, "agent", AQ_LOG_FIELD_AGENT,
                   ((const AqPollAgent *) g_ptr_array_index (poll->agents, i))->agent);

  if (!wants_trace (self, AQ_LOG_DEBUG))
    return;
  text = describe (poll);
  if (g_strcmp0 (text, self->last_poll) == 0)
    return;
  message = g_strdup_printf ("poll %" G_GUINT64_FORMAT ": %s", poll->key, text);
  write_log (self, AQ_LOG_TRACE, AQ_LOG_DEBUG, NULL, message);
  g_free (self->last_poll);
  self->last_poll = g_steal_pointer (&text);
}
