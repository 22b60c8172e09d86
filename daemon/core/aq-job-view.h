/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

GVariant *aq_job_view_new           (AqTransaction *transaction,
                                     const AqJob   *job);
GVariant *aq_job_view_new_full      (AqTransaction *transaction,
                                     const AqJob   *job,
                                     GVariant      *live);
gint64    aq_job_view_get_due       (const AqJob   *job,
                                     const AqTime  *now);
GVariant *aq_job_view_members       (AqTransaction *transaction,
                                     const AqJob   *job);
GVariant *aq_job_view_counts        (AqTransaction *transaction,
                                     const AqJob   *job);
GVariant *aq_job_view_handed_over   (AqTransaction *transaction,
                                     const AqJob   *job);

G_END_DECLS
