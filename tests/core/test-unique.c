/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * For how long a unique key keeps others out, and what is put meanwhile
 */

#include "config.h"

#include "world.h"

#define WAITING "[{'function': <'t.noop'>, 'unique-key': <'k'>, 'unique-scope': <'waiting'>}]"
#define HOUR "[{'function': <'t.noop'>, 'unique-key': <'k'>, 'unique-period': <int64 3600000000>}]"
#define MAIL "[{'function': <'t.noop'>, 'queue': <'%s'>}]"

static const AqActor somebody = { 1000, ":1.7" };

static Attempt
claim (World   *world,
       guint64  id)
{
  Attempt attempt = { 0 };

  g_assert_true (world_claim (world, &attempt));
  g_assert_cmpuint (attempt.id, ==, id);
  return attempt;
}

static void
assert_show (World      *world,
             guint64     id,
             const char *expected)
{
  g_autofree char *shown = world_show (world, id);

  g_assert_cmpstr (shown, ==, expected);
}

static void
test_waiting (World         *world,
              gconstpointer  unused)
{
  guint64 first = world_submit_one (world, WAITING);
  guint64 second;
  Attempt attempt;

  g_assert_cmpuint (world_submit_one (world, WAITING), ==, first);
  attempt = claim (world, first);
  second = world_submit_one (world, WAITING);
  g_assert_cmpuint (second, !=, first);
  world_start (world, attempt);
  g_assert_cmpuint (world_submit_one (world, WAITING), ==, second);
  /* the first one is pending again, but it is the newest that holds the key */
  world_fail (world, attempt);
  g_assert_cmpuint (world_submit_one (world, WAITING), ==, second);
  aq_clock_advance (world->clock, (gint64) 3600 * G_USEC_PER_SEC);
  world_settle (world);
  world_run_all (world);
  g_assert_cmpuint (world_submit_one (world, WAITING), >, second);
}

static void
test_period (World         *world,
             gconstpointer  unused)
{
  guint64 first = world_submit_one (world, HOUR);

  world_run_all (world);
  assert_show (world, first, "completed succeeded 0");
  aq_clock_advance (world->clock, (gint64) 3599 * G_USEC_PER_SEC);
  world_settle (world);
  g_assert_cmpuint (world_submit_one (world, HOUR), ==, first);
  aq_clock_advance (world->clock, G_USEC_PER_SEC);
  world_settle (world);
  g_assert_cmpuint (world_submit_one (world, HOUR), !=, first);
}

static void
test_composite_is_replaced (World         *world,
                            gconstpointer  unused)
{
  g_autofree char *text = g_strdup_printf ("[{'kind': <'serial'>, 'unique-key': <'k'>, 'unique-conflict': <'replace'>,"
                                           "  'begin-after': <int64 %" G_GINT64_FORMAT ">},"
                                           " {'function': <'t.noop'>, 'parent': <0>},"
                                           " {'function': <'t.count'>, 'parent': <0>, 'role': <'postprocess'>}]",
                                           START + G_USEC_PER_SEC);
  g_autoptr(GArray) first = world_submit (world, text);
  g_autoptr(GArray) second = world_submit (world, text);

  g_assert_cmpuint (g_array_index (second, guint64, 0), >, g_array_index (first, guint64, 2));
  for (guint i = 0; i < first->len; i++)
    {
      g_autoptr(GVariant) outcome = world_property (world, g_array_index (first, guint64, i), "Outcome");

      g_assert_cmpstr (g_variant_get_string (outcome, NULL), ==, "cancelled");
    }
  aq_clock_advance (world->clock, G_USEC_PER_SEC);
  world_settle (world);
  world_run_all (world);
  assert_show (world, g_array_index (second, guint64, 0), "completed succeeded 0");
}

static void
on_cleaned (const guint  *counts,
            const GError *error,
            gpointer      user_data)
{
  gboolean *done = user_data;

  g_assert_no_error (error);
  *done = TRUE;
}

static void
clean (World      *world,
       const char *which)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (which, NULL);
  gboolean done = FALSE;

  aq_engine_clean (world->engine, &somebody, filter, on_cleaned, &done);
  while (!done)
    g_main_context_iteration (NULL, FALSE);
}

/* what it was to follow is gone by now */
static void
test_holder_answers_whatever_else_is_said (World         *world,
                                           gconstpointer  unused)
{
  const char *text = "[{'function': <'t.noop'>, 'unique-key': <'k'>, 'unique-period': <int64 3600000000>,"
                     "  'after-jobs': <[(uint64 1, 'any')]>}]";
  guint64 id;

  (void) world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  id = world_submit_one (world, text);
  world_run_all (world);
  clean (world, "function:t.echo");
  g_assert_cmpuint (world_submit_one (world, text), ==, id);
  aq_clock_advance (world->clock, (gint64) 3600 * G_USEC_PER_SEC);
  world_settle (world);
  {
    g_autoptr(GError) error = world_refuse (world, text);

    g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
  }
}

/* the holder that answers the second entry is cancelled by the first one */
static void
test_list_that_cancels_a_holder_is_checked (World         *world,
                                            gconstpointer  unused)
{
  g_autofree char *later = g_strdup_printf ("[{'function': <'t.noop'>, 'unique-key': <'a'>, 'begin-after':"
                                            " <int64 %" G_GINT64_FORMAT ">}]", START + G_USEC_PER_SEC);

  (void) world_submit_one (world, later);
  (void) world_submit_one (world, "[{'function': <'t.noop'>, 'unique-key': <'b'>,"
                                  "  'after-jobs': <[(uint64 1, 'success')]>}]");
  {
    g_autoptr(GError) error =
      world_refuse (world, "[{'function': <'t.noop'>, 'unique-key': <'a'>, 'unique-conflict': <'replace'>},"
                           " {'function': <'t.noop'>, 'unique-key': <'b'>, 'after-jobs': <[(uint64 99, 'any')]>}]");

    g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
  }
}

/* not about keys, but about what may be put as well */
static void
test_function_puts_into_queues_that_there_are (World         *world,
                                               gconstpointer  unused)
{
  g_autofree char *wrong = g_strdup_printf (MAIL, "mial");
  g_autofree char *right = g_strdup_printf (MAIL, "mail");
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");
  Attempt attempt = claim (world, id);
  g_autoptr(GError) error = world_try_return (world, attempt, wrong, -1, NULL);
  g_autoptr(GVariant) queue = NULL;

  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
  g_assert_nonnull (g_strstr_len (error->message, -1, "did you mean 'mail'?"));
  world_return (world, attempt, right, -1, NULL);
  assert_show (world, id, "completed succeeded ()");
  queue = world_property (world, id + 1, "Queue");
  g_assert_cmpstr (g_variant_get_string (queue, NULL), ==, "mail");
}

#define ADD(path, func) g_test_add ("/core/unique/" path, World, NULL, world_set_up, func, world_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("scope-waiting-is-until-a-claim", test_waiting);
  ADD ("scope-period-is-over-when-it-is", test_period);
  ADD ("a-composite-is-replaced-with-its-parts", test_composite_is_replaced);
  ADD ("the-holder-answers-whatever-else-is-said", test_holder_answers_whatever_else_is_said);
  ADD ("a-list-that-cancels-a-holder-is-checked", test_list_that_cancels_a_holder_is_checked);
  ADD ("a-function-puts-into-queues-that-there-are", test_function_puts_into_queues_that_there_are);
  return g_test_run ();
}
