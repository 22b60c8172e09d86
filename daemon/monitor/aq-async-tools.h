/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-context.h"

G_BEGIN_DECLS

char *aq_async_tools_run (const AqMonitorContext  *context,
                          const char * const      *words,
                          GError                 **error);

G_END_DECLS
