/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * History from a journal
 *
 * What holds for both stores is in test-store-contract.c. Here are segments,
 * crashes, failing disks and damage, and the reader by itself.
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"
#include "store/aq-history-reader.h"
#include "store/aq-history-request.h"
#include "store/aq-journal-reader.h"
#include "store/aq-store-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define STORE_LOG_DOMAIN "asyncq-store"

static void
on_live (const AqJobChange *changes,
         guint              n_changes,
         gpointer           user_data)
{
  g_array_append_vals (user_data, changes, n_changes);
}

static void
ignore_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
}

/* Returns: (transfer full): where everything goes that the store tells */
static GArray *
open_and_listen (StoreTest *test)
{
  GArray *live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));

  store_test_init (test);
  store_test_reopen (test);
  aq_store_set_changed (test->store, on_live, live);
  return live;
}

static void
reopen_and_listen (StoreTest *test,
                   GArray    *live)
{
  store_test_reopen (test);
  aq_store_set_changed (test->store, on_live, live);
}

static guint
count_segments (StoreTest *test)
{
  g_autofree char *path = g_build_filename (test->path, "journal", NULL);
  g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

static void
assert_every_history (StoreTest *test,
                      GArray    *live,
                      GRand     *random)
{
  guint64 newest = aq_store_get_sequence (test->store);

  for (guint64 after = 0; after <= newest; after += (guint64) g_rand_int_range (random, 1, 8))
    store_test_assert_history (test, live, after, (guint) g_rand_int_range (random, 20, 200));
  store_test_assert_history (test, live, newest, 1);
  store_test_assert_history (test, live, 0, 1);
}

static void
test_history_goes_over_segments (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  g_autoptr(GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 40; i++)
    {
      store_test_put_large (&test, (gsize) g_rand_int_range (random, 1, 500 * 1000));
      store_test_play (&test, random, 5);
      /* what is not flushed yet is not told */
      if (i % 3 == 0 || i % 10 == 0)
        store_test_flush (&test);
      if (i % 10 == 0)
        store_test_assert_history (&test, live, 0, 3);
    }
  store_test_flush (&test);
  g_assert_cmpuint (count_segments (&test), >=, 4);
  assert_every_history (&test, live, random);
  store_test_close (&test);
}

static void
test_history_goes_over_restarts_and_crashes (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  g_autoptr(GRand) random = g_rand_new_with_seed (2);

  for (guint i = 0; i < 12; i++)
    {
      store_test_play (&test, random, 10);
      store_test_flush (&test);
      store_test_assert_history (&test, live, 0, 7);
      if (i % 3 == 0)
        store_test_crash (&test);
      reopen_and_listen (&test, live);
      store_test_assert_history (&test, live, 0, 7);
    }
  g_assert_cmpuint (count_segments (&test), >=, 4);
  assert_every_history (&test, live, random);
  store_test_close (&test);
}

static void
test_what_a_crash_has_undone_is_not_told (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);

  store_test_put (&test, "kept");
  store_test_flush (&test);
  store_test_put (&test, "lost");
  store_test_crash (&test);
  g_array_set_size (live, 1);
  reopen_and_listen (&test, live);
  store_test_assert_history (&test, live, 0, 10);
  store_test_put (&test, "another second");
  store_test_flush (&test);
  store_test_assert_history (&test, live, 0, 1);
  store_test_close (&test);
}

static void
test_a_segment_that_was_given_up_does_not_count (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING, ignore_message, NULL);
  FaultIo io;

  store_test_close (&test);
  fault_io_init (&io);
  test.io = &io.io;
  reopen_and_listen (&test, live);
  for (guint i = 0; i < 10; i++)
    {
      if (i % 3 == 1)
        fault_io_fail (&io, FAULT_FDATASYNC, 1, 1, EIO);
      store_test_put (&test, "x");
      store_test_flush (&test);
      g_assert_null (test.failure);
      store_test_assert_history (&test, live, 0, 3);
    }
  store_test_assert_history (&test, live, 0, 100);
  store_test_close (&test);
  test.io = NULL;
  reopen_and_listen (&test, live);
  store_test_assert_history (&test, live, 0, 3);
  store_test_close (&test);
  fault_io_clear (&io);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_a_failed_store_still_tells_what_was_flushed (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING, ignore_message, NULL);
  FaultIo io;

  store_test_close (&test);
  fault_io_init (&io);
  test.io = &io.io;
  reopen_and_listen (&test, live);
  store_test_put (&test, "kept");
  store_test_flush (&test);
  fault_io_fail (&io, FAULT_PWRITE, 1, G_MAXUINT64, EIO);
  store_test_put (&test, "refused");
  store_test_flush (&test);
  g_assert_nonnull (test.failure);
  g_array_set_size (live, 1);
  store_test_assert_history (&test, live, 0, 10);
  g_assert_false (aq_store_close (test.store, NULL));
  g_clear_object (&test.store);
  fault_io_clear (&io);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_an_answer_ends_after_many_bytes (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  StoreTestReading reading;

  g_test_summary ("However many changes were asked for: the next question must not wait for long");
  for (guint i = 0; i < 10; i++)
    store_test_put_large (&test, 4 * 1000 * 1000);
  store_test_flush (&test);
  store_test_reading_start (&reading, &test, 0, G_MAXUINT);
  store_test_reading_wait (&reading);
  g_assert_cmpuint (reading.changes->len, >=, 4);
  g_assert_cmpuint (reading.changes->len, <=, 6);
  store_test_reading_finish (&reading);
  store_test_assert_same_changes (reading.changes, live, 0);
  store_test_reading_clear (&reading);
  store_test_close (&test);
}

/* the reader by itself: the journal of a store that is not open */

typedef struct
{
  AqStoreIo         io;
  AqStoreDirectory  directory;
  AqJournalPosition end;
  guint64           keep; /* segments before it need not be there */
} Journal;

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  return TRUE;
}

static void
journal_open (Journal   *self,
              StoreTest *test)
{
  g_autoptr(GError) error = NULL;

  self->keep = 0;
  aq_store_io_init_system (&self->io);
  aq_store_directory_open (&self->directory, &self->io, test->path, &error);
  g_assert_no_error (error);
  aq_journal_read (&self->io, self->directory.journal_fd, self->directory.store_id, NULL, NULL, on_frame, NULL,
                   &self->end, &error);
  g_assert_no_error (error);
}

static guint64
get_keep (gpointer user_data)
{
  return ((Journal *) user_data)->keep;
}

static AqHistoryReader *
journal_new_reader (Journal *self)
{
  return aq_history_reader_new (&self->io, self->directory.journal_fd, self->directory.store_id, get_keep, self);
}

/* Returns: (transfer full): all of it, or NULL with @error set */
static GArray *
journal_read_all (Journal  *self,
                  GError  **error)
{
  g_autoptr(AqHistoryReader) reader = journal_new_reader (self);
  g_autoptr(GArray) page = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autoptr(GArray) all = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  guint64 after = 0;

  do
    {
      g_array_set_size (page, 0);
      if (!aq_history_reader_read (reader, &self->end, after, 2, page, error))
        return NULL;
      g_array_append_vals (all, page->data, page->len);
      if (page->len > 0)
        after = g_array_index (page, AqJobChange, page->len - 1).sequence;
    }
  while (page->len > 0);
  return g_steal_pointer (&all);
}

static void
test_a_reader_finds_its_way_from_anywhere (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  g_autoptr(GArray) page = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  g_autoptr(GRand) random = g_rand_new_with_seed (4);
  g_autoptr(AqHistoryReader) reader = NULL;
  g_autoptr(GError) error = NULL;
  Journal journal;

  for (guint i = 0; i < 300; i++)
    {
      store_test_put_large (&test, (gsize) g_rand_int_range (random, 1, 30 * 1000));
      if (g_rand_int_range (random, 0, 3) == 0)
        store_test_flush (&test);
    }
  store_test_close (&test);
  journal_open (&journal, &test);
  reader = journal_new_reader (&journal);
  g_assert_cmpuint (live->len, ==, 300);
  for (guint i = 0; i < 3000; i++)
    {
      guint after = (guint) g_rand_int_range (random, 0, 301);
      guint max_changes = (guint) g_rand_int_range (random, 1, 30);

      if (i % 50 == 0)
        aq_history_reader_rest (reader);
      g_array_set_size (page, 0);
      aq_history_reader_read (reader, &journal.end, after, max_changes, page, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (page->len, ==, MIN (300 - after, max_changes));
      for (guint k = 0; k < page->len; k++)
        g_assert_cmpuint (g_array_index (page, AqJobChange, k).id, ==,
                          g_array_index (live, AqJobChange, after + k).id);
    }
  aq_history_reader_read (reader, &journal.end, 301, 1, page, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  aq_store_directory_clear (&journal.directory);
}

static char *
segment_path (StoreTest *test,
              guint64    number)
{
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, name);
  return g_build_filename (test->path, "journal", name, NULL);
}

static void
flip (int     fd,
      guint64 offset,
      guint   bit)
{
  guint8 byte;

  g_assert_cmpint (pread (fd, &byte, 1, (off_t) offset), ==, 1);
  byte ^= (guint8) (1 << bit);
  g_assert_cmpint (pwrite (fd, &byte, 1, (off_t) offset), ==, 1);
}

static void
test_every_flipped_bit_is_found (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  guint64 end_of_first;
  Journal journal;

  store_test_put (&test, "one");
  store_test_flush (&test);
  store_test_crash (&test);
  journal_open (&journal, &test);
  end_of_first = journal.end.end;
  aq_store_directory_clear (&journal.directory);
  reopen_and_listen (&test, live);
  store_test_put (&test, "two");
  store_test_put (&test, "three");
  store_test_flush (&test);
  store_test_put (&test, "four");
  store_test_close (&test);
  journal_open (&journal, &test);
  g_assert_cmpuint (journal.end.segment, ==, 2);
  for (guint64 number = 1; number <= 2; number++)
    {
      g_autofree char *path = segment_path (&test, number);
      int fd = open (path, O_RDWR | O_CLOEXEC);
      /* an empty frame at the end is not read: there is nothing to tell */
      guint64 end = number == 2 ? journal.end.end - AQ_FRAME_HEADER_SIZE : end_of_first;

      g_assert_cmpint (fd, >=, 0);
      for (guint64 i = 0; i < end * 8; i++)
        {
          g_autoptr(GError) error = NULL;
          g_autoptr(GArray) all = NULL;

          flip (fd, i / 8, i % 8);
          all = journal_read_all (&journal, &error);
          g_assert_null (all);
          g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
          g_assert_nonnull (strstr (error->message, "journal is damaged: 'journal/00000"));
          flip (fd, i / 8, i % 8);
        }
      close (fd);
    }
  g_array_unref (live);
  live = journal_read_all (&journal, NULL);
  g_assert_cmpuint (live->len, ==, 4);
  aq_store_directory_clear (&journal.directory);
}

static void
test_damage_is_told_with_its_place (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  g_autofree char *path = segment_path (&test, 1);
  StoreTestReading reading;
  int fd;

  store_test_put (&test, "first");
  store_test_flush (&test);
  store_test_put (&test, "second");
  store_test_flush (&test);
  store_test_put (&test, "third");
  store_test_flush (&test);
  fd = open (path, O_RDWR | O_CLOEXEC);
  flip (fd, AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE + 3, 0);

  store_test_reading_start (&reading, &test, 0, 10);
  store_test_reading_finish (&reading);
  g_assert_error (reading.error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_cmpstr (reading.error->message, ==,
                   "journal is damaged: 'journal/000001' at offset 72, sequence 1: the frame is damaged");
  g_assert_cmpuint (reading.changes->len, ==, 0);
  store_test_reading_clear (&reading);

  /* what lies behind it can be read, and the store works */
  store_test_assert_history (&test, live, 1, 1);
  store_test_put (&test, "fourth");
  store_test_flush (&test);
  store_test_assert_history (&test, live, 1, 1);
  flip (fd, AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE + 3, 0);
  store_test_assert_history (&test, live, 0, 1);
  close (fd);
  store_test_close (&test);
}

static void
test_a_missing_or_short_segment_is_damage (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GArray) live = open_and_listen (&test);
  g_autofree char *path = segment_path (&test, 2);
  StoreTestReading reading;

  for (guint i = 0; i < 8; i++)
    {
      store_test_put_large (&test, 400 * 1000);
      store_test_flush (&test);
    }
  g_assert_cmpint (truncate (path, 100 * 1000), ==, 0);
  store_test_reading_start (&reading, &test, 0, 1);
  store_test_reading_finish (&reading);
  g_assert_error (reading.error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (reading.error->message, "'journal/000002' at offset 100000"));
  store_test_reading_clear (&reading);

  g_assert_cmpint (unlink (path), ==, 0);
  store_test_reading_start (&reading, &test, 0, 1);
  store_test_reading_finish (&reading);
  g_assert_error (reading.error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (reading.error->message, "'journal/000002'"));
  g_assert_nonnull (strstr (reading.error->message, "the segment is missing"));
  store_test_reading_clear (&reading);
  store_test_close (&test);
}

static void
on_held (const AqStoreHold *hold,
         const GError      *error,
         gpointer           user_data)
{
  gboolean *held = user_data;

  g_assert_no_error (error);
  *held = TRUE;
}

/* Returns: (transfer full): what the store told; it is closed, and all of its journal is there */
static GArray *
make_journal (StoreTest *test,
              guint      n_jobs,
              gsize      size)
{
  GArray *live = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
  gboolean held = FALSE;

  reopen_and_listen (test, live);
  aq_store_hold (test->store, on_held, &held);
  while (!held)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < n_jobs; i++)
    {
      store_test_put_large (test, size);
      store_test_flush (test);
    }
  store_test_close (test);
  return live;
}

static void
test_a_read_that_fails_is_told_and_can_be_repeated (void)
{
  const FaultCall calls[] = { FAULT_OPENAT, FAULT_PREAD };
  g_autoptr(GArray) live = NULL;
  g_auto(StoreTest) test = { 0 };
  Journal journal;
  FaultIo io;

  store_test_init (&test);
  live = make_journal (&test, 16, 400 * 1000);
  journal_open (&journal, &test);
  g_assert_cmpuint (journal.end.segment, >=, 3);
  fault_io_init (&io);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    for (guint64 nth = 1; nth <= 4; nth++)
      {
        g_autoptr(AqHistoryReader) reader = NULL;
        g_autoptr(GArray) page = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
        g_autoptr(GError) error = NULL;

        reader = aq_history_reader_new (&io.io, journal.directory.journal_fd, journal.directory.store_id, get_keep,
                                        &journal);
        fault_io_fail (&io, calls[i], nth, 1, EIO);
        g_assert_false (aq_history_reader_read (reader, &journal.end, 0, G_MAXUINT, page, &error));
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
        g_assert_true (aq_history_reader_read (reader, &journal.end, 0, G_MAXUINT, page, NULL));
        store_test_assert_same_changes (page, live, 0);
      }
  aq_store_directory_clear (&journal.directory);
  fault_io_clear (&io);
}

/* the header zeroed, as before a segment is used again; with @whole all of it, as after that */
static void
recycle (StoreTest *test,
         guint64    number,
         gboolean   whole)
{
  g_autofree guint8 *bytes = g_malloc0 (64 * 1024);
  g_autofree char *path = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (number, name);
  path = g_build_filename (test->path, "journal", name, NULL);
  fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, bytes, AQ_SEGMENT_HEADER_SIZE, 0), ==, AQ_SEGMENT_HEADER_SIZE);
  if (whole)
    g_assert_cmpint (pwrite (fd, bytes, 64 * 1024, 0), ==, 64 * 1024);
  g_assert_cmpint (close (fd), ==, 0);
}

static void
test_the_oldest_segments_go_while_they_are_read (void)
{
  g_test_summary ("At any moment of reading: what is told is right, and nobody is told of damage");
  for (guint n_before = 0; n_before <= 12; n_before++)
    for (guint whole = 0; whole <= 1; whole++)
      {
        g_auto(StoreTest) test = { 0 };
        g_autoptr(AqHistoryReader) reader = NULL;
        g_autoptr(GArray) live = NULL;
        g_autoptr(GArray) page = g_array_new (FALSE, TRUE, sizeof (AqJobChange));
        g_autoptr(GError) error = NULL;
        guint64 begins;
        Journal journal;

        store_test_init (&test);
        /* five jobs a segment, about */
        test.settings.segment_min_bytes = test.settings.segment_max_bytes = 64 * 1024;
        live = make_journal (&test, 24, 12 * 1000);
        journal_open (&journal, &test);
        g_assert_cmpuint (journal.end.segment, >=, 5);
        reader = journal_new_reader (&journal);
        for (guint i = 0; i < n_before; i++)
          {
            g_array_set_size (page, 0);
            g_assert_true (aq_history_reader_read (reader, &journal.end, i, 1, page, &error));
            g_assert_cmpuint (page->len, ==, 1);
          }

        recycle (&test, 1, whole);
        recycle (&test, 2, whole);
        g_array_set_size (page, 0);
        g_assert_null (journal_read_all (&journal, &error));
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
        g_clear_error (&error);
        journal.keep = 3;
        for (guint i = 0; i <= 1; i++)
          {
            g_array_set_size (page, 0);
            if (aq_history_reader_read (reader, &journal.end, i, 1, page, &error))
              {
                /* it was at hand */
                g_assert_cmpuint (page->len, ==, 1);
                g_assert_cmpuint (g_array_index (page, AqJobChange, 0).sequence, ==, i + 1);
                continue;
              }
            g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
            g_assert_nonnull (strstr (error->message, "history begins at sequence"));
            begins = g_ascii_strtoull (strrchr (error->message, ' ') + 1, NULL, 10);
            g_assert_cmpuint (begins, >, 2);
            g_clear_error (&error);
            g_array_set_size (page, 0);
            g_assert_true (aq_history_reader_read (reader, &journal.end, begins - 1, G_MAXUINT, page, &error));
            g_assert_no_error (error);
            store_test_assert_same_changes (page, live, begins - 1);
          }
        aq_store_directory_clear (&journal.directory);
      }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/history/goes over segments", test_history_goes_over_segments);
  g_test_add_func ("/history/goes over restarts and crashes", test_history_goes_over_restarts_and_crashes);
  g_test_add_func ("/history/what a crash has undone is not told", test_what_a_crash_has_undone_is_not_told);
  g_test_add_func ("/history/a segment that was given up does not count",
                   test_a_segment_that_was_given_up_does_not_count);
  g_test_add_func ("/history/a failed store still tells what was flushed",
                   test_a_failed_store_still_tells_what_was_flushed);
  g_test_add_func ("/history/a read that fails is told and can be repeated",
                   test_a_read_that_fails_is_told_and_can_be_repeated);
  g_test_add_func ("/history/an answer ends after many bytes", test_an_answer_ends_after_many_bytes);
  g_test_add_func ("/history/a reader finds its way from anywhere", test_a_reader_finds_its_way_from_anywhere);
  g_test_add_func ("/history/every flipped bit is found", test_every_flipped_bit_is_found);
  g_test_add_func ("/history/damage is told with its place", test_damage_is_told_with_its_place);
  g_test_add_func ("/history/a missing or short segment is damage", test_a_missing_or_short_segment_is_damage);
  g_test_add_func ("/history/the oldest segments go while they are read",
                   test_the_oldest_segments_go_while_they_are_read);
  return g_test_run ();
}
