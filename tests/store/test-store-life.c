/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What every store keeps of the life of a job: calls that are replaced, delays,
 * deadlines, unique keys, queues and items
 */

#include "config.h"

#include "contract.h"

#include "core/aq-job-past.h"

#include <string.h>

static void
apply (StoreTest *test,
       AqRule     rule,
       gpointer   event)
{
  g_autoptr(GError) error = NULL;

  store_test_apply (test, rule, event, &error);
  g_assert_no_error (error);
}

/* replaced calls */

typedef struct
{
  guint64     id;
  const char *queue;
  const char *text;
} Replace;

static gboolean
rule_replace (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  Replace *self = event;
  g_autoptr(GVariant) arguments = g_variant_ref_sink (g_variant_new ("(s)", self->text));
  AqJob *job = aq_transaction_get_job (transaction, self->id);
  guint64 order = job->order;

  job = aq_transaction_replace_call (transaction, job, self->queue, "(s)", g_variant_get_data (arguments),
                                     g_variant_get_size (arguments));
  g_assert_true (aq_transaction_get_job (transaction, self->id) == job);
  g_assert_cmpuint (job->order, ==, order);
  return TRUE;
}

static gboolean
rule_check_replaced (AqTransaction  *transaction,
                     gpointer        event,
                     GError        **error)
{
  Replace *self = event;
  AqJob *job = aq_transaction_get_job (transaction, self->id);
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  g_autofree char *text = g_variant_print (arguments, FALSE);
  g_autofree char *expected = g_strdup_printf ("('%s',)", self->text);

  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (aq_job_get_queue (job), ==, self->queue);
  g_assert_cmpstr (aq_job_get_function (job), ==, "test.echo");
  g_assert_cmpuint (job->dirty, ==, 0);
  return TRUE;
}

static void
test_a_replaced_call_keeps_its_place (StoreTest *test)
{
  guint64 first = store_test_put (test, "first");
  guint64 second = store_test_put (test, "second");
  Replace replace = { first, "", "a longer text than it had before" };
  guint64 lease;

  apply (test, rule_replace, &replace);
  contract_reopen (test);
  apply (test, rule_check_replaced, &replace);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, first);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, second);
}

static gboolean
rule_replace_twice (AqTransaction  *transaction,
                    gpointer        event,
                    GError        **error)
{
  Replace *self = event;
  Replace other = { self->id, "other", "in between" };

  /* one that was touched already in this transaction, too */
  return rule_replace (transaction, &other, error) && rule_replace (transaction, self, error);
}

static void
test_a_call_is_replaced_twice_in_a_transaction (StoreTest *test)
{
  Replace replace = { store_test_put (test, "first"), "third", "the last one counts" };

  apply (test, rule_replace_twice, &replace);
  contract_reopen (test);
  apply (test, rule_check_replaced, &replace);
}

static void
test_a_call_that_is_delayed_is_replaced (StoreTest *test)
{
  AqDraft draft = store_test_draft ("later");
  Replace replace = { 0, "", "x" };
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &replace.id };
  gint64 due_usec = aq_clock_get_wall (test->clock) + 1000;
  guint64 lease;

  draft.begin_after_usec = due_usec;
  apply (test, aq_rule_put, &event);
  apply (test, rule_replace, &replace);
  contract_reopen (test);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, due_usec);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  aq_clock_advance (test->clock, 1000);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, replace.id);
}

/* the two clocks */

typedef struct
{
  guint64 id;
  gint64  delay_usec;
  gint64  out_steady_usec;
} Delay;

static gboolean
rule_delay (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  Delay *self = event;
  AqJob *job = aq_transaction_get_job (transaction, self->id);

  job->flags |= AQ_JOB_SCHEDULED | AQ_JOB_STEADY;
  job->due_usec = transaction->now.steady_usec + self->delay_usec;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
  aq_transaction_reindex (transaction, job);
  return TRUE;
}

static gboolean
rule_look_at_clock (AqTransaction  *transaction,
                    gpointer        event,
                    GError        **error)
{
  *(AqTime *) event = transaction->now;
  return TRUE;
}

static void
test_setting_the_clock_moves_no_delay (StoreTest *test)
{
  Delay delay = { store_test_put (test, "later"), 10 * G_USEC_PER_SEC, 0 };
  gint64 monotonic_usec = aq_clock_get_monotonic (test->clock);
  guint64 lease;

  apply (test, rule_delay, &delay);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, G_MAXINT64);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, monotonic_usec + 10 * G_USEC_PER_SEC);
  aq_clock_set_wall (test->clock, aq_clock_get_wall (test->clock) + G_TIME_SPAN_DAY);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, monotonic_usec + 10 * G_USEC_PER_SEC);
  aq_clock_advance (test->clock, 10 * G_USEC_PER_SEC - 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  aq_clock_advance (test->clock, 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, delay.id);
}

static void
test_the_steady_clock_goes_on_over_restarts (StoreTest *test)
{
  AqTime before;
  AqTime after;

  aq_clock_set_wall (test->clock, aq_clock_get_wall (test->clock) + G_TIME_SPAN_HOUR);
  apply (test, rule_look_at_clock, &before);
  g_assert_cmpint (before.steady_usec, ==, before.wall_usec - G_TIME_SPAN_HOUR);
  store_test_put (test, "so that something is written");
  contract_reopen (test);
  apply (test, rule_look_at_clock, &after);
  g_assert_cmpint (after.steady_usec, ==, before.steady_usec);
  aq_clock_advance (test->clock, 1000);
  apply (test, rule_look_at_clock, &after);
  g_assert_cmpint (after.steady_usec, ==, before.steady_usec + 1000);
}

static void
test_a_delay_goes_on_over_restarts (StoreTest *test)
{
  Delay delay = { store_test_put (test, "later"), 10 * G_USEC_PER_SEC, 0 };
  guint64 lease;

  apply (test, rule_delay, &delay);
  aq_clock_advance (test->clock, 4 * G_USEC_PER_SEC);
  contract_reopen (test);
  aq_clock_advance (test->clock, 6 * G_USEC_PER_SEC - 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  aq_clock_advance (test->clock, 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, delay.id);
}

/* deadlines */

typedef struct
{
  guint64 id;
  gint64  begin_by_usec; /* from now on, 0: none */
  gint64  give_up_usec;  /* likewise */
} Limits;

static gboolean
rule_limit (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  Limits *self = event;
  AqJob *job = aq_transaction_get_job (transaction, self->id);
  AqJobPast *past = aq_job_ensure_past (job);

  past->begin_by_usec = self->begin_by_usec > 0 ? transaction->now.wall_usec + self->begin_by_usec : 0;
  past->give_up_usec = self->give_up_usec > 0 ? transaction->now.steady_usec + self->give_up_usec : 0;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
  aq_transaction_reindex (transaction, job);
  return TRUE;
}

static gboolean
rule_next_overdue (AqTransaction  *transaction,
                   gpointer        event,
                   GError        **error)
{
  const AqJob *job = aq_transaction_next_overdue (transaction);

  *(guint64 *) event = job != NULL ? job->id : 0;
  return TRUE;
}

static void
assert_overdue (StoreTest *test,
                guint64    expected)
{
  guint64 id;

  apply (test, rule_next_overdue, &id);
  g_assert_cmpuint (id, ==, expected);
}

static void
test_a_deadline_that_has_passed_is_found (StoreTest *test)
{
  Limits first = { store_test_put (test, "x"), 5000, 0 };
  Limits second = { store_test_put (test, "y"), 0, 3000 };
  Limits third = { store_test_put (test, "z"), 0, 9000 };
  gint64 monotonic_usec = aq_clock_get_monotonic (test->clock);
  gint64 wall_usec = aq_clock_get_wall (test->clock);

  apply (test, rule_limit, &first);
  apply (test, rule_limit, &second);
  apply (test, rule_limit, &third);
  contract_reopen (test);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, wall_usec + 5000);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, monotonic_usec + 3000);
  assert_overdue (test, 0);
  aq_clock_advance (test->clock, 3000);
  assert_overdue (test, second.id);
  aq_clock_advance (test->clock, 3000);
  assert_overdue (test, second.id);
  second.give_up_usec = 0;
  apply (test, rule_limit, &second);
  assert_overdue (test, first.id);
  aq_clock_set_wall (test->clock, wall_usec);
  assert_overdue (test, 0);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, monotonic_usec + 9000);
}

static void
test_a_job_that_begins_has_no_time_to_begin_any_more (StoreTest *test)
{
  Limits limits = { store_test_put (test, "x"), 5000, 0 };
  guint64 lease;

  apply (test, rule_limit, &limits);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, limits.id);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_WALL), ==, G_MAXINT64);
  aq_clock_advance (test->clock, 5000);
  assert_overdue (test, 0);
  store_test_finish (test, limits.id, lease, "done");
  contract_reopen (test);
  assert_overdue (test, 0);
}

static void
test_many_deadlines_come_in_order (StoreTest *test)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  guint n_left = 200;

  for (guint i = 0; i < 200; i++)
    {
      Limits limits = { store_test_put (test, "x"), 0, 1 + g_rand_int_range (random, 0, 1000) };

      apply (test, rule_limit, &limits);
      /* also those that are moved */
      limits.give_up_usec = 1 + g_rand_int_range (random, 0, 1000);
      if (i % 3 == 0)
        apply (test, rule_limit, &limits);
    }
  contract_reopen (test);
  while (n_left > 0)
    {
      gint64 next_usec = aq_store_get_next_due (test->store, AQ_TIME_STEADY);
      Limits none = { 0, 0, 0 };

      aq_clock_advance (test->clock, MAX (0, next_usec - aq_clock_get_monotonic (test->clock) - 1));
      if (next_usec > aq_clock_get_monotonic (test->clock))
        {
          assert_overdue (test, 0);
          aq_clock_advance (test->clock, 1);
        }
      apply (test, rule_next_overdue, &none.id);
      g_assert_cmpuint (none.id, !=, 0);
      apply (test, rule_limit, &none);
      n_left--;
    }
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, G_MAXINT64);
  assert_overdue (test, 0);
}

/* queues */

typedef struct
{
  const char *queue;
  GPtrArray  *out_ids;
  guint64     out_count;
} Listing;

static gboolean
rule_list (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  Listing *self = event;
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();

  aq_transaction_list_queue (transaction, self->queue, G_MAXUINT64, jobs);
  self->out_ids = g_ptr_array_new ();
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);

      g_assert_cmpstr (aq_job_get_queue (job), ==, self->queue);
      g_ptr_array_add (self->out_ids, GUINT_TO_POINTER ((guint) job->id));
    }
  self->out_count = aq_transaction_count_queue (transaction, self->queue);
  return TRUE;
}

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  return (int) GPOINTER_TO_UINT (*(gpointer *) a) - (int) GPOINTER_TO_UINT (*(gpointer *) b);
}

static char *
list (StoreTest  *test,
      const char *queue)
{
  GString *text = g_string_new (NULL);
  Listing listing = { .queue = queue };

  apply (test, rule_list, &listing);
  g_ptr_array_sort (listing.out_ids, compare_ids);
  for (guint i = 0; i < listing.out_ids->len; i++)
    g_string_append_printf (text, "%u ", GPOINTER_TO_UINT (g_ptr_array_index (listing.out_ids, i)));
  g_assert_cmpuint (listing.out_count, ==, listing.out_ids->len);
  g_ptr_array_unref (listing.out_ids);
  return g_string_free (text, FALSE);
}

static void
assert_list (StoreTest  *test,
             const char *queue,
             const char *expected)
{
  g_autofree char *ids = list (test, queue);

  g_assert_cmpstr (ids, ==, expected);
}

static void
test_a_queue_lists_what_is_pending_in_it (StoreTest *test)
{
  AqDraft drafts[6];
  guint64 ids[6];
  AqPutEvent event = { .drafts = drafts, .n_drafts = 6, .out_ids = ids };
  guint64 lease;

  for (guint i = 0; i < 6; i++)
    {
      drafts[i] = store_test_draft ("x");
      drafts[i].queue = i % 2 == 0 ? "" : "mail";
      drafts[i].priority = 100 - i;
    }
  drafts[4].begin_after_usec = aq_clock_get_wall (test->clock) + 1000;
  drafts[5].function = "test.other";
  apply (test, aq_rule_put, &event);
  assert_list (test, "", "1 3 5 ");
  assert_list (test, "mail", "2 4 6 ");
  assert_list (test, "none", "");
  contract_reopen (test);
  assert_list (test, "", "1 3 5 ");
  assert_list (test, "mail", "2 4 6 ");
  g_assert_cmpuint (store_test_claim (test, &lease), ==, ids[5]);
  assert_list (test, "mail", "2 4 ");
  aq_clock_advance (test->clock, 1000);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, ids[4]);
  assert_list (test, "", "1 3 ");
}

/* unique keys */

typedef struct
{
  guint64     id;
  const char *key;
} Unique;

static gboolean
rule_put_unique (AqTransaction  *transaction,
                 gpointer        event,
                 GError        **error)
{
  Unique *self = event;
  AqDraft draft = store_test_draft ("x");
  AqPutEvent put = { .drafts = &draft, .n_drafts = 1, .out_ids = &self->id };

  if (!aq_rule_put (transaction, &put, error))
    return FALSE;
  aq_transaction_set_unique_key (transaction, aq_transaction_get_job (transaction, self->id), self->key);
  g_assert_cmpuint (aq_transaction_find_unique_key (transaction, self->key), ==, self->id);
  return TRUE;
}

static gboolean
rule_find_unique (AqTransaction  *transaction,
                  gpointer        event,
                  GError        **error)
{
  Unique *self = event;

  self->id = aq_transaction_find_unique_key (transaction, self->key);
  return TRUE;
}

static void
assert_unique (StoreTest  *test,
               const char *key,
               guint64     id)
{
  Unique unique = { 0, key };

  apply (test, rule_find_unique, &unique);
  g_assert_cmpuint (unique.id, ==, id);
}

static void
finish_one (StoreTest *test,
            guint64    id)
{
  guint64 lease;

  g_assert_cmpuint (store_test_claim (test, &lease), ==, id);
  store_test_finish (test, id, lease, "done");
}

static gboolean
rule_remove (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  aq_transaction_remove_job (transaction, *(guint64 *) event);
  return TRUE;
}

static void
test_a_unique_key_is_that_of_the_newest_job (StoreTest *test)
{
  Unique first = { 0, "report" };
  Unique second = { 0, "report" };

  assert_unique (test, "report", 0);
  apply (test, rule_put_unique, &first);
  assert_unique (test, "report", first.id);
  contract_reopen (test);
  assert_unique (test, "report", first.id);
  apply (test, rule_put_unique, &second);
  assert_unique (test, "report", second.id);
  finish_one (test, first.id);
  contract_reopen (test);
  assert_unique (test, "report", second.id);
  apply (test, rule_remove, &first.id);
  contract_reopen (test);
  assert_unique (test, "report", second.id);
  assert_unique (test, "other", 0);
}

static void
test_a_unique_key_is_kept_as_long_as_its_job (StoreTest *test)
{
  Unique unique = { 0, "report" };
  g_autoptr(GError) error = NULL;

  apply (test, rule_put_unique, &unique);
  finish_one (test, unique.id);
  contract_reopen (test);
  assert_unique (test, "report", unique.id);
  store_test_evict (test);
  assert_unique (test, "report", unique.id);
  store_test_fetch (test, &error);
  g_assert_no_error (error);
  assert_unique (test, "report", unique.id);
  store_test_evict (test);
  apply (test, rule_remove, &unique.id);
  assert_unique (test, "report", 0);
  contract_reopen (test);
  assert_unique (test, "report", 0);
}

/* items */

typedef struct
{
  AqItemKind  kind;
  const char *name;
  int         number; /* -1: it is removed */
} SetItem;

static gboolean
rule_set_item (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  SetItem *self = event;
  GVariantDict dict;

  if (self->number < 0)
    {
      aq_transaction_set_item (transaction, self->kind, self->name, NULL);
      return TRUE;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "number", "i", self->number);
  aq_transaction_set_item (transaction, self->kind, self->name, g_variant_dict_end (&dict));
  return TRUE;
}

static void
set_item (StoreTest  *test,
          AqItemKind  kind,
          const char *name,
          int         number)
{
  SetItem event = { kind, name, number };

  apply (test, rule_set_item, &event);
}

static gboolean
rule_list_items (AqTransaction  *transaction,
                 gpointer        event,
                 GError        **error)
{
  GString *text = event;

  for (guint kind = AQ_ITEM_QUEUE; kind < AQ_N_ITEM_KINDS; kind++)
    {
      GPtrArray *items = aq_transaction_list_items (transaction, kind);

      for (guint i = 0; i < items->len; i++)
        {
          const AqItem *item = g_ptr_array_index (items, i);
          int number = -1;

          g_assert_true (aq_transaction_get_item (transaction, kind, item->name) == item);
          g_assert_cmpuint (item->kind, ==, kind);
          g_assert_true (g_variant_lookup (item->value, "number", "i", &number));
          g_string_append_printf (text, "%u:%s=%d ", kind, item->name, number);
        }
    }
  g_assert_null (aq_transaction_get_item (transaction, AQ_ITEM_QUEUE, "there is none"));
  return TRUE;
}

static void
assert_items (StoreTest  *test,
              const char *expected)
{
  g_autoptr(GString) text = g_string_new (NULL);

  apply (test, rule_list_items, text);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_items_are_kept_by_kind_and_name (StoreTest *test)
{
  assert_items (test, "");
  set_item (test, AQ_ITEM_QUEUE, "mail", 1);
  set_item (test, AQ_ITEM_FACTORY, "mail", 2);
  set_item (test, AQ_ITEM_QUEUE, "", 3);
  set_item (test, AQ_ITEM_DISPATCHER, "a", 4);
  assert_items (test, "1:=3 1:mail=1 2:mail=2 3:a=4 ");
  contract_reopen (test);
  assert_items (test, "1:=3 1:mail=1 2:mail=2 3:a=4 ");
  set_item (test, AQ_ITEM_QUEUE, "mail", 5);
  set_item (test, AQ_ITEM_QUEUE, "", -1);
  assert_items (test, "1:mail=5 2:mail=2 3:a=4 ");
  contract_reopen (test);
  assert_items (test, "1:mail=5 2:mail=2 3:a=4 ");
  set_item (test, AQ_ITEM_FACTORY, "mail", -1);
  contract_reopen (test);
  assert_items (test, "1:mail=5 3:a=4 ");
}

static void
test_removing_an_item_that_is_not_there_is_nothing (StoreTest *test)
{
  guint64 sequence = aq_store_get_sequence (test->store);

  set_item (test, AQ_ITEM_QUEUE, "mail", -1);
  g_assert_cmpuint (aq_store_get_sequence (test->store), ==, sequence);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  contract_add ("a call that is replaced keeps its place", test_a_replaced_call_keeps_its_place);
  contract_add ("a call is replaced twice in one transaction", test_a_call_is_replaced_twice_in_a_transaction);
  contract_add ("a call that is delayed is replaced", test_a_call_that_is_delayed_is_replaced);
  contract_add ("setting the wall clock moves no delay", test_setting_the_clock_moves_no_delay);
  contract_add ("the steady clock goes on over restarts", test_the_steady_clock_goes_on_over_restarts);
  contract_add ("a delay goes on over restarts", test_a_delay_goes_on_over_restarts);
  contract_add ("a deadline that has passed is found, of either clock", test_a_deadline_that_has_passed_is_found);
  contract_add ("a job that begins has no time to begin any more", test_a_job_that_begins_has_no_time_to_begin_any_more);
  contract_add ("many deadlines come in order", test_many_deadlines_come_in_order);
  contract_add ("a queue lists what is pending in it", test_a_queue_lists_what_is_pending_in_it);
  contract_add ("a unique key is that of the newest job", test_a_unique_key_is_that_of_the_newest_job);
  contract_add ("a unique key is kept as long as its job, be it away or not",
                test_a_unique_key_is_kept_as_long_as_its_job);
  contract_add ("items are kept by kind and name", test_items_are_kept_by_kind_and_name);
  contract_add ("removing an item that is not there changes nothing",
                test_removing_an_item_that_is_not_there_is_nothing);
  return g_test_run ();
}
