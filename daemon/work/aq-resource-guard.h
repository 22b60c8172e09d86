/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "core/aq-retry-policy.h"
#include "work/aq-resources.h"

G_BEGIN_DECLS

/* Sees to it that one worker's jobs take no more than they may. */
typedef struct _AqResourceGuard AqResourceGuard;

/* the time of a job is over: it is to be stopped, by whatever means */
typedef void (*AqResourceTimeOver) (guint64  lease,
                                    gpointer user_data);

/* what is known of a worker's death beside how it died; all of it may be missing */
typedef struct
{
  gboolean    killed;  /* by us, for another reason */
  gboolean    used_nothing; /* it was refused memory, and has used what it did not get */
  const char *output;  /* nullable: the last that it has written on stderr */
} AqResourceDeath;

/* why a job has ended that went beyond a limit */
typedef struct
{
  AqCause     cause;
  const char *limit;   /* nullable: which one: "memory" */
  GError     *failure; /* owned */
} AqResourceVerdict;

AqResourceGuard *aq_resource_guard_new     (AqResources           *resources,
                                            AqClock               *clock,
                                            guint                  pid,
                                            AqResourceTimeOver     time_over,
                                            gpointer               user_data);
void             aq_resource_guard_free    (AqResourceGuard       *self);
void             aq_resource_guard_begin   (AqResourceGuard       *self,
                                            const char            *function,
                                            guint64                lease,
                                            const AqResourceGrant *grant);
void             aq_resource_guard_end     (AqResourceGuard       *self,
                                            guint64                lease);
void             aq_resource_guard_wrote   (AqResourceGuard       *self,
                                            guint64                output_bytes);
gboolean         aq_resource_guard_is_late (AqResourceGuard       *self,
                                            guint64                lease);
gboolean         aq_resource_guard_judge   (AqResourceGuard       *self,
                                            guint64                lease,
                                            const AqCause         *cause,
                                            const AqResourceDeath *death,
                                            AqResourceVerdict     *out_verdict);
void             aq_resource_verdict_clear (AqResourceVerdict     *self);

/* for all that a worker has started */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqResourceGuard, aq_resource_guard_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqResourceVerdict, aq_resource_verdict_clear)

G_END_DECLS
