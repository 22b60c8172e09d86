/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* all factories of the daemon, aa{sv} */
GVariant *ctl_factories_get   (CtlContext  *context,
                               GError     **error);
/* that of this name, a{sv} */
GVariant *ctl_factories_find  (CtlContext  *context,
                               const char  *name,
                               GError     **error);

G_END_DECLS
