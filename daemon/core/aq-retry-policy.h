/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what ended an attempt otherwise than in success */
typedef enum
{
  AQ_CAUSE_ERROR,      /* the function's error */
  AQ_CAUSE_SIGNAL,     /* its worker was killed by a signal */
  AQ_CAUSE_EXIT,       /* its worker exited */
  AQ_CAUSE_TIMEOUT,    /* its time was over */
  AQ_CAUSE_INTERRUPTED, /* the daemon, or its dispatcher, died */
  AQ_CAUSE_OOM         /* it took more memory than it may, or than there was */
} AqCauseKind;

typedef struct
{
  AqCauseKind kind;
  const char *domain; /* of an error */
  gint32      code;   /* of an error */
  int         number; /* of the signal, or the exit status */
  gboolean    is_final; /* whatever the policy says: another run would end just so */
} AqCause;

/* what is counted apart */
typedef enum
{
  AQ_RETRY_COUNT_ERRORS,
  AQ_RETRY_COUNT_CONFLICTS,
  AQ_RETRY_COUNT_DISCONNECTS,
  AQ_RETRY_COUNT_CRASHES,
  AQ_RETRY_COUNT_TIMEOUTS,
  AQ_RETRY_COUNT_INTERRUPTIONS /* kept in the job itself */
} AqRetryCount;

#define AQ_N_RETRY_COUNTS (AQ_RETRY_COUNT_INTERRUPTIONS + 1)

typedef enum
{
  AQ_RETRY_FAIL,
  AQ_RETRY_AGAIN, /* after a pause; 0: before all others */
  AQ_RETRY_SNOOZE /* likewise, and nothing is counted */
} AqRetryAction;

typedef struct
{
  AqRetryAction action;
  AqRetryCount  count;      /* what to count */
  gint64        pause_usec; /* steady clock */
} AqRetryDecision;

/* Whether a job runs again, and when. Immutable. aq-retry-policy.c has the rules. */
typedef struct _AqRetryPolicy AqRetryPolicy;

/* as an administrator writes it in the configuration */
typedef enum
{
  AQ_BACKOFF_FIXED,      /* delay */
  AQ_BACKOFF_LINEAR,     /* delay, and step more each time */
  AQ_BACKOFF_EXPONENTIAL /* delay, and factor times as much each time */
} AqBackoffKind;

#define AQ_N_BACKOFF_KINDS (AQ_BACKOFF_EXPONENTIAL + 1)

typedef struct
{
  guint          attempts;       /* runs in all; 0: without end */
  AqBackoffKind  backoff;
  gint64         delay_usec;     /* the first pause */
  gint64         step_usec;      /* of AQ_BACKOFF_LINEAR; -1: as the delay */
  double         factor;         /* of AQ_BACKOFF_EXPONENTIAL, 1 or more */
  gint64         max_delay_usec; /* no pause is longer */
  double         jitter;         /* the part of a pause that chance decides, 0 to 1 */
  guint          interruptions;  /* runs that may be interrupted; 0: without end */
  guint          crash_limit;    /* 1 or more */
  const char    *rules;          /* nullable: "error DOMAIN/CODE fail; timeout snooze 5min; any retry" */
} AqRetrySettings;

extern const AqRetrySettings aq_retry_settings_default;

/* errors: INVALID, naming the rule; EXISTS for the name of a built-in one */
AqRetryPolicy *aq_retry_policy_new            (const char           *name,
                                               const AqRetrySettings *settings,
                                               GError              **error);
/* the four that there always are: borrowed, NULL for other names */
AqRetryPolicy *aq_retry_policy_get_builtin    (const char           *name);
/* their names, NULL-terminated */
const char * const *
               aq_retry_policy_list_builtins  (void);
/* a{sv}: as in a job's stored settings */
AqRetryPolicy *aq_retry_policy_new_from_value (GVariant             *value,
                                               GError              **error);
GVariant      *aq_retry_policy_to_value       (AqRetryPolicy        *self);
AqRetryPolicy *aq_retry_policy_ref            (AqRetryPolicy        *self);
void           aq_retry_policy_unref          (AqRetryPolicy        *self);
const char    *aq_retry_policy_get_name       (AqRetryPolicy        *self);
/* whether it never allows a second run, so that a claim must be flushed before the hand-over */
gboolean       aq_retry_policy_is_once        (AqRetryPolicy        *self);
/* which of the counts this cause is one of */
AqRetryCount   aq_retry_policy_classify       (const AqCause        *cause);
/* one line for each rule that a person reads; @crash_limit as in aq_retry_policy_decide() */
GStrv          aq_retry_policy_describe       (AqRetryPolicy        *self,
                                               guint                 crash_limit);
/* @n_before: how often each kind of trouble has come before this one, AQ_N_RETRY_COUNTS of them;
 * @crash_limit: the job's, 0: the policy's */
void           aq_retry_policy_decide         (AqRetryPolicy        *self,
                                               const AqCause        *cause,
                                               const guint32        *n_before,
                                               guint                 crash_limit,
                                               guint64               job_id,
                                               guint                 attempt,
                                               AqRetryDecision      *out_decision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRetryPolicy, aq_retry_policy_unref)

G_END_DECLS
