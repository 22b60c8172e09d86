/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-retry-policy.h"
#include "core/aq-usage.h"

G_BEGIN_DECLS

typedef struct _AqJobPast AqJobPast;

/* attempts before the newest that are kept of a job; older ones are only counted */
#define AQ_MAX_PAST_ATTEMPTS 50
/* of an attempt's message that is kept */
#define AQ_MAX_PAST_MESSAGE_BYTES 512

typedef enum
{
  AQ_ATTEMPT_FAILED,      /* its function failed */
  AQ_ATTEMPT_CRASHED,     /* its worker died */
  AQ_ATTEMPT_TIMED_OUT,
  AQ_ATTEMPT_INTERRUPTED, /* the daemon stopped or crashed */
  AQ_ATTEMPT_SNOOZED,     /* it asked to run later */
  AQ_ATTEMPT_OOM          /* it took too much memory */
} AqAttemptEnd;

#define AQ_N_ATTEMPT_ENDS (AQ_ATTEMPT_OOM + 1)

/* One attempt that did not complete the job. */
typedef struct
{
  guint64       lease;
  gint64        started_usec; /* wall clock */
  gint64        ended_usec;   /* wall clock */
  guint32       worker;       /* pid */
  AqAttemptEnd  end;
  char         *agent;        /* owned */
  char         *domain;       /* owned: of its error, "" where there is none */
  gint32        code;
  char         *message;      /* owned, "" where there is none */
  gboolean      is_measured;
  AqUsage       usage;        /* with is_measured */
  GVariant     *evidence;     /* as aq_evidence_new() makes it; owned, nullable */
} AqPastAttempt;

/* What has become of a job so far, where there is anything to tell. */
struct _AqJobPast
{
  guint32    counts[AQ_N_RETRY_COUNTS]; /* how often each kind of trouble has come; interruptions are the job's */
  gint64     begin_by_usec;  /* wall clock: to be begun then or never; 0: no such time */
  gint64     give_up_usec;   /* steady clock: to have ended then; 0: no such time */
  guint32    cancel_uid;     /* who wants it cancelled … */
  char      *cancel_why;     /* … and why; owned, NULL: nobody */
  guint64    retry_of;       /* the completed job that it runs again; 0: none */
  guint32    n_forgotten;    /* attempts that are not kept any more */
  GPtrArray *attempts;       /* of AqPastAttempt, oldest first */
};

/* lease, started, ended, worker, end, agent, domain, code, message */
#define AQ_PAST_ATTEMPT_TYPE "(txxuyssis)"
/* as it is stored: counts, begin by, give up, who cancelled, why, retry of, number of forgotten attempts, attempts */
#define AQ_JOB_PAST_TYPE "(auxxumstua" AQ_PAST_ATTEMPT_TYPE ")"
/* the same with usage (empty, or its five numbers) and evidence of each attempt: where any attempt has one of them */
#define AQ_WITNESSED_ATTEMPT_TYPE "(txxuyssisata{sv})"
#define AQ_JOB_WITNESSED_PAST_TYPE "(auxxumstua" AQ_WITNESSED_ATTEMPT_TYPE ")"

AqJobPast     *aq_job_past_new            (void);
void           aq_job_past_free           (AqJobPast      *self);
/* (transfer floating): as it is stored: of AQ_JOB_PAST_TYPE or AQ_JOB_WITNESSED_PAST_TYPE */
GVariant      *aq_job_past_to_value       (const AqJobPast *self);
/* errors: INVALID */
AqJobPast     *aq_job_past_new_from_value (GVariant       *value,
                                           GError        **error);
void           aq_job_past_add_attempt    (AqJobPast      *self,
                                           const AqPastAttempt *attempt); /* copied */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobPast, aq_job_past_free)

G_END_DECLS
