/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Simulated world
 *
 * A step is one thing that one of many does, chosen by the seed. After each
 * the oracle looks at every job.
 */

#include "config.h"

#include "sim-world.h"

#include "core/aq-dispatcher-record.h"
#include "core/aq-rules.h"
#include "libasyncq/asyncq-error.h"
#include "sim-draft.h"
#include "sim-main.h"

#include <string.h>

#define START G_GINT64_CONSTANT (1767225600000000) /* 2026-01-01 00:00:00 UTC */
/* steps until a history in which no more faults happen has to be at its end */
#define MAX_HEALING_STEPS 3000
#define MAX_COUNTS 64

static SimCount counts[MAX_COUNTS];

static void
count (const char *name,
       gboolean    done)
{
  guint i = 0;

  while (counts[i].name != NULL && strcmp (counts[i].name, name) != 0)
    i++;
  g_assert (i < MAX_COUNTS - 1);
  counts[i].name = name;
  if (done)
    counts[i].n_done++;
  else
    counts[i].n_refused++;
}

void
sim_print_counts (void)
{
  for (guint i = 0; counts[i].name != NULL; i++)
    g_print ("# %-24s %10" G_GUINT64_FORMAT " done %10" G_GUINT64_FORMAT " refused\n", counts[i].name,
             counts[i].n_done, counts[i].n_refused);
}

void
sim_world_log (SimWorld   *self,
               const char *format,
               ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (!self->verbose)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_print ("# %4u %8.1f s: %s\n", self->n_steps,
           (double) aq_clock_get_monotonic (self->clock) / G_USEC_PER_SEC, text);
}

static void
log_changes (SimWorld *self)
{
  for (guint64 id = 1; id < self->oracle.now->len; id++)
    {
      const SimJob *old = id < self->oracle.before->len ? &g_array_index (self->oracle.before, SimJob, id) : NULL;
      const SimJob *new = &g_array_index (self->oracle.now, SimJob, id);

      if (new->spec != NULL && (old == NULL || old->spec == NULL || old->state != new->state || old->flags != new->flags))
        sim_world_log (self, "  job %" G_GUINT64_FORMAT " is %s, flags %x", id, asyncq_job_state_to_string (new->state),
                       new->flags);
    }
}

static void
look (SimWorld *self)
{
  sim_oracle_look (&self->oracle, sim_store_read (&self->store));
  if (self->verbose)
    log_changes (self);
}

gboolean
sim_world_apply (SimWorld    *self,
                 const char  *name,
                 AqRule       rule,
                 gpointer     event,
                 GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  gboolean done = sim_store_apply (&self->store, rule, event, &local_error);

  count (name, done);
  sim_store_mix (&self->store, name, strlen (name));
  sim_world_log (self, "%s%s%s", name, done ? "" : ": ", done ? "" : local_error->message);
  look (self);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return done;
}

void
sim_world_flush (SimWorld *self)
{
  self->store.flushed = sim_store_get_sequence (&self->store);
  for (guint i = 0; i < self->answers->len; i++)
    {
      const SimAnswer *answer = &g_array_index (self->answers, SimAnswer, i);

      sim_oracle_acked (&self->oracle, answer->id, answer->submit_key);
    }
  g_array_set_size (self->answers, 0);
  sim_oracle_flushed (&self->oracle);
}

/* clients */

static void
await_answer (SimWorld *self,
              guint64   id,
              guint     submit_key)
{
  const SimAnswer answer = { sim_store_get_sequence (&self->store), id, submit_key };

  if (id != 0)
    g_array_append_val (self->answers, answer);
}

static void
log_draft (SimWorld        *self,
           const SimDrafts *list,
           guint            index)
{
  const AqDraft *draft = &list->drafts[index];

  sim_world_log (self, "  %u: number %" G_GUINT64_FORMAT ", kind %u, parent %d, role %u, on %u, "
                 "submit key %u%s, after %d %d, parent job %d, unique %u", index, list->specs[index]->nonce, draft->kind, (int) draft->parent, draft->role,
                 draft->on, list->specs[index]->submit_key, draft->settings != NULL ? ", settings" : "",
                 draft->n_after > 0 ? (int) draft->after->job : -1, draft->n_after > 0 ? (int) draft->after->draft : -1,
                 (int) draft->parent_job, list->specs[index]->unique_key);
}

/* the newest job with the unique key of the list, if it is in the way of another one */
static guint64
find_holder (SimWorld        *self,
             const SimDrafts *list)
{
  guint64 holder = 0;

  if (list->specs[0]->unique_key == 0)
    return 0;
  for (guint64 id = 1; id < self->oracle.now->len; id++)
    {
      const SimJob *job = sim_oracle_get_job (&self->oracle, id);

      if (job->spec != NULL && job->spec->id == id && job->spec->unique_key == list->specs[0]->unique_key)
        holder = id;
    }
  if (holder == 0)
    return 0;
  if (list->drafts[0].unique_scope == AQ_UNIQUE_WAITING)
    return sim_oracle_get_job (&self->oracle, holder)->state <= ASYNCQ_JOB_STATE_PENDING ? holder : 0;
  return sim_oracle_get_job (&self->oracle, holder)->state < ASYNCQ_JOB_STATE_COMPLETED ? holder : 0;
}

static void
submit (SimWorld *self)
{
  SimDrafts list;
  guint64 holder;
  g_autofree guint64 *ids = NULL;
  AqPutEvent event = { 0 };

  sim_drafts_init (&list, self, SIM_DRAFT_OF_CLIENT, 0);
  ids = g_new0 (guint64, list.n_drafts);
  for (guint i = 0; i < list.n_drafts; i++)
    log_draft (self, &list, i);
  event = (AqPutEvent) { .drafts = list.drafts, .n_drafts = list.n_drafts, .out_ids = ids };
  holder = find_holder (self, &list);
  if (!sim_world_apply (self, "put", aq_rule_put, &event, NULL))
    sim_oracle_refused (&self->oracle, list.first);
  else if (holder != 0 && list.drafts[0].unique_conflict == AQ_UNIQUE_SKIP && ids[0] != holder)
    sim_violation ("unique: job %" G_GUINT64_FORMAT " has key %u, and job %" G_GUINT64_FORMAT " is put with it", holder,
                   list.specs[0]->unique_key, ids[0]);
  else
    for (guint i = 0; i < list.n_drafts; i++)
      /* a part of something that is known is that one's part, whatever its own key */
      await_answer (self, ids[i], list.drafts[i].parent == AQ_DRAFT_NO_PARENT ? list.specs[i]->submit_key : 0);
  sim_drafts_clear (&list);
}

static guint64
random_id (SimWorld *self)
{
  return self->oracle.now->len > 1 ? 1 + sim_random_below (&self->random, self->oracle.now->len - 1) : 1;
}

static void
stop_attempts (SimWorld *self,
               GArray   *stops)
{
  for (guint i = 0; i < stops->len; i++)
    for (guint k = 0; k < self->attempts->len; k++)
      {
        SimAttempt *attempt = &g_array_index (self->attempts, SimAttempt, k);

        if (attempt->lease == g_array_index (stops, AqStop, i).lease)
          attempt->told_to_stop = TRUE;
      }
}

static void
cancel (SimWorld *self)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  AqCancelEvent event = { .id = random_id (self), .why = "not wanted", .out_stops = stops };

  (void) sim_world_apply (self, "cancel", aq_rule_cancel, &event, NULL);
  stop_attempts (self, stops);
}

static void
pause_queue (SimWorld *self)
{
  AqPauseEvent event = { .name = sim_random_one_in (&self->random, 3) ? "" : "mail", .reason = "to see" };

  if (sim_random_one_in (&self->random, 3))
    event.until_usec = aq_clock_get_wall (self->clock) + (gint64) sim_random_below (&self->random, 30) * G_USEC_PER_SEC;
  (void) sim_world_apply (self, "pause", aq_rule_pause_queue, &event, NULL);
}

static void
resume_queue (SimWorld   *self,
        const char *name)
{
  AqQueueEvent event = { .name = name };

  (void) sim_world_apply (self, "resume", aq_rule_resume_queue, &event, NULL);
}

static void
pull (SimWorld *self)
{
  AqPullEvent event = { .queue = sim_random_one_in (&self->random, 2) ? "" : "mail" };

  if (sim_random_one_in (&self->random, 2))
    event.id = random_id (self);
  else
    event.index = (gint64) sim_random_below (&self->random, 5) - 2;
  (void) sim_world_apply (self, "pull", aq_rule_pull, &event, NULL);
}

static void
put_again (SimWorld *self,
           guint64   id)
{
  AqPutAgainEvent event = { .id = id };

  (void) sim_world_apply (self, "put again", aq_rule_put_again, &event, NULL);
}

static void
change (SimWorld *self)
{
  const AqDraft draft = {
    .queue = sim_random_one_in (&self->random, 2) ? "" : "mail",
    .priority = 90 + sim_random_below (&self->random, 60),
    .delay_usec = sim_random_below (&self->random, 20 * G_USEC_PER_SEC),
  };
  AqChangeEvent event = { .id = random_id (self), .draft = &draft,
                          .mask = 1 << (1 + sim_random_below (&self->random, 3)) };

  (void) sim_world_apply (self, "change", aq_rule_change, &event, NULL);
}

/* of one that has completed: a second job with the same argument */
static void
retry (SimWorld *self)
{
  AqRetryEvent event = { .id = random_id (self) };
  SimSpec *spec = sim_oracle_get_job (&self->oracle, event.id)->spec;

  if (spec == NULL || spec->submit_key != 0)
    return;
  spec->n_again++;
  if (!sim_world_apply (self, "retry", aq_rule_retry, &event, NULL) || event.out_id == event.id)
    spec->n_again--;
}

static void
snooze (SimWorld *self)
{
  AqSnoozeEvent event = { .id = random_id (self), .delay_usec = sim_random_below (&self->random, 20 * G_USEC_PER_SEC) };

  (void) sim_world_apply (self, "snooze", aq_rule_snooze, &event, NULL);
}

static void
manage (SimWorld *self)
{
  switch (sim_random_below (&self->random, 8))
    {
    case 0:
      pause_queue (self);
      break;
    case 1:
      resume_queue (self, sim_random_one_in (&self->random, 2) ? "" : "mail");
      break;
    case 2:
      pull (self);
      break;
    case 3:
      put_again (self, random_id (self));
      break;
    case 4:
      change (self);
      break;
    case 5:
      retry (self);
      break;
    default:
      snooze (self);
      break;
    }
}

/* dispatchers and workers */

static gboolean
is_paused (SimWorld   *self,
           const char *name)
{
  AqTransaction *transaction = sim_store_read (&self->store);
  AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_PAUSE, name);
  gint64 until_usec = 0;

  if (item == NULL)
    return FALSE;
  (void) g_variant_lookup (item->value, "until", "x", &until_usec);
  return until_usec == 0 || until_usec > transaction->now.wall_usec;
}

static gboolean
is_overdue (const SimJob *job,
            AqTime        now)
{
  return (job->begin_by_usec != 0 && job->begin_by_usec <= now.wall_usec) ||
         (job->give_up_usec != 0 && job->give_up_usec <= now.steady_usec);
}

/* a claim may end such a job, and what waited for that is to be claimed then */
static gboolean
has_overdue (SimWorld *self)
{
  AqTime now = sim_store_read (&self->store)->now;

  for (guint64 id = 1; id < self->oracle.now->len; id++)
    if (sim_oracle_get_job (&self->oracle, id)->state == ASYNCQ_JOB_STATE_PENDING &&
        is_overdue (sim_oracle_get_job (&self->oracle, id), now))
      return TRUE;
  return FALSE;
}

/* design, section 5: "Order among due jobs" */
static gboolean
comes_before (const SimJob *left,
              const SimJob *right)
{
  gboolean left_back = left->flags & AQ_JOB_PUT_BACK, right_back = right->flags & AQ_JOB_PUT_BACK;
  gboolean left_scheduled = left->flags & AQ_JOB_SCHEDULED, right_scheduled = right->flags & AQ_JOB_SCHEDULED;

  if (left->priority != right->priority)
    return left->priority < right->priority;
  if (left_back != right_back)
    return left_back;
  if (left->due_usec != right->due_usec)
    return left->due_usec < right->due_usec;
  if (left_scheduled != right_scheduled)
    return left_scheduled;
  return left->order < right->order;
}

/* whether its limit keeps it from being claimed, when those whose mark is set are */
static gboolean
is_held_back (SimWorld     *self,
              const SimJob *job,
              const guint8 *marks)
{
  guint n_places = 0;

  if (job->spec->limit == 0 || sim_job_has_place (job))
    return FALSE;
  for (guint64 id = 1; id < self->oracle.now->len; id++)
    {
      const SimJob *other = sim_oracle_get_job (&self->oracle, id);

      if (other->spec != NULL && other->spec->limit == job->spec->limit && (marks[id] || sim_job_has_place (other)))
        n_places++;
    }
  return n_places >= job->spec->limit;
}

/* Returns: the job that is to be claimed first, 0 for none; jobs whose mark is set are not to be */
static guint64
find_first (SimWorld       *self,
            const gboolean *paused,
            const guint8   *marks)
{
  AqTransaction *transaction = sim_store_read (&self->store);
  guint64 first = 0;

  for (guint64 id = 1; id < self->oracle.now->len; id++)
    {
      const SimJob *job = sim_oracle_get_job (&self->oracle, id);
      gint64 now_usec = job->flags & AQ_JOB_STEADY ? transaction->now.steady_usec : transaction->now.wall_usec;

      if (job->spec == NULL || job->state != ASYNCQ_JOB_STATE_PENDING || job->spec->kind != AQ_JOB_CALL || marks[id] ||
          job->due_usec > now_usec || paused[job->queue != (guint8) g_str_hash ("")] ||
          is_held_back (self, job, marks))
        continue;
      if (first == 0 || comes_before (job, sim_oracle_get_job (&self->oracle, first)))
        first = id;
    }
  return first;
}

/* What a claim has to give, in order; as many as it gave. A job that was due stays so when the clock is set back, and
 * nothing but the store's memory tells that it was. */
static void
check_claimed (SimWorld     *self,
               const GArray *claimed,
               guint         max_jobs)
{
  const gboolean paused[] = { is_paused (self, ""), is_paused (self, "mail") };
  g_autofree guint8 *marks = g_new0 (guint8, self->oracle.now->len + 1);

  for (guint i = 0; i < MIN (max_jobs, claimed->len + 1) && !self->clock_was_set && !has_overdue (self); i++)
    {
      guint64 wanted = find_first (self, paused, marks);
      guint64 got = i < claimed->len ? g_array_index (claimed, SimAttempt, i).id : 0;

      if (wanted != got)
        sim_violation ("order: job %" G_GUINT64_FORMAT " is to be claimed, and %" G_GUINT64_FORMAT " is", wanted, got);
      marks[wanted] = TRUE;
    }
}

static AqResult *
new_failure (SimRandom *random)
{
  static const int codes[] = { ASYNCQ_ERROR_FAILED, ASYNCQ_ERROR_FINAL, ASYNCQ_ERROR_RETRY, ASYNCQ_ERROR_CONFLICT,
                               ASYNCQ_ERROR_CONFLICT, ASYNCQ_ERROR_DISCONNECTED };
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, codes[sim_random_below (random, G_N_ELEMENTS (codes))],
                                         "number %u", sim_random_below (random, 100));

  return aq_result_new_failure (error);
}

static void
claim (SimWorld *self,
       guint     index)
{
  SimDispatcher *dispatcher = &self->dispatchers[index];
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  g_autoptr(GArray) claimed = g_array_new (FALSE, FALSE, sizeof (SimAttempt));
  AqClaimEvent event = { .agent = dispatcher->agent, .functions = self->functions, .out_jobs = jobs };
  guint n_busy = 0;

  for (guint i = 0; i < self->attempts->len; i++)
    n_busy += g_array_index (self->attempts, SimAttempt, i).dispatcher == index;
  if (n_busy >= dispatcher->agent->size)
    return;
  event.max_jobs = dispatcher->agent->size - n_busy;
  /* everything in this step happens at one time */
  if (!sim_store_apply (&self->store, aq_rule_claim, &event, NULL))
    sim_violation ("a claim is refused");
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);
      /* a store that is shared has made a claim durable when it answers */
      SimAttempt attempt = { .id = job->id, .lease = job->lease, .dispatcher = index,
                             .revealed = event.out_once ? sim_store_get_sequence (&self->store)
                                                        : MAX (event.out_revealed, self->recovered) };

      g_array_append_val (claimed, attempt);
    }
  check_claimed (self, claimed, event.max_jobs);
  for (guint i = 0; i < claimed->len; i++)
    sim_oracle_claimed (&self->oracle, g_array_index (claimed, SimAttempt, i).id,
                        g_array_index (claimed, SimAttempt, i).lease);
  g_array_append_vals (self->attempts, claimed->data, claimed->len);
  count ("claim", jobs->len > 0);
  sim_world_log (self, "claim by %u: %u jobs", index, jobs->len);
  look (self);
  if (self->shared)
    sim_world_flush (self);
}

static void
check_current (SimWorld         *self,
               const SimAttempt *attempt,
               gboolean          was_current,
               gboolean          accepted,
               const GError     *error)
{
  if (accepted && !was_current)
    sim_violation ("I3: what lease %" G_GUINT64_FORMAT " of job %" G_GUINT64_FORMAT " says is accepted, and it is over",
                   attempt->lease, attempt->id);
  if (was_current && g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE))
    sim_violation ("I3: what lease %" G_GUINT64_FORMAT " of job %" G_GUINT64_FORMAT " says is refused, and it is current",
                   attempt->lease, attempt->id);
  if (!was_current && !accepted && !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE) &&
      !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB))
    sim_violation ("I3: lease %" G_GUINT64_FORMAT " of job %" G_GUINT64_FORMAT " is over, and is told otherwise: %s",
                   attempt->lease, attempt->id, error->message);
}

/* Returns: whether it was accepted */
static gboolean
say (SimWorld         *self,
     const char       *name,
     const SimAttempt *attempt,
     AqRule            rule,
     gpointer          event)
{
  gboolean was_current = sim_oracle_is_current (&self->oracle, attempt->id, attempt->lease);
  g_autoptr(GError) error = NULL;
  gboolean accepted = sim_world_apply (self, name, rule, event, &error);

  check_current (self, attempt, was_current, accepted, error);
  return accepted;
}

static void
start (SimWorld   *self,
       SimAttempt *attempt)
{
  AqStartEvent event = { .id = attempt->id, .lease = attempt->lease, .worker = 4711 };

  if (!attempt->started && say (self, "start", attempt, aq_rule_start, &event))
    attempt->started = TRUE;
}

static AqFinishEvent
new_finish (SimWorld         *self,
            const SimAttempt *attempt)
{
  return (AqFinishEvent) {
    .id = attempt->id,
    .lease = attempt->lease,
    .started_usec = aq_clock_get_wall (self->clock),
    .ended_usec = aq_clock_get_wall (self->clock),
    .worker = 4711,
    .returned = AQ_DRAFT_NO_PARENT,
  };
}

static void
check_success (SimWorld         *self,
               const SimAttempt *attempt,
               AqResult         *result)
{
  const SimJob *job = sim_oracle_get_job (&self->oracle, attempt->id);

  if (!sim_job_has_ended (job) || job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    sim_violation ("job %" G_GUINT64_FORMAT " returned a value, and is %s, %s", attempt->id,
                   asyncq_job_state_to_string (job->state), asyncq_job_outcome_to_string (job->outcome));
}

static void
succeed (SimWorld         *self,
         const SimAttempt *attempt)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new_uint64 (sim_random_next (&self->random)));
  AqFinishEvent event = new_finish (self, attempt);

  event.result = result;
  if (say (self, "finish: value", attempt, aq_rule_finish, &event))
    check_success (self, attempt, result);
}

static void
set_cause (AqFinishEvent *event,
           GVariant      *failure)
{
  event->cause.kind = AQ_CAUSE_ERROR;
  g_variant_get_child (failure, 0, "&s", &event->cause.domain);
  g_variant_get_child (failure, 1, "i", &event->cause.code);
}

static void
fail (SimWorld         *self,
      const SimAttempt *attempt)
{
  g_autoptr(AqResult) result = new_failure (&self->random);
  g_autoptr(GVariant) failure = aq_result_to_variant (result);
  AqFinishEvent event = new_finish (self, attempt);

  event.result = result;
  event.failed = TRUE;
  set_cause (&event, failure);
  (void) say (self, "finish: error", attempt, aq_rule_finish, &event);
}

static void
crash (SimWorld         *self,
       const SimAttempt *attempt)
{
  static const AqCauseKind kinds[] = { AQ_CAUSE_SIGNAL, AQ_CAUSE_EXIT, AQ_CAUSE_OOM };
  static const AqUsage usage = { .user_usec = 1000, .peak_bytes = 1 << 20 };
  g_autoptr(GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed ("{'signal': <9>, 'output': <'words'>}"));
  g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_CRASHED, "its worker died");
  g_autoptr(AqResult) result = aq_result_new_failure (error);
  AqFinishEvent event = new_finish (self, attempt);

  event.result = result;
  event.failed = TRUE;
  event.cause.kind = kinds[sim_random_below (&self->random, G_N_ELEMENTS (kinds))];
  event.cause.number = 9;
  event.usage = &usage;
  event.evidence = evidence;
  (void) say (self, "finish: crash", attempt, aq_rule_finish, &event);
}

/* with follow-ups: they are there if, and only if, this end is */
static void
finish_with_puts (SimWorld         *self,
                  const SimAttempt *attempt)
{
  guint number = sim_oracle_add_group (&self->oracle, attempt->id, attempt->lease);
  SimGroup *group = &g_array_index (self->oracle.groups, SimGroup, number);
  gboolean returns = sim_random_one_in (&self->random, 2);
  gboolean fails = sim_random_one_in (&self->random, 4);
  g_autoptr(AqResult) result = NULL;
  g_autoptr(GVariant) failure = NULL;
  AqFinishEvent event = new_finish (self, attempt);
  SimDrafts list;

  sim_drafts_init (&list, self, returns ? SIM_DRAFT_RETURNED : SIM_DRAFT_OF_JOB, number);
  for (guint i = 0; i < list.n_drafts; i++)
    log_draft (self, &list, i);
  event.puts = list.drafts;
  event.n_puts = list.n_drafts;
  event.failed = fails;
  if (fails)
    {
      event.result = result = new_failure (&self->random);
      failure = aq_result_to_variant (result);
      set_cause (&event, failure);
    }
  else if (returns)
    event.returned = 0;
  else
    event.result = result = aq_result_new_variant (g_variant_new ("()"));
  group->n_specs = list.n_drafts;
  /* who is to be cancelled and has no result yet is cancelled */
  if (!fails && sim_oracle_is_current (&self->oracle, attempt->id, attempt->lease) &&
      !(returns && sim_oracle_get_job (&self->oracle, attempt->id)->to_be_cancelled))
    {
      /* as it will be; the look comes before the answer */
      group->sequence = sim_store_get_sequence (&self->store) + 1;
      if (returns && sim_oracle_get_job (&self->oracle, attempt->id)->spec->id == attempt->id)
        sim_oracle_get_job (&self->oracle, attempt->id)->spec->returned = list.specs[0];
    }
  else
    sim_oracle_refused (&self->oracle, list.first);
  (void) say (self, returns ? "finish: returns a job" : "finish: puts jobs", attempt, aq_rule_finish, &event);
  sim_drafts_clear (&list);
}

static void
give_back (SimWorld         *self,
           const SimAttempt *attempt,
           gboolean          clean)
{
  AqReleaseEvent event = { .id = attempt->id, .lease = attempt->lease };

  (void) say (self, clean ? "interrupt" : "release", attempt, clean ? aq_rule_interrupt : aq_rule_release, &event);
}

static void
snooze_attempt (SimWorld         *self,
                const SimAttempt *attempt)
{
  AqFinishEvent event = new_finish (self, attempt);
  const SimSpec *spec = sim_oracle_get_job (&self->oracle, attempt->id)->spec;

  /* who may run once and asks to run again wants it so */
  if (spec != NULL && spec->once)
    {
      succeed (self, attempt);
      return;
    }
  event.snoozed = TRUE;
  event.snooze_usec = sim_random_below (&self->random, 20 * G_USEC_PER_SEC);
  (void) say (self, "finish: snooze", attempt, aq_rule_finish, &event);
}

static void
end_attempt (SimWorld         *self,
             const SimAttempt *attempt)
{
  guint what = self->healing ? 100 : sim_random_below (&self->random, 100);

  if (what < 22)
    fail (self, attempt);
  else if (what < 34)
    finish_with_puts (self, attempt);
  else if (what < 40)
    crash (self, attempt);
  else if (what < 43)
    give_back (self, attempt, TRUE);
  else if (what < 46)
    snooze_attempt (self, attempt);
  else
    succeed (self, attempt);
}

/* as the output gate does it */
static void
hand_over (SimWorld   *self,
           SimAttempt *attempt)
{
  if (attempt->revealed > self->store.flushed)
    sim_world_flush (self);
  attempt->handed_over = TRUE;
  sim_oracle_handed_over (&self->oracle, attempt->lease);
}

static void
work (SimWorld *self)
{
  guint index;
  SimAttempt attempt;

  if (self->attempts->len == 0)
    return;
  index = sim_random_below (&self->random, self->attempts->len);
  hand_over (self, &g_array_index (self->attempts, SimAttempt, index));
  if (!self->healing && sim_random_one_in (&self->random, 3))
    {
      start (self, &g_array_index (self->attempts, SimAttempt, index));
      return;
    }
  attempt = g_array_index (self->attempts, SimAttempt, index);
  if (!attempt.started && !self->healing && sim_random_one_in (&self->random, 8))
    give_back (self, &attempt, FALSE);
  else
    end_attempt (self, &attempt);
  g_array_remove_index_fast (self->attempts, index);
  g_array_append_val (self->past, attempt);
}

/* a worker that everybody had forgotten */
static void
speak_late (SimWorld *self)
{
  const SimAttempt *attempt;

  if (self->past->len == 0)
    return;
  attempt = &g_array_index (self->past, SimAttempt, sim_random_below (&self->random, self->past->len));
  switch (sim_random_below (&self->random, 4))
    {
    case 0:
      fail (self, attempt);
      break;
    case 1:
      give_back (self, attempt, sim_random_one_in (&self->random, 2));
      break;
    case 2:
      finish_with_puts (self, attempt);
      break;
    default:
      succeed (self, attempt);
      break;
    }
}

static void
tick (SimWorld *self)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  AqTickEvent event = { .out_stops = stops };

  (void) sim_world_apply (self, "tick", aq_rule_tick, &event, NULL);
  stop_attempts (self, stops);
}

/* faults */

/* its workers may go on */
static void
forget_attempts_of (SimWorld *self,
                    guint     dispatcher)
{
  for (guint i = self->attempts->len; i-- > 0;)
    {
      const SimAttempt attempt = g_array_index (self->attempts, SimAttempt, i);

      if (attempt.dispatcher != dispatcher)
        continue;
      if (attempt.handed_over)
        g_array_append_val (self->past, attempt);
      g_array_remove_index_fast (self->attempts, i);
    }
}

static void
expect_interruptions (SimWorld     *self,
                      const GArray *before,
                      const char   *owner)
{
  for (guint64 id = 1; id < before->len; id++)
    {
      const SimJob *old = &g_array_index (before, SimJob, id);
      const SimJob *new = sim_oracle_get_job (&self->oracle, id);
      gboolean may_have_begun = old->state == ASYNCQ_JOB_STATE_ACTIVE || (old->spec != NULL && old->spec->once);
      guint wanted = old->interruptions + (may_have_begun && !old->to_be_cancelled);

      if (old->spec == NULL || !sim_job_is_held (old) || (owner != NULL && !g_str_has_suffix (old->agent, owner)))
        continue;
      if (new->interruptions != wanted)
        sim_violation ("job %" G_GUINT64_FORMAT " was interrupted %u times, and %u are counted", id, wanted,
                       new->interruptions);
      if (sim_job_is_held (new))
        sim_violation ("job %" G_GUINT64_FORMAT " is %s, and who had it is dead", id,
                       asyncq_job_state_to_string (new->state));
    }
}

static void
crash_daemon (SimWorld *self)
{
  guint64 sequence = sim_store_get_sequence (&self->store);

  sequence -= sim_random_below (&self->random, sequence - self->store.flushed + 1);
  sim_world_log (self, "crash: transactions up to %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " survive", sequence,
                 sim_store_get_sequence (&self->store));
  count ("crash of the daemon", TRUE);
  g_array_set_size (self->answers, 0);
  sim_store_crash (&self->store, sequence);
  sim_oracle_crashed (&self->oracle, sim_store_read (&self->store), sequence);
  forget_attempts_of (self, 0);
  (void) sim_world_apply (self, "recover", aq_rule_recover, NULL, NULL);
  self->recovered = sim_store_get_sequence (&self->store);
  expect_interruptions (self, self->oracle.before, NULL);
}

/* what dispatchers have of others' silence: more than the death interval, less what may pass unwritten */
#define MIN_SILENCE_USEC (AQ_DISPATCHER_PING_DEATH_INTERVAL_USEC - AQ_DISPATCHER_PING_INTERVAL_USEC)

/* somebody was declared dead, and its jobs are taken away: it was silent, and nobody else's are touched */
static void
check_news (SimWorld     *self,
            const GArray *news,
            guint         who)
{
  for (guint i = 0; i < news->len; i++)
    {
      const AqDispatcherNews *one = &g_array_index (news, AqDispatcherNews, i);
      guint other = 0;

      sim_world_log (self, "  %s: %u", one->uuid, one->step);
      if (one->step != AQ_DISPATCHER_DEACTIVATED)
        continue;
      while (strcmp (self->dispatchers[other].uuid, one->uuid) != 0)
        other++;
      if (other != who && aq_clock_get_monotonic (self->clock) - self->dispatchers[other].seen_usec < MIN_SILENCE_USEC)
        sim_violation ("dispatcher %u is taken for dead, and it is not silent", other);
      if (other != who)
        expect_interruptions (self, self->oracle.before, one->uuid);
    }
}

/* held jobs of dispatchers that nothing was told of stay held */
static void
check_untouched (SimWorld     *self,
                 const GArray *news)
{
  for (guint64 id = 1; id < self->oracle.before->len; id++)
    {
      const SimJob *old = &g_array_index (self->oracle.before, SimJob, id);
      gboolean touched = FALSE;

      if (old->spec == NULL || !sim_job_is_held (old))
        continue;
      for (guint i = 0; i < news->len; i++)
        touched |= g_str_has_suffix (old->agent, g_array_index (news, AqDispatcherNews, i).uuid);
      if (!touched && !sim_job_is_held (sim_oracle_get_job (&self->oracle, id)))
        sim_violation ("job %" G_GUINT64_FORMAT " is taken away from '%s', which is alive", id, old->agent);
    }
}

static gboolean
apply_dispatcher (SimWorld   *self,
                  const char *name,
                  AqRule      rule,
                  guint       index)
{
  g_autoptr(GArray) news = g_array_new (FALSE, FALSE, sizeof (AqDispatcherNews));
  AqDispatcherEvent event = { .uuid = self->dispatchers[index].uuid, .out_news = news };
  gboolean done = sim_world_apply (self, name, rule, &event, NULL);

  check_news (self, news, index);
  check_untouched (self, news);
  return done;
}

static gboolean
is_awake (SimWorld *self,
          guint     index)
{
  return self->dispatchers[index].works &&
         self->dispatchers[index].silent_until_usec <= aq_clock_get_monotonic (self->clock);
}

static void
activate (SimWorld *self,
          guint     index)
{
  if (!apply_dispatcher (self, "activate", aq_rule_activate_dispatcher, index))
    return;
  self->dispatchers[index].works = TRUE;
  self->dispatchers[index].seen_usec = aq_clock_get_monotonic (self->clock);
  sim_world_flush (self);
}

/* Source: behaviour Z107. */
static void
poll_once (SimWorld *self,
           guint     index)
{
  if (!self->shared)
    {
      claim (self, index);
      return;
    }
  if (!self->dispatchers[index].works)
    {
      activate (self, index);
      return;
    }
  if (!is_awake (self, index))
    return;
  if (!apply_dispatcher (self, "ping", aq_rule_ping_dispatcher, index))
    sim_violation ("the sign of life of dispatcher %u is refused", index);
  self->dispatchers[index].seen_usec = aq_clock_get_monotonic (self->clock);
  claim (self, index);
}

static void
crash_dispatcher (SimWorld *self)
{
  guint index = sim_random_below (&self->random, self->n_dispatchers);

  if (!self->dispatchers[index].works)
    return;
  if (sim_random_one_in (&self->random, 2))
    {
      count ("dispatcher hangs", TRUE);
      self->dispatchers[index].silent_until_usec = aq_clock_get_monotonic (self->clock) +
                                                   (gint64) sim_random_below (&self->random, 200) * G_USEC_PER_SEC;
      return;
    }
  count ("dispatcher crashes", TRUE);
  self->dispatchers[index].works = FALSE;
  forget_attempts_of (self, index);
}

static void
stop_dispatcher (SimWorld *self)
{
  guint index = sim_random_below (&self->random, self->n_dispatchers);

  if (!is_awake (self, index))
    return;
  forget_attempts_of (self, index);
  self->dispatchers[index].works = FALSE;
  /* its neighbour may have thought it dead */
  (void) apply_dispatcher (self, "deactivate", aq_rule_deactivate_dispatcher, index);
}

static void
pass_time (SimWorld *self)
{
  guint what = sim_random_below (&self->random, 20);
  gint64 usec = sim_random_below (&self->random, 2 * G_USEC_PER_SEC);

  if (what == 0)
    usec = (gint64) sim_random_below (&self->random, 100) * G_USEC_PER_SEC;
  aq_clock_advance (self->clock, usec);
}

/* somebody sets the clock, by ten years at the most */
static void
set_clock (SimWorld *self)
{
  gint64 seconds = sim_random_one_in (&self->random, 2) ? 3600 : 10 * 365 * 86400;

  count ("clock is set", TRUE);
  self->clock_was_set = TRUE;
  aq_clock_set_wall (self->clock, START + ((gint64) sim_random_below (&self->random, 2000) - 1000) * seconds / 1000 *
                                            G_USEC_PER_SEC);
  /* the store learns of it with the next thing that it writes: a crash before that is as if it had been set meanwhile */
  for (guint64 sequence = sim_store_get_sequence (&self->store); sequence == sim_store_get_sequence (&self->store);)
    submit (self);
  sim_world_flush (self);
}

static void
step (SimWorld *self)
{
  guint what = sim_random_below (&self->random, 100);

  self->n_steps++;
  if (what < 12)
    submit (self);
  else if (what < 35)
    poll_once (self, sim_random_below (&self->random, self->n_dispatchers));
  else if (what < 68)
    work (self);
  else if (what < 72)
    speak_late (self);
  else if (what < 74)
    cancel (self);
  else if (what < 78)
    manage (self);
  else if (what < 84)
    tick (self);
  else if (what < 86 && !self->shared)
    crash_daemon (self);
  else if (what < 86)
    crash_dispatcher (self);
  else if (what < 87 && self->shared)
    stop_dispatcher (self);
  else if (what < 92)
    sim_world_flush (self);
  else if (what < 93)
    set_clock (self);
  else
    pass_time (self);
}

/* the clock goes to the next job that waits for its time, if nothing else is to be done */
static void
skip_time (SimWorld *self)
{
  aq_clock_advance (self->clock, 5 * G_USEC_PER_SEC);
}

static gboolean
is_over (SimWorld *self)
{
  for (guint64 id = 1; id < self->oracle.now->len; id++)
    {
      const SimJob *job = sim_oracle_get_job (&self->oracle, id);

      if (job->spec != NULL && job->state != ASYNCQ_JOB_STATE_COMPLETED)
        return FALSE;
    }
  return TRUE;
}

/* faults are over: everything completes */
static void
heal (SimWorld *self)
{
  self->healing = TRUE;
  /* behind every time that anybody has named */
  aq_clock_set_wall (self->clock, START + (gint64) 11 * 365 * 86400 * G_USEC_PER_SEC);
  resume_queue (self, "");
  resume_queue (self, "mail");
  for (guint64 id = 1; id < self->oracle.now->len; id++)
    if (sim_oracle_get_job (&self->oracle, id)->flags & AQ_JOB_PULLED)
      put_again (self, id);
  for (guint i = 0; i < MAX_HEALING_STEPS && !is_over (self); i++)
    {
      self->n_steps++;
      tick (self);
      for (guint k = 0; k < self->n_dispatchers; k++)
        poll_once (self, k);
      if (self->attempts->len == 0)
        skip_time (self);
      while (self->attempts->len > 0)
        work (self);
    }
  sim_oracle_check_end (&self->oracle);
}

void
sim_world_init (SimWorld        *self,
                AqFunctionTable *functions,
                guint64          seed)
{
  GError *error = NULL;

  *self = (SimWorld) {
    .random = { seed },
    .clock = aq_clock_new_manual (START),
    .functions = functions,
    .attempts = g_array_new (FALSE, FALSE, sizeof (SimAttempt)),
    .past = g_array_new (FALSE, FALSE, sizeof (SimAttempt)),
    .answers = g_array_new (FALSE, FALSE, sizeof (SimAnswer)),
    .n_dispatchers = 1,
  };
  self->shared = sim_random_one_in (&self->random, 2);
  if (self->shared)
    self->n_dispatchers = 2 + sim_random_below (&self->random, SIM_MAX_DISPATCHERS - 1);
  sim_store_init (&self->store, self->clock);
  sim_oracle_init (&self->oracle);
  for (guint i = 0; i < self->n_dispatchers; i++)
    {
      SimDispatcher *dispatcher = &self->dispatchers[i];
      guint size = 1 + sim_random_below (&self->random, 4);

      g_snprintf (dispatcher->uuid, sizeof dispatcher->uuid, "%08x-0000-4000-8000-%012x",
                  (guint32) sim_random_next (&self->random), i);
      dispatcher->agent = self->shared ? aq_agent_new_of (dispatcher->uuid, "main", size, NULL, NULL, &error)
                                       : aq_agent_new ("main", size, NULL, NULL, &error);
    }
  g_assert_no_error (error);
}

void
sim_world_clear (SimWorld *self)
{
  for (guint i = 0; i < self->n_dispatchers; i++)
    aq_agent_unref (self->dispatchers[i].agent);
  sim_oracle_clear (&self->oracle);
  sim_store_clear (&self->store);
  g_array_unref (self->attempts);
  g_array_unref (self->past);
  g_array_unref (self->answers);
  aq_clock_unref (self->clock);
}

static void
create_limits (SimWorld *self)
{
  for (guint size = 1; size <= SIM_N_LIMITS; size++)
    {
      g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new_parsed ("{'size': <%u>}", size));
      g_autofree char *name = g_strdup_printf ("l%u", size);
      AqLimitEvent event = { name, settings, TRUE };

      (void) sim_world_apply (self, "create limit", aq_rule_set_limit, &event, NULL);
    }
}

void
sim_world_run (SimWorld *self)
{
  AqQueueEvent mail = { .name = "mail" };
  guint n_steps = 60 + sim_random_below (&self->random, 140);

  if (self->shared)
    for (guint i = 0; i < self->n_dispatchers; i++)
      (void) apply_dispatcher (self, "register", aq_rule_register_dispatcher, i);
  else
    (void) sim_world_apply (self, "recover", aq_rule_recover, NULL, NULL);
  (void) sim_world_apply (self, "create queue", aq_rule_create_queue, &mail, NULL);
  create_limits (self);
  sim_world_flush (self);
  while (self->n_steps < n_steps)
    step (self);
  heal (self);
}
