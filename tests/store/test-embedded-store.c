/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the embedded store keeps, and how it writes it
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"
#include "store/aq-journal-reader.h"
#include "store/aq-reader.h"
#include "store/aq-record.h"
#include "store/aq-store-directory.h"

#include <string.h>

#define STORE_LOG_DOMAIN "asyncq-store"

/* the journal of a store that is not open: "n" a frame of n transactions, "c" a clean end */

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  if (frame->flags & AQ_FRAME_CLEAN)
    g_string_append (user_data, "c ");
  else
    g_string_append_printf (user_data, "%u ", frame->n_transactions);
  return TRUE;
}

static void
read_frames (StoreTest          *test,
             AqJournalFrameFunc  func,
             gpointer            user_data,
             AqJournalPosition  *out_end)
{
  AqStoreDirectory directory;
  g_autoptr(GError) error = NULL;
  AqStoreIo io;

  aq_store_io_init_system (&io);
  aq_store_directory_open (&directory, &io, test->path, &error);
  g_assert_no_error (error);
  aq_journal_read (&io, directory.journal_fd, directory.store_id, NULL, NULL, func, user_data, out_end, &error);
  g_assert_no_error (error);
  aq_store_directory_clear (&directory);
}

static char *
list_frames (StoreTest *test)
{
  GString *text = g_string_new (NULL);
  AqJournalPosition end;

  read_frames (test, on_frame, text, &end);
  return g_string_free (text, FALSE);
}

static AqJournalPosition
find_end (StoreTest *test)
{
  g_autoptr(GString) text = g_string_new (NULL);
  AqJournalPosition end;

  read_frames (test, on_frame, text, &end);
  return end;
}

static void
test_a_reopened_store_is_the_same (void)
{
  for (guint seed = 1; seed <= 10; seed++)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (seed);
      g_auto(StoreTest) test = { 0 };

      store_test_init (&test);
      store_test_reopen (&test);
      for (guint i = 0; i < 5; i++)
        {
          g_autofree char *before = NULL;
          g_autofree char *after = NULL;

          store_test_play (&test, random, 50);
          before = store_test_dump (&test);
          store_test_reopen (&test);
          after = store_test_dump (&test);
          store_test_assert_same (before, after);
        }
      store_test_close (&test);
    }
}

static void
test_what_was_flushed_survives_a_crash (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (5);
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  store_test_reopen (&test);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      store_test_play (&test, random, 10);
      store_test_flush (&test);
      before = store_test_dump (&test);
      store_test_crash (&test);
      store_test_reopen (&test);
      after = store_test_dump (&test);
      store_test_assert_same (before, after);
    }
  store_test_close (&test);
}

static void
test_what_was_not_laid_down_does_not_survive_in_part (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  store_test_reopen (&test);
  store_test_put (&test, "flushed");
  store_test_flush (&test);
  store_test_put (&test, "not");
  store_test_put (&test, "yet");
  store_test_crash (&test);
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 1);
  g_assert_cmpuint (store_test_put (&test, "again"), ==, 2);
  store_test_close (&test);
}

static void
test_sequences_and_ids_go_on_over_restarts (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  for (guint64 i = 1; i <= 40; i++)
    {
      store_test_reopen (&test);
      g_assert_cmpuint (aq_gate_get_flushed (aq_store_get_gate (test.store)), ==, i - 1);
      g_assert_cmpuint (store_test_put (&test, "x"), ==, i);
      g_assert_cmpuint (aq_store_get_sequence (test.store), ==, i);
      if (i % 2)
        store_test_close (&test);
      else
        {
          store_test_flush (&test);
          store_test_crash (&test);
        }
    }
}

static void
test_a_closed_journal_goes_on_in_its_segment (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  for (guint i = 0; i < 30; i++)
    {
      store_test_reopen (&test);
      store_test_put (&test, "x");
    }
  store_test_close (&test);
  g_assert_cmpuint (find_end (&test).segment, ==, 1);
  g_assert_true (find_end (&test).clean);
}

static void
test_after_a_crash_writing_goes_on_in_a_fresh_segment (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  for (guint64 i = 1; i <= 5; i++)
    {
      store_test_reopen (&test);
      store_test_put (&test, "x");
      store_test_flush (&test);
      store_test_crash (&test);
      g_assert_cmpuint (find_end (&test).segment, ==, i);
      g_assert_false (find_end (&test).clean);
    }
  for (guint i = 0; i < 5; i++)
    {
      /* nothing is written: nothing is used up */
      store_test_reopen (&test);
      store_test_crash (&test);
    }
  g_assert_cmpuint (find_end (&test).next_sequence, ==, 6);
}

static void
test_a_turn_of_the_loop_is_one_frame (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *frames = NULL;
  FaultIo io;

  g_test_summary ("And what comes while a flush is under way is one more, in however many turns");
  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  for (guint i = 0; i < 100; i++)
    store_test_put (&test, "x");
  fault_io_hold_flush (&io);
  g_main_context_iteration (NULL, FALSE);
  fault_io_wait_held (&io);
  for (guint turn = 0; turn < 5; turn++)
    {
      for (guint i = 0; i < 10; i++)
        store_test_put (&test, "y");
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_cmpuint (aq_gate_get_flushed (aq_store_get_gate (test.store)), ==, 0);
  fault_io_release_flush (&io);
  store_test_flush (&test);
  store_test_close (&test);
  frames = list_frames (&test);
  g_assert_true (g_str_has_prefix (frames, "100 50 "));
  fault_io_clear (&io);
}

static void
test_nobody_is_told_before_the_flush_returns (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *copy = NULL;
  AqGate *gate;
  FaultIo io;

  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  gate = aq_store_get_gate (test.store);
  fault_io_hold_flush (&io);
  store_test_put (&test, "x");
  g_main_context_iteration (NULL, FALSE);
  fault_io_wait_held (&io);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (aq_gate_get_flushed (gate), ==, 0);
  fault_io_release_flush (&io);
  store_test_flush (&test);
  g_assert_cmpuint (aq_gate_get_flushed (gate), ==, 1);
  store_test_close (&test);
  fault_io_clear (&io);
}

static void
test_a_quiet_journal_covers_its_last_frame (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *frames = NULL;
  guint64 n_flushes;
  FaultIo io;

  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  n_flushes = fault_io_count (&io, FAULT_FDATASYNC);
  store_test_put (&test, "x");
  store_test_flush (&test);
  /* each of the two frames with its tail */
  fault_io_wait (&io, FAULT_FDATASYNC, n_flushes + 4);
  store_test_crash (&test);
  frames = list_frames (&test);
  g_assert_cmpstr (frames, ==, "1 0 ");
  fault_io_clear (&io);
}

static void
test_segments_follow_one_another (void)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  store_test_reopen (&test);
  for (guint i = 0; i < 60; i++)
    {
      store_test_put_large (&test, 300 * 1000);
      store_test_flush (&test);
    }
  before = store_test_dump (&test);
  store_test_crash (&test);
  store_test_reopen (&test);
  after = store_test_dump (&test);
  store_test_assert_same (before, after);
  store_test_close (&test);
  g_assert_cmpuint (find_end (&test).segment, >, 3);
}

static void
test_a_large_frame_gets_a_segment_of_its_own (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  store_test_reopen (&test);
  store_test_put (&test, "small");
  store_test_flush (&test);
  for (guint i = 0; i < 36; i++)
    store_test_put_large (&test, 1000 * 1000);
  store_test_flush (&test);
  store_test_put (&test, "small");
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 38);
  store_test_close (&test);
}

static void
test_a_segment_made_ahead_is_used (void)
{
  g_auto(StoreTest) test = { 0 };
  FaultIo io;
  guint64 n_truncates;

  g_test_summary ("The next segment is there before the current one is full, so that no frame waits for it");
  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  n_truncates = fault_io_count (&io, FAULT_FTRUNCATE);
  store_test_put_large (&test, 600 * 1000);
  store_test_flush (&test);
  fault_io_wait (&io, FAULT_FTRUNCATE, n_truncates + 2);
  store_test_put_large (&test, 600 * 1000);
  store_test_flush (&test);
  g_assert_cmpuint (fault_io_count (&io, FAULT_FTRUNCATE), ==, n_truncates + 2);
  store_test_close (&test);
  g_assert_cmpuint (find_end (&test).segment, ==, 2);
  fault_io_clear (&io);
}

static void
test_a_new_segment_is_in_a_flushed_directory (void)
{
  g_auto(StoreTest) test = { 0 };
  guint64 n_made;
  FaultIo io;

  g_test_summary ("Else a power cut may take the file away, with acknowledged frames in it");
  fault_io_init (&io);
  store_test_init (&test);
  test.io = &io.io;
  store_test_reopen (&test);
  n_made = fault_io_count (&io, FAULT_OPENAT);
  for (guint i = 0; i < 12; i++)
    {
      store_test_put_large (&test, 500 * 1000);
      store_test_flush (&test);
    }
  store_test_close (&test);
  g_assert_cmpuint (fault_io_count (&io, FAULT_OPENAT), >=, n_made + 2);
  g_assert_cmpuint (io.n_made_in_vain, ==, 0);
  fault_io_clear (&io);
}

/* the one byte of the journal's first segment that lies in the first frame */
static void
damage (StoreTest *test)
{
  g_autofree char *path = g_build_filename (test->path, "journal", "000001", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  bytes[200] ^= 4;
  g_file_set_contents (path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
}

static void
test_a_damaged_store_is_refused_and_left_alone (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *pid = NULL;

  store_test_init (&test);
  store_test_reopen (&test);
  store_test_put (&test, "x");
  store_test_close (&test);
  damage (&test);
  pid = g_build_filename (test.path, "pid", NULL);
  g_assert_cmpint (g_unlink (pid), ==, 0);
  before = store_test_checksum (test.path);
  g_assert_false (store_test_open (&test, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (error->message, test.path));
  g_assert_nonnull (strstr (error->message, "'journal/000001' at offset 72, sequence 1"));
  after = store_test_checksum (test.path);
  store_test_assert_same (before, after);
}

static void
test_a_torn_end_is_cut_with_a_line_in_the_log (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  AqJournalPosition end;
  gsize size;

  store_test_init (&test);
  store_test_reopen (&test);
  store_test_put (&test, "kept");
  store_test_flush (&test);
  store_test_crash (&test);
  end = find_end (&test);
  path = g_build_filename (test.path, "journal", "000001", NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  memset (bytes + end.end, 0x55, 300);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));

  g_test_expect_message (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*never acknowledged*");
  store_test_reopen (&test);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 1);
  g_assert_cmpuint (store_test_put (&test, "next"), ==, 2);
  store_test_close (&test);
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 2);
  store_test_close (&test);
  g_assert_cmpuint (find_end (&test).segment, ==, 2);
}

/* what somebody may do to the end of a journal */
typedef enum
{
  END_DELETED,
  END_EMPTIED,
  END_CUT,
  END_ZEROED,
  END_OLDER
} EndDamage;

static void
damage_end (const char *path,
            const char *older,
            gsize       older_size,
            gsize       end,
            EndDamage   damage)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  switch (damage)
    {
    case END_DELETED:
      g_assert_cmpint (g_unlink (path), ==, 0);
      return;
    case END_EMPTIED:
      size = 0;
      break;
    case END_CUT:
      size = end - 8;
      break;
    case END_ZEROED:
      /* of the last frame, which has no content */
      memset (bytes + end - AQ_FRAME_HEADER_SIZE, 0, AQ_FRAME_HEADER_SIZE);
      break;
    case END_OLDER:
      g_assert_cmpuint (older_size, ==, size);
      memcpy (bytes, older, size);
      break;
    default:
      g_assert_not_reached ();
    }
  g_assert_cmpint (g_unlink (path), ==, 0); /* GLib 2.74 does not shorten a file that is there */
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

/* until the journal is quiet */
static void
wait_for_tail (StoreTest *test,
               FaultIo   *io)
{
  for (;;)
    {
      guint64 n_flushes = fault_io_count (io, FAULT_FDATASYNC);
      g_autofree char *path = g_build_filename (test->path, "super", NULL);
      g_autofree char *bytes = NULL;

      /* a slot's next sequence is at 64 of it */
      g_assert_true (g_file_get_contents (path, &bytes, NULL, NULL));
      for (guint slot = 2; slot <= 3; slot++)
        if (aq_get_u64 ((const guint8 *) bytes + slot * 4096 + 64) == aq_store_get_sequence (test->store) + 1)
          return;
      fault_io_wait (io, FAULT_FDATASYNC, n_flushes + 1);
    }
}

static void
test_a_journal_whose_end_is_missing_is_damaged (void)
{
  g_test_summary ("Deleted, emptied, cut, zeroed or older; after a clean stop, and after 50 ms of quiet and a crash");
  for (guint clean = 0; clean <= 1; clean++)
    for (EndDamage damage = END_DELETED; damage <= END_OLDER; damage++)
      {
        g_autofree char *older = NULL;
        g_autofree char *path = NULL;
        g_auto(StoreTest) test = { 0 };
        g_autoptr(GError) error = NULL;
        gsize older_size;
        FaultIo io;

        fault_io_init (&io);
        store_test_init (&test);
        test.io = &io.io;
        store_test_reopen (&test);
        path = g_build_filename (test.path, "journal", "000001", NULL);
        store_test_put (&test, "first");
        store_test_flush (&test);
        g_assert_true (g_file_get_contents (path, &older, &older_size, NULL));
        store_test_put (&test, "second");
        store_test_flush (&test);
        if (clean)
          store_test_close (&test);
        else
          {
            wait_for_tail (&test, &io);
            store_test_crash (&test);
          }
        damage_end (path, older, older_size, find_end (&test).end, damage);
        g_assert_false (store_test_open (&test, &error));
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
        g_assert_nonnull (strstr (error->message, "'journal/000001' at offset "));
        g_assert_nonnull (strstr (error->message, "sequence "));
        fault_io_clear (&io);
      }
}

static gboolean
on_audit_frame (const AqFrame  *frame,
                const guint8   *content,
                gpointer        user_data,
                GError        **error)
{
  AqReader reader = aq_reader_init (content, frame->length);

  while (aq_reader_left (&reader) > 0)
    {
      AqTransactionRecord transaction;
      AqReader records;

      g_assert_true (aq_record_read_transaction (&reader, &transaction, &records, error));
      g_string_append_printf (user_data, "%" G_GUINT64_FORMAT " %u %s ", transaction.sequence, transaction.uid,
                              transaction.sender);
    }
  return TRUE;
}

static void
test_the_journal_says_who_did_what (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_auto(StoreTest) test = { 0 };
  AqJournalPosition end;

  store_test_init (&test);
  store_test_reopen (&test);
  store_test_put (&test, "x");
  store_test_put (&test, "y");
  store_test_close (&test);
  read_frames (&test, on_audit_frame, text, &end);
  g_assert_cmpstr (text->str, ==, "1 1000 :1.7 2 1000 :1.7 ");
}

static gboolean
rule_expire_all (AqTransaction  *transaction,
                 gpointer        retention,
                 GError        **error)
{
  aq_transaction_expire (transaction, retention, G_MAXUINT);
  return TRUE;
}

static void
test_too_many_live_bytes_are_told_until_they_are_fewer (void)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_auto(StoreTest) test = { 0 };
  guint64 lease;
  guint64 id;

  store_test_init (&test);
  test.settings.max_live_bytes = 20000;
  store_test_reopen (&test);
  store_test_put_large (&test, 15000);
  g_assert_no_error (aq_store_get_refusal (test.store));
  store_test_put_large (&test, 6000);
  g_assert_error (aq_store_get_refusal (test.store), ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  store_test_reopen (&test);
  g_assert_error (aq_store_get_refusal (test.store), ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);

  aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, 0);
  id = store_test_claim (&test, &lease);
  store_test_finish (&test, id, lease, "x");
  g_assert_error (aq_store_get_refusal (test.store), ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  store_test_apply (&test, rule_expire_all, retention, NULL);
  g_assert_no_error (aq_store_get_refusal (test.store));
  store_test_close (&test);
}

static gboolean
rule_set_object (AqTransaction  *transaction,
                 gpointer        size,
                 GError        **error)
{
  g_autofree char *text = size != NULL ? g_strnfill (GPOINTER_TO_UINT (size), 'x') : NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (text != NULL)
    g_variant_dict_insert (&dict, "value", "s", text);
  aq_transaction_set_item (transaction, AQ_ITEM_OBJECT, "box", size != NULL ? g_variant_dict_end (&dict) : NULL);
  return TRUE;
}

static void
test_items_are_live_bytes_too (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  test.settings.max_live_bytes = 20000;
  store_test_reopen (&test);
  store_test_apply (&test, rule_set_object, GUINT_TO_POINTER (15000), NULL);
  /* in the place of the first one */
  store_test_apply (&test, rule_set_object, GUINT_TO_POINTER (15001), NULL);
  g_assert_no_error (aq_store_get_refusal (test.store));
  store_test_apply (&test, rule_set_object, GUINT_TO_POINTER (21000), NULL);
  g_assert_error (aq_store_get_refusal (test.store), ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  store_test_reopen (&test);
  g_assert_error (aq_store_get_refusal (test.store), ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  store_test_apply (&test, rule_set_object, NULL, NULL);
  g_assert_no_error (aq_store_get_refusal (test.store));
  store_test_close (&test);
}

static void
test_a_store_that_is_not_open_refuses (void)
{
  g_auto(StoreTest) test = { 0 };
  AqDraft draft = store_test_draft ("x");
  g_autoptr(GError) error = NULL;
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  store_test_init (&test);
  store_test_reopen (&test);
  g_assert_true (aq_store_close (test.store, NULL));
  g_assert_cmpuint (store_test_apply (&test, aq_rule_put, &event, &error), ==, 0);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
  g_clear_object (&test.store);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/embedded store/is the same after it was closed and opened", test_a_reopened_store_is_the_same);
  g_test_add_func ("/embedded store/what was flushed survives a crash", test_what_was_flushed_survives_a_crash);
  g_test_add_func ("/embedded store/what was not laid down does not survive in part",
                   test_what_was_not_laid_down_does_not_survive_in_part);
  g_test_add_func ("/embedded store/sequences and ids go on over restarts", test_sequences_and_ids_go_on_over_restarts);
  g_test_add_func ("/embedded store/a closed journal goes on in its segment",
                   test_a_closed_journal_goes_on_in_its_segment);
  g_test_add_func ("/embedded store/after a crash writing goes on in a fresh segment",
                   test_after_a_crash_writing_goes_on_in_a_fresh_segment);
  g_test_add_func ("/embedded store/a turn of the loop is one frame", test_a_turn_of_the_loop_is_one_frame);
  g_test_add_func ("/embedded store/nobody is told before the flush returns",
                   test_nobody_is_told_before_the_flush_returns);
  g_test_add_func ("/embedded store/a quiet journal covers its last frame", test_a_quiet_journal_covers_its_last_frame);
  g_test_add_func ("/embedded store/segments follow one another", test_segments_follow_one_another);
  g_test_add_func ("/embedded store/a large frame gets a segment of its own",
                   test_a_large_frame_gets_a_segment_of_its_own);
  g_test_add_func ("/embedded store/a segment made ahead is used", test_a_segment_made_ahead_is_used);
  g_test_add_func ("/embedded store/a new segment is in a flushed directory before anything is written to it",
                   test_a_new_segment_is_in_a_flushed_directory);
  g_test_add_func ("/embedded store/a damaged store is refused and left alone",
                   test_a_damaged_store_is_refused_and_left_alone);
  g_test_add_func ("/embedded store/a torn end is cut with a line in the log",
                   test_a_torn_end_is_cut_with_a_line_in_the_log);
  g_test_add_func ("/embedded store/a journal whose end is missing is damaged",
                   test_a_journal_whose_end_is_missing_is_damaged);
  g_test_add_func ("/embedded store/the journal says who did what", test_the_journal_says_who_did_what);
  g_test_add_func ("/embedded store/too many live bytes are told until they are fewer",
                   test_too_many_live_bytes_are_told_until_they_are_fewer);
  g_test_add_func ("/embedded store/items are live bytes too", test_items_are_live_bytes_too);
  g_test_add_func ("/embedded store/a store that is not open refuses", test_a_store_that_is_not_open_refuses);
  return g_test_run ();
}
