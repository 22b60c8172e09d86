/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* prints why a job does not run, as the bus method Why tells it, for people */
void  ctl_why_put      (CtlContext *context,
                        GVariant   *explanation);
/* in one line; NULL where the job waits for nothing */
char *ctl_why_dup_line (GVariant   *explanation);

G_END_DECLS
