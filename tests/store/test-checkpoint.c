/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Checkpoints
 *
 * What a store holds never depends on what its images hold. So random histories
 * are played twice, in a store with images and in one in memory, and compared;
 * and the journal is made of tiny segments, so that there is much to fold.
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"

#include "core/aq-retention.h"
#include "store/aq-embedded-store.h"
#include "store/aq-image.h"
#include "store/aq-memory-store.h"
#include "store/aq-super.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define STORE_LOG_DOMAIN "asyncq-store"
#define N_STEPS 12

/* from one write to the next, where writing is not to stop */
#define LOAD_MSEC 10

static void
tiny_init (StoreTest *self)
{
  store_test_init (self);
  self->settings.segment_min_bytes = 4096;
  self->settings.segment_max_bytes = 8192;
  self->settings.max_result_bytes = 4096;
}

static void
ignore_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
}

static guint
ignore_warnings (void)
{
  return g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
}

/* g_log_structured() goes past handlers */
static GLogWriterOutput
write_nothing (GLogLevelFlags   level,
               const GLogField *fields,
               gsize            n_fields,
               gpointer         user_data)
{
  return level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)
         ? g_log_writer_default (level, fields, n_fields, user_data) : G_LOG_WRITER_HANDLED;
}

static void
read_super (StoreTest *self,
            AqSuper   *out_super)
{
  g_autofree char *path = g_build_filename (self->path, "format", NULL);
  g_autofree char *format = NULL;
  g_autoptr(GError) error = NULL;
  AqStoreIo io;
  gsize length;
  int fd;

  aq_store_io_init_system (&io);
  g_assert_true (g_file_get_contents (path, &format, &length, NULL));
  fd = open (self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  aq_super_read (&io, fd, (const guint8 *) format + 16, out_super, &error);
  g_assert_no_error (error);
  (void) close (fd);
}

/* reopens it and finds the same */
static void
assert_reopens (StoreTest  *self,
                const char *expected)
{
  g_autofree char *dump = NULL;

  store_test_reopen (self);
  dump = store_test_dump (self);
  store_test_assert_same (expected, dump);
}

static void
test_a_checkpoint_leaves_two_whole_images (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) random = g_rand_new_with_seed (1);
  g_autofree char *dump = NULL;
  AqSuper super;

  tiny_init (&test);
  store_test_reopen (&test);
  store_test_play (&test, random, 300);
  store_test_checkpoint (&test);
  read_super (&test, &super);
  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    {
      g_assert_true (super.images[letter].whole);
      g_assert_cmpuint (super.images[letter].position.next_sequence, ==, aq_store_get_sequence (test.store) + 1);
      g_assert_cmpuint (super.images[letter].n_values, >, 2);
    }
  g_assert_cmpuint (super.images[AQ_IMAGE_A].generation, !=, super.images[AQ_IMAGE_B].generation);
  dump = store_test_dump (&test);
  assert_reopens (&test, dump);
  store_test_close (&test);
}

static void
test_a_checkpoint_of_nothing_is_told_at_once (void)
{
  g_auto(StoreTest) test = { 0 };

  tiny_init (&test);
  store_test_reopen (&test);
  store_test_checkpoint (&test);
  store_test_checkpoint (&test);
  store_test_put (&test, "one");
  store_test_checkpoint (&test);
  store_test_checkpoint (&test);
  store_test_close (&test);
}

static gboolean
rule_expire (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  aq_transaction_expire (transaction, event, G_MAXUINT);
  return TRUE;
}

/* removes all that have ended, away or not: all jobs here end at one time, so which were first is open */
static void
expire_all (StoreTest *test)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_autoptr(GError) error = NULL;

  aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 0);
  store_test_apply (test, rule_expire, retention, &error);
  g_assert_no_error (error);
}

/* the same steps as in a store in memory, with checkpoints, closing and crashes between */
static void
play_both (guint32 seed)
{
  g_auto(StoreTest) test = { 0 };
  g_auto(StoreTest) reference = { 0 };
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  g_autoptr(GRand) same = g_rand_new_with_seed (seed);
  g_autoptr(GRand) other = g_rand_new_with_seed (seed + 1000);
  g_autoptr(GError) error = NULL;

  tiny_init (&test);
  store_test_init (&reference);
  reference.store = aq_memory_store_new (reference.clock);
  g_assert_true (aq_store_open (reference.store, &error));
  store_test_reopen (&test);
  for (guint turn = 0; turn < 12; turn++)
    {
      guint n_steps = (guint) g_rand_int_range (other, 1, 80);
      g_autofree char *expected = NULL;
      g_autofree char *dump = NULL;

      store_test_play (&reference, same, n_steps);
      store_test_play (&test, random, n_steps);
      if (g_rand_boolean (other))
        store_test_checkpoint (&test);
      if (g_rand_int_range (other, 0, 4) == 0)
        {
          expire_all (&reference);
          expire_all (&test);
        }
      if (g_rand_boolean (other))
        store_test_checkpoint (&test);
      store_test_flush (&test);
      switch (g_rand_int_range (other, 0, 3))
        {
        case 0:
          store_test_crash (&test);
          store_test_reopen (&test);
          break;
        case 1:
          store_test_reopen (&test);
          break;
        default:
          break;
        }
      expected = store_test_dump (&reference);
      dump = store_test_dump (&test);
      store_test_assert_same (expected, dump);
    }
  store_test_close (&test);
}

static void
test_random_histories_are_the_same_with_images_and_without (void)
{
  guint handler = ignore_warnings ();

  for (guint32 seed = 0; seed < 60; seed++)
    play_both (seed);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
finish_some (StoreTest *test,
             guint      n_jobs,
             guint      n_bytes)
{
  g_autofree char *text = g_strnfill (n_bytes, 'r');

  for (guint i = 0; i < n_jobs; i++)
    {
      guint64 lease = 0;
      guint64 id;

      store_test_put (test, text);
      id = store_test_claim (test, &lease);
      g_assert_cmpuint (id, >, 0);
      store_test_finish (test, id, lease, text);
      if (i % 50 == 49)
        store_test_flush (test);
    }
  store_test_flush (test);
}

static void
test_completed_jobs_leave_memory_and_come_back_as_they_were (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *reopened = NULL;

  tiny_init (&test);
  store_test_reopen (&test);
  finish_some (&test, 300, 40);
  store_test_put (&test, "queued");
  before = store_test_dump (&test);
  store_test_checkpoint (&test);
  g_assert_cmpuint (store_test_count_away (&test), ==, 300);
  after = store_test_dump (&test);
  store_test_assert_same (before, after);
  store_test_reopen (&test);
  g_assert_cmpuint (store_test_count_away (&test), ==, 300);
  reopened = store_test_dump (&test);
  store_test_assert_same (before, reopened);
  store_test_close (&test);
}

static void
test_a_store_is_reopened_a_hundred_times (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  g_autofree char *dump = NULL;

  tiny_init (&test);
  store_test_reopen (&test);
  for (guint i = 0; i < 100; i++)
    {
      store_test_play (&test, random, 5);
      if (i % 10 == 3)
        store_test_checkpoint (&test);
      g_free (dump);
      dump = store_test_dump (&test);
      assert_reopens (&test, dump);
    }
  store_test_close (&test);
}

static guint
count_segments (StoreTest *test)
{
  g_autofree char *journal = g_build_filename (test->path, "journal", NULL);
  g_autoptr(GDir) directory = g_dir_open (journal, 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (directory);
  while ((name = g_dir_read_name (directory)) != NULL)
    n += g_ascii_isdigit (*name);
  return n;
}

/* what is left is not seen before the journal has been quiet, and is given no time to be by the clock */
static void
test_a_quiet_journal_has_four_segments_at_most (void)
{
  g_auto(StoreTest) test = { 0 };

  tiny_init (&test);
  store_test_reopen (&test);
  finish_some (&test, 3000, 100);
  g_assert_cmpuint (count_segments (&test), >, 4);
  store_test_checkpoint (&test);
  while (count_segments (&test) > 4)
    g_main_context_iteration (NULL, FALSE);
  store_test_close (&test);
}

/* GDBM seldom uses again what was freed, so an image that only goes on grows with each round */
static void
test_an_image_of_jobs_that_change_stays_small (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *text = g_strnfill (20000, 'r');
  guint64 ids[1000];
  guint64 leases[G_N_ELEMENTS (ids)];
  guint64 content = G_N_ELEMENTS (ids) * 40000;

  tiny_init (&test);
  store_test_reopen (&test);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    store_test_put_large (&test, 20000);
  store_test_checkpoint (&test);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = store_test_claim (&test, &leases[i]);
  store_test_checkpoint (&test);
  /* each round makes every page larger */
  for (guint round = 0; round < 10; round++)
    {
      for (guint i = round; i < G_N_ELEMENTS (ids); i += 10)
        store_test_finish (&test, ids[i], leases[i], text);
      store_test_checkpoint (&test);
    }
  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    {
      g_autofree char *path = g_build_filename (test.path, aq_image_get_name (letter), NULL);
      GStatBuf info;

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_test_message ("image %c has %" G_GUINT64_FORMAT " bytes", 'A' + (int) letter, (guint64) info.st_size);
      g_assert_cmpuint ((guint64) info.st_size, <, 2 * content);
    }
  store_test_close (&test);
}

/* holding */

typedef struct
{
  guint       n_told;
  AqStoreHold hold;
  gboolean    checkpointed;
} Holding;

static void
on_held (const AqStoreHold *hold,
         const GError      *error,
         gpointer           user_data)
{
  Holding *self = user_data;

  g_assert_no_error (error);
  self->hold = *hold;
  self->n_told++;
}

static void
hold (StoreTest *test,
      Holding   *holding)
{
  guint n_told = holding->n_told;

  aq_store_hold (test->store, on_held, holding);
  while (holding->n_told == n_told)
    g_main_context_iteration (NULL, TRUE);
}

/* damage */

typedef enum
{
  FLIP_A,
  FLIP_B,
  FLIP_BOTH,
  CUT_A,
  CUT_B,
  REMOVE_A,
  REMOVE_B,
  REMOVE_BOTH,
  OLD_A,
  OLD_B,
  FOREIGN_A,
  FOREIGN_B,
  EMPTY_BOTH
} Damage;

#define N_DAMAGES (EMPTY_BOTH + 1)

static char *
image_path (StoreTest     *test,
            AqImageLetter  letter)
{
  return g_build_filename (test->path, letter == AQ_IMAGE_A ? "A.gdbm" : "B.gdbm", NULL);
}

static void
flip (StoreTest     *test,
      AqImageLetter  letter,
      GRand         *random)
{
  g_autofree char *path = image_path (test, letter);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  /* bytes that mean nothing are many, so many are flipped */
  for (guint i = 0; i < 2000; i++)
    bytes[(gsize) g_rand_int_range (random, 0, (int) size)] ^= (char) (1 << g_rand_int_range (random, 0, 8));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static void
replace (StoreTest     *test,
         AqImageLetter  letter,
         const char    *folder)
{
  g_autofree char *path = image_path (test, letter);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *from = g_build_filename (folder, name, NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

static void
cut (StoreTest     *test,
     AqImageLetter  letter,
     off_t          size)
{
  g_autofree char *path = image_path (test, letter);

  g_assert_cmpint (truncate (path, size), ==, 0);
}

static void
remove_image (StoreTest     *test,
              AqImageLetter  letter)
{
  g_autofree char *path = image_path (test, letter);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
do_damage (StoreTest  *test,
           Damage      damage,
           const char *old,
           const char *foreign,
           GRand      *random)
{
  switch (damage)
    {
    case FLIP_A:
      flip (test, AQ_IMAGE_A, random);
      break;
    case FLIP_B:
      flip (test, AQ_IMAGE_B, random);
      break;
    case FLIP_BOTH:
      flip (test, AQ_IMAGE_A, random);
      flip (test, AQ_IMAGE_B, random);
      break;
    case CUT_A:
      cut (test, AQ_IMAGE_A, 5000);
      break;
    case CUT_B:
      cut (test, AQ_IMAGE_B, 100);
      break;
    case REMOVE_A:
      remove_image (test, AQ_IMAGE_A);
      break;
    case REMOVE_B:
      remove_image (test, AQ_IMAGE_B);
      break;
    case REMOVE_BOTH:
      remove_image (test, AQ_IMAGE_A);
      remove_image (test, AQ_IMAGE_B);
      break;
    case OLD_A:
      replace (test, AQ_IMAGE_A, old);
      break;
    case OLD_B:
      replace (test, AQ_IMAGE_B, old);
      break;
    case FOREIGN_A:
      replace (test, AQ_IMAGE_A, foreign);
      break;
    case FOREIGN_B:
      replace (test, AQ_IMAGE_B, foreign);
      break;
    case EMPTY_BOTH:
      cut (test, AQ_IMAGE_A, 0);
      cut (test, AQ_IMAGE_B, 0);
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
is_both (Damage damage)
{
  return damage == FLIP_BOTH || damage == REMOVE_BOTH || damage == EMPTY_BOTH;
}

/* a store with two images, the journal behind them, and an older copy of it */
static char *
make_with_images (StoreTest *test,
                  guint32    seed)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  g_autofree char *old = NULL;
  Holding holding = { 0 };
  char *dump;

  tiny_init (test);
  store_test_reopen (test);
  store_test_play (test, random, 100);
  finish_some (test, 20, 50);
  store_test_checkpoint (test);
  store_test_flush (test);
  old = store_test_copy (test, "old");
  /* until the journal has no beginning any more */
  for (guint i = 0; i < 12; i++)
    {
      store_test_play (test, random, 60);
      finish_some (test, 10, 300);
      store_test_checkpoint (test);
    }
  /* an image that is being written when the store is closed is not whole */
  hold (test, &holding);
  store_test_play (test, random, 40);
  store_test_flush (test);
  dump = store_test_dump (test);
  store_test_close (test);
  return dump;
}

static gboolean
has_whole_journal (StoreTest *test)
{
  g_autofree char *first = g_build_filename (test->path, "journal", "000001", NULL);

  return g_file_test (first, G_FILE_TEST_EXISTS);
}

static void
check_damage (StoreTest  *test,
              Damage      damage,
              const char *expected,
              const char *old,
              const char *foreign)
{
  g_autofree char *name = g_strdup_printf ("damage-%u", damage);
  g_autoptr(GRand) random = g_rand_new_with_seed (damage);
  g_auto(StoreTest) copy = { 0 };
  g_autoptr(GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  tiny_init (&copy);
  g_free (copy.path);
  copy.path = store_test_copy (test, name);
  do_damage (&copy, damage, old, foreign, random);
  before = store_test_checksum (copy.path);
  if (store_test_open (&copy, &error))
    {
      g_autofree char *dump = store_test_dump (&copy);
      AqSuper super;

      g_assert_true (!is_both (damage) || has_whole_journal (test));
      store_test_assert_same (expected, dump);
      /* and it is healed by the next checkpoint */
      store_test_put (&copy, "more");
      store_test_checkpoint (&copy);
      read_super (&copy, &super);
      g_assert_true (super.images[AQ_IMAGE_A].whole && super.images[AQ_IMAGE_B].whole);
      store_test_close (&copy);
      return;
    }
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_test_message ("%u: %s", damage, error->message);
  g_assert_true (is_both (damage));
  g_assert_nonnull (strstr (error->message, ".gdbm"));
  after = store_test_checksum (copy.path);
  g_assert_cmpstr (before, ==, after);
}

static void
test_a_damaged_image_is_gone_round (void)
{
  g_auto(StoreTest) test = { 0 };
  g_auto(StoreTest) foreign = { 0 };
  g_autofree char *expected = make_with_images (&test, 3);
  g_autofree char *other = make_with_images (&foreign, 3);
  g_autofree char *old = g_build_filename (test.folder, "old", NULL);

  g_test_message ("the journal is %s", has_whole_journal (&test) ? "whole" : "not whole");
  for (Damage damage = 0; damage < N_DAMAGES; damage++)
    check_damage (&test, damage, expected, old, foreign.path);
}

static void
test_without_images_the_whole_journal_does (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) random = g_rand_new_with_seed (4);
  g_autofree char *dump = NULL;

  tiny_init (&test);
  store_test_reopen (&test);
  store_test_play (&test, random, 12);
  store_test_checkpoint (&test);
  dump = store_test_dump (&test);
  store_test_close (&test);
  g_assert_true (has_whole_journal (&test));
  remove_image (&test, AQ_IMAGE_A);
  remove_image (&test, AQ_IMAGE_B);
  assert_reopens (&test, dump);
  store_test_checkpoint (&test);
  assert_reopens (&test, dump);
  store_test_close (&test);
}

static void
test_images_under_each_others_names_are_refused (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *expected = make_with_images (&test, 5);
  g_autofree char *a = image_path (&test, AQ_IMAGE_A);
  g_autofree char *b = image_path (&test, AQ_IMAGE_B);
  g_autofree char *between = g_build_filename (test.folder, "between", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (g_rename (a, between), ==, 0);
  g_assert_cmpint (g_rename (b, a), ==, 0);
  g_assert_cmpint (g_rename (between, b), ==, 0);
  before = store_test_checksum (test.path);
  g_assert_false (store_test_open (&test, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "under the wrong name"));
  after = store_test_checksum (test.path);
  g_assert_cmpstr (before, ==, after);
}

static void
test_a_page_that_cannot_be_read_is_told_and_made_again (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) random = g_rand_new_with_seed (6);
  g_autoptr(GError) error = NULL;
  g_autofree char *dump = NULL;
  g_autofree char *after = NULL;
  AqSuper super;

  tiny_init (&test);
  store_test_reopen (&test);
  finish_some (&test, 300, 40);
  dump = store_test_dump (&test);
  store_test_checkpoint (&test);
  read_super (&test, &super);
  flip (&test, super.images[AQ_IMAGE_A].generation > super.images[AQ_IMAGE_B].generation ? AQ_IMAGE_A : AQ_IMAGE_B,
        random);
  g_assert_false (store_test_fetch (&test, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (error->message, ".gdbm"));
  store_test_checkpoint (&test);
  after = store_test_dump (&test);
  store_test_assert_same (dump, after);
  store_test_close (&test);
}

/* errors of the disk */

static void
test_a_checkpoint_that_fails_ends_nothing (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *dump = NULL;
  guint handler = ignore_warnings ();
  FaultIo io;

  fault_io_init (&io);
  tiny_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  for (FaultCall call = 0; call < FAULT_N_CALLS; call++)
    for (guint nth = 1; nth < 12; nth++)
      {
        g_autoptr(GError) error = NULL;

        finish_some (&test, 2, 40);
        fault_io_fail (&io, call, nth, 1, nth % 2 ? ENOSPC : EIO);
        (void) store_test_try_checkpoint (&test, &error);
        g_assert_no_error (test.failure);
        /* once more, whatever became of the first */
        fault_io_fail (&io, call, 1, 0, 0);
        g_clear_error (&error);
        (void) store_test_try_checkpoint (&test, &error);
        g_assert_no_error (error);
      }
  dump = store_test_dump (&test);
  assert_reopens (&test, dump);
  store_test_close (&test);
  fault_io_clear (&io);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

/* so no step can be begun */
static void
move_super (StoreTest  *test,
            const char *from,
            const char *to)
{
  g_autofree char *old = g_build_filename (test->path, from, NULL);
  g_autofree char *new = g_build_filename (test->path, to, NULL);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

static gboolean
on_pace (gpointer user_data)
{
  gboolean *due = user_data;

  *due = TRUE;
  return G_SOURCE_CONTINUE;
}

/*
 * No pause in which nothing is written that would count as quiet. As fast as it
 * goes would be faster than the checkpointer, which is nicer than we are: the
 * journal and the memory would grow without end.
 */
static void
write_until_both_are_whole (StoreTest *test)
{
  gboolean due = FALSE;
  guint pace = g_timeout_add (LOAD_MSEC, on_pace, &due);
  AqSuper super = { 0 };

  while (!super.images[AQ_IMAGE_A].whole || !super.images[AQ_IMAGE_B].whole)
    {
      while (!due)
        g_main_context_iteration (NULL, TRUE);
      due = FALSE;
      finish_some (test, 10, 40);
      read_super (test, &super);
    }
  g_source_remove (pace);
}

static void
test_a_checkpoint_that_failed_is_tried_again_under_load (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;

  tiny_init (&test);
  store_test_reopen (&test);
  move_super (&test, "super", "super.away");
  finish_some (&test, 50, 40);
  g_assert_false (store_test_try_checkpoint (&test, &error));
  g_test_message ("%s", error->message);
  finish_some (&test, 100, 40);
  move_super (&test, "super.away", "super");
  write_until_both_are_whole (&test);
  store_test_close (&test);
}

/* copies of a store, made by the thread that is about to call, while the others wait */
typedef struct
{
  StoreTest      *test;
  FaultIo        *io;
  pthread_mutex_t lock;
  GArray         *acknowledged; /* of guint, by copy */
  guint           n_calls;
  guint           every;
  int             now;          /* atomic */
  int             enabled;      /* atomic */
} Copies;

static void
on_call (FaultCall call,
         gpointer  user_data)
{
  Copies *self = user_data;
  g_autofree char *name = NULL;
  g_autofree char *copy = NULL;
  guint now;

  if (call == FAULT_PREAD || !__atomic_load_n (&self->enabled, __ATOMIC_SEQ_CST))
    return;
  pthread_mutex_lock (&self->lock);
  if (self->n_calls++ % self->every == 0 && g_file_test (self->test->path, G_FILE_TEST_IS_DIR))
    {
      now = (guint) __atomic_load_n (&self->now, __ATOMIC_SEQ_CST);
      name = g_strdup_printf ("copy-%u", self->acknowledged->len);
      /* another thread's call may have been let through before */
      fault_io_lock_files (self->io);
      copy = store_test_copy (self->test, name);
      fault_io_unlock_files (self->io);
      g_array_append_val (self->acknowledged, now);
    }
  pthread_mutex_unlock (&self->lock);
}

static char *dumps[N_STEPS + 1];
static guint64 sequences[N_STEPS + 1];

static void
do_step (StoreTest *test,
         guint      step)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (step + 100);
  g_autoptr(GError) error = NULL;

  /* so that none has to be fetched on the way: a step is one turn of the loop, and one frame */
  while (store_test_count_away (test) > 0)
    store_test_fetch (test, &error);
  g_assert_no_error (error);
  store_test_play (test, random, 30);
}

static void
make_reference (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;

  store_test_init (&test);
  test.store = aq_memory_store_new (test.clock);
  g_assert_true (aq_store_open (test.store, &error));
  dumps[0] = store_test_dump (&test);
  for (guint step = 0; step < N_STEPS; step++)
    {
      do_step (&test, step);
      dumps[step + 1] = store_test_dump (&test);
      sequences[step + 1] = aq_store_get_sequence (test.store);
    }
}

static void
check_copy (Copies *self,
            guint   i)
{
  guint step = g_array_index (self->acknowledged, guint, i);
  g_auto(StoreTest) copy = { 0 };
  g_autofree char *dump = NULL;

  tiny_init (&copy);
  g_free (copy.path);
  copy.path = g_strdup_printf ("%s/copy-%u", self->test->folder, i);
  store_test_reopen (&copy);
  while (step <= N_STEPS && sequences[step] != aq_store_get_sequence (copy.store))
    step++;
  g_assert_cmpuint (step, <=, N_STEPS);
  dump = store_test_dump (&copy);
  store_test_assert_same (dumps[step], dump);
  if (i % 5 == 0)
    {
      store_test_checkpoint (&copy);
      assert_reopens (&copy, dump);
    }
  store_test_close (&copy);
  store_test_remove (copy.path);
}

static void
test_a_crash_at_any_moment_of_a_checkpoint_loses_nothing (void)
{
  guint handler = ignore_warnings ();
  g_auto(StoreTest) test = { 0 };
  FaultIo io;
  Copies copies = {
    .test = &test,
    .io = &io,
    .acknowledged = g_array_new (FALSE, FALSE, sizeof (guint)),
    .every = 3,
    .enabled = TRUE,
  };

  pthread_mutex_init (&copies.lock, NULL);
  fault_io_init (&io);
  tiny_init (&test);
  test.io = &io.io;
  fault_io_set_hook (&io, on_call, &copies);
  store_test_reopen (&test);
  for (guint step = 0; step < N_STEPS; step++)
    {
      do_step (&test, step);
      store_test_flush (&test);
      __atomic_store_n (&copies.now, (int) step + 1, __ATOMIC_SEQ_CST);
      if (step % 3 == 2)
        store_test_checkpoint (&test);
    }
  store_test_close (&test);
  __atomic_store_n (&copies.enabled, FALSE, __ATOMIC_SEQ_CST);
  g_test_message ("%u copies", copies.acknowledged->len);
  for (guint i = 0; i < copies.acknowledged->len; i++)
    check_copy (&copies, i);
  g_array_unref (copies.acknowledged);
  fault_io_clear (&io);
  pthread_mutex_destroy (&copies.lock);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

/* a store that is held */

static void
on_checkpointed (const GError *error,
                 gpointer      user_data)
{
  Holding *self = user_data;

  g_assert_no_error (error);
  self->checkpointed = TRUE;
}

static void
test_a_store_that_is_held_keeps_its_files (void)
{
  g_auto(StoreTest) test = { 0 };
  Holding holding = { 0 };
  AqSuper before;
  AqSuper after;

  tiny_init (&test);
  store_test_reopen (&test);
  finish_some (&test, 100, 40);
  store_test_checkpoint (&test);
  finish_some (&test, 100, 40);
  hold (&test, &holding);
  g_assert_cmpuint (holding.hold.next_sequence, ==, aq_store_get_sequence (test.store) + 1);
  read_super (&test, &before);
  aq_embedded_store_checkpoint (AQ_EMBEDDED_STORE (test.store), on_checkpointed, &holding);
  finish_some (&test, 300, 40);
  g_assert_false (holding.checkpointed);
  read_super (&test, &after);
  g_assert_cmpmem (&before.images, sizeof before.images, &after.images, sizeof after.images);

  hold (&test, &holding);
  aq_store_release (test.store);
  finish_some (&test, 10, 40);
  g_assert_false (holding.checkpointed);
  aq_store_release (test.store);
  while (!holding.checkpointed)
    g_main_context_iteration (NULL, TRUE);
  store_test_close (&test);
}

static void
on_hold_refused (const AqStoreHold *hold,
                 const GError      *error,
                 gpointer           user_data)
{
  guint *n_told = user_data;

  g_assert_null (hold);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  ++*n_told;
}

static void
test_a_store_in_memory_cannot_be_held (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (1);
  g_autoptr(AqStore) store = aq_memory_store_new (clock);
  guint n_told = 0;

  aq_store_hold (store, on_hold_refused, &n_told);
  g_assert_cmpuint (n_told, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (write_nothing, NULL, NULL);
  make_reference ();
  g_test_add_func ("/checkpoint/a checkpoint leaves two whole images", test_a_checkpoint_leaves_two_whole_images);
  g_test_add_func ("/checkpoint/a checkpoint of nothing is told at once", test_a_checkpoint_of_nothing_is_told_at_once);
  g_test_add_func ("/checkpoint/random histories are the same with images and without",
                   test_random_histories_are_the_same_with_images_and_without);
  g_test_add_func ("/checkpoint/completed jobs leave memory and come back as they were",
                   test_completed_jobs_leave_memory_and_come_back_as_they_were);
  g_test_add_func ("/checkpoint/a store is reopened a hundred times", test_a_store_is_reopened_a_hundred_times);
  g_test_add_func ("/checkpoint/a quiet journal has four segments at most", test_a_quiet_journal_has_four_segments_at_most);
  g_test_add_func ("/checkpoint/an image of jobs that change stays small", test_an_image_of_jobs_that_change_stays_small);
  g_test_add_func ("/checkpoint/a damaged image is gone round", test_a_damaged_image_is_gone_round);
  g_test_add_func ("/checkpoint/without images the whole journal does", test_without_images_the_whole_journal_does);
  g_test_add_func ("/checkpoint/images under each other's names are refused",
                   test_images_under_each_others_names_are_refused);
  g_test_add_func ("/checkpoint/a page that cannot be read is told and made again",
                   test_a_page_that_cannot_be_read_is_told_and_made_again);
  g_test_add_func ("/checkpoint/a checkpoint that fails ends nothing", test_a_checkpoint_that_fails_ends_nothing);
  g_test_add_func ("/checkpoint/a checkpoint that failed is tried again under load",
                   test_a_checkpoint_that_failed_is_tried_again_under_load);
  g_test_add_func ("/checkpoint/a crash at any moment of a checkpoint loses nothing",
                   test_a_crash_at_any_moment_of_a_checkpoint_loses_nothing);
  g_test_add_func ("/checkpoint/a store that is held keeps its files", test_a_store_that_is_held_keeps_its_files);
  g_test_add_func ("/checkpoint/a store in memory cannot be held", test_a_store_in_memory_cannot_be_held);
  result = g_test_run ();
  for (guint step = 0; step <= N_STEPS; step++)
    g_free (dumps[step]);
  return result;
}
