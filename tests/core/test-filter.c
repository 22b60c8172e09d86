/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "core/aq-filter.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

static const char * const tags[] = { "eu", "night shift", NULL };

static gboolean
accepts (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqFilter) filter = aq_filter_parse (text, &error);
  g_autoptr(GRefString) template = g_ref_string_new_intern ("mail:{customer}");
  g_autoptr(GRefString) instance = g_ref_string_new_intern ("mail:acme");
  g_autoptr(GRefString) plain = g_ref_string_new_intern ("smtp");
  const AqLimitName limits[] = { { template, instance }, { plain, plain } };
  const AqLaneKey key = {
    .queue = "mail", .function = "mail.send", .arguments_type = "()", .tags = tags, .limits = limits,
    .n_limits = G_N_ELEMENTS (limits), .priority = 10,
  };
  g_autoptr(AqLane) lane = aq_lane_new_for_key (&key);

  g_assert_no_error (error);
  return aq_filter_accepts_step (filter, lane, ASYNCQ_JOB_STATE_PENDING, ASYNCQ_JOB_OUTCOME_NONE);
}

static void
test_words (void)
{
  static const struct
  {
    const char *text;
    gboolean    accepts;
  } cases[] = {
    { "", TRUE },
    { "mail.*", TRUE },
    { "pi.*", FALSE },
    { "pi.* mail.*", TRUE },
    { "-mail.*", FALSE },
    { "-pi.* queue:mail", TRUE },
    { "-pi.* -mail.*", FALSE },
    { "queue:news queue:mail", TRUE },
    { "queue:", FALSE },
    { "-queue:\"\"", TRUE },
    { "tag:eu", TRUE },
    { "tag:us", FALSE },
    { "tag:us tag:eu", TRUE },
    { "-tag:us", TRUE },
    { "-tag:e*", FALSE },
    { "tag:\"night shift\"", TRUE },
    { "tag:\"night\\\\shift\"", FALSE },
    { "priority:10", TRUE },
    { "priority:9", FALSE },
    { "priority:9 priority:10", TRUE },
    { "priority:<10", FALSE },
    { "priority:<=10", TRUE },
    { "priority:>=10 priority:<=10", TRUE },
    { "priority:>5 priority:<10", FALSE },
    { "-priority:10", FALSE },
    { "-priority:9", TRUE },
    { "-priority:<10", TRUE },
    { "-priority:>=10", FALSE },
    { "priority:10 priority:>10", FALSE },
    { "limit:smtp", TRUE },
    { "limit:mail:*", TRUE },
    { "limit:mail:acme", TRUE },
    { "limit:mail:other", FALSE },
    { "-limit:smtp", FALSE },
    { "state:pending", TRUE },
    { "-state:pending", FALSE },
    { "-state:failed", TRUE },
    { "state:failed state:pending -state:active", TRUE },
    { "\tqueue:mail\n\"mail.send\" ", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (accepts (cases[i].text), ==, cases[i].accepts);
    }
}

static void
test_errors_say_the_place (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "stat:failed", "'stat:failed' is not known in a filter, at character 1" },
    { "queue:mail  -colour:red", "'-colour:red' is not known in a filter, at character 13" },
    { "state:running", "'running' in 'state:running' is not a state" },
    { "tag:eu state:running", "at character 14" },
    { "priority:256", "at character 10" },
    { "priority:-1", "is not a priority" },
    { "priority:<", "at character 10" },
    { "-age:1h", "at character 6" },
    { "queue:ä age:>1x", "at character 13" },
    { "tag:\"eu", "the quote is not closed that opens at character 5" },
    { "tag:\"eu\\", "the quote is not closed that opens at character 5" },
    { "tag:\"eu\"x", "white space is wanted behind a closing quote at character 9" },
    { "mail.* -", "a word is wanted behind '-', at character 9" },
    { "\"\"", "a word is wanted" },
    { "queue:\xff", "not UTF-8" },
    { "failed", "'failed' is not known in a filter, at character 1" },
    { "mail.* stat", "at character 8" },
    { "stat", "did you mean 'state:'?" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_filter_parse (cases[i].text, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("'%s' is not in '%s'", cases[i].message, error->message);
    }
}

static void
test_a_filter_has_an_end (void)
{
  g_autofree char *longest = g_strnfill (16384, '*');
  g_autofree char *longer = g_strnfill (16385, 'x');
  g_autoptr(AqFilter) filter = aq_filter_parse (longest, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (filter);
  g_assert_null (aq_filter_parse (longer, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
}

static void
test_agents_take_words_about_lanes_only (void)
{
  static const struct
  {
    const char *text;
    const char *message; /* NULL: it is right */
  } cases[] = {
    { "", NULL },
    { "mail.* -tag:eu priority:<5 queue:x", NULL },
    { "mail.* state:failed", "'state:failed' is not for the filter of an agent, at character 8" },
    { "-age:>1h", "'-age:>1h'" },
    { "limit:smtp state:failed", "'limit:smtp'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AqFilter) filter = aq_filter_parse (cases[i].text, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_cmpint (aq_filter_check_lane (filter, &error), ==, cases[i].message == NULL);
      g_assert_true (error == NULL || strstr (error->message, cases[i].message) != NULL);
    }
}

/* an age is compared with what is between two of them */
static void
test_ages_and_their_opposites (void)
{
  const gint64 hour_usec = 3600 * G_GINT64_CONSTANT (1000000);
  static const char * const words[] = { "age:>1h", "age:>=1h", "age:<1h", "age:<=1h" };
  const gboolean accepted[][3] = { { FALSE, FALSE, TRUE }, { FALSE, TRUE, TRUE }, { TRUE, FALSE, FALSE },
                                   { TRUE, TRUE, FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *opposite_text = g_strconcat ("-", words[i], NULL);
      g_autoptr(AqFilter) filter = aq_filter_parse (words[i], NULL);
      g_autoptr(AqFilter) opposite = aq_filter_parse (opposite_text, NULL);
      g_autoptr(AqLane) lane = aq_lane_new ("", "t.noop", "()");

      for (int age = -1; age <= 1; age++)
        {
          const AqJobBrief brief = { .id = 1, .lane = lane, .state = ASYNCQ_JOB_STATE_PENDING };

          g_assert_cmpint (aq_filter_accepts_brief (filter, &brief, hour_usec + age), ==, accepted[i][age + 1]);
          g_assert_cmpint (aq_filter_accepts_brief (opposite, &brief, hour_usec + age), ==, !accepted[i][age + 1]);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/filter/words", test_words);
  g_test_add_func ("/filter/errors say the place", test_errors_say_the_place);
  g_test_add_func ("/filter/a filter has an end", test_a_filter_has_an_end);
  g_test_add_func ("/filter/agents take words about lanes only", test_agents_take_words_about_lanes_only);
  g_test_add_func ("/filter/ages and their opposites", test_ages_and_their_opposites);

  return g_test_run ();
}
