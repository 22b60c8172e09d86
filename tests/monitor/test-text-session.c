/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "text-fixture.h"

#include <string.h>

#define BANNER "Interactive mode on.  Use \"quit\" To exit.\n"

static void
test_one_shot (TextFixture   *self,
               gconstpointer  unused)
{
  text_fixture_assert (self, "async UUID", UUID "\n[CLOSE]\n");
  text_fixture_assert (self, "async UUID", "");
  text_fixture_assert (self, "", "");
}

static void
test_wrong_command_closes (TextFixture   *self,
                           gconstpointer  unused)
{
  text_fixture_assert (self, "nosuch", "Invalid command 'nosuch'\nTry \"help\".\n[CLOSE]\n");
  text_fixture_connect (self);
  text_fixture_assert (self, "ASYNC UUID", "Invalid command 'ASYNC'\nTry \"help\".\n[CLOSE]\n");
}

static void
test_error_closes (TextFixture   *self,
                   gconstpointer  unused)
{
  g_autofree char *said = text_fixture_ask (self, "async job 999999");

  g_assert_true (g_str_has_suffix (said, "\n\n[CLOSE]\n"));
}

static void
test_first_empty_line (TextFixture   *self,
                       gconstpointer  unused)
{
  text_fixture_assert (self, "", "");
  text_fixture_send (self, NULL, 0);
  text_fixture_assert (self, " \t\r\n", "");
  text_fixture_assert (self, "async UUID", UUID "\n[CLOSE]\n");
}

static void
test_interactive (TextFixture   *self,
                  gconstpointer  unused)
{
  text_fixture_assert (self, "interactive", BANNER);
  text_fixture_assert (self, "async UUID", UUID "\n");
  text_fixture_assert (self, "nosuch", "Invalid command 'nosuch'\nTry \"help\".\n");
  text_fixture_assert_error (self, "async job 999999", "ValueError", "999999");
  text_fixture_assert (self, "async UUID\n", UUID "\n");
  text_fixture_assert (self, "quit", "Goodbye.\n[CLOSE]\n");
  text_fixture_assert (self, "async UUID", "");
}

static void
test_repetition (TextFixture   *self,
                 gconstpointer  unused)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  text_fixture_assert (self, "interactive", BANNER);
  text_fixture_assert (self, "", BANNER);
  text_fixture_assert (self, "async UUID", UUID "\n");
  text_fixture_assert (self, "", UUID "\n");
  text_fixture_assert (self, "\n", UUID "\n");
  first = text_fixture_ask (self, "async nosuch:1 a");
  second = text_fixture_ask (self, "");
  g_assert_cmpstr (first, ==, second);
  text_fixture_assert (self, "nosuch", "Invalid command 'nosuch'\nTry \"help\".\n");
  text_fixture_assert (self, "", "Invalid command 'nosuch'\nTry \"help\".\n");
}

static void
test_quit_at_once (TextFixture   *self,
                   gconstpointer  unused)
{
  text_fixture_assert (self, "quit", "Goodbye.\n[CLOSE]\n");
}

static void
test_number_of_words (TextFixture   *self,
                      gconstpointer  unused)
{
  text_fixture_assert (self, "interactive", BANNER);
  text_fixture_assert_error (self, "quit now", "TypeError", "'quit' takes no words");
  text_fixture_assert_error (self, "interactive now", "TypeError", "'interactive' takes no words");
  text_fixture_assert_error (self, "help async watch", "TypeError", "'help' takes at most 1 words");
  text_fixture_assert_error (self, "help a:b", "TypeError", "'help' has no modifier 'a:'");
}

static void
test_help (TextFixture   *self,
           gconstpointer  unused)
{
  text_fixture_assert (self, "help",
                       "Supported commands:\n"
                       "  async -- Look at what this asyncq dispatcher is doing.\n"
                       "  help -- Explain the commands of the monitor.\n"
                       "  interactive -- Keep the connection open after an answer.\n"
                       "  quit -- Say goodbye and close the connection.\n"
                       "  watch -- Follow the changes of jobs, one line of JSON for each.\n"
                       "[CLOSE]\n");
}

static void
test_help_of_commands (TextFixture   *self,
                       gconstpointer  unused)
{
  static const char * const names[] = { "async", "help", "interactive", "quit", "watch" };

  text_fixture_assert (self, "interactive", BANNER);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = g_strdup_printf ("help %s", names[i]);
      g_autofree char *said = text_fixture_ask (self, line);
      g_autofree char *heading = g_strdup_printf ("Help for %s:\n\n", names[i]);

      g_assert_true (g_str_has_prefix (said, heading));
      g_assert_true (g_str_has_suffix (said, "\n"));
    }
  text_fixture_assert_error (self, "help asynk", "KeyError", "did you mean 'async'?");
  text_fixture_assert_error (self, "help nosuch", "KeyError", "there is no command 'nosuch'");
}

static void
test_watch (TextFixture   *self,
            gconstpointer  unused)
{
  text_fixture_assert (self, "watch", "[WATCHES]\n");
  text_fixture_assert (self, "async UUID", UUID "\n");
  text_fixture_assert (self, "watch  queue:mail \tsince:12", "[WATCHES]\n");
  g_assert_cmpstr (self->watched->str, ==, "\nqueue:mail since:12\n");
  text_fixture_assert (self, "quit", "Goodbye.\n[CLOSE]\n");
}

static void
test_watch_refused (TextFixture   *self,
                    gconstpointer  unused)
{
  g_autofree char *said = NULL;

  self->refuse_watch = TRUE;
  said = text_fixture_ask (self, "watch quene:mail");
  g_assert_true (g_str_has_suffix (said, "\nValueError: no such filter\n\n[CLOSE]\n"));

  text_fixture_connect (self);
  text_fixture_assert (self, "interactive", BANNER);
  text_fixture_assert_error (self, "watch quene:mail", "ValueError", "no such filter");
  text_fixture_assert (self, "async UUID", UUID "\n");
}

static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  g_assert_cmpuint (n_jobs, ==, 1);
}

/* leaves one transaction that is applied and not flushed */
static void
claim_unflushed (TextFixture *self)
{
  (void) world_submit_one (&self->world, "[{'function': <'t.noop'>}]");
  aq_engine_claim (self->world.engine, self->world.agent, 1, on_claimed, NULL);
}

static void
test_order (TextFixture   *self,
            gconstpointer  unused)
{
  claim_unflushed (self);
  text_fixture_assert (self, "interactive", "");
  text_fixture_send (self, "async UUID", -1);
  text_fixture_send (self, "watch", -1);
  text_fixture_send (self, "\xff", -1);
  text_fixture_send (self, "quit", -1);
  text_fixture_send (self, "async UUID", -1);
  g_assert_cmpstr (self->said->str, ==, "");
  world_settle (&self->world);
  g_assert_cmpstr (self->said->str, ==,
                   BANNER UUID "\n[WATCHES]\n"
                               "Traceback (most recent call last):\n"
                               "  in: a line that cannot be read\n"
                               "ValueError: the line is not UTF-8 text\n"
                               "\n"
                               "Goodbye.\n[CLOSE]\n");
}

static void
test_freed_before_the_answer (TextFixture   *self,
                              gconstpointer  unused)
{
  claim_unflushed (self);
  text_fixture_assert (self, "async jobs", "");
  g_clear_pointer (&self->session, aq_text_session_free);
  world_settle (&self->world);
  g_assert_cmpstr (self->said->str, ==, "");
}

static void
test_freed_by_the_answer (TextFixture   *self,
                          gconstpointer  unused)
{
  self->free_on_reply = TRUE;
  text_fixture_assert (self, "async UUID", UUID "\n[CLOSE]\n");

  self->free_on_reply = FALSE;
  text_fixture_connect (self);
  self->free_on_reply = TRUE;
  claim_unflushed (self);
  text_fixture_send (self, "interactive", -1);
  text_fixture_send (self, "async UUID", -1);
  g_string_truncate (self->said, 0);
  world_settle (&self->world);
  g_assert_cmpstr (self->said->str, ==, BANNER);
}

static void
test_malformed (TextFixture   *self,
                gconstpointer  unused)
{
  static const struct
  {
    const char *line;
    gssize      length;
    const char *name;
  } lines[] = {
    { "\0", 1, "ValueError" },
    { "async\0UUID", 10, "ValueError" },
    { "async UUID\0", 11, "ValueError" },
    { "\xff\xff\xff\xff", -1, "ValueError" },
    { "async job \xc3", -1, "ValueError" },
    { "async jobs queue:\xe2\x82", -1, "ValueError" },
    { "\x89PNG\r\n\x1a\n", -1, "ValueError" },
    { "async UUID now", -1, "TypeError" },
    { "async UUID uuid:" UUID, -1, "TypeError" },
    { "async utcnow 1", -1, "TypeError" },
    { "async status RUNNING up", -1, "TypeError" },
    { "async status queue:", -1, "TypeError" },
    { "async status " UUID " uuid:" UUID, -1, "TypeError" },
    { "async status uuid:", -1, "ValueError" },
    { "async status uuid:THIS", -1, "ValueError" },
    { "async status uuid:d10f43dc-ffdf-11dc-abd4-0017f2c49bde", -1, "KeyError" },
    { "async job", -1, "TypeError" },
    { "async job database:unnamed", -1, "TypeError" },
    { "async job 1 2 3 4", -1, "TypeError" },
    { "async job 0", -1, "ValueError" },
    { "async job -1", -1, "ValueError" },
    { "async job 1.0", -1, "ValueError" },
    { "async job 0x1", -1, "ValueError" },
    { "async job one", -1, "ValueError" },
    { "async job 99999999999999999999", -1, "ValueError" },
    { "async job 999999 unnamed", -1, "KeyError" },
    { "async job 999999 main", -1, "KeyError" },
    { "async job 999999 database:", -1, "KeyError" },
    { "async job database:unnamed 30", -1, "ValueError" },
    { "async jobs queue: main", -1, "ValueError" },
    { "async jobs a b c d", -1, "TypeError" },
    { "async jobs since:5M", -1, "TypeError" },
    { "async jobs quene:", -1, "TypeError" },
    { "async jobs Queue:", -1, "TypeError" },
    { "async jobs :", -1, "TypeError" },
    { "async jobs ::", -1, "TypeError" },
    { "async jobs =", -1, NULL }, /* the jobs of queue '=': none */
    { "async jobstats at:5M before:5M", -1, "ValueError" },
    { "async jobstats at:", -1, "ValueError" },
    { "async jobstats at:-5M", -1, "ValueError" },
    { "async jobstats since:1.5H", -1, "ValueError" },
    { "async jobstats since:yesterday", -1, "ValueError" },
    { "async jobstats before:5M1H", -1, "ValueError" },
    { "async jobstats before:18446744073709551616", -1, "ValueError" },
    { "async jobstats count:5", -1, "TypeError" },
    { "async poll since:5M", -1, "TypeError" },
    { "async poll at:5M", -1, "ValueError" },
    { "async poll before:0S", -1, "ValueError" },
    { "async poll before:5M at:5M", -1, "ValueError" },
    { "async poll at:6.42e18", -1, "ValueError" },
    { "async poll now", -1, "ValueError" },
    { "async polls count 5", -1, "ValueError" },
    { "async polls count:0", -1, "ValueError" },
    { "async polls count:-1", -1, "ValueError" },
    { "async polls count:", -1, "ValueError" },
    { "async polls count:many", -1, "ValueError" },
    { "async polls count:5.0", -1, "ValueError" },
    { "async polls since:", -1, "ValueError" },
    { "async polls at:5X", -1, "ValueError" },
    { "async polls at:5M before:5M since:5M", -1, "ValueError" },
    { "async polls queue:", -1, "TypeError" },
    { "async help a b", -1, "TypeError" },
    { "async help name:jobs", -1, "TypeError" },
    { "help a b c", -1, "TypeError" },
    { "help \x1b[2J", -1, "KeyError" },
    { "quit quit", -1, "TypeError" },
    { "interactive 1", -1, "TypeError" },
    { "async jobs queue:a queue:b", -1, NULL }, /* the last one counts */
    { "async nosuch", -1, NULL },
    { "async queue:", -1, NULL },
    { "async help nosuch", -1, NULL },
    { "asyncdb\x07 count pending", -1, NULL },
    { "{\"command\": \"async\"}", -1, NULL },
    { "GET / HTTP/1.1", -1, NULL },
    { "'; drop table jobs; --", -1, NULL },
  };

  text_fixture_assert (self, "interactive", BANNER);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_string_truncate (self->said, 0);
      text_fixture_send (self, lines[i].line, lines[i].length);
      if (lines[i].name != NULL)
        assert_error_shape (self->said->str, lines[i].name, "");
      g_assert_cmpuint (self->said->len, >, 0);
      g_assert_true (g_utf8_validate (self->said->str, -1, NULL));
      g_assert_null (strchr (self->said->str, '\033'));
      g_assert_null (strstr (self->said->str, "[CLOSE]"));
      text_fixture_assert (self, "async UUID", UUID "\n");
    }
}

static void
test_long_line (TextFixture   *self,
                gconstpointer  unused)
{
  g_autofree char *line = g_strnfill (1 << 20, 'x');
  g_autofree char *words = g_strnfill (60000, 'x');

  text_fixture_assert (self, "interactive", BANNER);
  text_fixture_assert_error (self, line, "ValueError", "1048576 bytes");
  for (gsize i = 1; i < 60000; i += 2)
    words[i] = ' ';
  memcpy (words, "async jobs ", 11);
  text_fixture_assert_error (self, words, "TypeError", "'jobs' takes at most 3 words");
  g_assert_cmpuint (self->said->len, <, 1000);
  text_fixture_assert (self, "async UUID", UUID "\n");
}

/* one seed a run, which GTest prints */
static void
test_random_lines (TextFixture   *self,
                   gconstpointer  unused)
{
  static const char * const pieces[] = {
    "async", "help", "job", "jobs", "jobstats", "poll", "polls", "status", "UUID", "watch", "interactive",
    " ", " ", " ", "\t", "\n", ":", "at:", "before:", "since:", "count:", "queue:", "agent:", "uuid:", "5M",
    "1H30M", "6420106068108777167", "0", "-", "\xc3", "ä", "\033", "\0", "unnamed", "main", UUID,
  };

  text_fixture_assert (self, "interactive", BANNER);
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GString) line = g_string_new (g_test_rand_bit () ? "async " : NULL);

      for (gint j = g_test_rand_int_range (0, 8); j > 0; j--)
        {
          const char *piece = pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))];

          g_string_append_len (line, piece, MAX (strlen (piece), 1));
        }
      g_string_truncate (self->said, 0);
      text_fixture_send (self, line->str, line->len);
      g_assert_true (g_utf8_validate (self->said->str, -1, NULL));
      g_assert_cmpuint (self->said->len, >, 0);
      g_assert_true (g_str_has_suffix (self->said->str, "\n"));
    }
  text_fixture_assert (self, "async UUID", UUID "\n");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/text-session/" name, TextFixture, NULL, text_fixture_set_up, func, text_fixture_tear_down)
  ADD ("one answer, then it closes", test_one_shot);
  ADD ("a wrong command closes as well", test_wrong_command_closes);
  ADD ("an error closes as well", test_error_closes);
  ADD ("an empty line before the first command is ignored", test_first_empty_line);
  ADD ("interactive stays open, also after errors, until quit", test_interactive);
  ADD ("an empty line repeats the last command, also a failed one", test_repetition);
  ADD ("quit needs no interactive", test_quit_at_once);
  ADD ("a wrong number of words is a TypeError", test_number_of_words);
  ADD ("help lists the commands", test_help);
  ADD ("every command has a help text, an unknown one an error", test_help_of_commands);
  ADD ("a watched connection stays open", test_watch);
  ADD ("a refused watch is an answer like any other", test_watch_refused);
  ADD ("answers wait for the flush and come in the order of the lines", test_order);
  ADD ("a peer may be gone before its answer", test_freed_before_the_answer);
  ADD ("an answer may be the session's end", test_freed_by_the_answer);
  ADD ("a malformed line gets its answer, and nothing is wedged", test_malformed);
  ADD ("random lines get answers", test_random_lines);
  ADD ("a very long line gets a short answer", test_long_line);
#undef ADD

  return g_test_run ();
}
