/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedules: which due times make jobs, whatever becomes of the clock
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-factories.h"
#include "core/aq-engine-limits.h"
#include "core/aq-engine-objects.h"
#include "core/aq-engine-schedules.h"
#include "core/aq-job-schedule.h"

#include <string.h>

#define MINUTE (60 * (gint64) G_USEC_PER_SEC)
#define HOUR (60 * MINUTE)
/* START is 15:44:22 */
#define NEXT_HOUR (START + 15 * MINUTE + 38 * G_USEC_PER_SEC)

static const AqActor tester = { 1000, ":1.7" };

typedef struct
{
  gboolean  answered;
  guint64   id;
  GVariant *value; /* owned */
  GError   *error; /* owned */
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->value, g_variant_unref);
  g_clear_error (&answer->error);
  *answer = (Answer) { FALSE };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
on_done (const GError *error,
         gpointer      user_data)
{
  Answer *answer = user_data;

  answer->answered = TRUE;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_job (guint64       id,
        const GError *error,
        gpointer      user_data)
{
  Answer *answer = user_data;

  answer->id = id;
  on_done (error, user_data);
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  Answer *answer = user_data;

  answer->value = value != NULL ? g_variant_ref (value) : NULL;
  on_done (error, user_data);
}

/* @code: -1: it is done */
static void
expect (World  *world,
        Answer *answer,
        int     code)
{
  while (!answer->answered)
    g_main_context_iteration (NULL, TRUE);
  if (code < 0)
    g_assert_no_error (answer->error);
  else
    g_assert_error (answer->error, ASYNCQ_ERROR, code);
}

static void
add (World      *world,
     const char *name,
     const char *settings)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_add_schedule (world->engine, &tester, name, g_variant_new_parsed (settings), on_done, &answer);
  expect (world, &answer, -1);
}

static void
refuse (World      *world,
        const char *name,
        const char *settings,
        int         code,
        const char *says)
{
  g_auto(Answer) answer = { FALSE };
  guint64 before = aq_store_get_sequence (world->store);

  aq_engine_add_schedule (world->engine, &tester, name, g_variant_new_parsed (settings), on_done, &answer);
  expect (world, &answer, code);
  g_assert_nonnull (strstr (answer.error->message, says));
  g_assert_cmpuint (aq_store_get_sequence (world->store), ==, before);
}

/* one property of a schedule, as text */
static char *
show (World      *world,
      const char *name,
      const char *key)
{
  g_auto(Answer) answer = { FALSE };
  g_autoptr(GVariant) value = NULL;

  aq_engine_read_schedule (world->engine, name, on_read, &answer);
  expect (world, &answer, -1);
  value = g_variant_lookup_value (answer.value, key, NULL);
  g_assert_nonnull (value);
  return g_variant_print (value, FALSE);
}

static void
assert_shows (World      *world,
              const char *name,
              const char *key,
              const char *expected)
{
  g_autofree char *found = show (world, name, key);

  g_assert_cmpstr (found, ==, expected);
}

/* the due time of a job; 0: it has none */
static gint64
get_due (World   *world,
         guint64  id)
{
  g_autoptr(GVariant) annotations = world_property (world, id, "Annotations");
  gint64 due_usec = 0;

  (void) g_variant_lookup (annotations, "scheduled-for", "x", &due_usec);
  return due_usec;
}

static guint64
count_jobs (World *world)
{
  g_autoptr(GVariant) counts = aq_engine_count_jobs (world->engine);
  GVariantIter iter;
  guint64 n_jobs = 0;
  guint32 n;

  g_variant_iter_init (&iter, counts);
  while (g_variant_iter_next (&iter, "{&su}", NULL, &n))
    n_jobs += n;
  return n_jobs;
}

static void
set_up (World         *world,
        gconstpointer  unused)
{
  world_set_up (world, unused);
  aq_engine_set_scheduling (world->engine, TRUE);
}

#define CALL "'entry': <{'function': <'t.noop'>}>"

/* when it is due */

static void
test_a_delay_is_counted_from_the_run (void)
{
  static const struct
  {
    gint64   seconds;
    gboolean is_due;
  } looks[] = { { 40, TRUE }, { 49, FALSE }, { 50, TRUE }, { 65, TRUE }, { 74, FALSE }, { 75, TRUE } };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) settings = g_variant_ref_sink (
    g_variant_new_parsed ("{" CALL ", 'kind': <'delay'>, 'when': <'10s'>}"));
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_new ("pull", settings, 0, &error);

  g_test_summary ("behaviour M24: delay 10, first due 10");
  g_assert_no_error (error);
  g_assert_cmpint (schedule->next_usec, ==, 10 * G_USEC_PER_SEC);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    {
      gint64 due_usec;

      g_assert_cmpint (aq_job_schedule_take_due (schedule, looks[i].seconds * G_USEC_PER_SEC, &due_usec), ==,
                       looks[i].is_due);
      if (looks[i].is_due)
        g_assert_cmpint (schedule->next_usec, ==, (looks[i].seconds + 10) * G_USEC_PER_SEC);
    }
}

static void
test_each_hour_makes_a_job (World         *world,
                            gconstpointer  unused)
{
  g_test_summary ("behaviour M22, X23: it is armed when it is made");
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  assert_shows (world, "hourly", "Last", "0");
  aq_clock_advance (world->clock, 5 * HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 5);
  g_assert_cmpint (get_due (world, 1), ==, NEXT_HOUR);
  g_assert_cmpint (get_due (world, 5), ==, NEXT_HOUR + 4 * HOUR);
  assert_shows (world, "hourly", "Runs", "5");
  assert_shows (world, "hourly", "LastJob", "5");
}

static void
jump (World  *world,
      gint64  wall_usec)
{
  aq_clock_set_wall (world->clock, wall_usec);
  world_settle (world);
}

static void
test_a_clock_that_is_set_makes_no_second_job (World         *world,
                                              gconstpointer  unused)
{
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'all'>}");
  jump (world, NEXT_HOUR + 2 * HOUR);
  g_assert_cmpuint (count_jobs (world), ==, 3);
  jump (world, START - 24 * HOUR);
  aq_clock_advance (world->clock, 20 * HOUR);
  jump (world, NEXT_HOUR + 2 * HOUR);
  jump (world, NEXT_HOUR);
  g_assert_cmpuint (count_jobs (world), ==, 3);
  jump (world, NEXT_HOUR + 3 * HOUR);
  g_assert_cmpuint (count_jobs (world), ==, 4);
  g_assert_cmpint (get_due (world, 4), ==, NEXT_HOUR + 3 * HOUR);
}

static void
test_catch_up_says_what_is_made_up (World         *world,
                                    gconstpointer  unused)
{
  g_test_summary ("behaviour M23: missed runs become one");
  add (world, "a-none", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'none'>}");
  add (world, "b-last", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  add (world, "c-all", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'all'>, "
                       "'catch-up-window': <int64 10800000000>}");
  /* half past: ten hours were missed */
  jump (world, NEXT_HOUR + 9 * HOUR + 30 * MINUTE);
  assert_shows (world, "a-none", "Runs", "0");
  assert_shows (world, "b-last", "Runs", "1");
  assert_shows (world, "c-all", "Runs", "3");
  g_assert_cmpint (get_due (world, 1), ==, NEXT_HOUR + 9 * HOUR);
  g_assert_cmpint (get_due (world, 2), ==, NEXT_HOUR + 7 * HOUR);
  g_assert_cmpint (get_due (world, 4), ==, NEXT_HOUR + 9 * HOUR);
  /* a minute late is not missed */
  jump (world, NEXT_HOUR + 10 * HOUR + MINUTE);
  assert_shows (world, "a-none", "Runs", "1");
}

static void
test_a_delay_waits_no_longer_where_the_clock_is_set_back (World         *world,
                                                          gconstpointer  unused)
{
  g_auto(Answer) paused = { FALSE };
  g_auto(Answer) resumed = { FALSE };

  g_test_summary ("behaviour M24");
  add (world, "pull", "{" CALL ", 'kind': <'delay'>, 'when': <'10min'>}");
  aq_clock_advance (world->clock, 10 * MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 1);
  aq_clock_advance (world->clock, 4 * MINUTE);
  /* less than is left is not made more */
  jump (world, aq_clock_get_wall (world->clock) - MINUTE);
  aq_clock_advance (world->clock, 7 * MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
  jump (world, START - 1000 * HOUR);
  aq_clock_advance (world->clock, 10 * MINUTE - 1);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
  aq_clock_advance (world->clock, 1);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 3);
  aq_clock_advance (world->clock, 10 * MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 4);
  /* nor where it was set while nobody looked */
  aq_engine_set_scheduling (world->engine, FALSE);
  jump (world, START - 2000 * HOUR);
  aq_engine_set_scheduling (world->engine, TRUE);
  aq_clock_advance (world->clock, 10 * MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 5);
  /* who is resumed begins anew */
  aq_engine_pause_schedule (world->engine, &tester, "pull", "", on_done, &paused);
  expect (world, &paused, -1);
  jump (world, START - 3000 * HOUR);
  aq_engine_resume_schedule (world->engine, &tester, "pull", on_done, &resumed);
  expect (world, &resumed, -1);
  aq_clock_advance (world->clock, 10 * MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 6);
}

static void
test_a_plan_made_by_a_wrong_clock_goes_by_the_right_one (World         *world,
                                                         gconstpointer  unused)
{
  jump (world, START + 100000 * HOUR);
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  jump (world, START);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 1);
  g_assert_cmpint (get_due (world, 1), ==, NEXT_HOUR);
}

/* a store without room */

static guint64 room; /* bytes */
static AqRoomFunc waiting_func; /* nullable: who is to be told later */
static gpointer waiting_data;
static gboolean is_slow;

static void
make_little_room (AqStore    *store,
                  guint64     n_bytes,
                  AqRoomFunc  func,
                  gpointer    user_data)
{
  g_autoptr(GError) full = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL, "no space is left");

  if (!is_slow)
    {
      func (n_bytes <= room ? NULL : full, user_data);
      return;
    }
  waiting_func = func;
  waiting_data = user_data;
}

/* of all stores of the process: the memory store asks for no room of its own */
static void
limit_room (World   *world,
            guint64  n_bytes)
{
  room = n_bytes;
  AQ_STORE_GET_CLASS (world->store)->make_room = make_little_room;
}

static void
unlimit_room (World *world)
{
  is_slow = FALSE;
  AQ_STORE_GET_CLASS (world->store)->make_room = NULL;
}

static void
test_what_is_due_waits_for_room (World         *world,
                                 gconstpointer  unused)
{
  g_test_summary ("a due time is not lost on a full store");
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'all'>}");
  limit_room (world, 100);
  g_test_expect_message ("asyncq-core", G_LOG_LEVEL_WARNING, "schedules are due, and wait: no space is left");
  aq_clock_advance (world->clock, 5 * HOUR);
  world_settle (world);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (count_jobs (world), ==, 0);
  assert_shows (world, "hourly", "Failed", "0");
  /* for one at a time, as it turns out */
  limit_room (world, 8000);
  aq_clock_advance (world->clock, MINUTE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 5);
  g_assert_cmpint (get_due (world, 1), ==, NEXT_HOUR);
  g_assert_cmpint (get_due (world, 5), ==, NEXT_HOUR + 4 * HOUR);
  unlimit_room (world);
}

static void
test_what_is_due_comes_when_room_is_made (World         *world,
                                          gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };

  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  limit_room (world, 0);
  is_slow = TRUE;
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 0);
  g_assert_nonnull (waiting_func);
  is_slow = FALSE;
  /* who asks by hand is told at once */
  aq_engine_schedule_next (world->engine, &tester, on_job, &answer);
  expect (world, &answer, ASYNCQ_ERROR_STORE_FULL);
  /* it changes before its room is there */
  add (world, "beside", "{" CALL ", 'kind': <'cron'>, 'when': <'0 0 1 1 *'>}");
  waiting_func (NULL, waiting_data);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 1);
  unlimit_room (world);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
}

/* overlap */

static void
test_skip_makes_no_job_beside_one_that_runs (World         *world,
                                             gconstpointer  unused)
{
  Attempt attempt;

  add (world, "one", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'overlap': <'skip'>}");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  attempt = world_claim_job (world, 1);
  world_start (world, attempt);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 1);
  assert_shows (world, "one", "Skipped", "1");
  world_succeed (world, attempt, "()");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
}

static void
test_queue_lets_one_job_wait (World         *world,
                              gconstpointer  unused)
{
  Attempt attempt;

  add (world, "row", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'overlap': <'queue'>}");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  attempt = world_claim_job (world, 1);
  world_start (world, attempt);
  aq_clock_advance (world->clock, 3 * HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
  assert_shows (world, "row", "Queued", "1");
  assert_shows (world, "row", "Skipped", "2");
  world_assert_claims (world, 5, "");
  world_succeed (world, attempt, "()");
  world_assert_claims (world, 5, "2");
}

static void
test_who_waits_is_cancelled_and_the_next_waits_as_well (World         *world,
                                                        gconstpointer  unused)
{
  Attempt attempt;
  GError *error;

  add (world, "row", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'overlap': <'queue'>}");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  attempt = world_claim_job (world, 1);
  world_start (world, attempt);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  error = world_cancel (world, 2);
  g_assert_no_error (error);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 3);
  world_assert_claims (world, 5, "");
  world_succeed (world, attempt, "()");
  world_assert_claims (world, 5, "3");
}

static void
test_replace_cancels_the_one_before (World         *world,
                                     gconstpointer  unused)
{
  add (world, "new", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'overlap': <'replace'>}");
  aq_clock_advance (world->clock, 2 * HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
  {
    g_autofree char *first = world_show (world, 1);

    g_assert_true (g_str_has_prefix (first, "completed cancelled"));
  }
  world_assert_claims (world, 5, "2");
}

/* what people do */

static void
test_a_pause_leaves_out_what_is_due (World         *world,
                                     gconstpointer  unused)
{
  g_auto(Answer) paused = { FALSE };
  g_auto(Answer) resumed = { FALSE };

  g_test_summary ("behaviour M21: active");
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'all'>}");
  aq_engine_pause_schedule (world->engine, &tester, "hourly", "holidays", on_done, &paused);
  expect (world, &paused, -1);
  assert_shows (world, "hourly", "PauseReason", "'holidays'");
  assert_shows (world, "hourly", "Next", "0");
  aq_clock_advance (world->clock, 3 * HOUR);
  aq_engine_resume_schedule (world->engine, &tester, "hourly", on_done, &resumed);
  expect (world, &resumed, -1);
  g_assert_cmpuint (count_jobs (world), ==, 0);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 1);
}

static void
test_a_trigger_moves_nothing (World         *world,
                              gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_autofree char *before = NULL;

  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'paused': <true>}");
  before = show (world, "hourly", "Next");
  aq_engine_trigger_schedule (world->engine, &tester, "hourly", on_job, &answer);
  expect (world, &answer, -1);
  g_assert_cmpuint (answer.id, ==, 1);
  g_assert_cmpint (get_due (world, 1), ==, 0);
  assert_shows (world, "hourly", "Next", before);
  assert_shows (world, "hourly", "LastJob", "0");
}

static void
test_a_change_finds_out_anew_when_it_is_due (World         *world,
                                             gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_auto(Answer) unknown = { FALSE };

  g_test_summary ("behaviour M27");
  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  aq_clock_advance (world->clock, HOUR);
  jump (world, START);
  aq_engine_change_schedule (world->engine, &tester, "hourly", g_variant_new_parsed ("{'when': <'*/30 * * * *'>}"),
                             on_done, &answer);
  expect (world, &answer, -1);
  jump (world, NEXT_HOUR);
  g_assert_cmpuint (count_jobs (world), ==, 1);
  jump (world, NEXT_HOUR + 30 * MINUTE);
  g_assert_cmpuint (count_jobs (world), ==, 2);
  aq_engine_change_schedule (world->engine, &tester, "hourli", g_variant_new_parsed ("{'when': <'*/30 * * * *'>}"),
                             on_done, &unknown);
  expect (world, &unknown, ASYNCQ_ERROR_NO_SUCH_SCHEDULE);
  g_assert_nonnull (strstr (unknown.error->message, "did you mean 'hourly'?"));
}

static void
test_a_change_of_something_else_leaves_the_time_alone (World         *world,
                                                       gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_auto(Answer) again = { FALSE };

  add (world, "apart", "{" CALL ", 'kind': <'delay'>, 'when': <'10min'>}");
  add (world, "missed", "{" CALL ", 'kind': <'every'>, 'when': <'10min'>}");
  aq_engine_set_scheduling (world->engine, FALSE);
  jump (world, START + 11 * MINUTE);
  aq_engine_change_schedule (world->engine, &tester, "apart", g_variant_new_parsed ("{'overlap': <'skip'>}"), on_done,
                             &answer);
  expect (world, &answer, -1);
  aq_engine_change_schedule (world->engine, &tester, "missed", g_variant_new_parsed ("{'description': <'new'>}"),
                             on_done, &again);
  expect (world, &again, -1);
  aq_engine_set_scheduling (world->engine, TRUE);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 2);
}

static void
test_what_is_over_is_refused_so (World         *world,
                                 gconstpointer  unused)
{
  refuse (world, "past", "{" CALL ", 'kind': <'calendar'>, 'when': <'2001-01-01 00:00'>}", ASYNCQ_ERROR_INVALID,
          "is never due again: its last time has passed");
}

static void
test_scheduling_is_apart_from_claiming (World         *world,
                                        gconstpointer  unused)
{
  g_auto(Answer) first = { FALSE };
  g_auto(Answer) second = { FALSE };
  g_auto(Answer) none = { FALSE };

  g_test_summary ("behaviour M1, M22, X24: all that are due are looked at, the earliest first");
  aq_engine_set_scheduling (world->engine, FALSE);
  add (world, "b", "{" CALL ", 'kind': <'cron'>, 'when': <'5 * * * *'>}");
  add (world, "a", "{" CALL ", 'kind': <'cron'>, 'when': <'10 * * * *'>}");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 0);
  aq_engine_schedule_next (world->engine, &tester, on_job, &first);
  expect (world, &first, -1);
  aq_engine_schedule_next (world->engine, &tester, on_job, &second);
  expect (world, &second, -1);
  aq_engine_schedule_next (world->engine, &tester, on_job, &none);
  expect (world, &none, -1);
  g_assert_cmpint (get_due (world, first.id), ==, NEXT_HOUR + 5 * MINUTE);
  g_assert_cmpint (get_due (world, second.id), ==, NEXT_HOUR + 10 * MINUTE);
  g_assert_cmpuint (none.id, ==, 0);
  aq_engine_set_scheduling (world->engine, TRUE);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_assert_cmpuint (count_jobs (world), ==, 4);
}

static void
test_what_cannot_be_put_is_noted (World         *world,
                                  gconstpointer  unused)
{
  g_auto(Answer) made = { FALSE };
  g_auto(Answer) gone = { FALSE };
  g_autofree char *why = NULL;

  aq_engine_add_factory (world->engine, &tester, "soon", g_variant_new_parsed ("{'function': <'t.noop'>}"), on_done,
                         &made);
  expect (world, &made, -1);
  add (world, "hourly", "{'entry': <{'factory': <'soon'>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  aq_engine_remove_factory (world->engine, &tester, "soon", on_done, &gone);
  expect (world, &gone, -1);
  g_test_expect_message ("asyncq-core", G_LOG_LEVEL_WARNING, "schedule 'hourly' is due, and no job could be put: *");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_test_assert_expected_messages ();
  assert_shows (world, "hourly", "Failed", "1");
  why = show (world, "hourly", "Error");
  g_assert_nonnull (strstr (why, "there is no factory"));
  g_clear_error (&made.error);
  made = (Answer) { FALSE };
  aq_engine_add_factory (world->engine, &tester, "soon", g_variant_new_parsed ("{'function': <'t.noop'>}"), on_done,
                         &made);
  expect (world, &made, -1);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  assert_shows (world, "hourly", "Runs", "1");
  assert_shows (world, "hourly", "Error", "''");
}

static void
expect_refused_run (World      *world,
                    const char *n_failed,
                    const char *says)
{
  g_autofree char *why = NULL;
  guint64 n_jobs = count_jobs (world);

  g_test_expect_message ("asyncq-core", G_LOG_LEVEL_WARNING, "schedule 'hourly' is due, and no job could be put: *");
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  g_test_assert_expected_messages ();
  assert_shows (world, "hourly", "Failed", n_failed);
  why = show (world, "hourly", "Error");
  g_assert_nonnull (strstr (why, says));
  g_assert_null (strstr (why, "entry 0"));
  g_assert_cmpuint (count_jobs (world), ==, n_jobs);
}

static void
test_a_job_wants_its_limits_and_its_object (World         *world,
                                            gconstpointer  unused)
{
  g_auto(Answer) limit = { FALSE };
  g_auto(Answer) object = { FALSE };

  g_test_summary ("as a submit does, behaviour Z24");
  add (world, "hourly", "{'entry': <{'function': <'t.noop'>, 'limits': <['one']>, 'object': <'box'>}>, "
                        "'kind': <'cron'>, 'when': <'0 * * * *'>}");
  expect_refused_run (world, "1", "there is no limit 'one'");
  aq_engine_set_limit (world->engine, &tester, "one", g_variant_new_parsed ("{'size': <uint32 1>}"), TRUE, on_done,
                       &limit);
  expect (world, &limit, -1);
  expect_refused_run (world, "2", "there is no object 'box'");
  aq_engine_create_object (world->engine, &tester, "box", g_variant_new_string ("empty"), on_done, &object);
  expect (world, &object, -1);
  aq_clock_advance (world->clock, HOUR);
  world_settle (world);
  assert_shows (world, "hourly", "Runs", "1");
}

static void
test_bad_schedules_are_refused (World         *world,
                                gconstpointer  unused)
{
  static const struct
  {
    const char *settings;
    int         code;
    const char *says;
  } bad[] = {
    { "{" CALL ", 'kind': <'cron'>, 'when': <'61 * * * *'>}", ASYNCQ_ERROR_INVALID, "61" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'zone': <'Europe/Berlni'>}", ASYNCQ_ERROR_INVALID,
      "Europe/Berlin" },
    { "{" CALL ", 'kind': <'corn'>, 'when': <'0 * * * *'>}", ASYNCQ_ERROR_INVALID, "corn" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 0 30 2 *'>}", ASYNCQ_ERROR_INVALID, "" },
    { "{" CALL ", 'kind': <'delay'>, 'when': <'0s'>}", ASYNCQ_ERROR_INVALID, "" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'overlap': <'skipp'>}", ASYNCQ_ERROR_INVALID,
      "'allow', 'skip', 'queue' or 'replace'" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'most'>}", ASYNCQ_ERROR_INVALID, "'all'" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up-window': <int64 -1>}", ASYNCQ_ERROR_INVALID,
      "negative" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up-windo': <int64 1>}", ASYNCQ_ERROR_INVALID,
      "did you mean 'catch-up-window'?" },
    { "{" CALL ", 'kind': <'cron'>, 'when': <5>}", ASYNCQ_ERROR_INVALID, "'when' has the type" },
    { "{" CALL ", 'kind': <'cron'>}", ASYNCQ_ERROR_INVALID, "'when'" },
    { "{'kind': <'cron'>, 'when': <'0 * * * *'>}", ASYNCQ_ERROR_INVALID, "'entry'" },
    { "{'entry': <{'function': <'t.nop'>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}", ASYNCQ_ERROR_NO_SUCH_FUNCTION,
      "t.noop" },
    { "{'entry': <{'function': <'t.noop'>, 'arguments': <(1,)>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}",
      ASYNCQ_ERROR_BAD_ARGUMENTS, "t.noop" },
    { "{'entry': <{'function': <'t.noop'>, 'queue': <'nowhere'>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}",
      ASYNCQ_ERROR_NO_SUCH_QUEUE, "nowhere" },
    { "{'entry': <{'function': <'t.noop'>, 'submit-key': <'k'>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}",
      ASYNCQ_ERROR_INVALID, "submit-key" },
  };

  add (world, "there", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>}");
  refuse (world, "there", "{" CALL ", 'kind': <'cron'>, 'when': <'1 * * * *'>}", ASYNCQ_ERROR_EXISTS, "there");
  refuse (world, "a name", "{" CALL ", 'kind': <'cron'>, 'when': <'1 * * * *'>}", ASYNCQ_ERROR_INVALID, "a name");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    refuse (world, "new", bad[i].settings, bad[i].code, bad[i].says);
}

/* the clock goes where it wants, and scheduling is off at times */

typedef struct
{
  GRand *random;
  gint64 looked_usec; /* the newest moment at which somebody looked */
  GHashTable *seen;   /* of gint64: due times of jobs */
} History;

static void
check_history (World   *world,
               History *history,
               guint64 *n_checked)
{
  guint64 n_jobs = count_jobs (world);

  for (; *n_checked < n_jobs; (*n_checked)++)
    {
      gint64 due_usec = get_due (world, *n_checked + 1);

      g_assert_true (g_hash_table_add (history->seen, g_memdup2 (&due_usec, sizeof due_usec)));
    }
  /* every whole hour up to the newest look, and no other */
  g_assert_cmpuint (g_hash_table_size (history->seen), ==,
                    history->looked_usec < NEXT_HOUR ? 0 : (guint) ((history->looked_usec - NEXT_HOUR) / HOUR + 1));
}

static void
step (World   *world,
      History *history)
{
  gint64 now_usec = aq_clock_get_wall (world->clock);

  switch (g_rand_int_range (history->random, 0, 4))
    {
    case 0:
      aq_clock_advance (world->clock, g_rand_int_range (history->random, 0, 300) * MINUTE);
      break;
    case 1:
      aq_clock_set_wall (world->clock, now_usec - g_rand_int_range (history->random, 0, 600) * MINUTE);
      break;
    case 2:
      aq_clock_set_wall (world->clock, now_usec + g_rand_int_range (history->random, 0, 600) * MINUTE);
      break;
    default:
      aq_engine_set_scheduling (world->engine, FALSE);
      aq_clock_advance (world->clock, g_rand_int_range (history->random, 0, 300) * MINUTE);
      aq_engine_set_scheduling (world->engine, TRUE);
    }
  world_settle (world);
  history->looked_usec = MAX (history->looked_usec, aq_clock_get_wall (world->clock));
}

static void
test_no_due_time_is_lost_or_comes_twice (World         *world,
                                         gconstpointer  unused)
{
  History history = { g_rand_new_with_seed (20240611), START,
                      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL) };
  guint64 n_checked = 0;

  add (world, "hourly", "{" CALL ", 'kind': <'cron'>, 'when': <'0 * * * *'>, 'catch-up': <'all'>, "
                        "'catch-up-window': <int64 1000000000000000>}");
  for (guint i = 0; i < 400; i++)
    {
      step (world, &history);
      check_history (world, &history, &n_checked);
    }
  g_hash_table_unref (history.seen);
  g_rand_free (history.random);
}

#define ADD(name, test) g_test_add ("/schedules/" name, World, NULL, set_up, test, world_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedules/a delay is counted from the run", test_a_delay_is_counted_from_the_run);
  ADD ("a delay waits no longer where the clock is set back",
       test_a_delay_waits_no_longer_where_the_clock_is_set_back);
  ADD ("a plan made by a wrong clock goes by the right one", test_a_plan_made_by_a_wrong_clock_goes_by_the_right_one);
  ADD ("what is due waits for room", test_what_is_due_waits_for_room);
  ADD ("what is due comes when room is made", test_what_is_due_comes_when_room_is_made);
  ADD ("each hour makes a job", test_each_hour_makes_a_job);
  ADD ("a clock that is set makes no second job", test_a_clock_that_is_set_makes_no_second_job);
  ADD ("catch-up says what is made up", test_catch_up_says_what_is_made_up);
  ADD ("skip makes no job beside one that runs", test_skip_makes_no_job_beside_one_that_runs);
  ADD ("queue lets one job wait", test_queue_lets_one_job_wait);
  ADD ("who waits is cancelled, and the next waits as well", test_who_waits_is_cancelled_and_the_next_waits_as_well);
  ADD ("replace cancels the one before", test_replace_cancels_the_one_before);
  ADD ("a pause leaves out what is due", test_a_pause_leaves_out_what_is_due);
  ADD ("a trigger moves nothing", test_a_trigger_moves_nothing);
  ADD ("a change finds out anew when it is due", test_a_change_finds_out_anew_when_it_is_due);
  ADD ("a change of something else leaves the time alone", test_a_change_of_something_else_leaves_the_time_alone);
  ADD ("what is over is refused so", test_what_is_over_is_refused_so);
  ADD ("scheduling is apart from claiming", test_scheduling_is_apart_from_claiming);
  ADD ("what cannot be put is noted", test_what_cannot_be_put_is_noted);
  ADD ("a job wants its limits and its object", test_a_job_wants_its_limits_and_its_object);
  ADD ("bad schedules are refused", test_bad_schedules_are_refused);
  ADD ("no due time is lost or comes twice", test_no_due_time_is_lost_or_comes_twice);
  return g_test_run ();
}
