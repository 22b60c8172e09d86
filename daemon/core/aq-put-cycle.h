/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

gboolean aq_put_cycle_check_members (AqTransaction *transaction,
                                     const AqDraft *drafts,
                                     guint          n_drafts,
                                     GError       **error);
gboolean aq_put_cycle_check_returned (AqTransaction *transaction,
                                     const AqDraft *drafts,
                                     guint          n_drafts,
                                     guint          returned,
                                     guint64        outer,
                                     GError       **error);

G_END_DECLS
