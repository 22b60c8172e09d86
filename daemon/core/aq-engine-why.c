/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: why a job does not run, and statistics
 *
 * Tells the rules what only the engine knows: its agents and their workers, the
 * switch of claiming, what the store refuses, and run times.
 */

#include "config.h"

#include "core/aq-engine-why.h"

#include "core/aq-engine-private.h"
#include "core/aq-statistics.h"
#include "core/aq-why.h"

typedef struct
{
  AqWhyEvent    event;
  AqEngine     *engine;
  GArray       *agents; /* of AqWhyAgent */
  AqEngineRead  done;
  gpointer      user_data;
} Question;

static void
finish_question (Question     *question,
                 const GError *error)
{
  question->done (error == NULL ? question->event.out_value : NULL, error, question->user_data);
  g_clear_pointer (&question->event.out_value, g_variant_unref);
  g_array_unref (question->agents);
  g_free (question);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  finish_question (user_data, error);
}

static void
on_explained (gpointer      event,
              guint64       sequence,
              const GError *error,
              gpointer      user_data)
{
  Question *question = user_data;

  if (error != NULL)
    finish_question (question, error);
  else
    aq_gate_hold (aq_store_get_gate (question->engine->store), sequence, on_flushed, question);
}

static guint
count_running (AqTransaction *transaction,
               const AqAgent *agent)
{
  const GPtrArray *busy = aq_transaction_get_busy (transaction);
  guint n_jobs = 0;

  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *job = g_ptr_array_index (busy, i);

      if (aq_job_holds_slot (job) && g_strcmp0 (job->extra->agent, agent->name) == 0)
        n_jobs++;
    }
  return n_jobs;
}

static void
list_agents (Question      *question,
             AqTransaction *transaction)
{
  AqEngine *engine = question->engine;

  g_array_set_size (question->agents, 0);
  for (guint i = 0; i < engine->agents->len; i++)
    {
      AqWhyAgent agent = { g_ptr_array_index (engine->agents, i), 0 };

      if (engine->room_func != NULL)
        agent.n_free = engine->room_func (agent.agent->name, engine->room_data);
      else
        agent.n_free = agent.agent->size - MIN (agent.agent->size, count_running (transaction, agent.agent));
      g_array_append_val (question->agents, agent);
    }
}

static gboolean
explain (AqTransaction  *transaction,
         gpointer        event,
         GError        **error)
{
  Question *question = event;
  AqEngine *engine = question->engine;

  list_agents (question, transaction);
  question->event.functions = engine->functions;
  question->event.agents = (const AqWhyAgent *) question->agents->data;
  question->event.n_agents = question->agents->len;
  question->event.claiming = engine->running && aq_engine_limit_claim (engine, 1) > 0;
  question->event.refusal = aq_engine_get_refusal (engine);
  question->event.run_times = engine->run_times;
  return aq_rule_why (transaction, &question->event, error);
}

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  Question *question = user_data;

  if (error != NULL)
    finish_question (question, error);
  else
    aq_store_apply (question->engine->store, &aq_engine_self, explain, question, on_explained, question);
}

/**
 * aq_engine_explain_job:
 * @self: an engine
 * @id: a job's id
 * @done: called with a{sv}, see org.asyncq.Job1.Why
 * @user_data: for @done
 *
 * Tells why a job does not run.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; those of aq_store_fetch().
 *
 * Since: 0.1
 */
void
aq_engine_explain_job (AqEngine     *self,
                       guint64       id,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  Question *question = g_new0 (Question, 1);

  question->event.id = id;
  question->engine = self;
  question->agents = g_array_new (FALSE, FALSE, sizeof (AqWhyAgent));
  question->done = done;
  question->user_data = user_data;
  aq_store_fetch (self->store, &id, 1, on_fetched, question);
}

/**
 * aq_engine_set_room_func:
 * @self: an engine
 * @func: (nullable): tells how many workers of an agent could begin a job
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_engine_set_room_func (AqEngine     *self,
                         AqEngineRoom  func,
                         gpointer      user_data)
{
  self->room_func = func;
  self->room_data = user_data;
}

static void
free_statistics (gpointer data)
{
  AqStatisticsEvent *event = data;

  g_clear_pointer (&event->out_value, g_variant_unref);
  g_free (event);
}

/**
 * aq_engine_read_statistics:
 * @self: an engine
 * @done: called with a{sv}, see org.asyncq.Manager1.Statistics
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_read_statistics (AqEngine     *self,
                           AqEngineRead  done,
                           gpointer      user_data)
{
  AqStatisticsEvent *event = g_new0 (AqStatisticsEvent, 1);
  const AqEngineRequest request = {
    .rule = aq_rule_read_statistics,
    .event = event,
    .free_event = free_statistics,
    .value = &event->out_value,
    .read = done,
    .user_data = user_data,
  };

  event->run_times = self->run_times;
  event->since_usec = self->since_usec;
  aq_engine_apply_request (self, &aq_engine_self, &request);
}

/* An attempt has ended that ran. */
void
aq_engine_note_run (AqEngine            *self,
                    const AqFinishEvent *event)
{
  if (event->started_usec != 0 && event->out_function != NULL)
    aq_run_times_add (self->run_times, event->out_function, event->ended_usec - event->started_usec, event->failed);
}
