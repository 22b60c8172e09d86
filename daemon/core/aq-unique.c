/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Unique keys
 *
 * The newest job that was put with a key holds it. A draft with the same key asks
 * whether the holder is still in the way, for as long as the draft's scope says:
 *
 *            holder is waiting             it runs, or has ended less than a period ago
 *   skip     the holder wins               the holder wins
 *   replace  it is cancelled, the new      the new one is put
 *            one takes its place
 *   merge    it gets the new arguments,    the new one is put
 *            and is under the new limits
 *
 * A holder of another function cannot take the arguments over, so it is replaced.
 * Of two drafts of one list the first wins.
 */

#include "config.h"

#include "core/aq-unique.h"

#include "core/aq-lane.h"
#include "core/aq-limit.h"
#include "core/aq-whole.h"
#include "libasyncq/asyncq-error.h"

static gboolean
is_in_scope (AqTransaction    *transaction,
             const AqDraft    *draft,
             const AqJobBrief *holder)
{
  switch (draft->unique_scope)
    {
    case AQ_UNIQUE_WAITING:
      return holder->state <= ASYNCQ_JOB_STATE_PENDING;
    case AQ_UNIQUE_UNFINISHED:
      return holder->state < ASYNCQ_JOB_STATE_COMPLETED;
    case AQ_UNIQUE_PERIOD:
      return holder->created_usec > transaction->now.wall_usec - draft->unique_period_usec;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
find_holder (AqTransaction *transaction,
             const AqDraft *draft,
             AqJobBrief    *out_holder)
{
  guint64 id = draft->unique_key != NULL ? aq_transaction_find_unique_key (transaction, draft->unique_key) : 0;

  return id != 0 && aq_transaction_get_brief (transaction, id, out_holder) &&
         is_in_scope (transaction, draft, out_holder);
}

static gboolean
is_waiting (const AqJobBrief *holder)
{
  return holder->state <= ASYNCQ_JOB_STATE_PENDING;
}

/* no transaction has ended with it yet: it comes from the same list */
static gboolean
is_of_same_list (AqTransaction    *transaction,
                 const AqJobBrief *holder)
{
  const AqJob *job = aq_transaction_find_job (transaction, holder->id);

  return job != NULL && job->sequence == 0;
}

static gboolean
can_merge (const AqDraft *draft,
           const AqLane  *lane)
{
  return draft->kind == AQ_JOB_CALL && g_str_equal (draft->function, lane->function);
}

/**
 * aq_unique_find_winner:
 * @transaction: a transaction
 * @draft: a draft
 *
 * Returns: the job that there is instead of the draft's; 0: the draft is to be put
 *
 * Since: 0.1
 */
guint64
aq_unique_find_winner (AqTransaction *transaction,
                       const AqDraft *draft)
{
  AqJobBrief holder;

  if (!find_holder (transaction, draft, &holder))
    return 0;
  if (draft->unique_conflict == AQ_UNIQUE_SKIP || is_of_same_list (transaction, &holder))
    return holder.id;
  return draft->unique_conflict == AQ_UNIQUE_MERGE && is_waiting (&holder) && can_merge (draft, holder.lane) ? holder.id
                                                                                                           : 0;
}

/**
 * aq_unique_merge:
 * @transaction: a transaction
 * @draft: a draft
 * @winner: the job from aq_unique_find_winner()
 *
 * Hands a draft over to the job that is there instead, if it is to be merged: the
 * job gets its arguments and, if that is more urgent, its priority. It is under the
 * limits of the draft, since which instance of a template that is follows from the
 * arguments. All else stays, as its tags.
 *
 * Since: 0.1
 */
void
aq_unique_merge (AqTransaction *transaction,
                 const AqDraft *draft,
                 guint64        winner)
{
  AqJob *job = aq_transaction_find_job (transaction, winner);
  g_autoptr(AqLane) lane = NULL;

  /* it may stand for the draft for its submit key, and call something else */
  if (draft->unique_conflict != AQ_UNIQUE_MERGE || job == NULL || job->sequence == 0 ||
      job->state > ASYNCQ_JOB_STATE_PENDING || !can_merge (draft, job->lane) || job->extra == NULL ||
      g_strcmp0 (job->extra->unique_key, draft->unique_key) != 0)
    return;
  lane = aq_lane_ref (job->lane);
  job = aq_transaction_replace_call (transaction, job, lane->queue, draft->arguments_type, draft->arguments,
                                     draft->arguments_size);
  aq_limit_change_names (transaction, job, draft->settings);
  if (draft->priority >= job->priority)
    return;
  job->priority = draft->priority;
  aq_transaction_reindex (transaction, job);
}

static void
replace (AqTransaction    *transaction,
         const AqJobBrief *holder,
         const AqJob      *job,
         AqUniquePlace    *out_place)
{
  AqJob *old = aq_transaction_get_job (transaction, holder->id);
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CANCELLED,
                                         "replaced by job %" G_GUINT64_FORMAT ", which has the same unique key",
                                         job->id);
  g_autoptr(AqResult) failure = aq_result_new_failure (error);
  const AqWholeEnd end = {
    .outcome = ASYNCQ_JOB_OUTCOME_CANCELLED,
    .failure = failure,
    .uid = transaction->actor->uid,
    .why = "replaced",
  };

  if (old->state == ASYNCQ_JOB_STATE_PENDING)
    *out_place = (AqUniquePlace) { TRUE, old->order, old->due_usec, old->flags };
  aq_whole_end (transaction, old, &end);
}

/**
 * aq_unique_claim:
 * @transaction: a transaction
 * @draft: a draft that no job stands for
 * @job: the job that was made of it
 * @out_place: (out caller-allocates): the place in its queue that @job is to have
 *
 * Gives a job its unique key, and replaces the one that waits with it.
 *
 * Since: 0.1
 */
void
aq_unique_claim (AqTransaction *transaction,
                 const AqDraft *draft,
                 AqJob         *job,
                 AqUniquePlace *out_place)
{
  AqJobBrief holder;

  if (draft->unique_key == NULL)
    return;
  if (draft->unique_conflict != AQ_UNIQUE_SKIP && find_holder (transaction, draft, &holder) && is_waiting (&holder))
    replace (transaction, &holder, job, out_place);
  aq_transaction_set_unique_key (transaction, job, draft->unique_key);
  /* a time of its own goes before the place of another */
  if (draft->begin_after_usec != 0 || draft->delay_usec != 0)
    out_place->is_set = FALSE;
}

/**
 * aq_unique_take_place:
 * @transaction: a transaction
 * @job: a job that has entered its queue
 * @place: from aq_unique_claim()
 *
 * Since: 0.1
 */
void
aq_unique_take_place (AqTransaction       *transaction,
                      AqJob               *job,
                      const AqUniquePlace *place)
{
  const guint8 kept = AQ_JOB_PUT_BACK | AQ_JOB_SCHEDULED | AQ_JOB_STEADY;

  if (!place->is_set || job->state != ASYNCQ_JOB_STATE_PENDING)
    return;
  job->order = place->order;
  job->due_usec = place->due_usec;
  job->flags = (job->flags & ~kept) | (place->flags & kept);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
  aq_transaction_reindex (transaction, job);
}
