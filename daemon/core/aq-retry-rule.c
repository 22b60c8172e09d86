/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of a retry policy
 */

#include "config.h"

#include "core/aq-retry-rule.h"

#include "libasyncq/asyncq-error.h"

static gboolean
fits_error (const AqRetryRule *self,
            const AqCause     *cause)
{
  return (*self->domain == '\0' || g_strcmp0 (self->domain, cause->domain) == 0) &&
         (self->any_code || self->code == cause->code);
}

/**
 * aq_retry_rule_fits:
 * @self: a rule
 * @cause: what ended an attempt
 *
 * Returns: whether the rule is about this cause
 *
 * Since: 0.1
 */
gboolean
aq_retry_rule_fits (const AqRetryRule *self,
                    const AqCause     *cause)
{
  switch (self->match)
    {
    case AQ_RETRY_MATCH_ANY:
      return TRUE;
    case AQ_RETRY_MATCH_ERROR:
      return cause->kind == AQ_CAUSE_ERROR && fits_error (self, cause);
    case AQ_RETRY_MATCH_SIGNAL:
      return cause->kind == AQ_CAUSE_SIGNAL && (self->number < 0 || self->number == cause->number);
    case AQ_RETRY_MATCH_EXIT:
      return cause->kind == AQ_CAUSE_EXIT && (self->number < 0 || self->number == cause->number);
    case AQ_RETRY_MATCH_TIMEOUT:
      return cause->kind == AQ_CAUSE_TIMEOUT;
    case AQ_RETRY_MATCH_INTERRUPTED:
      return cause->kind == AQ_CAUSE_INTERRUPTED;
    case AQ_RETRY_MATCH_OOM:
      return cause->kind == AQ_CAUSE_OOM;
    default:
      g_assert_not_reached ();
    }
}

/* from 0 to just below 1, the same for the same job and attempt (splitmix64) */
static double
get_chance (guint64 job_id,
            guint   attempt)
{
  guint64 x = job_id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + attempt;

  x += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  x ^= x >> 31;
  return (x >> 11) * 0x1p-53;
}

/* by squaring; infinite where it is too large */
static double
raise_to (double  base,
          guint64 exponent)
{
  double power = 1;

  for (; exponent > 0; exponent >>= 1)
    {
      if (exponent & 1)
        power *= base;
      base *= base;
    }
  return power;
}

/**
 * aq_retry_rule_get_pause:
 * @self: a rule
 * @n_before: how often there was a pause of this rule before
 * @job_id: the job
 * @attempt: the attempt that has failed
 *
 * Jitter follows from job and attempt, so that one seed replays one history.
 *
 * Returns: how long to wait before the next attempt, in microseconds
 *
 * Since: 0.1
 */
gint64
aq_retry_rule_get_pause (const AqRetryRule *self,
                         guint64            n_before,
                         guint64            job_id,
                         guint              attempt)
{
  double pause = self->delay_usec;

  /* 0 times infinity would be no number */
  if (self->delay_usec == 0 && self->backoff != AQ_BACKOFF_LINEAR)
    return 0;
  if (self->backoff == AQ_BACKOFF_LINEAR)
    pause += (double) self->step_usec * n_before;
  else if (self->backoff == AQ_BACKOFF_EXPONENTIAL)
    pause *= raise_to (self->factor, n_before);
  if (pause > self->max_delay_usec)
    pause = self->max_delay_usec;
  if (self->jitter > 0)
    pause -= pause * self->jitter * get_chance (job_id, attempt);
  return (gint64) pause;
}

GVariant *
aq_retry_rule_to_value (const AqRetryRule *self)
{
  return g_variant_new (AQ_RETRY_RULE_TYPE, self->match, self->action, self->domain, self->any_code, self->code,
                        self->number, self->counts, self->attempts, self->backoff, self->delay_usec, self->step_usec,
                        self->max_delay_usec, self->factor, self->jitter);
}

/* the comparisons are false for what is not a number */
static gboolean
check_ranges (const AqRetryRule *self)
{
  return self->match < AQ_N_RETRY_MATCHES && self->action <= AQ_RETRY_SNOOZE && self->backoff < AQ_N_BACKOFF_KINDS &&
         self->counts < 1 << AQ_N_RETRY_COUNTS && self->delay_usec >= 0 && self->step_usec >= 0 &&
         self->max_delay_usec >= 0 && self->factor >= 1 && self->factor <= 1e6 && self->jitter >= 0 &&
         self->jitter <= 1;
}

/**
 * aq_retry_rule_from_value:
 * @self: a rule, overwritten on success
 * @value: of type %AQ_RETRY_RULE_TYPE
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether the value is a rule
 *
 * Since: 0.1
 */
gboolean
aq_retry_rule_from_value (AqRetryRule  *self,
                          GVariant     *value,
                          GError      **error)
{
  AqRetryRule rule = { 0 };
  guint8 match, action, backoff;
  const char *domain;

  g_variant_get (value, "(yy&sbiiuuyxxxdd)", &match, &action, &domain, &rule.any_code, &rule.code, &rule.number,
                 &rule.counts, &rule.attempts, &backoff, &rule.delay_usec, &rule.step_usec, &rule.max_delay_usec,
                 &rule.factor, &rule.jitter);
  rule.match = match;
  rule.action = action;
  rule.backoff = backoff;
  if (!check_ranges (&rule))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a rule of a retry policy is out of range");
      return FALSE;
    }
  rule.domain = g_intern_string (domain);
  *self = rule;
  return TRUE;
}
