/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is known of an attempt when it is over: usage, output, log lines, the stack of a crash
 */

#include "config.h"

#include "fixture.h"

#include "core/aq-engine-witness.h"
#include "work/aq-usage-told.h"
#include "work/aq-witness.h"

#include <signal.h>
#include <string.h>

/* what is kept of the last attempt of a job */
static GVariant *
last_attempt (Fixture *fixture,
              guint64  id)
{
  g_autoptr(GVariant) job = fixture_read (fixture, id);
  g_autoptr(GVariant) attempts = g_variant_lookup_value (job, "Attempts", G_VARIANT_TYPE ("aa{sv}"));

  g_assert_nonnull (attempts);
  g_assert_cmpuint (g_variant_n_children (attempts), >, 0);
  return g_variant_get_child_value (attempts, g_variant_n_children (attempts) - 1);
}

/* runs a function that can be called once, and gives its only attempt */
static GVariant *
run_once (Fixture    *fixture,
          const char *function,
          const char *arguments,
          Ending     *out_ending)
{
  g_autofree char *entries = g_strdup_printf ("[{'function': <'crashes.%s'>, 'arguments': <%s>, 'retry': <'never'>}]",
                                              function, arguments);
  guint64 id = fixture_submit (fixture, entries);

  *out_ending = fixture_wait (fixture, id);
  return last_attempt (fixture, id);
}

/* Returns: whether there is a frame of that function, and of that source if it is given */
static gboolean
has_frame (GVariant   *attempt,
           const char *wanted,
           const char *wanted_source)
{
  g_autoptr(GVariant) stack = g_variant_lookup_value (attempt, "stack", G_VARIANT_TYPE ("aa{sv}"));

  g_assert_nonnull (stack);
  for (gsize i = 0; i < g_variant_n_children (stack); i++)
    {
      g_autoptr(GVariant) frame = g_variant_get_child_value (stack, i);
      const char *function = "";
      const char *source = "";
      guint32 line = 0;

      g_variant_lookup (frame, "function", "&s", &function);
      g_variant_lookup (frame, "source", "&s", &source);
      g_variant_lookup (frame, "line", "u", &line);
      if (g_str_equal (function, wanted) &&
          (wanted_source == NULL || (g_str_has_suffix (source, wanted_source) && line > 0)))
        return TRUE;
    }
  g_test_message ("no %s in %s", wanted, g_variant_print (stack, FALSE));
  return FALSE;
}

static gint32
signal_of (GVariant *attempt)
{
  gint32 number = 0;

  g_variant_lookup (attempt, "signal", "i", &number);
  return number;
}

static void
test_a_crash_is_told_with_its_function_and_line (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  static const struct
  {
    const char *function;
    int         signal;
    const char *frame;
  } cases[] = {
    { "segv", SIGSEGV, "crash_inlined" },     { "segv", SIGSEGV, "crash_in_static" },
    { "segv", SIGSEGV, "crashes_segv" },      { "abort", SIGABRT, "crashes_abort" },
    { "wild_call", SIGSEGV, "crashes_wild_call" }, { "overflow", SIGSEGV, "recurse" },
    { "thread", SIGSEGV, "crash_in_static" },
  };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Ending ending;
      g_autoptr(GVariant) attempt = run_once (fixture, cases[i].function, "()", &ending);

      g_test_message ("%s", cases[i].function);
      assert_failure (ending, ASYNCQ_ERROR_CRASHED, "while it ran crashes.*: at [a-z_]+\\+0x[0-9a-f]+ \\(crashes.c:[0-9]+\\)$");
      g_assert_cmpint (signal_of (attempt), ==, cases[i].signal);
      g_assert_true (has_frame (attempt, cases[i].frame, "crashes.c"));
    }
}

static void
test_a_stack_that_was_overwritten_costs_the_stack_alone (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  Ending ending;
  g_autoptr(GVariant) attempt = run_once (fixture, "smashed", "()", &ending);

  assert_failure (ending, ASYNCQ_ERROR_CRASHED, "died of signal");
  g_assert_cmpint (signal_of (attempt), !=, 0);
}

static void
test_a_handler_of_the_plugin_has_the_last_word (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  gint32 status = -1;
  Ending ending;
  g_autoptr(GVariant) attempt = run_once (fixture, "own_handler", "()", &ending);

  assert_failure (ending, ASYNCQ_ERROR_CRASHED, "exited with status 23");
  g_assert_true (g_variant_lookup (attempt, "exit-status", "i", &status));
  g_assert_cmpint (status, ==, 23);
  g_assert_false (g_variant_lookup (attempt, "stack", "aa{sv}", NULL));
}

static void
test_who_is_refused_memory_has_died_of_that (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  Ending ending;
  g_autoptr(GVariant) attempt = run_once (fixture, "refused_memory", "()", &ending);

  assert_failure (ending, ASYNCQ_ERROR_OUT_OF_MEMORY, "");
  g_assert_nonnull (attempt);
}

static void
on_log (GVariant     *value,
        const GError *error,
        gpointer      user_data)
{
  g_assert_no_error (error);
  *(GVariant **) user_data = g_variant_get_child_value (value, 1);
}

/* the lines of the last attempt */
static GVariant *
read_log (Fixture *fixture,
          guint64  id)
{
  GVariant *lines = NULL;

  (void) aq_engine_read_log (fixture->engine, id, 0, 0, 0, on_log, &lines);
  while (lines == NULL)
    fixture_turn ();
  return lines;
}

static void
assert_text (GVariant   *attempt,
             const char *key,
             const char *part)
{
  const char *text = NULL;

  g_assert_true (g_variant_lookup (attempt, key, "&s", &text));
  g_assert_nonnull (strstr (text, part));
}

static void
test_the_last_words_of_a_job_are_kept (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  g_autoptr(GVariant) lines = NULL;
  g_autofree char *text = NULL;
  guint64 n_bytes = 0;
  Ending ending;
  g_autoptr(GVariant) attempt = run_once (fixture, "talk", "(true,)", &ending);

  assert_failure (ending, ASYNCQ_ERROR_CRASHED, "SIGABRT");
  assert_text (attempt, "output", "said on stdout\n");
  assert_text (attempt, "output", "said on stderr\n");
  assert_text (attempt, "output", "no end of a line");
  g_assert_true (g_variant_lookup (attempt, "output-bytes", "t", &n_bytes));
  g_assert_cmpuint (n_bytes, ==, strlen ("said on stdout\nsaid on stderr\nno end of a line"));
  lines = read_log (fixture, 1);
  text = g_variant_print (lines, FALSE);
  g_assert_cmpuint (g_variant_n_children (lines), ==, 3);
  g_assert_nonnull (strstr (text, "2, 'step 1')"));
  g_assert_nonnull (strstr (text, "1, 'two')"));
  g_assert_nonnull (strstr (text, "1, 'lines \357\277\275')"));
}

static void
test_what_is_kept_of_a_log_is_bounded (void)
{
  g_autoptr(AqWitness) witness = aq_witness_new ();
  g_auto(GVariantDict) evidence = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GVariant) value = NULL;
  g_autofree guint8 *much = g_malloc (100000);
  const char *output;
  guint32 n_dropped;
  guint64 n_bytes;

  for (int i = 0; i < 3000; i++)
    aq_witness_add_line (witness, i, 3, "a line");
  memset (much, 0xff, 100000);
  aq_witness_add_output (witness, much, 100000);
  aq_witness_add_output (witness, (const guint8 *) "end", 3);
  aq_witness_tell (witness, &evidence);
  value = g_variant_ref_sink (g_variant_dict_end (&evidence));
  g_assert_true (g_variant_lookup (value, "log-dropped", "u", &n_dropped));
  g_assert_cmpuint (n_dropped, ==, 2000);
  g_assert_true (g_variant_lookup (value, "output", "&s", &output));
  g_assert_cmpuint (strlen (output), <=, 8192);
  g_assert_true (g_str_has_suffix (output, "end"));
  g_assert_true (g_utf8_validate (output, -1, NULL));
  g_assert_true (g_variant_lookup (value, "output-bytes", "t", &n_bytes));
  g_assert_cmpuint (n_bytes, ==, 100003);
  g_assert_cmpuint (g_variant_get_size (value), <, 96 * 1024);
}

static void
test_who_prints_without_end_is_read_to_the_end (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);

  /* more than is read in one window, and than a pipe has room for */
  assert_value (fixture_run (fixture, "crashes.print_much", "(uint32 50000000,)"), "0");
}

static void
test_who_prints_more_than_he_may_is_stopped (void)
{
  static const char * const plugins[] = { "crashes", NULL };
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  Ending ending;
  g_autoptr(GVariant) attempt = run_once (fixture, "print_limited", "(uint32 50000000,)", &ending);

  assert_failure (ending, ASYNCQ_ERROR_LIMIT_EXCEEDED, "");
  assert_text (attempt, "limit", "output");
}

static void
test_usage_that_cannot_be_is_cut (void)
{
  AqUsage usage = aq_usage_from_worker (&(AqWireUsage) { G_MAXUINT64, G_MAXUINT64, G_MAXUINT64, G_MAXUINT64, G_MAXUINT64 });
  AqUsage sum = usage;

  g_assert_cmpint (usage.user_usec, >, 0);
  g_assert_cmpint (usage.system_usec, >, 0);
  for (int i = 0; i < 1000; i++)
    aq_usage_add (&sum, &usage);
  g_assert_cmpint (sum.user_usec, ==, usage.user_usec);
  aq_usage_subtract (&usage, &(AqUsage) { G_MAXINT64, G_MAXINT64, 0, G_MAXUINT64, G_MAXUINT64 });
  g_assert_cmpint (usage.user_usec, ==, 0);
  g_assert_cmpuint (usage.read_bytes, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/forensics/" #name, test_##name)
  ADD (a_crash_is_told_with_its_function_and_line);
  ADD (a_stack_that_was_overwritten_costs_the_stack_alone);
  ADD (a_handler_of_the_plugin_has_the_last_word);
  ADD (who_is_refused_memory_has_died_of_that);
  ADD (the_last_words_of_a_job_are_kept);
  ADD (what_is_kept_of_a_log_is_bounded);
  ADD (who_prints_without_end_is_read_to_the_end);
  ADD (who_prints_more_than_he_may_is_stopped);
  ADD (usage_that_cannot_be_is_cut);
#undef ADD

  return g_test_run ();
}
