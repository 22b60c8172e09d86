/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is asked of jobs that have left memory
 *
 * The other tests of rules and the engine run over a store from which every
 * completed job leaves at once, too: "away-…". This one says what is special.
 */

#include "config.h"

#include "away-store.h"
#include "world.h"

#include <string.h>

#define NOOP "{'function': <'t.noop'>}"
#define NOOP_KEY(key) "{'function': <'t.noop'>, 'submit-key': <'" key "'>}"

static guint64
complete_one (World      *self,
              const char *entry)
{
  g_autofree char *entries = g_strdup_printf ("[%s]", entry);
  guint64 id = world_submit_one (self, entries);

  world_run_all (self);
  g_assert_true (aq_store_is_away (self->store, id));
  return id;
}

static void
assert_shown (World      *self,
              guint64     id,
              const char *expected)
{
  g_autofree char *shown = world_show (self, id);

  g_assert_cmpstr (shown, ==, expected);
}

static void
test_a_job_that_is_away_is_shown_whole (World         *self,
                                        gconstpointer  unused)
{
  guint64 id = complete_one (self, "{'function': <'t.echo'>, 'arguments': <(7,)>}");
  g_autoptr(GVariant) key = NULL;

  assert_shown (self, id, "completed succeeded 7");
  g_assert_true (aq_store_is_away (self->store, id));
  key = world_property (self, id, "Function");
  g_assert_cmpstr (g_variant_get_string (key, NULL), ==, "t.echo");
}

static void
on_awaited (AsyncqJobOutcome  outcome,
            AqResult         *result,
            const GError     *error,
            gpointer          user_data)
{
  char **text = user_data;
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : NULL;

  g_assert_null (*text);
  *text = value != NULL ? g_variant_print (value, FALSE) : g_strdup (error->message);
}

static void
test_a_wait_for_a_job_that_is_away_is_over (World         *self,
                                            gconstpointer  unused)
{
  guint64 id = complete_one (self, "{'function': <'t.echo'>, 'arguments': <(7,)>}");
  g_autofree char *text = NULL;

  aq_engine_wait (self->engine, id, on_awaited, &text);
  g_assert_null (text);
  world_settle (self);
  g_assert_cmpstr (text, ==, "7");
}

static void
test_a_wait_can_be_cancelled_while_its_job_is_fetched (World         *self,
                                                       gconstpointer  unused)
{
  guint64 id = complete_one (self, NOOP);
  g_autofree char *text = NULL;

  aq_engine_wait_cancel (aq_engine_wait (self->engine, id, on_awaited, &text));
  world_settle (self);
  g_assert_null (text);
}

static void
test_a_job_that_is_away_cannot_be_cancelled (World         *self,
                                             gconstpointer  unused)
{
  guint64 id = complete_one (self, NOOP);
  g_autoptr(GError) error = world_cancel (self, id);

  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  g_assert_cmpuint (away_store_get_n_fetched (AWAY_STORE (self->store)), ==, 0);
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  char **text = user_data;

  *text = value != NULL ? g_variant_print (value, FALSE) : g_strdup (error->message);
}

/* Returns: "id id … cursor", or the number */
static char *
list (World      *self,
      const char *filter_text,
      guint       limit,
      gboolean    count_only)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (filter_text, NULL);
  g_autofree char *text = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) jobs = NULL;
  const char *cursor;
  GString *ids = g_string_new (NULL);

  aq_engine_list_jobs (self->engine, filter, G_MAXUINT64, limit, count_only, on_read, &text);
  world_settle (self);
  value = g_variant_parse (G_VARIANT_TYPE ("(aa{sv}s)"), text, NULL, NULL, NULL);
  if (value == NULL)
    {
      g_string_free (ids, TRUE);
      return g_steal_pointer (&text);
    }
  g_variant_get (value, "(@aa{sv}&s)", &jobs, &cursor);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) job = g_variant_get_child_value (jobs, i);
      guint64 id = 0;

      g_variant_lookup (job, "Id", "t", &id);
      g_string_append_printf (ids, "%" G_GUINT64_FORMAT " ", id);
    }
  return g_string_append (ids, cursor), g_string_free (ids, FALSE);
}

static void
assert_list (World      *self,
             const char *filter,
             guint       limit,
             const char *expected)
{
  g_autofree char *listed = list (self, filter, limit, FALSE);

  g_assert_cmpstr (listed, ==, expected);
}

static void
test_a_page_fetches_only_what_it_shows (World         *self,
                                        gconstpointer  unused)
{
  g_autofree char *counted = NULL;

  for (guint i = 0; i < 5; i++)
    complete_one (self, NOOP);
  world_submit_one (self, "[" NOOP "]");
  assert_list (self, "", 3, "6 5 4 4");
  g_assert_cmpuint (away_store_get_n_fetched (AWAY_STORE (self->store)), ==, 2);
  assert_list (self, "state:pending", 3, "6 ");
  g_assert_cmpuint (away_store_get_n_fetched (AWAY_STORE (self->store)), ==, 2);
  assert_list (self, "state:succeeded", 10, "5 4 3 2 1 ");
  counted = list (self, "state:succeeded", 0, TRUE);
  g_assert_cmpstr (counted, ==, "5");
  g_assert_cmpuint (away_store_get_n_fetched (AWAY_STORE (self->store)), ==, 7);
}

static void
test_a_list_is_longer_than_what_is_fetched_at_once (World         *self,
                                                    gconstpointer  unused)
{
  g_autofree char *listed = NULL;
  g_auto(GStrv) words = NULL;

  for (guint i = 0; i < 200; i++)
    g_array_unref (world_submit (self, "[" NOOP "]"));
  world_run_all (self);
  listed = list (self, "", 1000, FALSE);
  words = g_strsplit (listed, " ", -1);
  g_assert_cmpuint (g_strv_length (words), ==, 201);
}

static void
test_what_cannot_be_read_is_said (World         *self,
                                  gconstpointer  unused)
{
  guint64 id = complete_one (self, NOOP);
  g_autofree char *listed = NULL;
  g_autofree char *read = NULL;
  g_autofree char *awaited = NULL;

  away_store_damage (AWAY_STORE (self->store), id);
  aq_engine_read_job (self->engine, id, on_read, &read);
  aq_engine_wait (self->engine, id, on_awaited, &awaited);
  world_settle (self);
  g_assert_cmpstr (read, ==, "job 1 is damaged");
  g_assert_cmpstr (awaited, ==, "job 1 is damaged");
  listed = list (self, "", 10, FALSE);
  g_assert_cmpstr (listed, ==, "job 1 is damaged");

  away_store_damage (AWAY_STORE (self->store), 0);
  assert_shown (self, id, "completed succeeded 0");
}

static void
test_a_submit_key_outlives_its_job_in_memory (World         *self,
                                              gconstpointer  unused)
{
  guint64 id = complete_one (self, NOOP_KEY ("k"));

  g_assert_cmpuint (world_submit_one (self, "[" NOOP_KEY ("k") "]"), ==, id);
  g_assert_cmpuint (away_store_get_n_fetched (AWAY_STORE (self->store)), ==, 0);
}

#define NESTED \
  "[{'kind': <'parallel'>, 'submit-key': <'whole'>}, {'kind': <'serial'>, 'parent': <uint32 0>}, " \
  "{'function': <'t.noop'>, 'parent': <uint32 1>}, {'function': <'t.noop'>, 'parent': <uint32 1>}]"

static void
test_the_parts_of_a_whole_that_is_away_are_found (World         *self,
                                                  gconstpointer  unused)
{
  g_autoptr(GArray) first = world_submit (self, NESTED);
  g_autoptr(GArray) second = NULL;

  world_run_all (self);
  for (guint i = 0; i < first->len; i++)
    g_assert_true (aq_store_is_away (self->store, g_array_index (first, guint64, i)));
  second = world_submit (self, NESTED);
  g_assert_cmpmem (first->data, first->len * sizeof (guint64), second->data, second->len * sizeof (guint64));
}

#define COUNT_OF_KEY(key) \
  "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <uint32 0>, 'submit-key': <'" key "'>}, " \
  "{'function': <'t.count'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]"

static void
test_a_job_that_is_away_can_be_joined (World         *self,
                                       gconstpointer  unused)
{
  guint64 member = complete_one (self, NOOP_KEY ("k"));
  g_autoptr(GArray) ids = world_submit (self, COUNT_OF_KEY ("k"));

  g_assert_cmpuint (g_array_index (ids, guint64, 1), ==, member);
  /* somebody unfinished depends on it */
  g_assert_false (aq_store_is_away (self->store, member));
  world_run_all (self);
  g_assert_true (aq_store_is_away (self->store, member));
  g_assert_true (aq_store_is_away (self->store, g_array_index (ids, guint64, 0)));
}

static void
test_a_job_that_is_away_can_be_returned (World         *self,
                                         gconstpointer  unused)
{
  guint64 inner = complete_one (self, "{'function': <'t.echo'>, 'arguments': <(7,)>, 'submit-key': <'k'>}");
  guint64 outer = world_submit_one (self, "[" NOOP "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[{'function': <'t.echo'>, 'arguments': <(7,)>, 'submit-key': <'k'>}]", 0, "i");
  assert_shown (self, outer, "completed succeeded 7");
  g_assert_cmpuint (inner, ==, 1);
}

static void
test_a_returned_job_that_cannot_be_read_fails_the_outer_one (World         *self,
                                                             gconstpointer  unused)
{
  guint64 inner = complete_one (self, NOOP_KEY ("k"));
  guint64 outer = world_submit_one (self, "[" NOOP "]");
  g_autofree char *shown = NULL;
  Attempt attempt;

  away_store_damage (AWAY_STORE (self->store), inner);
  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[" NOOP_KEY ("k") "]", 0, "()");
  shown = world_show (self, outer);
  g_assert_true (g_str_has_prefix (shown, "completed failed "));
}

/* that it cannot be put is seen only when the whole is there, and the function is gone by then */
static void
test_a_job_fails_that_adds_to_a_whole_that_is_away (World         *self,
                                                    gconstpointer  unused)
{
  guint64 whole = complete_one (self, "{'kind': <'parallel'>}");
  guint64 outer = world_submit_one (self, "[" NOOP "]");
  g_autofree char *entries = g_strdup_printf ("[{'function': <'t.noop'>, 'parent-job': <uint64 %" G_GUINT64_FORMAT ">}]",
                                              whole);
  g_autofree char *shown = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, entries, -1, NULL);
  shown = world_show (self, outer);
  g_assert_true (g_str_has_prefix (shown, "completed failed "));
  g_assert_nonnull (strstr (shown, "takes no more members"));
}

static void
test_completed_jobs_expire_while_they_are_away (World         *self,
                                                gconstpointer  unused)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  guint64 old = complete_one (self, NOOP_KEY ("k"));
  guint64 young;

  aq_retention_set_time (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 10 * G_TIME_SPAN_MINUTE);
  aq_engine_set_retention (self->engine, retention);
  aq_clock_advance (self->clock, 6 * G_TIME_SPAN_MINUTE);
  young = complete_one (self, NOOP);
  aq_clock_advance (self->clock, 5 * G_TIME_SPAN_MINUTE);
  world_settle (self);
  g_assert_false (aq_store_is_away (self->store, old));
  g_assert_true (aq_store_is_away (self->store, young));
  assert_list (self, "", 10, "2 ");
  /* the key is free again */
  g_assert_cmpuint (world_submit_one (self, "[" NOOP_KEY ("k") "]"), ==, 3);
}

static void
test_only_so_many_are_kept_of_a_class (World         *self,
                                       gconstpointer  unused)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_autoptr(GError) error = NULL;

  aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 2);
  aq_retention_set_number (retention, "many", AQ_RETENTION_ANY_OUTCOME, 3);
  aq_retention_set_number (retention, NULL, ASYNCQ_JOB_OUTCOME_CANCELLED, 0);
  aq_engine_set_retention (self->engine, retention);
  for (guint i = 0; i < 4; i++)
    {
      complete_one (self, NOOP);
      complete_one (self, "{'function': <'t.noop'>, 'queue': <'many'>}");
    }
  error = world_cancel (self, world_submit_one (self, "[" NOOP "]"));
  g_assert_no_error (error);
  aq_clock_advance (self->clock, 2 * G_TIME_SPAN_SECOND);
  world_settle (self);
  assert_list (self, "", 20, "8 7 6 5 4 ");
}

static void
test_a_job_that_is_depended_on_expires_later (World         *self,
                                              gconstpointer  unused)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_autoptr(GArray) ids = NULL;
  Attempt first;

  aq_retention_set_time (retention, NULL, AQ_RETENTION_ANY_OUTCOME, G_TIME_SPAN_MINUTE);
  aq_engine_set_retention (self->engine, retention);
  ids = world_submit (self, "[{'kind': <'serial'>}, {'function': <'t.noop'>, 'parent': <uint32 0>}, "
                            "{'function': <'t.noop'>, 'parent': <uint32 0>}]");
  g_assert_true (world_claim (self, &first));
  world_succeed (self, first, "()");
  aq_clock_advance (self->clock, 5 * G_TIME_SPAN_MINUTE);
  world_settle (self);
  assert_list (self, "", 10, "3 2 1 ");
  world_run_all (self);
  aq_clock_advance (self->clock, 5 * G_TIME_SPAN_SECOND);
  world_settle (self);
  assert_list (self, "", 10, "3 1 ");
  aq_clock_advance (self->clock, 5 * G_TIME_SPAN_MINUTE);
  world_settle (self);
  assert_list (self, "", 10, "");
}

#define ADD(name, func) g_test_add ("/away/" name, World, NULL, world_set_up, func, world_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a job that is away is shown whole", test_a_job_that_is_away_is_shown_whole);
  ADD ("a wait for a job that is away is over", test_a_wait_for_a_job_that_is_away_is_over);
  ADD ("a wait can be cancelled while its job is fetched", test_a_wait_can_be_cancelled_while_its_job_is_fetched);
  ADD ("a job that is away cannot be cancelled", test_a_job_that_is_away_cannot_be_cancelled);
  ADD ("a page fetches only what it shows", test_a_page_fetches_only_what_it_shows);
  ADD ("a list is longer than what is fetched at once", test_a_list_is_longer_than_what_is_fetched_at_once);
  ADD ("what cannot be read is said", test_what_cannot_be_read_is_said);
  ADD ("a submit key outlives its job in memory", test_a_submit_key_outlives_its_job_in_memory);
  ADD ("the parts of a whole that is away are found", test_the_parts_of_a_whole_that_is_away_are_found);
  ADD ("a job that is away can be joined", test_a_job_that_is_away_can_be_joined);
  ADD ("a job that is away can be returned", test_a_job_that_is_away_can_be_returned);
  ADD ("a returned job that cannot be read fails the outer one",
       test_a_returned_job_that_cannot_be_read_fails_the_outer_one);
  ADD ("a job fails that adds to a whole that is away", test_a_job_fails_that_adds_to_a_whole_that_is_away);
  ADD ("completed jobs expire while they are away", test_completed_jobs_expire_while_they_are_away);
  ADD ("only so many are kept of a class", test_only_so_many_are_kept_of_a_class);
  ADD ("a job that is depended on expires later", test_a_job_that_is_depended_on_expires_later);
  return g_test_run ();
}
