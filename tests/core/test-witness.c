/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is known of an attempt while it runs, and reading what it says
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-witness.h"
#include "libasyncq/asyncq-error.h"

/* what the attempt that runs has said so far, and how often somebody has asked */
typedef struct
{
  const char *evidence; /* nullable */
  guint       n_asked;
} Witness;

static GVariant *
tell (guint64  id,
      guint64  lease,
      gpointer user_data)
{
  Witness *witness = user_data;

  witness->n_asked++;
  return witness->evidence != NULL ? g_variant_ref_sink (g_variant_new_parsed (witness->evidence)) : NULL;
}

/* what a reader was told */
typedef struct
{
  guint   n_answers;
  char   *text; /* owned: "attempt lines next more", or the error's code */
} Answer;

static void
on_log (GVariant     *value,
        const GError *error,
        gpointer      user_data)
{
  Answer *answer = user_data;

  answer->n_answers++;
  g_free (answer->text);
  answer->text = error != NULL ? g_strdup_printf ("error %d", error->code) : g_variant_print (value, FALSE);
}

static void
answer_clear (Answer *self)
{
  g_free (self->text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
assert_answer (const Answer *answer,
               const char   *expected)
{
  g_assert_cmpuint (answer->n_answers, ==, 1);
  g_assert_cmpstr (answer->text, ==, expected);
}

static guint64
submit (World *self)
{
  return world_submit_one (self, "[{'function': <'t.noop'>, 'arguments': <()>}]");
}

static Attempt
start (World *self)
{
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  world_settle (self);
  return attempt;
}

#define TWO_LINES "{'log': <[(int64 1, uint32 3, 'one'), (2, 2, 'two')]>, 'log-dropped': <uint32 5>}"
#define THREE_LINES "{'log': <[(int64 1, uint32 3, 'one'), (2, 2, 'two'), (3, 3, 'three')]>, 'log-dropped': <uint32 5>}"

/* the end of the attempt, which has said so much */
static void
end (World      *self,
     Attempt     attempt,
     const char *evidence)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new ("()"));
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (evidence));
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = { .id = attempt.id, .lease = attempt.lease, .worker = 4711, .result = result,
                          .returned = AQ_DRAFT_NO_PARENT, .evidence = value };

  g_assert_true (aq_engine_finish_job (self->engine, &event, &error));
  g_assert_no_error (error);
  world_settle (self);
}

static void
test_what_is_there_is_read_at_once (World         *self,
                                    gconstpointer  unused)
{
  Witness witness = { .evidence = TWO_LINES };
  g_auto(Answer) all = { 0 };
  g_auto(Answer) rest = { 0 };
  guint64 id = submit (self);

  aq_engine_set_witness_func (self->engine, tell, &witness);
  start (self);
  aq_engine_read_log (self->engine, id, 0, 0, -1, on_log, &all);
  aq_engine_read_log (self->engine, id, 1, 6, -1, on_log, &rest);
  world_settle (self);
  assert_answer (&all, "(1, [(1, 3, 'one'), (2, 2, 'two')], 7, true)");
  assert_answer (&rest, "(1, [(2, 2, 'two')], 7, true)");
}

static void
test_who_has_all_waits_for_more (World         *self,
                                 gconstpointer  unused)
{
  Witness witness = { .evidence = TWO_LINES };
  g_auto(Answer) answer = { 0 };
  guint64 id = submit (self);

  aq_engine_set_witness_func (self->engine, tell, &witness);
  start (self);
  aq_engine_read_log (self->engine, id, 0, 7, -1, on_log, &answer);
  world_settle (self);
  aq_engine_witness_changed (self->engine, id + 1);
  g_assert_cmpuint (answer.n_answers, ==, 0);
  g_assert_cmpuint (witness.n_asked, ==, 1);
  witness.evidence = THREE_LINES;
  aq_engine_witness_changed (self->engine, id);
  world_settle (self);
  assert_answer (&answer, "(1, [(3, 3, 'three')], 8, true)");
  aq_engine_witness_changed (self->engine, id);
  g_assert_cmpuint (answer.n_answers, ==, 1);
}

static void
test_a_wait_ends_with_the_attempt (World         *self,
                                   gconstpointer  unused)
{
  g_auto(Answer) answer = { 0 };
  g_auto(Answer) later = { 0 };
  guint64 id = submit (self);
  Attempt attempt = start (self);

  aq_engine_read_log (self->engine, id, 1, 7, -1, on_log, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_answers, ==, 0);
  end (self, attempt, TWO_LINES);
  assert_answer (&answer, "(1, [], 7, false)");
  aq_engine_read_log (self->engine, id, 0, 0, -1, on_log, &later);
  world_settle (self);
  assert_answer (&later, "(1, [(1, 3, 'one'), (2, 2, 'two')], 7, false)");
}

static void
test_a_wait_ends_with_its_time (World         *self,
                                gconstpointer  unused)
{
  g_auto(Answer) answer = { 0 };
  guint64 id = submit (self);

  start (self);
  aq_engine_read_log (self->engine, id, 1, 0, G_USEC_PER_SEC, on_log, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_answers, ==, 0);
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  world_settle (self);
  assert_answer (&answer, "(1, [], 0, true)");
}

static void
test_a_job_that_has_not_begun_is_waited_for (World         *self,
                                             gconstpointer  unused)
{
  Witness witness = { .evidence = TWO_LINES };
  g_auto(Answer) at_once = { 0 };
  g_auto(Answer) answer = { 0 };
  guint64 id = submit (self);

  aq_engine_set_witness_func (self->engine, tell, &witness);
  aq_engine_read_log (self->engine, id, 0, 0, 0, on_log, &at_once);
  aq_engine_read_log (self->engine, id, 0, 0, -1, on_log, &answer);
  world_settle (self);
  assert_answer (&at_once, "(0, [], 0, true)");
  g_assert_cmpuint (answer.n_answers, ==, 0);
  start (self);
  assert_answer (&answer, "(1, [(1, 3, 'one'), (2, 2, 'two')], 7, true)");
}

static void
test_what_will_never_be_is_refused (World         *self,
                                    gconstpointer  unused)
{
  g_auto(Answer) no_job = { 0 };
  g_auto(Answer) no_attempt = { 0 };
  guint64 id = submit (self);

  end (self, start (self), TWO_LINES);
  aq_engine_read_log (self->engine, id + 1, 0, 0, -1, on_log, &no_job);
  aq_engine_read_log (self->engine, id, 2, 0, -1, on_log, &no_attempt);
  world_settle (self);
  g_assert_cmpuint (no_job.n_answers, ==, 1);
  g_assert_cmpuint (no_attempt.n_answers, ==, 1);
  g_assert_true (g_str_has_prefix (no_attempt.text, "error"));
}

static void
test_who_gives_up_hears_nothing (World         *self,
                                 gconstpointer  unused)
{
  g_auto(Answer) answer = { 0 };
  guint64 id = submit (self);
  AqEngineLogWait *wait;

  start (self);
  wait = aq_engine_read_log (self->engine, id, 0, 0, -1, on_log, &answer);
  world_settle (self);
  aq_engine_log_wait_cancel (wait);
  wait = aq_engine_read_log (self->engine, id, 0, 0, G_USEC_PER_SEC, on_log, &answer);
  world_settle (self);
  aq_engine_log_wait_cancel (wait);
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  aq_engine_witness_changed (self->engine, id);
  world_settle (self);
  g_assert_cmpuint (answer.n_answers, ==, 0);
}

static void
test_an_attempt_that_runs_is_shown_with_what_it_said (World         *self,
                                                      gconstpointer  unused)
{
  Witness witness = { .evidence = "{'output': <'words'>, 'log': <[(int64 1, uint32 3, 'one')]>, 'nonsense': <3>}" };
  guint64 id = submit (self);
  g_autoptr(GVariant) attempts = NULL;
  g_autoptr(GVariant) attempt = NULL;
  g_autoptr(GVariant) nonsense = NULL;
  const char *output = NULL;
  guint32 n_lines = 0;

  aq_engine_set_witness_func (self->engine, tell, &witness);
  start (self);
  attempts = world_property (self, id, "Attempts");
  attempt = g_variant_get_child_value (attempts, 0);
  g_variant_lookup (attempt, "output", "&s", &output);
  g_assert_cmpstr (output, ==, "words");
  g_variant_lookup (attempt, "log-lines", "u", &n_lines);
  g_assert_cmpuint (n_lines, ==, 1);
  nonsense = g_variant_lookup_value (attempt, "nonsense", NULL);
  g_assert_null (nonsense);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/witness/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("what is there is read at once", test_what_is_there_is_read_at_once);
  ADD ("who has all waits for more", test_who_has_all_waits_for_more);
  ADD ("a wait ends with the attempt", test_a_wait_ends_with_the_attempt);
  ADD ("a wait ends with its time", test_a_wait_ends_with_its_time);
  ADD ("a job that has not begun is waited for", test_a_job_that_has_not_begun_is_waited_for);
  ADD ("what will never be is refused", test_what_will_never_be_is_refused);
  ADD ("who gives up hears nothing", test_who_gives_up_hears_nothing);
  ADD ("an attempt that runs is shown with what it said", test_an_attempt_that_runs_is_shown_with_what_it_said);
#undef ADD
  return g_test_run ();
}
