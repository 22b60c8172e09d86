/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-crash-report.h"

G_BEGIN_DECLS

GVariant *aq_stack_trace_new (const AqCrashReport *report,
                              const guint8        *stack,
                              GPtrArray           *objects);

G_END_DECLS
