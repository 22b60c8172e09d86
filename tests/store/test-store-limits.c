/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What every store knows of limits, also after it was opened again
 */

#include "config.h"

#include "contract.h"

#include "core/aq-lane.h"

static void
apply (StoreTest *test,
       AqRule     rule,
       gpointer   event)
{
  GError *error = NULL;

  (void) store_test_apply (test, rule, event, &error);
  g_assert_no_error (error);
}

static void
create (StoreTest  *test,
        const char *name,
        const char *settings)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (settings));
  AqLimitEvent event = { name, value, TRUE };

  apply (test, aq_rule_set_limit, &event);
}

static guint64
put (StoreTest  *test,
     const char *settings)
{
  GError *error = NULL;
  AqDraft draft = store_test_draft ("x");
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  draft.settings = aq_job_settings_new_from_value (g_variant_new_parsed (settings), &error);
  g_assert_no_error (error);
  apply (test, aq_rule_put, &event);
  aq_job_settings_unref (draft.settings);
  return id;
}

static void
start (StoreTest *test,
       guint64    id,
       guint64    lease)
{
  AqStartEvent event = { id, lease, 4711 };

  apply (test, aq_rule_start, &event);
}

typedef struct
{
  const char   *name;
  AqLimitState  state;
  guint         n_instances;
} Look;

static gboolean
rule_look (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  Look *look = event;
  const AqLimitName name = { (GRefString *) look->name, (GRefString *) look->name };
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) holders = g_ptr_array_new ();

  aq_transaction_get_limit_state (transaction, &name, &look->state);
  aq_transaction_list_instances (transaction, look->name, 100, names);
  look->n_instances = names->len;
  aq_transaction_list_holders (transaction, &name, 100, holders);
  g_assert_cmpuint (holders->len, ==, look->state.n_holders);
  return TRUE;
}

static Look
look_at (StoreTest  *test,
         const char *name)
{
  Look look = { name };

  apply (test, rule_look, &look);
  return look;
}

#define UNDER_DISK "{'limits': <[('disk', 'disk')]>}"

static void
test_places_are_known_again (StoreTest *test)
{
  guint64 first, second, lease;

  create (test, "disk", "{'size': <uint32 1>}");
  first = put (test, UNDER_DISK);
  second = put (test, UNDER_DISK);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, first);
  start (test, first, lease);
  contract_reopen (test);
  g_assert_cmpuint (look_at (test, "disk").state.n_holders, ==, 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);

  /* interrupted, it keeps its place */
  apply (test, aq_rule_recover, NULL);
  contract_reopen (test);
  g_assert_cmpuint (look_at (test, "disk").state.n_holders, ==, 1);
  g_assert_cmpint (look_at (test, "disk").state.room_usec, ==, G_MAXINT64);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, first);
  g_assert_cmpuint (look_at (test, "disk").state.n_holders, ==, 1);
  start (test, first, lease);
  store_test_finish (test, first, lease, "done");
  g_assert_cmpuint (store_test_claim (test, &lease), ==, second);
}

static void
test_rates_are_known_again (StoreTest *test)
{
  gint64 monotonic_usec;
  guint64 first, second, lease;

  create (test, "api", "{'rate': <uint32 1>, 'period': <int64 10000000>}");
  first = put (test, "{'limits': <[('api', 'api')]>}");
  second = put (test, "{'limits': <[('api', 'api')]>}");
  g_assert_cmpuint (store_test_claim (test, &lease), ==, first);
  contract_reopen (test);
  monotonic_usec = aq_clock_get_monotonic (test->clock);
  g_assert_cmpint (aq_store_get_next_due (test->store, AQ_TIME_STEADY), ==, monotonic_usec + 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, 0);
  aq_clock_advance (test->clock, 10 * G_USEC_PER_SEC);
  contract_reopen (test);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, second);
}

static void
test_instances_go_with_their_jobs (StoreTest *test)
{
  guint64 id, lease;

  create (test, "disk", "{'size': <uint32 1>}");
  id = put (test, UNDER_DISK);
  g_assert_cmpuint (look_at (test, "disk").n_instances, ==, 1);
  g_assert_cmpuint (store_test_claim (test, &lease), ==, id);
  start (test, id, lease);
  store_test_finish (test, id, lease, "done");
  g_assert_cmpuint (look_at (test, "disk").n_instances, ==, 0);
  contract_reopen (test);
  g_assert_cmpuint (look_at (test, "disk").n_instances, ==, 0);
}

static gboolean
rule_check_lane (AqTransaction  *transaction,
                 gpointer        event,
                 GError        **error)
{
  AqJobBrief brief;

  g_assert_true (aq_transaction_get_brief (transaction, *(guint64 *) event, &brief));
  g_assert_cmpuint (brief.lane->n_limits, ==, 0);
  g_assert_cmpuint (brief.lane->priority, ==, AQ_PRIORITY_DEFAULT);
  g_assert_cmpuint (g_strv_length (brief.lane->tags), ==, 1);
  g_assert_cmpstr (brief.lane->tags[0], ==, "night");
  return TRUE;
}

static void
test_completed_jobs_keep_their_tags (StoreTest *test)
{
  guint64 id, lease;

  create (test, "disk", "{'size': <uint32 1>}");
  id = put (test, "{'limits': <[('disk', 'disk')]>, 'tags': <['night']>}");
  g_assert_cmpuint (store_test_claim (test, &lease), ==, id);
  start (test, id, lease);
  store_test_finish (test, id, lease, "done");
  apply (test, rule_check_lane, &id);
  contract_reopen (test);
  apply (test, rule_check_lane, &id);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  contract_add ("who has places of a limit is known again after a restart", test_places_are_known_again);
  contract_add ("how much of a rate is used up is known again after a restart", test_rates_are_known_again);
  contract_add ("an instance of a limit goes with its last job", test_instances_go_with_their_jobs);
  contract_add ("a completed job keeps its tags and is under no limit", test_completed_jobs_keep_their_tags);
  return g_test_run ();
}
