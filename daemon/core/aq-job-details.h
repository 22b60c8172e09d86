/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* @live: (nullable): evidence of the attempt that runs, not trusted */
void     aq_job_details_add (GVariantBuilder *builder,
                             AqTransaction   *transaction,
                             const AqJob     *job,
                             GVariant        *live);
/* whether the attempt of its lease has begun, and is not one of the past already */
gboolean aq_job_details_has_newest_attempt
                            (const AqJob     *job);

G_END_DECLS
