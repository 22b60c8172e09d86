/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-queue.h"

G_BEGIN_DECLS

/* The put of a list of drafts, as a submit does it and the end of a job that has put others. */
gboolean aq_put_check  (const AqDraft  *drafts,
                        guint           n_drafts,
                        GError        **error);
gboolean aq_put_check_jobs (AqTransaction *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts,
                        guint64         outer,
                        guint           returned,
                        GError        **error);
void     aq_put_drafts (AqTransaction  *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts,
                        const char     *default_queue,
                        guint64        *out_ids);

gboolean aq_put_check_names (AqTransaction *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts,
                        const AqQueueTable *queues,
                        GError        **error);
gboolean aq_put_is_known (AqTransaction *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts);
guint64  aq_put_get_max_bytes (const AqDraft *drafts,
                        guint           n_drafts);

void     aq_put_list_away (AqTransaction *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts,
                        guint           returned,
                        GArray         *ids);

G_END_DECLS
