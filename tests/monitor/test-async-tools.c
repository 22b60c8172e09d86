/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* The clock begins at 2006-08-10T15:44:22Z; each poll is 5 s after the one before. */

#include "config.h"

#include "text-fixture.h"

#include "core/aq-poll.h"

#include <string.h>

#define NOOP "[{'function': <'t.noop'>}]"

static void
set_up (TextFixture   *self,
        gconstpointer  unused)
{
  g_autofree char *said = NULL;

  text_fixture_set_up (self, unused);
  said = text_fixture_ask (self, "interactive");
}

static Attempt
begin (TextFixture *self,
       const char  *entries)
{
  Attempt attempt;

  (void) world_submit_one (&self->world, entries);
  g_assert_true (world_claim (&self->world, &attempt));
  world_start (&self->world, attempt);
  world_settle (&self->world);
  return attempt;
}

/* how often @part is in the answer to @line */
static guint
count_parts (TextFixture *self,
             const char  *line,
             const char  *part)
{
  g_autofree char *said = text_fixture_ask (self, line);
  guint n = 0;

  if (g_str_has_prefix (said, "Traceback"))
    g_error ("'%s' is answered by %s", line, said);
  for (const char *p = strstr (said, part); p != NULL; p = strstr (p + 1, part))
    n++;
  return n;
}

static gboolean
says (TextFixture *self,
      const char  *line,
      const char  *part)
{
  return count_parts (self, line, part) > 0;
}

static void
test_texts (TextFixture   *self,
            gconstpointer  unused)
{
  text_fixture_assert (self, "async UUID", UUID "\n");
  text_fixture_assert (self, "async utcnow", "2006-08-10T15:44:22Z\n");
  aq_clock_advance (self->world.clock, 1000211);
  text_fixture_assert (self, "async utcnow", "2006-08-10T15:44:23.000211Z\n");
}

static void
test_help (TextFixture   *self,
           gconstpointer  unused)
{
  static const char * const names[] = {
    "UUID", "help", "job", "jobs", "jobstats", "poll", "polls", "status", "utcnow",
  };
  g_autofree char *list = text_fixture_ask (self, "async help");
  g_autofree char *own = text_fixture_ask (self, "help async");
  const char *last = list;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = g_strdup_printf ("async help %s", names[i]);
      g_autofree char *text = text_fixture_ask (self, line);
      g_autofree char *summary = g_strndup (text, strcspn (text, "\n"));
      g_autofree char *listed = g_strdup_printf ("\n%s: %s\n", names[i], summary);
      const char *place = strstr (list, listed);

      g_assert_nonnull (place);
      g_assert_true (place >= last);
      last = place;
    }
  text_fixture_assert (self, "async", strstr (own, "\n\n") + 2);
  text_fixture_assert (self, "async help nosuch", "Unknown async tool\n");
  text_fixture_assert (self, "async nosuch x:y z", "[Unknown tool name for this command: nosuch]\n");
}

static void
test_help_spells_count (TextFixture   *self,
                        gconstpointer  unused)
{
  g_assert_true (says (self, "async help polls", "polls count:<"));
  g_assert_false (says (self, "async help polls", "polls count <"));
}

static void
test_status (TextFixture   *self,
             gconstpointer  unused)
{
  aq_clock_advance (self->world.clock, 1500000);
  text_fixture_assert (self, "async status",
                       "{\n"
                       "    \"poll interval\": {\n"
                       "        \"seconds\": 5.0\n"
                       "    },\n"
                       "    \"status\": \"RUNNING\",\n"
                       "    \"time since last poll\": {\n"
                       "        \"seconds\": 1.5\n"
                       "    },\n"
                       "    \"uptime\": {\n"
                       "        \"seconds\": 1.5\n"
                       "    },\n"
                       "    \"uuid\": \"" UUID "\"\n"
                       "}\n");
  g_assert_true (says (self, "async status uuid:" UUID, "\"RUNNING\""));
  g_assert_true (says (self, "async status uuid:D10F43DC-FFDF-11DC-ABD4-0017F2C49BDD", "\"RUNNING\""));
}

static void
test_status_stopped (TextFixture   *self,
                     gconstpointer  unused)
{
  aq_dispatcher_stop (self->dispatcher);
  world_settle (&self->world);
  g_assert_true (says (self, "async status", "\"STOPPED\""));
  g_assert_true (says (self, "async status", "\"time since last poll\": null"));
  g_assert_true (says (self, "async status", "\"uptime\": null"));
}

static void
test_jobs (TextFixture   *self,
           gconstpointer  unused)
{
  text_fixture_assert (self, "async jobs", "[]\n");
  (void) begin (self, NOOP);
  (void) begin (self, NOOP);
  text_fixture_assert (self, "async jobs",
                       "[\n    [\n        2,\n        \"unnamed\"\n    ],\n"
                       "    [\n        1,\n        \"unnamed\"\n    ]\n]\n");
  g_assert_cmpuint (count_parts (self, "async jobs queue:", "unnamed"), ==, 2);
  g_assert_cmpuint (count_parts (self, "async jobs agent:main queue:", "unnamed"), ==, 2);
  g_assert_cmpuint (count_parts (self, "async jobs queue:mail", "unnamed"), ==, 0);
  g_assert_cmpuint (count_parts (self, "async jobs queue:m*", "unnamed"), ==, 0);
  g_assert_cmpuint (count_parts (self, "async jobs agent:mai", "unnamed"), ==, 0);
  g_assert_cmpuint (count_parts (self, "async jobs agent:other agent:main", "unnamed"), ==, 2);
}

static void
test_job (TextFixture   *self,
          gconstpointer  unused)
{
  Attempt attempt = begin (self, "[{'function': <'t.scale'>, 'arguments': <(21,)>}]");
  g_autofree char *running = text_fixture_ask (self, "async job 1");
  g_autofree char *wanted = NULL;

  wanted = g_strdup_printf ("{\n"
                            "    \"agent\": \"main\",\n"
                            "    \"call\": \"<Job (oid 1, db 'unnamed') ``t.scale(21, 2)``>\",\n"
                            "    \"completed\": null,\n"
                            "    \"failed\": false,\n"
                            "    \"poll id\": %" G_GUINT64_FORMAT ",\n"
                            "    \"queue\": \"\",\n"
                            "    \"quota names\": [],\n"
                            "    \"reassigned\": false,\n"
                            "    \"result\": null,\n"
                            "    \"started\": \"2006-08-10T15:44:22Z\",\n"
                            "    \"thread\": ",
                            aq_poll_key_from_time (START));
  if (!g_str_has_prefix (running, wanted))
    g_error ("this is not the job: %s", running);

  text_fixture_advance (self, 2);
  world_succeed (&self->world, attempt, "42");
  g_assert_true (says (self, "async job 1", "\"completed\": \"2006-08-10T15:44:24Z\""));
  g_assert_true (says (self, "async job 1 unnamed", "\"result\": \"42\""));
  g_assert_true (says (self, "async job 1 database:unnamed", "\"failed\": false"));
}

static void
test_job_without_value (TextFixture   *self,
                        gconstpointer  unused)
{
  world_succeed (&self->world, begin (self, NOOP), "()");
  g_assert_true (says (self, "async job 1", "\"result\": \"None\""));
}

static void
test_failed_job (TextFixture   *self,
                 gconstpointer  unused)
{
  world_fail (&self->world, begin (self, NOOP));
  g_assert_true (says (self, "async job 1", "\"failed\": true"));
  g_assert_true (says (self, "async job 1", "\"result\": \"Traceback (most recent call last):\\n"));
}

static void
test_unknown_job (TextFixture   *self,
                  gconstpointer  unused)
{
  text_fixture_assert_error (self, "async job 7", "ValueError", "job 7 is not among the 200 newest");
  text_fixture_assert_error (self, "async job 7 unnamed", "KeyError", "job 7");
  text_fixture_assert_error (self, "async job 7 other", "KeyError", "there is no store 'other'");
}

static void
test_poll (TextFixture   *self,
           gconstpointer  unused)
{
  g_autofree char *wanted = NULL;

  (void) begin (self, NOOP);
  text_fixture_advance (self, 5);
  (void) begin (self, NOOP);
  wanted = g_strdup_printf ("{\n"
                            "    \"key\": %" G_GUINT64_FORMAT ",\n"
                            "    \"results\": {\n"
                            "        \"\": {\n"
                            "            \"main\": {\n"
                            "                \"active jobs\": [\n"
                            "                    [\n"
                            "                        1,\n"
                            "                        \"unnamed\"\n"
                            "                    ]\n"
                            "                ],\n"
                            "                \"error\": null,\n"
                            "                \"len\": 1,\n"
                            "                \"new jobs\": [\n"
                            "                    [\n"
                            "                        2,\n"
                            "                        \"unnamed\"\n"
                            "                    ]\n"
                            "                ],\n"
                            "                \"size\": 3\n"
                            "            }\n"
                            "        }\n"
                            "    },\n"
                            "    \"time\": \"2006-08-10T15:44:27Z\"\n"
                            "}\n",
                            aq_poll_key_from_time (START + 5 * G_USEC_PER_SEC));
  text_fixture_assert (self, "async poll", wanted);
}

/* that the answer to "async TOOL MODIFIER" has this time, or several newest first */
static void
assert_times (TextFixture *self,
              const char  *tool,
              const char  *modifiers,
              const char  *wanted)
{
  g_autofree char *line = g_strdup_printf ("async %s %s", tool, modifiers);
  g_autofree char *said = text_fixture_ask (self, line);
  g_autoptr(GString) got = g_string_new (NULL);

  for (const char *p = strstr (said, "\"time\": \""); p != NULL; p = strstr (p + 1, "\"time\": \""))
    g_string_append_printf (got, "%s%.2s", got->len > 0 ? " " : "", p + 26);
  if (g_strcmp0 (got->str, wanted) != 0)
    g_error ("'%s' is answered by polls %s, not %s: %s", line, got->str, wanted, said);
}

static void
test_poll_modifiers (TextFixture   *self,
                     gconstpointer  unused)
{
  g_autofree char *at = g_strdup_printf ("at:%" G_GUINT64_FORMAT, aq_poll_key_from_time (START + 5 * G_USEC_PER_SEC));
  g_autofree char *before = g_strdup_printf ("before:%" G_GUINT64_FORMAT,
                                             aq_poll_key_from_time (START + 5 * G_USEC_PER_SEC));

  text_fixture_advance (self, 12); /* polls at :22, :27, :32; it is :34 */
  assert_times (self, "poll", "", "32");
  assert_times (self, "poll", at, "27");
  assert_times (self, "poll", before, "22");
  assert_times (self, "poll", "at:0S", "32");
  assert_times (self, "poll", "at:2S", "32");
  assert_times (self, "poll", "before:2S", "27");
  assert_times (self, "poll", "at:3s", "27");
  assert_times (self, "poll", "at:7S", "27");
  assert_times (self, "poll", "before:7S", "22");
  assert_times (self, "poll", "7S", "27");
  assert_times (self, "poll", "at:nonsense at:12S", "22");
  text_fixture_assert_error (self, "async poll at:13S", "ValueError", "no poll");
  text_fixture_assert_error (self, "async poll before:12S", "ValueError", "no poll");
  text_fixture_assert_error (self, "async poll at:1H before:1H", "ValueError", "only one of");
}

static void
test_polls_modifiers (TextFixture   *self,
                      gconstpointer  unused)
{
  text_fixture_advance (self, 22); /* polls at :22, :27, :32, :37, :42; it is :44 */
  assert_times (self, "polls", "", "42 37 32");
  assert_times (self, "polls", "count:1", "42");
  assert_times (self, "polls", "count:99999999999", "42 37 32 27 22");
  assert_times (self, "polls", "at:7S", "37 32 27");
  assert_times (self, "polls", "before:7S", "32 27 22");
  assert_times (self, "polls", "before:12S count:1", "27");
  assert_times (self, "polls", "since:17S", "42 37 32 27");
  assert_times (self, "polls", "since:16S", "42 37 32");
  assert_times (self, "polls", "since:1D count:2", "42 37");
  assert_times (self, "polls", "since:17S before:7S", "32 27");
  assert_times (self, "polls", "since:17S at:7S count:2", "37 32");
  assert_times (self, "polls", "since:1S", "");
  assert_times (self, "polls", "at:1H", "");
}

static void
test_too_many_polls (TextFixture   *self,
                     gconstpointer  unused)
{
  g_autoptr(GString) entries = g_string_new ("[");
  g_autofree char *said = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append (entries, "{'function': <'t.noop'>},");
  g_string_overwrite (entries, entries->len - 1, "]");
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr(GArray) ids = world_submit (&self->world, entries->str);

      g_assert_cmpuint (ids->len, ==, 1000);
      world_run_all (&self->world);
      text_fixture_advance (self, 5);
    }
  text_fixture_assert_error (self, "async polls count:20", "ValueError", "ask for fewer, with 'count:");
  g_assert_cmpuint (count_parts (self, "async polls", "\"key\""), ==, 3);
  said = text_fixture_ask (self, "async polls since:1H count:2 before:3S");
  g_assert_cmpuint (strlen (said), <, 2 * 1024 * 1024);
}

static void
test_jobstats (TextFixture   *self,
               gconstpointer  unused)
{
  Attempt slow = begin (self, NOOP);
  Attempt quick = begin (self, NOOP);

  text_fixture_advance (self, 1);
  world_succeed (&self->world, quick, "()");
  text_fixture_advance (self, 2);
  world_succeed (&self->world, slow, "()");
  text_fixture_advance (self, 2); /* :27 */
  world_fail (&self->world, begin (self, NOOP));
  (void) begin (self, NOOP);
  text_fixture_assert (self, "async jobstats",
                       "{\n"
                       "    \"failed\": 1,\n"
                       "    \"longest active\": [\n        4,\n        \"unnamed\"\n    ],\n"
                       "    \"longest failed\": [\n        3,\n        \"unnamed\"\n    ],\n"
                       "    \"longest successful\": [\n        1,\n        \"unnamed\"\n    ],\n"
                       "    \"shortest active\": [\n        4,\n        \"unnamed\"\n    ],\n"
                       "    \"shortest failed\": [\n        3,\n        \"unnamed\"\n    ],\n"
                       "    \"shortest successful\": [\n        2,\n        \"unnamed\"\n    ],\n"
                       "    \"started\": 4,\n"
                       "    \"statistics end\": \"2006-08-10T15:44:22Z\",\n"
                       "    \"statistics start\": \"2006-08-10T15:44:27Z\",\n"
                       "    \"successful\": 2,\n"
                       "    \"unknown\": 0\n"
                       "}\n");
}

static void
test_jobstats_modifiers (TextFixture   *self,
                         gconstpointer  unused)
{
  world_succeed (&self->world, begin (self, NOOP), "()");
  text_fixture_advance (self, 5);
  world_succeed (&self->world, begin (self, NOOP), "()");
  world_succeed (&self->world, begin (self, NOOP), "()");

  g_assert_true (says (self, "async jobstats", "\"started\": 3,"));
  g_assert_true (says (self, "async jobstats at:5S", "\"started\": 1,"));
  g_assert_true (says (self, "async jobstats before:0S", "\"started\": 1,"));
  g_assert_true (says (self, "async jobstats since:0S", "\"started\": 2,"));
  g_assert_true (says (self, "async jobstats since:5S at:5S", "\"started\": 1,"));
  g_assert_true (says (self, "async jobstats queue: agent:main", "\"started\": 3,"));
  g_assert_true (says (self, "async jobstats queue:mail", "\"started\": 0,"));
  g_assert_true (says (self, "async jobstats agent:other", "\"started\": 0,"));
  g_assert_true (says (self, "async jobstats at:1H", "\"statistics start\": null"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/async-tools/" name, TextFixture, NULL, set_up, func, text_fixture_tear_down)
  ADD ("UUID and utcnow are plain text", test_texts);
  ADD ("every tool is listed and explained", test_help);
  ADD ("the help of polls spells count as it is taken", test_help_spells_count);
  ADD ("status has durations with their fractions", test_status);
  ADD ("status of a stopped dispatcher has no durations", test_status_stopped);
  ADD ("jobs lists what workers hold, by queue and agent", test_jobs);
  ADD ("job shows the local record of a job", test_job);
  ADD ("a job without a value has the result None", test_job_without_value);
  ADD ("a failed job has its failure as the result", test_failed_job);
  ADD ("an unknown job is an error", test_unknown_job);
  ADD ("poll shows queues and agents of the newest poll", test_poll);
  ADD ("poll takes at and before, as interval and as key", test_poll_modifiers);
  ADD ("polls takes at, before, since and count, together too", test_polls_modifiers);
  ADD ("polls does not answer without end", test_too_many_polls);
  ADD ("jobstats has twelve keys", test_jobstats);
  ADD ("jobstats takes all its modifiers", test_jobstats_modifiers);
#undef ADD

  return g_test_run ();
}
