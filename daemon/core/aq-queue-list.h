/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* The pending jobs of a queue in the order in which they will be claimed, a page at a time. */
GPtrArray *aq_queue_list_page (AqTransaction *transaction,
                               const char    *queue,
                               guint64        offset,
                               guint          limit);

G_END_DECLS
