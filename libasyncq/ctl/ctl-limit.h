/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* a rate in words: "100/min", "5/10s" */
gboolean ctl_limit_parse_rate (const char  *text,
                               guint       *out_rate,
                               gint64      *out_period_usec,
                               GError     **error);
char    *ctl_limit_dup_rate   (guint        rate,
                               gint64       period_usec);

G_END_DECLS
