/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* What the engine is told of the jobs that workers have. */

void     aq_attempt_start     (AqEngine          *engine,
                               AqRun             *run,
                               guint              pid);
gboolean aq_attempt_finish    (AqEngine          *engine,
                               const AqRun       *run,
                               guint              pid,
                               const AqWireDone  *done,
                               GError           **error);
void     aq_attempt_fail      (AqEngine          *engine,
                               const AqRun       *run,
                               guint              pid,
                               const GError      *failure,
                               const AqCause     *cause,
                               const AqUsage     *usage,
                               GVariant          *evidence);
void     aq_attempt_exceed    (AqEngine          *engine,
                               const AqRun       *run,
                               guint              pid,
                               const AqWireDone  *done,
                               const GError      *failure,
                               const AqCause     *cause,
                               const char        *limit);
void     aq_attempt_release   (AqEngine          *engine,
                               guint64            id,
                               guint64            lease);
void     aq_attempt_interrupt (AqEngine          *engine,
                               const AqRun       *run);

G_END_DECLS
