/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How attempts end, and what comes then: retries, crashes, interruptions,
 * snoozes, cancels and deadlines, by the rules alone
 */

#include "config.h"

#include "world.h"

#include "core/aq-job-settings.h"

#include "libasyncq/asyncq-error.h"

#include <signal.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000)

static const AqActor tester = { 1000, ":1.7" };

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  guint64 *id = user_data;

  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 1);
  *id = ids[0];
}

/* a job of t.noop with settings as they are stored, as text */
static guint64
put (World      *self,
     const char *settings_text)
{
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, settings_text, NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(AqJobSettings) settings = aq_job_settings_new_from_value (value, &error);
  AqDraft draft = {
    .kind = AQ_JOB_CALL,
    .priority = AQ_PRIORITY_DEFAULT,
    .queue = "",
    .function = "t.noop",
    .arguments_type = "()",
    .parent = AQ_DRAFT_NO_PARENT,
    .settings = settings,
  };
  guint64 id = 0;

  g_variant_unref (value);
  g_assert_no_error (error);
  aq_engine_submit (self->engine, &tester, &draft, 1, on_submitted, &id);
  world_settle (self);
  g_assert_cmpuint (id, !=, 0);
  return id;
}

#define WITH_POLICY(name) "{'retry': <<{'name': <'" name "'>}>>}"
#define DEFAULTS "@a{sv} {}"

static Attempt
claim (World *self)
{
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  return attempt;
}

static Attempt
start (World *self)
{
  Attempt attempt = claim (self);

  world_start (self, attempt);
  return attempt;
}

static void
end_with_cause (World   *self,
                Attempt  attempt,
                GQuark   domain,
                int      code,
                AqCause  cause)
{
  g_autoptr(GError) failure = g_error_new_literal (domain, code, "no luck");
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = {
    .id = attempt.id,
    .lease = attempt.lease,
    .started_usec = aq_clock_get_wall (self->clock),
    .ended_usec = aq_clock_get_wall (self->clock),
    .worker = 4711,
    .result = result,
    .failed = TRUE,
    .cause = cause,
    .returned = AQ_DRAFT_NO_PARENT,
  };

  g_assert_true (aq_engine_finish_job (self->engine, &event, &error));
  g_assert_no_error (error);
  world_settle (self);
}

static void
fail (World       *self,
      Attempt      attempt,
      AsyncqError  code)
{
  end_with_cause (self, attempt, ASYNCQ_ERROR, code, (AqCause) { AQ_CAUSE_ERROR });
}

static void
crash (World   *self,
       Attempt  attempt)
{
  end_with_cause (self, attempt, ASYNCQ_ERROR, ASYNCQ_ERROR_CRASHED,
                  (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV });
}

static void
snooze (World   *self,
        Attempt  attempt,
        gint64   snooze_usec)
{
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = {
    .id = attempt.id,
    .lease = attempt.lease,
    .ended_usec = aq_clock_get_wall (self->clock),
    .snoozed = TRUE,
    .snooze_usec = snooze_usec,
    .returned = AQ_DRAFT_NO_PARENT,
  };

  g_assert_true (aq_engine_finish_job (self->engine, &event, &error));
  g_assert_no_error (error);
  world_settle (self);
}

static void
advance (World  *self,
         gint64  usec)
{
  aq_clock_advance (self->clock, usec);
  world_settle (self);
}

/* the daemon dies, and another one finds its store */
static void
die (World *self)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (aq_engine_start (self->engine, &error));
  g_assert_no_error (error);
  world_settle (self);
}

static void
assert_show (World      *self,
             guint64     id,
             const char *pattern)
{
  g_autofree char *text = world_show (self, id);

  if (!g_pattern_match_simple (pattern, text))
    g_test_message ("'%s' is not '%s'", text, pattern);
  g_assert_true (g_pattern_match_simple (pattern, text));
}

static void
assert_nothing_to_claim (World *self)
{
  Attempt attempt;

  g_assert_false (world_claim (self, &attempt));
}

static guint
count_attempts (World      *self,
                guint64     id,
                const char *end)
{
  g_autoptr(GVariant) attempts = world_property (self, id, "Attempts");
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (attempts); i++)
    {
      g_autoptr(GVariant) attempt = g_variant_get_child_value (attempts, i);
      const char *word;

      g_assert_true (g_variant_lookup (attempt, "end", "&s", &word));
      n += g_str_equal (word, end);
    }
  return n;
}

/* F25, D5 */
static void
test_conflicts (World         *self,
                gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);

  for (guint i = 0; i < 5; i++)
    fail (self, start (self), ASYNCQ_ERROR_CONFLICT);
  assert_show (self, id, "completed failed ('asyncq-error-quark', *, 'no luck')");
  assert_nothing_to_claim (self);
  g_assert_cmpuint (count_attempts (self, id, "failed"), ==, 5);

  id = put (self, DEFAULTS);
  fail (self, start (self), ASYNCQ_ERROR_CONFLICT);
  fail (self, start (self), ASYNCQ_ERROR_RETRY);
  world_succeed (self, start (self), "42");
  assert_show (self, id, "completed succeeded 42");
}

/* F26, D5 */
static void
test_store_gone (World         *self,
                 gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);

  for (guint i = 1; i < 50; i++)
    {
      gint64 pause_usec = MIN (5 * i, 60) * SECOND;

      fail (self, start (self), ASYNCQ_ERROR_DISCONNECTED);
      advance (self, pause_usec - 1);
      assert_nothing_to_claim (self);
      advance (self, 1);
    }
  world_succeed (self, start (self), "7");
  assert_show (self, id, "completed succeeded 7");
}

/* F27, D5 */
static void
test_other_errors (World         *self,
                   gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);

  end_with_cause (self, start (self), G_IO_ERROR, G_IO_ERROR_NOT_FOUND, (AqCause) { AQ_CAUSE_ERROR });
  assert_show (self, id, "completed failed ('g-io-error-quark', 1, 'no luck')");
}

static void
test_m01 (World         *self,
          gconstpointer  unused)
{
  guint64 id = put (self, WITH_POLICY ("m01"));

  for (guint i = 0; i < 2; i++)
    {
      fail (self, start (self), ASYNCQ_ERROR_FAILED);
      assert_nothing_to_claim (self);
      advance (self, 10 * SECOND);
    }
  fail (self, start (self), ASYNCQ_ERROR_FAILED);
  assert_show (self, id, "completed failed *");
}

/* F32 */
static void
test_retry_at_once_comes_first (World         *self,
                                gconstpointer  unused)
{
  guint64 first = put (self, DEFAULTS);

  (void) put (self, DEFAULTS);
  fail (self, start (self), ASYNCQ_ERROR_CONFLICT);
  g_assert_cmpuint (claim (self).id, ==, first);
}

/* who sets the clock does not change a pause */
static void
test_pause_is_of_the_steady_clock (World         *self,
                                   gconstpointer  unused)
{
  (void) put (self, DEFAULTS);
  fail (self, start (self), ASYNCQ_ERROR_DISCONNECTED);
  aq_clock_set_wall (self->clock, START + 86400 * SECOND);
  world_settle (self);
  assert_nothing_to_claim (self);
  aq_clock_set_wall (self->clock, START - 86400 * SECOND);
  world_settle (self);
  advance (self, 5 * SECOND);
  (void) claim (self);
}

static void
test_crash_limit (World         *self,
                  gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  guint64 other = put (self, "{'crash-limit': <uint32 1>}");

  crash (self, start (self));
  assert_show (self, id, "pending none ()");
  crash (self, start (self));
  crash (self, start (self));
  assert_show (self, id, "completed failed ('asyncq-error-quark', *, 'no luck')");
  crash (self, start (self));
  assert_show (self, other, "completed failed *");

  id = put (self, WITH_POLICY ("never"));
  crash (self, start (self));
  assert_show (self, id, "completed failed *");
}

/* F15, Z47 */
static void
test_interruptions (World         *self,
                    gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);

  for (guint i = 0; i < 9; i++)
    {
      (void) start (self);
      die (self);
      assert_show (self, id, "pending none ()");
    }
  (void) start (self);
  die (self);
  assert_show (self, id, "completed failed ('asyncq-error-quark', *, *interrupted 10 times; *'common' allows no more*");
}

/* F6: design 5 counts no clean stop */
static void
test_clean_stop_is_not_counted (World         *self,
                                gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);

  for (guint i = 0; i < 20; i++)
    {
      Attempt attempt = start (self);

      g_assert_true (aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, NULL));
      world_settle (self);
    }
  assert_show (self, id, "pending none ()");
  g_assert_cmpuint (count_attempts (self, id, "interrupted"), ==, 0 + 20);
  world_succeed (self, start (self), "42");
  assert_show (self, id, "completed succeeded 42");
}

/* F16 */
static void
test_crash_before_the_start (World         *self,
                             gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  guint64 next = put (self, DEFAULTS);
  g_autoptr(GVariant) interruptions = NULL;

  g_assert_cmpuint (claim (self).id, ==, id);
  die (self);
  /* at the end of its queue */
  g_assert_cmpuint (claim (self).id, ==, next);
  g_assert_cmpuint (claim (self).id, ==, id);
}

/* promise 2 */
static void
test_never_is_at_most_once (World         *self,
                            gconstpointer  unused)
{
  guint64 claimed = put (self, WITH_POLICY ("never"));
  guint64 begun = put (self, WITH_POLICY ("never"));
  guint64 stopped = put (self, WITH_POLICY ("never"));
  Attempt attempt;

  attempt = claim (self);
  g_assert_cmpuint (attempt.id, ==, claimed);
  (void) start (self);
  die (self);
  assert_show (self, claimed, "completed failed ('asyncq-error-quark', *, *interrupted 1 time; *");
  assert_show (self, begun, "completed failed ('asyncq-error-quark', *, *interrupted 1 time; *");

  attempt = start (self);
  g_assert_true (aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, NULL));
  world_settle (self);
  assert_show (self, stopped, "completed failed *");
  assert_nothing_to_claim (self);
}

static void
on_revealed (AqJob    **jobs,
             guint      n_jobs,
             guint64    revealed,
             gpointer   user_data)
{
  *(guint64 *) user_data = revealed;
}

/* what is handed over waits for the flush of the claim itself, not of the put alone */
static void
test_claim_of_never_is_flushed (World         *self,
                                gconstpointer  unused)
{
  guint64 before, revealed = 0;

  (void) put (self, DEFAULTS);
  before = aq_store_get_sequence (self->store);
  aq_engine_claim (self->engine, self->agent, 1, on_revealed, &revealed);
  g_assert_cmpuint (revealed, <=, before);
  world_settle (self);

  (void) put (self, WITH_POLICY ("never"));
  aq_engine_claim (self->engine, self->agent, 1, on_revealed, &revealed);
  g_assert_cmpuint (revealed, ==, aq_store_get_sequence (self->store));
}

static void
test_snooze (World         *self,
             gconstpointer  unused)
{
  guint64 id = put (self, WITH_POLICY ("never"));

  for (guint i = 0; i < 30; i++)
    {
      snooze (self, start (self), 60 * SECOND);
      assert_show (self, id, "pending none ()");
      assert_nothing_to_claim (self);
      advance (self, 60 * SECOND);
    }
  snooze (self, start (self), 0);
  g_assert_cmpuint (count_attempts (self, id, "snoozed"), ==, 31);
  world_succeed (self, start (self), "1");
  assert_show (self, id, "completed succeeded 1");
}

static void
on_stop (guint64  id,
         guint64  lease,
         gboolean kill,
         gpointer user_data)
{
  g_string_append_printf (user_data, "%" G_GUINT64_FORMAT "%s ", id, kill ? " kill" : "");
}

static void
test_cancel_while_it_runs (World         *self,
                           gconstpointer  unused)
{
  g_autoptr(GString) stops = g_string_new (NULL);
  guint64 id = put (self, DEFAULTS);
  g_autoptr(GError) none = NULL;
  g_autoptr(GError) again = NULL;
  g_autoptr(GError) too_late = NULL;
  Attempt attempt = start (self);

  aq_engine_set_stop_func (self->engine, on_stop, stops);
  none = world_cancel (self, id);
  g_assert_no_error (none);
  g_assert_cmpstr (stops->str, ==, "1 ");
  assert_show (self, id, "active none ()");
  again = world_cancel (self, id);
  g_assert_no_error (again);

  /* a conflict would be retried */
  fail (self, attempt, ASYNCQ_ERROR_CONFLICT);
  assert_show (self, id, "completed cancelled ('asyncq-error-quark', *, 'cancelled by user 1000: not wanted')");
  too_late = world_cancel (self, id);
  g_assert_error (too_late, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

static void
test_faster_than_its_cancel (World         *self,
                             gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  Attempt attempt = start (self);
  g_autoptr(GError) none = world_cancel (self, id);

  g_assert_no_error (none);
  world_succeed (self, attempt, "42");
  assert_show (self, id, "completed succeeded 42");
}

/* cancelled while it ran, and the daemon died: it does not come again */
static void
test_cancel_survives_a_crash (World         *self,
                              gconstpointer  unused)
{
  guint64 begun = put (self, DEFAULTS);
  guint64 claimed = put (self, DEFAULTS);
  g_autoptr(GError) one = NULL;
  g_autoptr(GError) other = NULL;

  (void) start (self);
  (void) claim (self);
  one = world_cancel (self, begun);
  other = world_cancel (self, claimed);
  g_assert_no_error (one);
  g_assert_no_error (other);
  die (self);
  assert_show (self, begun, "completed cancelled *");
  assert_show (self, claimed, "completed cancelled *");
}

static void
test_composite_with_running_parts (World         *self,
                                   gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <0>},"
                                       " {'function': <'t.noop'>, 'parent': <0>}]");
  g_autoptr(GError) none = NULL;
  Attempt attempt = start (self);

  none = world_cancel (self, id);
  g_assert_no_error (none);
  assert_show (self, id, "completed cancelled *");
  assert_show (self, id + 2, "completed cancelled *");
  assert_show (self, id + 1, "active none ()");
  fail (self, attempt, ASYNCQ_ERROR_FAILED);
  assert_show (self, id + 1, "completed cancelled *");
}

static void
test_run_timeout (World         *self,
                  gconstpointer  unused)
{
  g_autoptr(GString) stops = g_string_new (NULL);
  guint64 id = put (self, "{'run-timeout': <int64 10000000>}");
  Attempt attempt = start (self);

  aq_engine_set_stop_func (self->engine, on_stop, stops);
  advance (self, 10 * SECOND - 1);
  g_assert_cmpstr (stops->str, ==, "");
  advance (self, 1);
  g_assert_cmpstr (stops->str, ==, "1 kill ");
  advance (self, 100 * SECOND);
  g_assert_cmpstr (stops->str, ==, "1 kill ");
  crash (self, attempt);
  assert_show (self, id, "completed failed ('asyncq-error-quark', *, 'the job was stopped: its run-timeout of 10 s was over; *')");
}

/* m01 takes a time-out as any other error; each run has its own time */
static void
test_run_timeout_is_retried (World         *self,
                             gconstpointer  unused)
{
  guint64 id = put (self, "{'run-timeout': <int64 10000000>, 'retry': <<{'name': <'m01'>}>>}");

  for (guint i = 0; i < 3; i++)
    {
      Attempt attempt = start (self);

      advance (self, 10 * SECOND);
      fail (self, attempt, ASYNCQ_ERROR_FAILED);
      advance (self, 10 * SECOND);
    }
  assert_show (self, id, "completed failed *");
  g_assert_cmpuint (count_attempts (self, id, "timed-out"), ==, 2);
}

/* F33 */
static void
test_begin_by (World         *self,
               gconstpointer  unused)
{
  guint64 id = put (self, "{'begin-by': <int64 60000000>}");

  advance (self, 60 * SECOND - 1);
  assert_show (self, id, "pending none ()");
  advance (self, 1);
  assert_show (self, id, "completed expired ('asyncq-error-quark', *, 'job 1 was to begin by 2006-08-10T15:45:22Z')");
  assert_nothing_to_claim (self);
}

/* a job whose time passed while no daemon ran is not claimed before the tick */
static void
test_begin_by_is_looked_at_by_claims (World         *self,
                                      gconstpointer  unused)
{
  guint64 id = put (self, "{'begin-by': <int64 60000000>}");

  aq_clock_advance (self->clock, 3600 * SECOND);
  assert_nothing_to_claim (self);
  world_settle (self);
  assert_show (self, id, "completed expired *");
}

/* X4: no retry that could only begin too late; inside its window it is retried */
static void
test_retry_against_begin_by (World         *self,
                             gconstpointer  unused)
{
  guint64 id = put (self, "{'begin-by': <int64 12000000>}");

  fail (self, start (self), ASYNCQ_ERROR_DISCONNECTED);
  assert_show (self, id, "pending none ()");
  advance (self, 5 * SECOND);
  /* again after 10 s would be after 15 s */
  fail (self, start (self), ASYNCQ_ERROR_DISCONNECTED);
  assert_show (self, id, "completed failed ('asyncq-error-quark', *, 'no luck')");
}

static void
test_total_timeout (World         *self,
                    gconstpointer  unused)
{
  static const char settings[] = "{'total-timeout': <int64 60000000>}";
  g_autoptr(GString) stops = g_string_new (NULL);
  guint64 runs = put (self, settings);
  guint64 waits = put (self, settings);
  Attempt attempt = start (self);

  aq_engine_set_stop_func (self->engine, on_stop, stops);
  g_assert_cmpuint (attempt.id, ==, runs);
  advance (self, 60 * SECOND);
  g_assert_cmpstr (stops->str, ==, "1 kill ");
  assert_show (self, waits, "completed failed ('asyncq-error-quark', *, '*total-timeout of 60 s was over')");
  /* a conflict would be retried, were there time */
  fail (self, attempt, ASYNCQ_ERROR_CONFLICT);
  assert_show (self, runs, "completed failed ('asyncq-error-quark', *, '*total-timeout of 60 s was over')");
}

/* it counts from the put, also as long as the job waits for others */
static void
test_total_timeout_of_waiting (World         *self,
                               gconstpointer  unused)
{
  guint64 first = world_submit_one (self, "[{'function': <'t.noop'>}]");
  g_autofree char *text = g_strdup_printf ("[{'function': <'t.noop'>, 'total-timeout': <int64 60000000>, "
                                           "'after-jobs': <[(uint64 %" G_GUINT64_FORMAT ", 'any')]>}]", first);
  guint64 waits = world_submit_one (self, text);

  (void) start (self);
  advance (self, 60 * SECOND);
  assert_show (self, waits, "completed failed ('asyncq-error-quark', *, '*total-timeout of 60 s was over')");
}

/* Z14: the times of an attempt are of the newest */
static void
test_times_are_cleared (World         *self,
                        gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  g_autoptr(GVariant) started = NULL;

  fail (self, start (self), ASYNCQ_ERROR_CONFLICT);
  started = world_property (self, id, "Started");
  g_assert_cmpint (g_variant_get_int64 (started), ==, 0);
}

/* an attempt that took something and said something fails, and the next one succeeds */
static void
end_witnessed (World     *self,
               Attempt    attempt,
               gboolean   failed,
               AqCause    cause)
{
  static const AqUsage usage = { .user_usec = 1000, .system_usec = 200, .peak_bytes = 1 << 20, .read_bytes = 5,
                                 .written_bytes = 6 };
  g_autoptr(GVariant) evidence = g_variant_ref_sink (
    g_variant_new_parsed ("{'log': <[(int64 7, uint32 2, 'a line')]>, 'output': <'words'>}"));
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_OUT_OF_MEMORY, "no luck");
  g_autoptr(AqResult) result = failed ? aq_result_new_failure (failure) : aq_result_new_variant (g_variant_new ("()"));
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = {
    .id = attempt.id, .lease = attempt.lease, .ended_usec = aq_clock_get_wall (self->clock), .worker = 4711,
    .result = result, .failed = failed, .cause = cause, .returned = AQ_DRAFT_NO_PARENT,
    .usage = &usage, .evidence = evidence,
  };

  g_assert_true (aq_engine_finish_job (self->engine, &event, &error));
  g_assert_no_error (error);
  world_settle (self);
}

/* Returns: (transfer full): of an attempt */
static GVariant *
get_attempt (World   *self,
             guint64  id,
             guint    index)
{
  g_autoptr(GVariant) attempts = world_property (self, id, "Attempts");

  g_assert_cmpuint (g_variant_n_children (attempts), >, index);
  return g_variant_get_child_value (attempts, index);
}

static void
assert_witnessed (GVariant   *attempt,
                  const char *end)
{
  g_autoptr(GVariant) log = g_variant_lookup_value (attempt, "log", NULL);
  gint64 user_usec = 0, system_usec = 0;
  guint64 peak_bytes = 0;
  guint32 n_lines = 0;
  const char *word = NULL, *output = NULL;

  g_variant_lookup (attempt, "end", "&s", &word);
  g_assert_cmpstr (word, ==, end);
  g_variant_lookup (attempt, "user-time", "x", &user_usec);
  g_assert_cmpint (user_usec, ==, 1000);
  g_variant_lookup (attempt, "system-time", "x", &system_usec);
  g_assert_cmpint (system_usec, ==, 200);
  g_variant_lookup (attempt, "peak-memory", "t", &peak_bytes);
  g_assert_cmpuint (peak_bytes, ==, 1 << 20);
  g_variant_lookup (attempt, "log-lines", "u", &n_lines);
  g_assert_cmpuint (n_lines, ==, 1);
  g_variant_lookup (attempt, "output", "&s", &output);
  g_assert_cmpstr (output, ==, "words");
  g_assert_null (log);
}

static void
test_every_attempt_tells_what_it_took_and_said (World         *self,
                                                gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  g_autoptr(GVariant) first = NULL;
  g_autoptr(GVariant) second = NULL;

  end_witnessed (self, start (self), TRUE, (AqCause) { AQ_CAUSE_OOM });
  end_witnessed (self, start (self), FALSE, (AqCause) { AQ_CAUSE_ERROR });
  first = get_attempt (self, id, 0);
  assert_witnessed (first, "oom");
  second = get_attempt (self, id, 1);
  assert_witnessed (second, "succeeded");
}

static void
test_a_new_attempt_has_taken_nothing_yet (World         *self,
                                          gconstpointer  unused)
{
  guint64 id = put (self, DEFAULTS);
  g_autoptr(GVariant) attempt = NULL;
  g_autoptr(GVariant) usage = NULL;

  end_witnessed (self, start (self), TRUE, (AqCause) { AQ_CAUSE_OOM });
  start (self);
  attempt = get_attempt (self, id, 1);
  usage = g_variant_lookup_value (attempt, "user-time", NULL);
  g_assert_null (usage);
}

static void
test_an_interrupted_attempt_tells_what_it_took (World         *self,
                                                gconstpointer  unused)
{
  static const AqUsage usage = { .user_usec = 77 };
  guint64 id = put (self, DEFAULTS);
  Attempt attempt = start (self);
  g_autoptr(GVariant) shown = NULL;
  g_autoptr(GError) error = NULL;
  gint64 user_usec = 0;

  g_assert_true (aq_engine_interrupt_attempt (self->engine, attempt.id, attempt.lease, &usage, NULL, &error));
  g_assert_no_error (error);
  world_settle (self);
  shown = get_attempt (self, id, 0);
  g_variant_lookup (shown, "user-time", "x", &user_usec);
  g_assert_cmpint (user_usec, ==, 77);
}

static void
test_running_out_of_memory_again_and_again_fails_by_the_crash_limit (World         *self,
                                                                     gconstpointer  unused)
{
  guint64 id = put (self, "{'crash-limit': <uint32 3>}");

  for (guint i = 0; i < 3; i++)
    end_witnessed (self, start (self), TRUE, (AqCause) { AQ_CAUSE_OOM });
  world_assert_show (self, id, "completed failed ('asyncq-error-quark', 41, 'no luck')");
}

int
main (int    argc,
      char **argv)
{
#define ADD(path, function) g_test_add ("/ends/" path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("a conflict is retried at once, five runs in all", test_conflicts);
  ADD ("a job runs on while its store is gone, with growing pauses", test_store_gone);
  ADD ("any other error ends a job", test_other_errors);
  ADD ("m01: three runs, ten seconds apart", test_m01);
  ADD ("a retry at once comes before all others", test_retry_at_once_comes_first);
  ADD ("a pause is as long as it is, whoever sets the clock", test_pause_is_of_the_steady_clock);
  ADD ("a job that kills its workers fails at the crash limit", test_crash_limit);
  ADD ("a job is interrupted ten times, and then aborted", test_interruptions);
  ADD ("a clean stop is not counted", test_clean_stop_is_not_counted);
  ADD ("a job that was claimed and not begun goes to the end", test_crash_before_the_start);
  ADD ("never runs at most once, whatever dies", test_never_is_at_most_once);
  ADD ("never is handed over when its claim is flushed", test_claim_of_never_is_flushed);
  ADD ("a job may ask to run later, and nothing is counted", test_snooze);
  ADD ("a running job is cancelled when it has stopped", test_cancel_while_it_runs);
  ADD ("a job that is faster than its cancel has succeeded", test_faster_than_its_cancel);
  ADD ("a cancel survives a crash", test_cancel_survives_a_crash);
  ADD ("a composite job is cancelled while parts of it run", test_composite_with_running_parts);
  ADD ("an attempt whose time is over is stopped, once", test_run_timeout);
  ADD ("an attempt whose time was over is retried as after an error", test_run_timeout_is_retried);
  ADD ("a job whose time to begin has passed never runs", test_begin_by);
  ADD ("a claim passes over what is too late", test_begin_by_is_looked_at_by_claims);
  ADD ("there is no retry that could only begin too late", test_retry_against_begin_by);
  ADD ("a job has not more time in all than it was given", test_total_timeout);
  ADD ("a job that waits for others has not more time in all either", test_total_timeout_of_waiting);
  ADD ("the times of an attempt are cleared when it is not the last", test_times_are_cleared);
  ADD ("every attempt tells what it took and said", test_every_attempt_tells_what_it_took_and_said);
  ADD ("a new attempt has taken nothing yet", test_a_new_attempt_has_taken_nothing_yet);
  ADD ("an interrupted attempt tells what it took", test_an_interrupted_attempt_tells_what_it_took);
  ADD ("running out of memory again and again fails by the crash limit",
       test_running_out_of_memory_again_and_again_fails_by_the_crash_limit);
#undef ADD
  return g_test_run ();
}
