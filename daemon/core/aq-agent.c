/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Agent
 */

#include "config.h"

#include "core/aq-agent.h"

#include "core/aq-filter.h"
#include "core/aq-lane.h"
#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* that were ever made */
static guint n_agents;

static AqFilter *
parse_filter (const char  *name,
              const char  *text,
              GError     **error)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (text, error);

  if (filter != NULL && aq_filter_check_lane (filter, error))
    return g_steal_pointer (&filter);
  g_prefix_error (error, "agent '%s' cannot have the filter '%s': ", name, text);
  return NULL;
}

/**
 * aq_agent_new:
 * @name: the agent's name, [A-Za-z0-9_.-]{1,128}
 * @size: how many jobs run at once, 1 to %AQ_AGENT_MAX_SIZE
 * @filter: (nullable): which jobs it takes, see aq_filter_check_lane(); %NULL or
 *   "" accepts all
 * @queues: (nullable) (array zero-terminated=1): the queues it takes jobs
 *   from; %NULL or none means all
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the setting.
 * Source: zc.async's agents, behaviour Z90 to Z92.
 *
 * Returns: (transfer full): an agent, or %NULL with @error set
 *
 * Since: 0.1
 */
AqAgent *
aq_agent_new (const char          *name,
              guint                size,
              const char          *filter,
              const char * const  *queues,
              GError             **error)
{
  const char * const none[] = { NULL };
  g_autoptr(AqFilter) accept = NULL;
  AqAgent *self;

  if (!aq_name_is_agent (name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%s' cannot be the name of an agent: 1 to 128 of A-Z a-z 0-9 _ . - are wanted", name);
      return NULL;
    }
  if (size < 1 || size > AQ_AGENT_MAX_SIZE)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "agent '%s' cannot have the size %u: 1 to %u is wanted", name, size, AQ_AGENT_MAX_SIZE);
      return NULL;
    }
  for (const char * const *queue = queues != NULL ? queues : none; *queue != NULL; queue++)
    if (!aq_name_is_queue (*queue))
      {
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                     "agent '%s' cannot serve the queue '%s': that is not a name of a queue", name, *queue);
        return NULL;
      }

  accept = parse_filter (name, filter != NULL ? filter : "", error);
  if (accept == NULL)
    return NULL;

  self = g_new0 (AqAgent, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_ref_string_new (name);
  self->size = size;
  self->serial = g_atomic_int_add (&n_agents, 1) + 1;
  self->filter = g_strdup (filter != NULL ? filter : "");
  self->accept = g_steal_pointer (&accept);
  self->queues = g_strdupv ((char **) (queues != NULL ? queues : none));
  return self;
}

/**
 * aq_agent_new_of:
 * @dispatcher: UUID of the dispatcher, one of several at a store
 * @name: as for aq_agent_new()
 * @size: as for aq_agent_new()
 * @filter: (nullable): as for aq_agent_new()
 * @queues: (nullable) (array zero-terminated=1): as for aq_agent_new()
 * @error: return location for an error
 *
 * A job knows the name of the agent that has it, so the name tells whose agent
 * that is: it is NAME@UUID. Such an agent is its dispatcher's, and not stored.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): an agent, or %NULL with @error set
 *
 * Since: 0.1
 */
AqAgent *
aq_agent_new_of (const char          *dispatcher,
                 const char          *name,
                 guint                size,
                 const char          *filter,
                 const char * const  *queues,
                 GError             **error)
{
  AqAgent *self = aq_agent_new (name, size, filter, queues, error);
  g_autofree char *full_name = g_strdup_printf ("%s@%s", name, dispatcher);

  if (self == NULL)
    return NULL;
  g_ref_string_release (self->name);
  self->name = g_ref_string_new (full_name);
  return self;
}

/**
 * aq_agent_new_default:
 *
 * Source: behaviour Z99.
 *
 * Returns: (transfer full): the agent that there is without a configuration
 *
 * Since: 0.1
 */
AqAgent *
aq_agent_new_default (void)
{
  AqAgent *self = aq_agent_new (AQ_AGENT_DEFAULT_NAME, AQ_AGENT_DEFAULT_SIZE, NULL, NULL, NULL);

  self->is_built_in = TRUE;
  return self;
}

/**
 * aq_agent_name_get_dispatcher:
 * @name: name of an agent
 *
 * Returns: (nullable): the UUID of its dispatcher, inside of @name; %NULL for the
 *   one dispatcher that a locked store has
 *
 * Since: 0.1
 */
const char *
aq_agent_name_get_dispatcher (const char *name)
{
  const char *at = strchr (name, '@');

  return at != NULL ? at + 1 : NULL;
}

AqAgent *
aq_agent_ref (AqAgent *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_agent_unref (AqAgent *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ref_string_release (self->name);
  g_free (self->filter);
  g_strfreev (self->queues);
  aq_filter_unref (self->accept);
  g_free (self);
}

static gboolean
serves (const AqAgent *self,
        const char    *queue)
{
  return self->queues[0] == NULL || g_strv_contains ((const char * const *) self->queues, queue);
}

/**
 * aq_agent_accepts:
 * @self: an agent
 * @lane: a lane
 *
 * Returns: whether the agent takes the lane's jobs
 *
 * Since: 0.1
 */
gboolean
aq_agent_accepts (AqAgent      *self,
                  const AqLane *lane)
{
  return serves (self, lane->queue) && (*self->filter == '\0' || aq_filter_accepts_lane (self->accept, lane));
}

/**
 * aq_agent_explain:
 * @self: an agent
 * @lane: a lane
 *
 * Returns: (transfer full) (nullable): why the agent does not take the lane's jobs,
 *   for people, to be put behind the agent's name; %NULL: it does
 *
 * Since: 0.1
 */
char *
aq_agent_explain (AqAgent      *self,
                  const AqLane *lane)
{
  if (!serves (self, lane->queue))
    return g_strdup_printf ("it does not serve queue '%s'", lane->queue);
  if (!aq_filter_accepts_lane (self->accept, lane))
    return g_strdup_printf ("its filter '%s' refuses", self->filter);
  return NULL;
}

/**
 * aq_agent_explain_queue:
 * @self: an agent
 * @queue: a queue's name
 *
 * Returns: (transfer full) (nullable): why the agent takes no job of the queue,
 *   whatever its function is, as of aq_agent_explain(); %NULL: it may take some
 *
 * Since: 0.1
 */
char *
aq_agent_explain_queue (AqAgent    *self,
                        const char *queue)
{
  if (!serves (self, queue))
    return g_strdup_printf ("it does not serve queue '%s'", queue);
  if (!aq_filter_accepts_queue (self->accept, queue))
    return g_strdup_printf ("its filter '%s' refuses", self->filter);
  return NULL;
}
