/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Put
 *
 * A list of drafts becomes jobs and edges in three passes: jobs, edges, and
 * what has nothing to wait for goes into its queue. A composite job is wired so
 * (parallel; "start" fires when the composite job starts, the rest at the end):
 *
 *        ┌── start ──► member 1 ──┐ join
 *   composite ─ start ──► member 2 ──┴──► postprocess ── result ──► composite
 *        └── start ──────────────────────►┘
 *
 * In a serial one each member also waits for the one before it. Without a
 * postprocess job the members join in the composite job itself.
 */

#include "config.h"

#include "core/aq-put.h"

#include "core/aq-draft-edges.h"
#include "core/aq-join.h"
#include "core/aq-rules.h"

#include <string.h>

/* more than a store writes for a put, for each job beside its texts, and for a part's edges */
#define PUT_BYTES 1024
#define DRAFT_BYTES 160
#define PART_BYTES 160

typedef struct
{
  guint64 id;         /* 0 where a part of a composite job that was there before cannot be found */
  AqJob *job;         /* NULL where it was there before, and is no part of one that was not */
  AqJob *postprocess; /* of a composite job: nullable */
  AqJob *last_member; /* of a composite job: nullable */
  guint  n_parts;     /* of a composite job: seen so far */
  gboolean existing;  /* an earlier submit with the same key made it */
} Put;

/**
 * aq_put_check:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Checks what can be wrong with drafts as a list; each by itself has been checked.
 *
 * Errors: those of aq_draft_edges_check().
 *
 * Returns: whether they can be put
 *
 * Since: 0.1
 */
gboolean
aq_put_check (const AqDraft  *drafts,
              guint           n_drafts,
              GError        **error)
{
  return aq_draft_edges_check (drafts, n_drafts, error);
}

/* the n-th part that an existing composite job was submitted with */
static guint64
find_part (AqTransaction *transaction,
           guint64        composite,
           guint          n)
{
  const GArray *edges = composite != 0 ? aq_transaction_get_edges_out (transaction, composite) : NULL;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if ((edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS) && n-- == 0)
        return edge->child;
    }
  return 0;
}

static gboolean
is_away (AqTransaction *transaction,
         guint64        id)
{
  AqJobBrief brief;

  return id != 0 && aq_transaction_get_brief (transaction, id, &brief) && brief.away;
}

/**
 * aq_put_list_away:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @returned: index of the draft whose result becomes another's, or
 *   %AQ_DRAFT_NO_PARENT
 * @ids: (element-type guint64): where to append
 *
 * Lists the jobs of earlier submits that are away and must be in memory when the
 * drafts are put: those that are to be joined in a new job, and those whose parts
 * are wanted. When they are there may be more: ask again, until there are none.
 *
 * Since: 0.1
 */
void
aq_put_list_away (AqTransaction *transaction,
                  const AqDraft *drafts,
                  guint          n_drafts,
                  guint          returned,
                  GArray        *ids)
{
  g_autofree Put *puts = g_new0 (Put, n_drafts);

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;
      gboolean is_part = parent != NULL && parent->existing;
      gboolean wanted = i == returned || draft->kind != AQ_JOB_CALL || (parent != NULL && !is_part);

      if (is_part)
        puts[i].id = is_away (transaction, parent->id) ? 0 : find_part (transaction, parent->id, parent->n_parts++);
      else if (draft->submit_key != NULL)
        puts[i].id = aq_transaction_find_submit_key (transaction, draft->submit_key);
      puts[i].existing = is_part || puts[i].id != 0;
      if (wanted && is_away (transaction, puts[i].id))
        g_array_append_val (ids, puts[i].id);
    }
}

/**
 * aq_put_is_known:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 *
 * Returns: whether earlier submits have made all of these jobs, so that a put
 *   changes nothing
 *
 * Since: 0.1
 */
gboolean
aq_put_is_known (AqTransaction *transaction,
                 const AqDraft *drafts,
                 guint          n_drafts)
{
  /* a part of a composite job that is known is known, so only the others count */
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].parent == AQ_DRAFT_NO_PARENT &&
        (drafts[i].submit_key == NULL || aq_transaction_find_submit_key (transaction, drafts[i].submit_key) == 0))
      return FALSE;
  return TRUE;
}

static guint64
get_length (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

/**
 * aq_put_get_max_bytes:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 *
 * Returns: how many bytes a put of them takes in a store, at the most
 *
 * Since: 0.1
 */
guint64
aq_put_get_max_bytes (const AqDraft *drafts,
                      guint          n_drafts)
{
  guint64 n_bytes = PUT_BYTES + (guint64) n_drafts * DRAFT_BYTES;

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];

      n_bytes += draft->arguments_size + get_length (draft->queue) + get_length (draft->function) +
                 get_length (draft->arguments_type) + get_length (draft->submit_key) +
                 (draft->parent != AQ_DRAFT_NO_PARENT ? PART_BYTES : 0);
    }
  return n_bytes;
}

static void
make_job (AqTransaction *transaction,
          Put           *puts,
          const AqDraft *draft,
          const char    *default_queue,
          Put           *put)
{
  Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;
  guint64 known = draft->submit_key != NULL ? aq_transaction_find_submit_key (transaction, draft->submit_key) : 0;
  AqDraft copy = *draft;

  if (parent != NULL && parent->existing)
    {
      put->existing = TRUE;
      put->id = find_part (transaction, parent->id, parent->n_parts++);
      return;
    }
  if (known != 0)
    {
      put->existing = TRUE;
      put->id = known;
      put->job = parent != NULL ? aq_transaction_get_job (transaction, known) : NULL;
      return;
    }
  if (copy.queue == NULL)
    copy.queue = default_queue;
  put->job = aq_transaction_create_job (transaction, &copy);
  put->id = put->job->id;
  if (parent != NULL && draft->role == AQ_EDGE_POSTPROCESS)
    parent->postprocess = put->job;
}

static void
wire_member (AqTransaction *transaction,
             Put           *parent,
             Put           *put)
{
  AqJob *target = parent->postprocess != NULL ? parent->postprocess : parent->job;

  if (!put->existing)
    {
      aq_join_wait_for (transaction, parent->job, put->job, AQ_EDGE_ON_START, AQ_EDGE_MEMBER, NULL);
      if (parent->job->kind == AQ_JOB_SERIAL && parent->last_member != NULL)
        aq_join_wait_for (transaction, parent->last_member, put->job, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
    }
  aq_join_wait_for (transaction, put->job, target, AQ_EDGE_ON_ANY, AQ_EDGE_JOIN, NULL);
  parent->last_member = put->job;
}

static void
wire_postprocess (AqTransaction *transaction,
                  Put           *parent,
                  Put           *put)
{
  aq_join_wait_for (transaction, parent->job, put->job, AQ_EDGE_ON_START, AQ_EDGE_POSTPROCESS, NULL);
  aq_join_wait_for (transaction, put->job, parent->job, AQ_EDGE_ON_ANY, AQ_EDGE_RESULT, NULL);
}

static void
wire (AqTransaction *transaction,
      Put           *puts,
      const AqDraft *drafts,
      guint          n_drafts)
{
  for (guint i = 0; i < n_drafts; i++)
    {
      Put *parent = drafts[i].parent != AQ_DRAFT_NO_PARENT ? &puts[drafts[i].parent] : NULL;

      if (parent == NULL || parent->existing)
        continue;
      if (drafts[i].role == AQ_EDGE_POSTPROCESS)
        wire_postprocess (transaction, parent, &puts[i]);
      else
        wire_member (transaction, parent, &puts[i]);
    }
}

/**
 * aq_put_drafts:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @default_queue: for drafts without a queue
 * @out_ids: (array length=n_drafts): where to write the id of each; 0 for a
 *   part of a composite job that an earlier submit made without it
 *
 * Makes jobs of drafts. One whose submit key is known is not made again: its
 * id is the first one's, and so it is with all of its parts.
 *
 * Source: design, section 2 (submit keys) and 5 (edges); behaviour Z24, Z80, Z81.
 *
 * Since: 0.1
 */
void
aq_put_drafts (AqTransaction *transaction,
               const AqDraft *drafts,
               guint          n_drafts,
               const char    *default_queue,
               guint64       *out_ids)
{
  g_autofree Put *many = n_drafts > 1 ? g_new0 (Put, n_drafts) : NULL;
  Put one = { 0 };
  Put *puts = many != NULL ? many : &one;

  for (guint i = 0; i < n_drafts; i++)
    {
      make_job (transaction, puts, &drafts[i], default_queue, &puts[i]);
      out_ids[i] = puts[i].id;
    }
  wire (transaction, puts, drafts, n_drafts);
  for (guint i = 0; i < n_drafts; i++)
    {
      AqJob *job = puts[i].job;

      /* entering one may have let others in already */
      if (!puts[i].existing && job->n_waiting == 0 && job->state == ASYNCQ_JOB_STATE_NEW)
        aq_join_enter (transaction, job);
    }
}

/**
 * aq_rule_put:
 * @transaction: a transaction
 * @put_event: an #AqPutEvent
 * @error: return location for an error
 *
 * Somebody submits jobs. While new work is refused only who names jobs by submit
 * keys that are known gets their ids: a client that asks again what it was not
 * answered.
 *
 * Errors: those of aq_put_check(); the refusal.
 *
 * Returns: whether they were put
 *
 * Since: 0.1
 */
gboolean
aq_rule_put (AqTransaction  *transaction,
             gpointer        put_event,
             GError        **error)
{
  AqPutEvent *event = put_event;

  if (!aq_put_check (event->drafts, event->n_drafts, error))
    return FALSE;
  if (event->refusal != NULL && !aq_put_is_known (transaction, event->drafts, event->n_drafts))
    {
      g_propagate_error (error, g_error_copy (event->refusal));
      return FALSE;
    }
  aq_put_drafts (transaction, event->drafts, event->n_drafts, "", event->out_ids);
  return TRUE;
}
