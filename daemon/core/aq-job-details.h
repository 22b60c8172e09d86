/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

void aq_job_details_add (GVariantBuilder *builder,
                         AqTransaction   *transaction,
                         const AqJob     *job);

G_END_DECLS
