/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

CtlExit ctl_plugin_verify (CtlContext  *context,
                           char       **files,
                           GError     **error);

G_END_DECLS
