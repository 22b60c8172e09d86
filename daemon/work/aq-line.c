/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which of the jobs that a worker has have begun
 *
 * Mostly they are a line: the first one runs, those behind it have not begun. But
 * the jobs of a function that declares concurrent=N are begun beside each other,
 * and a worker that has one of them has no others; of each it says when it begins.
 *
 * If such a worker dies before it has said so of any, it is the first one that is
 * taken to have begun: something about it kills workers, loading its plugin maybe.
 */

#include "config.h"

#include "work/aq-line.h"

/* Returns: (nullable) (transfer none): the function of its jobs, if they are begun beside each other */
AqPluginFunction *
aq_line_get_concurrent (AqWorker *worker)
{
  AqPluginFunction *function;

  if (aq_worker_get_n_runs (worker) == 0)
    return NULL;
  function = aq_worker_get_run (worker, 0)->function;
  return aq_plugin_function_is_concurrent (function) ? function : NULL;
}

/* Returns: (nullable): the job of that lease, if the worker may say something about it */
AqRun *
aq_line_find (AqWorker *worker,
              guint64   lease,
              guint    *out_index)
{
  guint index;

  if (!aq_worker_find_run (worker, lease, &index) || index >= aq_worker_get_n_sendable (worker) ||
      (index > 0 && aq_line_get_concurrent (worker) == NULL))
    return NULL;
  *out_index = index;
  return aq_worker_get_run (worker, index);
}

/* how many it has said so of, unless they are a line */
static guint
count_told (AqWorker *worker)
{
  guint n_told = 0;

  for (guint i = 0; i < aq_worker_get_n_runs (worker); i++)
    n_told += aq_worker_get_run (worker, i)->begun;
  return n_told;
}

/* whether the job at @index has begun, as far as can be known */
gboolean
aq_line_has_begun (AqWorker *worker,
                   guint     index)
{
  if (index >= aq_worker_get_n_sendable (worker))
    return FALSE;
  if (aq_line_get_concurrent (worker) == NULL || count_told (worker) == 0)
    return index == 0;
  return aq_worker_get_run (worker, index)->begun;
}

guint
aq_line_count_begun (AqWorker *worker)
{
  guint n_begun = 0;

  for (guint i = 0; i < aq_worker_get_n_runs (worker); i++)
    n_begun += aq_line_has_begun (worker, i);
  return n_begun;
}

/**
 * aq_line_can_return:
 * @worker: a worker that gives jobs back
 * @lease: one of them
 * @nth: how many it gives back before that one
 *
 * Returns: whether it may: what is next in line behind the first, or, where jobs
 *   are begun beside each other, whatever has not begun
 */
gboolean
aq_line_can_return (AqWorker *worker,
                    guint64   lease,
                    guint     nth)
{
  guint index;

  if (!aq_worker_find_run (worker, lease, &index) || index >= aq_worker_get_n_sendable (worker))
    return FALSE;
  return aq_line_get_concurrent (worker) == NULL ? index == nth + 1 : !aq_worker_get_run (worker, index)->begun;
}
