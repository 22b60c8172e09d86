/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The end of an attempt, from a worker's word to the engine's event
 *
 * What a worker says is checked here before the core hears of it: type, size and
 * normal form of the result, the list of jobs that it put. What cannot come from
 * a sound worker is an error of the protocol; what comes from a function that
 * asks for something impossible fails its job.
 */

#include "config.h"

#include "work/aq-attempt.h"

#include "core/aq-draft-list.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"
#include "work/aq-usage-told.h"

#include <string.h>

/* A stale lease is how it goes when others were faster; anything else is the store's. */
static void
report (const GError *error,
        const char   *what,
        guint64       id)
{
  if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE))
    g_debug ("could not %s job %" G_GUINT64_FORMAT ": %s", what, id, error->message);
  else
    g_warning ("could not %s job %" G_GUINT64_FORMAT ": %s", what, id, error->message);
}

/**
 * aq_attempt_start:
 * @engine: the engine
 * @run: a job that a worker is about to begin, or has begun
 * @pid: the worker
 *
 * Tells the engine that it runs. A job that is expected to be short needs none
 * of this: its start is told together with its end.
 */
void
aq_attempt_start (AqEngine *engine,
                  AqRun    *run,
                  guint     pid)
{
  g_autoptr(GError) error = NULL;

  run->started = TRUE;
  if (!aq_engine_start_job (engine, run->id, run->lease, pid, &error))
    report (error, "start", run->id);
}

static AqFinishEvent
new_event (AqEngine    *engine,
           const AqRun *run,
           guint        pid)
{
  return (AqFinishEvent) {
    .id = run->id,
    .lease = run->lease,
    .started_usec = run->started_usec,
    .ended_usec = run->ended_usec != 0 ? run->ended_usec : aq_clock_get_wall (aq_engine_get_clock (engine)),
    .worker = pid,
    .build = run->function != NULL ? run->function->plugin->build : NULL,
    .returned = AQ_DRAFT_NO_PARENT,
  };
}

/**
 * aq_attempt_fail:
 * @engine: the engine
 * @run: a job that has begun
 * @pid: its worker
 * @failure: why it has failed
 * @cause: (nullable): what that comes from, unless it is the failure itself
 * @usage: (nullable): what it has taken
 * @evidence: (nullable): what else is known of it
 *
 * Ends the attempt with a failure.
 */
void
aq_attempt_fail (AqEngine      *engine,
                 const AqRun   *run,
                 guint          pid,
                 const GError  *failure,
                 const AqCause *cause,
                 const AqUsage *usage,
                 GVariant      *evidence)
{
  AqFinishEvent event = new_event (engine, run, pid);
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  g_autoptr(GError) error = NULL;

  event.failed = TRUE;
  event.usage = usage;
  event.evidence = evidence;
  event.cause = cause != NULL ? *cause : (AqCause) { AQ_CAUSE_ERROR, g_quark_to_string (failure->domain), failure->code, 0 };
  event.result = result;
  if (!aq_engine_finish_job (engine, &event, &error))
    report (error, "fail", run->id);
}

/* Returns: (nullable): what the job has said, where it has said anything, the limit that it went beyond, and how far
 * its sandbox reached */
static GVariant *
dup_evidence (const AqRun *run,
              const char  *limit)
{
  g_auto(GStrv) levels = run->function == NULL || run->function->profile == NULL
                           ? NULL : aq_profile_dup_levels (run->function->profile);
  g_auto(GVariantDict) evidence = { 0 };

  if (run->witness == NULL && limit == NULL && levels == NULL)
    return NULL;
  g_variant_dict_init (&evidence, NULL);
  aq_witness_tell (run->witness, &evidence);
  if (limit != NULL)
    g_variant_dict_insert (&evidence, "limit", "s", limit);
  if (levels != NULL)
    g_variant_dict_insert (&evidence, "sandbox", "^as", levels);
  return g_variant_ref_sink (g_variant_dict_end (&evidence));
}

/**
 * aq_attempt_exceed:
 * @engine: the engine
 * @run: a job that has ended as it was told to
 * @pid: its worker
 * @done: what the worker says
 * @failure: why it was told to
 * @cause: what that comes from
 * @limit: (nullable): what it went beyond
 *
 * Ends the attempt with the failure for which it was told to stop.
 */
void
aq_attempt_exceed (AqEngine         *engine,
                   const AqRun      *run,
                   guint             pid,
                   const AqWireDone *done,
                   const GError     *failure,
                   const AqCause    *cause,
                   const char       *limit)
{
  AqUsage usage = aq_usage_from_worker (&done->usage);
  g_autoptr(GVariant) evidence = dup_evidence (run, limit);

  aq_attempt_fail (engine, run, pid, failure, cause, &usage, evidence);
}

static gboolean
check_result (const AqRun       *run,
              const AqWireDone  *done,
              GError           **error)
{
  const char *wanted = done->failed ? "(sis)" : run->function->result_type;

  if (done->returned != AQ_WIRE_NONE_RETURNED)
    {
      if (!done->failed && done->result_type[0] == '\0' && done->result_size == 0 && done->puts_size > 0)
        return TRUE;
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "a returned job came with a result, or without the job");
      return FALSE;
    }
  if (strcmp (done->result_type, wanted) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the result of '%s' is not of type '%s'", run->function->name, wanted);
      return FALSE;
    }
  if (done->result_size > AQ_WIRE_MAX_RESULT_BYTES ||
      !aq_wire_is_normal (wanted, done->result, done->result_size))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the result of '%s' is too large or not in normal form", run->function->name);
      return FALSE;
    }
  return TRUE;
}

/* A sound worker may bring a value that is kept, but could be told to nobody. */
static gboolean
check_value (const AqRun       *run,
             const AqWireDone  *done,
             GError           **failure)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) value = NULL;

  /* what a type without variants can hold was checked when it was declared */
  if (strchr (done->result_type, 'v') == NULL)
    return TRUE;
  bytes = g_bytes_new (done->result, done->result_size);
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (done->result_type), bytes, TRUE));
  if (aq_value_check (value, AQ_WIRE_MAX_RESULT_BYTES, failure))
    return TRUE;
  g_prefix_error (failure, "the result of '%s' cannot be kept: ", run->function->name);
  return FALSE;
}

static gboolean
check_object (const AqRun       *run,
              const AqWireDone  *done,
              GError           **error)
{
  if (done->object.type == NULL ||
      (run->object != NULL && done->object.size <= AQ_WIRE_MAX_RESULT_BYTES &&
       aq_wire_value_is_normal (&done->object)))
    return TRUE;

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' sets an object that it is not bound to, or to what cannot be a value", run->function->name);
  return FALSE;
}

/* Returns: (nullable): the drafts; NULL also where there are none */
static AqDraftList *
parse_puts (AqEngine          *engine,
            const AqRun       *run,
            const AqWireDone  *done,
            GError           **failure,
            GError           **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new (done->puts, done->puts_size);
  AqDraftContext context = aq_engine_get_draft_context (engine, run->queue);
  g_autoptr(GVariant) entries = NULL;

  entries = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("aa{sv}"), bytes, FALSE));
  if (!g_variant_is_normal_form (entries))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "the list of put jobs is not in normal form");
      return NULL;
    }
  return aq_draft_list_parse (entries, &context, failure);
}

/* The function asks to run again later. */
static void
snooze (AqEngine      *engine,
        const AqRun   *run,
        AqFinishEvent *event,
        gint64         delay_usec)
{
  g_autoptr(GError) error = NULL;

  event->snoozed = TRUE;
  event->snooze_usec = delay_usec;
  if (!aq_engine_finish_job (engine, event, &error))
    report (error, "snooze", run->id);
}

/* The common end: a value, no jobs put. */
static gboolean
finish_plain (AqEngine          *engine,
              AqFinishEvent     *event,
              const AqWireDone  *done,
              GError           **error)
{
  g_autoptr(AqResult) result = aq_result_new (done->result_type, done->result, done->result_size);

  event->failed = done->failed != 0;
  event->result = result;
  return aq_engine_finish_job (engine, event, error);
}

static gboolean
finish_with_puts (AqEngine          *engine,
                  AqFinishEvent     *event,
                  const AqRun       *run,
                  const AqWireDone  *done,
                  const AqDraftList *list,
                  GError           **error)
{
  g_autoptr(AqResult) result = NULL;

  event->puts = list->drafts;
  event->n_puts = list->n_drafts;
  if (done->returned != AQ_WIRE_NONE_RETURNED)
    {
      event->returned = done->returned;
      event->result_type = run->function->result_type;
    }
  else
    {
      result = aq_result_new (done->result_type, done->result, done->result_size);
      event->result = result;
    }
  return aq_engine_finish_job (engine, event, error);
}

/* Whether an end was refused for what the function wants, which it then fails for. If it is
 * the job itself that is not there, its failure is refused just so. */
static gboolean
is_of_function (const GError *refused)
{
  if (refused->domain != ASYNCQ_ERROR)
    return FALSE;
  switch (refused->code)
    {
    case ASYNCQ_ERROR_BAD_ARGUMENTS:
    case ASYNCQ_ERROR_BAD_RESULT:
    case ASYNCQ_ERROR_BAD_STATE:
    case ASYNCQ_ERROR_INVALID:
    case ASYNCQ_ERROR_NO_SUCH_FACTORY:
    case ASYNCQ_ERROR_NO_SUCH_LIMIT:
    case ASYNCQ_ERROR_NO_SUCH_OBJECT:
    case ASYNCQ_ERROR_NO_SUCH_FUNCTION:
    case ASYNCQ_ERROR_NO_SUCH_JOB:
    case ASYNCQ_ERROR_NO_SUCH_POLICY:
    case ASYNCQ_ERROR_NO_SUCH_QUEUE:
    case ASYNCQ_ERROR_TOO_LARGE:
      return TRUE;

    default:
      return FALSE;
    }
}

/**
 * aq_attempt_finish:
 * @engine: the engine
 * @run: the job that is done
 * @pid: its worker
 * @done: what the worker says
 * @error: return location for an error
 *
 * Ends the attempt as its worker says, in one transaction with the jobs that the
 * function put. Jobs that cannot be put fail it.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for what no sound worker says; then the attempt
 * has not ended.
 */
gboolean
aq_attempt_finish (AqEngine          *engine,
                   const AqRun       *run,
                   guint              pid,
                   const AqWireDone  *done,
                   GError           **error)
{
  AqFinishEvent event = new_event (engine, run, pid);
  AqUsage usage = aq_usage_from_worker (&done->usage);
  g_autoptr(GVariant) evidence = dup_evidence (run, NULL);
  g_autoptr(AqDraftList) list = NULL;
  g_autoptr(GError) failure = NULL;
  g_autoptr(GError) refused = NULL;
  g_autoptr(GVariant) object = NULL;
  gboolean ok;

  event.usage = &usage;
  event.evidence = evidence;
  if (done->snoozed)
    {
      snooze (engine, run, &event, (gint64) done->snooze_usec);
      return TRUE;
    }
  if (!check_result (run, done, error) || !check_object (run, done, error))
    return FALSE;
  if (!check_value (run, done, &failure))
    {
      aq_attempt_fail (engine, run, pid, failure, NULL, &usage, evidence);
      return TRUE;
    }

  object = aq_wire_value_dup (&done->object);
  event.object = run->object;
  event.object_version = run->object_version;
  event.object_value = object;
  if (done->failed || done->puts_size == 0)
    ok = finish_plain (engine, &event, done, &refused);
  else
    {
      list = parse_puts (engine, run, done, &failure, error);
      if (list == NULL && failure == NULL)
        return FALSE;
      if (list == NULL)
        {
          g_prefix_error (&failure, "a job that it put cannot be: ");
          aq_attempt_fail (engine, run, pid, failure, NULL, &usage, evidence);
          return TRUE;
        }
      ok = finish_with_puts (engine, &event, run, done, list, &refused);
    }
  if (ok)
    return TRUE;
  if (is_of_function (refused))
    aq_attempt_fail (engine, run, pid, refused, NULL, &usage, evidence);
  else
    report (refused, "finish", run->id);
  return TRUE;
}

/* gives back a job that no worker has begun */
void
aq_attempt_release (AqEngine *engine,
                    guint64   id,
                    guint64   lease)
{
  g_autoptr(GError) error = NULL;

  if (!aq_engine_release_job (engine, id, lease, &error))
    report (error, "release", id);
}

/* gives back a job that may have begun, by no fault of its own */
void
aq_attempt_interrupt (AqEngine    *engine,
                      const AqRun *run)
{
  g_autoptr(GError) error = NULL;

  if (!aq_engine_interrupt_job (engine, run->id, run->lease, &error))
    report (error, "interrupt", run->id);
}
