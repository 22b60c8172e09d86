/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: the switch of claiming
 *
 * While claiming is off, a claim takes no more jobs than people have asked for one
 * by one. Each of these is answered when the attempt that it led to has ended.
 *
 * Source: behaviour M9, M17.
 */

#include "config.h"

#include "core/aq-engine-claiming.h"

#include "core/aq-engine-private.h"

struct _AqEngineStep
{
  guint64         id; /* 0: nothing was claimed for it yet */
  guint64         claimed; /* with id: the sequence of the claim */
  AqEngineJobDone done;
  gpointer        user_data;
};

static void
answer (AqEngineStep *step,
        guint64       id,
        const GError *error)
{
  step->done (id, error, step->user_data);
  g_free (step);
}

static AqEngineStep *
find_step (AqEngine *self,
           guint64   id)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      AqEngineStep *step = g_ptr_array_index (self->steps, i);

      if (step->id == id)
        return step;
    }
  return NULL;
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  AqEngine *self = user_data;

  for (guint i = 0; i < n_changes && self->steps->len > 0; i++)
    {
      AqEngineStep *step = find_step (self, changes[i].id);

      /* its put may be flushed together with its claim, and told behind it */
      if (step == NULL || changes[i].is_annotation || changes[i].sequence <= step->claimed ||
          (changes[i].state != ASYNCQ_JOB_STATE_COMPLETED && changes[i].state != ASYNCQ_JOB_STATE_PENDING))
        continue;
      g_ptr_array_remove (self->steps, step);
      answer (step, changes[i].id, NULL);
    }
}

static gboolean
look_for_job (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  AqClaimEvent *claim = event;

  claim->out_found = aq_rule_can_claim (transaction, claim);
  return TRUE;
}

static void
on_looked (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
}

static gboolean
has_claimable (AqEngine *self)
{
  for (guint i = 0; i < self->agents->len; i++)
    {
      AqClaimEvent event = { .agent = g_ptr_array_index (self->agents, i), .functions = self->functions };

      aq_store_apply (self->store, &aq_engine_self, look_for_job, &event, on_looked, NULL);
      if (event.out_found)
        return TRUE;
    }
  return FALSE;
}

/**
 * aq_engine_limit_claim:
 * @self: an engine
 * @max_jobs: how many jobs an agent has room for
 *
 * Returns: how many it may claim
 *
 * Since: 0.1
 */
guint
aq_engine_limit_claim (AqEngine *self,
                       guint     max_jobs)
{
  if (self->claiming)
    return max_jobs;
  return find_step (self, 0) != NULL ? MIN (max_jobs, 1) : 0;
}

/**
 * aq_engine_note_claimed:
 * @self: an engine
 * @id: a job that was claimed
 * @sequence: of the transaction that did so
 *
 * Since: 0.1
 */
void
aq_engine_note_claimed (AqEngine *self,
                        guint64   id,
                        guint64   sequence)
{
  AqEngineStep *step = self->claiming ? NULL : find_step (self, 0);

  if (step == NULL)
    return;
  step->id = id;
  step->claimed = sequence;
  /* the next one waits for its turn */
  if (find_step (self, 0) != NULL)
    aq_engine_poke (self);
}

static void
give_up_steps (AqEngine *self)
{
  AqEngineStep *step;

  while ((step = find_step (self, 0)) != NULL)
    {
      g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                                             "claiming was switched on before a job was claimed by hand");

      g_ptr_array_remove (self->steps, step);
      answer (step, 0, error);
    }
}

/**
 * aq_engine_set_claiming:
 * @self: an engine
 * @claiming: whether jobs are to be claimed
 *
 * Switching claiming off stops no job that was claimed already.
 *
 * Since: 0.1
 */
void
aq_engine_set_claiming (AqEngine *self,
                        gboolean  claiming)
{
  if (claiming == self->claiming)
    return;
  self->claiming = claiming;
  g_message (claiming ? "jobs are claimed" : "no more jobs are claimed");
  if (!claiming)
    return;
  give_up_steps (self);
  aq_engine_poke (self);
}

gboolean
aq_engine_get_claiming (AqEngine *self)
{
  return self->claiming;
}

/**
 * aq_engine_process_next:
 * @self: an engine
 * @done: called with the id of the job once its attempt has ended, flushed; with 0
 *   if there is none to claim; or with why not
 * @user_data: for @done
 *
 * Lets one job be claimed while claiming is off.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` while claiming is on.
 *
 * Since: 0.1
 */
void
aq_engine_process_next (AqEngine        *self,
                        AqEngineJobDone  done,
                        gpointer         user_data)
{
  AqEngineStep *step;

  if (self->claiming)
    {
      g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                                             "jobs are claimed by themselves: switch claiming off first");

      done (0, error, user_data);
      return;
    }
  if (!has_claimable (self))
    {
      done (0, NULL, user_data);
      return;
    }
  step = g_new0 (AqEngineStep, 1);
  step->done = done;
  step->user_data = user_data;
  if (self->steps_handle == 0)
    self->steps_handle = aq_engine_add_changed (self, on_changed, self);
  g_ptr_array_add (self->steps, step);
  aq_engine_poke (self);
}

/* lifecycle */

void
aq_engine_claiming_init (AqEngine *self)
{
  self->claiming = TRUE;
  self->steps = g_ptr_array_new ();
}

void
aq_engine_claiming_clear (AqEngine *self)
{
  if (self->steps_handle != 0)
    aq_engine_remove_changed (self, self->steps_handle);
  g_ptr_array_set_free_func (self->steps, g_free);
  g_ptr_array_unref (self->steps);
}
