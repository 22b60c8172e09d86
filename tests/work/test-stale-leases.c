/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Words of a lease that is over
 *
 * A worker has a job, somebody else has it then, and the first one goes on: by the
 * same channel, in every frame that names a lease. Nothing of that may count.
 */

#include "config.h"

#include "fake-workers.h"
#include "fixture.h"

#include "core/aq-engine-annotations.h"

#include <signal.h>
#include <string.h>

#define N_RACES 2016
#define RACES_A_WORLD 48
#define MAX_TURNS 1000

/* how the job came to another one */
typedef enum
{
  WAY_STOPPED, /* the worker did not listen, and was killed; a child of it has its channel and speaks */
  WAY_FAILED,  /* it had told that the job has failed, and speaks again */
  WAY_GIVEN,   /* it had given the job back, and speaks of it all the same */
  WAY_OTHER,   /* likewise as with the first, but the one that has the job now speaks with the old lease */
  N_WAYS
} Way;

/* what the stale word is */
typedef enum
{
  WORD_DONE,
  WORD_DONE_WITH_PUTS,
  WORD_FAILED,
  WORD_SNOOZED,
  WORD_ANNOTATION,
  WORD_CHECKPOINT,
  WORD_BEGIN_ONCE,
  WORD_END_ONCE,
  WORD_LOG,
  WORD_RETURNED,
  WORD_BEGUN,
  WORD_FREE,
  N_WORDS
} Word;

static const char * const files[] = { "demo", NULL };

static const char description[] =
  "('demo', '1', '00', '', [('work', '', 'i', '', '', ''), ('many', '', 'i', '', '', 'concurrent=4'),"
  " ('effect', '', 'i', '', '', '')])";

/* Lets everything happen that can. Who was sent SIGKILL dies, but for @stopped (nullable), who is late. */
static void
turn (const FakeWorker *stopped)
{
  for (guint i = 0; i < 200 && g_main_context_iteration (NULL, FALSE); i++)
    ;
  for (guint i = 0; i < fake_workers_count (); i++)
    {
      FakeWorker *worker = fake_workers_get (i);

      fake_worker_listen (worker);
      if (worker->killed && worker != stopped)
        fake_worker_die (worker, SIGKILL);
    }
}

/* Returns: who has the job now, by another lease than @before */
static FakeWorker *
await_holder (Fixture *fixture,
              guint64  id,
              guint64  before,
              FakeRun *out_run)
{
  for (guint i = 0; i < MAX_TURNS; i++)
    {
      FakeWorker *holder;

      turn (NULL);
      turn (NULL);
      holder = fake_workers_newest (id, out_run);
      if (holder != NULL && out_run->lease != before && !holder->gone)
        return holder;
      aq_clock_advance (fixture->clock, G_USEC_PER_SEC);
    }
  g_assert_not_reached ();
}

static void
say_done (FakeWorker *self,
          guint64     lease,
          gint32      value,
          const char *puts_text)
{
  g_autoptr(GVariant) puts = puts_text == NULL ? NULL : g_variant_ref_sink (g_variant_new_parsed (puts_text));
  const guint64 result = (guint64) value;

  aq_wire_append_done (&self->out, &(AqWireDone) {
    .lease = lease, .run_nsec = 5000000, .returned = AQ_WIRE_NONE_RETURNED,
    .result_type = "i", .result = &result, .result_size = sizeof value,
    .puts = puts == NULL ? NULL : g_variant_get_data (puts), .puts_size = puts == NULL ? 0 : g_variant_get_size (puts),
  });
}

static void
say_failed (FakeWorker *self,
            guint64     lease)
{
  g_autoptr(GVariant) failure = g_variant_ref_sink (g_variant_new_parsed ("('stale', 1, 'a word')"));

  aq_wire_append_done (&self->out, &(AqWireDone) {
    .lease = lease, .run_nsec = 5000000, .returned = AQ_WIRE_NONE_RETURNED, .failed = 1,
    .result_type = "(sis)", .result = g_variant_get_data (failure), .result_size = g_variant_get_size (failure),
  });
}

static void
say_ask (FakeWorker     *self,
         guint64         lease,
         AqWireQuestion  question)
{
  const guint64 one = 1;

  aq_wire_append_ask (&self->out, &(AqWireAsk) {
    .lease = lease, .number = question == AQ_WIRE_LOG ? 0 : 1, .question = question,
    .name = question == AQ_WIRE_SET_CHECKPOINT ? "" : "stale",
    .value = question == AQ_WIRE_BEGIN_ONCE ? (AqWireValue) { 0 } : (AqWireValue) { "u", &one, 4 },
  });
}

static void
say_word (FakeWorker *self,
          guint64     lease,
          Word        word)
{
  switch (word)
    {
    case WORD_DONE:
      say_done (self, lease, 1, NULL);
      break;

    case WORD_DONE_WITH_PUTS:
      say_done (self, lease, 1, "[{'function': <'demo.effect'>}]");
      break;

    case WORD_FAILED:
      say_failed (self, lease);
      break;

    case WORD_SNOOZED:
      aq_wire_append_done (&self->out, &(AqWireDone) {
        .lease = lease, .run_nsec = 5000000, .returned = AQ_WIRE_NONE_RETURNED, .snoozed = 1,
        .snooze_usec = G_USEC_PER_SEC, .result_type = "",
      });
      break;

    case WORD_ANNOTATION:
      say_ask (self, lease, AQ_WIRE_SET_ANNOTATION);
      break;

    case WORD_CHECKPOINT:
      say_ask (self, lease, AQ_WIRE_SET_CHECKPOINT);
      break;

    case WORD_BEGIN_ONCE:
      say_ask (self, lease, AQ_WIRE_BEGIN_ONCE);
      break;

    case WORD_END_ONCE:
      say_ask (self, lease, AQ_WIRE_END_ONCE);
      break;

    case WORD_LOG:
      say_ask (self, lease, AQ_WIRE_LOG);
      break;

    case WORD_RETURNED:
      aq_wire_append_returned (&self->out, &lease, 1);
      break;

    case WORD_BEGUN:
      aq_wire_append_begun (&self->out, lease);
      break;

    default:
      aq_wire_append_free (&self->out);
    }
}

/* The worker is stopped, and its job runs out of time: it is asked, terminated and killed. */
static void
outlive (Fixture    *fixture,
         FakeWorker *worker)
{
  for (guint i = 0; i < MAX_TURNS && !worker->killed; i++)
    {
      aq_clock_advance (fixture->clock, G_USEC_PER_SEC);
      turn (worker);
    }
  g_assert_true (worker->killed);
}

/* Returns: who speaks of @old, which the job has no more */
static FakeWorker *
take_over (Fixture    *fixture,
           Way         way,
           FakeWorker *first,
           FakeRun     old)
{
  FakeRun run;
  FakeWorker *holder;

  if (way == WAY_FAILED)
    say_failed (first, old.lease);
  else if (way == WAY_GIVEN)
    aq_wire_append_returned (&first->out, &old.lease, 1);
  else
    outlive (fixture, first);
  fake_worker_say (first);
  holder = await_holder (fixture, old.id, old.lease, &run);
  return way == WAY_OTHER ? holder : first;
}

static void
on_found (GVariant     *value,
          const GError *error,
          gpointer      user_data)
{
  g_assert_no_error (error);
  *(int *) user_data = value != NULL;
}

/* whether any effect of a stale word is to be seen */
static gboolean
has_effect (Fixture *fixture,
            guint64  id)
{
  g_autoptr(GVariant) job = fixture_read (fixture, id);
  g_autofree char *text = g_variant_print (job, FALSE);
  int annotated = -1;

  (void) aq_engine_get_annotation (fixture->engine, id, "stale", 0, 0, on_found, &annotated); /* is over when told */
  while (annotated < 0)
    fixture_turn ();
  if (annotated || strstr (text, "log-lines") != NULL)
    return TRUE;
  for (guint i = 0; i < fake_workers_count (); i++)
    for (guint j = 0; j < fake_workers_get (i)->runs->len; j++)
      {
        const FakeRun *run = &g_array_index (fake_workers_get (i)->runs, FakeRun, j);

        if (run->has_checkpoint || g_str_equal (run->function, "demo.effect"))
          return TRUE;
      }
  return FALSE;
}

/* Returns: whether something of the stale word was accepted */
static gboolean
race (Fixture *fixture,
      Way      way,
      Word     word,
      GRand   *random)
{
  const char *entries = way == WAY_GIVEN
    ? "[{'function': <'demo.many'>, 'retry': <'m01'>, 'crash-limit': <uint32 100>}]"
    : "[{'function': <'demo.work'>, 'retry': <'m01'>, 'crash-limit': <uint32 100>, 'run-timeout': <int64 1000000>}]";
  guint64 id = fixture_submit (fixture, entries);
  FakeRun old, run;
  FakeWorker *first = await_holder (fixture, id, 0, &old);
  FakeWorker *speaker = take_over (fixture, way, first, old);
  FakeWorker *holder;
  gsize size;
  Ending ending;
  gboolean accepted;

  say_word (speaker, old.lease, word);
  /* it may arrive in two pieces */
  size = speaker->out.end - speaker->out.start;
  if (g_rand_boolean (random))
    {
      gsize rest = (gsize) g_rand_int_range (random, 1, (gint32) size);

      speaker->out.end -= rest;
      fake_worker_say (speaker);
      turn (NULL);
      say_word (speaker, old.lease, word);
      aq_wire_buffer_consume (&speaker->out, size - rest);
    }
  fake_worker_say (speaker);
  turn (NULL);

  /* whoever has it now ends it, and that is what counts */
  holder = await_holder (fixture, id, old.lease, &run);
  say_done (holder, run.lease, 2, NULL);
  fake_worker_say (holder);
  ending = fixture_wait (fixture, id);
  accepted = ending.outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED || g_variant_get_int32 (ending.value) != 2 ||
             has_effect (fixture, id);
  if (accepted)
    g_test_message ("way %d, word %d", way, word);
  ending_clear (&ending);
  turn (NULL);
  return accepted;
}

static void
test_no_word_of_a_lease_that_is_over_counts (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  guint n_accepted = 0;

  for (guint i = 0; i < N_RACES; i += RACES_A_WORLD)
    {
      g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
      Fixture *fixture;

      fake_workers_init (description);
      fixture = fixture_new_with_clock (2, files, clock);
      for (guint j = 0; j < RACES_A_WORLD; j++)
        n_accepted += race (fixture, j % N_WAYS, j / N_WAYS % N_WORDS, random);
      fixture_free (fixture);
      fake_workers_clear ();
    }
  g_test_message ("stale leases: races %d, accepted %u", N_RACES, n_accepted);
  g_assert_cmpuint (n_accepted, ==, 0);
}

/* else there would be nothing to see in the races either */
static void
test_the_same_words_count_while_the_lease_is_on (void)
{
  static const Word words[] = { WORD_DONE_WITH_PUTS, WORD_ANNOTATION, WORD_LOG };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
      FakeWorker *holder;
      Fixture *fixture;
      FakeRun run;
      guint64 id;

      fake_workers_init (description);
      fixture = fixture_new_with_clock (2, files, clock);
      id = fixture_submit (fixture, "[{'function': <'demo.work'>}]");
      holder = await_holder (fixture, id, 0, &run);
      say_word (holder, run.lease, words[i]);
      if (words[i] != WORD_DONE_WITH_PUTS)
        say_done (holder, run.lease, 2, NULL);
      fake_worker_say (holder);
      turn (NULL);
      turn (NULL);
      g_assert_true (has_effect (fixture, id));
      fixture_free (fixture);
      fake_workers_clear ();
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* workers that come to nothing are warned of */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);

#define ADD(name) g_test_add_func ("/workers/stale-leases/" #name, test_##name)
  ADD (the_same_words_count_while_the_lease_is_on);
  ADD (no_word_of_a_lease_that_is_over_counts);
#undef ADD

  return g_test_run ();
}
