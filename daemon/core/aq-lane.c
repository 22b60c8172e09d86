/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lane
 */

#include "config.h"

#include "core/aq-lane.h"

#include "core/aq-job.h"

static AqLimitName *
copy_limits (const AqLimitName *limits,
             guint              n_limits)
{
  AqLimitName *copy = n_limits > 0 ? g_new (AqLimitName, n_limits) : NULL;

  for (guint i = 0; i < n_limits; i++)
    copy[i] = (AqLimitName) { g_ref_string_acquire (limits[i].definition), g_ref_string_acquire (limits[i].instance) };
  return copy;
}

/**
 * aq_lane_new_for_key:
 * @key: what its jobs have in common
 *
 * Returns: (transfer full): a lane
 *
 * Since: 0.1
 */
AqLane *
aq_lane_new_for_key (const AqLaneKey *key)
{
  AqLane *self = g_new0 (AqLane, 1);

  self->ref_count = 1;
  self->ready_index = self->heap_index = self->queue_index = G_MAXUINT;
  self->queue = g_ref_string_new_intern (key->queue);
  self->function = g_ref_string_new_intern (key->function);
  self->arguments_type = g_ref_string_new_intern (key->arguments_type);
  self->given_type = key->given_type != NULL ? g_ref_string_new_intern (key->given_type) : NULL;
  self->tags = g_strdupv ((char **) key->tags);
  self->limits = copy_limits (key->limits, key->n_limits);
  self->n_limits = key->n_limits;
  self->priority = key->priority;
  self->is_holding = key->is_holding;
  return self;
}

AqLane *
aq_lane_new (const char *queue,
             const char *function,
             const char *arguments_type)
{
  return aq_lane_new_for_key (&(AqLaneKey) {
    .queue = queue,
    .function = function,
    .arguments_type = arguments_type,
    .priority = AQ_PRIORITY_DEFAULT,
  });
}

AqLane *
aq_lane_ref (AqLane *self)
{
  self->ref_count++;
  return self;
}

void
aq_lane_unref (AqLane *self)
{
  if (--self->ref_count > 0)
    return;

  g_assert (aq_due_queue_peek (&self->due) == NULL);
  aq_due_queue_clear (&self->due);
  g_clear_pointer (&self->counts, aq_queue_counts_unref);
  g_ref_string_release (self->queue);
  g_ref_string_release (self->function);
  g_ref_string_release (self->arguments_type);
  g_clear_pointer (&self->given_type, g_ref_string_release);
  g_strfreev (self->tags);
  for (guint i = 0; i < self->n_limits; i++)
    {
      g_ref_string_release (self->limits[i].definition);
      g_ref_string_release (self->limits[i].instance);
    }
  g_free (self->limits);
  g_free (self->uses);
  g_free (self);
}

static gboolean
have_equal_tags (const char * const *a,
                 const char * const *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal (a, b);
}

/**
 * aq_lane_has_key:
 * @self: a lane
 * @key: what some job has
 *
 * Returns: whether that job belongs to the lane
 *
 * Since: 0.1
 */
gboolean
aq_lane_has_key (const AqLane    *self,
                 const AqLaneKey *key)
{
  if (self->priority != key->priority || self->n_limits != key->n_limits || self->is_holding != key->is_holding)
    return FALSE;
  return (self->n_limits == 0 || aq_limit_names_are_equal (self->limits, key->limits, self->n_limits)) &&
         g_str_equal (self->function, key->function) && g_str_equal (self->queue, key->queue) &&
         g_str_equal (self->arguments_type, key->arguments_type) &&
         g_strcmp0 (self->given_type, key->given_type) == 0 &&
         have_equal_tags ((const char * const *) self->tags, key->tags);
}
