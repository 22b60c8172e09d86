/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "monitor/aq-text-grammar.h"

#include <string.h>

/* 2006-08-10T15:44:22.000211Z */
#define NOW (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC + 211)
#define NOW_KEY G_GUINT64_CONSTANT (6420106068108777167)

static void
test_words (void)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = aq_text_split (" async\t job  30\r\n", 16, &error);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv ("|", words);
  g_assert_cmpstr (joined, ==, "async|job|30");
}

static void
test_length_counts (void)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = aq_text_split ("async nonsense", 5, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (words), ==, 1);
  g_assert_cmpstr (words[0], ==, "async");
}

static void
test_no_text (void)
{
  static const struct
  {
    const char *line;
    gsize       length;
  } lines[] = {
    { "async\0job", 9 },
    { "\0", 1 },
    { "\xff\xfe", 2 },
    { "async \xc3", 7 },         /* half of an ä */
    { "async \xe2\x82", 8 },     /* two thirds of a € */
    { "async \xed\xa0\x80", 9 }, /* half of a surrogate pair */
    { "\xc0\x80", 2 },           /* NUL in two bytes */
    { "\xf8\x88\x80\x80\x80", 5 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_text_split (lines[i].line, lines[i].length, &error));
      g_assert_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE);
    }
}

static void
test_too_long (void)
{
  g_autofree char *line = g_strnfill (1 << 20, 'a');
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = NULL;

  g_assert_null (aq_text_split (line, 1 << 20, &error));
  g_assert_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE);
  g_clear_error (&error);
  words = aq_text_split (line, AQ_TEXT_MAX_LINE_BYTES, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (words), ==, 1);
}

static const AqTextSignature signature = { "tool", 1, { "id", "queue", "since", NULL } };

/* the values that @line gives as "id|queue|since", "-" where not given; or the error's name */
static void
assert_bound (const char *line,
              const char *wanted)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = aq_text_split (line, strlen (line), NULL);
  const char *values[3] = { NULL };
  g_autofree char *got = NULL;

  if (aq_text_bind (&signature, (const char * const *) words, values, &error))
    got = g_strdup_printf ("%s|%s|%s", values[0], values[1] != NULL ? values[1] : "-",
                           values[2] != NULL ? values[2] : "-");
  else
    got = g_strdup (aq_text_error_get_name (error));
  g_assert_cmpstr (got, ==, wanted);
}

static void
test_binding (void)
{
  assert_bound ("30", "30|-|-");
  assert_bound ("30 mail", "30|mail|-");
  assert_bound ("id:30 since:5M", "30|-|5M");
  assert_bound ("since:5M id:30", "30|-|5M");
  assert_bound ("30 queue:", "30||-");
  assert_bound ("30 queue:a:b", "30|a:b|-");
  assert_bound ("30 queue:a queue:b", "30|b|-");
}

static void
test_binding_refused (void)
{
  assert_bound ("", "TypeError");
  assert_bound ("queue:a", "TypeError");
  assert_bound ("1 2 3 4", "TypeError");
  assert_bound ("30 quene:a", "TypeError");
  assert_bound ("30 :a", "TypeError");
  assert_bound ("30 Queue:a", "TypeError");
  assert_bound ("30 mail queue:a", "TypeError");
  assert_bound ("queue:a 30", "ValueError");
  assert_bound ("30 queue:a mail", "ValueError");
}

static void
test_suggestion (void)
{
  const char *words[] = { "30", "quene:a", NULL };
  g_autoptr(GError) error = NULL;
  const char *values[3];

  g_assert_false (aq_text_bind (&signature, words, values, &error));
  g_assert_nonnull (strstr (error->message, "did you mean 'queue:'?"));
}

static void
test_intervals (void)
{
  static const struct
  {
    const char *text;
    gint64      seconds;
  } intervals[] = {
    { "5M", 300 },
    { "20S", 20 },
    { "1H30M", 5400 },
    { "1h30m", 5400 },
    { "1D2H3M4S", 93784 },
    { "0S", 0 },
    { "90M", 5400 },
    { "1D4S", 86404 },
    { "1000000D", G_GINT64_CONSTANT (86400000000) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (intervals); i++)
    {
      gint64 usec = -1;

      g_assert_true (aq_text_parse_interval (intervals[i].text, &usec));
      g_assert_cmpint (usec, ==, intervals[i].seconds * G_USEC_PER_SEC);
    }
}

static void
test_no_intervals (void)
{
  static const char * const texts[] = {
    "",     "-5M",   "1.5H", "+5M",     "5",        "M",       "5M1H",      "5M5M",
    "5X",   "5 M",   " 5M",  "5M ",     "5MM",      "five",    "yesterday", "5M-1S",
    "1e3S", "0x10S", "5M;",  "1000001D", "1000000D1S", "99999999999999999999999S",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      gint64 usec = -1;

      if (aq_text_parse_interval (texts[i], &usec))
        g_error ("'%s' is taken for an interval", texts[i]);
      g_assert_cmpint (usec, ==, -1);
    }
}

static void
assert_moment (const char *text,
               gint64      now_usec,
               guint64     wanted)
{
  g_autoptr(GError) error = NULL;
  guint64 key = 0;

  g_assert_true (aq_text_parse_moment ("at", text, now_usec, &key, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (key, ==, wanted);
}

static void
test_moments (void)
{
  assert_moment ("6420106068108777167", NOW, NOW_KEY);
  assert_moment ("0S", NOW, NOW_KEY);
  assert_moment ("5S", NOW + 5 * G_USEC_PER_SEC, NOW_KEY);
  assert_moment ("0S", NOW + 5 * G_USEC_PER_SEC, G_GUINT64_CONSTANT (6420106068024891087));
  assert_moment ("18446744073709551615", NOW, G_MAXUINT64);
  assert_moment ("0", NOW, 0);
}

static void
test_no_moments (void)
{
  static const char * const texts[] = {
    "", "now", "-5M", "1.5H", "18446744073709551616", "-1", "+1", "0x1", "6.42e18", "2006-08-10",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      guint64 key = 17;

      g_assert_false (aq_text_parse_moment ("since", texts[i], NOW, &key, &error));
      g_assert_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE);
      g_assert_nonnull (strstr (error->message, "since:"));
      g_assert_cmpuint (key, ==, 17);
    }
}

static void
test_quoting (void)
{
  g_autofree char *long_word = g_strnfill (5000, 'a');
  g_autofree char *escaped = aq_text_quote ("a\033[2Jb\nc\177\302\205d ä€");
  g_autofree char *cut = aq_text_quote (long_word);

  g_assert_cmpstr (escaped, ==, "a\\x1b[2Jb\\x0ac\\x7f\\x85d ä€");
  g_assert_cmpuint (strlen (cut), ==, 103);
  g_assert_true (g_str_has_suffix (cut, "a..."));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add_func ("/text-grammar/" name, func)
  ADD ("a line is words between white space", test_words);
  ADD ("a line ends where its length says", test_length_counts);
  ADD ("bytes that are no UTF-8 text are refused", test_no_text);
  ADD ("a line that is too long is refused", test_too_long);
  ADD ("words and modifiers are bound to parameters, the last one counts", test_binding);
  ADD ("what does not fit is refused with the originals' kinds of errors", test_binding_refused);
  ADD ("a misspelt modifier gets a suggestion", test_suggestion);
  ADD ("intervals have days, hours, minutes and seconds, in any case", test_intervals);
  ADD ("what only looks like an interval is none", test_no_intervals);
  ADD ("a moment is a poll key or an interval before now", test_moments);
  ADD ("nonsense is no moment", test_no_moments);
  ADD ("what is quoted cannot move a cursor, and is cut", test_quoting);
#undef ADD

  return g_test_run ();
}
