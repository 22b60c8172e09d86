/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * When a job will begin that only waits for its turn
 *
 * What runs is taken to take as long as its function did on average, and so is
 * what comes before the job. All agents that take the job share that work. It is
 * no more than an estimate: what is put later may come before, too.
 */

#include "config.h"

#include "core/aq-claim-check.h"
#include "core/aq-lane.h"
#include "core/aq-why.h"

typedef struct
{
  guint   n_slots;    /* of the agents that take the job */
  guint   n_free;     /* of these */
  guint64 n_before;   /* jobs that come before it in one of them */
  double  busy_usec;  /* what runs there still needs */
  double  first_usec; /* until the first of that ends */
  double  before_usec;
  guint   n_running;
} Work;

/* (element-type AqClaimCheck): of the agents that take jobs of the lane */
static GArray *
list_takers (AqTransaction    *transaction,
             const AqWhyEvent *event,
             const AqLane     *lane)
{
  GArray *takers = g_array_new (FALSE, FALSE, sizeof (AqClaimCheck));

  for (guint i = 0; i < event->n_agents; i++)
    {
      const AqClaimCheck check = aq_claim_check_new (transaction, event->agents[i].agent, event->functions);

      if (!(aq_claim_check_list_obstacles (&check, lane) & AQ_OBSTACLE_AGENT))
        g_array_append_val (takers, check);
    }
  return takers;
}

static gboolean
is_taken (const GArray *takers,
          const AqLane *lane)
{
  for (guint i = 0; i < takers->len; i++)
    if (aq_claim_check_accepts (lane, &g_array_index (takers, AqClaimCheck, i)))
      return TRUE;
  return FALSE;
}

/* Returns: whether it is known how long all of them take */
static gboolean
add_before (Work             *work,
            AqTransaction    *transaction,
            const AqWhyEvent *event,
            const AqJob      *job,
            const GArray     *before)
{
  g_autoptr(GArray) takers = list_takers (transaction, event, job->lane);
  gboolean is_known = TRUE;

  for (guint i = 0; i < before->len; i++)
    {
      const AqLaneCount *count = &g_array_index (before, AqLaneCount, i);
      gint64 mean_usec = 0;

      if (!is_taken (takers, count->lane))
        continue;
      is_known = aq_run_times_get_mean (event->run_times, count->lane->function, &mean_usec) && is_known;
      work->n_before += count->n_jobs;
      work->before_usec += (double) mean_usec * (double) count->n_jobs;
    }
  return is_known;
}

static const AqWhyAgent *
find_taker (AqTransaction    *transaction,
            const AqWhyEvent *event,
            const AqJob      *job,
            const char       *name)
{
  for (guint i = 0; i < event->n_agents; i++)
    {
      const AqWhyAgent *agent = &event->agents[i];
      const AqClaimCheck check = aq_claim_check_new (transaction, agent->agent, event->functions);

      if ((name == NULL || g_str_equal (agent->agent->name, name)) &&
          !(aq_claim_check_list_obstacles (&check, job->lane) & AQ_OBSTACLE_AGENT))
        return agent;
    }
  return NULL;
}

static gboolean
add_running (Work             *work,
             AqTransaction    *transaction,
             const AqWhyEvent *event,
             const AqJob      *job)
{
  const GPtrArray *busy = aq_transaction_get_busy (transaction);

  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *other = g_ptr_array_index (busy, i);
      gint64 mean_usec;
      double left_usec;

      if (!aq_job_holds_slot (other) || find_taker (transaction, event, job, other->extra->agent) == NULL)
        continue;
      if (!aq_run_times_get_mean (event->run_times, aq_job_get_function (other), &mean_usec))
        return FALSE;
      left_usec = mean_usec;
      if (other->extra->started_usec != 0)
        left_usec -= transaction->now.wall_usec - other->extra->started_usec;
      /* longer than on average already: nobody knows how much longer */
      if (left_usec <= 0)
        return FALSE;
      work->first_usec = work->n_running == 0 ? left_usec : MIN (work->first_usec, left_usec);
      work->busy_usec += left_usec;
      work->n_running++;
    }
  return TRUE;
}

static void
add_slots (Work             *work,
           AqTransaction    *transaction,
           const AqWhyEvent *event,
           const AqJob      *job)
{
  for (guint i = 0; i < event->n_agents; i++)
    {
      const AqWhyAgent *agent = &event->agents[i];

      if (find_taker (transaction, event, job, agent->agent->name) == NULL)
        continue;
      work->n_slots += agent->agent->size;
      work->n_free += agent->n_free;
    }
}

/**
 * aq_why_estimate:
 * @list: where to say when it will begin
 * @transaction: a transaction
 * @event: who asks
 * @job: a pending job that is due
 * @before: (element-type AqLaneCount): what comes before it
 *
 * Since: 0.1
 */
void
aq_why_estimate (AqWhyList        *list,
                 AqTransaction    *transaction,
                 const AqWhyEvent *event,
                 const AqJob      *job,
                 const GArray     *before)
{
  Work work = { 0 };
  gboolean is_known;
  double wait_usec;

  add_slots (&work, transaction, event, job);
  is_known = add_before (&work, transaction, event, job, before);
  if (work.n_before < work.n_free)
    {
      aq_why_list_delay (list, transaction->now.wall_usec, "a worker is free");
      return;
    }
  if (work.n_slots == 0 || !is_known || !add_running (&work, transaction, event, job))
    {
      aq_why_list_set_unknown (list);
      return;
    }
  if (work.n_before == 0)
    wait_usec = work.first_usec;
  else
    wait_usec = (work.busy_usec + work.before_usec) / work.n_slots;
  aq_why_list_delay (list, transaction->now.wall_usec + (gint64) MIN (wait_usec, 1e15),
                     "%" G_GUINT64_FORMAT " before it and %u running, at the run times that their functions had "
                     "on average, over %u slots",
                     work.n_before, work.n_running, work.n_slots);
}
