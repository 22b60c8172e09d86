/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Retention
 *
 * One row of numbers for every queue that has its own, and one for all others.
 * In a row, what is not set is UNSET, and the place of the outcome NONE stands
 * for all outcomes.
 */

#include "config.h"

#include "core/aq-retention.h"

#include <string.h>

#define UNSET G_MININT64

typedef struct
{
  gint64 usec[ASYNCQ_N_JOB_OUTCOMES];
  gint64 n_jobs[ASYNCQ_N_JOB_OUTCOMES];
} Row;

struct _AqRetention
{
  gatomicrefcount  ref_count;
  Row              defaults;
  GHashTable      *queues; /* name, owned → Row, owned */
};

static void
clear_row (Row *row)
{
  for (guint i = 0; i < ASYNCQ_N_JOB_OUTCOMES; i++)
    row->usec[i] = row->n_jobs[i] = UNSET;
}

/**
 * aq_retention_new:
 *
 * Returns: (transfer full): 7 days and a million jobs for every queue and outcome
 *
 * Since: 0.1
 */
AqRetention *
aq_retention_new (void)
{
  AqRetention *self = g_new0 (AqRetention, 1);

  g_atomic_ref_count_init (&self->ref_count);
  clear_row (&self->defaults);
  self->defaults.usec[AQ_RETENTION_ANY_OUTCOME] = AQ_RETENTION_DEFAULT_USEC;
  self->defaults.n_jobs[AQ_RETENTION_ANY_OUTCOME] = AQ_RETENTION_DEFAULT_JOBS;
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

AqRetention *
aq_retention_ref (AqRetention *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_retention_unref (AqRetention *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->queues);
  g_free (self);
}

static Row *
ensure_row (AqRetention *self,
            const char  *queue)
{
  Row *row;

  if (queue == NULL)
    return &self->defaults;
  row = g_hash_table_lookup (self->queues, queue);
  if (row == NULL)
    {
      row = g_new (Row, 1);
      clear_row (row);
      g_hash_table_insert (self->queues, g_strdup (queue), row);
    }
  return row;
}

/**
 * aq_retention_set_time:
 * @self: a retention
 * @queue: (nullable): a queue's name; %NULL for those that have no time of their own
 * @outcome: an outcome, or %AQ_RETENTION_ANY_OUTCOME
 * @usec: how long completed jobs are kept, microseconds, at least 0
 *
 * Since: 0.1
 */
void
aq_retention_set_time (AqRetention      *self,
                       const char       *queue,
                       AsyncqJobOutcome  outcome,
                       gint64            usec)
{
  ensure_row (self, queue)->usec[outcome] = usec;
}

/**
 * aq_retention_set_number:
 * @self: a retention
 * @queue: (nullable): a queue's name; %NULL for those that have no number of their own
 * @outcome: an outcome, or %AQ_RETENTION_ANY_OUTCOME
 * @n_jobs: how many completed jobs are kept, of each queue and each outcome
 *
 * Since: 0.1
 */
void
aq_retention_set_number (AqRetention      *self,
                         const char       *queue,
                         AsyncqJobOutcome  outcome,
                         guint64           n_jobs)
{
  ensure_row (self, queue)->n_jobs[outcome] = MIN (n_jobs, G_MAXINT64);
}

/* NULL: it has none of its own */
static const Row *
find_row (const AqRetention *self,
          const char        *queue)
{
  return queue != NULL ? g_hash_table_lookup (self->queues, queue) : NULL;
}

static gint64
look_up (const gint64     *own,
         const gint64     *defaults,
         AsyncqJobOutcome  outcome)
{
  if (own != NULL && own[outcome] != UNSET)
    return own[outcome];
  if (own != NULL && own[AQ_RETENTION_ANY_OUTCOME] != UNSET)
    return own[AQ_RETENTION_ANY_OUTCOME];
  return defaults[outcome] != UNSET ? defaults[outcome] : defaults[AQ_RETENTION_ANY_OUTCOME];
}

/**
 * aq_retention_get_time:
 * @self: a retention
 * @queue: (nullable): a queue's name; %NULL for those that have no time of their own
 * @outcome: an outcome
 *
 * Returns: how long completed jobs of this queue and outcome are kept, microseconds
 *
 * Since: 0.1
 */
gint64
aq_retention_get_time (const AqRetention *self,
                       const char        *queue,
                       AsyncqJobOutcome   outcome)
{
  const Row *row = find_row (self, queue);

  return look_up (row != NULL ? row->usec : NULL, self->defaults.usec, outcome);
}

/**
 * aq_retention_get_number:
 * @self: a retention
 * @queue: (nullable): a queue's name; %NULL for those that have no number of their own
 * @outcome: an outcome
 *
 * Returns: how many completed jobs of this queue and outcome are kept
 *
 * Since: 0.1
 */
guint64
aq_retention_get_number (const AqRetention *self,
                         const char        *queue,
                         AsyncqJobOutcome   outcome)
{
  const Row *row = find_row (self, queue);

  return (guint64) look_up (row != NULL ? row->n_jobs : NULL, self->defaults.n_jobs, outcome);
}

/**
 * aq_retention_list_queues:
 * @self: a retention
 *
 * Returns: (transfer container) (element-type utf8): the queues that have times or
 *   numbers of their own, sorted
 *
 * Since: 0.1
 */
GList *
aq_retention_list_queues (const AqRetention *self)
{
  return g_list_sort (g_hash_table_get_keys (self->queues), (GCompareFunc) strcmp);
}
