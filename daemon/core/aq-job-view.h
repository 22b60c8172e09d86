/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* a{sv} with the keys of org.asyncq.Job1's properties, floating */
GVariant *aq_job_view_new     (AqTransaction *transaction,
                               const AqJob   *job);
/* aa{sv}, floating: the jobs that joined in @job, in order, as postprocess functions get them:
 * id t, function s, state s, outcome s, result v, error (sis) */
GVariant *aq_job_view_members (AqTransaction *transaction,
                               const AqJob   *job);

G_END_DECLS
