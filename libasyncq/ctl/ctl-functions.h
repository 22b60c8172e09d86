/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* the functions of the daemon, asked for once */
typedef struct
{
  GPtrArray *functions; /* of AsyncqFunctionInfo; NULL until it is needed */
} CtlFunctions;

void                ctl_functions_clear (CtlFunctions  *self);
gboolean            ctl_functions_load  (CtlFunctions  *self,
                                         CtlContext    *context,
                                         GError       **error);
AsyncqFunctionInfo *ctl_functions_find  (CtlFunctions  *self,
                                         const char    *name,
                                         GError       **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlFunctions, ctl_functions_clear)

G_END_DECLS
