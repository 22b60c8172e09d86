/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Agent
 */

#include "config.h"

#include "core/aq-agent.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/**
 * aq_agent_new:
 * @name: the agent's name, [A-Za-z0-9_.-]{1,128}
 * @size: how many jobs run at once, 1 to %AQ_AGENT_MAX_SIZE
 * @filter: (nullable): a glob on plugin.function; %NULL or "" accepts all
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

  self = g_new0 (AqAgent, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_ref_string_new (name);
  self->size = size;
  self->filter = g_strdup (filter != NULL ? filter : "");
  self->queues = g_strdupv ((char **) (queues != NULL ? queues : none));
  if (*self->filter != '\0')
    self->pattern = g_pattern_spec_new (self->filter);
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
  g_clear_pointer (&self->pattern, g_pattern_spec_free);
  g_free (self);
}

/**
 * aq_agent_accepts:
 * @self: an agent
 * @queue: a queue's name
 * @function: plugin.function
 *
 * Returns: whether the agent takes jobs of this queue and function
 *
 * Since: 0.1
 */
gboolean
aq_agent_accepts (AqAgent    *self,
                  const char *queue,
                  const char *function)
{
  if (self->queues[0] != NULL && !g_strv_contains ((const char * const *) self->queues, queue))
    return FALSE;
  return self->pattern == NULL || g_pattern_spec_match_string (self->pattern, function);
}
