/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Transaction: what becomes of limits
 */

#include "config.h"

#include "core/aq-transaction.h"

/**
 * aq_transaction_get_limit_state:
 * @self: a transaction
 * @name: a limit of some job
 * @out_state: (out): what becomes of it; one without a definition has room
 *
 * Since: 0.1
 */
void
aq_transaction_get_limit_state (AqTransaction     *self,
                                const AqLimitName *name,
                                AqLimitState      *out_state)
{
  self->class->get_limit_state (self, name, out_state);
}

/**
 * aq_transaction_list_holders:
 * @self: a transaction
 * @name: a limit of some job
 * @max_jobs: how many at most
 * @out_jobs: (element-type AqJob): where to append jobs that have a place of it
 *
 * Since: 0.1
 */
void
aq_transaction_list_holders (AqTransaction     *self,
                             const AqLimitName *name,
                             guint              max_jobs,
                             GPtrArray         *out_jobs)
{
  self->class->list_holders (self, name, max_jobs, out_jobs);
}

/**
 * aq_transaction_list_instances:
 * @self: a transaction
 * @definition: name of a definition
 * @max_names: how many at most
 * @out_names: (element-type utf8): where to append the names, to be freed, of those
 *   that there are: unfinished jobs are under them, or their rate is not all free
 *
 * Since: 0.1
 */
void
aq_transaction_list_instances (AqTransaction *self,
                               const char    *definition,
                               guint          max_names,
                               GPtrArray     *out_names)
{
  self->class->list_instances (self, definition, max_names, out_names);
}

/**
 * aq_transaction_find_full_bucket:
 * @self: a transaction
 *
 * Returns: (transfer none) (nullable): an instance whose rate is all free again,
 *   and that has a bucket, which is of no use any more
 *
 * Since: 0.1
 */
const AqLimitName *
aq_transaction_find_full_bucket (AqTransaction *self)
{
  return self->class->find_full_bucket (self);
}
