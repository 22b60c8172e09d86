/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-cgroup.h"
#include "work/aq-resource-limits.h"
#include "work/aq-resource-watch.h"

G_BEGIN_DECLS

/* What jobs may take, and what sees to it: shared by all workers. */
typedef struct _AqResources AqResources;

AqResources           *aq_resources_new        (AqFunctionRules  *rules,
                                                AqCgroups        *cgroups);
AqResources           *aq_resources_ref        (AqResources      *self);
void                   aq_resources_unref      (AqResources      *self);
const AqResourceGrant *aq_resources_grant      (AqResources      *self,
                                                AqPluginFunction *function,
                                                const char       *agent);
void                   aq_resources_review     (AqResources      *self,
                                                AqPlugin         *plugin,
                                                const char       *agent);
AqResourceWatch       *aq_resources_get_watch  (AqResources      *self);
AqCgroups             *aq_resources_get_cgroups (AqResources     *self);
gboolean               aq_resources_system_killed (AqResources   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqResources, aq_resources_unref)

G_END_DECLS
