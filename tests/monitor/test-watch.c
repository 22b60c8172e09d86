/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include "monitor/aq-watch.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define ECHO "[{'function': <'t.echo'>, 'arguments': <(int32 1,)>}]"

typedef struct
{
  World        world;
  AqWatchFeed *feed;
} Fixture;

/* somebody who watches, and what he has taken so far */
typedef struct
{
  AqWatch *watch;
  GString *text;
  guint    n_ready;
} Reader;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  world_set_up (&self->world, NULL);
  self->feed = aq_watch_feed_new (self->world.engine);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  aq_watch_feed_free (self->feed);
  world_tear_down (&self->world, NULL);
}

static void
on_ready (gpointer user_data)
{
  Reader *reader = user_data;

  g_assert_true (aq_watch_has_lines (reader->watch));
  reader->n_ready++;
}

static void
reader_start (Reader     *reader,
              Fixture    *self,
              const char *arguments)
{
  g_autoptr(GError) error = NULL;

  if (reader->text == NULL)
    reader->text = g_string_new (NULL);
  reader->watch = aq_watch_new (self->feed, arguments, on_ready, reader, &error);
  g_assert_no_error (error);
}

static void
reader_stop (Reader *reader)
{
  g_clear_pointer (&reader->watch, aq_watch_free);
}

static void
reader_clear (Reader *reader)
{
  reader_stop (reader);
  g_string_free (reader->text, TRUE);
}

static gboolean
reader_take (Reader *reader,
             gsize   max_bytes)
{
  g_autofree char *text = aq_watch_take (reader->watch, max_bytes);

  if (text == NULL)
    return FALSE;
  g_assert_true (g_str_has_suffix (text, "\n"));
  g_string_append (reader->text, text);
  return TRUE;
}

static void
iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* until nothing more comes */
static void
reader_take_all (Reader *reader)
{
  do
    iterate ();
  while (reader_take (reader, 4096));
}

static char *
read_history (Fixture    *self,
              const char *arguments)
{
  Reader reader = { 0 };
  char *text;

  reader_start (&reader, self, arguments);
  reader_take_all (&reader);
  text = g_strdup (reader.text->str);
  reader_clear (&reader);
  return text;
}

static void
submit_many (Fixture *self,
             guint    n)
{
  g_autoptr(GString) entries = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (entries, "%s{'function': <'t.echo'>, 'arguments': <(int32 1,)>}", i > 0 ? "," : "");
  g_string_append_c (entries, ']');
  g_array_unref (world_submit (&self->world, entries->str));
}

static void
test_from_now_on (Fixture       *self,
                  gconstpointer  unused)
{
  Reader reader = { 0 };
  g_autofree char *all = NULL;

  (void) world_submit_one (&self->world, ECHO);
  reader_start (&reader, self, "");
  iterate ();
  g_assert_false (aq_watch_has_lines (reader.watch));
  (void) world_submit_one (&self->world, ECHO);
  reader_take_all (&reader);
  all = read_history (self, "since:0");
  g_assert_true (g_str_has_suffix (all, reader.text->str));
  g_assert_nonnull (strstr (reader.text->str, "\"job\":2"));
  g_assert_null (strstr (reader.text->str, "\"job\":1,"));
  reader_clear (&reader);
}

static void
test_ready_comes_once_for_what_comes_together (Fixture       *self,
                                               gconstpointer  unused)
{
  Reader reader = { 0 };

  reader_start (&reader, self, "");
  for (guint i = 0; i < 10; i++)
    (void) world_submit_one (&self->world, ECHO);
  while (reader.n_ready == 0)
    g_main_context_iteration (NULL, TRUE);
  reader_take_all (&reader);
  g_assert_cmpuint (reader.n_ready, ==, 1);
  reader_clear (&reader);
}

static void
test_a_slow_reader_gets_everything (Fixture       *self,
                                    gconstpointer  unused)
{
  Reader slow = { 0 };
  g_autofree char *all = NULL;

  reader_start (&slow, self, "since:0");
  for (guint i = 0; i < 40; i++)
    {
      submit_many (self, i == 20 ? 10000 : 100);
      world_run_all (&self->world);
      iterate ();
    }
  reader_take_all (&slow);
  all = read_history (self, "since:0");
  g_assert_cmpuint (strlen (all), >, 1024 * 1024);
  g_assert_cmpstr (slow.text->str, ==, all);

  /* and is live again */
  (void) world_submit_one (&self->world, ECHO);
  reader_take_all (&slow);
  g_assert_cmpuint (slow.text->len, >, strlen (all));
  reader_clear (&slow);
}

#define N_READERS 8

/* drops what is after the last whole transaction, and says where to go on */
static char *
resume_at (Reader *reader)
{
  char *last = g_strrstr (reader->text->str, "\"last\":true");
  char *line;

  if (last == NULL)
    {
      g_string_truncate (reader->text, 0);
      return g_strdup ("since:0");
    }
  g_string_truncate (reader->text, strchr (last, '\n') + 1 - reader->text->str);
  line = g_strrstr (reader->text->str, "{\"seq\":");
  return g_strdup_printf ("since:%" G_GUINT64_FORMAT, g_ascii_strtoull (line + strlen ("{\"seq\":"), NULL, 10));
}

static void
do_something (Fixture *self,
              GRand   *rand)
{
  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0:
      submit_many (self, g_rand_int_range (rand, 1, 30));
      break;
    case 1:
      world_run_all (&self->world);
      break;
    case 2:
      (void) g_main_context_iteration (NULL, FALSE);
      break;
    case 3:
      iterate ();
      break;
    default:
      (void) world_submit_one (&self->world, ECHO);
      break;
    }
}

static void
disturb (Reader  *reader,
         Fixture *self,
         GRand   *rand)
{
  g_autofree char *since = NULL;

  if (g_rand_int_range (rand, 0, 3) > 0)
    {
      (void) reader_take (reader, g_rand_int_range (rand, 1, 20000));
      return;
    }
  reader_stop (reader);
  since = resume_at (reader);
  reader_start (reader, self, since);
}

/* any order of events, readings, ends and resumptions: each reader has it all, once and in order */
static void
test_histories (Fixture       *self,
                gconstpointer  unused)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  Reader readers[N_READERS] = { 0 };
  g_autofree char *all = NULL;

  for (guint i = 0; i < N_READERS; i++)
    reader_start (&readers[i], self, "since:0");
  for (guint i = 0; i < 600; i++)
    {
      do_something (self, rand);
      disturb (&readers[g_rand_int_range (rand, 0, N_READERS)], self, rand);
    }
  all = read_history (self, "since:0");
  for (guint i = 0; i < N_READERS; i++)
    {
      reader_take_all (&readers[i]);
      g_assert_cmpstr (readers[i].text->str, ==, all);
      reader_clear (&readers[i]);
    }
}

static void
test_what_is_no_longer_known (Fixture       *self,
                              gconstpointer  unused)
{
  Reader reader = { 0 };

  g_test_summary ("the memory store forgets: the reader is told, and goes on with what happens now");
  for (guint i = 0; i < 700; i++)
    {
      submit_many (self, 50);
      world_run_all (&self->world);
    }
  reader_start (&reader, self, "since:0");
  reader_take_all (&reader);
  g_assert_true (g_str_has_prefix (reader.text->str, "{\"resync\":true,\"since\":"));
  g_assert_null (strstr (reader.text->str, "\"seq\""));
  (void) world_submit_one (&self->world, ECHO);
  reader_take_all (&reader);
  g_assert_nonnull (strstr (reader.text->str, "\"seq\""));
  reader_clear (&reader);
}

static void
test_arguments (Fixture       *self,
                gconstpointer  unused)
{
  static const struct
  {
    const char *arguments;
    const char *part;
  } bad[] = {
    { "quee:mail", "did you mean 'queue:'?" },
    { "sice:4", "did you mean 'since:'?" },
    { "funktion:x state:failed", "did you mean 'function:'?" },
    { "xyzzy:4", "'xyzzy:4' is not known to watch" },
    { "age:>1h", "'age:>1h' is not known to watch" },
    { "failed", "'failed' is not known to watch" },
    { "state:done", "is not a state" },
    { "-tag:eu priority:256", "is not a priority" },
    { "since:", "is not a sequence number" },
    { "since:-1", "is not a sequence number" },
    { "since:+1", "is not a sequence number" },
    { "since:0x1", "is not a sequence number" },
    { "since:18446744073709551616", "is not a sequence number" },
    { "since:1000", "in the future: the newest sequence number is" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_watch_new (self->feed, bad[i].arguments, on_ready, NULL, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, bad[i].part));
    }
}

static void
test_an_end_while_history_is_read (Fixture       *self,
                                   gconstpointer  unused)
{
  for (guint i = 0; i < 10; i++)
    {
      Reader reader = { 0 };

      (void) world_submit_one (&self->world, ECHO);
      reader_start (&reader, self, "since:0");
      for (guint j = 0; j < i; j++)
        (void) g_main_context_iteration (NULL, FALSE);
      reader_clear (&reader);
    }
  iterate ();
}

#define watch_test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  watch_test ("/monitor/watch/from-now-on", test_from_now_on);
  watch_test ("/monitor/watch/ready-comes-once-for-what-comes-together",
              test_ready_comes_once_for_what_comes_together);
  watch_test ("/monitor/watch/a-slow-reader-gets-everything", test_a_slow_reader_gets_everything);
  watch_test ("/monitor/watch/histories", test_histories);
  watch_test ("/monitor/watch/what-is-no-longer-known", test_what_is_no_longer_known);
  watch_test ("/monitor/watch/arguments", test_arguments);
  watch_test ("/monitor/watch/an-end-while-history-is-read", test_an_end_while_history_is_read);
  return g_test_run ();
}
