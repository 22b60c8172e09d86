/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor-client.h"

G_BEGIN_DECLS

/* where the monitor of the daemon is, and the number of its newest transaction */
gboolean ctl_monitor_find     (CtlContext  *context,
                               char       **out_address,
                               guint64     *out_sequence,
                               GError     **error);
/* whether a message of the text protocol is not an answer but says what was wrong */
gboolean ctl_monitor_is_error (const char  *text);
/* the last line of it, which is the one that says so */
char    *ctl_monitor_dup_error (const char *text);

G_END_DECLS
