/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What a job's step means for the jobs that wait for it; see aq-join.c. */
void aq_join_wait_for (AqTransaction    *transaction,
                       AqJob            *parent,
                       AqJob            *child,
                       AqEdgeOn          on,
                       AqEdgeRole        role,
                       const char       *type);
void aq_join_enter    (AqTransaction    *transaction,
                       AqJob            *job);
void aq_join_start    (AqTransaction    *transaction,
                       AqJob            *composite);
void aq_join_complete (AqTransaction    *transaction,
                       AqJob            *job,
                       AsyncqJobOutcome  outcome,
                       AqResult         *result);
void aq_join_cancel   (AqTransaction    *transaction,
                       GPtrArray        *jobs,
                       AsyncqJobOutcome  outcome,
                       AqResult         *failure);
void aq_join_note_failure (AqTransaction *transaction,
                       const AqJob      *member,
                       AqJob            *composite);
void aq_join_hand_over (AqTransaction   *transaction,
                       AqJob            *outer,
                       AqJob            *inner,
                       const char       *type);

G_END_DECLS
