/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/* The annotation that everybody knows: how far a job has come. */
#define AQ_PROGRESS_KEY "progress"
/* fraction, 0 to 1, -1: not known; how many are done; of how many, 0: not known; what it is at, for people */
#define AQ_PROGRESS_TYPE "(dtts)"

gboolean  aq_progress_check (GVariant   *value,
                             GError    **error);
/* (transfer full) (nullable): what @job has of it */
GVariant *aq_progress_dup   (const AqJob *job);
/* (transfer floating): what stands for none */
GVariant *aq_progress_new_none (void);

G_END_DECLS
