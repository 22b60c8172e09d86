/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* attempts whose daemon, or dispatcher, has died. @jobs: of AqJob that hold a slot, in any order; sorted */
void aq_recover_jobs (AqTransaction *transaction,
                      GPtrArray     *jobs);

G_END_DECLS
