/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What every store does
 *
 * Each case runs on the memory store and on the embedded one; the last compares
 * the two step by step.
 */

#include "config.h"

#include "contract.h"

static void
test_sequences_rise_by_one (StoreTest *test)
{
  AqDraft draft = store_test_draft ("x");
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, 0);
  for (guint i = 1; i <= 5; i++)
    {
      g_assert_cmpuint (store_test_apply (test, aq_rule_put, &event, NULL), ==, i);
      g_assert_cmpuint (aq_store_get_sequence (test->store), ==, i);
    }
}

static gboolean
rule_nothing (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  return TRUE;
}

static gboolean
rule_error (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "no");
  return FALSE;
}

static void
test_a_rule_that_changes_nothing_takes_no_sequence (StoreTest *test)
{
  store_test_put (test, "x");
  g_assert_cmpuint (store_test_apply (test, rule_nothing, NULL, NULL), ==, 1);
  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, 1);
}

static void
test_a_rule_that_fails_takes_no_sequence (StoreTest *test)
{
  g_autoptr(GError) error = NULL;

  store_test_put (test, "x");
  g_assert_cmpuint (store_test_apply (test, rule_error, NULL, &error), ==, 0);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, 1);
}

static gboolean
rule_look (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  AqJob *job = aq_transaction_get_job (transaction, *(guint64 *) event);
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  g_autofree char *text = g_variant_print (arguments, FALSE);

  g_assert_cmpuint (transaction->actor->uid, ==, 1000);
  g_assert_cmpstr (transaction->actor->sender, ==, ":1.7");
  g_assert_cmpint (transaction->now.wall_usec, ==, 1155225842000211);
  g_assert_cmpstr (text, ==, "('hello',)");
  g_assert_cmpstr (aq_job_get_function (job), ==, "test.echo");
  g_assert_cmpint (job->state, ==, ASYNCQ_JOB_STATE_PENDING);
  g_assert_cmpuint (job->sequence, ==, 1);
  g_assert_cmpint (job->created_usec, ==, 1155225842000211);
  g_assert_cmpuint (job->dirty, ==, 0);
  return TRUE;
}

static void
test_a_job_is_there_as_it_was_put (StoreTest *test)
{
  guint64 id = store_test_put (test, "hello");
  g_autoptr(GError) error = NULL;

  store_test_apply (test, rule_look, &id, &error);
  g_assert_no_error (error);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  g_assert_no_error (error);
  g_string_append (user_data, "flushed ");
}

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  g_assert_no_error (error);
  g_string_append_printf (user_data, "applied %" G_GUINT64_FORMAT " ", sequence);
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  for (guint i = 0; i < n_changes; i++)
    g_string_append_printf (user_data, "changed %" G_GUINT64_FORMAT " to %s by %" G_GUINT64_FORMAT " ", changes[i].id,
                            asyncq_job_state_to_string (changes[i].state), changes[i].sequence);
}

static void
test_changes_are_told_then_applied_then_flushed (StoreTest *test)
{
  g_autoptr(GString) heard = g_string_new (NULL);
  AqDraft drafts[] = { store_test_draft ("x"), store_test_draft ("y") };
  guint64 ids[2];
  AqPutEvent event = { .drafts = drafts, .n_drafts = 2, .out_ids = ids };

  aq_store_set_changed (test->store, on_changed, heard);
  aq_store_apply (test->store, NULL, aq_rule_put, &event, on_applied, heard);
  aq_gate_hold (aq_store_get_gate (test->store), 1, on_flushed, heard);
  g_assert_cmpstr (heard->str, ==, "changed 1 to pending by 1 changed 2 to pending by 1 applied 1 ");
  store_test_flush (test);
  g_assert_cmpstr (heard->str, ==, "changed 1 to pending by 1 changed 2 to pending by 1 applied 1 flushed ");
}

static void
test_nothing_is_flushed_before_the_loop_turns (StoreTest *test)
{
  AqGate *gate = aq_store_get_gate (test->store);

  store_test_put (test, "x");
  store_test_put (test, "y");
  g_assert_cmpuint (aq_gate_get_flushed (gate), ==, 0);
  store_test_flush (test);
  g_assert_cmpuint (aq_gate_get_flushed (gate), ==, 2);
}

static void
on_applied_put_another (gpointer      event,
                        guint64       sequence,
                        const GError *error,
                        gpointer      user_data)
{
  StoreTest *test = user_data;

  g_assert_cmpuint (sequence, ==, 1);
  store_test_put (test, "inner");
  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, 2);
}

static void
test_a_rule_can_be_applied_from_the_callback_of_another (StoreTest *test)
{
  AqDraft draft = store_test_draft ("outer");
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  aq_store_apply (test->store, NULL, aq_rule_put, &event, on_applied_put_another, test);
  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, 2);
}

static void
on_flushed_put_another (const GError *error,
                        gpointer      user_data)
{
  StoreTest *test = user_data;

  g_assert_no_error (error);
  if (aq_store_get_sequence (test->store) < 20)
    {
      store_test_put (test, "next");
      aq_gate_hold (aq_store_get_gate (test->store), aq_store_get_sequence (test->store), on_flushed_put_another, test);
    }
}

static void
test_a_rule_can_be_applied_when_another_is_flushed (StoreTest *test)
{
  on_flushed_put_another (NULL, test);
  store_test_flush (test);
  while (aq_store_get_sequence (test->store) < 20)
    g_main_context_iteration (NULL, TRUE);
  store_test_flush (test);
}

static void
test_a_claimed_job_runs_and_keeps_its_result (StoreTest *test)
{
  g_autofree char *dump = NULL;
  guint64 lease = 0;
  guint64 id = store_test_put (test, "x");

  g_assert_cmpuint (store_test_claim (test, &lease), ==, id);
  g_assert_cmpuint (lease, >, 0);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  store_test_finish (test, id, lease, "done");
  dump = store_test_dump (test);
  g_assert_nonnull (strstr (dump, "result='done'"));
  g_assert_nonnull (strstr (dump, "agent=main"));
}

static void
test_the_next_due_time_is_that_of_the_first_job_to_come (StoreTest *test)
{
  gint64 now_usec = aq_clock_get_wall (test->clock);
  AqDraft drafts[] = { store_test_draft ("later"), store_test_draft ("sooner") };
  guint64 ids[2];
  AqPutEvent event = { .drafts = drafts, .n_drafts = 2, .out_ids = ids };
  guint64 lease;

  drafts[0].begin_after_usec = now_usec + 2000;
  drafts[1].begin_after_usec = now_usec + 1000;
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, G_MAXINT64);
  store_test_apply (test, aq_rule_put, &event, NULL);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, now_usec + 1000);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  aq_clock_advance (test->clock, 1000);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, ids[1]);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, now_usec + 2000);
}

static void
test_closing_flushes (StoreTest *test)
{
  g_autoptr(GString) heard = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  store_test_put (test, "x");
  aq_gate_hold (aq_store_get_gate (test->store), 1, on_flushed, heard);
  g_assert_true (aq_store_close (test->store, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (heard->str, ==, "flushed ");
  g_assert_true (aq_store_close (test->store, &error));
  g_assert_no_error (error);
  g_clear_object (&test->store);
}

/* history: `live` is what was told when it happened */

static void
on_live (const AqJobChange *changes,
         guint              n_changes,
         gpointer           user_data)
{
  g_array_append_vals (user_data, changes, n_changes);
}

static void
test_history_is_what_was_told_live (StoreTest *test)
{
  g_autoptr(GArray) live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autoptr(GRand) random = g_rand_new_with_seed (7);

  aq_store_set_changed (test->store, on_live, live);
  store_test_play (test, random, 300);
  store_test_flush (test);
  g_assert_cmpuint (live->len, >, 300);
  for (guint64 after = 0; after <= aq_store_get_sequence (test->store); after++)
    store_test_assert_history (test, live, after, (guint) g_rand_int_range (random, 1, 40));
  store_test_assert_history (test, live, 0, 1);
  store_test_assert_history (test, live, 0, G_MAXUINT);
}

static void
test_history_can_be_read_while_it_is_written (StoreTest *test)
{
  g_autoptr(GArray) live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autoptr(GRand) random = g_rand_new_with_seed (8);
  StoreTestReading readings[8];

  aq_store_set_changed (test->store, on_live, live);
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    store_test_reading_start (&readings[i], test, 0, i + 1);
  for (guint turn = 0; turn < 300; turn++)
    {
      store_test_play (test, random, 3);
      g_main_context_iteration (NULL, FALSE);
      for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
        store_test_reading_go_on (&readings[i]);
    }
  store_test_flush (test);
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    {
      store_test_reading_finish (&readings[i]);
      store_test_assert_same_changes (readings[i].changes, live, 0);
      store_test_reading_clear (&readings[i]);
    }
}

static void
test_a_transaction_with_5000_changes_is_told_whole (StoreTest *test)
{
  g_autoptr(GArray) live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autofree AqDraft *drafts = g_new (AqDraft, 5000);
  g_autofree guint64 *ids = g_new (guint64, 5000);
  AqPutEvent event = { .drafts = drafts, .n_drafts = 5000, .out_ids = ids };
  StoreTestReading reading;

  aq_store_set_changed (test->store, on_live, live);
  for (guint i = 0; i < 5000; i++)
    drafts[i] = store_test_draft ("one of many");
  store_test_put (test, "before");
  store_test_apply (test, aq_rule_put, &event, NULL);
  store_test_put (test, "after");
  store_test_flush (test);
  g_assert_cmpuint (live->len, ==, 5002);
  for (guint64 after = 0; after <= 3; after++)
    for (guint max_changes = 1; max_changes <= 5001; max_changes += 1250)
      store_test_assert_history (test, live, after, max_changes);

  store_test_reading_start (&reading, test, 1, 1);
  store_test_reading_wait (&reading);
  g_assert_cmpuint (reading.changes->len, ==, 5000);
  store_test_reading_clear (&reading);
}

static void
test_history_has_nothing_that_is_not_flushed (StoreTest *test)
{
  StoreTestReading reading;
  StoreTestReading future;

  store_test_put (test, "flushed");
  store_test_flush (test);
  store_test_put (test, "not flushed");
  store_test_reading_start (&reading, test, 0, 10);
  store_test_reading_start (&future, test, 2, 10);
  g_assert_true (reading.waits);
  store_test_reading_wait (&reading);
  store_test_reading_wait (&future);
  g_assert_no_error (reading.error);
  g_assert_cmpuint (reading.changes->len, ==, 1);
  g_assert_error (future.error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_cmpstr (future.error->message, ==, "sequence 2 is in the future: the newest is 1");
  store_test_reading_clear (&reading);
  store_test_reading_clear (&future);
}

static void
test_an_empty_history_is_no_error (StoreTest *test)
{
  g_autoptr(GArray) none = g_array_new (FALSE, FALSE, sizeof (AqJobChange));

  store_test_assert_history (test, none, 0, 10);
}

static void
test_closing_answers_who_asked_for_history (StoreTest *test)
{
  StoreTestReading readings[20];
  guint n_failed = 0;

  store_test_put (test, "x");
  store_test_flush (test);
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    store_test_reading_start (&readings[i], test, 0, 10);
  store_test_close (test);
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    {
      g_assert_false (readings[i].waits);
      g_assert_cmpuint (readings[i].n_answers, ==, 1);
      if (readings[i].error == NULL)
        g_assert_cmpuint (readings[i].changes->len, ==, 1);
      else
        g_assert_error (readings[i].error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
      n_failed += readings[i].error != NULL;
      store_test_reading_clear (&readings[i]);
    }
  g_test_message ("%u of them too late", n_failed);
}

static void
test_a_store_that_is_gone_tells_no_history (StoreTest *test)
{
  StoreTestReading reading;

  store_test_put (test, "x");
  store_test_flush (test);
  store_test_reading_start (&reading, test, 0, 10);
  store_test_crash (test);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (reading.n_answers, ==, 0);
  store_test_reading_clear (&reading);
}

static void
on_history_close (const AqJobChange *changes,
                  guint              n_changes,
                  const GError      *error,
                  gpointer           user_data)
{
  StoreTest *test = user_data;

  if (test->store != NULL)
    {
      g_autoptr(AqStore) store = g_steal_pointer (&test->store);

      g_assert_true (aq_store_close (store, NULL));
    }
}

static void
test_who_is_told_history_may_close_the_store (StoreTest *test)
{
  store_test_put (test, "x");
  store_test_flush (test);
  for (guint i = 0; i < 5; i++)
    aq_store_read_history (test->store, 0, 10, on_history_close, test);
  while (test->store != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_a_memory_store_forgets_what_is_old (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autofree AqDraft *drafts = g_new (AqDraft, 1000);
  g_autofree guint64 *ids = g_new (guint64, 1000);
  AqPutEvent event = { .drafts = drafts, .n_drafts = 1000, .out_ids = ids };
  StoreTestReading reading;

  store_test_init (&test);
  contract_open (&test, FALSE);
  aq_store_set_changed (test.store, on_live, live);
  for (guint i = 0; i < 1000; i++)
    drafts[i] = store_test_draft ("x");
  for (guint i = 0; i < 330; i++)
    store_test_apply (&test, aq_rule_put, &event, NULL);
  store_test_flush (&test);

  /* 100 transactions with 1,000 changes each are kept */
  store_test_reading_start (&reading, &test, 229, 10);
  store_test_reading_wait (&reading);
  g_assert_error (reading.error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_cmpstr (reading.error->message, ==, "the history begins at sequence 231");
  store_test_reading_clear (&reading);
  store_test_assert_history (&test, live, 230, 5000);
  store_test_assert_history (&test, live, 330, 1);
  store_test_close (&test);
}

static void
test_both_stores_give_the_same_history (void)
{
  for (guint seed = 1; seed <= 5; seed++)
    {
      g_auto(StoreTest) memory = { 0 };
      g_auto(StoreTest) embedded = { 0 };
      g_autoptr(GRand) left = g_rand_new_with_seed (seed);
      g_autoptr(GRand) right = g_rand_new_with_seed (seed);

      store_test_init (&memory);
      store_test_init (&embedded);
      contract_open (&memory, FALSE);
      contract_open (&embedded, TRUE);
      for (guint i = 0; i < 10; i++)
        {
          g_autofree char *in_memory = NULL;
          g_autofree char *in_journal = NULL;

          store_test_play (&memory, left, 30);
          store_test_play (&embedded, right, 30);
          store_test_reopen (&embedded);
          in_memory = store_test_dump (&memory);
          in_journal = store_test_dump (&embedded);
          store_test_assert_same (in_memory, in_journal);
        }
      store_test_close (&memory);
      store_test_close (&embedded);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  contract_add ("sequences start at 1 and rise by one", test_sequences_rise_by_one);
  contract_add ("a rule that changes nothing takes no sequence", test_a_rule_that_changes_nothing_takes_no_sequence);
  contract_add ("a rule that fails takes no sequence", test_a_rule_that_fails_takes_no_sequence);
  contract_add ("a job is there as it was put", test_a_job_is_there_as_it_was_put);
  contract_add ("changes are told, then applied, then flushed", test_changes_are_told_then_applied_then_flushed);
  contract_add ("nothing is flushed before the loop turns", test_nothing_is_flushed_before_the_loop_turns);
  contract_add ("a rule can be applied from the callback of another", test_a_rule_can_be_applied_from_the_callback_of_another);
  contract_add ("a rule can be applied when another is flushed", test_a_rule_can_be_applied_when_another_is_flushed);
  contract_add ("a claimed job runs and keeps its result", test_a_claimed_job_runs_and_keeps_its_result);
  contract_add ("the next due time is that of the first job to come", test_the_next_due_time_is_that_of_the_first_job_to_come);
  contract_add ("closing flushes, and closing again does nothing", test_closing_flushes);
  contract_add ("history is what was told live, from every sequence", test_history_is_what_was_told_live);
  contract_add ("history can be read while it is written", test_history_can_be_read_while_it_is_written);
  contract_add ("a transaction with 5,000 changes is told whole", test_a_transaction_with_5000_changes_is_told_whole);
  contract_add ("history has nothing that is not flushed", test_history_has_nothing_that_is_not_flushed);
  contract_add ("an empty history is no error", test_an_empty_history_is_no_error);
  contract_add ("closing answers who asked for history", test_closing_answers_who_asked_for_history);
  contract_add ("a store that is gone tells no history", test_a_store_that_is_gone_tells_no_history);
  contract_add ("who is told history may close the store", test_who_is_told_history_may_close_the_store);
  g_test_add_func ("/memory store/a memory store forgets what is old", test_a_memory_store_forgets_what_is_old);
  g_test_add_func ("/both stores/give the same history, the embedded one over restarts",
                   test_both_stores_give_the_same_history);
  return g_test_run ();
}
