/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* A claimed job goes to a worker, or fails before anybody runs it. */

gboolean aq_assignment_give         (AqEngine              *engine,
                                     AqWorker              *worker,
                                     const AqJob           *job,
                                     AqPluginFunction      *function,
                                     const AqResourceGrant *grant);
void     aq_assignment_fail_unknown (AqEngine              *engine,
                                     const AqJob           *job);

G_END_DECLS
