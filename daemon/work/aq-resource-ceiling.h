/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-resource-limits.h"

G_BEGIN_DECLS

/* What the system grants at the most, whatever is configured. */
typedef struct
{
  AqResourceLimits limits;              /* 0: as much as one likes */
  const char      *by[AQ_N_RESOURCES];  /* what keeps one from more: "RLIMIT_NOFILE" */
} AqResourceCeiling;

void       aq_resource_ceiling_read  (AqResourceCeiling       *self);
void       aq_resource_ceiling_lower (AqResourceCeiling       *self,
                                      AqResource               resource,
                                      guint64                  value,
                                      const char              *by);
GPtrArray *aq_resource_ceiling_check (const AqResourceCeiling *self,
                                      const AqPluginFunction  *function,
                                      const AqResourceGrant   *grant);

G_END_DECLS
