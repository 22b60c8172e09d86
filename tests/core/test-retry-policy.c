/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Retry policies, by their figures; settings and past of a job
 */

#include "config.h"

#include "core/aq-job-past.h"
#include "core/aq-job-settings.h"

#include "libasyncq/asyncq-error.h"

#include <signal.h>
#include <string.h>

#define DOMAIN "asyncq-error-quark"

/* One job that fails in one way again and again. */
typedef struct
{
  AqRetryPolicy *policy;
  guint32        counts[AQ_N_RETRY_COUNTS];
  guint          attempt;
} Course;

/* the pause before the next run in seconds, or -1 when there is none */
static double
fail_once_more (Course        *course,
                const AqCause *cause)
{
  AqRetryDecision decision;

  aq_retry_policy_decide (course->policy, cause, course->counts, 0, 7, ++course->attempt, &decision);
  if (decision.action == AQ_RETRY_FAIL)
    return -1;
  if (decision.action == AQ_RETRY_AGAIN)
    course->counts[decision.count]++;
  return decision.pause_usec / 1e6;
}

static AqCause
error_cause (const char *domain,
             gint32      code)
{
  return (AqCause) { .kind = AQ_CAUSE_ERROR, .domain = domain, .code = code };
}

/* runs until the policy has enough; 1000: it never has */
static guint
count_runs (AqRetryPolicy *policy,
            AqCause        cause)
{
  Course course = { .policy = policy };
  guint runs = 1;

  while (runs < 1000 && fail_once_more (&course, &cause) >= 0)
    runs++;
  return runs;
}

static void
assert_pauses (AqRetryPolicy *policy,
               AqCause        cause,
               const double  *pauses,
               guint          n_pauses)
{
  Course course = { .policy = policy };

  for (guint i = 0; i < n_pauses; i++)
    g_assert_cmpfloat_with_epsilon (fail_once_more (&course, &cause), pauses[i], 1e-6);
}

static AqRetryPolicy *
new_policy (const char      *rules,
            AqRetrySettings  settings)
{
  g_autoptr(GError) error = NULL;
  AqRetryPolicy *policy;

  settings.rules = rules;
  policy = aq_retry_policy_new ("mail", &settings, &error);
  g_assert_no_error (error);
  return policy;
}

static void
test_common (void)
{
  AqRetryPolicy *common = aq_retry_policy_get_builtin ("common");
  const double pauses[] = { 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60 };
  const double at_once[] = { 0, 0, 0, 0, -1 };

  g_assert_cmpuint (count_runs (common, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT)), ==, 5);
  g_assert_cmpuint (count_runs (common, error_cause (DOMAIN, ASYNCQ_ERROR_RETRY)), ==, 5);
  assert_pauses (common, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT), at_once, G_N_ELEMENTS (at_once));
  g_assert_cmpuint (count_runs (common, error_cause (DOMAIN, ASYNCQ_ERROR_DISCONNECTED)), ==, 1000);
  assert_pauses (common, error_cause (DOMAIN, ASYNCQ_ERROR_DISCONNECTED), pauses, G_N_ELEMENTS (pauses));
  g_assert_cmpuint (count_runs (common, error_cause ("g-io-error-quark", 0)), ==, 1);
  g_assert_cmpuint (count_runs (common, (AqCause) { .kind = AQ_CAUSE_TIMEOUT }), ==, 1);
  g_assert_cmpuint (count_runs (common, (AqCause) { .kind = AQ_CAUSE_INTERRUPTED }), ==, 10);
  g_assert_cmpuint (count_runs (common, (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL }), ==, 3);
  g_assert_cmpuint (count_runs (common, (AqCause) { .kind = AQ_CAUSE_EXIT, .number = 3 }), ==, 3);
}

/* an error of one kind uses up no attempt of another */
static void
test_counts_are_apart (void)
{
  Course course = { .policy = aq_retry_policy_get_builtin ("common") };
  AqCause conflict = error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT);
  AqCause gone = error_cause (DOMAIN, ASYNCQ_ERROR_DISCONNECTED);

  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat (fail_once_more (&course, &conflict), ==, 0);
  for (guint i = 1; i <= 3; i++)
    g_assert_cmpfloat (fail_once_more (&course, &gone), ==, 5 * i);
  g_assert_cmpfloat (fail_once_more (&course, &conflict), ==, -1);
}

static void
test_forever (void)
{
  AqRetryPolicy *forever = aq_retry_policy_get_builtin ("forever");
  const double pauses[] = { 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60 };

  g_assert_cmpuint (count_runs (forever, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT)), ==, 1000);
  assert_pauses (forever, error_cause (DOMAIN, ASYNCQ_ERROR_DISCONNECTED), pauses, G_N_ELEMENTS (pauses));
  g_assert_cmpuint (count_runs (forever, error_cause ("g-io-error-quark", 0)), ==, 1);
  g_assert_cmpuint (count_runs (forever, (AqCause) { .kind = AQ_CAUSE_INTERRUPTED }), ==, 1000);
  g_assert_cmpuint (count_runs (forever, (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV }), ==, 3);
}

static void
test_never (void)
{
  AqRetryPolicy *never = aq_retry_policy_get_builtin ("never");

  g_assert_cmpuint (count_runs (never, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT)), ==, 1);
  g_assert_cmpuint (count_runs (never, error_cause (DOMAIN, ASYNCQ_ERROR_DISCONNECTED)), ==, 1);
  for (guint kind = AQ_CAUSE_ERROR; kind <= AQ_CAUSE_INTERRUPTED; kind++)
    g_assert_cmpuint (count_runs (never, (AqCause) { .kind = kind }), ==, 1);
  g_assert_true (aq_retry_policy_is_once (never));
  g_assert_false (aq_retry_policy_is_once (aq_retry_policy_get_builtin ("common")));
  g_assert_false (aq_retry_policy_is_once (aq_retry_policy_get_builtin ("forever")));
  g_assert_false (aq_retry_policy_is_once (aq_retry_policy_get_builtin ("m01")));
}

static void
test_m01 (void)
{
  AqRetryPolicy *m01 = aq_retry_policy_get_builtin ("m01");
  const double pauses[] = { 10, 10, -1 };

  assert_pauses (m01, error_cause ("g-io-error-quark", 0), pauses, G_N_ELEMENTS (pauses));
  assert_pauses (m01, (AqCause) { .kind = AQ_CAUSE_TIMEOUT }, pauses, G_N_ELEMENTS (pauses));
  g_assert_cmpuint (count_runs (m01, (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL }), ==, 3);
}

/* whatever the policy says */
static void
test_final_error_is_final (void)
{
  g_autoptr(AqRetryPolicy) any = new_policy ("any retry", aq_retry_settings_default);
  AqCause final = error_cause (DOMAIN, ASYNCQ_ERROR_FINAL);

  g_assert_cmpuint (count_runs (any, final), ==, 1);
  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("m01"), final), ==, 1);
  final = error_cause (DOMAIN, ASYNCQ_ERROR_TOO_LARGE);
  g_assert_cmpuint (count_runs (any, final), >, 1);
  final.is_final = TRUE;
  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("m01"), final), ==, 1);
  g_assert_cmpuint (count_runs (any, final), ==, 1);
}

static void
test_defaults_of_an_administrators_policy (void)
{
  g_autoptr(AqRetryPolicy) policy = new_policy (NULL, aq_retry_settings_default);
  const double pauses[] = { 10, 10, 10, -1 };

  assert_pauses (policy, error_cause ("g-io-error-quark", 0), pauses, G_N_ELEMENTS (pauses));
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_INTERRUPTED }), ==, 10);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_EXIT }), ==, 3);
}

static void
test_backoff (void)
{
  AqRetrySettings settings = aq_retry_settings_default;
  AqCause cause = error_cause ("g-io-error-quark", 1);
  const double linear[] = { 2, 5, 8, 10, 10 };
  const double exponential[] = { 2, 6, 10, 10, 10 };
  g_autoptr(AqRetryPolicy) one = NULL;
  g_autoptr(AqRetryPolicy) other = NULL;

  settings.attempts = 0;
  settings.delay_usec = 2 * G_USEC_PER_SEC;
  settings.max_delay_usec = 10 * G_USEC_PER_SEC;
  settings.backoff = AQ_BACKOFF_LINEAR;
  settings.step_usec = 3 * G_USEC_PER_SEC;
  one = new_policy (NULL, settings);
  assert_pauses (one, cause, linear, G_N_ELEMENTS (linear));
  settings.backoff = AQ_BACKOFF_EXPONENTIAL;
  settings.factor = 3;
  other = new_policy (NULL, settings);
  assert_pauses (other, cause, exponential, G_N_ELEMENTS (exponential));
  /* where 3 to the power of the attempts is no number any more */
  g_assert_cmpuint (count_runs (other, cause), ==, 1000);
}

static void
test_jitter_follows_from_job_and_attempt (void)
{
  AqRetrySettings settings = aq_retry_settings_default;
  const guint32 none[AQ_N_RETRY_COUNTS] = { 0 };
  AqCause cause = error_cause ("g-io-error-quark", 1);
  g_autoptr(AqRetryPolicy) policy = NULL;
  AqRetryDecision first, again, other;

  settings.jitter = 0.1;
  policy = new_policy (NULL, settings);
  aq_retry_policy_decide (policy, &cause, none, 0, 1, 1, &first);
  aq_retry_policy_decide (policy, &cause, none, 0, 1, 1, &again);
  aq_retry_policy_decide (policy, &cause, none, 0, 2, 1, &other);
  g_assert_cmpint (first.pause_usec, ==, again.pause_usec);
  g_assert_cmpint (first.pause_usec, !=, other.pause_usec);
  g_assert_cmpint (first.pause_usec, <=, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (first.pause_usec, >=, 9 * G_USEC_PER_SEC);
}

static void
test_rules_decide_in_order (void)
{
  g_autoptr(AqRetryPolicy) policy =
    new_policy ("error g-io-error-quark/39 fail; error asyncq-error-quark retry; signal SIGKILL retry; exit 3 fail; "
                "exit retry; oom fail; timeout snooze 5min; interrupted fail; any retry", aq_retry_settings_default);
  const double snoozes[] = { 300, 300, 300, 300, 300, 300 };

  g_assert_cmpuint (count_runs (policy, error_cause ("g-io-error-quark", 39)), ==, 1);
  g_assert_cmpuint (count_runs (policy, error_cause ("g-io-error-quark", 38)), ==, 4);
  g_assert_cmpuint (count_runs (policy, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT)), ==, 4);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL }), ==, 4);
  /* not named: the crash limit */
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV }), ==, 3);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_EXIT, .number = 3 }), ==, 1);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_EXIT, .number = 4 }), ==, 4);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_INTERRUPTED }), ==, 1);
  g_assert_cmpuint (count_runs (policy, (AqCause) { .kind = AQ_CAUSE_OOM }), ==, 1);
  assert_pauses (policy, (AqCause) { .kind = AQ_CAUSE_TIMEOUT }, snoozes, G_N_ELEMENTS (snoozes));
}

static void
test_running_out_of_memory_is_a_crash_unless_a_rule_names_it (void)
{
  const AqCause cause = { .kind = AQ_CAUSE_OOM };
  g_autoptr(AqRetryPolicy) named = new_policy ("oom retry; any fail", aq_retry_settings_default);

  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("common"), cause), ==, 3);
  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("forever"), cause), ==, 3);
  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("m01"), cause), ==, 3);
  g_assert_cmpuint (count_runs (aq_retry_policy_get_builtin ("never"), cause), ==, 1);
  g_assert_cmpuint (count_runs (named, cause), ==, 4);
}

static void
test_errors_of_ours_have_names (void)
{
  g_autoptr(AqRetryPolicy) policy = new_policy ("error Conflict fail; error asyncq-error-quark/32 fail; "
                                                "error g-io-error-quark/39 fail; error asyncq-error-quark retry",
                                                aq_retry_settings_default);
  g_auto(GStrv) lines = aq_retry_policy_describe (policy, 0);

  g_assert_cmpuint (count_runs (policy, error_cause (DOMAIN, ASYNCQ_ERROR_CONFLICT)), ==, 1);
  g_assert_cmpuint (count_runs (policy, error_cause (DOMAIN, ASYNCQ_ERROR_FAILED)), ==, 4);
  g_assert_cmpstr (lines[0], ==, "error Conflict: fail");
  g_assert_cmpstr (lines[1], ==, "error Disconnected: fail");
  g_assert_cmpstr (lines[2], ==, "error g-io-error-quark/39: fail");
  g_assert_true (g_str_has_prefix (lines[3], "error asyncq-error-quark: retry"));
}

static void
test_crash_limit_of_the_job_comes_first (void)
{
  const guint32 four[AQ_N_RETRY_COUNTS] = { [AQ_RETRY_COUNT_CRASHES] = 4 };
  AqCause cause = { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV };
  AqRetryDecision decision;

  aq_retry_policy_decide (aq_retry_policy_get_builtin ("common"), &cause, four, 6, 1, 5, &decision);
  g_assert_cmpint (decision.action, ==, AQ_RETRY_AGAIN);
  aq_retry_policy_decide (aq_retry_policy_get_builtin ("common"), &cause, four, 5, 1, 5, &decision);
  g_assert_cmpint (decision.action, ==, AQ_RETRY_FAIL);
  g_assert_cmpint (decision.count, ==, AQ_RETRY_COUNT_CRASHES);
}

static void
test_any_fail_is_at_most_once (void)
{
  g_autoptr(AqRetryPolicy) once = new_policy ("any fail", aq_retry_settings_default);
  g_autoptr(AqRetryPolicy) not_quite = new_policy ("interrupted retry; any fail", aq_retry_settings_default);

  g_assert_true (aq_retry_policy_is_once (once));
  g_assert_false (aq_retry_policy_is_once (not_quite));
}

static void
test_wrong_rules_are_named (void)
{
  static const char *const wrong[] = {
    "eror retry", "error retry now", "any", "signal SIGFOO retry", "exit 256 fail", "exit x fail",
    "error d/x retry", "error /3 retry", "timeout snooze", "timeout snooze soon", "timeout 3 retry", "any retry retry",
    "snooze 5min", "error Conflikt retry",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      AqRetrySettings settings = aq_retry_settings_default;
      g_autofree char *rules = g_strdup_printf ("any retry;%s", wrong[i]);
      g_autoptr(GError) error = NULL;

      settings.rules = rules;
      g_assert_null (aq_retry_policy_new ("mail", &settings, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, wrong[i]));
    }
}

static void
test_built_in_names_are_taken (void)
{
  for (const char *const *name = aq_retry_policy_list_builtins (); *name != NULL; name++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_retry_policy_new (*name, &aq_retry_settings_default, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
    }
}

static void
test_policy_is_the_same_after_it_was_stored (void)
{
  AqRetrySettings settings = aq_retry_settings_default;
  g_autoptr(AqRetryPolicy) policy = NULL;
  g_autoptr(AqRetryPolicy) copy = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) value_of_copy = NULL;
  g_autoptr(GError) error = NULL;

  settings.crash_limit = 9;
  settings.jitter = 0.25;
  policy = new_policy ("error g-io-error-quark/39 fail; timeout snooze 5min", settings);
  value = g_variant_ref_sink (aq_retry_policy_to_value (policy));
  copy = aq_retry_policy_new_from_value (value, &error);
  g_assert_no_error (error);
  value_of_copy = g_variant_ref_sink (aq_retry_policy_to_value (copy));
  g_assert_true (g_variant_equal (value, value_of_copy));
  g_assert_cmpstr (aq_retry_policy_get_name (copy), ==, "mail");
  g_assert_cmpuint (count_runs (copy, (AqCause) { .kind = AQ_CAUSE_EXIT }), ==, 9);
}

static void
test_built_in_policy_is_stored_by_name (void)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (aq_retry_policy_to_value (aq_retry_policy_get_builtin ("never")));
  g_autoptr(AqRetryPolicy) copy = aq_retry_policy_new_from_value (value, NULL);

  g_assert_true (copy == aq_retry_policy_get_builtin ("never"));
}

static void
test_stored_policy_out_of_range_is_refused (void)
{
  static const char *const wrong[] = {
    "@a{sv} {}",
    "{'name': <'mail'>}",
    "{'name': <'mail'>, 'crash-limit': <uint32 0>, 'rules': <@a(yysbiiuuyxxxdd) []>}",
    "{'name': <'mail'>, 'rules': <[(byte 9, byte 0, '', true, 0, -1, uint32 0, uint32 0, byte 0, int64 0, int64 0, "
    "int64 0, 1.0, 0.0)]>}",
    "{'name': <'mail'>, 'rules': <[(byte 0, byte 1, '', true, 0, -1, uint32 0, uint32 0, byte 0, int64 -1, int64 0, "
    "int64 0, 1.0, 0.0)]>}",
    "{'name': <'mail'>, 'rules': <[(byte 0, byte 1, '', true, 0, -1, uint32 0, uint32 0, byte 0, int64 0, int64 0, "
    "int64 0, 1.0, nan)]>}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(GVariant) value = g_variant_parse (NULL, wrong[i], NULL, NULL, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_nonnull (value);
      g_assert_null (aq_retry_policy_new_from_value (value, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
}

static void
test_policy_is_told_to_people (void)
{
  g_auto(GStrv) common = aq_retry_policy_describe (aq_retry_policy_get_builtin ("common"), 0);
  g_auto(GStrv) m01 = aq_retry_policy_describe (aq_retry_policy_get_builtin ("m01"), 5);

  g_assert_true (g_str_has_suffix (common[0], ": retry, 5 runs at most, at once"));
  g_assert_true (g_str_has_suffix (common[2], ": retry, without end, after 5s, each time 5s more, at most 1min"));
  g_assert_cmpstr (common[3], ==, "signal: retry, 3 runs at most, at once");
  g_assert_cmpstr (common[5], ==, "oom: retry, 3 runs at most, at once");
  g_assert_cmpstr (common[6], ==, "interrupted: retry, 10 runs at most, at once");
  g_assert_cmpstr (common[7], ==, "any: fail");
  g_assert_cmpstr (m01[0], ==, "signal: retry, 5 runs at most, at once");
  g_assert_cmpstr (m01[4], ==, "any: retry, 3 runs at most, after 10s");
}

static void
test_equal_settings_are_shared (void)
{
  g_autoptr(GHashTable) table = aq_job_settings_table_new ();
  AqJobSettings *one = aq_job_settings_new_from_value (
    g_variant_new_parsed ("{'begin-by': <int64 5>, 'retry': <<{'name': <'never'>}>>}"), NULL);
  AqJobSettings *other = aq_job_settings_new_from_value (
    g_variant_new_parsed ("{'retry': <<{'name': <'never'>}>>, 'begin-by': <int64 5>}"), NULL);

  one = aq_job_settings_intern (one, table);
  other = aq_job_settings_intern (other, table);
  g_assert_true (one == other);
  g_assert_true (one->retry == aq_retry_policy_get_builtin ("never"));
  g_assert_cmpint (one->begin_by_usec, ==, 5);
  g_assert_cmpuint (g_hash_table_size (table), ==, 1);
  aq_job_settings_unref (one);
  aq_job_settings_unref (other);
}

/* a table does not grow with settings that no job has any more */
static void
test_settings_that_nobody_has_are_dropped (void)
{
  g_autoptr(GHashTable) table = aq_job_settings_table_new ();

  for (gint64 i = 0; i < 5000; i++)
    {
      GVariant *value = g_variant_new_parsed ("{'begin-by': <%x>}", i);

      aq_job_settings_unref (aq_job_settings_intern (aq_job_settings_new_from_value (value, NULL), table));
    }
  g_assert_cmpuint (g_hash_table_size (table), <=, 1024);
}

static void
test_settings_out_of_range_are_refused (void)
{
  static const char *const wrong[] = {
    "{'begin-by': <int64 -2>}",      "{'run-timeout': <int64 -1>}",      "{'total-timeout': <int64 -1>}",
    "{'crash-limit': <uint32 101>}", "{'failure-log-level': <uint32 5>}", "{'retry': <<'common'>>}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, wrong[i], NULL, NULL, NULL);
      g_autoptr(GVariant) owned = value;
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_job_settings_new_from_value (owned, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
}

static void
test_past_is_the_same_after_it_was_stored (void)
{
  g_autoptr(AqJobPast) past = aq_job_past_new ();
  const AqPastAttempt attempt = { .lease = 3, .started_usec = 4, .ended_usec = 5, .worker = 6,
                                  .end = AQ_ATTEMPT_CRASHED, .agent = (char *) "main", .message = (char *) "gone" };
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) value_of_copy = NULL;
  g_autoptr(AqJobPast) copy = NULL;
  g_autoptr(GError) error = NULL;

  past->counts[AQ_RETRY_COUNT_CRASHES] = 1;
  past->begin_by_usec = 10;
  past->give_up_usec = 11;
  past->cancel_uid = 12;
  past->cancel_why = g_strdup ("enough");
  past->retry_of = 13;
  aq_job_past_add_attempt (past, &attempt);
  value = g_variant_ref_sink (aq_job_past_to_value (past));
  copy = aq_job_past_new_from_value (value, &error);
  g_assert_no_error (error);
  value_of_copy = g_variant_ref_sink (aq_job_past_to_value (copy));
  g_assert_true (g_variant_equal (value, value_of_copy));
  g_assert_cmpstr (((AqPastAttempt *) g_ptr_array_index (copy->attempts, 0))->message, ==, "gone");
}

static void
test_long_past_is_bounded (void)
{
  g_autoptr(AqJobPast) past = aq_job_past_new ();
  g_autoptr(GString) message = g_string_new (NULL);
  const AqPastAttempt *last;
  AqPastAttempt attempt = { 0 };

  while (message->len < 3 * AQ_MAX_PAST_MESSAGE_BYTES)
    g_string_append (message, "€");
  attempt.message = message->str;
  for (attempt.lease = 1; attempt.lease <= AQ_MAX_PAST_ATTEMPTS + 7; attempt.lease++)
    aq_job_past_add_attempt (past, &attempt);
  g_assert_cmpuint (past->attempts->len, ==, AQ_MAX_PAST_ATTEMPTS);
  g_assert_cmpuint (past->n_forgotten, ==, 7);
  last = g_ptr_array_index (past->attempts, AQ_MAX_PAST_ATTEMPTS - 1);
  g_assert_cmpuint (last->lease, ==, AQ_MAX_PAST_ATTEMPTS + 7);
  g_assert_true (g_utf8_validate (last->message, -1, NULL));
  g_assert_cmpuint (strlen (last->message), ==, AQ_MAX_PAST_MESSAGE_BYTES / 3 * 3);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/retry/common: five runs for conflicts, no end while the store is gone", test_common);
  g_test_add_func ("/retry/kinds of trouble are counted apart", test_counts_are_apart);
  g_test_add_func ("/retry/forever: no end but for ordinary errors", test_forever);
  g_test_add_func ("/retry/never: one run", test_never);
  g_test_add_func ("/retry/m01: three runs, ten seconds apart", test_m01);
  g_test_add_func ("/retry/a final error is final", test_final_error_is_final);
  g_test_add_func ("/retry/an administrator's policy has defaults", test_defaults_of_an_administrators_policy);
  g_test_add_func ("/retry/back-off is fixed, linear or exponential, with a cap", test_backoff);
  g_test_add_func ("/retry/jitter follows from job and attempt", test_jitter_follows_from_job_and_attempt);
  g_test_add_func ("/retry/the first rule that fits decides", test_rules_decide_in_order);
  g_test_add_func ("/retry/running out of memory is a crash unless a rule names it",
                   test_running_out_of_memory_is_a_crash_unless_a_rule_names_it);
  g_test_add_func ("/retry/errors of ours have names", test_errors_of_ours_have_names);
  g_test_add_func ("/retry/the job's crash limit comes before the policy's", test_crash_limit_of_the_job_comes_first);
  g_test_add_func ("/retry/a policy without retry is at most once", test_any_fail_is_at_most_once);
  g_test_add_func ("/retry/a wrong rule is named", test_wrong_rules_are_named);
  g_test_add_func ("/retry/names of built-in policies are taken", test_built_in_names_are_taken);
  g_test_add_func ("/retry/a policy is the same after it was stored", test_policy_is_the_same_after_it_was_stored);
  g_test_add_func ("/retry/a built-in policy is stored by its name", test_built_in_policy_is_stored_by_name);
  g_test_add_func ("/retry/a stored policy out of range is refused", test_stored_policy_out_of_range_is_refused);
  g_test_add_func ("/retry/a policy is told to people", test_policy_is_told_to_people);
  g_test_add_func ("/settings/equal ones are shared", test_equal_settings_are_shared);
  g_test_add_func ("/settings/what nobody has is dropped", test_settings_that_nobody_has_are_dropped);
  g_test_add_func ("/settings/what is out of range is refused", test_settings_out_of_range_are_refused);
  g_test_add_func ("/past/is the same after it was stored", test_past_is_the_same_after_it_was_stored);
  g_test_add_func ("/past/is bounded", test_long_past_is_bounded);
  return g_test_run ();
}
