/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: what becomes of limits
 */

#include "config.h"

#include "store/aq-tables-private.h"

#include "core/aq-limit.h"

static AqTables *
from_transaction (AqTransaction *transaction)
{
  return (AqTables *) transaction;
}

static gboolean
is_under (const AqJob       *job,
          const AqLimitName *name)
{
  for (guint i = 0; i < job->lane->n_limits; i++)
    if (job->lane->limits[i].instance == name->instance && job->lane->limits[i].definition == name->definition)
      return TRUE;
  return FALSE;
}

void
aq_tables_get_limit_state (AqTransaction     *transaction,
                           const AqLimitName *name,
                           AqLimitState      *out_state)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, name->definition);
  AqLimit limit = { 0 };

  aq_tables_list_holders (transaction, name, G_MAXUINT, jobs);
  if (item != NULL)
    (void) aq_limit_read (&limit, item->value, NULL);
  *out_state = (AqLimitState) { jobs->len, jobs->len, 0 };
  if (limit.size > 0 && jobs->len >= limit.size)
    out_state->room_usec = G_MAXINT64;
}

void
aq_tables_list_holders (AqTransaction     *transaction,
                        const AqLimitName *name,
                        guint              max_jobs,
                        GPtrArray         *out_jobs)
{
  GPtrArray *busy = aq_schedule_get_busy (from_transaction (transaction)->schedule);

  for (guint i = 0; i < busy->len && max_jobs > 0; i++)
    {
      AqJob *job = g_ptr_array_index (busy, i);

      if (!job->lane->is_holding || !is_under (job, name))
        continue;
      g_ptr_array_add (out_jobs, job);
      max_jobs--;
    }
}

void
aq_tables_list_instances (AqTransaction *transaction,
                          const char    *definition,
                          guint          max_names,
                          GPtrArray     *out_names)
{
}
