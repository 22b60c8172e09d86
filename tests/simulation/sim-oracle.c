/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Oracle
 *
 * The invariants of the project's test plan, looked at after every step:
 *
 *   I1  what was acknowledged is there, or was completed and is kept no longer
 *   I2  what has ended stays as it ended
 *   I3  only the newest lease, and that while it lasts, has an effect
 *   I4  what an attempt put is there if, and only if, its end is
 *   I5  one submit key, one job
 *   I6  leases rise
 *   I8  nothing is there that nobody asked for
 *   I9  when all faults are over every job completes
 *
 * and of a job's life: it does not begin before what it waits for has ended as it
 * is to, a composite job has its result after all that makes it, and a job is
 * completed after its callbacks.
 */

#include "config.h"

#include "sim-oracle.h"

#include "core/aq-job-past.h"
#include "sim-main.h"

#include <string.h>

static void
free_spec (gpointer data)
{
  SimSpec *spec = data;

  g_clear_pointer (&spec->members, g_ptr_array_unref);
  g_clear_pointer (&spec->callbacks, g_ptr_array_unref);
  g_clear_pointer (&spec->after, g_array_unref);
  g_free (spec);
}

void
sim_oracle_init (SimOracle *self)
{
  const SimGroup clients = { 0 };

  *self = (SimOracle) {
    .specs = g_ptr_array_new_with_free_func (free_spec),
    .groups = g_array_new (FALSE, TRUE, sizeof (SimGroup)),
    .now = g_array_new (FALSE, TRUE, sizeof (SimJob)),
    .before = g_array_new (FALSE, TRUE, sizeof (SimJob)),
    .durable = g_array_new (FALSE, TRUE, sizeof (SimJob)),
    .leases = g_array_new (FALSE, TRUE, sizeof (guint64)),
    .acked = g_array_new (FALSE, TRUE, sizeof (gboolean)),
    .key_owners = g_array_new (FALSE, TRUE, sizeof (guint64)),
    .submit_ids = g_array_new (FALSE, TRUE, sizeof (guint64)),
  };
  g_array_append_val (self->groups, clients);
}

void
sim_oracle_clear (SimOracle *self)
{
  g_ptr_array_unref (self->specs);
  g_array_unref (self->groups);
  g_array_unref (self->now);
  g_array_unref (self->before);
  g_array_unref (self->durable);
  g_array_unref (self->leases);
  g_array_unref (self->acked);
  g_array_unref (self->key_owners);
  g_array_unref (self->submit_ids);
}

SimSpec *
sim_oracle_add_spec (SimOracle *self)
{
  SimSpec *spec = g_new0 (SimSpec, 1);

  g_ptr_array_add (self->specs, spec);
  spec->nonce = self->specs->len;
  return spec;
}

SimSpec *
sim_oracle_get_spec (SimOracle *self,
                     guint64    nonce)
{
  return nonce >= 1 && nonce <= self->specs->len ? g_ptr_array_index (self->specs, nonce - 1) : NULL;
}

static void
forget (GPtrArray *list,
        SimSpec   *spec)
{
  if (list != NULL)
    (void) g_ptr_array_remove (list, spec);
}

/* those from @first on */
void
sim_oracle_refused (SimOracle *self,
                       guint      first)
{
  for (guint i = first; i <= self->specs->len; i++)
    {
      SimSpec *spec = sim_oracle_get_spec (self, i);

      spec->refused = TRUE;
      if (spec->parent == NULL)
        continue;
      forget (spec->parent->members, spec);
      forget (spec->parent->callbacks, spec);
      if (spec->parent->postprocess == spec)
        spec->parent->postprocess = NULL;
      spec->parent = NULL;
    }
}

guint
sim_oracle_add_group (SimOracle *self,
                      guint64    parent,
                      guint64    lease)
{
  const SimGroup group = { .parent = parent, .lease = lease, .first = self->specs->len + 1 };

  g_array_append_val (self->groups, group);
  return self->groups->len - 1;
}

static const SimJob nothing = { 0 };

const SimJob *
sim_oracle_get_job (SimOracle *self,
                    guint64    id)
{
  return id < self->now->len ? &g_array_index (self->now, SimJob, id) : &nothing;
}

#define AT(array, type, index) \
  (*(index < (array)->len ? &g_array_index (array, type, index) \
                          : &g_array_index (g_array_set_size (array, (index) + 1), type, index)))

void
sim_oracle_claimed (SimOracle *self,
                    guint64    id,
                    guint64    lease)
{
  const SimJob *job = sim_oracle_get_job (self, id);

  if (lease <= self->last_lease)
    sim_violation ("I6: job %" G_GUINT64_FORMAT " is claimed with lease %" G_GUINT64_FORMAT
                   ", and %" G_GUINT64_FORMAT " was given before", id, lease, self->last_lease);
  /* a claim ends jobs whose time is over first, so new ones may have come into the queue */
  if (job->spec == NULL || job->state > ASYNCQ_JOB_STATE_PENDING)
    sim_violation ("I2: job %" G_GUINT64_FORMAT " is claimed, and is not pending", id);
  if (job->spec->once && job->attempt > 0)
    sim_violation ("promise 2: job %" G_GUINT64_FORMAT " runs at most once, and is claimed again", id);
  self->last_lease = lease;
  AT (self->leases, guint64, id) = lease;
}

void
sim_oracle_handed_over (SimOracle *self,
                        guint64    lease)
{
  self->worker_lease = MAX (self->worker_lease, lease);
}

/* whether an attempt is the newest of its job, and not over */
gboolean
sim_oracle_is_current (SimOracle *self,
                       guint64    id,
                       guint64    lease)
{
  return AT (self->leases, guint64, id) == lease && sim_job_is_held (sim_oracle_get_job (self, id));
}

void
sim_oracle_acked (SimOracle *self,
                  guint64    id,
                  guint      submit_key)
{
  AT (self->acked, gboolean, id) = TRUE;
  if (submit_key == 0)
    return;
  if (AT (self->submit_ids, guint64, submit_key) != 0 && AT (self->submit_ids, guint64, submit_key) != id)
    sim_violation ("I5: submit key %u was answered with job %" G_GUINT64_FORMAT ", and now with %" G_GUINT64_FORMAT,
                   submit_key, AT (self->submit_ids, guint64, submit_key), id);
  AT (self->submit_ids, guint64, submit_key) = id;
}

static guint64
hash_result (const AqResult *result)
{
  guint64 hash = 5381;

  for (guint32 i = 0; result != NULL && i < result->size; i++)
    hash = hash * 33 + result->data[i];
  return hash;
}

static guint64
read_nonce (const AqJob *job)
{
  guint64 nonce = 0;

  if (job->arguments_size == sizeof nonce)
    memcpy (&nonce, job->arguments, sizeof nonce);
  return nonce;
}

static SimJob *
note (SimOracle   *self,
      const AqJob *job)
{
  SimSpec *spec = sim_oracle_get_spec (self, read_nonce (job));
  SimJob *seen = &AT (self->now, SimJob, job->id);
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;

  if (spec == NULL)
    sim_violation ("I8: job %" G_GUINT64_FORMAT " has the argument %" G_GUINT64_FORMAT ", which nobody gave",
                   job->id, read_nonce (job));
  *seen = (SimJob) {
    .spec = spec,
    .lease = job->lease,
    .result = job->extra != NULL ? hash_result (job->extra->result) : 0,
    .order = job->order,
    .due_usec = job->due_usec,
    .attempt = job->attempt,
    .n_waiting = job->n_waiting,
    .interruptions = job->interruptions,
    .state = job->state,
    .outcome = job->outcome,
    .flags = job->flags,
    .priority = job->priority,
    .queue = g_str_hash (aq_job_get_queue (job)),
    .to_be_cancelled = past != NULL && past->cancel_why != NULL,
    .begin_by_usec = past != NULL ? past->begin_by_usec : 0,
    .give_up_usec = past != NULL ? past->give_up_usec : 0,
    .agent = job->extra != NULL ? job->extra->agent : NULL,
  };
  return seen;
}

/* I5 and I8 */
static void
check_number (SimOracle *self,
              SimSpec   *spec,
              guint64    id)
{
  if (spec->refused)
    sim_violation ("I4: job %" G_GUINT64_FORMAT " is there (number %" G_GUINT64_FORMAT "), and was refused", id,
                   spec->nonce);
  if (++spec->n_there > 1 + spec->n_again)
    sim_violation ("I8: job %" G_GUINT64_FORMAT " is there twice (number %" G_GUINT64_FORMAT ")", id, spec->nonce);
  if (spec->submit_key == 0 || spec->n_there > 1)
    return;
  if (AT (self->key_owners, guint64, spec->submit_key) != 0)
    sim_violation ("I5: jobs %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " have submit key %u", id,
                   AT (self->key_owners, guint64, spec->submit_key), spec->submit_key);
  AT (self->key_owners, guint64, spec->submit_key) = id;
}

static void
read_jobs (SimOracle     *self,
           AqTransaction *transaction)
{
  guint64 below_id = G_MAXUINT64;
  const AqJob *job;

  for (guint i = 0; i < self->specs->len; i++)
    ((SimSpec *) g_ptr_array_index (self->specs, i))->n_there = 0;
  g_array_set_size (self->key_owners, 0);
  g_array_set_size (self->now, 0);
  while ((job = aq_transaction_iterate (transaction, below_id)) != NULL)
    {
      SimJob *seen = note (self, job);

      below_id = job->id;
      check_number (self, seen->spec, job->id);
      /* the oldest comes last: newer ones run it again */
      if (!seen->spec->gone)
        seen->spec->id = job->id;
    }
}

static gboolean
is_same_end (const SimJob *old,
             const SimJob *new)
{
  return new->state >= old->state && new->outcome == old->outcome && new->result == old->result &&
         new->lease == old->lease && new->attempt == old->attempt;
}

/* from one look to the next */
static void
check_step (SimOracle    *self,
            guint64       id,
            const SimJob *old,
            const SimJob *new)
{
  if (old->spec == NULL)
    return;
  if (new->spec == NULL)
    {
      if (old->state != ASYNCQ_JOB_STATE_COMPLETED)
        sim_violation ("I1: job %" G_GUINT64_FORMAT " was %s and is gone", id, asyncq_job_state_to_string (old->state));
      old->spec->gone = TRUE;
      return;
    }
  if (sim_job_has_ended (old) && !is_same_end (old, new))
    sim_violation ("I2: job %" G_GUINT64_FORMAT " has ended (%s, lease %" G_GUINT64_FORMAT ") and is now %s, %s, "
                   "lease %" G_GUINT64_FORMAT, id, asyncq_job_outcome_to_string (old->outcome), old->lease,
                   asyncq_job_state_to_string (new->state), asyncq_job_outcome_to_string (new->outcome), new->lease);
  if (new->lease < old->lease || new->attempt < old->attempt || new->interruptions < old->interruptions)
    sim_violation ("I6: what is counted of job %" G_GUINT64_FORMAT " goes back", id);
}

static const SimJob *
job_of (SimOracle     *self,
        const SimSpec *spec)
{
  return sim_oracle_get_job (self, spec->id);
}

static gboolean
fits (AqEdgeOn      on,
      const SimJob *job)
{
  if (on == AQ_EDGE_ON_SUCCESS)
    return job->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED;
  return on != AQ_EDGE_ON_FAILURE || job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED;
}

static void
check_ended (SimOracle     *self,
             const SimSpec *spec,
             const SimSpec *first,
             const char    *what)
{
  const SimJob *job = job_of (self, first);

  /* one that is kept no longer had ended */
  if (job->spec != NULL && !sim_job_has_ended (job))
    sim_violation ("job %" G_GUINT64_FORMAT " goes on before its %s, job %" G_GUINT64_FORMAT ", has ended", spec->id,
                   what, first->id);
}

/* every member before @end, NULL: all */
static void
check_members_ended (SimOracle     *self,
                     const SimSpec *spec,
                     const SimSpec *composite,
                     const SimSpec *end)
{
  for (guint i = 0; composite->members != NULL && i < composite->members->len; i++)
    {
      const SimSpec *member = g_ptr_array_index (composite->members, i);

      if (member == end)
        return;
      check_ended (self, spec, member, "part");
    }
}

static void
check_callback_turn (SimOracle     *self,
                     const SimSpec *spec)
{
  const SimSpec *parent = spec->parent;

  check_ended (self, spec, parent, "parent");
  if (!fits (spec->on, job_of (self, parent)) && job_of (self, parent)->spec != NULL)
    sim_violation ("job %" G_GUINT64_FORMAT " runs, and its parent, job %" G_GUINT64_FORMAT ", has %s", spec->id,
                   parent->id, asyncq_job_outcome_to_string (job_of (self, parent)->outcome));
  for (guint i = 0; i < parent->callbacks->len; i++)
    {
      const SimSpec *earlier = g_ptr_array_index (parent->callbacks, i);

      if (earlier == spec)
        return;
      if (earlier->on != AQ_EDGE_ON_FIRST_FAILURE && job_of (self, earlier)->spec != NULL &&
          !sim_job_has_ended (job_of (self, earlier)) && !(job_of (self, earlier)->flags & AQ_JOB_WAITING))
        sim_violation ("job %" G_GUINT64_FORMAT " runs before the callback ahead of it, job %" G_GUINT64_FORMAT ", which "
                       "is %s", spec->id, earlier->id, asyncq_job_state_to_string (job_of (self, earlier)->state));
    }
}

/* the job is in its queue or further, so what it waits for has come */
static void
check_turn (SimOracle     *self,
            const SimSpec *spec)
{
  const SimSpec *parent = spec->parent;

  if (parent != NULL && spec->role == AQ_EDGE_CALLBACK)
    {
      if (spec->on != AQ_EDGE_ON_FIRST_FAILURE)
        check_callback_turn (self, spec);
    }
  else if (parent != NULL)
    {
      const SimJob *whole = job_of (self, parent);

      if (whole->spec != NULL && whole->state < ASYNCQ_JOB_STATE_ACTIVE)
        sim_violation ("job %" G_GUINT64_FORMAT " goes on before its whole, job %" G_GUINT64_FORMAT ", has begun",
                       spec->id, parent->id);
      if (spec->role == AQ_EDGE_POSTPROCESS)
        check_members_ended (self, spec, parent, NULL);
      else if (parent->kind == AQ_JOB_SERIAL)
        check_members_ended (self, spec, parent, spec);
    }
  for (guint i = 0; spec->after != NULL && i < spec->after->len; i++)
    {
      const SimAfter *after = &g_array_index (spec->after, SimAfter, i);

      check_ended (self, spec, after->spec, "forerunner");
      if (job_of (self, after->spec)->spec != NULL && !fits (after->on, job_of (self, after->spec)))
        sim_violation ("job %" G_GUINT64_FORMAT " goes on, and job %" G_GUINT64_FORMAT " has %s", spec->id,
                       after->spec->id, asyncq_job_outcome_to_string (job_of (self, after->spec)->outcome));
    }
}

static void
check_whole (SimOracle     *self,
             const SimSpec *spec,
             const SimJob  *job)
{
  if (spec->kind != AQ_JOB_CALL && job->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    {
      if (spec->postprocess != NULL)
        check_ended (self, spec, spec->postprocess, "postprocess job");
      check_members_ended (self, spec, spec, NULL);
    }
  if (spec->returned != NULL && job->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    {
      check_ended (self, spec, spec->returned, "returned job");
      if (job_of (self, spec->returned)->spec != NULL && job_of (self, spec->returned)->result != job->result)
        sim_violation ("job %" G_GUINT64_FORMAT " has another result than the job that it returned", spec->id);
    }
}

static void
check_callbacks_done (SimOracle     *self,
                      const SimSpec *spec)
{
  for (guint i = 0; spec->callbacks != NULL && i < spec->callbacks->len; i++)
    {
      const SimSpec *callback = g_ptr_array_index (spec->callbacks, i);
      const SimJob *job = job_of (self, callback);

      /* one that waits for a job that it returned holds nobody up: behaviour Z66 */
      if (callback->late || job->spec == NULL || job->state == ASYNCQ_JOB_STATE_COMPLETED ||
          (job->flags & AQ_JOB_WAITING) || callback->returned != NULL)
        continue;
      sim_violation ("job %" G_GUINT64_FORMAT " is completed before its callback, job %" G_GUINT64_FORMAT, spec->id,
                     callback->id);
    }
}

/* Source: behaviour X6 and Z59; a skipped callback is as its parent. */
static void
check_skipped (SimOracle     *self,
               const SimSpec *spec,
               const SimJob  *job)
{
  const SimJob *parent;

  if (job->attempt > 0 || !sim_job_has_ended (job))
    sim_violation ("job %" G_GUINT64_FORMAT " is skipped, and ran or goes on", spec->id);
  if (spec->role != AQ_EDGE_CALLBACK || spec->parent == NULL || spec->after != NULL)
    return;
  parent = job_of (self, spec->parent);
  if (parent->spec != NULL && (parent->outcome != job->outcome || parent->result != job->result))
    sim_violation ("job %" G_GUINT64_FORMAT " is skipped, and does not pass on what its parent, job %" G_GUINT64_FORMAT
                   ", gave it", spec->id, spec->parent->id);
}

static void
check_job (SimOracle    *self,
           const SimJob *job)
{
  const SimSpec *spec = job->spec;

  if (job->state > ASYNCQ_JOB_STATE_NEW && job->state < ASYNCQ_JOB_STATE_CALLBACKS)
    check_turn (self, spec);
  if (sim_job_has_ended (job))
    check_whole (self, spec, job);
  if (job->state == ASYNCQ_JOB_STATE_COMPLETED)
    check_callbacks_done (self, spec);
  if (job->flags & AQ_JOB_SKIPPED)
    check_skipped (self, spec, job);
}

/* I4 */
static void
check_group (SimOracle      *self,
             const SimGroup *group)
{
  const SimJob *parent = sim_oracle_get_job (self, group->parent);
  gboolean wanted = group->sequence != 0;

  for (guint i = 0; i < group->n_specs; i++)
    if (wanted != (sim_oracle_get_spec (self, group->first + i)->id != 0))
      sim_violation ("I4: the end of job %" G_GUINT64_FORMAT "'s attempt with lease %" G_GUINT64_FORMAT " is %s, and "
                     "what it put %s (number %u)", group->parent, group->lease, wanted ? "there" : "not there",
                     wanted ? "is not" : "is", group->first + i);
  if (wanted && parent->spec != NULL &&
      (parent->lease != group->lease || !(sim_job_has_ended (parent) || (parent->flags & AQ_JOB_WAITING))))
    sim_violation ("I4: what job %" G_GUINT64_FORMAT "'s attempt with lease %" G_GUINT64_FORMAT " put is there, and "
                   "the job is %s", group->parent, group->lease, asyncq_job_state_to_string (parent->state));
}

/* a limit's number is its size */
static void
check_limits (SimOracle *self)
{
  guint n_places[SIM_N_LIMITS + 1] = { 0 };

  for (guint64 id = 1; id < self->now->len; id++)
    {
      const SimJob *job = &g_array_index (self->now, SimJob, id);

      if (job->spec != NULL && job->spec->limit > 0 && sim_job_has_place (job) &&
          ++n_places[job->spec->limit] > job->spec->limit)
        sim_violation ("job %" G_GUINT64_FORMAT " has a place too many of limit %u", id, job->spec->limit);
    }
}

static void
check_all (SimOracle *self)
{
  check_limits (self);
  for (guint64 id = 1; id < self->now->len; id++)
    {
      const SimJob *job = &g_array_index (self->now, SimJob, id);

      /* what runs a job again has its number, and none of its relations */
      if (job->spec != NULL && job->spec->id == id)
        check_job (self, job);
    }
  for (guint i = 1; i < self->groups->len; i++)
    check_group (self, &g_array_index (self->groups, SimGroup, i));
}

static void
compare (SimOracle    *self,
         const GArray *old)
{
  for (guint64 id = 1; id < old->len; id++)
    check_step (self, id, &g_array_index (old, SimJob, id), sim_oracle_get_job (self, id));
}

/* after every step */
void
sim_oracle_look (SimOracle     *self,
                 AqTransaction *transaction)
{
  GArray *swap = self->before;

  self->before = self->now;
  self->now = swap;
  read_jobs (self, transaction);
  compare (self, self->before);
  check_all (self);
}

/* all that was looked at survives */
void
sim_oracle_flushed (SimOracle *self)
{
  g_array_set_size (self->durable, 0);
  g_array_append_vals (self->durable, self->now->data, self->now->len);
}

static gboolean
is_gone (SimOracle *self,
         guint64    id)
{
  for (guint i = 0; i < self->specs->len; i++)
    {
      const SimSpec *spec = g_ptr_array_index (self->specs, i);

      if (spec->id == id && spec->gone)
        return TRUE;
    }
  return FALSE;
}

/* some of what was not flushed is gone */
void
sim_oracle_crashed (SimOracle     *self,
                    AqTransaction *transaction,
                    guint64        sequence)
{
  read_jobs (self, transaction);
  for (guint i = 1; i < self->groups->len; i++)
    {
      SimGroup *group = &g_array_index (self->groups, SimGroup, i);

      if (group->sequence > sequence)
        group->sequence = 0;
    }
  for (guint i = 0; i < self->specs->len; i++)
    {
      SimSpec *spec = g_ptr_array_index (self->specs, i);

      if (!spec->gone && sim_oracle_get_job (self, spec->id)->spec != spec)
        spec->id = 0;
    }
  compare (self, self->durable);
  /* nobody knows of the others */
  self->last_lease = self->worker_lease;
  for (guint64 id = 1; id < self->acked->len; id++)
    if (g_array_index (self->acked, gboolean, id) && sim_oracle_get_job (self, id)->spec == NULL && !is_gone (self, id))
      sim_violation ("I1: job %" G_GUINT64_FORMAT " was acknowledged and is gone", id);
  sim_oracle_flushed (self);
  check_all (self);
}

/* I9 */
void
sim_oracle_check_end (SimOracle *self)
{
  guint64 stuck = 0;

  for (guint64 id = 1; id < self->now->len; id++)
    {
      const SimJob *job = &g_array_index (self->now, SimJob, id);

      if (job->spec == NULL || job->state == ASYNCQ_JOB_STATE_COMPLETED)
        continue;
      g_printerr ("# job %" G_GUINT64_FORMAT " stays %s: number %" G_GUINT64_FORMAT ", kind %u, waits for %u, flags %x, "
                  "due %" G_GINT64_FORMAT "\n", id, asyncq_job_state_to_string (job->state), job->spec->nonce,
                  job->spec->kind, job->n_waiting, job->flags, job->due_usec);
      stuck = id;
    }
  if (stuck != 0)
    sim_violation ("I9: job %" G_GUINT64_FORMAT " stays %s", stuck,
                   asyncq_job_state_to_string (sim_oracle_get_job (self, stuck)->state));
}
