/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Transaction
 *
 * The functions that rules call, over the table that a store provides. The one
 * with a rule of its own is aq_transaction_step(): nothing else changes the
 * state of a job.
 */

#include "config.h"

#include "core/aq-transaction.h"

/**
 * aq_transaction_get_job:
 * @self: a transaction
 * @id: a job's id
 *
 * A job that is away must not be asked for: aq_store_fetch() comes first.
 *
 * Returns: (nullable): the job, borrowed until the rule returns
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_get_job (AqTransaction *self,
                        guint64        id)
{
  return self->class->get_job (self, id);
}

/**
 * aq_transaction_find_job:
 * @self: a transaction
 * @id: a job's id
 *
 * For rules that have nothing to do with a job that has ended: it may be away.
 *
 * Returns: (nullable): the job, borrowed until the rule returns; %NULL if there
 *   is none, or it is away
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_find_job (AqTransaction *self,
                         guint64        id)
{
  AqJobBrief brief;

  return self->class->get_brief (self, id, &brief) && !brief.away ? self->class->get_job (self, id) : NULL;
}

/**
 * aq_transaction_require_job:
 * @self: a transaction
 * @id: a job's id
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: the job, borrowed until the rule returns, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_require_job (AqTransaction  *self,
                            guint64         id,
                            GError        **error)
{
  AqJob *job = self->class->get_job (self, id);

  if (job == NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job %" G_GUINT64_FORMAT, id);
  return job;
}

/**
 * aq_transaction_create_job:
 * @self: a transaction
 * @draft: what it is to be; edges are not made
 *
 * Returns: a new job in state NEW
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_create_job (AqTransaction *self,
                           const AqDraft *draft)
{
  return self->class->create_job (self, draft);
}

/**
 * aq_transaction_touch:
 * @self: a transaction
 * @job: a job of it
 * @parts: which of its parts the rule has changed or is about to
 *
 * Since: 0.1
 */
void
aq_transaction_touch (AqTransaction *self,
                      AqJob         *job,
                      AqJobParts     parts)
{
  self->class->touch (self, job, parts);
}

/**
 * aq_transaction_step:
 * @self: a transaction
 * @job: a job of it, with due time, order and flags as they are to be
 * @event: what happens; the rule has checked that it can
 *
 * Takes one step of the job's life. A job that becomes pending is in its queue
 * when this returns, one that was pending is out of it. What attempts left to each
 * other goes with the last of them.
 *
 * Since: 0.1
 */
void
aq_transaction_step (AqTransaction *self,
                     AqJob         *job,
                     AqJobEvent     event)
{
  AsyncqJobState to = job->state;
  gboolean possible = aq_job_state_next (job->state, event, &to, NULL);

  g_assert (possible);
  job->state = to;
  if (to >= ASYNCQ_JOB_STATE_CALLBACKS && job->extra != NULL && job->extra->data != NULL)
    {
      g_clear_pointer (&job->extra->data, g_variant_unref);
      self->class->touch (self, job, AQ_JOB_PART_DATA);
    }
  self->class->touch (self, job, AQ_JOB_PART_STATE);
  self->class->reindex (self, job);
}

/**
 * aq_transaction_next_due:
 * @self: a transaction
 * @chooser: stands for all that @accept decides by, apart from the lane and which
 *   queues are paused: as long as it is the same, so is each answer, and a lane need
 *   not be asked about twice. 0: nothing is remembered
 * @accept: whether jobs of a lane are wanted
 * @user_data: for @accept
 *
 * Returns: (nullable): the first job in queue order, over all queues, that is
 *   due and wanted, and that no limit holds back
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_next_due (AqTransaction *self,
                         guint64        chooser,
                         AqLaneAccept   accept,
                         gpointer       user_data)
{
  return self->class->next_due (self, chooser, accept, user_data);
}

/**
 * aq_transaction_add_edge:
 * @self: a transaction
 * @parent: the job that is waited for
 * @child: the job that waits
 * @on: when the edge fires
 * @role: what it means
 * @type: (nullable): the GVariant type that a handed-over result must have
 *
 * Makes an edge. Counting it at the child (n_waiting) is the rule's business.
 *
 * Since: 0.1
 */
void
aq_transaction_add_edge (AqTransaction *self,
                         guint64        parent,
                         guint64        child,
                         AqEdgeOn       on,
                         AqEdgeRole     role,
                         const char    *type)
{
  AqEdge edge = { .parent = parent, .child = child, .on = on, .role = role };

  if (type != NULL)
    edge.type = g_ref_string_new_intern (type);
  self->class->add_edge (self, &edge);
  g_clear_pointer (&edge.type, g_ref_string_release);
}

/**
 * aq_transaction_get_edges_out:
 * @self: a transaction
 * @parent: a job's id
 *
 * Returns: (nullable) (element-type AqEdge): the edges that fire by this job, in the
 *   order of their making; borrowed until one is added
 *
 * Since: 0.1
 */
const GArray *
aq_transaction_get_edges_out (AqTransaction *self,
                              guint64        parent)
{
  return self->class->get_edges_out (self, parent);
}

/**
 * aq_transaction_get_edges_in:
 * @self: a transaction
 * @child: a job's id
 *
 * Returns: (nullable) (element-type AqEdge): the edges that this job waits or has waited
 *   for, in the order of their making; borrowed until one is added
 *
 * Since: 0.1
 */
const GArray *
aq_transaction_get_edges_in (AqTransaction *self,
                             guint64        child)
{
  return self->class->get_edges_in (self, child);
}

/**
 * aq_transaction_find_submit_key:
 * @self: a transaction
 * @key: a submit key
 *
 * Returns: the id of the job that was submitted with it, or 0
 *
 * Since: 0.1
 */
guint64
aq_transaction_find_submit_key (AqTransaction *self,
                                const char    *key)
{
  return self->class->find_submit_key (self, key);
}

/**
 * aq_transaction_edit_counters:
 * @self: a transaction
 *
 * Returns: the store's counters, to be changed
 *
 * Since: 0.1
 */
AqCounters *
aq_transaction_edit_counters (AqTransaction *self)
{
  return self->class->edit_counters (self);
}

/**
 * aq_transaction_get_agent:
 * @self: a transaction
 * @name: an agent's name
 *
 * Returns: (nullable): the stored agent of this name
 *
 * Since: 0.1
 */
AqAgent *
aq_transaction_get_agent (AqTransaction *self,
                          const char    *name)
{
  return self->class->get_agent (self, name);
}

/**
 * aq_transaction_set_agent:
 * @self: a transaction
 * @agent: an agent, in the place of the stored one of its name, if there is one
 *
 * Since: 0.1
 */
void
aq_transaction_set_agent (AqTransaction *self,
                          AqAgent       *agent)
{
  self->class->set_agent (self, agent);
}

/**
 * aq_transaction_remove_agent:
 * @self: a transaction
 * @name: an agent's name; nothing happens if none is stored
 *
 * Since: 0.1
 */
void
aq_transaction_remove_agent (AqTransaction *self,
                             const char    *name)
{
  self->class->remove_agent (self, name);
}

/**
 * aq_transaction_list_agents:
 * @self: a transaction
 *
 * Returns: (element-type AqAgent): the stored agents, sorted by name
 *
 * Since: 0.1
 */
GPtrArray *
aq_transaction_list_agents (AqTransaction *self)
{
  return self->class->list_agents (self);
}

/**
 * aq_transaction_get_busy:
 * @self: a transaction
 *
 * Returns: (element-type AqJob): the jobs that are assigned or active, in no order
 *
 * Since: 0.1
 */
GPtrArray *
aq_transaction_get_busy (AqTransaction *self)
{
  return self->class->get_busy (self);
}

/**
 * aq_transaction_iterate:
 * @self: a transaction
 * @below_id: an id, %G_MAXUINT64 for all
 *
 * Returns: (nullable): the newest job whose id is lower
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_iterate (AqTransaction *self,
                        guint64        below_id)
{
  return self->class->iterate (self, below_id);
}

/**
 * aq_transaction_get_brief:
 * @self: a transaction
 * @id: a job's id
 * @out_brief: (out): what is known of it; untouched where there is no such job
 *
 * Returns: whether there is such a job, be it away
 *
 * Since: 0.1
 */
gboolean
aq_transaction_get_brief (AqTransaction *self,
                          guint64        id,
                          AqJobBrief    *out_brief)
{
  return self->class->get_brief (self, id, out_brief);
}

/**
 * aq_transaction_iterate_brief:
 * @self: a transaction
 * @below_id: an id, %G_MAXUINT64 for all
 * @out_brief: (out): the newest job whose id is lower, be it away; untouched
 *   where there is none
 *
 * Returns: whether there is one
 *
 * Since: 0.1
 */
gboolean
aq_transaction_iterate_brief (AqTransaction *self,
                              guint64        below_id,
                              AqJobBrief    *out_brief)
{
  return self->class->iterate_brief (self, below_id, out_brief);
}

/**
 * aq_transaction_remove_job:
 * @self: a transaction
 * @id: a completed job, away or not, that this transaction has not changed
 *
 * The job is gone, with its edges and its submit key.
 *
 * Since: 0.1
 */
void
aq_transaction_remove_job (AqTransaction *self,
                           guint64        id)
{
  self->class->remove_job (self, id);
}

/**
 * aq_transaction_expire:
 * @self: a transaction
 * @retention: how long and how many completed jobs are kept
 * @max_jobs: how many to remove at most
 *
 * Removes completed jobs that are kept no longer, of each class the one that
 * ended first. One that an unfinished job depends on stays until that one has ended.
 *
 * Returns: how many were removed
 *
 * Since: 0.1
 */
guint
aq_transaction_expire (AqTransaction     *self,
                       const AqRetention *retention,
                       guint              max_jobs)
{
  return self->class->expire (self, retention, max_jobs);
}

/**
 * aq_transaction_get_next_expiry:
 * @self: a transaction
 * @retention: how long and how many completed jobs are kept
 *
 * Returns: the wall clock time at which aq_transaction_expire() has something to
 *   do, which may have passed; %G_MAXINT64 when nothing will by itself
 *
 * Since: 0.1
 */
gint64
aq_transaction_get_next_expiry (AqTransaction     *self,
                                const AqRetention *retention)
{
  return self->class->get_next_expiry (self, retention);
}

/**
 * aq_transaction_count_state:
 * @self: a transaction
 * @state: a state
 *
 * Returns: how many jobs are in it
 *
 * Since: 0.1
 */
guint64
aq_transaction_count_state (AqTransaction  *self,
                            AsyncqJobState  state)
{
  return self->class->count_state (self, state);
}

/**
 * aq_transaction_replace_call:
 * @self: a transaction
 * @job: a job that is new or pending
 * @queue: its queue from now on
 * @arguments_type: a GVariant tuple type
 * @arguments: a tuple of that type, serialised
 * @arguments_size: in bytes
 *
 * Gives a job other arguments, or another queue. It keeps its place in the order.
 *
 * Returns: (transfer none): the job; @job is freed
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_replace_call (AqTransaction *self,
                             AqJob         *job,
                             const char    *queue,
                             const char    *arguments_type,
                             gconstpointer  arguments,
                             gsize          arguments_size)
{
  return self->class->replace_call (self, job, queue, arguments_type, arguments, arguments_size);
}

/**
 * aq_transaction_reindex:
 * @self: a transaction
 * @job: a job whose due time, order, priority or settings were changed, not its state
 *
 * Since: 0.1
 */
void
aq_transaction_reindex (AqTransaction *self,
                        AqJob         *job)
{
  self->class->reindex (self, job);
}

/**
 * aq_transaction_next_overdue:
 * @self: a transaction
 *
 * Returns: (transfer none) (nullable): a job one of whose deadlines has passed
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_next_overdue (AqTransaction *self)
{
  return self->class->next_overdue (self);
}

/**
 * aq_transaction_count_queue:
 * @self: a transaction
 * @queue: name of a queue
 *
 * Returns: how many jobs are pending in it, due or not
 *
 * Since: 0.1
 */
guint64
aq_transaction_count_queue (AqTransaction *self,
                            const char    *queue)
{
  return self->class->count_queue (self, queue);
}

/**
 * aq_transaction_list_queue:
 * @self: a transaction
 * @queue: name of a queue
 * @first_jobs: how many of its first jobs are wanted
 * @out_jobs: (element-type AqJob): where to append these, and perhaps some of its
 *   other pending jobs, in no order
 *
 * Since: 0.1
 */
void
aq_transaction_list_queue (AqTransaction *self,
                           const char    *queue,
                           guint64        first_jobs,
                           GPtrArray     *out_jobs)
{
  self->class->list_queue (self, queue, first_jobs, out_jobs);
}

/**
 * aq_transaction_find_unique_key:
 * @self: a transaction
 * @key: a unique key
 *
 * Returns: id of the newest job that was put with it, 0 for none
 *
 * Since: 0.1
 */
guint64
aq_transaction_find_unique_key (AqTransaction *self,
                                const char    *key)
{
  return self->class->find_unique_key (self, key);
}

/**
 * aq_transaction_set_unique_key:
 * @self: a transaction
 * @job: a job that was created in this transaction
 * @key: its unique key; the job is the newest one with it from now on
 *
 * Since: 0.1
 */
void
aq_transaction_set_unique_key (AqTransaction *self,
                               AqJob         *job,
                               const char    *key)
{
  self->class->set_unique_key (self, job, key);
}

/**
 * aq_transaction_get_item:
 * @self: a transaction
 * @kind: a kind
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the item
 *
 * Since: 0.1
 */
AqItem *
aq_transaction_get_item (AqTransaction *self,
                         AqItemKind     kind,
                         const char    *name)
{
  return self->class->get_item (self, kind, name);
}

/**
 * aq_transaction_set_item:
 * @self: a transaction
 * @kind: a kind
 * @name: a name
 * @value: (nullable): a{sv}, consumed if it is floating; %NULL removes the item
 *
 * Since: 0.1
 */
void
aq_transaction_set_item (AqTransaction *self,
                         AqItemKind     kind,
                         const char    *name,
                         GVariant      *value)
{
  self->class->set_item (self, kind, name, value);
}

/**
 * aq_transaction_list_items:
 * @self: a transaction
 * @kind: a kind
 *
 * Returns: (transfer none) (element-type AqItem): all of that kind, by name
 *
 * Since: 0.1
 */
GPtrArray *
aq_transaction_list_items (AqTransaction *self,
                           AqItemKind     kind)
{
  return self->class->list_items (self, kind);
}

/**
 * aq_transaction_list_before:
 * @self: a transaction
 * @job: a job that is pending and due
 * @out_counts: (element-type AqLaneCount): where to append how many jobs of which
 *   lanes are due and before it in queue order, also those that a limit holds back
 *
 * Since: 0.1
 */
void
aq_transaction_list_before (AqTransaction *self,
                            const AqJob   *job,
                            GArray        *out_counts)
{
  self->class->list_before (self, job, out_counts);
}

/**
 * aq_transaction_list_queue_counts:
 * @self: a transaction
 *
 * Returns: (transfer container) (element-type AqQueueCounts): how many jobs each
 *   queue has that has any, by name; queues without jobs may be among them
 *
 * Since: 0.1
 */
GPtrArray *
aq_transaction_list_queue_counts (AqTransaction *self)
{
  return self->class->list_queue_counts (self);
}

/**
 * aq_transaction_get_oldest_due:
 * @self: a transaction
 * @queue: a queue's name
 *
 * Returns: (nullable): of its pending jobs the one that has been due for longest
 *
 * Since: 0.1
 */
AqJob *
aq_transaction_get_oldest_due (AqTransaction *self,
                               const char    *queue)
{
  return self->class->get_oldest_due (self, queue);
}
