/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* how the newest attempt has ended, "snoozed" for example; "" where there was none */
const char *ctl_attempts_get_last_end (AsyncqJobInfo *job);
/* a table of the attempts of a job, and of those to come; TRUE: there was something to print */
gboolean    ctl_attempts_put          (CtlContext    *context,
                                       AsyncqJobInfo *job);
/* what each attempt has taken, where it crashed and what it said; of the newest alone */
void        ctl_attempts_put_details   (CtlContext    *context,
                                        AsyncqJobInfo *job);
void        ctl_attempts_put_last      (CtlContext    *context,
                                        AsyncqJobInfo *job);

G_END_DECLS
