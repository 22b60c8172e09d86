/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: jobs that leave memory, and what is kept of them
 */

#include "config.h"

#include "store-testing.h"

#include "../core/away-store.h"
#include "core/aq-lane.h"
#include "store/aq-end-queue.h"
#include "store/aq-job-table.h"
#include "store/aq-memory-store.h"
#include "store/aq-job-keys.h"
#include "store/aq-tables.h"

static void
test_the_first_in_is_the_first_out (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (5);
  g_autoptr(GArray) expected = g_array_new (FALSE, FALSE, sizeof (AqEnd));
  g_auto(AqEndQueue) queue = { NULL };
  AqEnd end;

  g_test_summary ("Whatever the ids and times are, and however far apart");
  for (guint i = 0; i < 20000; i++)
    {
      gboolean far = g_rand_int_range (random, 0, 50) == 0;
      guint64 id = far ? (guint64) g_rand_int (random) << 32 | g_rand_int (random) : i + 1;
      gint64 usec = far ? (gint64) (id * 3) : 1155225842000211 + (gint64) i * 1000;

      if (g_rand_int_range (random, 0, 10) == 0)
        {
          aq_end_queue_push_first (&queue, id, usec);
          g_array_prepend_vals (expected, &(AqEnd) { id, usec }, 1);
        }
      else
        {
          aq_end_queue_push (&queue, id, usec);
          g_array_append_vals (expected, &(AqEnd) { id, usec }, 1);
        }
      if (g_rand_int_range (random, 0, 3) > 0)
        continue;
      g_assert_true (aq_end_queue_peek (&queue, &end));
      g_assert_cmpuint (end.id, ==, g_array_index (expected, AqEnd, 0).id);
      aq_end_queue_pop (&queue);
      g_array_remove_index (expected, 0);
    }
  g_assert_cmpuint (queue.n_ends, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    {
      AqEnd *wanted = &g_array_index (expected, AqEnd, i);

      g_assert_true (aq_end_queue_peek (&queue, &end));
      g_assert_cmpuint (end.id, ==, wanted->id);
      g_assert_cmpint (end.ended_usec, >=, MIN (wanted->ended_usec, G_MAXINT64 - AQ_END_STEP_USEC));
      g_assert_cmpint (end.ended_usec / 2, <, wanted->ended_usec / 2 + AQ_END_STEP_USEC);
      aq_end_queue_pop (&queue);
    }
  g_assert_false (aq_end_queue_peek (&queue, &end));
}

static void
test_sorting_puts_the_earliest_first (void)
{
  g_auto(AqEndQueue) queue = { NULL };
  AqEnd end;

  for (guint i = 0; i < 100; i++)
    aq_end_queue_push (&queue, i + 1, (i * 37 % 100) * G_USEC_PER_SEC);
  aq_end_queue_sort (&queue);
  for (guint i = 0; i < 100; i++)
    {
      g_assert_true (aq_end_queue_peek (&queue, &end));
      g_assert_cmpint (end.ended_usec, ==, i * G_USEC_PER_SEC);
      aq_end_queue_pop (&queue);
    }
}

static void
test_a_key_is_found_by_its_text_and_goes_with_its_job (void)
{
  g_autoptr(AqJobKeys) keys = aq_job_keys_new ();

  aq_job_keys_add (keys, "a", 1);
  aq_job_keys_add (keys, "b", 2);
  aq_job_keys_send_away (keys, "a", 1);
  g_assert_cmpuint (aq_job_keys_get (keys, "a"), ==, 1);
  aq_job_keys_remove_away (keys, 1);
  g_assert_cmpuint (aq_job_keys_get (keys, "a"), ==, 0);
  aq_job_keys_remove (keys, "b", 7);
  g_assert_cmpuint (aq_job_keys_get (keys, "b"), ==, 2);
  aq_job_keys_send_away (keys, "b", 2);
  aq_job_keys_bring_back (keys, 2);
  aq_job_keys_remove_away (keys, 2);
  aq_job_keys_remove (keys, "b", 2);
  g_assert_cmpuint (aq_job_keys_get (keys, "b"), ==, 0);
}

static void
test_ids_are_found_in_both_directions (void)
{
  /* neighbours, at the ends of pages and chunks, and far from all others */
  const guint64 ids[] = { 1, 2, 511, 512, 1048575, 1048576, 3000000, 3000001, 50000000 };
  g_autoptr(AqJobTable) table = aq_job_table_new ();
  guint64 id = 0;

  g_assert_cmpuint (aq_job_table_above (table, 0), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    aq_job_table_insert_away (table, ids[i], &(AqAwaySlot) { .lane = 1 });
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpuint (id = aq_job_table_above (table, id), ==, ids[i]);
  g_assert_cmpuint (aq_job_table_above (table, id), ==, 0);
  g_assert_cmpuint (aq_job_table_above (table, G_MAXUINT64), ==, 0);
  id = G_MAXUINT64;
  for (guint i = G_N_ELEMENTS (ids); i > 0; i--)
    g_assert_cmpuint (id = aq_job_table_below (table, id), ==, ids[i - 1]);
  g_assert_cmpuint (aq_job_table_below (table, id), ==, 0);
}

static gboolean
accept_and_count (const AqLane *lane,
                  gpointer      n_asked)
{
  ++*(guint *) n_asked;
  return TRUE;
}

/* Returns: how often whoever chooses was asked about the lane */
static guint
count_asked (AqTables *tables,
             guint64   chooser)
{
  guint n_asked = 0;

  g_assert_nonnull (aq_transaction_next_due (aq_tables_begin (tables, NULL), chooser, accept_and_count, &n_asked));
  return n_asked;
}

static void
test_who_accepts_a_lane_is_asked_once (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (1155225842000211);
  AqTables *tables = aq_tables_new (clock);
  const AqDraft draft = { .priority = AQ_PRIORITY_DEFAULT, .queue = "", .function = "t.work", .arguments_type = "()",
                          .arguments = "", .arguments_size = 1, .parent = AQ_DRAFT_NO_PARENT };
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  g_test_summary ("Until something has changed that those who choose decide by");
  g_assert_true (aq_rule_put (aq_tables_begin (tables, NULL), &event, NULL));
  g_assert_cmpuint (count_asked (tables, 1), ==, 1);
  g_assert_cmpuint (count_asked (tables, 1), ==, 0);
  g_assert_cmpuint (count_asked (tables, 2), ==, 1);
  aq_tables_load_item (tables, AQ_ITEM_PAUSE, "other", g_variant_new_parsed ("@a{sv} {}"));
  g_assert_cmpuint (count_asked (tables, 1), ==, 1);
  g_assert_cmpuint (count_asked (tables, 2), ==, 1);
  /* nothing is remembered of who is nobody */
  g_assert_cmpuint (count_asked (tables, 0), ==, 1);
  g_assert_cmpuint (count_asked (tables, 0), ==, 1);
  g_assert_cmpuint (count_asked (tables, 1), ==, 0);
  aq_tables_free (tables);
}

/* a store that a play can be compared on */
static void
open_for_play (StoreTest *test,
               gboolean   away)
{
  store_test_init (test);
  test->store = away ? away_store_new (test->clock) : aq_memory_store_new (test->clock);
  g_assert_true (aq_store_open (test->store, NULL));
}

static gboolean
rule_expire (AqTransaction  *transaction,
             gpointer        retention,
             GError        **error)
{
  aq_transaction_expire (transaction, retention, 7);
  return TRUE;
}

static void
test_what_has_left_and_come_back_is_the_same (void)
{
  g_test_summary ("A play over a store from which completed jobs leave ends as one over a store where they stay");
  for (guint seed = 0; seed < 20; seed++)
    {
      g_autoptr(AqRetention) retention = aq_retention_new ();
      g_auto(StoreTest) plain = { 0 };
      g_auto(StoreTest) away = { 0 };
      StoreTest *tests[] = { &plain, &away };
      char *dumps[2];

      aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 10 + seed);
      for (guint i = 0; i < 2; i++)
        {
          g_autoptr(GRand) random = g_rand_new_with_seed (seed);

          open_for_play (tests[i], i == 1);
          for (guint j = 0; j < 8; j++)
            {
              store_test_play (tests[i], random, 60);
              store_test_apply (tests[i], rule_expire, retention, NULL);
            }
          if (i == 1)
            away_store_keep_all (AWAY_STORE (tests[i]->store), TRUE);
          dumps[i] = store_test_dump (tests[i]);
        }
      store_test_assert_same (dumps[0], dumps[1]);
      g_free (dumps[0]);
      g_free (dumps[1]);
      store_test_close (&plain);
      store_test_close (&away);
    }
}

/* tables with one completed job of each queue that is named */
typedef struct
{
  AqClock  *clock;
  AqTables *tables;
} Loaded;

static void
loaded_init (Loaded *self)
{
  self->clock = aq_clock_new_manual (1000 * G_USEC_PER_SEC);
  self->tables = aq_tables_new (self->clock);
}

static void
loaded_clear (Loaded *self)
{
  aq_tables_free (self->tables);
  aq_clock_unref (self->clock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loaded, loaded_clear)

static gboolean
load_away (Loaded     *self,
           guint64     id,
           const char *queue,
           gint64      ended_usec,
           const char *key)
{
  g_autoptr(AqLane) lane = aq_tables_get_lane (self->tables, queue, "t.f", "()");
  AqAwayJob away = {
    .id = id,
    .lane = lane,
    .created_usec = 123456789,
    .ended_usec = ended_usec,
    .outcome = ASYNCQ_JOB_OUTCOME_FAILED,
    .submit_key = key,
  };

  return aq_tables_load_away (self->tables, &away);
}

static void
test_what_was_away_is_away_after_a_restart (void)
{
  g_auto(Loaded) loaded = { 0 };
  AqTransaction *transaction;
  AqJobBrief brief;

  loaded_init (&loaded);
  g_assert_true (load_away (&loaded, 5, "mail", 2000, "k"));
  g_assert_true (load_away (&loaded, 9, "mail", 1000, NULL));
  aq_tables_finish_load (loaded.tables);
  transaction = aq_tables_begin (loaded.tables, NULL);
  g_assert_true (aq_tables_is_away (loaded.tables, 5));
  g_assert_cmpuint (aq_transaction_find_submit_key (transaction, "k"), ==, 5);
  g_assert_cmpuint (aq_transaction_count_state (transaction, ASYNCQ_JOB_STATE_COMPLETED), ==, 2);
  g_assert_true (aq_transaction_iterate_brief (transaction, G_MAXUINT64, &brief));
  g_assert_cmpuint (brief.id, ==, 9);
  g_assert_true (aq_transaction_iterate_brief (transaction, 9, &brief));
  g_assert_cmpuint (brief.id, ==, 5);
  g_assert_cmpstr (brief.lane->queue, ==, "mail");
  g_assert_cmpint (brief.state, ==, ASYNCQ_JOB_STATE_COMPLETED);
  g_assert_cmpint (brief.outcome, ==, ASYNCQ_JOB_OUTCOME_FAILED);
  g_assert_cmpint (brief.created_usec, ==, 123450000);
  g_assert_true (brief.away);
  g_assert_null (aq_transaction_iterate (transaction, G_MAXUINT64));
  g_assert_false (aq_transaction_iterate_brief (transaction, 5, &brief));
}

static void
test_the_earliest_end_goes_first_after_a_restart (void)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_auto(Loaded) loaded = { 0 };
  AqTransaction *transaction;

  loaded_init (&loaded);
  for (guint i = 1; i <= 10; i++)
    g_assert_true (load_away (&loaded, i, "mail", (20 - i) * G_USEC_PER_SEC, NULL));
  aq_tables_finish_load (loaded.tables);
  aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 4);
  transaction = aq_tables_begin (loaded.tables, NULL);
  g_assert_cmpuint (aq_transaction_expire (transaction, retention, 100), ==, 6);
  for (guint i = 1; i <= 10; i++)
    g_assert_true (aq_tables_is_away (loaded.tables, i) == (i <= 4));
  aq_tables_forget_changes (loaded.tables);
}

static void
test_numbers_of_lanes_run_out_and_come_back (void)
{
  g_auto(Loaded) loaded = { 0 };
  guint64 id = 0;

  loaded_init (&loaded);
  for (;;)
    {
      g_autofree char *queue = g_strdup_printf ("q%" G_GUINT64_FORMAT, id);

      if (!load_away (&loaded, id + 1, queue, 1000, NULL))
        break;
      id++;
    }
  g_assert_cmpuint (id, ==, (1u << 17) - 1);
  g_assert_true (load_away (&loaded, id + 1, "q7", 1000, NULL));
  g_assert_true (aq_tables_unload_job (loaded.tables, 1));
  g_assert_true (load_away (&loaded, id + 2, "another", 1000, NULL));
  g_assert_false (load_away (&loaded, id + 3, "one more", 1000, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job-table/ids are found in both directions", test_ids_are_found_in_both_directions);
  g_test_add_func ("/end-queue/the first in is the first out", test_the_first_in_is_the_first_out);
  g_test_add_func ("/end-queue/sorting puts the earliest first", test_sorting_puts_the_earliest_first);
  g_test_add_func ("/submit-keys/a key is found by its text and goes with its job",
                   test_a_key_is_found_by_its_text_and_goes_with_its_job);
  g_test_add_func ("/tables/who accepts a lane is asked once", test_who_accepts_a_lane_is_asked_once);
  g_test_add_func ("/tables/what has left and come back is the same", test_what_has_left_and_come_back_is_the_same);
  g_test_add_func ("/tables/what was away is away after a restart", test_what_was_away_is_away_after_a_restart);
  g_test_add_func ("/tables/the earliest end goes first after a restart",
                   test_the_earliest_end_goes_first_after_a_restart);
  g_test_add_func ("/tables/numbers of lanes run out and come back", test_numbers_of_lanes_run_out_and_come_back);
  return g_test_run ();
}
