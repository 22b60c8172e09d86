/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* one line on stderr that says how a job is getting on; where that is no terminal, lines of its progress */
typedef struct _CtlProgress CtlProgress;

CtlProgress *ctl_progress_new   (CtlContext  *context,
                                 guint64      id);
void         ctl_progress_free  (CtlProgress *self);

char        *ctl_progress_dup_line (AsyncqJobInfo *job,
                                    gsize          n_done,
                                    gint64         now_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlProgress, ctl_progress_free)

G_END_DECLS
