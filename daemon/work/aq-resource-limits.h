/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-function-rules.h"
#include "work/aq-plugin.h"

G_BEGIN_DECLS

/* one member of AqResourceLimits */
typedef enum
{
  AQ_RESOURCE_CPU_TIME,
  AQ_RESOURCE_FILE_SIZE,
  AQ_RESOURCE_MEMORY,
  AQ_RESOURCE_OPEN_FILES,
  AQ_RESOURCE_OUTPUT,
  AQ_RESOURCE_PROCESSES,
  AQ_RESOURCE_RUN_TIME
} AqResource;

#define AQ_N_RESOURCES (AQ_RESOURCE_RUN_TIME + 1)

/* What the jobs of a function may take at one agent. */
typedef struct
{
  AqResourceLimits limits;
  char            *places[AQ_N_RESOURCES]; /* owned: who has said the limit; NULL: nobody */
} AqResourceGrant;

const char            *aq_resource_to_name           (AqResource              resource);
char                  *aq_resource_format            (AqResource              resource,
                                                      guint64                 value);
guint64                aq_resource_limits_get        (const AqResourceLimits *self,
                                                      AqResource              resource);
void                   aq_resource_limits_set        (AqResourceLimits       *self,
                                                      AqResource              resource,
                                                      guint64                 value);
AqResourceGrant       *aq_resource_limits_merge      (const AqPluginFunction *function,
                                                      AqFunctionRules        *rules,
                                                      const char             *agent);
void                   aq_resource_grant_free        (AqResourceGrant        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqResourceGrant, aq_resource_grant_free)

G_END_DECLS
