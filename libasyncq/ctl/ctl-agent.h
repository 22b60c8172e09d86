/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* hints about what no agent takes: lines on standard error, where somebody reads them */

/* @job: of what was submitted */
void ctl_agent_hint_job    (CtlContext    *context,
                            AsyncqJobInfo *job);
/* @queue: its name */
void ctl_agent_hint_queue  (CtlContext    *context,
                            const char    *queue);
/* @status: of the daemon, with "unserved" */
void ctl_agent_hint_status (CtlContext    *context,
                            GVariant      *status);

G_END_DECLS
