/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of queues: create, remove, pause, resume, list, pull, put again
 */

#include "config.h"

#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-name.h"
#include "core/aq-queue-list.h"
#include "core/aq-rules.h"

#include <string.h>

/* of one page of a list */
#define MAX_LISTED 10000
#define MAX_REASON_BYTES 1024

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError     **error,
        int          code,
        const char  *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (ASYNCQ_ERROR, code, format, arguments);
  va_end (arguments);
  return FALSE;
}

/**
 * aq_rule_create_queue:
 * @transaction: a transaction
 * @queue_event: an #AqQueueEvent
 * @error: return location for an error
 *
 * Somebody makes a queue known.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_EXISTS`.
 * Source: behaviour Z23.
 *
 * Returns: whether it was created
 *
 * Since: 0.1
 */
gboolean
aq_rule_create_queue (AqTransaction  *transaction,
                      gpointer        queue_event,
                      GError        **error)
{
  const AqQueueEvent *event = queue_event;
  GVariantBuilder builder;

  if (!aq_name_is_queue (event->name))
    return refuse (error, ASYNCQ_ERROR_INVALID,
                   "'%s' cannot be the name of a queue: at most 128 of A-Z a-z 0-9 _ . - are wanted", event->name);
  if (event->queues != NULL && aq_queue_is_known (transaction, event->queues, event->name))
    return refuse (error, ASYNCQ_ERROR_EXISTS, "there is a queue '%s' already", event->name);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "by", g_variant_new_uint32 (transaction->actor->uid));
  g_variant_builder_add (&builder, "{sv}", "created", g_variant_new_int64 (transaction->now.wall_usec));
  aq_transaction_set_item (transaction, AQ_ITEM_QUEUE, event->name, g_variant_builder_end (&builder));
  return TRUE;
}

/* Returns: a job of the queue that has not ended; 0 for none */
static guint64
find_unfinished (AqTransaction *transaction,
                 const char    *queue)
{
  AqJobBrief brief = { .id = G_MAXUINT64 };

  while (aq_transaction_iterate_brief (transaction, brief.id, &brief))
    if (brief.state != ASYNCQ_JOB_STATE_COMPLETED && g_str_equal (brief.lane->queue, queue))
      return brief.id;
  return 0;
}

/**
 * aq_rule_remove_queue:
 * @transaction: a transaction
 * @queue_event: an #AqQueueEvent
 * @error: return location for an error
 *
 * Somebody takes back that a queue is known. Its completed jobs stay.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`; `ASYNCQ_ERROR_BAD_STATE` if the
 * configuration or an agent names it, or a job of it has not ended.
 *
 * Returns: whether it was removed
 *
 * Since: 0.1
 */
gboolean
aq_rule_remove_queue (AqTransaction  *transaction,
                      gpointer        queue_event,
                      GError        **error)
{
  const AqQueueEvent *event = queue_event;
  guint64 id;

  if (!aq_queue_require (transaction, event->queues, event->name, error))
    return FALSE;
  if (event->queues != NULL && aq_queue_table_has (event->queues, event->name))
    return refuse (error, ASYNCQ_ERROR_BAD_STATE,
                   "queue '%s' cannot be removed: the configuration or an agent names it", event->name);
  id = find_unfinished (transaction, event->name);
  if (id != 0)
    return refuse (error, ASYNCQ_ERROR_BAD_STATE,
                   "queue '%s' cannot be removed: it holds jobs, as job %" G_GUINT64_FORMAT, event->name, id);

  aq_transaction_set_item (transaction, AQ_ITEM_PAUSE, event->name, NULL);
  aq_transaction_set_item (transaction, AQ_ITEM_QUEUE, event->name, NULL);
  return TRUE;
}

/**
 * aq_rule_pause_queue:
 * @transaction: a transaction
 * @pause_event: an #AqPauseEvent
 * @error: return location for an error
 *
 * Nothing of a queue is claimed until it is resumed, or until a time of the wall
 * clock. Jobs may be put into it all the same, and what runs goes on.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`; `ASYNCQ_ERROR_INVALID` if it would end
 * before it begins; `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether it is paused
 *
 * Since: 0.1
 */
gboolean
aq_rule_pause_queue (AqTransaction  *transaction,
                     gpointer        pause_event,
                     GError        **error)
{
  const AqPauseEvent *event = pause_event;
  GVariantBuilder builder;

  if (!aq_queue_require (transaction, event->queues, event->name, error))
    return FALSE;
  if (event->until_usec < 0 || (event->until_usec != 0 && event->until_usec <= transaction->now.wall_usec))
    return refuse (error, ASYNCQ_ERROR_INVALID, "queue '%s' cannot be paused until a time that has passed", event->name);
  if (strlen (event->reason) > MAX_REASON_BYTES)
    return refuse (error, ASYNCQ_ERROR_TOO_LARGE, "the reason has %" G_GSIZE_FORMAT " bytes, at most %d are taken",
                   strlen (event->reason), MAX_REASON_BYTES);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "by", g_variant_new_uint32 (transaction->actor->uid));
  g_variant_builder_add (&builder, "{sv}", "reason", g_variant_new_string (event->reason));
  g_variant_builder_add (&builder, "{sv}", "since", g_variant_new_int64 (transaction->now.wall_usec));
  g_variant_builder_add (&builder, "{sv}", "until", g_variant_new_int64 (event->until_usec));
  aq_transaction_set_item (transaction, AQ_ITEM_PAUSE, event->name, g_variant_builder_end (&builder));
  return TRUE;
}

/**
 * aq_rule_resume_queue:
 * @transaction: a transaction
 * @queue_event: an #AqQueueEvent
 * @error: return location for an error
 *
 * A queue goes on; one that is not paused does so anyway.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: whether there is such a queue
 *
 * Since: 0.1
 */
gboolean
aq_rule_resume_queue (AqTransaction  *transaction,
                      gpointer        queue_event,
                      GError        **error)
{
  const AqQueueEvent *event = queue_event;

  if (!aq_queue_require (transaction, event->queues, event->name, error))
    return FALSE;
  aq_transaction_set_item (transaction, AQ_ITEM_PAUSE, event->name, NULL);
  return TRUE;
}

/**
 * aq_rule_end_pauses:
 * @transaction: a transaction
 * @unused: %NULL
 * @error: return location for an error
 *
 * Time has passed: forgets the pauses that are over.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_end_pauses (AqTransaction  *transaction,
                    gpointer        unused,
                    GError        **error)
{
  g_autoptr(GPtrArray) over = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *pauses = aq_transaction_list_items (transaction, AQ_ITEM_PAUSE);

  for (guint i = 0; i < pauses->len; i++)
    {
      const AqItem *pause = g_ptr_array_index (pauses, i);

      if (!aq_queue_is_paused (transaction, pause->name))
        g_ptr_array_add (over, g_strdup (pause->name));
    }
  for (guint i = 0; i < over->len; i++)
    aq_transaction_set_item (transaction, AQ_ITEM_PAUSE, g_ptr_array_index (over, i), NULL);
  return TRUE;
}

/**
 * aq_rule_list_queued:
 * @transaction: a transaction
 * @list_queued_event: an #AqListQueuedEvent
 * @error: return location for an error
 *
 * Lists what is pending in a queue, in the order in which it will be claimed.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`, `ASYNCQ_ERROR_INVALID`.
 * Source: behaviour Z28, Z29.
 *
 * Returns: whether it was listed
 *
 * Since: 0.1
 */
gboolean
aq_rule_list_queued (AqTransaction  *transaction,
                     gpointer        list_queued_event,
                     GError        **error)
{
  AqListQueuedEvent *event = list_queued_event;
  g_autoptr(GPtrArray) jobs = NULL;

  if (!aq_queue_require (transaction, event->queues, event->name, error))
    return FALSE;
  if (event->offset < 0)
    return refuse (error, ASYNCQ_ERROR_INVALID, "a list cannot begin at %" G_GINT64_FORMAT, event->offset);

  jobs = aq_queue_list_page (transaction, event->name, event->offset, MIN (event->limit, MAX_LISTED));
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);

      g_array_append_val (event->out_ids, job->id);
    }
  return TRUE;
}

static AqJob *
find_at_index (AqTransaction      *transaction,
               const AqPullEvent  *event,
               GError            **error)
{
  guint64 n_jobs = aq_transaction_count_queue (transaction, event->queue);
  gint64 index = event->index < 0 ? event->index + (gint64) n_jobs : event->index;
  g_autoptr(GPtrArray) jobs = NULL;

  if (index < 0 || (guint64) index >= n_jobs)
    {
      refuse (error, ASYNCQ_ERROR_NO_SUCH_JOB,
              "queue '%s' has no job at index %" G_GINT64_FORMAT ": it holds %" G_GUINT64_FORMAT, event->queue,
              event->index, n_jobs);
      return NULL;
    }
  jobs = aq_queue_list_page (transaction, event->queue, index, 1);
  return g_ptr_array_index (jobs, 0);
}

static AqJob *
find_queued (AqTransaction      *transaction,
             const AqPullEvent  *event,
             GError            **error)
{
  AqJob *job = aq_transaction_find_job (transaction, event->id);

  if (job != NULL && job->state == ASYNCQ_JOB_STATE_PENDING && g_str_equal (aq_job_get_queue (job), event->queue))
    return job;
  refuse (error, ASYNCQ_ERROR_NO_SUCH_JOB, "job %" G_GUINT64_FORMAT " is not in queue '%s'", event->id, event->queue);
  return NULL;
}

/**
 * aq_rule_pull:
 * @transaction: a transaction
 * @pull_event: an #AqPullEvent
 * @error: return location for an error
 *
 * Somebody takes a job out of its queue, by its id or its place. The job is new
 * again, and stays so until it is put again or cancelled.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`; `ASYNCQ_ERROR_NO_SUCH_JOB` if it is not
 * in this queue, or there is nothing at this place.
 * Source: behaviour Z30, Z31.
 *
 * Returns: whether it was pulled
 *
 * Since: 0.1
 */
gboolean
aq_rule_pull (AqTransaction  *transaction,
              gpointer        pull_event,
              GError        **error)
{
  AqPullEvent *event = pull_event;
  AqJob *job;

  if (!aq_queue_require (transaction, event->queues, event->queue, error))
    return FALSE;
  job = event->id != 0 ? find_queued (transaction, event, error) : find_at_index (transaction, event, error);
  if (job == NULL)
    return FALSE;

  job->flags = (job->flags & ~(AQ_JOB_PUT_BACK | AQ_JOB_SCHEDULED | AQ_JOB_STEADY)) | AQ_JOB_PULLED;
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_PULL);
  event->out_id = job->id;
  return TRUE;
}

/**
 * aq_rule_put_again:
 * @transaction: a transaction
 * @put_again_event: an #AqPutAgainEvent
 * @error: return location for an error
 *
 * Somebody puts a job that was pulled into its queue again: at the end, and due.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_BAD_STATE`.
 * Source: behaviour Z24, Z26, Z30.
 *
 * Returns: whether it was put
 *
 * Since: 0.1
 */
gboolean
aq_rule_put_again (AqTransaction  *transaction,
                   gpointer        put_again_event,
                   GError        **error)
{
  const AqPutAgainEvent *event = put_again_event;
  AqJobBrief brief;
  AqJob *job;

  if (aq_transaction_get_brief (transaction, event->id, &brief) && brief.away)
    return refuse (error, ASYNCQ_ERROR_BAD_STATE, "job %" G_GUINT64_FORMAT " cannot be put: it is completed",
                   event->id);
  job = aq_transaction_require_job (transaction, event->id, error);
  if (job == NULL)
    return FALSE;
  /* one that was cancelled since keeps its mark */
  if (!(job->flags & AQ_JOB_PULLED) || job->state != ASYNCQ_JOB_STATE_NEW)
    return refuse (error, ASYNCQ_ERROR_BAD_STATE, "job %" G_GUINT64_FORMAT " cannot be put: it is %s, and was not "
                   "pulled out of its queue", job->id, asyncq_job_state_to_string (job->state));

  aq_join_enter (transaction, job);
  return TRUE;
}
