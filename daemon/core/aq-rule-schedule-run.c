/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of schedules: the jobs that they make
 *
 * The job and the schedule that it makes the due time over for are written in
 * one transaction: a crash loses both or none.
 */

#include "config.h"

#include "core/aq-draft-value.h"
#include "core/aq-put.h"
#include "core/aq-rules.h"
#include "core/aq-job-schedule-item.h"

#include "libasyncq/asyncq-error.h"

/* a schedule's item, beside its entry, and what its job waits for: what is written of each */
#define ITEM_BYTES 4096

/* what a schedule is about to put */
typedef struct
{
  AqDraftList  *drafts; /* owned, nullable */
  AqDraftAfter  after;
} Making;

static void
making_clear (Making *self)
{
  g_clear_pointer (&self->drafts, aq_draft_list_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Making, making_clear)

static gboolean
check_making (AqTransaction        *transaction,
              const AqSchedulePut  *put,
              Making               *making,
              GError              **error)
{
  const AqDraft *drafts = making->drafts->drafts;
  guint n_drafts = making->drafts->n_drafts;

  return aq_put_check (drafts, n_drafts, error) &&
         aq_put_check_jobs (transaction, drafts, n_drafts, 0, 0, error) &&
         aq_put_check_names (transaction, drafts, n_drafts, put->queues, error);
}

/* @after: the job that it begins behind; 0: none */
static gboolean
prepare (AqTransaction        *transaction,
         AqJobSchedule           *schedule,
         const AqSchedulePut  *put,
         guint64               after,
         Making               *making,
         GError              **error)
{
  GVariant *entry = schedule->entry;
  g_autoptr(GVariant) entries = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, &entry, 1));

  making->drafts = aq_draft_list_parse (entries, put->context, error);
  if (making->drafts != NULL && after != 0)
    {
      making->after = (AqDraftAfter) { .job = after, .on = AQ_EDGE_ON_ANY };
      making->drafts->drafts[0].after = &making->after;
      making->drafts->drafts[0].n_after = 1;
    }
  if (making->drafts != NULL && check_making (transaction, put, making, error))
    return TRUE;
  aq_draft_drop_place (error);
  return FALSE;
}

/* who looks at a job sees where it comes from */
static void
annotate (AqTransaction *transaction,
          AqJob         *job,
          const char    *schedule,
          gint64         due_usec)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "schedule", g_variant_new_string (schedule));
  if (due_usec != 0)
    g_variant_builder_add (&builder, "{sv}", "scheduled-for", g_variant_new_int64 (due_usec));
  g_clear_pointer (&extra->annotations, g_variant_unref);
  extra->annotations = g_variant_ref_sink (g_variant_builder_end (&builder));
  aq_transaction_touch (transaction, job, AQ_JOB_PART_ANNOTATIONS);
}

/* Returns: whether the job is new: a unique key may keep it out, and stand for another one */
static gboolean
make_job (AqTransaction *transaction,
          AqJobSchedule    *schedule,
          Making        *making,
          gint64         due_usec,
          guint64       *out_id)
{
  guint64 first_new = aq_transaction_edit_counters (transaction)->next_id;

  aq_put_drafts (transaction, making->drafts->drafts, making->drafts->n_drafts, "", out_id);
  if (*out_id < first_new)
    return FALSE;
  annotate (transaction, aq_transaction_get_job (transaction, *out_id), schedule->name, due_usec);
  return TRUE;
}

static gboolean
is_unfinished (AqTransaction *transaction,
               guint64        id)
{
  AqJobBrief brief;

  return id != 0 && aq_transaction_get_brief (transaction, id, &brief) && brief.state < ASYNCQ_JOB_STATE_CALLBACKS;
}

/* Returns: a job of the schedule without a result, the newest one; 0: none. Somebody may have cancelled the one that
 * waited. */
static guint64
find_unfinished (AqTransaction       *transaction,
                 const AqJobSchedule *schedule)
{
  if (is_unfinished (transaction, schedule->last_job))
    return schedule->last_job;
  return is_unfinished (transaction, schedule->before_job) ? schedule->before_job : 0;
}

/* whether it has not begun; one that runs again has */
static gboolean
is_waiting (AqTransaction *transaction,
            guint64        id)
{
  const AqJob *job = aq_transaction_get_job (transaction, id);

  return job->state <= ASYNCQ_JOB_STATE_PENDING && job->attempt == 0;
}

static void
cancel_other (AqTransaction       *transaction,
              const AqJobSchedule *schedule,
              guint64              other,
              AqRunSchedulesEvent *event)
{
  g_autofree char *why = g_strdup_printf ("the next run of schedule '%s' takes its place", schedule->name);
  AqCancelEvent cancel = { other, why, event->out_stops };

  /* it is there and has not ended */
  (void) aq_rule_cancel (transaction, &cancel, NULL);
}

static void
note_failure (AqJobSchedule          *schedule,
              const GError        *error,
              AqRunSchedulesEvent *event)
{
  schedule->n_failed++;
  /* said once: it may be due a thousand times a second */
  if (g_strcmp0 (schedule->error, error->message) == 0)
    return;
  g_free (schedule->error);
  schedule->error = g_strdup (error->message);
  g_ptr_array_add (event->out_complaints,
                   g_strdup_printf ("schedule '%s' is due, and no job could be put: %s", schedule->name,
                                    error->message));
}

static void
note_run (AqJobSchedule          *schedule,
          guint64              id,
          gint64               due_usec,
          AqRunSchedulesEvent *event)
{
  schedule->n_runs++;
  schedule->last_job = id;
  schedule->last_run_usec = due_usec;
  event->out_id = id;
}

static void
run (AqTransaction       *transaction,
     AqJobSchedule          *schedule,
     gint64               due_usec,
     AqRunSchedulesEvent *event)
{
  guint64 other = find_unfinished (transaction, schedule);
  gboolean queues = other != 0 && schedule->overlap == AQ_OVERLAP_QUEUE;
  g_auto(Making) making = { 0 };
  g_autoptr(GError) error = NULL;
  guint64 id;

  if (other != 0 && (schedule->overlap == AQ_OVERLAP_SKIP || (queues && is_waiting (transaction, other))))
    {
      schedule->n_skipped++;
      return;
    }
  if (!prepare (transaction, schedule, &event->put, queues ? other : 0, &making, &error))
    {
      note_failure (schedule, error, event);
      return;
    }
  if (other != 0 && schedule->overlap == AQ_OVERLAP_REPLACE)
    cancel_other (transaction, schedule, other, event);
  g_clear_pointer (&schedule->error, g_free);
  if (!make_job (transaction, schedule, &making, due_usec, &id))
    {
      schedule->n_skipped++;
      return;
    }
  schedule->before_job = queues ? other : 0;
  note_run (schedule, id, due_usec, event);
  if (queues)
    schedule->n_queued++;
}

static gboolean
may_go_on (const AqRunSchedulesEvent *event,
           guint                      n_looks)
{
  return n_looks < event->max_looks && !(event->only_one && event->out_id != 0);
}

static void
run_all_due (AqTransaction       *transaction,
             AqScheduleDue       *due,
             AqRunSchedulesEvent *event,
             guint               *n_looks)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_item_require (transaction, due->name, &error);
  gint64 before_usec, due_usec;

  due->next_usec = G_MAXINT64;
  if (schedule == NULL)
    {
      /* removed meanwhile, or of a zone that the system has no more */
      if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_SCHEDULE))
        g_ptr_array_add (event->out_complaints, g_strdup (error->message));
      return;
    }
  before_usec = schedule->next_usec;
  while (may_go_on (event, *n_looks) && aq_job_schedule_take_due (schedule, transaction->now.wall_usec, &due_usec))
    {
      run (transaction, schedule, due_usec, event);
      (*n_looks)++;
    }
  if (schedule->next_usec != before_usec)
    due->next_usec = aq_job_schedule_item_save (transaction, schedule);
  else if (!schedule->paused)
    due->next_usec = schedule->next_usec;
}

/* how much the jobs of one schedule take, at the most; the schedule itself is left alone */
static void
measure (AqTransaction       *transaction,
         const char          *name,
         AqRunSchedulesEvent *event,
         guint               *n_looks)
{
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_item_require (transaction, name, NULL);
  g_auto(Making) making = { 0 };
  guint64 n_job_bytes = 0;
  guint n_jobs = 0;
  gint64 due_usec;

  if (schedule == NULL)
    return;
  if (prepare (transaction, schedule, &event->put, 0, &making, NULL))
    n_job_bytes = aq_put_get_max_bytes (making.drafts->drafts, making.drafts->n_drafts);
  while (*n_looks < event->max_looks && aq_job_schedule_take_due (schedule, transaction->now.wall_usec, &due_usec))
    {
      n_jobs++;
      (*n_looks)++;
    }
  event->out_max_bytes += ITEM_BYTES + g_variant_get_size (schedule->entry) +
                          (event->only_one ? MIN (n_jobs, 1) : n_jobs) * n_job_bytes;
}

/**
 * aq_rule_measure_schedules:
 * @transaction: a transaction
 * @run_schedules_event: an #AqRunSchedulesEvent
 * @error: return location for an error
 *
 * Says how many bytes aq_rule_run_schedules() takes with the same event, at the
 * most, and holds it to no more due times than it has seen. Changes nothing.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_measure_schedules (AqTransaction  *transaction,
                           gpointer        run_schedules_event,
                           GError        **error)
{
  AqRunSchedulesEvent *event = run_schedules_event;
  guint n_looks = 0;

  event->out_max_bytes = 0;
  for (guint i = 0; i < event->due->len && n_looks < event->max_looks; i++)
    measure (transaction, g_array_index (event->due, AqScheduleDue, i).name, event, &n_looks);
  event->max_looks = MAX (n_looks, 1);
  return TRUE;
}

/**
 * aq_rule_run_schedules:
 * @transaction: a transaction
 * @run_schedules_event: an #AqRunSchedulesEvent
 * @error: return location for an error
 *
 * Time has passed: the schedules that are due make their jobs, for %max_looks due times. One
 * that cannot is noted so, and goes on with its next due time.
 *
 * Source: behaviour M22 to M24; X24: all that are due are looked at.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_run_schedules (AqTransaction  *transaction,
                       gpointer        run_schedules_event,
                       GError        **error)
{
  AqRunSchedulesEvent *event = run_schedules_event;
  guint n_looks = 0;

  for (guint i = 0; i < event->due->len && may_go_on (event, n_looks); i++)
    run_all_due (transaction, &g_array_index (event->due, AqScheduleDue, i), event, &n_looks);
  return TRUE;
}

/**
 * aq_rule_trigger_schedule:
 * @transaction: a transaction
 * @trigger_schedule_event: an #AqTriggerScheduleEvent
 * @error: return location for an error
 *
 * Somebody wants a job of a schedule now. It changes nothing of the plan, nor of
 * what overlaps with what; a paused schedule makes it too.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`; those of aq_draft_list_parse() and
 * aq_rule_put().
 *
 * Returns: whether it was put
 *
 * Since: 0.1
 */
gboolean
aq_rule_trigger_schedule (AqTransaction  *transaction,
                          gpointer        trigger_schedule_event,
                          GError        **error)
{
  AqTriggerScheduleEvent *event = trigger_schedule_event;
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_item_require (transaction, event->name, error);
  g_auto(Making) making = { 0 };

  if (schedule == NULL || !prepare (transaction, schedule, &event->put, 0, &making, error))
    return FALSE;
  (void) make_job (transaction, schedule, &making, 0, &event->out_id); /* a submit is told the other one too */
  return TRUE;
}
