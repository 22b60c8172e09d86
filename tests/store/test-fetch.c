/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Fetching
 *
 * What is brought back is what left memory last, whoever else has asked for it.
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"

#include "store/aq-embedded-store.h"

#include <pthread.h>

/* stops the thread that opens a file as the second one */
typedef struct
{
  pthread_mutex_t lock;
  pthread_cond_t  changed;
  gboolean        armed;
  guint           n_opened;
  gboolean        stopped;
  gboolean        go_on;
} Barrier;

static void
on_call (FaultCall call,
         gpointer  user_data)
{
  Barrier *self = user_data;

  if (call != FAULT_OPENAT)
    return;
  pthread_mutex_lock (&self->lock);
  if (self->armed && ++self->n_opened == 2)
    {
      self->armed = FALSE;
      self->stopped = TRUE;
      pthread_cond_broadcast (&self->changed);
      while (!self->go_on)
        pthread_cond_wait (&self->changed, &self->lock);
    }
  pthread_mutex_unlock (&self->lock);
}

static void
barrier_arm (Barrier *self)
{
  pthread_mutex_lock (&self->lock);
  self->armed = TRUE;
  pthread_mutex_unlock (&self->lock);
}

static void
barrier_wait (Barrier *self)
{
  pthread_mutex_lock (&self->lock);
  while (!self->stopped)
    pthread_cond_wait (&self->changed, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

static void
barrier_open (Barrier *self)
{
  pthread_mutex_lock (&self->lock);
  self->go_on = TRUE;
  pthread_cond_broadcast (&self->changed);
  pthread_mutex_unlock (&self->lock);
}

typedef struct
{
  guint64 id;
  guint   attempt;
} Attempt;

static gboolean
rule_set_attempt (AqTransaction  *transaction,
                  gpointer        event,
                  GError        **error)
{
  Attempt *attempt = event;
  AqJob *job = aq_transaction_get_job (transaction, attempt->id);

  job->attempt = attempt->attempt;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
  return TRUE;
}

static gboolean
rule_get_attempt (AqTransaction  *transaction,
                  gpointer        event,
                  GError        **error)
{
  Attempt *attempt = event;

  attempt->attempt = aq_transaction_get_job (transaction, attempt->id)->attempt;
  return TRUE;
}

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  gboolean *fetched = user_data;

  g_assert_no_error (error);
  *fetched = TRUE;
}

static void
on_checkpointed (const GError *error,
                 gpointer      user_data)
{
  gboolean *checkpointed = user_data;

  *checkpointed = TRUE;
}

static guint64
make_away (StoreTest *test)
{
  guint64 lease = 0;
  guint64 id;

  store_test_put (test, "text");
  id = store_test_claim (test, &lease);
  store_test_finish (test, id, lease, "result");
  store_test_checkpoint (test);
  g_assert_true (aq_store_is_away (test->store, id));
  return id;
}

static void
test_a_job_that_left_again_comes_back_as_it_left (void)
{
  g_auto(StoreTest) test = { 0 };
  Barrier barrier = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
  Attempt attempt = { .attempt = 77 };
  gboolean checkpointed = FALSE;
  gboolean first = FALSE;
  gboolean second = FALSE;
  FaultIo io;

  fault_io_init (&io);
  fault_io_set_hook (&io, on_call, &barrier);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  attempt.id = make_away (&test);

  barrier_arm (&barrier);
  aq_store_fetch (test.store, &attempt.id, 1, on_fetched, &first);
  aq_store_fetch (test.store, &attempt.id, 1, on_fetched, &second);
  while (!first)
    g_main_context_iteration (NULL, TRUE);
  barrier_wait (&barrier);
  store_test_apply (&test, rule_set_attempt, &attempt, NULL);
  aq_embedded_store_checkpoint (AQ_EMBEDDED_STORE (test.store), on_checkpointed, &checkpointed);
  while (!aq_store_is_away (test.store, attempt.id))
    g_main_context_iteration (NULL, TRUE);

  barrier_open (&barrier);
  while (!second)
    g_main_context_iteration (NULL, TRUE);
  attempt.attempt = 0;
  store_test_apply (&test, rule_get_attempt, &attempt, NULL);
  g_assert_cmpuint (attempt.attempt, ==, 77);
  while (!checkpointed)
    g_main_context_iteration (NULL, TRUE);
  store_test_close (&test);
  fault_io_clear (&io);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/fetch/a job that left again comes back as it left",
                   test_a_job_that_left_again_comes_back_as_it_left);
  return g_test_run ();
}
