/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include <string.h>

#define ECHO "{'function': <'t.echo'>, 'arguments': <(1,)>}"

static void
test_life (World         *self,
           gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  Attempt attempt;

  world_assert_show (self, id, "pending none ()");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, id);
  world_assert_show (self, id, "assigned none ()");
  world_start (self, attempt);
  world_assert_show (self, id, "active none ()");
  world_succeed (self, attempt, "42");
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_failure (World         *self,
              gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  world_fail (self, attempt);
  world_assert_show (self, id, "completed failed ('asyncq-error-quark', 0, 'no luck')");
}

static void
test_short_job_starts_with_its_end (World         *self,
                                    gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  g_autoptr(GVariant) attempts = NULL;
  g_autoptr(GVariant) worker = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "1");
  attempts = world_property (self, id, "Attempt");
  worker = world_property (self, id, "Worker");
  g_assert_cmpuint (g_variant_get_uint32 (attempts), ==, 1);
  g_assert_cmpuint (g_variant_get_uint32 (worker), ==, 4711);
}

static void
test_completes_once (World         *self,
                     gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  world_succeed (self, attempt, "1");
  error = world_try_succeed (self, attempt);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  world_assert_show (self, id, "completed succeeded 1");
}

static void
test_stale_lease (World         *self,
                  gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  g_autoptr(GError) error = NULL;
  Attempt first;
  Attempt second;

  g_assert_true (world_claim (self, &first));
  world_start (self, first);
  g_assert_true (aq_engine_interrupt_job (self->engine, first.id, first.lease, NULL));
  g_assert_true (world_claim (self, &second));
  g_assert_cmpuint (second.id, ==, id);
  g_assert_cmpuint (second.lease, >, first.lease);

  error = world_try_succeed (self, first);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  g_assert_false (aq_engine_start_job (self->engine, first.id, first.lease, 1, NULL));
  g_assert_false (aq_engine_release_job (self->engine, first.id, first.lease, NULL));
  g_assert_false (aq_engine_interrupt_job (self->engine, first.id, first.lease, NULL));
  world_start (self, second);
  world_succeed (self, second, "2");
  world_assert_show (self, id, "completed succeeded 2");
}

static void
test_order (World         *self,
            gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'function': <'t.echo'>, 'arguments': <(1,)>},"
                                              " {'function': <'t.noop'>, 'priority': <byte 5>},"
                                              " {'function': <'t.noop'>},"
                                              " {'function': <'t.echo'>, 'arguments': <(1,)>, 'queue': <'mail'>}]");

  world_assert_claims (self, 10, "2 1 3 4");
}

static void
test_interrupted_comes_first (World         *self,
                              gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[" ECHO "," ECHO "," ECHO "]");
  g_autoptr(GVariant) interruptions = NULL;
  Attempt first;
  Attempt second;

  g_assert_true (world_claim (self, &first));
  g_assert_true (world_claim (self, &second));
  world_start (self, second);
  g_assert_true (aq_engine_interrupt_job (self->engine, second.id, second.lease, NULL));
  /* not begun: back to its own place, which is before the third but after the put-back one */
  g_assert_true (aq_engine_interrupt_job (self->engine, first.id, first.lease, NULL));
  world_assert_claims (self, 10, "2 1 3");
  /* by the daemon's own stop: not counted */
  interruptions = world_property (self, 2, "Interruptions");
  g_assert_cmpuint (g_variant_get_uint32 (interruptions), ==, 0);
}

static void
test_begin_after (World         *self,
                  gconstpointer  unused)
{
  g_autofree char *text = g_strdup_printf ("[{'function': <'t.noop'>, 'begin-after': <int64 %" G_GINT64_FORMAT ">},"
                                           " {'function': <'t.noop'>, 'begin-after': <int64 5>}]",
                                           START + 10 * G_USEC_PER_SEC);
  g_autoptr(GArray) ids = world_submit (self, text);
  g_autoptr(GVariant) shown = world_property (self, 2, "BeginAfter");

  g_assert_cmpint (g_variant_get_int64 (shown), ==, 5);
  world_assert_claims (self, 10, "2");
  aq_clock_advance (self->clock, 9 * G_USEC_PER_SEC);
  world_assert_claims (self, 10, "");
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  world_assert_claims (self, 10, "1");
}

static void
count_call (gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_work_is_told (World         *self,
                   gconstpointer  unused)
{
  g_autofree char *text = g_strdup_printf ("[{'function': <'t.noop'>, 'begin-after': <int64 %" G_GINT64_FORMAT ">}]",
                                           START + 10 * G_USEC_PER_SEC);
  guint n_calls = 0;
  guint64 id;

  aq_engine_set_work_func (self->engine, count_call, &n_calls);
  world_settle (self);
  n_calls = 0;
  id = world_submit_one (self, text);
  g_assert_cmpuint (id, ==, 1);
  g_assert_cmpuint (n_calls, ==, 1);
  aq_clock_advance (self->clock, 20 * G_USEC_PER_SEC);
  world_settle (self);
  g_assert_cmpuint (n_calls, ==, 2);
  aq_engine_set_work_func (self->engine, NULL, NULL);
}

static void
test_submit_key (World         *self,
                 gconstpointer  unused)
{
  const char *text = "[{'function': <'t.noop'>, 'submit-key': <'k'>}, {'function': <'t.noop'>}]";
  g_autoptr(GArray) first = world_submit (self, text);
  g_autoptr(GArray) second = world_submit (self, text);
  Attempt attempt;

  g_assert_cmpuint (g_array_index (first, guint64, 0), ==, g_array_index (second, guint64, 0));
  g_assert_cmpuint (g_array_index (second, guint64, 1), ==, 3);
  /* also when it has completed long ago */
  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  g_assert_cmpuint (world_submit_one (self, text), ==, 1);
}

static void
test_submit_key_twice_in_a_list (World         *self,
                                 gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'function': <'t.noop'>, 'submit-key': <'k'>},"
                                              " {'function': <'t.noop'>, 'submit-key': <'k'>}]");

  g_assert_cmpuint (g_array_index (ids, guint64, 0), ==, 1);
  g_assert_cmpuint (g_array_index (ids, guint64, 1), ==, 1);
  world_assert_claims (self, 10, "1");
}

static void
test_cancel (World         *self,
             gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  g_autoptr(GError) none = world_cancel (self, id);
  g_autoptr(GError) again = world_cancel (self, id);
  g_autoptr(GError) unknown = world_cancel (self, 99);

  g_assert_no_error (none);
  world_assert_show (self, id, "completed cancelled ('asyncq-error-quark', 15, 'cancelled by user 1000: not wanted')");
  g_assert_error (again, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  g_assert_error (unknown, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
  world_assert_claims (self, 10, "");
}

static void
test_cancel_running (World         *self,
                     gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  error = world_cancel (self, id);
  g_assert_no_error (error);
  world_assert_show (self, id, "assigned none ()");
  world_fail (self, attempt);
  world_assert_show (self, id, "completed cancelled ('asyncq-error-quark', 15, 'cancelled by user 1000: not wanted')");
}

static void
test_filter_and_queues (World         *self,
                        gconstpointer  unused)
{
  const char * const mail[] = { "mail", NULL };
  g_autoptr(AqAgent) agent = aq_agent_new ("mail", 3, "t.n*", mail, NULL);
  g_autoptr(GArray) ids = world_submit (self, "[{'function': <'t.noop'>},"
                                              " {'function': <'t.echo'>, 'arguments': <(1,)>, 'queue': <'mail'>},"
                                              " {'function': <'t.noop'>, 'queue': <'mail'>}]");
  AqAgent *main_agent = self->agent;

  self->agent = agent;
  world_assert_claims (self, 10, "3");
  self->agent = main_agent;
  world_assert_claims (self, 10, "1 2");
}

static void
test_missing_function_waits (World         *self,
                             gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'function': <'later.f'>, 'arguments': <(1, 'x')>, 'defer-check': <true>}]");
  GPtrArray *functions = g_ptr_array_new ();
  GError *error = NULL;

  world_assert_claims (self, 10, "");
  world_assert_show (self, id, "pending none ()");
  g_ptr_array_add (functions, aq_function_new ("later", "f", "a i, b s", "()", "", &error));
  aq_function_table_set_plugin (aq_engine_get_functions (self->engine), "later", functions);
  world_assert_claims (self, 10, "1");
}

static void
test_recovery (World         *self,
               gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[" ECHO "," ECHO "," ECHO "," ECHO "]");
  g_autoptr(GError) error = NULL;
  Attempt one;
  Attempt two;
  Attempt three;

  g_assert_true (world_claim (self, &one));
  g_assert_true (world_claim (self, &two));
  g_assert_true (world_claim (self, &three));
  world_start (self, two);
  world_start (self, three);
  /* what the next daemon does with this store */
  g_assert_true (aq_engine_start (self->engine, &error));
  world_settle (self);
  world_assert_claims (self, 2, "2 3");
  world_assert_claims (self, 10, "4 1");
  {
    g_autoptr(GError) stale = world_try_succeed (self, two);
    g_autoptr(GVariant) lease = world_property (self, 2, "Lease");

    g_assert_error (stale, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
    g_assert_cmpuint (g_variant_get_uint64 (lease) >> 32, ==, (two.lease >> 32) + 1);
  }
}

static void
test_puts_commit_with_the_end (World         *self,
                               gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" ECHO "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[{'function': <'t.noop'>}]", -1, NULL);
  world_assert_show (self, id, "completed succeeded ()");
  world_assert_show (self, id + 1, "pending none ()");
}

static void
test_put_takes_the_jobs_queue (World         *self,
                               gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'function': <'t.noop'>, 'queue': <'mail'>}]");
  g_autoptr(GVariant) queue = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, id);
  world_return (self, attempt, "[{'function': <'t.noop'>}]", -1, NULL);
  queue = world_property (self, 2, "Queue");
  g_assert_cmpstr (g_variant_get_string (queue, NULL), ==, "mail");
}

static void
test_list (World         *self,
           gconstpointer  unused)
{
  const struct
  {
    const char *filter;
    guint       n;
  } cases[] = {
    { "", 4 },
    { "state:pending", 3 },
    { "state:completed", 1 },
    { "state:succeeded state:pending", 4 },
    { "queue:", 3 },
    { "queue:m*", 1 },
    { "function:t.e* queue:", 2 },
    { "function:t.noop function:t.echo", 4 },
    { "state:failed", 0 },
  };
  g_autoptr(GArray) ids = world_submit (self, "[" ECHO "," ECHO ",{'function': <'t.noop'>},"
                                              "{'function': <'t.noop'>, 'queue': <'mail'>}]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "1");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AqFilter) filter = aq_filter_parse (cases[i].filter, NULL);
      guint n = 0;

      for (guint64 id = 1; id <= 4; id++)
        n += aq_engine_job_matches (self->engine, id, filter);
      g_assert_cmpuint (n, ==, cases[i].n);
    }
}

static guint
count_accepted (World      *self,
                const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqFilter) filter = aq_filter_parse (text, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (guint64 id = 1; id <= 3; id++)
    n += aq_engine_job_matches (self->engine, id, filter);
  return n;
}

static void
test_ages (World         *self,
           gconstpointer  unused)
{
  const gint64 hour = 3600 * G_GINT64_CONSTANT (1000000);
  g_autoptr(GArray) old = world_submit (self, "[" ECHO "]");
  g_autoptr(GArray) middle = NULL;
  g_autoptr(GArray) new = NULL;

  aq_clock_advance (self->clock, 2 * hour);
  middle = world_submit (self, "[" ECHO "]");
  aq_clock_advance (self->clock, hour / 2);
  new = world_submit (self, "[" ECHO "]");

  g_assert_cmpuint (count_accepted (self, "age:>1h"), ==, 1);
  g_assert_cmpuint (count_accepted (self, "age:>29m59s"), ==, 2);
  g_assert_cmpuint (count_accepted (self, "age:>30min"), ==, 1); /* more than, not as much as */
  g_assert_cmpuint (count_accepted (self, "age:<1d"), ==, 3);
  g_assert_cmpuint (count_accepted (self, "age:<1"), ==, 1);
  g_assert_cmpuint (count_accepted (self, "age:>10m age:<1h"), ==, 1);
  g_assert_cmpuint (count_accepted (self, "age:>1w"), ==, 0);
  g_assert_cmpuint (count_accepted (self, "age:>1h state:completed"), ==, 0);
}

static void
test_unknown_key (World         *self,
                  gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (aq_filter_parse ("stat:failed", &error));
  g_assert_nonnull (strstr (error->message, "did you mean 'state:'?"));
  g_clear_error (&error);
  g_assert_null (aq_filter_parse ("colour:red", &error));
  g_assert_null (strstr (error->message, "did you mean"));
}

static void
test_bad_filter (World         *self,
                 gconstpointer  unused)
{
  const char * const bad[] = { "state:", "state:running", "colour:red", "age:",
                              "age:1h", "age:>", "age:>1x", "age:>-1h", "age:=1h", "age:>1.5h",
                              "age:>99999999999999999999w", "age:>36525d1s" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_filter_parse (bad[i], &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_assert_nonnull (g_strstr_len (error->message, -1, bad[i]));
    }
}

static void
test_bad_entries (World         *self,
                  gconstpointer  unused)
{
  const struct
  {
    const char *entry;
    int         code;
    const char *says;
  } cases[] = {
    { "{'function': <'t.ecko'>}", ASYNCQ_ERROR_NO_SUCH_FUNCTION, "did you mean 't.echo'" },
    { "{'function': <'nowhere.f'>}", ASYNCQ_ERROR_NO_SUCH_FUNCTION, "nowhere.f" },
    { "{'function': <'t.echo'>}", ASYNCQ_ERROR_BAD_ARGUMENTS, "value" },
    { "{'function': <'t.echo'>, 'arguments': <('x',)>}", ASYNCQ_ERROR_BAD_ARGUMENTS, "value" },
    { "{'function': <'t.echo'>, 'arguments': <(1, 2)>}", ASYNCQ_ERROR_BAD_ARGUMENTS, "2" },
    { "{'function': <'t.echo'>, 'named': <{'valu': <1>}>}", ASYNCQ_ERROR_BAD_ARGUMENTS, "valu" },
    { "{'function': <'t.echo'>, 'arguments': <7>}", ASYNCQ_ERROR_INVALID, "arguments" },
    { "{'function': <7>}", ASYNCQ_ERROR_INVALID, "function" },
    { "{'nonsense': <7>}", ASYNCQ_ERROR_INVALID, "nonsense" },
    { "{'queue': <''>}", ASYNCQ_ERROR_INVALID, "function" },
    { "{'function': <'t.noop'>, 'queue': <'a b'>}", ASYNCQ_ERROR_INVALID, "a b" },
    { "{'function': <'t.noop'>, 'priority': <256>}", ASYNCQ_ERROR_INVALID, "256" },
    { "{'function': <'t.noop'>, 'priority': <-1>}", ASYNCQ_ERROR_INVALID, "-1" },
    { "{'function': <'t.noop'>, 'begin-after': <int64 -1>}", ASYNCQ_ERROR_INVALID, "begin-after" },
    { "{'function': <'t.noop'>, 'submit-key': <''>}", ASYNCQ_ERROR_INVALID, "submit-key" },
    { "{'function': <'t.noop'>, 'parent': <0>}", ASYNCQ_ERROR_INVALID, "parent" },
    { "{'function': <'t.noop'>, 'parent': <9>}", ASYNCQ_ERROR_INVALID, "parent" },
    { "{'function': <'t.noop'>, 'role': <'member'>}", ASYNCQ_ERROR_INVALID, "no parent" },
    { "{'kind': <'parallel'>, 'function': <'t.noop'>}", ASYNCQ_ERROR_INVALID, "neither" },
    { "{'kind': <'sideways'>}", ASYNCQ_ERROR_INVALID, "sideways" },
    { "{'function': <'a/b'>, 'defer-check': <true>}", ASYNCQ_ERROR_INVALID, "a/b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("[{'function': <'t.noop'>}, %s]", cases[i].entry);
      g_autoptr(GError) error = world_refuse (self, text);

      g_assert_error (error, ASYNCQ_ERROR, cases[i].code);
      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].says));
      g_assert_true (g_str_has_prefix (error->message, "entry 1: "));
    }
  world_assert_claims (self, 10, "");
}

/* kept, each of these would end the connection of everybody who lists jobs */
static void
test_arguments_that_cannot_be_told (World         *self,
                                    gconstpointer  unused)
{
  g_autofree char *maybes = g_strnfill (40, 'm');
  g_autofree char *arrays = g_strnfill (40, 'a');
  g_autofree char *ints = g_strnfill (300, 'i');
  char *cases[] = {
    g_strdup_printf ("(@%si 1,)", maybes),
    g_strdup_printf ("(<@%si 1>,)", maybes),
    g_strdup_printf ("(@%si [],)", arrays),
    g_strdup_printf ("@a(%s) []", ints),
    g_strdup_printf ("[<@a(%s) []>]", ints),
  };
  const char *says[] = { "deeper", "deeper", "deeper", "305 characters", "303 characters" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
        g_strdup_printf ("[{'function': <'later.f'>, 'defer-check': <true>, 'arguments': <(%s,)>}]", cases[i]);
      g_autoptr(GError) error = world_refuse (self, text);

      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE);
      g_assert_nonnull (g_strstr_len (error->message, -1, says[i]));
      g_free (cases[i]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/rules/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("a job is submitted, claimed, started and ended", test_life);
  ADD ("a failure is kept as domain, code and message", test_failure);
  ADD ("the start of a short job is told with its end", test_short_job_starts_with_its_end);
  ADD ("a job completes once", test_completes_once);
  ADD ("a stale lease changes nothing", test_stale_lease);
  ADD ("claims go by priority, then by put, over all queues", test_order);
  ADD ("an interrupted job comes first, one not begun keeps its place", test_interrupted_comes_first);
  ADD ("a job does not begin before its time", test_begin_after);
  ADD ("work is told when a job has become due", test_work_is_told);
  ADD ("arguments that could be told to nobody are refused", test_arguments_that_cannot_be_told);
  ADD ("a submit key gives the first job again", test_submit_key);
  ADD ("a submit key counts within one list", test_submit_key_twice_in_a_list);
  ADD ("a pending job can be cancelled, once", test_cancel);
  ADD ("a claimed job is cancelled when it has stopped", test_cancel_running);
  ADD ("an agent takes only what its queues and filter accept", test_filter_and_queues);
  ADD ("a job whose function is missing waits for it", test_missing_function_waits);
  ADD ("recovery puts back what ran and requeues what was claimed", test_recovery);
  ADD ("jobs that a function puts commit with its end", test_puts_commit_with_the_end);
  ADD ("jobs that a function puts go to its own queue", test_put_takes_the_jobs_queue);
  ADD ("a filter accepts by state, queue and function", test_list);
  ADD ("a filter accepts by age", test_ages);
  ADD ("a filter's unknown key gives a suggestion", test_unknown_key);
  ADD ("a filter with a mistake names the word", test_bad_filter);
  ADD ("a list with one bad entry names it and submits nothing", test_bad_entries);
#undef ADD

  return g_test_run ();
}
