/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "monitor/aq-monitor-event.h"

#define NOON (G_GINT64_CONSTANT (1155211200) * G_USEC_PER_SEC) /* 2006-08-10 12:00:00 UTC */

static AqMonitorBatch *
new_batch (void)
{
  g_autoptr(AqLane) echo = aq_lane_new ("", "demo.echo", "()");
  g_autoptr(AqLane) mail = aq_lane_new ("mail", "mail.send", "()");
  AqLane *lanes[] = { echo, mail, echo, NULL };
  const AqJobChange changes[] = {
    { .sequence = 7, .id = 1, .time_usec = NOON, .state = ASYNCQ_JOB_STATE_PENDING },
    { .sequence = 7, .id = 2, .time_usec = NOON, .state = ASYNCQ_JOB_STATE_PENDING },
    { .sequence = 7, .id = 3, .time_usec = NOON, .state = ASYNCQ_JOB_STATE_PENDING },
    { .sequence = 9, .id = G_MAXUINT64, .time_usec = NOON + 30, .state = ASYNCQ_JOB_STATE_COMPLETED,
      .outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED, .attempt = 2 },
  };

  return aq_monitor_batch_new (changes, lanes, G_N_ELEMENTS (changes));
}

static char *
show (const char *filter_text,
      guint64     after)
{
  g_autoptr(AqMonitorBatch) batch = new_batch ();
  g_autoptr(AqFilter) filter = filter_text != NULL ? aq_filter_parse (filter_text, NULL) : NULL;
  GString *lines = g_string_new (NULL);
  AqMonitorCursor cursor = { 0 };

  g_assert_cmpuint (aq_monitor_batch_get_sequence (batch), ==, 9);
  cursor.next = aq_monitor_batch_find (batch, after);
  /* line by line */
  while (!aq_monitor_batch_append (batch, filter, &cursor, lines->len + 1, lines))
    continue;
  return g_string_free (lines, FALSE);
}

#define PENDING ",\"time\":\"2006-08-10T12:00:00Z\",\"job\":%d,\"queue\":\"%s\",\"function\":\"%s\"," \
                "\"state\":\"pending\",\"outcome\":\"none\",\"attempt\":0}\n"
#define GONE "{\"seq\":9,\"n\":0,\"last\":true,\"time\":\"2006-08-10T12:00:00.000030Z\"," \
             "\"job\":18446744073709551615,\"queue\":null,\"function\":null,\"state\":\"completed\"," \
             "\"outcome\":\"succeeded\",\"attempt\":2}\n"

static void
test_lines (void)
{
  g_autofree char *lines = show (NULL, 0);
  g_autofree char *wanted = g_strdup_printf ("{\"seq\":7,\"n\":0" PENDING "{\"seq\":7,\"n\":1" PENDING
                                             "{\"seq\":7,\"n\":2,\"last\":true" PENDING GONE,
                                             1, "", "demo.echo", 2, "mail", "mail.send", 3, "", "demo.echo");

  g_assert_cmpstr (lines, ==, wanted);
}

static void
test_after (void)
{
  g_autofree char *six = show (NULL, 6);
  g_autofree char *all = show (NULL, 0);
  g_autofree char *seven = show (NULL, 7);
  g_autofree char *eight = show ("state:completed", 8);
  g_autofree char *nine = show (NULL, 9);

  g_assert_cmpstr (six, ==, all);
  g_assert_cmpstr (seven, ==, GONE);
  g_assert_cmpstr (eight, ==, GONE);
  g_assert_cmpstr (nine, ==, "");
}

static void
test_a_filter_numbers_anew (void)
{
  g_autofree char *echo = show ("function:demo.*", 0);
  g_autofree char *wanted = g_strdup_printf ("{\"seq\":7,\"n\":0" PENDING "{\"seq\":7,\"n\":1,\"last\":true" PENDING,
                                             1, "", "demo.echo", 3, "", "demo.echo");
  g_autofree char *mail = show ("queue:mail", 0);
  g_autofree char *wanted_mail = g_strdup_printf ("{\"seq\":7,\"n\":0,\"last\":true" PENDING, 2, "mail", "mail.send");
  g_autofree char *succeeded = show ("state:succeeded", 0);
  g_autofree char *failed = show ("state:failed", 0);

  g_assert_cmpstr (echo, ==, wanted);
  g_assert_cmpstr (mail, ==, wanted_mail);
  /* nobody knows its queue any more, but its state */
  g_assert_cmpstr (succeeded, ==, GONE);
  g_assert_cmpstr (failed, ==, "");
}

static void
test_times (void)
{
  static const struct
  {
    gint64      usec;
    const char *text;
  } cases[] = {
    { 0, "\"1970-01-01T00:00:00Z\"" },
    { -1, "\"1969-12-31T23:59:59.999999Z\"" },
    { 1, "\"1970-01-01T00:00:00.000001Z\"" },
    { G_GINT64_CONSTANT (253402300799999999), "\"9999-12-31T23:59:59.999999Z\"" },
    { G_MAXINT64, "null" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AqJobChange change = { .sequence = 1, .id = 1, .time_usec = cases[i].usec };
      AqMonitorCursor cursor = { 0 };
      AqLane *lane = NULL;
      g_autoptr(AqMonitorBatch) batch = aq_monitor_batch_new (&change, &lane, 1);
      g_autoptr(GString) lines = g_string_new (NULL);
      g_autofree char *wanted = g_strdup_printf ("\"time\":%s,", cases[i].text);

      g_assert_true (aq_monitor_batch_append (batch, NULL, &cursor, G_MAXSIZE, lines));
      g_assert_nonnull (strstr (lines->str, wanted));
    }
}

static void
test_annotation (void)
{
  const AqJobChange change = { .sequence = 1, .id = 1, .state = ASYNCQ_JOB_STATE_ACTIVE, .is_annotation = TRUE };
  AqMonitorCursor cursor = { 0 };
  AqLane *lane = NULL;
  g_autoptr(AqMonitorBatch) batch = aq_monitor_batch_new (&change, &lane, 1);
  g_autoptr(GString) lines = g_string_new (NULL);

  g_assert_true (aq_monitor_batch_append (batch, NULL, &cursor, G_MAXSIZE, lines));
  g_assert_true (g_str_has_suffix (lines->str, "\"state\":\"active\",\"outcome\":\"none\",\"attempt\":0,"
                                               "\"annotation\":true}\n"));
}

/* the lines of a large batch are made anew each time: they are as those of a small one */
static void
test_large (void)
{
  const guint n = 10000;
  g_autofree AqJobChange *changes = g_new0 (AqJobChange, n);
  g_autofree AqLane **lanes = g_new0 (AqLane *, n);
  g_autoptr(AqLane) echo = aq_lane_new ("", "demo.echo", "()");
  g_autoptr(AqFilter) filter = aq_filter_parse ("queue:*", NULL);
  AqFilter *filters[] = { NULL, filter };

  for (guint i = 0; i < n; i++)
    {
      changes[i] = (AqJobChange) { .sequence = 1 + i / 3000, .id = i + 1, .time_usec = NOON };
      lanes[i] = echo;
    }
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autoptr(AqMonitorBatch) large = aq_monitor_batch_new (changes, lanes, n);
      g_autoptr(GString) got = g_string_new (NULL);
      g_autoptr(GString) wanted = g_string_new (NULL);
      AqMonitorCursor cursor = { 0 };

      while (!aq_monitor_batch_append (large, filters[i], &cursor, got->len + 1000, got))
        continue;
      for (guint j = 0; j < n; j += 3000)
        {
          g_autoptr(AqMonitorBatch) small = aq_monitor_batch_new (changes + j, lanes, MIN (3000, n - j));
          AqMonitorCursor start = { 0 };

          g_assert_true (aq_monitor_batch_append (small, NULL, &start, G_MAXSIZE, wanted));
        }
      g_assert_cmpstr (got->str, ==, wanted->str);
    }
}

static void
test_resync (void)
{
  g_autoptr(GString) lines = g_string_new (NULL);

  aq_monitor_event_append_resync (lines, G_MAXUINT64, "a \"b\" \\ \n \x01 \xc3\xa4");
  g_assert_cmpstr (lines->str, ==,
                   "{\"resync\":true,\"since\":18446744073709551615,\"reason\":\"a \\\"b\\\" \\\\ \\u000a \\u0001 "
                   "\xc3\xa4\"}\n");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/event/lines", test_lines);
  g_test_add_func ("/monitor/event/after", test_after);
  g_test_add_func ("/monitor/event/a-filter-numbers-anew", test_a_filter_numbers_anew);
  g_test_add_func ("/monitor/event/times", test_times);
  g_test_add_func ("/monitor/event/annotation", test_annotation);
  g_test_add_func ("/monitor/event/large", test_large);
  g_test_add_func ("/monitor/event/resync", test_resync);
  return g_test_run ();
}
