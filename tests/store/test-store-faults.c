/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The embedded store on a disk that fails
 *
 * One workload, always the same: steps, each of them flushed before the next.
 * What a store may hold after any trouble is what it held after some step, and
 * not before the last one that was acknowledged.
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define N_STEPS 14
#define STORE_LOG_DOMAIN "asyncq-store"

/* after each step of a run without faults */
static char *dumps[N_STEPS + 1];
static guint64 sequences[N_STEPS + 1];

/* until all is flushed, or never will be; a full disk gets space when the store has found it full */
static void
flush (StoreTest *test,
       FaultIo   *io)
{
  AqGate *gate = aq_store_get_gate (test->store);

  while (aq_gate_get_flushed (gate) < aq_store_get_sequence (test->store) && test->failure == NULL)
    {
      if (io != NULL && aq_store_get_refusal (test->store) != NULL)
        fault_io_repair (io);
      g_main_context_iteration (NULL, TRUE);
    }
}

/* what is played by chance may change nothing, and each step is to have a sequence of its own */
static void
play_step (StoreTest *test,
           GRand     *random,
           guint      step)
{
  if (step % 7 != 2)
    store_test_play (test, random, 4);
  store_test_put_large (test, step % 7 == 2 ? 530 * 1000 : 100);
}

/* Returns: the last step that was acknowledged */
static guint
work (StoreTest *test,
      FaultIo   *io,
      guint      from,
      guint      to)
{
  g_autoptr(GRand) random = g_rand_new ();

  for (guint step = from; step < to; step++)
    {
      g_rand_set_seed (random, step);
      play_step (test, random, step);
      flush (test, io);
      if (test->failure != NULL)
        return step;
    }
  return to;
}

static void
make_reference (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  store_test_reopen (&test);
  dumps[0] = store_test_dump (&test);
  for (guint step = 0; step < N_STEPS; step++)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (step);

      play_step (&test, random, step);
      dumps[step + 1] = store_test_dump (&test);
      sequences[step + 1] = aq_store_get_sequence (test.store);
      g_assert_cmpuint (sequences[step + 1], >, sequences[step]);
    }
  store_test_close (&test);
}

/* opens the store on a disk without faults and finds after which step it is */
static guint
assert_is_after_a_step (StoreTest *test,
                        guint      acknowledged)
{
  g_autofree char *dump = NULL;
  guint step;

  test->io = NULL;
  store_test_reopen (test);
  dump = store_test_dump (test);
  for (step = acknowledged; step <= N_STEPS; step++)
    if (sequences[step] == aq_store_get_sequence (test->store))
      break;
  g_assert_cmpuint (step, <=, N_STEPS);
  store_test_assert_same (dumps[step], dump);
  store_test_close (test);
  return step;
}

static gboolean
is_store_error (const GError *error)
{
  return g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL) ||
         g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
}

static void
ignore_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
}

typedef struct
{
  FaultCall call;
  int       fail_errno;
  guint64   n_times;
  guint     from; /* the step that the faulty disk begins with: on a new store, or one left by a crash */
} Fault;

/* Returns: whether the fault came at all */
static gboolean
run_with_fault (const Fault *fault,
                guint64      nth,
                guint       *n_failed)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;
  guint acknowledged = fault->from;
  gboolean reached;
  FaultIo io;

  store_test_init (&test);
  if (fault->from > 0)
    {
      store_test_reopen (&test);
      work (&test, NULL, 0, fault->from);
      store_test_crash (&test);
    }
  fault_io_init (&io);
  fault_io_fail (&io, fault->call, nth, fault->n_times, fault->fail_errno);
  test.io = &io.io;
  if (store_test_open (&test, &error))
    {
      acknowledged = work (&test, &io, fault->from, N_STEPS);
      if (!aq_store_close (test.store, &error) || test.failure != NULL)
        {
          /* the clean mark may be what could not be written */
          g_assert_true (is_store_error (test.failure));
          g_assert_true (is_store_error (error));
        }
      g_clear_object (&test.store);
      *n_failed += test.failure != NULL;
    }
  else
    g_assert_true (is_store_error (error));

  reached = fault_io_count (&io, fault->call) >= nth;
  g_assert_cmpuint (io.n_used_broken, ==, 0);
  if (fault->n_times == 1 && fault->fail_errno == EINTR)
    g_assert_cmpuint (acknowledged, ==, N_STEPS);
  assert_is_after_a_step (&test, acknowledged);
  fault_io_clear (&io);
  return reached;
}

static void
sweep (FaultCall call,
       int       fail_errno,
       guint64   n_times,
       guint     from)
{
  Fault fault = { .call = call, .fail_errno = fail_errno, .n_times = n_times, .from = from };
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  guint n_failed = 0;
  guint64 nth = 1;

  while (run_with_fault (&fault, nth, &n_failed))
    nth++;
  g_test_message ("call %u, %s, %s: %u points, %u ended the store", call, g_strerror (fail_errno),
                  n_times == 1 ? "once" : "for good", (guint) nth - 1, n_failed);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_every_call_fails_once (void)
{
  for (FaultCall call = 0; call < FAULT_N_CALLS; call++)
    {
      sweep (call, EIO, 1, 0);
      sweep (call, ENOSPC, 1, 0);
    }
}

static void
test_every_call_fails_for_good (void)
{
  for (FaultCall call = 0; call < FAULT_N_CALLS; call++)
    sweep (call, call % 2 ? EIO : ENOSPC, G_MAXUINT64, 0);
}

static void
test_every_call_of_a_recovery_fails (void)
{
  for (FaultCall call = 0; call < FAULT_N_CALLS; call++)
    {
      sweep (call, EIO, 1, N_STEPS - 3);
      sweep (call, ENOSPC, G_MAXUINT64, N_STEPS - 3);
    }
}

static void
test_interrupted_calls_are_repeated (void)
{
  for (FaultCall call = 0; call < FAULT_RENAMEAT; call++)
    sweep (call, EINTR, 1, N_STEPS - 3);
  sweep (FAULT_FALLOCATE, EINTR, 1, N_STEPS - 3);
}

static void
test_short_writes_are_continued (void)
{
  const gsize limits[] = { 1, 7, 511, 4095 };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_auto(StoreTest) test = { 0 };
      FaultIo io;

      fault_io_init (&io);
      store_test_init (&test);
      test.io = &io.io;
      store_test_reopen (&test);
      fault_io_set_max_write (&io, limits[i]);
      for (guint n = 0; n < 20; n++)
        {
          store_test_put (&test, "some words");
          store_test_flush (&test);
        }
      store_test_close (&test);
      test.io = NULL;
      store_test_reopen (&test);
      g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 20);
      store_test_close (&test);
      fault_io_clear (&io);
    }
}

static void
test_a_failed_flush_goes_to_a_new_segment (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *second = NULL;
  FaultIo io;

  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  store_test_put (&test, "first");
  store_test_flush (&test);
  fault_io_fail (&io, FAULT_FDATASYNC, 1, 1, EIO);
  g_test_expect_message (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "could not flush '000001'*going on in a new segment*");
  store_test_put (&test, "second");
  store_test_flush (&test);
  g_assert_null (test.failure);
  g_assert_cmpuint (aq_gate_get_flushed (aq_store_get_gate (test.store)), ==, 2);
  second = g_build_filename (test.path, "journal", "000002", NULL);
  g_assert_true (g_file_test (second, G_FILE_TEST_IS_REGULAR));
  store_test_close (&test);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (io.n_used_broken, ==, 0);
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 2);
  store_test_close (&test);
  fault_io_clear (&io);
}

static void
on_told (const GError *error,
         gpointer      user_data)
{
  GError **told = user_data;

  g_assert_null (*told);
  *told = g_error_copy (error);
}

static void
check_failing_for_good (int fail_errno,
                        int code)
{
  AqDraft draft = store_test_draft ("x");
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) told = NULL;
  g_autoptr(GError) told_later = NULL;
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };
  guint handler;
  FaultIo io;

  handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING, ignore_message, NULL);
  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  store_test_put (&test, "kept");
  store_test_flush (&test);
  fault_io_fail (&io, FAULT_PWRITE, 1, G_MAXUINT64, fail_errno);
  store_test_put (&test, "refused");
  aq_gate_hold (aq_store_get_gate (test.store), 2, on_told, &told);
  store_test_flush (&test);

  g_assert_error (test.failure, ASYNCQ_ERROR, code);
  g_assert_error (told, ASYNCQ_ERROR, code);
  aq_gate_hold (aq_store_get_gate (test.store), 2, on_told, &told_later);
  g_assert_error (told_later, ASYNCQ_ERROR, code);
  g_assert_cmpuint (store_test_apply (&test, aq_rule_put, &event, &error), ==, 0);
  g_assert_error (error, ASYNCQ_ERROR, code);
  g_clear_error (&error);
  g_assert_false (aq_store_close (test.store, &error));
  g_assert_error (error, ASYNCQ_ERROR, code);
  g_clear_object (&test.store);

  test.io = NULL;
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 1);
  store_test_close (&test);
  fault_io_clear (&io);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_a_broken_disk_is_told_and_nothing_goes_on (void)
{
  check_failing_for_good (EIO, ASYNCQ_ERROR_STORE_FAILED);
}

/* copies of a store, made by the thread that is about to call, while the others wait */
typedef struct
{
  StoreTest *test;
  pthread_mutex_t lock;
  GArray    *acknowledged; /* of guint, by copy */
  int        now;          /* atomic */
  int        enabled;      /* atomic */
} Copies;

static void
on_call (FaultCall call,
         gpointer  user_data)
{
  Copies *self = user_data;

  if (!__atomic_load_n (&self->enabled, __ATOMIC_SEQ_CST) ||
      !g_file_test (self->test->path, G_FILE_TEST_IS_DIR))
    return;
  pthread_mutex_lock (&self->lock);
  {
    g_autofree char *name = g_strdup_printf ("copy-%u", self->acknowledged->len);
    guint now = (guint) __atomic_load_n (&self->now, __ATOMIC_SEQ_CST);
    g_autofree char *copy = store_test_copy (self->test, name);

    g_array_append_val (self->acknowledged, now);
  }
  pthread_mutex_unlock (&self->lock);
}

static void
check_copy (Copies *self,
            guint   i)
{
  g_auto(StoreTest) copy = { 0 };
  guint step;

  store_test_init (&copy);
  g_free (copy.path);
  copy.path = g_strdup_printf ("%s/copy-%u", self->test->folder, i);
  step = assert_is_after_a_step (&copy, g_array_index (self->acknowledged, guint, i));

  /* the recovery of a recovery, and what comes after it */
  g_assert_cmpuint (assert_is_after_a_step (&copy, step), ==, step);
  store_test_reopen (&copy);
  store_test_put (&copy, "after the crash");
  store_test_reopen (&copy);
  g_assert_cmpuint (aq_store_get_sequence (copy.store), ==, sequences[step] + 1);
  store_test_close (&copy);
}

static void
test_a_crash_before_any_call_loses_nothing (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) random = g_rand_new ();
  Copies copies = { .test = &test, .acknowledged = g_array_new (FALSE, FALSE, sizeof (guint)), .enabled = TRUE };
  FaultIo io;

  pthread_mutex_init (&copies.lock, NULL);
  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  fault_io_set_hook (&io, on_call, &copies);
  store_test_reopen (&test);
  for (guint step = 0; step < N_STEPS; step++)
    {
      g_rand_set_seed (random, step);
      play_step (&test, random, step);
      store_test_flush (&test);
      __atomic_store_n (&copies.now, (int) step + 1, __ATOMIC_SEQ_CST);
    }
  store_test_close (&test);
  __atomic_store_n (&copies.enabled, FALSE, __ATOMIC_SEQ_CST);
  g_test_message ("%u copies", copies.acknowledged->len);
  g_assert_cmpuint (copies.acknowledged->len, >, 3 * N_STEPS);
  for (guint i = 0; i < copies.acknowledged->len; i++)
    check_copy (&copies, i);
  g_array_unref (copies.acknowledged);
  pthread_mutex_destroy (&copies.lock);
  fault_io_clear (&io);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

int
main (int    argc,
      char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  make_reference ();
  g_test_add_func ("/store on a failing disk/every call fails once", test_every_call_fails_once);
  g_test_add_func ("/store on a failing disk/every call fails for good", test_every_call_fails_for_good);
  g_test_add_func ("/store on a failing disk/every call of a recovery fails", test_every_call_of_a_recovery_fails);
  g_test_add_func ("/store on a failing disk/interrupted calls are repeated", test_interrupted_calls_are_repeated);
  g_test_add_func ("/store on a failing disk/short writes are continued", test_short_writes_are_continued);
  g_test_add_func ("/store on a failing disk/a frame whose flush failed goes to a new segment",
                   test_a_failed_flush_goes_to_a_new_segment);
  g_test_add_func ("/store on a failing disk/a broken disk is told and nothing goes on",
                   test_a_broken_disk_is_told_and_nothing_goes_on);
  g_test_add_func ("/store on a failing disk/a crash before any call loses nothing",
                   test_a_crash_before_any_call_loses_nothing);
  result = g_test_run ();
  for (guint step = 0; step <= N_STEPS; step++)
    g_free (dumps[step]);
  return result;
}
