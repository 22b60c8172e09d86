/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Retry policy
 *
 * A list of rules. The first that fits what ended an attempt decides; none
 * fits: the job fails. The four built-in policies and those of administrators
 * are such lists, and nothing is decided elsewhere but that ASYNCQ_ERROR_FINAL
 * is never retried. A rule counts runs of the kinds of trouble that it names,
 * so the kinds do not use up one another's attempts.
 */

#include "config.h"

#include "core/aq-retry-policy.h"

#include "core/aq-job-settings.h"
#include "core/aq-retry-rule.h"

#include "libasyncq/asyncq-error.h"

#define SECOND G_GINT64_CONSTANT (1000000)
#define NO_LIMIT 0
/* far more than anybody writes; a value from disk or a client is no reason to grow */
#define MAX_RULES 1000

#define ERRORS (1 << AQ_RETRY_COUNT_ERRORS)
#define CONFLICTS (1 << AQ_RETRY_COUNT_CONFLICTS)
#define DISCONNECTS (1 << AQ_RETRY_COUNT_DISCONNECTS)
#define CRASHES (1 << AQ_RETRY_COUNT_CRASHES)
#define TIMEOUTS (1 << AQ_RETRY_COUNT_TIMEOUTS)
#define INTERRUPTIONS (1 << AQ_RETRY_COUNT_INTERRUPTIONS)
#define FAILURES (ERRORS | CONFLICTS | DISCONNECTS | TIMEOUTS)

struct _AqRetryPolicy
{
  gatomicrefcount ref_count;
  char           *name;        /* owned */
  guint           crash_limit; /* of jobs that have none of their own */
  gboolean        is_builtin;
  GArray         *rules;       /* of AqRetryRule */
};

const AqRetrySettings aq_retry_settings_default = {
  .attempts = 4,
  .backoff = AQ_BACKOFF_FIXED,
  .delay_usec = 10 * SECOND,
  .step_usec = -1,
  .factor = 2,
  .max_delay_usec = 3600 * SECOND,
  .interruptions = 10,
  .crash_limit = AQ_DEFAULT_CRASH_LIMIT,
};

#define MATCH_ASYNCQ_ERROR(number) \
  .match = AQ_RETRY_MATCH_ERROR, .domain = "asyncq-error-quark", .code = (number), .factor = 1
#define MATCH(what) .match = (what), .domain = "", .any_code = TRUE, .number = -1, .factor = 1

/* Source: behaviour Z47. */
#define AGAIN_AT_ONCE(limit, mask) .action = AQ_RETRY_AGAIN, .counts = (mask), .attempts = (limit)
#define AGAIN_LATER(limit, mask, first, more, longest) \
  .action = AQ_RETRY_AGAIN, .counts = (mask), .attempts = (limit), .backoff = AQ_BACKOFF_LINEAR, \
  .delay_usec = (first) * SECOND, .step_usec = (more) * SECOND, .max_delay_usec = (longest) * SECOND

#define AFTER_CRASHES \
  { MATCH (AQ_RETRY_MATCH_SIGNAL), AGAIN_AT_ONCE (AQ_RETRY_CRASH_LIMIT, CRASHES) }, \
  { MATCH (AQ_RETRY_MATCH_EXIT), AGAIN_AT_ONCE (AQ_RETRY_CRASH_LIMIT, CRASHES) }, \
  { MATCH (AQ_RETRY_MATCH_OOM), AGAIN_AT_ONCE (AQ_RETRY_CRASH_LIMIT, CRASHES) }
#define AFTER_INTERRUPTIONS(limit) \
  { MATCH (AQ_RETRY_MATCH_INTERRUPTED), AGAIN_AT_ONCE (limit, INTERRUPTIONS) }
#define OTHERWISE_FAIL { MATCH (AQ_RETRY_MATCH_ANY), .action = AQ_RETRY_FAIL }

static const AqRetryRule common_rules[] = {
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_RETRY), AGAIN_AT_ONCE (5, CONFLICTS) },
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_CONFLICT), AGAIN_AT_ONCE (5, CONFLICTS) },
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_DISCONNECTED), AGAIN_LATER (NO_LIMIT, DISCONNECTS, 5, 5, 60) },
  AFTER_CRASHES,
  AFTER_INTERRUPTIONS (10),
  OTHERWISE_FAIL,
};

/* Source: behaviour Z48. */
static const AqRetryRule forever_rules[] = {
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_RETRY), AGAIN_AT_ONCE (NO_LIMIT, CONFLICTS) },
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_CONFLICT), AGAIN_AT_ONCE (NO_LIMIT, CONFLICTS) },
  { MATCH_ASYNCQ_ERROR (ASYNCQ_ERROR_DISCONNECTED), AGAIN_LATER (NO_LIMIT, DISCONNECTS, 5, 5, 60) },
  AFTER_CRASHES,
  AFTER_INTERRUPTIONS (NO_LIMIT),
  OTHERWISE_FAIL,
};

/* Source: behaviour Z49. */
static const AqRetryRule never_rules[] = {
  OTHERWISE_FAIL,
};

/* Source: behaviour M12 and M13. */
static const AqRetryRule m01_rules[] = {
  AFTER_CRASHES,
  AFTER_INTERRUPTIONS (10),
  { MATCH (AQ_RETRY_MATCH_ANY), AGAIN_LATER (3, FAILURES, 10, 0, 10) },
};

static const char *const builtin_names[] = { "common", "forever", "never", "m01", NULL };

static AqRetryPolicy *
policy_new (const char *name,
            guint       crash_limit)
{
  AqRetryPolicy *self = g_new0 (AqRetryPolicy, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->crash_limit = crash_limit;
  self->rules = g_array_new (FALSE, FALSE, sizeof (AqRetryRule));
  return self;
}

static AqRetryPolicy *
new_builtin (const char        *name,
             const AqRetryRule *rules,
             guint              n_rules)
{
  AqRetryPolicy *self = policy_new (name, AQ_DEFAULT_CRASH_LIMIT);

  self->is_builtin = TRUE;
  g_array_append_vals (self->rules, rules, n_rules);
  return self;
}

/**
 * aq_retry_policy_get_builtin:
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the built-in policy of this name
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_retry_policy_get_builtin (const char *name)
{
  static AqRetryPolicy *builtins[G_N_ELEMENTS (builtin_names) - 1];
  static gsize is_made = 0;

  if (g_once_init_enter (&is_made))
    {
      builtins[0] = new_builtin (builtin_names[0], common_rules, G_N_ELEMENTS (common_rules));
      builtins[1] = new_builtin (builtin_names[1], forever_rules, G_N_ELEMENTS (forever_rules));
      builtins[2] = new_builtin (builtin_names[2], never_rules, G_N_ELEMENTS (never_rules));
      builtins[3] = new_builtin (builtin_names[3], m01_rules, G_N_ELEMENTS (m01_rules));
      g_once_init_leave (&is_made, 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (builtins); i++)
    if (g_str_equal (name, builtin_names[i]))
      return builtins[i];
  return NULL;
}

const char * const *
aq_retry_policy_list_builtins (void)
{
  return builtin_names;
}

AqRetryPolicy *
aq_retry_policy_ref (AqRetryPolicy *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_retry_policy_unref (AqRetryPolicy *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->name);
  g_array_unref (self->rules);
  g_free (self);
}

const char *
aq_retry_policy_get_name (AqRetryPolicy *self)
{
  return self->name;
}

static void
set_backoff (AqRetryRule           *rule,
             const AqRetrySettings *settings)
{
  rule->backoff = settings->backoff;
  rule->delay_usec = settings->delay_usec;
  rule->step_usec = settings->step_usec >= 0 ? settings->step_usec : settings->delay_usec;
  rule->factor = settings->factor;
  rule->max_delay_usec = settings->max_delay_usec;
  rule->jitter = settings->jitter;
}

/* Every run counts that a rule which names a crash has let go on, so that such a rule has an end as well. */
static void
complete_retry (AqRetryRule           *rule,
                const AqRetrySettings *settings)
{
  gboolean is_crash = rule->match == AQ_RETRY_MATCH_SIGNAL || rule->match == AQ_RETRY_MATCH_EXIT ||
                      rule->match == AQ_RETRY_MATCH_OOM;

  rule->counts = is_crash ? FAILURES | CRASHES : FAILURES;
  rule->attempts = settings->attempts;
  set_backoff (rule, settings);
}

/* how interruptions and crashes are treated that no rule names */
static void
append_rest (GArray                *rules,
             const AqRetrySettings *settings)
{
  const AqRetryRule rest[] = { AFTER_CRASHES, AFTER_INTERRUPTIONS (settings->interruptions),
                               { MATCH (AQ_RETRY_MATCH_ANY), .action = AQ_RETRY_AGAIN } };
  guint first = rules->len;

  g_array_append_vals (rules, rest, G_N_ELEMENTS (rest));
  complete_retry (&g_array_index (rules, AqRetryRule, first + G_N_ELEMENTS (rest) - 1), settings);
}

/* "any retry" means each kind of trouble by its own limit, as where no rule fits */
static void
append_rule (GArray                *rules,
             AqRetryRule            rule,
             const AqRetrySettings *settings)
{
  if (rule.action == AQ_RETRY_AGAIN && rule.match == AQ_RETRY_MATCH_ANY)
    {
      append_rest (rules, settings);
      return;
    }
  if (rule.action == AQ_RETRY_AGAIN && rule.match == AQ_RETRY_MATCH_INTERRUPTED)
    {
      rule.counts = INTERRUPTIONS;
      rule.attempts = settings->interruptions;
    }
  else if (rule.action == AQ_RETRY_AGAIN)
    complete_retry (&rule, settings);
  g_array_append_val (rules, rule);
}

static gboolean
append_text (GArray                 *rules,
             const AqRetrySettings  *settings,
             GError                **error)
{
  g_auto(GStrv) texts = g_strsplit (settings->rules, ";", -1);

  for (char **text = texts; *text != NULL; text++)
    {
      AqRetryRule rule;

      if (*g_strstrip (*text) == '\0')
        continue;
      if (!aq_retry_rule_parse (&rule, *text, error))
        return FALSE;
      append_rule (rules, rule, settings);
    }
  if (rules->len <= MAX_RULES)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "more than %d rules", MAX_RULES);
  return FALSE;
}

/**
 * aq_retry_policy_new:
 * @name: its name
 * @settings: what is in the configuration, in range
 * @error: return location for an error
 *
 * Makes a policy of an administrator.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if a rule cannot be read, `ASYNCQ_ERROR_EXISTS`
 * if the name is that of a built-in one.
 *
 * Returns: (transfer full): the policy, or %NULL with @error set
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_retry_policy_new (const char             *name,
                     const AqRetrySettings  *settings,
                     GError                **error)
{
  g_autoptr(AqRetryPolicy) self = policy_new (name, settings->crash_limit);

  if (aq_retry_policy_get_builtin (name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "the policy '%s' is built in and cannot be changed", name);
      return NULL;
    }
  if (settings->rules != NULL && !append_text (self->rules, settings, error))
    return NULL;
  append_rest (self->rules, settings);
  return g_steal_pointer (&self);
}

static AqRetryPolicy *
new_with_rules (const char  *name,
                guint        crash_limit,
                GVariant    *rules,
                GError     **error)
{
  g_autoptr(AqRetryPolicy) self = policy_new (name, crash_limit);
  gsize n_rules = g_variant_n_children (rules);

  if (n_rules > MAX_RULES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the retry policy '%s' has too many rules", name);
      return NULL;
    }
  for (gsize i = 0; i < n_rules; i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (rules, i);
      AqRetryRule rule;

      if (!aq_retry_rule_from_value (&rule, value, error))
        return NULL;
      g_array_append_val (self->rules, rule);
    }
  return g_steal_pointer (&self);
}

/**
 * aq_retry_policy_new_from_value:
 * @value: a{sv}: `name` s and, unless it is a built-in one, `crash-limit` u and `rules`
 * @error: return location for an error
 *
 * Reads a policy as it is stored with a job: a policy that changes later, or
 * vanishes, means nothing for jobs that were submitted with it.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 * Source: behaviour Z50 and F39.
 *
 * Returns: (transfer full): the policy, or %NULL with @error set
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_retry_policy_new_from_value (GVariant  *value,
                                GError   **error)
{
  g_autoptr(GVariant) rules = g_variant_lookup_value (value, "rules", G_VARIANT_TYPE ("a" AQ_RETRY_RULE_TYPE));
  guint32 crash_limit = AQ_DEFAULT_CRASH_LIMIT;
  const char *name = "";
  AqRetryPolicy *builtin;

  (void) g_variant_lookup (value, "name", "&s", &name);
  (void) g_variant_lookup (value, "crash-limit", "u", &crash_limit);
  builtin = aq_retry_policy_get_builtin (name);
  if (builtin != NULL)
    return aq_retry_policy_ref (builtin);
  if (rules != NULL && *name != '\0' && crash_limit > 0)
    return new_with_rules (name, crash_limit, rules, error);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a retry policy must have a name, rules and a crash limit");
  return NULL;
}

/**
 * aq_retry_policy_to_value:
 * @self: a policy
 *
 * Returns: (transfer floating): as aq_retry_policy_new_from_value() reads it
 *
 * Since: 0.1
 */
GVariant *
aq_retry_policy_to_value (AqRetryPolicy *self)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder rules;

  g_variant_dict_insert (&dict, "name", "s", self->name);
  if (self->is_builtin)
    return g_variant_dict_end (&dict);

  g_variant_builder_init (&rules, G_VARIANT_TYPE ("a" AQ_RETRY_RULE_TYPE));
  for (guint i = 0; i < self->rules->len; i++)
    g_variant_builder_add_value (&rules, aq_retry_rule_to_value (&g_array_index (self->rules, AqRetryRule, i)));
  g_variant_dict_insert (&dict, "crash-limit", "u", self->crash_limit);
  g_variant_dict_insert_value (&dict, "rules", g_variant_builder_end (&rules));
  return g_variant_dict_end (&dict);
}

/**
 * aq_retry_policy_is_once:
 * @self: a policy
 *
 * Returns: whether no cause at all leads to a second run
 *
 * Since: 0.1
 */
gboolean
aq_retry_policy_is_once (AqRetryPolicy *self)
{
  for (guint i = 0; i < self->rules->len; i++)
    {
      const AqRetryRule *rule = &g_array_index (self->rules, AqRetryRule, i);

      if (rule->action == AQ_RETRY_SNOOZE || (rule->action == AQ_RETRY_AGAIN && rule->attempts != 1))
        return FALSE;
      if (rule->match == AQ_RETRY_MATCH_ANY)
        return TRUE;
    }
  return TRUE;
}

static gboolean
is_asyncq_error (const AqCause *cause,
                 AsyncqError    code)
{
  return cause->kind == AQ_CAUSE_ERROR && cause->code == (gint32) code &&
         g_strcmp0 (cause->domain, "asyncq-error-quark") == 0;
}

/**
 * aq_retry_policy_classify:
 * @cause: what ended an attempt
 *
 * Returns: as what it is counted
 *
 * Since: 0.1
 */
AqRetryCount
aq_retry_policy_classify (const AqCause *cause)
{
  static const AqRetryCount counts[] = {
    [AQ_CAUSE_ERROR] = AQ_RETRY_COUNT_ERRORS,
    [AQ_CAUSE_SIGNAL] = AQ_RETRY_COUNT_CRASHES,
    [AQ_CAUSE_EXIT] = AQ_RETRY_COUNT_CRASHES,
    [AQ_CAUSE_OOM] = AQ_RETRY_COUNT_CRASHES,
    [AQ_CAUSE_TIMEOUT] = AQ_RETRY_COUNT_TIMEOUTS,
    [AQ_CAUSE_INTERRUPTED] = AQ_RETRY_COUNT_INTERRUPTIONS,
  };

  if (is_asyncq_error (cause, ASYNCQ_ERROR_RETRY) || is_asyncq_error (cause, ASYNCQ_ERROR_CONFLICT))
    return AQ_RETRY_COUNT_CONFLICTS;
  if (is_asyncq_error (cause, ASYNCQ_ERROR_DISCONNECTED))
    return AQ_RETRY_COUNT_DISCONNECTS;
  return counts[cause->kind];
}

static guint64
add_up (guint32        mask,
        const guint32 *counts)
{
  guint64 sum = 0;

  for (guint i = 0; i < AQ_N_RETRY_COUNTS; i++)
    if (mask & (1 << i))
      sum += counts[i];
  return sum;
}

static void
apply (const AqRetryPolicy *self,
       const AqRetryRule   *rule,
       const guint32       *n_before,
       guint                crash_limit,
       guint64              job_id,
       guint                attempt,
       AqRetryDecision     *decision)
{
  guint64 n = add_up (rule->counts, n_before);
  guint64 limit = rule->attempts;

  if (limit == AQ_RETRY_CRASH_LIMIT)
    limit = crash_limit != 0 ? crash_limit : self->crash_limit;
  if (rule->action == AQ_RETRY_AGAIN && limit != NO_LIMIT && n + 1 >= limit)
    return;
  decision->action = rule->action;
  if (rule->action != AQ_RETRY_FAIL)
    decision->pause_usec = aq_retry_rule_get_pause (rule, n, job_id, attempt);
}

/**
 * aq_retry_policy_decide:
 * @self: a policy
 * @cause: what ended an attempt
 * @n_before: how often each kind of trouble has come before this one, %AQ_N_RETRY_COUNTS of them
 * @crash_limit: the job's own, or 0 for the policy's
 * @job_id: the job
 * @attempt: the attempt that has ended, 1 is the first
 * @out_decision: (out): what is to be done
 *
 * Follows from what it is given alone.
 *
 * Source: behaviour Z47 to Z49, M12, M13; design, section 5.
 *
 * Since: 0.1
 */
void
aq_retry_policy_decide (AqRetryPolicy   *self,
                        const AqCause   *cause,
                        const guint32   *n_before,
                        guint            crash_limit,
                        guint64          job_id,
                        guint            attempt,
                        AqRetryDecision *out_decision)
{
  *out_decision = (AqRetryDecision) { .action = AQ_RETRY_FAIL, .count = aq_retry_policy_classify (cause) };
  if (cause->is_final || is_asyncq_error (cause, ASYNCQ_ERROR_FINAL))
    return;
  for (guint i = 0; i < self->rules->len; i++)
    {
      const AqRetryRule *rule = &g_array_index (self->rules, AqRetryRule, i);

      if (!aq_retry_rule_fits (rule, cause))
        continue;
      apply (self, rule, n_before, crash_limit, job_id, attempt, out_decision);
      return;
    }
}

/**
 * aq_retry_policy_describe:
 * @self: a policy
 * @crash_limit: the job's own, or 0 for the policy's
 *
 * Returns: (transfer full): a line for each rule, for a person to read, such as
 *   `error asyncq-error-quark/36: again, 5 runs in all`
 *
 * Since: 0.1
 */
GStrv
aq_retry_policy_describe (AqRetryPolicy *self,
                          guint          crash_limit)
{
  g_autoptr(GStrvBuilder) lines = g_strv_builder_new ();

  for (guint i = 0; i < self->rules->len; i++)
    {
      const AqRetryRule *rule = &g_array_index (self->rules, AqRetryRule, i);
      g_autofree char *line = aq_retry_rule_describe (rule, crash_limit != 0 ? crash_limit : self->crash_limit);

      g_strv_builder_add (lines, line);
      if (rule->match == AQ_RETRY_MATCH_ANY)
        break;
    }
  return g_strv_builder_end (lines);
}
