/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendars: cron, m01's lists, systemd's events, every, delay; zones
 *
 * Systemd's language is compared with systemd in test-calendar-systemd.py, and all
 * with a walk minute by minute in tests/simulation/calendar-days.c.
 */

#include "config.h"

#include "core/aq-calendar.h"
#include "core/aq-zone.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* the language that a table is about */
static AqCalendar *
new_calendar (AqCalendarKind  kind,
              const char     *text,
              const char     *zone)
{
  g_autoptr(GError) error = NULL;
  AqCalendar *calendar = aq_calendar_new (kind, text, zone, 0, &error);

  g_assert_no_error (error);
  return calendar;
}

static gint64
to_usec (const char *iso)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601 (iso, utc);

  g_assert_nonnull (moment);
  return g_date_time_to_unix (moment) * G_USEC_PER_SEC;
}

static char *
to_iso (gint64 usec)
{
  g_autoptr(GDateTime) moment = NULL;

  if (usec == G_MAXINT64)
    return g_strdup ("never");
  g_assert_cmpint (usec % G_USEC_PER_SEC, ==, 0);
  moment = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);
  return g_date_time_format (moment, "%Y-%m-%dT%H:%M:%SZ");
}

/* @wanted: moments with a blank between, from the first after @after on */
static void
assert_due (AqCalendarKind  kind,
            const char     *text,
            const char     *zone,
            const char     *after,
            const char     *wanted)
{
  g_autoptr(AqCalendar) calendar = new_calendar (kind, text, zone);
  g_autoptr(GString) found = g_string_new (NULL);
  g_auto(GStrv) words = g_strsplit (wanted, " ", -1);
  gint64 moment = to_usec (after);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *iso = NULL;

      moment = aq_calendar_next (calendar, moment);
      iso = to_iso (moment);
      g_string_append_printf (found, "%s%s", i > 0 ? " " : "", iso);
    }
  g_test_message ("%s in %s", text, zone);
  g_assert_cmpstr (found->str, ==, wanted);
}

static void
assert_refused (AqCalendarKind  kind,
                const char     *text,
                const char     *zone,
                int             code,
                const char     *wanted)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (aq_calendar_new (kind, text, zone, 0, &error));
  g_assert_error (error, ASYNCQ_ERROR, code);
  g_assert_cmpstr (error->message, ==, wanted);
}

static void
test_m01_figures (void)
{
  static const struct
  {
    const char *text;
    const char *wanted;
  } cases[] = {
    { "minute=0,10", "1970-01-01T00:10:00Z 1970-01-01T01:00:00Z" },
    { "hour=2,13", "1970-01-01T02:00:00Z 1970-01-01T13:00:00Z" },
    { "month=1,5,12", "1970-05-01T00:00:00Z 1970-12-01T00:00:00Z" },
    { "dayOfWeek=0,2,4,5",
      "1970-01-02T00:00:00Z 1970-01-03T00:00:00Z 1970-01-05T00:00:00Z 1970-01-07T00:00:00Z" },
    { "dayOfMonth=1,12,21,30", "1970-01-12T00:00:00Z 1970-01-21T00:00:00Z" },
    { "minute=10 dayOfMonth=1,12,21,30", "1970-01-01T00:10:00Z" },
    { "minute=10 hour=4 dayOfMonth=1,12,21,30", "1970-01-01T04:10:00Z" },
  };

  g_test_summary ("behaviour M26: from 1970-01-01 00:00, a Thursday");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_due (AQ_CALENDAR_M01, cases[i].text, "UTC", "1970-01-01T00:00:00Z", cases[i].wanted);
  assert_due (AQ_CALENDAR_M01, "dayOfMonth=1,12,21,30", NULL, "1970-01-13T00:00:00Z", "1970-01-21T00:00:00Z");
}

static void
test_m01_lists_must_all_match (void)
{
  g_test_summary ("behaviour M25: also day of the month and weekday, where cron takes either");
  assert_due (AQ_CALENDAR_M01, "dayOfMonth=13 dayOfWeek=4", "UTC", "2026-01-01T00:00:00Z",
              "2026-02-13T00:00:00Z 2026-03-13T00:00:00Z 2026-11-13T00:00:00Z");
  assert_due (AQ_CALENDAR_M01, " month=2 \tdayOfMonth=29 minute= ", "UTC", "2025-01-01T00:00:00Z",
              "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z");
  assert_due (AQ_CALENDAR_M01, "minute= hour=", "UTC", "2025-01-01T00:00:30Z", "2025-01-01T00:01:00Z");
}

static void
test_m01_is_corrected (void)
{
  g_test_summary ("behaviour X23: smaller units begin anew, a time that has passed never comes, none is every minute");
  assert_due (AQ_CALENDAR_M01, "hour=2", "UTC", "2026-01-01T00:12:34Z", "2026-01-01T02:00:00Z 2026-01-02T02:00:00Z");
  assert_due (AQ_CALENDAR_M01, "dayOfMonth=5", "UTC", "2026-01-05T07:08:09Z", "2026-02-05T00:00:00Z");
  assert_due (AQ_CALENDAR_M01, "dayOfWeek=3", "UTC", "2026-01-01T07:08:09Z", "2026-01-08T00:00:00Z");
  assert_due (AQ_CALENDAR_M01, "minute=", "UTC", "2026-01-01T07:08:09Z", "2026-01-01T07:09:00Z 2026-01-01T07:10:00Z");
}

static void
test_m01_is_refused (void)
{
  assert_refused (AQ_CALENDAR_M01, "hours=2", NULL, ASYNCQ_ERROR_INVALID,
                  "a name of the m01 calendar: found 'hours=2' at character 1, where minute=, hour=, dayOfMonth=, "
                  "month= or dayOfWeek= is wanted; did you mean 'hour='?");
  assert_refused (AQ_CALENDAR_M01, "minute=0,60", NULL, ASYNCQ_ERROR_INVALID,
                  "minute of the m01 calendar: found '60' at character 10, where 0 to 59 is wanted");
  assert_refused (AQ_CALENDAR_M01, "dayOfWeek=7", NULL, ASYNCQ_ERROR_INVALID,
                  "dayOfWeek of the m01 calendar: found '7' at character 11, where 0 to 6 is wanted");
  assert_refused (AQ_CALENDAR_M01, "minute=1 minute=2", NULL, ASYNCQ_ERROR_INVALID,
                  "minute of the m01 calendar: found 'minute=2' at character 10, where each name may come once");
  assert_refused (AQ_CALENDAR_M01, "minute", NULL, ASYNCQ_ERROR_INVALID,
                  "minute of the m01 calendar: it ends at character 7, where '=' is wanted");
  assert_refused (AQ_CALENDAR_M01, "minute=1-5", NULL, ASYNCQ_ERROR_INVALID,
                  "minute of the m01 calendar: found '-5' at character 9, where ',', a blank or the end is wanted");
}

static void
test_cron (void)
{
  static const struct
  {
    const char *text;
    const char *after;
    const char *wanted;
  } cases[] = {
    { "*/20 * * * *", "2026-01-01T00:00:00Z",
      "2026-01-01T00:20:00Z 2026-01-01T00:40:00Z 2026-01-01T01:00:00Z" },
    { "0,30 8-9 * jan-mar mon-fri", "2026-01-02T08:59:59Z",
      "2026-01-02T09:00:00Z 2026-01-02T09:30:00Z 2026-01-05T08:00:00Z" },
    { "5/15 0 * * *", "2026-01-01T00:00:00Z",
      "2026-01-01T00:05:00Z 2026-01-01T00:20:00Z 2026-01-01T00:35:00Z 2026-01-01T00:50:00Z 2026-01-02T00:05:00Z" },
    { "0 22-2/2 1 1 *", "2026-01-01T00:00:00Z",
      "2026-01-01T02:00:00Z 2026-01-01T22:00:00Z 2027-01-01T00:00:00Z" },
    { "0 0 1 Nov-FEB *", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z" },
    /* 0 and 7 are Sunday: the 4th */
    { "0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z 2026-01-11T00:00:00Z" },
    { "0 0 * * sat-1", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z 2026-01-04T00:00:00Z 2026-01-05T00:00:00Z" },
    { "0 0 * * 5-7", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z 2026-01-03T00:00:00Z 2026-01-04T00:00:00Z" },
    /* either day, but not where one of them begins with a star */
    { "0 0 13 * fri", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z 2026-02-13T00:00:00Z 2026-02-20T00:00:00Z" },
    { "0 0 15 * mon", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z 2026-01-12T00:00:00Z 2026-01-15T00:00:00Z" },
    { "0 0 */10 * mon", "2026-01-01T00:00:00Z", "2026-05-11T00:00:00Z 2026-06-01T00:00:00Z" },
    { "0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z" },
    { "0 0 30 2 *", "2026-01-01T00:00:00Z", "never" },
    { "0 0 31 4,6,9,11 *", "2026-01-01T00:00:00Z", "never" },
    { "@hourly", "2026-01-01T00:00:01Z", "2026-01-01T01:00:00Z" },
    { "@weekly", "2026-01-01T00:00:01Z", "2026-01-04T00:00:00Z" },
    { " @Yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_due (AQ_CALENDAR_CRON, cases[i].text, "UTC", cases[i].after, cases[i].wanted);
}

static void
test_cron_is_refused (void)
{
  static const struct
  {
    const char *text;
    const char *wanted;
  } cases[] = {
    { "61 * * * *", "minute of the cron expression: found '61' at character 1, where 0 to 59 is wanted" },
    { "* 24 * * *", "hour of the cron expression: found '24' at character 3, where 0 to 23 is wanted" },
    { "* * 0 * *", "day of the month of the cron expression: found '0' at character 5, where 1 to 31 is wanted" },
    { "* * * 13 *", "month of the cron expression: found '13' at character 7, where 1 to 12 is wanted" },
    { "* * * * 8", "weekday of the cron expression: found '8' at character 9, where 0 to 7 is wanted" },
    { "* * * foo *", "month of the cron expression: found 'foo' at character 7, where a name or a number from 1 to 12 "
                     "is wanted" },
    { "5-1 * * * *", "minute of the cron expression: found '5-1' at character 1, where a range that rises is wanted" },
    { "*/0 * * * *", "minute of the cron expression: found '0' at character 3, where 1 to 59 is wanted" },
    { "*/90 * * * *", "minute of the cron expression: found '90' at character 3, where 1 to 59 is wanted" },
    { "0-99999999 * * * *",
      "minute of the cron expression: found '99999999' at character 3, where 0 to 59 is wanted" },
    { "0-99999999999999999999999/7 * * * *",
      "minute of the cron expression: found '99999999999999999999999/7' at character 3, where 0 to 59 is wanted" },
    { "1 2 3", "month of the cron expression: it ends at character 6, where a name or a number from 1 to 12 is wanted" },
    { "* * * * * *", "the end of the cron expression: found '*' at character 11, where nothing is wanted: a cron "
                     "expression has five fields, minute, hour, day of the month, month and weekday" },
    { "*x * * * *", "minute of the cron expression: found 'x' at character 2, where ',', '-', '/', a blank or the end "
                    "is wanted" },
    { "1,, * * * *", "minute of the cron expression: found ',' at character 3, where a number from 0 to 59 is wanted" },
    { "-1 * * * *", "minute of the cron expression: found '-1' at character 1, where a number from 0 to 59 is wanted" },
    { "\xc3\xa4\xc3\xb6 * * * *",
      "minute of the cron expression: found '\xc3\xa4\xc3\xb6' at character 1, where a number from 0 to 59 is wanted" },
    { "* \xc3\xa4\n * * *",
      "hour of the cron expression: found '\xc3\xa4?' at character 3, where a number from 0 to 23 is wanted" },
    { "@dayly", "the word of the cron expression: found '@dayly' at character 1, where @hourly, @daily, @weekly, "
                "@monthly or @yearly is wanted; did you mean '@daily'?" },
    { "@reboot", "the word of the cron expression: found '@reboot' at character 1, where @hourly, @daily, @weekly, "
                 "@monthly or @yearly is wanted" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (AQ_CALENDAR_CRON, cases[i].text, NULL, ASYNCQ_ERROR_INVALID, cases[i].wanted);
}

static void
test_systemd_is_refused (void)
{
  static const struct
  {
    const char *text;
    const char *wanted;
  } cases[] = {
    { "*-*-* 25:00", "hour of the calendar event: found '25' at character 7, where 0 to 23 is wanted" },
    { "*/5:00", "time of the calendar event: found '/5' at character 2, where ':' is wanted, as in '08:00'" },
    { "Fri..Mon", "weekday of the calendar event: found 'Mon' at character 6, where a later day of the week is wanted: "
                  "a week begins on Monday" },
    { "*:0/2000000000", "minute of the calendar event: found '0/2000000000' at character 3, where a repetition that is "
                        "taken at least once is wanted" },
    { "yearl", "the word of the calendar event: found 'yearl' at character 1, where a weekday, a date, a time or a "
               "word such as 'daily' is wanted; did you mean 'yearly'?" },
    { "daily Europe/Berln", "there is no time zone 'Europe/Berln': 'UTC', 'local' or a name such as 'Europe/Berlin' is "
                            "wanted; did you mean 'Europe/Berlin'?" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (AQ_CALENDAR_SYSTEMD, cases[i].text, NULL, ASYNCQ_ERROR_INVALID, cases[i].wanted);
}

static void
test_systemd (void)
{
  assert_due (AQ_CALENDAR_SYSTEMD, "Mon..Fri 08:00", "Europe/Berlin", "2026-01-02T00:00:00Z",
              "2026-01-02T07:00:00Z 2026-01-05T07:00:00Z");
  assert_due (AQ_CALENDAR_SYSTEMD, "Mon *-05~07/1", "UTC", "2026-01-01T00:00:00Z",
              "2026-05-25T00:00:00Z 2027-05-31T00:00:00Z");
  assert_due (AQ_CALENDAR_SYSTEMD, "*-*~1 12:00 America/New_York", "UTC", "2028-02-01T00:00:00Z",
              "2028-02-29T17:00:00Z 2028-03-31T16:00:00Z");
  /* systemd 252 refuses this one, and loses 00:04 of this one */
  assert_due (AQ_CALENDAR_SYSTEMD, "*-*~27,11,5", "UTC", "2026-02-01T00:00:00Z",
              "2026-02-02T00:00:00Z 2026-02-18T00:00:00Z 2026-02-24T00:00:00Z");
  assert_due (AQ_CALENDAR_SYSTEMD, "*:4/37", "UTC", "2026-02-01T23:41:00Z",
              "2026-02-02T00:04:00Z 2026-02-02T00:41:00Z");
  assert_due (AQ_CALENDAR_SYSTEMD, "2020-02-03 04:05", "UTC", "2026-02-01T23:41:00Z", "never");
}

static void
test_fractions_of_seconds (void)
{
  g_autoptr(AqCalendar) calendar = new_calendar (AQ_CALENDAR_SYSTEMD, "05:40:23.4200004/3.1700005", "UTC");

  g_assert_cmpint (aq_calendar_next (calendar, 0), ==, G_GINT64_CONSTANT (20423420000));
  g_assert_cmpint (aq_calendar_next (calendar, G_GINT64_CONSTANT (20423420000)), ==, G_GINT64_CONSTANT (20426590001));
}

static void
test_every_counts_from_its_anchor (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqCalendar) calendar = NULL;

  assert_due (AQ_CALENDAR_EVERY, "15min", NULL, "2026-01-01T00:01:00Z", "2026-01-01T00:15:00Z 2026-01-01T00:30:00Z");
  calendar = aq_calendar_new (AQ_CALENDAR_EVERY, "10s", NULL, to_usec ("2026-01-01T00:00:03Z"), &error);
  g_assert_no_error (error);
  g_assert_cmpint (aq_calendar_next (calendar, to_usec ("2026-01-01T00:00:00Z")), ==, to_usec ("2026-01-01T00:00:03Z"));
  g_assert_cmpint (aq_calendar_next (calendar, to_usec ("2026-01-01T00:00:03Z")), ==, to_usec ("2026-01-01T00:00:13Z"));
  g_assert_cmpint (aq_calendar_next (calendar, to_usec ("2020-01-01T00:00:04Z")), ==, to_usec ("2020-01-01T00:00:13Z"));
}

static void
test_delay_counts_from_the_last_run (void)
{
  assert_due (AQ_CALENDAR_DELAY, "10s", NULL, "2026-01-01T00:00:40Z", "2026-01-01T00:00:50Z");
  assert_due (AQ_CALENDAR_DELAY, "1h30m", NULL, "2026-01-01T00:00:40Z", "2026-01-01T01:30:40Z");
  assert_refused (AQ_CALENDAR_DELAY, "0s", NULL, ASYNCQ_ERROR_INVALID, "'0s' is too short: at least 1ms is wanted");
  assert_refused (AQ_CALENDAR_EVERY, "soon", NULL, ASYNCQ_ERROR_INVALID,
                  "'soon' is not a duration: one such as 90s, 1h30m or 2d is wanted");
}

static void
test_clocks_that_are_set (void)
{
  /* 02:00 becomes 03:00, 01:00 UTC, on 29 March; 03:00 becomes 02:00, 01:00 UTC, on 25 October */
  assert_due (AQ_CALENDAR_CRON, "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
              "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z");
  assert_due (AQ_CALENDAR_CRON, "0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
              "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z 2026-03-30T00:00:00Z");
  assert_due (AQ_CALENDAR_CRON, "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
              "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
  /* who asks in the second 02:xx gets what comes behind it */
  assert_due (AQ_CALENDAR_CRON, "*/30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-26T01:00:00Z");
  assert_due (AQ_CALENDAR_M01, "minute=30 hour=2", "Europe/Berlin", "2026-10-24T12:00:00Z",
              "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
  /* systemd leaves out what there is not */
  assert_due (AQ_CALENDAR_SYSTEMD, "02:30", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z");
  assert_due (AQ_CALENDAR_SYSTEMD, "02:30", "Europe/Berlin", "2026-10-24T12:00:00Z",
              "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z");
  /* the very hour that is left out each year */
  assert_due (AQ_CALENDAR_SYSTEMD, "Sun *-03-25..31 02:30", "Europe/Berlin", "2026-01-01T12:00:00Z", "never");
  assert_due (AQ_CALENDAR_SYSTEMD, "*-03-25..31 02:30", "Europe/Berlin", "2026-03-28T12:00:00Z",
              "2026-03-30T00:30:00Z");
  /* half an hour, at 02:00 */
  assert_due (AQ_CALENDAR_CRON, "15 2 * * *", "Australia/Lord_Howe", "2026-10-02T16:00:00Z",
              "2026-10-03T15:30:00Z 2026-10-04T15:15:00Z");
  /* 30 December 2011 was left out */
  assert_due (AQ_CALENDAR_CRON, "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z",
              "2011-12-29T22:00:00Z 2011-12-30T10:00:00Z 2011-12-30T22:00:00Z");
  /* a quarter of an hour at midnight */
  assert_due (AQ_CALENDAR_CRON, "5 0 * * *", "Asia/Kathmandu", "1985-12-30T20:00:00Z",
              "1985-12-31T18:30:00Z 1986-01-01T18:20:00Z");
}

/* as cron of Debian has it: what is due in any hour goes with real time */
static void
test_any_hour_goes_with_real_time (void)
{
  /* 02:00 and 02:30 come twice */
  assert_due (AQ_CALENDAR_CRON, "*/30 * * * *", "Europe/Berlin", "2026-10-24T23:50:00Z",
              "2026-10-25T00:00:00Z 2026-10-25T00:30:00Z 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z "
              "2026-10-25T02:00:00Z");
  assert_due (AQ_CALENDAR_CRON, "@hourly", "Europe/Berlin", "2026-10-25T00:10:00Z",
              "2026-10-25T01:00:00Z 2026-10-25T02:00:00Z");
  assert_due (AQ_CALENDAR_M01, "minute=30", "Europe/Berlin", "2026-10-25T00:00:00Z",
              "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T02:30:00Z");
  /* so does what is due in each second hour; 3, 5, … are not named */
  assert_due (AQ_CALENDAR_CRON, "0 */2 * * *", "Europe/Berlin", "2026-10-24T22:00:00Z",
              "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T03:00:00Z");
  /* 02:30 is not there, and 03:00 is not due for it */
  assert_due (AQ_CALENDAR_CRON, "30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
              "2026-03-29T00:30:00Z 2026-03-29T01:30:00Z");
  assert_due (AQ_CALENDAR_CRON, "*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
              "2026-03-29T00:30:00Z 2026-03-29T01:00:00Z 2026-03-29T01:30:00Z");
  assert_due (AQ_CALENDAR_M01, "minute=30", "Europe/Berlin", "2026-03-29T00:00:00Z",
              "2026-03-29T00:30:00Z 2026-03-29T01:30:00Z");
  /* hours that are written out are named, also when they are all of them; so is what m01 begins anew */
  assert_due (AQ_CALENDAR_CRON, "30 0-23 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z",
              "2026-10-25T00:30:00Z 2026-10-25T02:30:00Z");
  assert_due (AQ_CALENDAR_CRON, "30 0-23 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
              "2026-03-29T00:30:00Z 2026-03-29T01:00:00Z 2026-03-29T01:30:00Z");
  assert_due (AQ_CALENDAR_M01, "dayOfMonth=7", "Africa/Monrovia", "1972-01-05T00:00:00Z", "1972-01-07T00:44:30Z");
  /* midnight is left out, or comes twice */
  assert_due (AQ_CALENDAR_CRON, "15 * * * *", "America/Sao_Paulo", "2017-10-15T02:20:00Z", "2017-10-15T03:15:00Z");
  assert_due (AQ_CALENDAR_CRON, "15 * 17 2 *", "America/Sao_Paulo", "2018-02-18T01:00:00Z",
              "2018-02-18T01:15:00Z 2018-02-18T02:15:00Z 2019-02-17T03:15:00Z");
  /* far off, over many changes */
  assert_due (AQ_CALENDAR_CRON, "0 * 29 2 *", "Europe/Berlin", "2096-02-29T22:30:00Z", "2104-02-28T23:00:00Z");
  assert_due (AQ_CALENDAR_CRON, "0 * 30 2 *", "Europe/Berlin", "2026-01-01T00:00:00Z", "never");
  /* half an hour: 01:30 to 02:00 comes twice on 5 April */
  assert_due (AQ_CALENDAR_CRON, "45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z",
              "2026-04-04T14:45:00Z 2026-04-04T15:15:00Z 2026-04-04T16:15:00Z");
}

static void
test_zones_are_refused (void)
{
  static const char * const bad[] = {
    "Europe", "europe/berlin", "../../etc/passwd", "Europe/../../../etc/passwd", "/etc/localtime",
    "/usr/share/zoneinfo/UTC", "XYZ5", "CET-1CEST", "+02:00", "right/Europe/Berlin", "posix/UTC", "Europe/Berlin ",
    "Europe//Berlin", "zone.tab", "\xff\xfe", "UTC\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *shown = g_strescape (bad[i], NULL);

      g_test_message ("%s", shown);
      g_assert_false (aq_zone_is_name (bad[i]));
      g_assert_null (aq_zone_new (bad[i], &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  assert_refused (AQ_CALENDAR_CRON, "* * * * *", "Europe/Berln", ASYNCQ_ERROR_INVALID,
                  "there is no time zone 'Europe/Berln': 'UTC', 'local' or a name such as 'Europe/Berlin' is wanted; "
                  "did you mean 'Europe/Berlin'?");
  assert_refused (AQ_CALENDAR_CRON, "* * * * *", "berlin", ASYNCQ_ERROR_INVALID,
                  "there is no time zone 'berlin': 'UTC', 'local' or a name such as 'Europe/Berlin' is wanted; "
                  "did you mean 'Europe/Berlin'?");
}

static void
test_texts_are_refused (void)
{
  g_autofree char *at_the_limit = g_strnfill (AQ_CALENDAR_MAX_BYTES, '1');
  g_autofree char *too_long = g_strnfill (AQ_CALENDAR_MAX_BYTES + 1, '1');
  g_autoptr(GString) many = g_string_new ("*:");

  for (AqCalendarKind kind = 0; kind < AQ_N_CALENDAR_KINDS; kind++)
    {
      g_autoptr(GError) error = NULL;

      assert_refused (kind, "", NULL, ASYNCQ_ERROR_INVALID, "the expression is empty, so nothing would ever be due");
      assert_refused (kind, " \t ", NULL, ASYNCQ_ERROR_INVALID, "the expression is empty, so nothing would ever be due");
      assert_refused (kind, "0 \xff", NULL, ASYNCQ_ERROR_INVALID,
                      "the expression is not UTF-8: found a byte 0xff at byte 3");
      assert_refused (kind, too_long, NULL, ASYNCQ_ERROR_TOO_LARGE,
                      "the expression has 1025 bytes, of which 1024 are allowed");
      g_assert_null (aq_calendar_new (kind, at_the_limit, NULL, 0, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
  for (guint i = 0; i < 300; i++)
    g_string_append (many, i > 0 ? ",1" : "1");
  assert_refused (AQ_CALENDAR_SYSTEMD, many->str, NULL, ASYNCQ_ERROR_INVALID,
                  "minute of the calendar event: found '1' at character 485, where at most 240 parts are wanted");
}

static void
test_canonical_texts (void)
{
  static const struct
  {
    AqCalendarKind kind;
    const char    *text;
    const char    *canonical;
    const char    *description;
  } cases[] = {
    { AQ_CALENDAR_CRON, " 0,30\t8-18 * Jan-mar mon-fri ", "0,30 8-18 * 1-3 1-5",
      "every 30 minutes of hours 8 to 18 on Monday to Friday in January to March, Europe/Berlin time" },
    { AQ_CALENDAR_CRON, "@daily", "0 0 * * *", "at 00:00 every day, Europe/Berlin time" },
    { AQ_CALENDAR_CRON, "0 0 13 * fri-mon", "0 0 13 * 5-1",
      "at 00:00 on day 13 of the month or on Monday, Friday, Saturday and Sunday, Europe/Berlin time" },
    { AQ_CALENDAR_CRON, "0 0 1-31 * fri", "0 0 1-31 * 5", "at 00:00 every day, Europe/Berlin time" },
    { AQ_CALENDAR_CRON, "5/15 */6 * * *", "5-59/15 */6 * * *",
      "at minutes 5, 20, 35 and 50 of every 6th hour, from 0 on every day, Europe/Berlin time" },
    { AQ_CALENDAR_CRON, "* * * * *", "* * * * *", "every minute, Europe/Berlin time" },
    { AQ_CALENDAR_M01, "hour=2,2,1 minute=5", "minute=5 hour=1,2", "at 01:05 and 02:05 every day, Europe/Berlin time" },
    { AQ_CALENDAR_M01, "hour=", "minute=", "every minute, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "weekly UTC", "Mon *-*-* 00:00:00 UTC", "at 00:00 on Monday, UTC" },
    { AQ_CALENDAR_SYSTEMD, "*:0/15", "*-*-* *:00/15:00", "every 15 minutes, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "*-*~1 18:00", "*-*~01 18:00:00",
      "at 18:00 on the last day of the month, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "Mon *-05~07/1 12:00", "Mon *-05~07/1 12:00:00",
      "at 12:00 on the last Monday of the month in May, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "Fri *-*-8..14 9:00", "Fri *-*-08..14 09:00:00",
      "at 09:00 on the second Friday of the month, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "Fri *-*-13 9:00", "Fri *-*-13 09:00:00",
      "at 09:00 on day 13 of the month if it is a Friday, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "*:*:0/10", "*-*-* *:*:00/10", "every 10 seconds, Europe/Berlin time" },
    { AQ_CALENDAR_SYSTEMD, "12-10-15 1:2:3", "2012-10-15 01:02:03",
      "at 01:02:03 on day 15 of the month in October of 2012, Europe/Berlin time" },
    { AQ_CALENDAR_EVERY, "1h30m", "1h30m", "every 1h30m" },
    { AQ_CALENDAR_DELAY, "1h30", "1h30s", "1h30s after each run" },
    { AQ_CALENDAR_DELAY, "10s", "10s", "10s after each run" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AqCalendar) calendar = new_calendar (cases[i].kind, cases[i].text, "Europe/Berlin");
      g_autofree char *text = aq_calendar_to_text (calendar);
      g_autofree char *description = aq_calendar_describe (calendar);
      g_autoptr(AqCalendar) again = new_calendar (cases[i].kind, text, "Europe/Berlin");
      g_autofree char *again_text = aq_calendar_to_text (again);

      g_assert_cmpstr (text, ==, cases[i].canonical);
      g_assert_cmpstr (again_text, ==, text);
      g_assert_cmpstr (description, ==, cases[i].description);
    }
}

static void
test_kinds_have_names (void)
{
  AqCalendarKind kind;

  for (AqCalendarKind i = 0; i < AQ_N_CALENDAR_KINDS; i++)
    {
      g_assert_true (aq_calendar_kind_from_string (aq_calendar_kind_to_string (i), &kind));
      g_assert_cmpint (kind, ==, i);
    }
  g_assert_false (aq_calendar_kind_from_string ("Cron", &kind));
}

static void
test_the_ends_of_time (void)
{
  g_autoptr(AqCalendar) cron = new_calendar (AQ_CALENDAR_CRON, "* * * * *", "Europe/Berlin");
  g_autoptr(AqCalendar) every = new_calendar (AQ_CALENDAR_EVERY, "36525d", NULL);

  g_assert_cmpint (aq_calendar_next (cron, G_MAXINT64), ==, G_MAXINT64);
  g_assert_cmpint (aq_calendar_next (cron, G_MAXINT64 - 1), ==, G_MAXINT64);
  g_assert_cmpint (aq_calendar_next (cron, to_usec ("9999-12-31T23:59:59Z")), ==, G_MAXINT64);
  g_assert_cmpint (aq_calendar_next (cron, -1), ==, 0);
  g_assert_cmpint (aq_calendar_next (cron, G_MININT64), ==, 0);
  g_assert_cmpint (aq_calendar_next (every, G_MININT64), ==, 0);
  g_assert_cmpint (aq_calendar_next (every, to_usec ("9999-12-31T23:59:59Z")), ==, G_MAXINT64);
}

/* the answers are one set of moments, wherever one asks from: next is the least of it that is later */
static void
test_answers_do_not_depend_on_who_asks (void)
{
  static const struct
  {
    const char *text;
    const char *zone;
  } cases[] = {
    { "*/7 0-4 * * *", "Europe/Berlin" },
    { "*/7 0-4 * * *", "Australia/Lord_Howe" },
    { "*/7 0-4 * * *", "America/Sao_Paulo" },
    { "*/7 * * * *", "Europe/Berlin" },
    { "*/7 */3 * * *", "Australia/Lord_Howe" },
    { "*/7 */4 * * sun", "America/Sao_Paulo" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AqCalendar) one = new_calendar (AQ_CALENDAR_CRON, cases[i].text, cases[i].zone);
      g_autoptr(AqCalendar) other = new_calendar (AQ_CALENDAR_CRON, cases[i].text, cases[i].zone);
      gint64 next = aq_calendar_next (one, to_usec ("2017-01-01T00:00:00Z"));

      for (gint64 at = to_usec ("2017-01-01T00:00:00Z"); at < to_usec ("2018-01-01T00:00:00Z");
           at += 211 * G_USEC_PER_SEC)
        {
          while (next <= at)
            next = aq_calendar_next (one, next);
          g_assert_cmpint (aq_calendar_next (other, at), ==, next);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/calendar/m01's figures", test_m01_figures);
  g_test_add_func ("/calendar/all lists of m01 must match", test_m01_lists_must_all_match);
  g_test_add_func ("/calendar/m01's smaller units begin anew", test_m01_is_corrected);
  g_test_add_func ("/calendar/what m01's lists cannot be is refused with its place", test_m01_is_refused);
  g_test_add_func ("/calendar/cron", test_cron);
  g_test_add_func ("/calendar/what is no cron is refused with its place", test_cron_is_refused);
  g_test_add_func ("/calendar/systemd's events", test_systemd);
  g_test_add_func ("/calendar/what is no event of systemd is refused with its place", test_systemd_is_refused);
  g_test_add_func ("/calendar/seconds have fractions", test_fractions_of_seconds);
  g_test_add_func ("/calendar/every counts from its anchor", test_every_counts_from_its_anchor);
  g_test_add_func ("/calendar/a delay counts from the last run", test_delay_counts_from_the_last_run);
  g_test_add_func ("/calendar/clocks that are set lose and repeat nothing", test_clocks_that_are_set);
  g_test_add_func ("/calendar/what is due in any hour goes with real time", test_any_hour_goes_with_real_time);
  g_test_add_func ("/calendar/what is no zone is refused", test_zones_are_refused);
  g_test_add_func ("/calendar/empty, overlong and broken texts are refused", test_texts_are_refused);
  g_test_add_func ("/calendar/a canonical text is read as itself", test_canonical_texts);
  g_test_add_func ("/calendar/kinds have names", test_kinds_have_names);
  g_test_add_func ("/calendar/the ends of time", test_the_ends_of_time);
  g_test_add_func ("/calendar/answers do not depend on who asks", test_answers_do_not_depend_on_who_asks);

  return g_test_run ();
}
