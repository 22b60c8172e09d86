/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

gboolean aq_draft_cycle_check (const AqDraft  *drafts,
                               guint           n_drafts,
                               GError        **error);
GArray  *aq_draft_cycle_list_earlier (const AqDraft *drafts,
                               guint           n_drafts,
                               const GArray   *indexes);

G_END_DECLS
