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

AqQueueTable *aq_queue_table_new       (void);
void          aq_queue_table_free      (AqQueueTable        *self);
void          aq_queue_table_add       (AqQueueTable        *self,
                                        const char          *name);
void          aq_queue_table_remove    (AqQueueTable        *self,
                                        const char          *name);
gboolean      aq_queue_table_has       (const AqQueueTable  *self,
                                        const char          *name);

gboolean      aq_queue_is_known        (AqTransaction       *transaction,
                                        const AqQueueTable  *table,
                                        const char          *name);
gboolean      aq_queue_require         (AqTransaction       *transaction,
                                        const AqQueueTable  *table,
                                        const char          *name,
                                        GError             **error);
char        **aq_queue_dup_names       (AqTransaction       *transaction,
                                        const AqQueueTable  *table);
guint         aq_queue_count_paused    (AqTransaction       *transaction);
gboolean      aq_queue_is_paused       (AqTransaction       *transaction,
                                        const char          *name);
gint64        aq_queue_get_next_resume (AqTransaction       *transaction);
GVariant     *aq_queue_view_new        (AqTransaction       *transaction,
                                        const char          *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqQueueTable, aq_queue_table_free)

G_END_DECLS
