/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"

G_BEGIN_DECLS

/*
 * A store in memory from which every completed job leaves at once, as far as that
 * is possible, and comes back later than it is asked for.
 */
#define AWAY_TYPE_STORE (away_store_get_type ())
G_DECLARE_FINAL_TYPE (AwayStore, away_store, AWAY, STORE, AqStore)

AqStore *away_store_new        (AqClock   *clock);
/* what cannot be read from now on: the jobs whose id this is; 0 for none */
void     away_store_damage     (AwayStore *self,
                                guint64    id);
/* all are in memory, and stay until the next call says otherwise */
void     away_store_keep_all   (AwayStore *self,
                                gboolean   keep);
guint    away_store_get_n_fetched (AwayStore *self);

G_END_DECLS
