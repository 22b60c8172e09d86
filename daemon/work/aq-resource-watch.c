/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The daemon's own look at what jobs take
 *
 * 50 times a second and more while a job with such a limit runs; nothing wakes up
 * while none does. The timer is the system's also where the daemon's clock stands
 * still for a test: what a process takes does not.
 *
 * Pages that several processes of a tree share count for each of them in what is
 * cheap to read. So before a tree of several is found to take too much they are
 * counted once, exactly, which takes milliseconds; a tree that goes on beside its
 * limit is counted so five times a second.
 */

#include "config.h"

#include "work/aq-resource-watch.h"

/* the loop may be some milliseconds late: what is promised is 20 */
#define PERIOD_MSEC 15
#define EXACT_PERIODS 13

struct _AqResourceWatch
{
  GPtrArray *watched; /* of AqResourceWatched, not owned */
  GSource   *source;  /* while there are any */
};

AqResourceWatch *
aq_resource_watch_new (void)
{
  AqResourceWatch *self = g_new0 (AqResourceWatch, 1);

  self->watched = g_ptr_array_new ();
  return self;
}

static void
stop (AqResourceWatch *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
aq_resource_watch_free (AqResourceWatch *self)
{
  g_assert (self->watched->len == 0);

  stop (self);
  g_ptr_array_unref (self->watched);
  g_free (self);
}

/* whether one of the limits has to be looked at */
gboolean
aq_resource_watch_wants (const AqResourceLimits *limits)
{
  return limits->memory_bytes != 0 || limits->cpu_usec != 0 || limits->n_processes != 0;
}

static gboolean
is_too_large (AqResourceWatched *watched,
              AqTreeUse         *use)
{
  guint64 allowed = watched->limits->memory_bytes;

  if (allowed == 0 || use->resident_bytes <= allowed)
    return FALSE;
  if (use->n_processes == 1)
    return TRUE;
  if (++watched->n_exact_ago < EXACT_PERIODS)
    return FALSE;
  watched->n_exact_ago = 0;
  return aq_process_tree_measure (watched->tree, AQ_TREE_MEMORY | AQ_TREE_EXACT, use) && use->resident_bytes > allowed;
}

static void
look_at (AqResourceWatched *watched)
{
  const AqResourceLimits *limits = watched->limits;
  AqTreeFlags flags = (limits->memory_bytes != 0 ? AQ_TREE_MEMORY : 0) | (limits->cpu_usec != 0 ? AQ_TREE_CPU : 0);
  AqTreeUse use;
  gint64 cpu_usec;

  if (!aq_process_tree_measure (watched->tree, flags, &use))
    return;
  watched->last = use;
  cpu_usec = use.cpu_usec - watched->cpu_before_usec;
  if (is_too_large (watched, &use))
    watched->exceeded (AQ_RESOURCE_MEMORY, use.resident_bytes, watched->user_data);
  else if (limits->n_processes != 0 && use.n_processes > limits->n_processes)
    watched->exceeded (AQ_RESOURCE_PROCESSES, use.n_processes, watched->user_data);
  else if (limits->cpu_usec != 0 && cpu_usec > limits->cpu_usec)
    watched->exceeded (AQ_RESOURCE_CPU_TIME, (guint64) cpu_usec, watched->user_data);
}

/* looks at all of them now: what the timer does */
void
aq_resource_watch_look (AqResourceWatch *self)
{
  for (guint i = self->watched->len; i > 0; i--)
    if (i <= self->watched->len)
      look_at (g_ptr_array_index (self->watched, i - 1));
}

static gboolean
on_period (gpointer user_data)
{
  aq_resource_watch_look (user_data);
  return G_SOURCE_CONTINUE;
}

/* @watched: stays where it is until it is removed */
void
aq_resource_watch_add (AqResourceWatch   *self,
                       AqResourceWatched *watched)
{
  watched->last = (AqTreeUse) { 0 };
  watched->n_exact_ago = EXACT_PERIODS;
  g_ptr_array_add (self->watched, watched);
  if (self->source != NULL)
    return;
  self->source = g_timeout_source_new (PERIOD_MSEC);
  g_source_set_callback (self->source, on_period, self, NULL);
  g_source_set_priority (self->source, G_PRIORITY_HIGH);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

void
aq_resource_watch_remove (AqResourceWatch   *self,
                          AqResourceWatched *watched)
{
  (void) g_ptr_array_remove_fast (self->watched, watched);
  if (self->watched->len == 0)
    stop (self);
}

guint
aq_resource_watch_get_n_watched (AqResourceWatch *self)
{
  return self->watched->len;
}
