/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-agent.h"
#include "core/aq-gate.h"
#include "work/aq-slot.h"

G_BEGIN_DECLS

/* What a claim has given to workers, waiting for the gate. */
typedef struct _AqHandOver AqHandOver;

AqHandOver *aq_hand_over_new   (AqAgent    *agent,
                                guint       max_parts);
void        aq_hand_over_add   (AqHandOver *self,
                                AqSlot     *slot);
void        aq_hand_over_leave (AqHandOver *self,
                                AqGate     *gate,
                                guint64     revealed);

G_END_DECLS
