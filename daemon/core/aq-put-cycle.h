/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What is to be put, together with the jobs that it stands for or belongs to. */
typedef struct
{
  const AqDraft *drafts;
  guint          n_drafts;
  const guint64 *existing; /* for each draft the job that there is instead of it; 0: it becomes a new one */
  guint64        outer;    /* the job that puts them, if it returns one of them; 0: none */
  guint          returned; /* the index of that one */
} AqPutCycleList;

gboolean aq_put_cycle_check (AqTransaction         *transaction,
                             const AqPutCycleList  *list,
                             GError               **error);

G_END_DECLS
