/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: agents
 *
 * An agent is of the configuration, or stored: one that was added or changed at run
 * time. A stored one takes the place of the configured one of its name. The engine
 * has the list that is in force; a change puts another one in an agent's place, and
 * who has workers sees it when it is poked.
 *
 * Source: behaviour Z90 to Z97.
 */

#include "config.h"

#include "core/aq-engine-agents.h"

#include "core/aq-engine-private.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

static void
unref_agent (gpointer agent)
{
  aq_agent_unref (agent);
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/* the list */

/* Returns: (nullable): the agent of @agents with this name */
static AqAgent *
find_agent (GPtrArray  *agents,
            const char *name,
            guint      *out_index)
{
  for (guint i = 0; i < agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (agents, i);

      if (!g_str_equal (agent->name, name))
        continue;
      if (out_index != NULL)
        *out_index = i;
      return agent;
    }
  return NULL;
}

static AqAgent *
require_agent (AqEngine    *self,
               const char  *name,
               GError     **error)
{
  AqAgent *agent = find_agent (self->agents, name, NULL);
  AqSuggestion meant;

  if (agent != NULL)
    return agent;
  aq_suggestion_init (&meant, name);
  for (guint i = 0; i < self->agents->len; i++)
    aq_suggestion_offer (&meant, ((const AqAgent *) g_ptr_array_index (self->agents, i))->name);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_AGENT, "there is no agent '%s'%s%s%s", name,
               meant.best != NULL ? "; did you mean '" : "", meant.best != NULL ? meant.best : "",
               meant.best != NULL ? "'?" : "");
  return NULL;
}

static guint
count_slots (AqEngine *self)
{
  guint n_slots = 0;

  for (guint i = 0; i < self->agents->len; i++)
    n_slots += ((AqAgent *) g_ptr_array_index (self->agents, i))->size;
  return n_slots;
}

static void
take_queues (AqEngine      *self,
             const AqAgent *agent)
{
  for (char **queue = agent->queues; *queue != NULL; queue++)
    aq_queue_table_add (self->queues, *queue);
}

static void
drop_queues (AqEngine      *self,
             const AqAgent *agent)
{
  for (char **queue = agent->queues; *queue != NULL; queue++)
    aq_queue_table_remove (self->queues, *queue);
}

/* @was: (nullable): what @agent, which is nullable too, takes the place of */
static void
replace_agent (AqEngine *self,
               AqAgent  *was,
               AqAgent  *agent)
{
  guint index = self->agents->len;

  if (was != NULL)
    {
      (void) find_agent (self->agents, was->name, &index);
      drop_queues (self, was);
      g_ptr_array_remove_index (self->agents, index);
    }
  if (agent != NULL)
    {
      take_queues (self, agent);
      g_ptr_array_insert (self->agents, (int) index, aq_agent_ref (agent));
    }
}

/* Returns: (element-type guint64): the jobs that it has */
static GArray *
list_running (AqTransaction *transaction,
              const AqAgent *agent)
{
  GPtrArray *busy = aq_transaction_get_busy (transaction);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *job = g_ptr_array_index (busy, i);

      if (aq_job_holds_slot (job) && job->extra != NULL && g_strcmp0 (job->extra->agent, agent->name) == 0)
        g_array_append_val (ids, job->id);
    }
  return ids;
}

/* slots */

static gboolean
find_surplus (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  AqEngine *self = event;

  for (guint i = 0; i < self->agents->len; i++)
    {
      const AqAgent *agent = g_ptr_array_index (self->agents, i);
      g_autoptr(GArray) ids = list_running (transaction, agent);

      if (ids->len > agent->size)
        return TRUE;
    }
  self->n_slots = count_slots (self);
  return TRUE;
}

/**
 * aq_engine_look_for_slots:
 * @self: an engine
 *
 * Tells the store how many jobs may run at once. An agent that has become smaller
 * may still have more than that, and each needs space for its end.
 *
 * Since: 0.1
 */
void
aq_engine_look_for_slots (AqEngine *self)
{
  guint n_wanted = count_slots (self);
  guint n_slots = self->n_slots;

  if (n_wanted == n_slots)
    return;
  if (n_wanted > n_slots)
    self->n_slots = n_wanted;
  else
    aq_store_apply (self->store, &aq_engine_self, find_surplus, self, on_nothing, NULL);
  if (self->n_slots != n_slots)
    aq_store_set_slots (self->store, self->n_slots);
}

/* lifecycle */

void
aq_engine_agents_init (AqEngine *self)
{
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->configured = g_ptr_array_new_with_free_func (unref_agent);
}

void
aq_engine_agents_clear (AqEngine *self)
{
  g_ptr_array_unref (self->configured);
  g_ptr_array_unref (self->agents);
}

static gboolean
load_agents (AqTransaction  *transaction,
             gpointer        engine,
             GError        **error)
{
  AqEngine *self = engine;
  GPtrArray *stored = aq_transaction_list_agents (transaction);

  for (guint i = 0; i < stored->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (stored, i);
      AqAgent *was = find_agent (self->agents, agent->name, NULL);

      if (was != NULL && !was->is_built_in)
        g_message ("agent '%s' is as it was set at run time, not as it is configured; \"asyncqctl agent remove %s\" "
                   "and the next start bring that back", agent->name, agent->name);
      replace_agent (self, was, agent);
    }
  return TRUE;
}

void
aq_engine_agents_load (AqEngine *self)
{
  aq_store_apply (self->store, &aq_engine_self, load_agents, self, on_nothing, NULL);
  self->n_slots = count_slots (self);
  aq_store_set_slots (self->store, self->n_slots);
  aq_engine_poke (self);
}

/**
 * aq_engine_configure_agent:
 * @self: an engine that has not been started
 * @agent: an agent of the configuration
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Returns: whether it was added
 *
 * Since: 0.1
 */
gboolean
aq_engine_configure_agent (AqEngine  *self,
                           AqAgent   *agent,
                           GError   **error)
{
  if (find_agent (self->agents, agent->name, NULL) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already", agent->name);
      return FALSE;
    }
  replace_agent (self, NULL, agent);
  g_ptr_array_add (self->configured, aq_agent_ref (agent));
  return TRUE;
}

GPtrArray *
aq_engine_get_agents (AqEngine *self)
{
  return self->agents;
}

/* add, change and remove */

typedef struct
{
  AqSetAgentEvent  event;  /* owned, both; `was` is NULL where one is added */
  AqAddAgentEvent  add;    /* borrowed from `event` */
  AqEngine        *engine;
  AqEngineDone     done;
  gpointer         user_data;
} Request;

static void
finish_request (Request      *request,
                const GError *error)
{
  request->done (error, request->user_data);
  g_clear_pointer (&request->event.was, aq_agent_unref);
  g_clear_pointer (&request->event.agent, aq_agent_unref);
  g_free (request);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  finish_request (user_data, error);
}

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  Request *request = user_data;
  AqEngine *self = request->engine;

  if (error != NULL)
    {
      finish_request (request, error);
      return;
    }
  replace_agent (self, request->event.was, request->event.agent);
  aq_engine_look_for_slots (self);
  aq_engine_poke (self);
  aq_gate_hold (aq_store_get_gate (self->store), sequence, on_flushed, request);
}

static void
apply_request (AqEngine      *self,
               const AqActor *actor,
               AqAgent       *was,
               AqAgent       *agent,
               AqEngineDone   done,
               gpointer       user_data)
{
  Request *request = g_new (Request, 1);

  *request = (Request) {
    .event = { was != NULL ? aq_agent_ref (was) : NULL, agent != NULL ? aq_agent_ref (agent) : NULL },
    .add = { agent },
    .engine = self,
    .done = done,
    .user_data = user_data,
  };
  if (was == NULL)
    aq_store_apply (self->store, actor, aq_rule_add_agent, &request->add, on_applied, request);
  else
    aq_store_apply (self->store, actor, aq_rule_set_agent, &request->event, on_applied, request);
}

static gboolean
check_refusal (AqEngine  *self,
               GError   **error)
{
  const GError *refusal = aq_engine_get_refusal (self);

  if (refusal == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (refusal));
  return FALSE;
}

/* @was: (nullable): what @agent takes the place of */
static gboolean
check_size (AqEngine       *self,
            const AqAgent  *was,
            const AqAgent  *agent,
            GError        **error)
{
  guint size = count_slots (self) - (was != NULL ? was->size : 0);

  if (size + agent->size <= AQ_AGENTS_MAX_SIZE)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
               "the %sagents there are run %u jobs at once, with '%s' it would be %u, at most %d are possible",
               was != NULL ? "other " : "", size, agent->name, size + agent->size, AQ_AGENTS_MAX_SIZE);
  return FALSE;
}

static gboolean
check_new_agent (AqEngine  *self,
                 AqAgent   *agent,
                 GError   **error)
{
  if (!check_refusal (self, error))
    return FALSE;
  if (find_agent (self->agents, agent->name, NULL) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already", agent->name);
      return FALSE;
    }
  return check_size (self, NULL, agent, error);
}

/**
 * aq_engine_add_agent:
 * @self: an engine
 * @actor: who asked for it
 * @agent: an agent
 * @done: called when it is stored, or with why not
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`; `ASYNCQ_ERROR_TOO_LARGE` if all agents together
 * would run more than %AQ_AGENTS_MAX_SIZE jobs at once; `ASYNCQ_ERROR_STORE_FULL`
 * and `ASYNCQ_ERROR_STORE_FAILED` while the store has no space for new work.
 *
 * Since: 0.1
 */
void
aq_engine_add_agent (AqEngine      *self,
                     const AqActor *actor,
                     AqAgent       *agent,
                     AqEngineDone   done,
                     gpointer       user_data)
{
  g_autoptr(GError) error = NULL;

  if (check_new_agent (self, agent, &error))
    apply_request (self, actor, NULL, agent, done, user_data);
  else
    done (error, user_data);
}

/**
 * aq_engine_set_agent:
 * @self: an engine
 * @actor: who asked for it
 * @name: an agent's name
 * @settings: a{sv}: those that change; see aq_agent_new_from_settings()
 * @done: called when it is stored, or with why not
 * @user_data: for @done
 *
 * Takes effect at once; what runs goes on. It is stored, also of an agent of the
 * configuration.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_AGENT`; those of aq_agent_new_from_settings();
 * `ASYNCQ_ERROR_TOO_LARGE`, `ASYNCQ_ERROR_STORE_FULL` and
 * `ASYNCQ_ERROR_STORE_FAILED` as of aq_engine_add_agent().
 *
 * Since: 0.1
 */
void
aq_engine_set_agent (AqEngine      *self,
                     const AqActor *actor,
                     const char    *name,
                     GVariant      *settings,
                     AqEngineDone   done,
                     gpointer       user_data)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (settings);
  g_autoptr(GError) error = NULL;
  g_autoptr(AqAgent) agent = NULL;
  AqAgent *was = require_agent (self, name, &error);

  if (was != NULL)
    agent = aq_agent_new_from_settings (name, was, sunk, &error);
  if (agent != NULL && check_refusal (self, &error) && check_size (self, was, agent, &error))
    apply_request (self, actor, was, agent, done, user_data);
  else
    done (error, user_data);
}

/**
 * aq_engine_remove_agent:
 * @self: an engine
 * @actor: who asked for it
 * @name: an agent's name
 * @done: called when that is stored, or with why not
 * @user_data: for @done
 *
 * An agent of the configuration is gone until the next start.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_AGENT`; those of aq_rule_set_agent().
 *
 * Since: 0.1
 */
void
aq_engine_remove_agent (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  g_autoptr(GError) error = NULL;
  AqAgent *was = require_agent (self, name, &error);

  if (was != NULL && check_refusal (self, &error))
    apply_request (self, actor, was, NULL, done, user_data);
  else
    done (error, user_data);
}

/* read */

static const char *
get_source (AqEngine      *self,
            const AqAgent *agent)
{
  if (find_agent (self->configured, agent->name, NULL) != agent)
    return "stored";
  return agent->is_built_in ? "default" : "config";
}

static gboolean
read_agent (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  AqEngineReading *read = event;
  AqAgent *agent = require_agent (read->engine, read->name, error);
  g_autoptr(GArray) ids = agent != NULL ? list_running (transaction, agent) : NULL;
  GVariantDict dict;

  if (agent == NULL)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "Name", "s", agent->name);
  g_variant_dict_insert (&dict, "Size", "u", agent->size);
  g_variant_dict_insert (&dict, "Filter", "s", agent->filter);
  g_variant_dict_insert (&dict, "Queues", "^as", agent->queues);
  g_variant_dict_insert (&dict, "Source", "s", get_source (read->engine, agent));
  g_variant_dict_insert (&dict, "Configured", "b", find_agent (read->engine->configured, agent->name, NULL) != NULL);
  g_variant_dict_insert_value (&dict, "Running", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids->data, ids->len,
                                                                            sizeof (guint64)));
  read->value = g_variant_ref_sink (g_variant_dict_end (&dict));
  return TRUE;
}

static gboolean
read_agents (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  AqEngineReading *read = event;
  GPtrArray *agents = read->engine->agents;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < agents->len; i++)
    {
      const AqAgent *agent = g_ptr_array_index (agents, i);
      g_autoptr(GArray) ids = list_running (transaction, agent);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "name", "s", agent->name);
      g_variant_dict_insert (&dict, "size", "u", agent->size);
      g_variant_dict_insert (&dict, "filter", "s", agent->filter);
      g_variant_dict_insert (&dict, "queues", "^as", agent->queues);
      g_variant_dict_insert (&dict, "running", "u", ids->len);
      g_variant_dict_insert (&dict, "source", "s", get_source (read->engine, agent));
      g_variant_dict_insert (&dict, "configured", "b", find_agent (read->engine->configured, agent->name, NULL) != NULL);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/**
 * aq_engine_list_agents:
 * @self: an engine
 * @done: called with aa{sv}: those of the configuration first
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_agents (AqEngine     *self,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  aq_engine_apply_read (self, read_agents, NULL, done, user_data);
}

/**
 * aq_engine_read_agent:
 * @self: an engine
 * @name: an agent's name
 * @done: called with a{sv}, the keys being those of Agent1's properties
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_AGENT`.
 *
 * Since: 0.1
 */
void
aq_engine_read_agent (AqEngine     *self,
                      const char   *name,
                      AqEngineRead  done,
                      gpointer      user_data)
{
  aq_engine_apply_read (self, read_agent, name, done, user_data);
}
