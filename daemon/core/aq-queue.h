/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/*
 * The queues that are known without being in the store: "", those of the
 * configuration, and those that agents name. Others were created at run time
 * and are items of the store.
 */
typedef struct _AqQueueTable AqQueueTable;

AqQueueTable  *aq_queue_table_new       (void);
void           aq_queue_table_free      (AqQueueTable        *self);
/* @retry: nullable: the default policy of its jobs */
void           aq_queue_table_add       (AqQueueTable        *self,
                                         const char          *name,
                                         AqRetryPolicy       *retry);
gboolean       aq_queue_table_has       (const AqQueueTable  *self,
                                         const char          *name);
/* (nullable): the queue's default policy, borrowed */
AqRetryPolicy *aq_queue_table_get_retry (const AqQueueTable  *self,
                                         const char          *name);

/* whether there is such a queue; @table: nullable: then there is every one */
gboolean       aq_queue_is_known        (AqTransaction       *transaction,
                                         const AqQueueTable  *table,
                                         const char          *name);
gboolean       aq_queue_require         (AqTransaction       *transaction,
                                         const AqQueueTable  *table,
                                         const char          *name,
                                         GError             **error);
/* (transfer full): "" first, then sorted */
char         **aq_queue_dup_names       (AqTransaction       *transaction,
                                         const AqQueueTable  *table);
gboolean       aq_queue_is_paused       (AqTransaction       *transaction,
                                         const char          *name);
/* when the first pause ends by itself, wall clock; G_MAXINT64: none does */
gint64         aq_queue_get_next_resume (AqTransaction       *transaction);
/* (transfer floating): a{sv}, the keys of org.asyncq.Queue1's properties */
GVariant      *aq_queue_view_new        (AqTransaction       *transaction,
                                         const char          *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqQueueTable, aq_queue_table_free)

G_END_DECLS
