/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/*
 * Shows whether what a property of the daemon says is on. @name: of it in JSON;
 * @is_on: what a daemon does that does not have the property
 */
CtlExit ctl_switch_put (CtlContext  *context,
                        const char  *property,
                        const char  *name,
                        gboolean     is_on,
                        GError     **error);

G_END_DECLS
