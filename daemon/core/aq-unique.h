/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* the place in its queue of a job that was replaced */
typedef struct
{
  gboolean is_set;
  guint64  order;
  gint64   due_usec;
  guint8   flags;
} AqUniquePlace;

/* What becomes of a draft whose unique key is taken; see aq-unique.c. */
guint64 aq_unique_find_winner (AqTransaction       *transaction,
                               const AqDraft       *draft);
void    aq_unique_merge       (AqTransaction       *transaction,
                               const AqDraft       *draft,
                               guint64              winner);
void    aq_unique_claim       (AqTransaction       *transaction,
                               const AqDraft       *draft,
                               AqJob               *job,
                               AqUniquePlace       *out_place);
void    aq_unique_take_place  (AqTransaction       *transaction,
                               AqJob               *job,
                               const AqUniquePlace *place);

G_END_DECLS
