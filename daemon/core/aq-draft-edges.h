/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-entry.h"
#include "core/aq-function-table.h"

G_BEGIN_DECLS

#define AQ_MAX_DRAFT_EDGES 100000

gboolean aq_draft_edges_read_key     (AqDraftEntry      *entry,
                                      const char        *key,
                                      GVariant          *value,
                                      GError           **error);
/* after all keys of an entry */
gboolean aq_draft_edges_read         (AqDraftEntry      *entry,
                                      GError           **error);
/* @out_n_open: how many of the last parameters are given by other jobs, and not by the entry */
gboolean aq_draft_edges_set_function (AqDraft           *draft,
                                      const AqFunction  *function,
                                      guint             *out_n_open,
                                      GError           **error);
void     aq_draft_edges_copy         (AqDraft           *draft,
                                      GPtrArray         *values);
gboolean aq_draft_edges_check        (const AqDraft     *drafts,
                                      guint              n_drafts,
                                      GError           **error);

G_END_DECLS
