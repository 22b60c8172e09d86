/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* prints a job on one screen, for people; @why: what it waits for, nullable */
void ctl_job_view_put (CtlContext    *context,
                       AsyncqJobInfo *job,
                       const char    *why);

G_END_DECLS
