/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-usage.h"
#include "work/worker/aq-wire.h"

#include <sys/resource.h>

G_BEGIN_DECLS

/* What jobs have taken, from their worker's word and from the kernel's. */

AqUsage aq_usage_from_worker (const AqWireUsage   *told);
AqUsage aq_usage_from_kernel (const struct rusage *usage);
void    aq_usage_add         (AqUsage             *self,
                              const AqUsage       *more);
void    aq_usage_subtract    (AqUsage             *self,
                              const AqUsage       *less);

G_END_DECLS
