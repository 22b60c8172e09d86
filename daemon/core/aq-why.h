/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-function-table.h"
#include "core/aq-run-times.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* an agent, and what only those know who have its workers */
typedef struct
{
  AqAgent *agent;
  guint    n_free; /* workers that could begin a job now */
} AqWhyAgent;

/* Why a job does not run. Borrowed but out_value. */
typedef struct
{
  guint64           id;
  AqFunctionTable  *functions;
  const AqWhyAgent *agents;
  guint             n_agents;
  gboolean          claiming;  /* whether jobs are claimed at all */
  const GError     *refusal;   /* nullable: why the store takes nothing, so that nothing is claimed */
  AqRunTimes       *run_times; /* for the estimate */
  GVariant         *out_value; /* (transfer full): a{sv}, see org.asyncq.Job1.Why */
} AqWhyEvent;

/* One reason each, in the words of org.asyncq.Job1.Why. */
typedef enum
{
  AQ_REASON_ARGUMENTS,        /* the function takes other ones now */
  AQ_REASON_BEHIND,           /* others come before it */
  AQ_REASON_CLAIMING_OFF,
  AQ_REASON_COMPLETED,
  AQ_REASON_DELAYED,          /* somebody said that it is to begin later */
  AQ_REASON_FILTER,           /* agents serve its queue, and their filters refuse it */
  AQ_REASON_FUNCTION_MISSING,
  AQ_REASON_LIMIT,            /* a quota has no place */
  AQ_REASON_NO_AGENT,         /* none serves its queue */
  AQ_REASON_NOT_BEFORE,       /* its begin-after has not come */
  AQ_REASON_OVERDUE,          /* its time is over: it ends without a run */
  AQ_REASON_PULLED,
  AQ_REASON_QUARANTINED,      /* its function has crashed too often */
  AQ_REASON_QUEUE_PAUSED,
  AQ_REASON_RATE,             /* a rate is used up */
  AQ_REASON_READY,            /* an agent can claim it now */
  AQ_REASON_RETRY_PAUSE,      /* its last attempt failed, and it is tried again later */
  AQ_REASON_RUNNING,
  AQ_REASON_SLOTS_FULL,       /* the agents that take it run as much as they may */
  AQ_REASON_SNOOZED,          /* its function asked to run again later */
  AQ_REASON_STORE_FULL,
  AQ_REASON_WAITS_FOR         /* for other jobs */
} AqReason;

#define AQ_N_REASONS (AQ_REASON_WAITS_FOR + 1)

/* the reasons as they are found, and when the job will begin for all that is known */
typedef struct
{
  GVariantBuilder  reasons;    /* aa{sv} */
  guint            n_reasons;
  gint64           begin_usec; /* wall clock: not before that; 0: nothing said so */
  gboolean         is_unknown; /* nobody can tell when it will begin */
  GString         *note;       /* how that was found out */
} AqWhyList;

const char *aq_reason_to_string     (AqReason          reason);

void        aq_why_list_init        (AqWhyList        *self);
/* clears it as well */
GVariant   *aq_why_list_end         (AqWhyList        *self,
                                     const AqJob      *job,
                                     const AqTime     *now,
                                     gboolean          waits);
/* what is added before aq_why_list_close() belongs to this reason */
void        aq_why_list_open        (AqWhyList        *self,
                                     AqReason          reason,
                                     const char       *format,
                                     ...) G_GNUC_PRINTF (3, 4);
void        aq_why_list_add         (AqWhyList        *self,
                                     const char       *key,
                                     GVariant         *value);
/* (element-type guint64) */
void        aq_why_list_add_ids     (AqWhyList        *self,
                                     const char       *key,
                                     const GArray     *ids);
void        aq_why_list_close       (AqWhyList        *self);
/* it does not begin before then */
void        aq_why_list_delay       (AqWhyList        *self,
                                     gint64            until_usec,
                                     const char       *format,
                                     ...) G_GNUC_PRINTF (3, 4);
/* nobody can tell when this reason goes away */
void        aq_why_list_set_unknown (AqWhyList        *self);

char       *aq_why_dup_time         (gint64            wall_usec);

/* the reasons of a job that waits for others, or for its time, or runs, or is over */
void        aq_why_add_waits        (AqWhyList        *list,
                                     AqTransaction    *transaction,
                                     const AqJob      *job);
void        aq_why_add_time         (AqWhyList        *list,
                                     AqTransaction    *transaction,
                                     const AqJob      *job);
gboolean    aq_why_has_room         (AqTransaction    *transaction,
                                     const AqLane     *lane);
void        aq_why_add_limits       (AqWhyList        *list,
                                     AqTransaction    *transaction,
                                     const AqWhyEvent *event,
                                     const AqJob      *job,
                                     const GArray     *before); /* of AqLaneCount */
/* when it may begin that only waits for its turn */
void        aq_why_estimate         (AqWhyList        *list,
                                     AqTransaction    *transaction,
                                     const AqWhyEvent *event,
                                     const AqJob      *job,
                                     const GArray     *before);

gboolean    aq_rule_why             (AqTransaction    *transaction,
                                     gpointer          why_event,
                                     GError          **error);

G_END_DECLS
