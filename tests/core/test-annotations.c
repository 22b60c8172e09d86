/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is noted on jobs, and who waits for it
 */

#include "config.h"

#include "answer.h"
#include "world.h"

#include "core/aq-engine-annotations.h"

#include <math.h>
#include <string.h>

static const AqActor tester = { 1000, ":1.7" };

#define SECOND G_USEC_PER_SEC

static GError *
annotate_as (World      *self,
             Attempt     attempt,
             const char *key,
             GVariant   *value)
{
  Answer answer = { 0 };

  aq_engine_annotate (self->engine, &tester, attempt.id, attempt.lease, key, value, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
annotate (World      *self,
          guint64     id,
          const char *key,
          const char *value)
{
  g_autoptr(GError) error = annotate_as (self, (Attempt) { id, 0 }, key, g_variant_new_parsed (value));

  g_assert_no_error (error);
}

/* nothing of the job is other than before */
static void
assert_not_noted (World      *self,
                  Attempt     attempt,
                  const char *key,
                  GVariant   *value,
                  int         code,
                  const char *says)
{
  guint64 before = aq_store_get_sequence (self->store);
  g_autoptr(GError) error = annotate_as (self, attempt, key, value);

  g_assert_error (error, ASYNCQ_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
}

static void
assert_annotations (World      *self,
                    guint64     id,
                    const char *expected)
{
  g_autoptr(GVariant) value = world_property (self, id, "Annotations");
  g_autofree char *text = g_variant_print (value, FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static guint64
put (World *self)
{
  return world_submit_one (self, "[{'function': <'t.noop'>}]");
}

/* Z20, Z87 */
static void
test_noted_in_any_state (World         *self,
                         gconstpointer  unused)
{
  guint64 id = put (self);
  Attempt attempt;

  annotate (self, id, "waiting", "1");
  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  annotate (self, id, "running", "'x'");
  world_succeed (self, attempt, "()");
  annotate (self, id, "ended", "[1.5]");
  assert_annotations (self, id, "{'ended': <[1.5]>, 'running': <'x'>, 'waiting': <1>}");
  world_assert_show (self, id, "completed succeeded ()");
}

static void
test_replaced_and_removed (World         *self,
                           gconstpointer  unused)
{
  guint64 id = put (self);
  g_autoptr(GError) error = NULL;

  annotate (self, id, "b", "1");
  annotate (self, id, "a", "2");
  annotate (self, id, "b", "'three'");
  assert_annotations (self, id, "{'a': <2>, 'b': <'three'>}");
  error = annotate_as (self, (Attempt) { id, 0 }, "b", NULL);
  g_assert_no_error (error);
  assert_annotations (self, id, "{'a': <2>}");
}

/* Z87: it survives what becomes of the attempt */
static void
test_survives_a_failure (World         *self,
                         gconstpointer  unused)
{
  guint64 id = put (self);
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  error = annotate_as (self, attempt, "seen", g_variant_new_int32 (7));
  g_assert_no_error (error);
  world_fail (self, attempt);
  assert_annotations (self, id, "{'seen': <7>}");
}

static void
test_stale_lease (World         *self,
                  gconstpointer  unused)
{
  guint64 id = put (self);
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  attempt.lease--;
  assert_not_noted (self, attempt, "a", g_variant_new_int32 (1), ASYNCQ_ERROR_STALE_LEASE, "is not current");
  attempt.lease++;
  world_start (self, attempt);
  world_succeed (self, attempt, "()");
  assert_not_noted (self, attempt, "a", g_variant_new_int32 (1), ASYNCQ_ERROR_STALE_LEASE, "is not current");
  assert_annotations (self, id, "{}");
}

static void
test_limits (World         *self,
             gconstpointer  unused)
{
  Attempt job = { put (self), 0 };
  Attempt none = { job.id + 77, 0 };
  g_autofree char *large = g_strnfill (40 * 1024, 'x');
  g_autofree char *too_large = g_strnfill (65 * 1024, 'x');
  g_autofree char *long_key = g_strnfill (129, 'k');
  g_autofree char *key = g_strnfill (128, 'k');
  g_autoptr(GError) error = annotate_as (self, job, key, g_variant_new_string (large));

  g_assert_no_error (error);
  assert_not_noted (self, job, "b", g_variant_new_string (large), ASYNCQ_ERROR_TOO_LARGE, "with 'b' the annotations");
  assert_not_noted (self, job, "b", g_variant_new_string (too_large), ASYNCQ_ERROR_TOO_LARGE, "at most 65536");
  assert_not_noted (self, job, long_key, g_variant_new_int32 (1), ASYNCQ_ERROR_INVALID, "129 bytes");
  assert_not_noted (self, job, "", g_variant_new_int32 (1), ASYNCQ_ERROR_INVALID, "0 bytes");
  assert_not_noted (self, none, "b", g_variant_new_int32 (1), ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job");
}

static void
test_progress (World         *self,
               gconstpointer  unused)
{
  Attempt job = { put (self), 0 };
  g_autoptr(GVariant) before = world_property (self, job.id, "Progress");
  g_autoptr(GVariant) after = NULL;
  g_autofree char *text = g_variant_print (before, FALSE);

  g_assert_cmpstr (text, ==, "(-1.0, 0, 0, '')");
  annotate (self, job.id, "progress", "(0.71, uint64 710, uint64 1000, 'page 71')");
  after = world_property (self, job.id, "Progress");
  g_assert_true (g_variant_is_of_type (after, G_VARIANT_TYPE ("(dtts)")));
  assert_not_noted (self, job, "progress", g_variant_new_double (0.5), ASYNCQ_ERROR_INVALID,
                    "is of type 'd', '(dtts)' is wanted");
  assert_not_noted (self, job, "progress", g_variant_new_parsed ("(1.5, uint64 0, uint64 0, '')"),
                    ASYNCQ_ERROR_INVALID, "is 1.5, 0 to 1 is wanted");
  assert_not_noted (self, job, "progress", g_variant_new ("(dtts)", (double) NAN, G_GUINT64_CONSTANT (0),
                                                          G_GUINT64_CONSTANT (0), ""),
                    ASYNCQ_ERROR_INVALID, "0 to 1 is wanted");
}

/* waiting */

static AqEngineAnnotationWait *
wait_for (World   *self,
          guint64  id,
          gint64   timeout_usec,
          Answer  *answer)
{
  AqEngineAnnotationWait *wait = aq_engine_get_annotation (self->engine, id, "flag", timeout_usec, SECOND, answer_on_read,
                                                           answer);

  g_assert_cmpuint (answer->n_called, ==, 0);
  world_settle (self);
  return wait;
}

/* Z88 */
static void
test_read_now (World         *self,
               gconstpointer  unused)
{
  guint64 id = put (self);
  g_auto(Answer) none = { 0 };
  g_auto(Answer) there = { 0 };
  g_auto(Answer) no_job = { 0 };

  (void) wait_for (self, id, 0, &none);
  g_assert_cmpuint (none.n_called, ==, 1);
  g_assert_null (none.value);
  g_assert_no_error (none.error);
  annotate (self, id, "flag", "5");
  (void) wait_for (self, id, 0, &there);
  g_assert_cmpint (g_variant_get_int32 (there.value), ==, 5);
  (void) wait_for (self, id + 77, SECOND, &no_job);
  g_assert_error (no_job.error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
test_told_at_once (World         *self,
                   gconstpointer  unused)
{
  guint64 id = put (self);
  g_auto(Answer) first = { 0 };
  g_auto(Answer) second = { 0 };

  (void) wait_for (self, id, 60 * SECOND, &first);
  (void) wait_for (self, id, -1, &second);
  annotate (self, id, "another", "1");
  g_assert_cmpuint (first.n_called, ==, 0);
  annotate (self, id, "flag", "6");
  g_assert_cmpint (g_variant_get_int32 (first.value), ==, 6);
  g_assert_cmpint (g_variant_get_int32 (second.value), ==, 6);
  /* nothing is left that could come later */
  aq_clock_advance (self->clock, 120 * SECOND);
  world_settle (self);
  g_assert_cmpuint (first.n_called, ==, 1);
}

/* also of a job that has ended meanwhile */
static void
test_time_over (World         *self,
                gconstpointer  unused)
{
  guint64 id = put (self);
  g_auto(Answer) answer = { 0 };

  (void) wait_for (self, id, 60 * SECOND, &answer);
  world_run_all (self);
  aq_clock_advance (self->clock, 60 * SECOND - 1);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 0);
  aq_clock_advance (self->clock, 1);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  g_assert_null (answer.value);
  g_assert_no_error (answer.error);
}

static void
test_cancelled_wait (World         *self,
                     gconstpointer  unused)
{
  guint64 id = put (self);
  g_auto(Answer) answer = { 0 };
  g_auto(Answer) at_once = { 0 };

  aq_engine_annotation_wait_cancel (wait_for (self, id, 60 * SECOND, &answer));
  annotate (self, id, "flag", "1");
  aq_clock_advance (self->clock, 60 * SECOND);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 0);
  aq_engine_annotation_wait_cancel (aq_engine_get_annotation (self->engine, id, "flag", 0, 0, answer_on_read, &at_once));
  world_settle (self);
  g_assert_cmpuint (at_once.n_called, ==, 0);
}

/* whoever leaves, and in whatever order, the others are told of their own annotation, once */
static void
test_many_leave (World         *self,
                 gconstpointer  unused)
{
  static const char * const keys[] = { "flag", "other", "third" };
  guint64 id = put (self);
  Answer answers[12] = { 0 };
  AqEngineAnnotationWait *waits[G_N_ELEMENTS (answers)];

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    waits[i] = aq_engine_get_annotation (self->engine, id, keys[i % 3], -1, 0, answer_on_read, &answers[i]);
  world_settle (self);
  /* the first, the last, and one between them of one key; all of another */
  aq_engine_annotation_wait_cancel (waits[0]);
  aq_engine_annotation_wait_cancel (waits[9]);
  aq_engine_annotation_wait_cancel (waits[3]);
  for (guint i = 1; i < G_N_ELEMENTS (answers); i += 3)
    aq_engine_annotation_wait_cancel (waits[i]);
  annotate (self, id, "other", "1");
  annotate (self, id, "flag", "2");
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    g_assert_cmpuint (answers[i].n_called, ==, i == 6);
  annotate (self, id, "third", "3");
  annotate (self, id, "third", "4");
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_assert_cmpuint (answers[i].n_called, ==, i == 6 || i % 3 == 2);
      if (answers[i].n_called > 0)
        g_assert_cmpint (g_variant_get_int32 (answers[i].value), ==, i == 6 ? 2 : 3);
      answer_clear (&answers[i]);
    }
}

typedef struct
{
  AqEngineAnnotationWait *wait;
  AqEngineAnnotationWait *other;
  guint                   n_called;
} Rival;

static void
on_rival_told (GVariant     *value,
               const GError *error,
               gpointer      user_data)
{
  Rival *rival = user_data;

  rival->n_called++;
  if (rival->other != NULL)
    aq_engine_annotation_wait_cancel (rival->other);
}

static void
test_one_cancels_another (World         *self,
                          gconstpointer  unused)
{
  guint64 id = put (self);
  Rival rivals[2] = { 0 };

  for (guint i = 0; i < 2; i++)
    rivals[i].wait = aq_engine_get_annotation (self->engine, id, "flag", 60 * SECOND, 0, on_rival_told, &rivals[i]);
  rivals[0].other = rivals[1].wait;
  world_settle (self);
  annotate (self, id, "flag", "1");
  aq_clock_advance (self->clock, 60 * SECOND);
  world_settle (self);
  g_assert_cmpuint (rivals[0].n_called, ==, 1);
  g_assert_cmpuint (rivals[1].n_called, ==, 0);
}

/* the engine goes first: nobody is told, and nothing is lost */
static void
test_wait_at_the_end (World         *self,
                      gconstpointer  unused)
{
  static Answer answer;

  (void) wait_for (self, put (self), 60 * SECOND, &answer);
}

/* watching */

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  GString *text = user_data;

  for (guint i = 0; i < n_changes; i++)
    g_string_append_printf (text, "%s%s ", changes[i].is_annotation ? "+" : "",
                            asyncq_job_state_to_string (changes[i].state));
}

#ifndef WORLD_IS_AWAY
static void
append_history (const AqJobChange *changes,
                guint              n_changes,
                const GError      *error,
                gpointer           user_data)
{
  g_assert_no_error (error);
  on_changed (changes, n_changes, user_data);
}
#endif

static void
test_watched (World         *self,
              gconstpointer  unused)
{
  g_autoptr(GString) told = g_string_new (NULL);
  guint handle = aq_engine_add_changed (self->engine, on_changed, told);
  guint64 id = put (self);

  annotate (self, id, "a", "1");
  world_run_all (self);
  annotate (self, id, "a", "2");
  aq_engine_remove_changed (self->engine, handle);
  g_assert_cmpstr (told->str, ==, "pending +pending assigned active completed +completed ");
#ifndef WORLD_IS_AWAY /* it keeps no history */
  {
    g_autoptr(GString) read = g_string_new (NULL);

    aq_store_read_history (self->store, 0, 100, append_history, read);
    world_settle (self);
    g_assert_cmpstr (read->str, ==, told->str);
  }
#endif
}

static void
test_busy (World         *self,
           gconstpointer  unused)
{
  g_autoptr(GError) busy = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY, "too much in memory");
  guint64 id = put (self);
  Attempt attempt = world_claim_job (self, id);
  g_autoptr(GError) noted = NULL;
  g_autoptr(GError) removed = NULL;

  annotate (self, id, "old", "1");
  aq_store_set_refusal (self->store, busy);
  assert_not_noted (self, (Attempt) { id, 0 }, "new", g_variant_new_int32 (1), ASYNCQ_ERROR_BUSY, "too much");
  removed = annotate_as (self, (Attempt) { id, 0 }, "old", NULL);
  g_assert_no_error (removed);
  noted = annotate_as (self, attempt, "own", g_variant_new_int32 (1));
  g_assert_no_error (noted);
  assert_annotations (self, id, "{'own': <1>}");
}

int
main (int    argc,
      char **argv)
{
#define ADD(path, function) g_test_add ("/annotations/" path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("a job is annotated in any state", test_noted_in_any_state);
  ADD ("an annotation is replaced, and removed", test_replaced_and_removed);
  ADD ("an annotation survives the failure of its attempt", test_survives_a_failure);
  ADD ("an attempt that is not current annotates nothing", test_stale_lease);
  ADD ("what is too large, too long or of no job is refused", test_limits);
  ADD ("progress has a type and a range", test_progress);
  ADD ("an annotation is read at once, or there is none", test_read_now);
  ADD ("who waits is told at once", test_told_at_once);
  ADD ("who waits is told when the time is over, also of a job that has ended", test_time_over);
  ADD ("who waits no more is not told", test_cancelled_wait);
  ADD ("however many leave, the others are told of what they wait for", test_many_leave);
  ADD ("who is told may cancel another that waits for the same", test_one_cancels_another);
  ADD ("a wait may be there when the engine goes", test_wait_at_the_end);
  ADD ("annotations are watched apart from states, and in the history", test_watched);
  ADD ("while there is too much, only attempts annotate", test_busy);
#undef ADD
  return g_test_run ();
}
