/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

CtlExit ctl_plugin_list (CtlContext  *context,
                         GError     **error);
CtlExit ctl_plugin_show (CtlContext  *context,
                         const char  *id,
                         GError     **error);

/* lines about what is refused or quarantined; none where nothing is, or the daemon cannot tell */
void    ctl_plugin_put_troubles (CtlContext *context);

G_END_DECLS
