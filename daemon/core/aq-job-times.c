/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Times of a job
 *
 * Delays and time-outs are of the steady clock, begin-after and begin-by of the
 * wall clock. A job that is new keeps its delay in `due_usec`, until it enters its
 * queue. What is relative in its settings becomes absolute when it is put (see
 * aq-put.c and aq-join.c), and again when its settings or its begin are changed.
 */

#include "config.h"

#include "core/aq-job-times.h"

#include "core/aq-job-past.h"

/* the moment from which begin-by counts, wall clock; 0: it has not entered its queue yet */
static gint64
get_begin (const AqTime *now,
           const AqJob  *job)
{
  if (job->state != ASYNCQ_JOB_STATE_PENDING)
    return 0;
  return job->flags & AQ_JOB_STEADY ? job->due_usec - now->steady_usec + now->wall_usec : job->due_usec;
}

/* the moment of its put, steady clock */
static gint64
get_put (const AqTime *now,
         const AqJob  *job)
{
  return now->steady_usec - MAX (now->wall_usec - job->created_usec, 0);
}

/* What its deadlines count from, where they are known to have counted from it. */
typedef struct
{
  gint64 begin_usec; /* wall clock; 0: not known yet */
  gint64 put_usec;   /* steady clock */
} Origins;

static Origins
get_origins (const AqTime *now,
             const AqJob  *job)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;
  Origins origins = { get_begin (now, job), get_put (now, job) };

  if (past != NULL && past->begin_by_usec != 0 && settings->begin_by_usec >= 0)
    origins.begin_usec = past->begin_by_usec - settings->begin_by_usec;
  if (past != NULL && past->give_up_usec != 0 && settings->total_timeout_usec > 0)
    origins.put_usec = past->give_up_usec - settings->total_timeout_usec;
  return origins;
}

static void
set_deadlines (AqTransaction *transaction,
               AqJob         *job,
               Origins        origins)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  gint64 begin_by_usec = settings->begin_by_usec >= 0 && origins.begin_usec != 0
                           ? MIN (origins.begin_usec, G_MAXINT64 - settings->begin_by_usec) + settings->begin_by_usec
                           : 0;
  gint64 give_up_usec = settings->total_timeout_usec > 0 ? origins.put_usec + settings->total_timeout_usec : 0;
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;

  if (past == NULL ? begin_by_usec == 0 && give_up_usec == 0
                   : begin_by_usec == past->begin_by_usec && give_up_usec == past->give_up_usec)
    return;
  aq_job_ensure_past (job)->begin_by_usec = begin_by_usec;
  job->extra->past->give_up_usec = give_up_usec;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
}

static void
keep_settings (AqTransaction *transaction,
               AqJob         *job,
               AqJobSettings *settings)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  if (settings != NULL)
    aq_job_settings_ref (settings);
  g_clear_pointer (&extra->settings, aq_job_settings_unref);
  extra->settings = settings;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_SETTINGS);
}

static void
delay (AqTransaction *transaction,
       AqJob         *job,
       gint64         delay_usec)
{
  gboolean is_new = job->state == ASYNCQ_JOB_STATE_NEW;

  job->due_usec = is_new ? delay_usec : transaction->now.steady_usec + delay_usec;
  job->flags = (job->flags & ~AQ_JOB_PUT_BACK) | AQ_JOB_STEADY | (is_new ? 0 : AQ_JOB_SCHEDULED);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
}

/**
 * aq_job_times_set_settings:
 * @transaction: a transaction
 * @job: a job that does not run and has not ended
 * @settings: (nullable): how it is to be treated from now on
 *
 * Deadlines that are not changed stay; others count from where the old ones did.
 *
 * Since: 0.1
 */
void
aq_job_times_set_settings (AqTransaction *transaction,
                           AqJob         *job,
                           AqJobSettings *settings)
{
  const Origins origins = get_origins (&transaction->now, job);

  keep_settings (transaction, job, settings);
  set_deadlines (transaction, job, origins);
  aq_transaction_reindex (transaction, job);
}

/* Source: behaviour Z26: to the end of those that are due. */
static void
go_last (AqTransaction *transaction,
         AqJob         *job)
{
  AqCounters *counters = aq_transaction_edit_counters (transaction);

  counters->last_due_usec = MAX (counters->last_due_usec, transaction->now.wall_usec);
  job->due_usec = counters->last_due_usec;
  job->order = counters->next_order++;
}

/**
 * aq_job_times_set_begin:
 * @transaction: a transaction
 * @job: a new or pending job
 * @begin_after_usec: wall clock; 0: none
 * @delay_usec: steady clock, from now; 0: none
 *
 * Gives a job another time to begin; none of both: as soon as possible. One that
 * is due goes to the end of its queue.
 *
 * Since: 0.1
 */
void
aq_job_times_set_begin (AqTransaction *transaction,
                        AqJob         *job,
                        gint64         begin_after_usec,
                        gint64         delay_usec)
{
  Origins origins = get_origins (&transaction->now, job);

  job->begin_after_usec = begin_after_usec;
  job->flags &= ~(AQ_JOB_PUT_BACK | AQ_JOB_SCHEDULED | AQ_JOB_STEADY);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE);
  if (delay_usec > 0)
    delay (transaction, job, delay_usec);
  else if (job->state == ASYNCQ_JOB_STATE_NEW)
    job->due_usec = 0;
  else if (begin_after_usec > transaction->now.wall_usec)
    {
      job->due_usec = begin_after_usec;
      job->flags |= AQ_JOB_SCHEDULED;
    }
  else
    go_last (transaction, job);
  origins.begin_usec = get_begin (&transaction->now, job);
  set_deadlines (transaction, job, origins);
  aq_transaction_reindex (transaction, job);
}

/**
 * aq_job_times_make_due:
 * @transaction: a transaction
 * @job: a pending job
 *
 * Lets a job begin now, before all others of its priority.
 *
 * Since: 0.1
 */
void
aq_job_times_make_due (AqTransaction *transaction,
                       AqJob         *job)
{
  job->due_usec = transaction->now.wall_usec;
  job->order = aq_transaction_edit_counters (transaction)->next_order++;
  job->flags = (job->flags & ~(AQ_JOB_SCHEDULED | AQ_JOB_STEADY)) | AQ_JOB_PUT_BACK;
  /* while it waited for its time others had its places */
  if (job->kind == AQ_JOB_CALL)
    job->flags |= AQ_JOB_LEFT_PLACE;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
  aq_transaction_reindex (transaction, job);
}

/**
 * aq_job_times_snooze:
 * @transaction: a transaction
 * @job: a pending job
 * @delay_usec: steady clock, from now
 *
 * Lets a job begin later.
 *
 * Since: 0.1
 */
void
aq_job_times_snooze (AqTransaction *transaction,
                     AqJob         *job,
                     gint64         delay_usec)
{
  delay (transaction, job, delay_usec);
  aq_transaction_reindex (transaction, job);
}
