/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The switch of the core: whether jobs are claimed, and one at a time by hand while they are not. */

/* off: nothing more is claimed, what runs goes on; not stored */
void     aq_engine_set_claiming (AqEngine        *self,
                                 gboolean         claiming);
gboolean aq_engine_get_claiming (AqEngine        *self);
/* claims one job, @done gets its id once that attempt has ended (and is flushed), or 0 where there is none to claim.
 * BAD_STATE: claiming is on */
void     aq_engine_process_next (AqEngine        *self,
                                 AqEngineJobDone  done,
                                 gpointer         user_data);

G_END_DECLS
