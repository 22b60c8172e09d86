/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* how many log lines, or lines of output, a view of a job shows */
#define CTL_WITNESS_MAX_LINES 10

/* what attempt of job @id, an a{sv} as of Attempts, has taken, where it crashed and what it said, as lines of facts */
void        ctl_witness_put        (CtlContext  *context,
                                    guint64      id,
                                    GVariant    *attempt);
/* of a line of a log, for people: "info" */
const char *ctl_witness_level_word (guint        level);
/* without what a terminal would take for orders */
char       *ctl_witness_dup_plain  (const char  *text);

G_END_DECLS
