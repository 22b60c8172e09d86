/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The oracle
 *
 * A history of what was asked for and answered, each with the number of its
 * transaction. A store that says "my newest transaction is N" has to hold what
 * the history says up to N, all of it and nothing else; and N must not be lower
 * than the newest one that was acknowledged. That is:
 *
 *   I1  every acknowledged job is there, with its content, or was removed
 *   I2  no job has completed twice
 *   I4  what a function put is there if and only if its end is
 *   I5  one submit key, one job
 *   I8  nothing is there that nobody submitted
 *
 * Whoever writes the history checks the rest as it happens: I3, no effect under
 * a stale lease; I6, leases rise; I10, everybody was answered.
 */

#include "config.h"

#include "oracle.h"

#include <string.h>

typedef struct
{
  guint64     sequence;
  guint64     lease;
  OracleStep  step;
  char       *result; /* owned, nullable */
} Step;

typedef struct
{
  guint64     sequence; /* of its put */
  guint64     id;
  OracleSpec  spec;     /* its strings are owned */
  GArray     *steps;    /* of Step, in their order */
} Job;

struct _Oracle
{
  GPtrArray  *jobs;    /* of Job, in the order of their puts */
  GHashTable *by_id;   /* id → Job */
  GArray     *digests; /* of guint64, by sequence; 0: not known */
  guint64     acknowledged;
  guint64     newest;
  guint64     newest_lease;
};

static void
clear_step (gpointer step)
{
  g_free (((Step *) step)->result);
}

static void
job_free (gpointer data)
{
  Job *self = data;

  g_free ((char *) self->spec.queue);
  g_free ((char *) self->spec.function);
  g_free ((char *) self->spec.text);
  g_free ((char *) self->spec.key);
  g_array_unref (self->steps);
  g_free (self);
}

Oracle *
oracle_new (void)
{
  Oracle *self = g_new0 (Oracle, 1);

  self->jobs = g_ptr_array_new_with_free_func (job_free);
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->digests = g_array_new (FALSE, TRUE, sizeof (guint64));
  return self;
}

void
oracle_free (Oracle *self)
{
  g_ptr_array_unref (self->jobs);
  g_hash_table_unref (self->by_id);
  g_array_unref (self->digests);
  g_free (self);
}

void
oracle_put (Oracle           *self,
            guint64           sequence,
            guint64           id,
            const OracleSpec *spec)
{
  Job *job = g_new0 (Job, 1);

  job->sequence = sequence;
  job->id = id;
  job->spec = *spec;
  job->spec.queue = g_strdup (spec->queue);
  job->spec.function = g_strdup (spec->function);
  job->spec.text = g_strdup (spec->text);
  job->spec.key = g_strdup (spec->key);
  job->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_array_set_clear_func (job->steps, clear_step);
  g_ptr_array_add (self->jobs, job);
  g_assert (g_hash_table_insert (self->by_id, &job->id, job)); /* an id is given once */
  self->newest = MAX (self->newest, sequence);
}

void
oracle_step (Oracle     *self,
             guint64     sequence,
             guint64     id,
             OracleStep  step,
             guint64     lease,
             const char *result)
{
  Job *job = g_hash_table_lookup (self->by_id, &id);
  Step made = { sequence, lease, step, g_strdup (result) };

  g_assert (job != NULL);
  g_array_append_val (job->steps, made);
  self->newest = MAX (self->newest, sequence);
  self->newest_lease = MAX (self->newest_lease, lease);
}

void
oracle_set_digest (Oracle  *self,
                   guint64  sequence,
                   guint64  digest)
{
  if (self->digests->len <= sequence)
    g_array_set_size (self->digests, (guint) sequence + 1);
  g_array_index (self->digests, guint64, sequence) = digest;
  self->newest = MAX (self->newest, sequence);
}

guint64
oracle_get_digest (Oracle  *self,
                   guint64  sequence)
{
  return sequence < self->digests->len ? g_array_index (self->digests, guint64, sequence) : 0;
}

void
oracle_acknowledge (Oracle  *self,
                    guint64  sequence)
{
  self->acknowledged = MAX (self->acknowledged, sequence);
}

guint64
oracle_get_acknowledged (Oracle *self)
{
  return self->acknowledged;
}

guint64
oracle_get_newest (Oracle *self)
{
  return self->newest;
}

guint64
oracle_get_newest_lease (Oracle *self)
{
  return self->newest_lease;
}

/* where a job is after a transaction */
typedef struct
{
  OracleState  state;
  gboolean     succeeded;
  gboolean     removed;
  guint64      lease;
  const char  *result;
  guint        n_ends;
} Standing;

static Standing
get_standing (const Job *job,
              guint64    sequence)
{
  Standing standing = { ORACLE_STATE_PENDING };

  for (guint i = 0; i < job->steps->len; i++)
    {
      const Step *step = &g_array_index (job->steps, Step, i);

      if (step->sequence > sequence)
        break;
      switch (step->step)
        {
        case ORACLE_CLAIMED:
          standing.state = ORACLE_STATE_ASSIGNED;
          standing.lease = step->lease;
          break;
        case ORACLE_STARTED:
          standing.state = ORACLE_STATE_ACTIVE;
          break;
        case ORACLE_PUT_BACK:
          standing.state = ORACLE_STATE_PENDING;
          break;
        case ORACLE_REMOVED:
          standing.removed = TRUE;
          break;
        default:
          standing.state = ORACLE_STATE_COMPLETED;
          standing.succeeded = step->step == ORACLE_SUCCEEDED;
          standing.result = step->result;
          standing.n_ends++;
        }
    }
  return standing;
}

void
oracle_recover (Oracle         *self,
                guint64         sequence,
                OracleHasEnded  has_ended,
                gpointer        user_data)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      const Job *job = g_ptr_array_index (self->jobs, i);
      Standing standing = get_standing (job, G_MAXUINT64);

      if (!standing.removed &&
          (standing.state == ORACLE_STATE_ASSIGNED || standing.state == ORACLE_STATE_ACTIVE))
        oracle_step (self, sequence, job->id, has_ended (user_data, job->id) ? ORACLE_CANCELLED : ORACLE_PUT_BACK, 0,
                     NULL);
    }
  self->newest = MAX (self->newest, sequence);
}

void
oracle_forget (Oracle  *self,
               guint64  sequence)
{
  for (guint i = self->jobs->len; i > 0; i--)
    {
      Job *job = g_ptr_array_index (self->jobs, i - 1);

      while (job->steps->len > 0 &&
             g_array_index (job->steps, Step, job->steps->len - 1).sequence > sequence)
        g_array_set_size (job->steps, job->steps->len - 1);
      if (job->sequence <= sequence)
        continue;
      g_hash_table_remove (self->by_id, &job->id);
      g_ptr_array_remove_index (self->jobs, i - 1);
    }
  if (self->digests->len > sequence + 1)
    g_array_set_size (self->digests, (guint) sequence + 1);
  self->newest = MIN (self->newest, sequence);
  self->acknowledged = MIN (self->acknowledged, sequence);
}

guint64
oracle_find_key (Oracle     *self,
                 const char *key,
                 guint64     sequence)
{
  for (guint i = 0; i < self->jobs->len; i++)
    {
      const Job *job = g_ptr_array_index (self->jobs, i);

      if (job->sequence <= sequence && g_strcmp0 (job->spec.key, key) == 0 &&
          !get_standing (job, sequence).removed)
        return job->id;
    }
  return 0;
}

/* what is wrong, as text */

static char *
check_spec (const Job        *job,
            const OracleView *view)
{
  const OracleSpec *spec = &job->spec;

  if (strcmp (view->queue, spec->queue) != 0 || view->priority != spec->priority || view->kind != spec->kind ||
      g_strcmp0 (view->key, spec->key) != 0 || view->begin_after_usec != spec->begin_after_usec)
    return g_strdup_printf ("I1: job %" G_GUINT64_FORMAT " has other settings than it was put with", view->id);
  if (spec->kind == 0 && (strcmp (view->function, spec->function) != 0 || g_strcmp0 (view->text, spec->text) != 0))
    return g_strdup_printf ("I1: job %" G_GUINT64_FORMAT " calls something else than it was put with", view->id);
  return NULL;
}

static char *
check_standing (const Job        *job,
                const OracleView *view,
                guint64           sequence)
{
  Standing standing = get_standing (job, sequence);

  if (standing.removed)
    return g_strdup_printf ("job %" G_GUINT64_FORMAT " was removed, and is there", view->id);
  if (standing.n_ends > 1)
    return g_strdup_printf ("I2: job %" G_GUINT64_FORMAT " has completed %u times", view->id, standing.n_ends);
  if (job->spec.kind == 0 && standing.lease != view->lease)
    return g_strdup_printf ("job %" G_GUINT64_FORMAT " has lease %" G_GUINT64_FORMAT ", and was given %"
                            G_GUINT64_FORMAT, view->id, view->lease, standing.lease);
  if (standing.n_ends == 0 && (job->spec.is_part || job->spec.kind != 0))
    return NULL;
  if (view->is_new || view->state != standing.state)
    return g_strdup_printf ("job %" G_GUINT64_FORMAT " is in state %u, and should be in %u", view->id, view->state,
                            standing.state);
  if (standing.n_ends > 0 && (view->succeeded != standing.succeeded ||
                              (standing.result != NULL && g_strcmp0 (view->result, standing.result) != 0)))
    return g_strdup_printf ("I1: job %" G_GUINT64_FORMAT " has completed in another way", view->id);
  return NULL;
}

static char *
check_view (Oracle           *self,
            const OracleView *view,
            guint64           sequence)
{
  const Job *job = g_hash_table_lookup (self->by_id, &view->id);
  char *wrong;

  if (job == NULL || job->sequence > sequence)
    return g_strdup_printf ("%s: job %" G_GUINT64_FORMAT " is there at sequence %" G_GUINT64_FORMAT
                            ", and nobody had put it", job != NULL && job->spec.put_by != 0 ? "I4" : "I8", view->id,
                            sequence);
  if (view->key != NULL && oracle_find_key (self, view->key, sequence) != view->id)
    return g_strdup_printf ("I5: key '%s' has a second job, %" G_GUINT64_FORMAT, view->key, view->id);
  wrong = check_spec (job, view);
  return wrong != NULL ? wrong : check_standing (job, view, sequence);
}

static char *
check_all_there (Oracle           *self,
                 const OracleView *views,
                 guint             n_views,
                 guint64           sequence)
{
  g_autoptr(GHashTable) there = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < n_views; i++)
    if (!g_hash_table_add (there, (gpointer) &views[i].id))
      return g_strdup_printf ("job %" G_GUINT64_FORMAT " is there twice", views[i].id);
  for (guint i = 0; i < self->jobs->len; i++)
    {
      const Job *job = g_ptr_array_index (self->jobs, i);

      if (job->sequence > sequence || g_hash_table_contains (there, &job->id) ||
          get_standing (job, sequence).removed)
        continue;
      return g_strdup_printf ("%s: job %" G_GUINT64_FORMAT " is missing at sequence %" G_GUINT64_FORMAT,
                              job->spec.put_by != 0 ? "I4" : "I1", job->id, sequence);
    }
  return NULL;
}

char *
oracle_check (Oracle           *self,
              const OracleView *views,
              guint             n_views,
              guint64           digest,
              guint64           sequence,
              guint64           acknowledged,
              guint64           newest)
{
  char *wrong;

  if (sequence < acknowledged)
    return g_strdup_printf ("I1: transaction %" G_GUINT64_FORMAT " was acknowledged, and the store ends with %"
                            G_GUINT64_FORMAT, acknowledged, sequence);
  if (sequence > newest)
    return g_strdup_printf ("I8: the store has transaction %" G_GUINT64_FORMAT ", and %" G_GUINT64_FORMAT
                            " was the last", sequence, newest);
  wrong = check_all_there (self, views, n_views, sequence);
  for (guint i = 0; wrong == NULL && i < n_views; i++)
    wrong = check_view (self, &views[i], sequence);
  if (wrong == NULL && oracle_get_digest (self, sequence) != 0 && oracle_get_digest (self, sequence) != digest)
    wrong = g_strdup_printf ("the store is not as it was after transaction %" G_GUINT64_FORMAT, sequence);
  return wrong;
}
