/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* whether there is somebody who can answer */
gboolean ctl_ask_is_possible  (void);
/* @question: with the blank at its end; anything but yes is no */
gboolean ctl_ask              (const char *question);
/* on stderr: some jobs of @n_jobs, each on a line. (element-type AsyncqJobInfo) */
void     ctl_ask_show_samples (GPtrArray  *jobs,
                               guint64     n_jobs);

G_END_DECLS
