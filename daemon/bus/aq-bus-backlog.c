/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Backlog of a subscriber
 *
 * Changes are taken out in batches from the front. While the subscriber keeps
 * up, it is told of every step; coalescing drops all but the newest step of
 * each job, so that a backlog never has more changes than there are jobs.
 */

#include "config.h"

#include "bus/aq-bus-backlog.h"

struct _AqBusBacklog
{
  GArray *changes; /* of AqJobChange */
  guint   taken;   /* so many at its front have been taken out */
};

AqBusBacklog *
aq_bus_backlog_new (void)
{
  AqBusBacklog *self = g_new0 (AqBusBacklog, 1);

  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  return self;
}

void
aq_bus_backlog_free (AqBusBacklog *self)
{
  g_array_unref (self->changes);
  g_free (self);
}

void
aq_bus_backlog_add (AqBusBacklog      *self,
                    const AqJobChange *change)
{
  g_array_append_val (self->changes, *change);
}

guint
aq_bus_backlog_get_length (AqBusBacklog *self)
{
  return self->changes->len - self->taken;
}

static void
drop_taken (AqBusBacklog *self)
{
  if (self->taken > 0)
    g_array_remove_range (self->changes, 0, self->taken);
  self->taken = 0;
}

static int
compare_by_job (gconstpointer a,
                gconstpointer b)
{
  const AqJobChange *one = a;
  const AqJobChange *two = b;

  if (one->id != two->id)
    return one->id < two->id ? -1 : 1;
  if (one->sequence != two->sequence)
    return one->sequence < two->sequence ? -1 : 1;
  return 0;
}

static int
compare_by_sequence (gconstpointer a,
                     gconstpointer b)
{
  const AqJobChange *one = a;
  const AqJobChange *two = b;

  if (one->sequence != two->sequence)
    return one->sequence < two->sequence ? -1 : 1;
  return 0;
}

/**
 * aq_bus_backlog_coalesce:
 * @self: a backlog
 *
 * Keeps the newest change of each job only.
 *
 * Returns: how many changes are left
 *
 * Since: 0.1
 */
guint
aq_bus_backlog_coalesce (AqBusBacklog *self)
{
  AqJobChange *changes;
  guint kept = 0;

  drop_taken (self);
  /* both sorts are stable: of two steps in one transaction the later one stays behind */
  g_array_sort (self->changes, compare_by_job);
  changes = (AqJobChange *) self->changes->data;
  for (guint i = 0; i < self->changes->len; i++)
    if (i + 1 == self->changes->len || changes[i].id != changes[i + 1].id)
      changes[kept++] = changes[i];
  g_array_set_size (self->changes, kept);
  g_array_sort (self->changes, compare_by_sequence);
  return kept;
}

/**
 * aq_bus_backlog_take_batch:
 * @self: a backlog that is not empty
 *
 * Takes out the oldest changes, [const@BUS_BACKLOG_BATCH] at most.
 *
 * Returns: (transfer floating): them, `(a(tsst))`: id, state, outcome, sequence
 *
 * Since: 0.1
 */
GVariant *
aq_bus_backlog_take_batch (AqBusBacklog *self)
{
  GVariantBuilder builder;
  guint n = MIN (aq_bus_backlog_get_length (self), AQ_BUS_BACKLOG_BATCH);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tsst)"));
  for (guint i = 0; i < n; i++)
    {
      const AqJobChange *change = &g_array_index (self->changes, AqJobChange, self->taken + i);

      g_variant_builder_add (&builder, "(tsst)", change->id,
                             asyncq_job_state_to_string (change->state),
                             asyncq_job_outcome_to_string (change->outcome), change->sequence);
    }
  self->taken += n;
  /* shift the array down seldom: its front is as long as the rest by then */
  if (self->taken * 2 >= self->changes->len)
    drop_taken (self);
  return g_variant_new ("(a(tsst))", &builder);
}
