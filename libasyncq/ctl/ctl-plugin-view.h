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

G_END_DECLS
