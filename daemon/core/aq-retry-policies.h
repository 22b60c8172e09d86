/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-retry-policy.h"

G_BEGIN_DECLS

/* The retry policies that jobs can be submitted with, and which one they get that name none. */
typedef struct _AqRetryPolicies AqRetryPolicies;

/* the built-in ones */
AqRetryPolicies *aq_retry_policies_new         (void);
AqRetryPolicies *aq_retry_policies_ref         (AqRetryPolicies *self);
void             aq_retry_policies_unref       (AqRetryPolicies *self);
/* errors: EXISTS */
gboolean         aq_retry_policies_add         (AqRetryPolicies *self,
                                                AqRetryPolicy   *policy,
                                                GError         **error);
/* (transfer none); errors: NO_SUCH_POLICY, with the name that may have been meant */
AqRetryPolicy   *aq_retry_policies_find        (AqRetryPolicies *self,
                                                const char      *name,
                                                GError         **error);
/* @queue: NULL: of all queues that have none of their own */
void             aq_retry_policies_set_default (AqRetryPolicies *self,
                                                const char      *queue,
                                                AqRetryPolicy   *policy);
/* (transfer none) (nullable): what a job of @queue gets that names none; NULL: `common` */
AqRetryPolicy   *aq_retry_policies_get_default (AqRetryPolicies *self,
                                                const char      *queue);
/* (transfer container) (element-type AqRetryPolicy): by name */
GPtrArray       *aq_retry_policies_list        (AqRetryPolicies *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRetryPolicies, aq_retry_policies_unref)

G_END_DECLS
