/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-retry-policy.h"

G_BEGIN_DECLS

/* which causes a rule fits; the numbers are in stored jobs */
typedef enum
{
  AQ_RETRY_MATCH_ANY,
  AQ_RETRY_MATCH_ERROR,
  AQ_RETRY_MATCH_SIGNAL,
  AQ_RETRY_MATCH_EXIT,
  AQ_RETRY_MATCH_TIMEOUT,
  AQ_RETRY_MATCH_INTERRUPTED,
  AQ_RETRY_MATCH_OOM
} AqRetryMatch;

#define AQ_N_RETRY_MATCHES (AQ_RETRY_MATCH_OOM + 1)

/* instead of a number of runs: the crash limit of the job, or else of the policy */
#define AQ_RETRY_CRASH_LIMIT G_MAXUINT32

/* One line of a policy: what fits, what is done then, how often and after which pause. */
typedef struct
{
  AqRetryMatch   match;
  const char    *domain;       /* of MATCH_ERROR, interned; "": any */
  gboolean       any_code;
  gint32         code;         /* of MATCH_ERROR, unless any_code */
  int            number;       /* signal or exit status; -1: any */
  AqRetryAction  action;
  guint32        counts;       /* mask of 1 << AqRetryCount: what is added up and compared with attempts */
  guint32        attempts;     /* runs in all; 0: without end; or AQ_RETRY_CRASH_LIMIT */
  AqBackoffKind  backoff;
  gint64         delay_usec;
  gint64         step_usec;
  gint64         max_delay_usec; /* 0: no pause at all */
  double         factor;
  double         jitter;
} AqRetryRule;

/* match, action, domain, any code, code, number, counts, attempts, backoff, delay, step, longest delay, factor, jitter */
#define AQ_RETRY_RULE_TYPE "(yysbiiuuyxxxdd)"

gboolean  aq_retry_rule_fits       (const AqRetryRule *self,
                                    const AqCause     *cause);
gint64    aq_retry_rule_get_pause  (const AqRetryRule *self,
                                    guint64            n_before,
                                    guint64            job_id,
                                    guint              attempt);
GVariant *aq_retry_rule_to_value   (const AqRetryRule *self);
gboolean  aq_retry_rule_from_value (AqRetryRule       *self,
                                    GVariant          *value,
                                    GError           **error);
char     *aq_retry_rule_describe   (const AqRetryRule *self,
                                    guint              crash_limit);
gboolean  aq_retry_rule_parse      (AqRetryRule       *self,
                                    const char        *text,
                                    GError           **error);

G_END_DECLS
