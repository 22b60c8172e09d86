/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is kept of what a worker has said
 */

#include "config.h"

#include "core/aq-evidence.h"
#include "core/aq-job-past.h"

#include <string.h>

static GVariant *
take (const char *text)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (text));

  return aq_evidence_new (value);
}

/* lines "0", "1", … that begin with their number and have so many bytes */
static GVariant *
new_log (guint n_lines,
         guint n_bytes)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE));
  for (guint i = 0; i < n_lines; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u ", i);
      g_autofree char *text = g_strnfill (n_bytes, '.');

      memcpy (text, number, strlen (number));
      g_variant_builder_add (&builder, "(xus)", (gint64) i, 3, text);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
new_stack (guint n_frames)
{
  g_autofree char *long_name = g_strnfill (200, 'f');
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n_frames; i++)
    g_variant_builder_add_parsed (&builder, "{'function': <%s>, 'line': <%u>}", long_name, i);
  return g_variant_builder_end (&builder);
}

/* Returns: (transfer full): evidence with everything that is long */
static GVariant *
new_large (void)
{
  g_autofree char *output = g_strnfill (100000, 'o');
  g_autoptr(GVariant) value = g_variant_ref_sink (
    g_variant_new_parsed ("{'log': <%@a(xus)>, 'output': <%s>, 'stack': <%@aa{sv}>, 'signal': <11>}",
                          new_log (5000, 90), output, new_stack (1000)));
  GVariant *evidence = aq_evidence_new (value);

  g_assert_nonnull (evidence);
  g_assert_cmpuint (aq_evidence_get_size (evidence), <=, AQ_EVIDENCE_MAX_BYTES);
  return evidence;
}

static void
test_what_is_known_stays_and_the_rest_goes (void)
{
  g_autoptr(GVariant) evidence = take ("{'signal': <11>, 'exit-status': <'no number'>, 'nonsense': <3>, "
                                       "'sandbox': <['landlock']>, 'build': <'abc'>}");
  g_autoptr(GVariant) expected = g_variant_ref_sink (
    g_variant_new_parsed ("{'build': <'abc'>, 'sandbox': <['landlock']>, 'signal': <11>}"));

  g_assert_true (g_variant_equal (evidence, expected));
}

static void
test_what_is_no_evidence_is_none (void)
{
  static const char *const texts[] = { "3", "@a{sv} {}", "{'nonsense': <3>}", "{'a': 'b'}", "()" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (take (texts[i]));
}

static void
test_of_a_long_log_the_newest_lines_stay (void)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (
    g_variant_new_parsed ("{'log': <%@a(xus)>, 'log-dropped': <uint32 7>}", new_log (5000, 90)));
  g_autoptr(GVariant) evidence = aq_evidence_new (value);
  g_autoptr(GVariant) log = g_variant_lookup_value (evidence, "log", G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE));
  gsize n_lines = g_variant_n_children (log);
  gint64 newest;
  guint32 n_dropped;

  g_assert_cmpuint (n_lines, >, 100);
  g_variant_get_child (log, n_lines - 1, "(xus)", &newest, NULL, NULL);
  g_assert_cmpint (newest, ==, 4999);
  g_assert_true (g_variant_lookup (evidence, "log-dropped", "u", &n_dropped));
  g_assert_cmpuint (n_dropped, ==, 7 + 5000 - n_lines);
}

static void
test_of_a_long_stack_the_innermost_frames_stay (void)
{
  g_autoptr(GVariant) evidence = new_large ();
  g_autoptr(GVariant) stack = g_variant_lookup_value (evidence, "stack", NULL);
  g_autoptr(GVariant) first = g_variant_get_child_value (stack, 0);
  guint32 line;

  g_assert_cmpuint (g_variant_n_children (stack), >, 50);
  g_assert_true (g_variant_lookup (first, "line", "u", &line));
  g_assert_cmpuint (line, ==, 0);
}

static void
test_output_is_cut_between_characters (void)
{
  for (guint n_before = 0; n_before < 4; n_before++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(GVariant) value = NULL;
      g_autoptr(GVariant) evidence = NULL;
      const char *output;

      for (guint i = 0; i < 10000; i++)
        g_string_append (text, "\xe2\x82\xac");
      for (guint i = 0; i < n_before; i++)
        g_string_append_c (text, '.');
      value = g_variant_ref_sink (g_variant_new_parsed ("{'output': <%s>}", text->str));
      evidence = aq_evidence_new (value);
      g_assert_true (g_variant_lookup (evidence, "output", "&s", &output));
      g_assert_true (g_utf8_validate (output, -1, NULL));
      g_assert_cmpuint (strlen (output), >, 8 * 1024 - 4);
      g_assert_true (g_str_has_suffix (text->str, output));
    }
}

static void
test_what_was_made_once_is_the_same_when_it_is_read (void)
{
  g_autoptr(GVariant) evidence = new_large ();
  g_autoptr(GVariant) again = aq_evidence_new (evidence);

  g_assert_true (g_variant_equal (evidence, again));
}

static void
test_a_log_that_goes_is_told (void)
{
  g_autoptr(GVariant) evidence = aq_evidence_reduce (
    take ("{'log': <[(int64 7, uint32 2, 'a line')]>, 'output': <'words'>, 'stack': <[{'function': <'f'>}]>, "
          "'signal': <11>}"), AQ_EVIDENCE_SPEECH);
  g_autoptr(GVariant) expected = g_variant_ref_sink (
    g_variant_new_parsed ("{'log-dropped': <uint32 1>, 'signal': <11>, 'stack': <[{'function': <'f'>}]>}"));
  g_autoptr(GVariant) rest = NULL;
  g_autoptr(GVariant) expected_rest = g_variant_ref_sink (
    g_variant_new_parsed ("{'log-dropped': <uint32 1>, 'signal': <11>}"));

  g_assert_true (g_variant_equal (evidence, expected));
  rest = aq_evidence_reduce (g_steal_pointer (&evidence), AQ_EVIDENCE_STACK);
  g_assert_true (g_variant_equal (rest, expected_rest));
  g_assert_null (aq_evidence_reduce (NULL, AQ_EVIDENCE_STACK));
}

static void
test_a_long_past_gives_up_the_oldest_words_first (void)
{
  g_autoptr(AqJobPast) past = aq_job_past_new ();
  g_autoptr(GVariant) evidence = new_large ();
  const AqPastAttempt attempt = { .lease = 3, .evidence = evidence };
  gsize n_bytes = 0;

  for (guint i = 0; i < AQ_MAX_PAST_ATTEMPTS; i++)
    aq_job_past_add_attempt (past, &attempt);
  for (guint i = 0; i < past->attempts->len; i++)
    {
      const AqPastAttempt *kept = g_ptr_array_index (past->attempts, i);
      gint32 signal_number = 0;

      n_bytes += aq_evidence_get_size (kept->evidence);
      g_assert_true (g_variant_lookup (kept->evidence, "signal", "i", &signal_number));
      g_assert_cmpint (signal_number, ==, 11);
    }
  g_assert_cmpuint (n_bytes, <=, AQ_EVIDENCE_MAX_PAST_BYTES);
  g_assert_cmpuint (n_bytes, >, AQ_EVIDENCE_MAX_PAST_BYTES / 2);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evidence/what is known stays and the rest goes", test_what_is_known_stays_and_the_rest_goes);
  g_test_add_func ("/evidence/what is no evidence is none", test_what_is_no_evidence_is_none);
  g_test_add_func ("/evidence/of a long log the newest lines stay", test_of_a_long_log_the_newest_lines_stay);
  g_test_add_func ("/evidence/of a long stack the innermost frames stay",
                   test_of_a_long_stack_the_innermost_frames_stay);
  g_test_add_func ("/evidence/output is cut between characters", test_output_is_cut_between_characters);
  g_test_add_func ("/evidence/what was made once is the same when it is read",
                   test_what_was_made_once_is_the_same_when_it_is_read);
  g_test_add_func ("/evidence/a log that goes is told", test_a_log_that_goes_is_told);
  g_test_add_func ("/evidence/a long past gives up the oldest words first",
                   test_a_long_past_gives_up_the_oldest_words_first);
  return g_test_run ();
}
