/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "store-testing.h"

/* the index in the list of each, which is its id - 1 */
enum
{
  SERIAL,
  FIRST,
  FAILING,
  INNER,         /* a parallel job */
  INNER_MEMBER,
  ON_FAILURE,    /* callback of the failing member */
  ON_ANY,        /* likewise */
  WHOLE_DONE,    /* callback of the serial job */
  FIRST_FAILURE, /* likewise */
  FOLLOWS,       /* the serial job, on success */
  NEVER,         /* follows it on failure */
  CHAINED,       /* callback of ON_FAILURE */
  N_DRAFTS
};

static void
set_parent (AqDraft    *draft,
            guint       parent,
            AqEdgeRole  role,
            AqEdgeOn    on)
{
  draft->parent = parent;
  draft->role = role;
  draft->on = on;
}

static void
put_all (StoreTest *test)
{
  static const AqDraftAfter on_success = { 0, SERIAL, AQ_EDGE_ON_SUCCESS };
  static const AqDraftAfter on_failure = { 0, SERIAL, AQ_EDGE_ON_FAILURE };
  AqDraft drafts[N_DRAFTS];
  guint64 ids[N_DRAFTS];
  AqPutEvent event = { .drafts = drafts, .n_drafts = N_DRAFTS, .out_ids = ids };
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < N_DRAFTS; i++)
    drafts[i] = store_test_draft ("x");
  drafts[SERIAL].kind = AQ_JOB_SERIAL;
  drafts[INNER].kind = AQ_JOB_PARALLEL;
  set_parent (&drafts[FIRST], SERIAL, AQ_EDGE_MEMBER, AQ_EDGE_ON_ANY);
  set_parent (&drafts[FAILING], SERIAL, AQ_EDGE_MEMBER, AQ_EDGE_ON_ANY);
  set_parent (&drafts[INNER], SERIAL, AQ_EDGE_MEMBER, AQ_EDGE_ON_ANY);
  set_parent (&drafts[INNER_MEMBER], INNER, AQ_EDGE_MEMBER, AQ_EDGE_ON_ANY);
  set_parent (&drafts[ON_FAILURE], FAILING, AQ_EDGE_CALLBACK, AQ_EDGE_ON_FAILURE);
  set_parent (&drafts[ON_ANY], FAILING, AQ_EDGE_CALLBACK, AQ_EDGE_ON_ANY);
  set_parent (&drafts[WHOLE_DONE], SERIAL, AQ_EDGE_CALLBACK, AQ_EDGE_ON_ANY);
  set_parent (&drafts[FIRST_FAILURE], SERIAL, AQ_EDGE_CALLBACK, AQ_EDGE_ON_FIRST_FAILURE);
  set_parent (&drafts[CHAINED], ON_FAILURE, AQ_EDGE_CALLBACK, AQ_EDGE_ON_ANY);
  for (guint i = 0; i < N_DRAFTS; i++)
    if (drafts[i].role == AQ_EDGE_CALLBACK)
      drafts[i].function = "test.hear";
  drafts[FOLLOWS].after = &on_success;
  drafts[FOLLOWS].n_after = 1;
  drafts[NEVER].after = &on_failure;
  drafts[NEVER].n_after = 1;
  store_test_apply (test, aq_rule_put, &event, &error);
  g_assert_no_error (error);
}

/* what was flushed is there again, and as it was */
static void
crash (StoreTest *test)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;

  store_test_flush (test);
  before = store_test_dump (test);
  store_test_crash (test);
  store_test_reopen (test);
  after = store_test_dump (test);
  store_test_assert_same (before, after);
  store_test_apply (test, aq_rule_recover, NULL, &error);
  g_assert_no_error (error);
}

static void
fail (StoreTest *test,
      guint64    id,
      guint64    lease)
{
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "no luck");
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = {
    .id = id,
    .lease = lease,
    .started_usec = 1,
    .ended_usec = 2,
    .worker = 42,
    .failed = TRUE,
    .result = result,
    .returned = AQ_DRAFT_NO_PARENT,
  };

  store_test_apply (test, aq_rule_finish, &event, &error);
  g_assert_no_error (error);
}

typedef struct
{
  guint n_completed;
  guint n_skipped;
} Count;

static gboolean
count_jobs (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  Count *count = event;

  for (guint64 id = 1; id <= N_DRAFTS; id++)
    {
      const AqJob *job = aq_transaction_get_job (transaction, id);

      count->n_completed += job->state == ASYNCQ_JOB_STATE_COMPLETED ? 1 : 0;
      count->n_skipped += job->flags & AQ_JOB_SKIPPED ? 1 : 0;
    }
  return TRUE;
}

static void
test_crash_after_each_transaction (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;
  guint n_runs[N_DRAFTS + 1] = { 0 }; /* by id */
  Count count = { 0 };
  guint64 lease;
  guint64 id;

  store_test_init (&test);
  store_test_reopen (&test);
  put_all (&test);
  crash (&test);
  while (store_test_claim (&test, &lease) != 0)
    {
      /* nobody has begun it, so it is as if it had not been claimed */
      crash (&test);
      id = store_test_claim (&test, &lease);
      g_assert (id > 0 && id <= N_DRAFTS);
      n_runs[id]++;
      if (id - 1 == FAILING)
        fail (&test, id, lease);
      else
        store_test_finish (&test, id, lease, "y");
      crash (&test);
    }
  for (guint i = 0; i < N_DRAFTS; i++)
    g_assert_cmpuint (n_runs[i + 1], ==, i == SERIAL || i == INNER || i == NEVER ? 0 : 1);
  store_test_apply (&test, count_jobs, &count, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count.n_completed, ==, N_DRAFTS);
  g_assert_cmpuint (count.n_skipped, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/edges/each fires once, though the daemon is killed after every transaction",
                   test_crash_after_each_transaction);

  return g_test_run ();
}
