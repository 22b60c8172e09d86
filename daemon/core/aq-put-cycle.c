/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cycles through jobs that there are
 *
 * Drafts may make a job that there is wait: a composite job for a new member, a job
 * for a new callback, one that returns a job for that. If they wait for that job in
 * their turn, nothing of it would ever end. As in aq-draft-cycle.c each job and each
 * draft has three points, and each waits for others: from the points that are made
 * to wait all that they wait for is looked at, once, depth first, without recursion.
 */

#include "config.h"

#include "core/aq-put-cycle.h"

#include "core/aq-draft-value.h"
#include "libasyncq/asyncq-error.h"

typedef enum
{
  MAY_GO,
  ENDED,
  DONE
} Moment;

/* the lowest bits say what it is: two of the moment, one whether it is a draft */
typedef guint64 Point;

#define IS_DRAFT 4
#define N_POINT_BITS 3

typedef enum
{
  UNSEEN,
  ON_PATH,
  SEEN
} Mark;

/* its moment does not count in a key */
typedef Point Key;

typedef struct
{
  AqTransaction        *transaction;
  const AqPutCycleList *list;
  GHashTable           *parts;     /* of Key to GArray of indexes: new drafts that become its parts */
  GHashTable           *callbacks; /* likewise */
  guint                *earlier;   /* for each draft the one before it in its row; AQ_DRAFT_NO_PARENT: none */
  GHashTable           *marks;     /* of Point to Mark */
  GArray               *stack;     /* of Point */
  GArray               *path;      /* of Point: each waits for the next */
  GArray               *waits;     /* of Point: what the newest one waits for */
} Search;

static Point
job_point (guint64 id,
           Moment  moment)
{
  return id << N_POINT_BITS | moment;
}

static Point
draft_point (const AqPutCycleList *list,
             guint                 index,
             Moment                moment)
{
  if (list->existing[index] != 0)
    return job_point (list->existing[index], moment);
  return (guint64) index << N_POINT_BITS | IS_DRAFT | moment;
}

static void
add (Search *self,
     Point   point)
{
  g_array_append_val (self->waits, point);
}

/* @of_role: AQ_EDGE_MEMBER: no postprocess job */
static void
add_parts (Search     *self,
           Key         parent,
           AqEdgeRole  of_role)
{
  const GArray *indexes = g_hash_table_lookup (self->parts, &parent);

  for (guint i = 0; indexes != NULL && i < indexes->len; i++)
    {
      guint index = g_array_index (indexes, guint, i);
      AqEdgeRole role = self->list->drafts[index].role;

      if (role == of_role)
        add (self, draft_point (self->list, index, role == AQ_EDGE_MEMBER ? DONE : ENDED));
    }
}

static void
add_new_callbacks (Search *self,
                   Key     parent)
{
  const GArray *indexes = g_hash_table_lookup (self->callbacks, &parent);

  for (guint i = 0; indexes != NULL && i < indexes->len; i++)
    add (self, draft_point (self->list, g_array_index (indexes, guint, i), DONE));
}

static Key
get_parent (const AqPutCycleList *list,
            const AqDraft        *draft)
{
  return draft->parent_job != 0 ? job_point (draft->parent_job, 0) : draft_point (list, draft->parent, 0);
}

static gboolean
is_in_row (const AqDraft *draft)
{
  return draft->role == AQ_EDGE_MEMBER ||
         (draft->role == AQ_EDGE_CALLBACK && draft->on != AQ_EDGE_ON_FIRST_FAILURE);
}

static void
list_draft (Search *self,
            guint   index)
{
  const AqDraft *draft = &self->list->drafts[index];
  GHashTable *table = draft->role == AQ_EDGE_CALLBACK ? self->callbacks : self->parts;
  const Key key = get_parent (self->list, draft);
  GArray *indexes = g_hash_table_lookup (table, &key);

  if (indexes == NULL)
    {
      indexes = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (table, g_memdup2 (&key, sizeof key), indexes);
    }
  for (guint i = indexes->len; i > 0 && self->earlier[index] == AQ_DRAFT_NO_PARENT; i--)
    if (is_in_row (&self->list->drafts[g_array_index (indexes, guint, i - 1)]))
      self->earlier[index] = g_array_index (indexes, guint, i - 1);
  g_array_append_val (indexes, index);
}

static void
list_drafts (Search *self)
{
  for (guint i = 0; i < self->list->n_drafts; i++)
    {
      const AqDraft *draft = &self->list->drafts[i];
      gboolean is_of_known = draft->parent != AQ_DRAFT_NO_PARENT && self->list->existing[draft->parent] != 0;

      self->earlier[i] = AQ_DRAFT_NO_PARENT;
      /* what a known job was submitted with is there as well */
      if ((draft->parent_job != 0 && self->list->existing[i] == 0) ||
          (draft->parent != AQ_DRAFT_NO_PARENT && !is_of_known))
        list_draft (self, i);
    }
}

/* jobs */

static gboolean
brings_result (const AqEdge *edge,
               const AqJob  *child)
{
  return edge->role == AQ_EDGE_RESULT || (edge->role == AQ_EDGE_JOIN && child->kind != AQ_JOB_CALL);
}

/* the moment of its parent that an edge waits for */
static Moment
get_moment (const AqEdge *edge)
{
  if (edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS)
    return MAY_GO;
  return edge->role == AQ_EDGE_JOIN || edge->role == AQ_EDGE_NEXT ? DONE : ENDED;
}

static void
add_edges_in (Search      *self,
              const AqJob *job,
              Moment       moment)
{
  const GArray *edges = aq_transaction_get_edges_in (self->transaction, job->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (brings_result (edge, job) != (moment == ENDED))
        continue;
      add (self, job_point (edge->parent, get_moment (edge)));
      /* a postprocess job waits for all members of its composite job */
      if (edge->role == AQ_EDGE_POSTPROCESS)
        add_parts (self, job_point (edge->parent, 0), AQ_EDGE_MEMBER);
    }
}

/* its parent and the next callback do not wait for one that has returned a job */
static gboolean
lets_go (const Search *self,
         const AqJob  *job)
{
  return aq_job_is_callback (job) && (job->id == self->list->outer || aq_job_has_let_go (job));
}

/* those that it has, parts or callbacks, and that there are */
static void
add_children (Search      *self,
              guint64      id,
              AqEdgeRole   role)
{
  const GArray *edges = aq_transaction_get_edges_out (self->transaction, id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    if (g_array_index (edges, AqEdge, i).role == role)
      add (self, job_point (g_array_index (edges, AqEdge, i).child, DONE));
}

static void
add_waits_of_job (Search  *self,
                  guint64  id,
                  Moment   moment)
{
  const AqJob *job = aq_transaction_find_job (self->transaction, id);

  if (job == NULL || job->state == ASYNCQ_JOB_STATE_COMPLETED)
    return;
  if (moment == DONE && !lets_go (self, job))
    {
      add (self, job_point (id, ENDED));
      add_children (self, id, AQ_EDGE_CALLBACK);
      add_new_callbacks (self, job_point (id, 0));
    }
  if (moment == ENDED && job->state < ASYNCQ_JOB_STATE_CALLBACKS)
    {
      add (self, job_point (id, MAY_GO));
      add_edges_in (self, job, ENDED);
      add_parts (self, job_point (id, 0), AQ_EDGE_MEMBER);
      if (id == self->list->outer)
        add (self, draft_point (self->list, self->list->returned, ENDED));
    }
  if (moment == MAY_GO && job->state == ASYNCQ_JOB_STATE_NEW)
    add_edges_in (self, job, MAY_GO);
}

/* drafts */

/* Whoever is before it in a row of callbacks or of serial members. */
static void
add_earlier (Search        *self,
             guint          index)
{
  const AqPutCycleList *list = self->list;
  const AqDraft *draft = &list->drafts[index];
  const AqJob *parent = draft->parent_job != 0 ? aq_transaction_find_job (self->transaction, draft->parent_job) : NULL;
  gboolean is_serial = parent != NULL ? parent->kind == AQ_JOB_SERIAL
                                      : draft->parent != AQ_DRAFT_NO_PARENT &&
                                        list->drafts[draft->parent].kind == AQ_JOB_SERIAL;

  if (!is_in_row (draft) || (draft->role == AQ_EDGE_MEMBER && !is_serial))
    return;
  if (self->earlier[index] != AQ_DRAFT_NO_PARENT)
    add (self, draft_point (list, self->earlier[index], DONE));
  else if (parent != NULL)
    add_children (self, parent->id, draft->role);
}

static void
add_begin_of_draft (Search *self,
                    guint   index)
{
  const AqPutCycleList *list = self->list;
  const AqDraft *draft = &list->drafts[index];
  Key parent;

  for (guint i = 0; i < draft->n_after; i++)
    add (self, draft->after[i].job != 0 ? job_point (draft->after[i].job, ENDED)
                                        : draft_point (list, draft->after[i].draft, ENDED));
  if (draft->parent_job == 0 && draft->parent == AQ_DRAFT_NO_PARENT)
    return;
  parent = get_parent (list, draft);
  add (self, parent | (draft->role == AQ_EDGE_CALLBACK ? ENDED : MAY_GO));
  if (draft->role == AQ_EDGE_POSTPROCESS)
    add_parts (self, parent, AQ_EDGE_MEMBER);
  add_earlier (self, index);
}

static void
add_waits_of_draft (Search *self,
                    guint   index,
                    Moment  moment)
{
  const Key key = draft_point (self->list, index, 0);

  if (moment == MAY_GO)
    {
      add_begin_of_draft (self, index);
      return;
    }
  add (self, key | (moment - 1));
  if (moment == DONE)
    {
      add_new_callbacks (self, key);
      return;
    }
  add_parts (self, key, AQ_EDGE_MEMBER);
  add_parts (self, key, AQ_EDGE_POSTPROCESS);
}

/* the search */

static Mark
get_mark (const Search *self,
          Point         point)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->marks, &point));
}

static void
set_mark (Search *self,
          Point   point,
          Mark    mark)
{
  g_hash_table_insert (self->marks, g_memdup2 (&point, sizeof point), GUINT_TO_POINTER (mark));
}

static void
list_waits (Search *self,
            Point   point)
{
  guint64 number = point >> N_POINT_BITS;
  Moment moment = point & (IS_DRAFT - 1);

  g_array_set_size (self->waits, 0);
  if (point & IS_DRAFT)
    add_waits_of_draft (self, number, moment);
  else
    add_waits_of_job (self, number, moment);
}

/* Names what is on the path from @point on, which waits for it again. */
static void
tell_cycle (const Search  *self,
            Point          point,
            GError       **error)
{
  guint index = self->list->returned;
  guint64 id = 0;

  for (guint i = self->path->len; i > 0; i--)
    {
      Point at = g_array_index (self->path, Point, i - 1);

      if (at & IS_DRAFT)
        index = at >> N_POINT_BITS;
      else
        id = at >> N_POINT_BITS;
      if (at == point)
        break;
    }
  (void) aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                          "entry %u: it would wait for itself: what it waits for waits for job %" G_GUINT64_FORMAT
                          ", which would wait for it", index, id);
}

/* Returns: whether a point on the path is among what the newest one waits for */
static gboolean
enter (Search  *self,
       Point    point,
       GError **error)
{
  set_mark (self, point, ON_PATH);
  g_array_append_val (self->path, point);
  list_waits (self, point);
  for (guint i = 0; i < self->waits->len; i++)
    {
      Point next = g_array_index (self->waits, Point, i);
      Mark mark = get_mark (self, next);

      if (mark == ON_PATH)
        {
          tell_cycle (self, next, error);
          return FALSE;
        }
      if (mark == UNSEEN)
        g_array_append_val (self->stack, next);
    }
  return TRUE;
}

static gboolean
look_at (Search  *self,
         Point    start,
         GError **error)
{
  g_array_append_val (self->stack, start);
  while (self->stack->len > 0)
    {
      Point point = g_array_index (self->stack, Point, self->stack->len - 1);
      Mark mark = get_mark (self, point);

      if (mark == UNSEEN)
        {
          if (!enter (self, point, error))
            return FALSE;
          continue;
        }
      g_array_set_size (self->stack, self->stack->len - 1);
      if (mark != ON_PATH)
        continue;
      set_mark (self, point, SEEN);
      g_array_set_size (self->path, self->path->len - 1);
    }
  return TRUE;
}

static gboolean
look_at_all (Search  *self,
             GError **error)
{
  const AqPutCycleList *list = self->list;

  for (guint i = 0; i < list->n_drafts; i++)
    {
      const AqDraft *draft = &list->drafts[i];
      Moment moment = draft->role == AQ_EDGE_CALLBACK ? DONE : ENDED;

      if (draft->parent_job != 0 && list->existing[i] == 0 &&
          !look_at (self, job_point (draft->parent_job, moment), error))
        return FALSE;
    }
  return list->outer == 0 || look_at (self, job_point (list->outer, ENDED), error);
}

/* Mostly no job that there is comes to wait for what may wait for another that is there. */
static gboolean
is_possible (const AqPutCycleList *list)
{
  gboolean makes_wait = list->outer != 0;
  gboolean waits = FALSE;

  for (guint i = 0; i < list->n_drafts; i++)
    {
      const AqDraft *draft = &list->drafts[i];

      makes_wait |= draft->parent_job != 0;
      waits |= list->existing[i] != 0 || (list->outer != 0 && draft->parent_job != 0);
      for (guint k = 0; k < draft->n_after && !waits; k++)
        waits = draft->after[k].job != 0;
    }
  return makes_wait && waits;
}

static void
unref_array (gpointer array)
{
  g_array_unref (array);
}

static GHashTable *
new_table (GDestroyNotify free_value)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_value);
}

/**
 * aq_put_cycle_check:
 * @transaction: a transaction
 * @list: drafts among which there is no cycle, and the jobs that they stand for
 * @error: return location for an error
 *
 * Takes time as there are drafts, and jobs that they would wait for.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming an entry and a job that would wait for each
 * other.
 *
 * Returns: whether everything can end when the drafts are put
 *
 * Since: 0.1
 */
gboolean
aq_put_cycle_check (AqTransaction         *transaction,
                    const AqPutCycleList  *list,
                    GError               **error)
{
  Search self = { .transaction = transaction, .list = list };
  gboolean ok;

  if (!is_possible (list))
    return TRUE;
  self.parts = new_table (unref_array);
  self.callbacks = new_table (unref_array);
  self.marks = new_table (NULL);
  self.earlier = g_new (guint, list->n_drafts);
  self.stack = g_array_new (FALSE, FALSE, sizeof (Point));
  self.path = g_array_new (FALSE, FALSE, sizeof (Point));
  self.waits = g_array_new (FALSE, FALSE, sizeof (Point));
  list_drafts (&self);
  ok = look_at_all (&self, error);

  g_array_unref (self.waits);
  g_array_unref (self.path);
  g_array_unref (self.stack);
  g_free (self.earlier);
  g_hash_table_unref (self.marks);
  g_hash_table_unref (self.callbacks);
  g_hash_table_unref (self.parts);
  return ok;
}
