/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Poll
 *
 * A poll's key counts backwards from the end of the year 9999, so that newer
 * ones are smaller and sort first. Days, seconds and microseconds stand side by
 * side in it, four bits are left below: the key is not the time itself.
 */

#include "config.h"

#include "core/aq-poll.h"

#include <string.h>

/* 9999-12-31T23:59:59.999999Z, microseconds since 1970-01-01 UTC */
#define LAST_USEC (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC + 999999)

#define DAY_SHIFT 41
#define SECOND_SHIFT 24
#define USEC_SHIFT 4
#define LOW_BITS 15
#define SECONDS_A_DAY 86400

/**
 * aq_poll_key_from_time:
 * @time_usec: microseconds since 1970-01-01 UTC
 *
 * Source: behaviour Z122.
 *
 * Returns: the key of a poll at this time; later times have smaller keys
 *
 * Since: 0.1
 */
guint64
aq_poll_key_from_time (gint64 time_usec)
{
  guint64 left_usec = MAX (LAST_USEC - time_usec, 0);
  guint64 left_seconds = left_usec / G_USEC_PER_SEC;

  return (left_seconds / SECONDS_A_DAY) << DAY_SHIFT | (left_seconds % SECONDS_A_DAY) << SECOND_SHIFT |
         (left_usec % G_USEC_PER_SEC) << USEC_SHIFT | LOW_BITS;
}

/**
 * aq_poll_key_to_time:
 * @key: a poll's key
 *
 * Returns: its time, microseconds since 1970-01-01 UTC
 *
 * Since: 0.1
 */
gint64
aq_poll_key_to_time (guint64 key)
{
  gint64 days = key >> DAY_SHIFT;
  gint64 seconds = (key >> SECOND_SHIFT) & ((1 << (DAY_SHIFT - SECOND_SHIFT)) - 1);
  gint64 usec = (key >> USEC_SHIFT) & ((1 << (SECOND_SHIFT - USEC_SHIFT)) - 1);

  return LAST_USEC - (days * SECONDS_A_DAY + seconds) * G_USEC_PER_SEC - usec;
}

static void
free_agent (gpointer data)
{
  AqPollAgent *agent = data;

  g_free (agent->queue);
  g_free (agent->agent);
  g_array_unref (agent->active_jobs);
  g_array_unref (agent->new_jobs);
  g_free (agent->error);
  g_free (agent);
}

/**
 * aq_poll_new:
 * @time_usec: wall clock
 * @key: its key: that of the time, or less where that is taken
 *
 * Returns: (transfer full): a record of the default queue without agents
 *
 * Since: 0.1
 */
AqPoll *
aq_poll_new (gint64  time_usec,
             guint64 key)
{
  AqPoll *self = g_new0 (AqPoll, 1);

  g_ref_count_init (&self->ref_count);
  self->time_usec = time_usec;
  self->key = key;
  self->queues = g_ptr_array_new_with_free_func (g_free);
  self->agents = g_ptr_array_new_with_free_func (free_agent);
  g_ptr_array_add (self->queues, g_strdup (""));
  return self;
}

AqPoll *
aq_poll_ref (AqPoll *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_poll_unref (AqPoll *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->agents);
  g_free (self);
}

static void
add_queue (AqPoll     *self,
           const char *queue)
{
  guint i = 0;

  while (i < self->queues->len && strcmp (g_ptr_array_index (self->queues, i), queue) < 0)
    i++;
  if (i == self->queues->len || !g_str_equal (g_ptr_array_index (self->queues, i), queue))
    g_ptr_array_insert (self->queues, i, g_strdup (queue));
}

static int
compare (const AqPollAgent *entry,
         const char        *queue,
         const char        *agent)
{
  int by_queue = strcmp (entry->queue, queue);

  return by_queue != 0 ? by_queue : strcmp (entry->agent, agent);
}

/**
 * aq_poll_get_agent:
 * @self: a poll
 * @queue: a queue's name
 * @agent: an agent's name
 *
 * Returns: (nullable): what the agent had and got of the queue
 *
 * Since: 0.1
 */
AqPollAgent *
aq_poll_get_agent (AqPoll     *self,
                   const char *queue,
                   const char *agent)
{
  for (guint i = 0; i < self->agents->len; i++)
    {
      AqPollAgent *entry = g_ptr_array_index (self->agents, i);

      if (compare (entry, queue, agent) == 0)
        return entry;
    }
  return NULL;
}

/**
 * aq_poll_add_agent:
 * @self: a poll
 * @queue: a queue's name
 * @agent: the name of an agent that serves it
 * @size: the agent's size
 *
 * Returns: the agent's place in the record, made if it is new
 *
 * Since: 0.1
 */
AqPollAgent *
aq_poll_add_agent (AqPoll     *self,
                   const char *queue,
                   const char *agent,
                   guint       size)
{
  AqPollAgent *entry = aq_poll_get_agent (self, queue, agent);
  guint i = 0;

  if (entry != NULL)
    return entry;

  entry = g_new0 (AqPollAgent, 1);
  entry->queue = g_strdup (queue);
  entry->agent = g_strdup (agent);
  entry->active_jobs = g_array_new (FALSE, FALSE, sizeof (guint64));
  entry->new_jobs = g_array_new (FALSE, FALSE, sizeof (guint64));
  entry->size = size;
  while (i < self->agents->len && compare (g_ptr_array_index (self->agents, i), queue, agent) < 0)
    i++;
  g_ptr_array_insert (self->agents, i, entry);
  add_queue (self, queue);
  return entry;
}
