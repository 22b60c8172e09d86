/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: what becomes of limits
 */

#include "config.h"

#include "store/aq-tables-private.h"

static AqTables *
from_transaction (AqTransaction *transaction)
{
  return (AqTables *) transaction;
}

static const AqLimitUse *
look_up (AqTables          *self,
         const AqLimitName *name)
{
  return aq_limit_uses_lookup (aq_schedule_get_limits (self->schedule), name);
}

void
aq_tables_get_limit_state (AqTransaction     *transaction,
                           const AqLimitName *name,
                           AqLimitState      *out_state)
{
  AqTables *self = from_transaction (transaction);
  const AqLimitUse *use;

  /* rates whose time has come have room */
  aq_schedule_move_due (self->schedule, &transaction->now);
  use = look_up (self, name);
  *out_state = (AqLimitState) { .rate_usec = G_MININT64 };
  if (use == NULL)
    return;
  *out_state = (AqLimitState) { use->n_jobs, use->n_holders, use->room_usec, use->room_usec };
  if (use->definition->limit.rate == 0)
    out_state->rate_usec = G_MININT64;
  if (!aq_limit_use_has_places (use))
    out_state->room_usec = G_MAXINT64;
}

static gboolean
is_under (const AqLane     *lane,
          const AqLimitUse *use)
{
  for (guint i = 0; lane->is_holding && i < lane->n_limits; i++)
    if (lane->uses[i] == use)
      return TRUE;
  return FALSE;
}

void
aq_tables_list_holders (AqTransaction     *transaction,
                        const AqLimitName *name,
                        guint              max_jobs,
                        GPtrArray         *out_jobs)
{
  AqTables *self = from_transaction (transaction);
  const AqLimitUse *use = look_up (self, name);
  guint max_length = out_jobs->len + MIN (max_jobs, use != NULL ? use->n_holders : 0);
  GPtrArray *busy = aq_schedule_get_busy (self->schedule);

  for (guint i = 0; i < busy->len && out_jobs->len < max_length; i++)
    {
      AqJob *job = g_ptr_array_index (busy, i);

      if (is_under (job->lane, use))
        g_ptr_array_add (out_jobs, job);
    }
  /* the others were interrupted, and are due */
  if (out_jobs->len < max_length)
    {
      const GPtrArray *lanes = aq_schedule_list_ready (self->schedule);

      for (guint i = 0; i < lanes->len && out_jobs->len < max_length; i++)
        {
          const AqLane *lane = g_ptr_array_index (lanes, i);

          if (is_under (lane, use))
            aq_due_queue_list (&lane->due, max_length - out_jobs->len, out_jobs);
        }
      g_ptr_array_set_size (out_jobs, MIN (out_jobs->len, max_length));
    }
}

void
aq_tables_list_instances (AqTransaction *transaction,
                          const char    *definition,
                          guint          max_names,
                          GPtrArray     *out_names)
{
  aq_limit_uses_list (aq_schedule_get_limits (from_transaction (transaction)->schedule), definition, max_names,
                      out_names);
}

const AqLimitName *
aq_tables_find_full_bucket (AqTransaction *transaction)
{
  return aq_limit_uses_find_full (aq_schedule_get_limits (from_transaction (transaction)->schedule),
                                  transaction->now.steady_usec);
}
