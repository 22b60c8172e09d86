/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

gboolean aq_put_cycle_waits_for (AqTransaction *transaction,
                                 guint64        id,
                                 guint64        composite);

G_END_DECLS
