/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

/* Programs that come with asyncqd and do what this one must not. */

char    *ctl_tool_dup_path (const char  *variable,
                            const char  *name);
CtlExit  ctl_tool_run      (GStrv        command,
                            GError     **error);
