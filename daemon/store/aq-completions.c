/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Completions
 *
 * One queue for each class: jobs of one queue with one outcome. A job that is
 * removed by its id leaves its entry behind, which is passed over when its turn
 * comes; a class counts the jobs that there are, and is written anew when more
 * than half of its entries are such.
 */

#include "config.h"

#include "store/aq-completions.h"

#include "store/aq-end-queue.h"

/* entries without jobs that a class may have before they are counted at all */
#define MIN_SWEPT 1024

typedef struct
{
  AqEndQueue ends;
  guint64    n_jobs; /* entries whose job there is */
} Class;

typedef struct
{
  char *name;
  Class classes[ASYNCQ_N_JOB_OUTCOMES];
} Queue;

struct _AqCompletions
{
  AqCompletionsExists exists;
  gpointer            user_data;
  GHashTable         *by_name; /* Queue.name → Queue, neither owned */
  GPtrArray          *queues;  /* of Queue, owned */
  Queue              *last;    /* no reference, nullable: jobs that end together mostly share one */
  guint               cursor;  /* where taking goes on */
};

static void
free_queue (gpointer data)
{
  Queue *queue = data;

  for (guint i = 0; i < ASYNCQ_N_JOB_OUTCOMES; i++)
    aq_end_queue_clear (&queue->classes[i].ends);
  g_free (queue->name);
  g_free (queue);
}

/**
 * aq_completions_new:
 * @exists: says whether a job is still there
 * @user_data: for @exists
 *
 * Returns: (transfer full): no completions
 *
 * Since: 0.1
 */
AqCompletions *
aq_completions_new (AqCompletionsExists exists,
                    gpointer            user_data)
{
  AqCompletions *self = g_new0 (AqCompletions, 1);

  self->exists = exists;
  self->user_data = user_data;
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->queues = g_ptr_array_new_with_free_func (free_queue);
  return self;
}

void
aq_completions_free (AqCompletions *self)
{
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->queues);
  g_free (self);
}

static Queue *
ensure_queue (AqCompletions *self,
              const char    *name)
{
  Queue *queue = self->last;

  if (queue != NULL && g_str_equal (queue->name, name))
    return queue;
  queue = g_hash_table_lookup (self->by_name, name);
  if (queue == NULL)
    {
      queue = g_new0 (Queue, 1);
      queue->name = g_strdup (name);
      g_hash_table_insert (self->by_name, queue->name, queue);
      g_ptr_array_add (self->queues, queue);
    }
  self->last = queue;
  return queue;
}

void
aq_completions_add (AqCompletions    *self,
                    const char       *queue,
                    AsyncqJobOutcome  outcome,
                    guint64           id,
                    gint64            ended_usec)
{
  Class *class = &ensure_queue (self, queue)->classes[outcome];

  aq_end_queue_push (&class->ends, id, ended_usec);
  class->n_jobs++;
}

/**
 * aq_completions_add_first:
 * @self: completions
 * @queue: the job's queue
 * @outcome: its outcome
 * @id: its id
 * @ended_usec: when it ended
 *
 * Puts back a job that was taken.
 *
 * Since: 0.1
 */
void
aq_completions_add_first (AqCompletions    *self,
                          const char       *queue,
                          AsyncqJobOutcome  outcome,
                          guint64           id,
                          gint64            ended_usec)
{
  Class *class = &ensure_queue (self, queue)->classes[outcome];

  aq_end_queue_push_first (&class->ends, id, ended_usec);
  class->n_jobs++;
}

static void
sweep (AqCompletions *self,
       Class         *class)
{
  guint64 n = class->ends.n_ends;
  AqEnd end;

  for (guint64 i = 0; i < n; i++)
    {
      aq_end_queue_peek (&class->ends, &end);
      aq_end_queue_pop (&class->ends);
      if (self->exists (end.id, self->user_data))
        aq_end_queue_push (&class->ends, end.id, end.ended_usec);
    }
}

/**
 * aq_completions_remove:
 * @self: completions
 * @queue: the queue of a job that is gone
 * @outcome: its outcome
 *
 * Since: 0.1
 */
void
aq_completions_remove (AqCompletions    *self,
                       const char       *queue,
                       AsyncqJobOutcome  outcome)
{
  Class *class = &ensure_queue (self, queue)->classes[outcome];

  if (--class->n_jobs == 0)
    aq_end_queue_clear (&class->ends);
  else if (class->ends.n_ends / 2 > class->n_jobs + MIN_SWEPT)
    sweep (self, class);
}

/* Returns: the id, taken off; 0 if none of the class is to go */
static guint64
take_of_class (AqCompletions *self,
               Class         *class,
               gint64         keep_usec,
               guint64        keep_jobs,
               gint64         now_usec)
{
  AqEnd end;

  while (aq_end_queue_peek (&class->ends, &end))
    {
      gboolean exists = self->exists (end.id, self->user_data);

      if (exists && class->n_jobs <= keep_jobs && end.ended_usec > now_usec - keep_usec)
        return 0;
      aq_end_queue_pop (&class->ends);
      if (!exists)
        continue;
      class->n_jobs--;
      return end.id;
    }
  return 0;
}

static gboolean
is_empty (const Queue *queue)
{
  for (guint i = 0; i < ASYNCQ_N_JOB_OUTCOMES; i++)
    if (queue->classes[i].ends.n_ends > 0)
      return FALSE;
  return TRUE;
}

static guint64
take_of_queue (AqCompletions     *self,
               Queue             *queue,
               const AqRetention *retention,
               gint64             now_usec)
{
  for (guint outcome = 0; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    {
      Class *class = &queue->classes[outcome];
      guint64 id;

      if (class->ends.n_ends == 0)
        continue;
      id = take_of_class (self, class, aq_retention_get_time (retention, queue->name, outcome),
                          aq_retention_get_number (retention, queue->name, outcome), now_usec);
      if (id != 0)
        return id;
    }
  return 0;
}

/* Names of queues come from clients: queues without jobs must not pile up. */
static void
drop_queue (AqCompletions *self,
            guint          index)
{
  Queue *queue = g_ptr_array_index (self->queues, index);

  g_hash_table_remove (self->by_name, queue->name);
  if (self->last == queue)
    self->last = NULL;
  g_ptr_array_remove_index_fast (self->queues, index);
}

/**
 * aq_completions_take_expired:
 * @self: completions
 * @retention: how long and how many are kept
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Takes off a job that is kept no longer: of its class the first one.
 *
 * Returns: its id, or 0 if all are to be kept
 *
 * Since: 0.1
 */
guint64
aq_completions_take_expired (AqCompletions     *self,
                             const AqRetention *retention,
                             gint64             now_usec)
{
  for (guint n_left = self->queues->len; n_left > 0; n_left--)
    {
      guint64 id;

      if (self->cursor >= self->queues->len)
        self->cursor = 0;
      id = take_of_queue (self, g_ptr_array_index (self->queues, self->cursor), retention, now_usec);
      if (id != 0)
        return id;
      if (is_empty (g_ptr_array_index (self->queues, self->cursor)))
        drop_queue (self, self->cursor);
      else
        self->cursor++;
    }
  return 0;
}

/**
 * aq_completions_get_next_expiry:
 * @self: completions
 * @retention: how long and how many are kept
 *
 * Returns: the wall clock time at which aq_completions_take_expired() takes one,
 *   or soon after; %G_MININT64 when it would now, whatever the time;
 *   %G_MAXINT64 when there are none
 *
 * Since: 0.1
 */
gint64
aq_completions_get_next_expiry (AqCompletions     *self,
                                const AqRetention *retention)
{
  gint64 next_usec = G_MAXINT64;

  for (guint i = 0; i < self->queues->len; i++)
    {
      Queue *queue = g_ptr_array_index (self->queues, i);

      for (guint outcome = 0; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
        {
          Class *class = &queue->classes[outcome];
          gint64 keep_usec;
          AqEnd end;

          if (!aq_end_queue_peek (&class->ends, &end))
            continue;
          if (class->n_jobs > aq_retention_get_number (retention, queue->name, outcome))
            return G_MININT64;
          keep_usec = aq_retention_get_time (retention, queue->name, outcome);
          if (end.ended_usec < G_MAXINT64 - keep_usec)
            next_usec = MIN (next_usec, end.ended_usec + keep_usec);
        }
    }
  return next_usec;
}

/**
 * aq_completions_sort:
 * @self: completions that were added in any order
 *
 * Puts each class in order of time.
 *
 * Since: 0.1
 */
void
aq_completions_sort (AqCompletions *self)
{
  for (guint i = 0; i < self->queues->len; i++)
    for (guint outcome = 0; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
      aq_end_queue_sort (&((Queue *) g_ptr_array_index (self->queues, i))->classes[outcome].ends);
}
