/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

gboolean aq_draft_cycle_check (const AqDraft  *drafts,
                               guint           n_drafts,
                               GError        **error);

G_END_DECLS
