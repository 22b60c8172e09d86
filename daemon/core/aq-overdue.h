/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What becomes of a job whose time is over. */
gboolean aq_overdue_has_passed (AqTransaction *transaction,
                                const AqJob   *job);
gboolean aq_overdue_end (AqTransaction *transaction,
                         AqJob         *job,
                         GArray        *stops);

G_END_DECLS
