/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The writing of a journal: which files there are, and a full disk
 *
 * A journal without a store: its transactions are eight bytes of number and then
 * as many zeros as wanted.
 */

#include "config.h"

#include "fault-io.h"
#include "store-testing.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-journal-reader.h"
#include "store/aq-journal.h"
#include "store/aq-super.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_SIZE (16 * 1024)
#define RESERVE_SIZE (32 * 1024)
#define STORE_LOG_DOMAIN "asyncq-store"

static const guint8 our_id[AQ_STORE_ID_SIZE] = "this is our id!";

typedef struct
{
  char       *folder;
  int         store_fd;
  int         fd;
  FaultIo     io;

  AqJournal  *journal;
  guint64     sequence; /* of the newest transaction */
  guint64     flushed;
  GError     *failure;

  /* what was read */
  guint64     n_read;
} Fixture;

static void
fixture_init (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  *self = (Fixture) { .folder = g_dir_make_tmp ("asyncq-writer-XXXXXX", &error) };
  g_assert_no_error (error);
  fault_io_init (&self->io);
  self->store_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (mkdirat (self->store_fd, "journal", 0700), ==, 0);
  self->fd = openat (self->store_fd, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  aq_super_create (&self->io.io, self->store_fd, our_id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (close (openat (self->fd, "000001", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), ==, 0);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->journal, aq_journal_free);
  g_clear_error (&self->failure);
  fault_io_clear (&self->io);
  close (self->fd);
  close (self->store_fd);
  store_test_remove (self->folder);
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
on_flushed (guint64       flushed,
            const GError *error,
            gpointer      user_data)
{
  Fixture *self = user_data;

  self->flushed = flushed;
  if (error != NULL)
    self->failure = g_error_copy (error);
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  Fixture *self = user_data;

  self->n_read += frame->n_transactions;
  return TRUE;
}

/* the whole way of an opening; what is before @from need not be there */
static gboolean
open_journal (Fixture                  *self,
              const AqJournalPosition  *from,
              GError                  **error)
{
  AqJournalSettings settings = { { SEGMENT_SIZE, SEGMENT_SIZE }, RESERVE_SIZE, 0 };
  AqJournalPosition end;
  AqSuper super;

  g_assert_null (self->journal);
  self->n_read = 0;
  if (!aq_super_read (&self->io.io, self->store_fd, our_id, &super, error) ||
      !aq_journal_read (&self->io.io, self->fd, our_id, from, super.has_tail ? &super.tail : NULL, on_frame, self,
                        &end, error))
    return FALSE;
  settings.tail_counter = super.tail_counter;
  self->journal = aq_journal_new (&self->io.io, self->store_fd, self->fd, our_id, &settings, &end, on_flushed, self,
                                  error);
  self->sequence = self->flushed = end.next_sequence - 1;
  return self->journal != NULL;
}

static void
reopen (Fixture                 *self,
        const AqJournalPosition *from)
{
  g_autoptr(GError) error = NULL;

  open_journal (self, from, &error);
  g_assert_no_error (error);
}

static void
add (Fixture *self,
     gsize    size)
{
  guint8 *bytes = aq_buffer_extend (aq_journal_begin (self->journal), size);

  memset (bytes, 'x', size);
  aq_journal_commit (self->journal, ++self->sequence);
}

static void
flush (Fixture *self)
{
  while (self->flushed < self->sequence && self->failure == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_refusal (Fixture  *self,
                  gboolean  refused)
{
  while ((aq_journal_get_refusal (self->journal) != NULL) != refused)
    g_main_context_iteration (NULL, TRUE);
}

/* until the newest closed segment is the one before @segment */
static void
fill_up_to (Fixture *self,
            guint64  segment)
{
  while (aq_journal_get_closed (self->journal)->segment + 1 < segment)
    {
      add (self, 4000);
      flush (self);
    }
}

static gboolean
has_segment (Fixture *self,
             guint64  number)
{
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, name);
  return faccessat (self->fd, name, F_OK, 0) == 0;
}

static guint
count_segments (Fixture *self)
{
  g_autoptr(GArray) numbers = aq_journal_list (&self->io.io, self->fd, NULL);

  return numbers->len;
}

static void
close_journal (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  aq_journal_close (self->journal, &error);
  g_assert_no_error (error);
  g_clear_pointer (&self->journal, aq_journal_free);
}

static void
ignore_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
}

static void
test_closed_segments_are_told (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJournalPosition closed;
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  reopen (&fixture, NULL);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->segment, ==, 0);
  fill_up_to (&fixture, 4);
  closed = *aq_journal_get_closed (fixture.journal);
  g_assert_cmpuint (closed.segment, ==, 3);
  g_assert_cmpuint (closed.next_sequence, ==, fixture.sequence);
  aq_journal_read_range (&fixture.io.io, fixture.fd, our_id, NULL, &closed, on_frame, &fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture.n_read, ==, fixture.sequence - 1);

  /* after a clean stop the same one is; after a crash the last one is */
  close_journal (&fixture);
  reopen (&fixture, NULL);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->segment, ==, 3);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->end, ==, closed.end);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->next_sequence, ==, closed.next_sequence);
  g_clear_pointer (&fixture.journal, aq_journal_free);
  reopen (&fixture, NULL);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->segment, ==, 4);
  g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->next_sequence, ==, fixture.sequence + 1);
}

static void
test_a_segment_is_closed_when_asked_for (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  reopen (&fixture, NULL);
  for (guint64 number = 1; number <= 3; number++)
    {
      add (&fixture, 800);
      aq_journal_end_segment (fixture.journal);
      while (aq_journal_get_closed (fixture.journal)->next_sequence != fixture.sequence + 1)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (aq_journal_get_closed (fixture.journal)->segment, ==, number);
    }
  close_journal (&fixture);
  reopen (&fixture, NULL);
  g_assert_cmpuint (fixture.n_read, ==, 3);
}

static void
test_segments_are_used_again (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJournalPosition from = { .next_sequence = 1 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("However long the journal gets: the files stay as many, and no new ones are made");
  fixture_init (&fixture);
  reopen (&fixture, NULL);
  for (guint64 segment = 4; segment <= 60; segment++)
    {
      guint64 n_made = fault_io_count (&fixture.io, FAULT_FTRUNCATE);

      fill_up_to (&fixture, segment);
      from = *aq_journal_get_closed (fixture.journal);
      aq_journal_set_keep (fixture.journal, from.segment);
      g_assert_true (has_segment (&fixture, from.segment));
      g_assert_true (has_segment (&fixture, from.segment - 1));
      if (segment > 20)
        g_assert_cmpuint (fault_io_count (&fixture.io, FAULT_FTRUNCATE), ==, n_made);
    }
  g_assert_false (has_segment (&fixture, 1));
  g_assert_cmpuint (count_segments (&fixture), <=, 8);
  close_journal (&fixture);
  g_assert_cmpuint (fixture.io.n_made_in_vain, ==, 0);

  reopen (&fixture, &from);
  g_assert_cmpuint (fixture.n_read, ==, fixture.sequence + 1 - from.next_sequence);
  g_clear_pointer (&fixture.journal, aq_journal_free);
  g_assert_false (open_journal (&fixture, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
}

static void
test_a_used_segment_survives_a_crash (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  g_auto(Fixture) fixture = { 0 };
  AqJournalPosition from = { .next_sequence = 1 };

  g_test_summary ("Again and again, with frames of the former life behind the last one");
  fixture_init (&fixture);
  reopen (&fixture, NULL);
  for (guint i = 0; i < 40; i++)
    {
      guint64 sequence = fixture.sequence;

      for (guint n = 0; n < 7; n++)
        {
          add (&fixture, 1000 + 8 * (i * 7 + n) % 900 / 8 * 8);
          flush (&fixture);
        }
      sequence = fixture.sequence;
      g_clear_pointer (&fixture.journal, aq_journal_free);
      reopen (&fixture, &from);
      g_assert_cmpuint (fixture.sequence, ==, sequence);
      g_assert_cmpuint (fixture.n_read, ==, sequence + 1 - from.next_sequence);
      from = *aq_journal_get_closed (fixture.journal);
      aq_journal_set_keep (fixture.journal, from.segment);
    }
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_every_call_may_fail_while_segments_are_used_again (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);

  for (FaultCall call = 0; call < FAULT_N_CALLS; call++)
    for (guint full = 0; full <= 1; full++)
      for (guint64 nth = 1; nth <= 12; nth++)
        {
          g_auto(Fixture) fixture = { 0 };
          AqJournalPosition from = { .next_sequence = 1 };

          fixture_init (&fixture);
          reopen (&fixture, NULL);
          fill_up_to (&fixture, 6);
          fault_io_fail (&fixture.io, call, nth, 1, full ? ENOSPC : EIO);
          for (guint64 segment = 6; segment <= 12; segment++)
            {
              from = *aq_journal_get_closed (fixture.journal);
              aq_journal_set_keep (fixture.journal, from.segment);
              fill_up_to (&fixture, segment);
              g_assert_no_error (fixture.failure);
            }
          g_clear_pointer (&fixture.journal, aq_journal_free);
          g_assert_cmpuint (fixture.io.n_used_broken, ==, 0);
          fault_io_repair (&fixture.io);
          reopen (&fixture, &from);
          g_assert_cmpuint (fixture.n_read, ==, fixture.sequence + 1 - from.next_sequence);
        }
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_a_full_disk_is_refused_and_running_ends_are_kept (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);
  const FaultCall calls[] = { FAULT_FALLOCATE, FAULT_OPENAT };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_auto(Fixture) fixture = { 0 };
      guint64 held;

      fixture_init (&fixture);
      reopen (&fixture, NULL);
      g_assert_null (aq_journal_get_refusal (fixture.journal));
      fault_io_fail (&fixture.io, calls[i], 1, G_MAXUINT64, ENOSPC);
      /* the segment, then the reserve, to its end */
      for (guint n = 0; n < (SEGMENT_SIZE + RESERVE_SIZE) / 4200; n++)
        {
          add (&fixture, 4000);
          flush (&fixture);
        }
      wait_for_refusal (&fixture, TRUE);
      g_assert_error (aq_journal_get_refusal (fixture.journal), ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);

      /* nobody is told of what does not fit */
      held = fault_io_count (&fixture.io, calls[i]);
      add (&fixture, 4000);
      add (&fixture, 4000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      fault_io_wait (&fixture.io, calls[i], held + 2);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpuint (fixture.flushed, ==, fixture.sequence - 2);

      fault_io_repair (&fixture.io);
      flush (&fixture);
      wait_for_refusal (&fixture, FALSE);
      close_journal (&fixture);
      reopen (&fixture, NULL);
      g_assert_cmpuint (fixture.n_read, ==, fixture.sequence);
    }
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static gboolean
on_more (gpointer user_data)
{
  add (user_data, 8);
  return G_SOURCE_CONTINUE;
}

static void
test_a_refusal_ends_also_while_frames_come_all_the_time (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);
  g_auto(Fixture) fixture = { 0 };
  guint64 before;
  guint source;

  g_test_summary ("What is tried is tried after some time, not after some number of frames");
  fixture_init (&fixture);
  reopen (&fixture, NULL);
  fault_io_fail (&fixture.io, FAULT_FALLOCATE, 1, G_MAXUINT64, ENOSPC);
  aq_journal_set_reserve (fixture.journal, 3 * RESERVE_SIZE);
  wait_for_refusal (&fixture, TRUE);
  before = fixture.sequence;
  source = g_timeout_add (40, on_more, &fixture);
  while (fixture.sequence < before + 5)
    g_main_context_iteration (NULL, TRUE);
  fault_io_repair (&fixture.io);
  wait_for_refusal (&fixture, FALSE);
  g_assert_cmpuint (fixture.sequence - before, <, 50);
  g_source_remove (source);
  flush (&fixture);
  close_journal (&fixture);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
wait_for_room (Fixture *self,
               gsize    n_bytes)
{
  aq_journal_make_room (self->journal, n_bytes);
  while (aq_journal_is_making_room (self->journal))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_what_has_room_finds_space_on_a_full_disk (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);
  const gsize size = 20 * SEGMENT_SIZE;
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  reopen (&fixture, NULL);
  g_assert_cmpuint (aq_journal_get_room (fixture.journal), >, SEGMENT_SIZE);
  g_assert_cmpuint (aq_journal_get_room (fixture.journal), <=, RESERVE_SIZE);
  add (&fixture, 4000);
  wait_for_room (&fixture, size);
  g_assert_no_error (aq_journal_get_room_error (fixture.journal));
  g_assert_cmpuint (aq_journal_get_room (fixture.journal), >=, size);

  fault_io_fail (&fixture.io, FAULT_FALLOCATE, 1, G_MAXUINT64, ENOSPC);
  add (&fixture, 6000);
  flush (&fixture);
  add (&fixture, aq_journal_get_room (fixture.journal) / 8 * 8);
  flush (&fixture);
  g_assert_null (aq_journal_get_refusal (fixture.journal));

  /* there is no more, which is told at once, and nothing else waits for it */
  wait_for_room (&fixture, size);
  g_assert_error (aq_journal_get_room_error (fixture.journal), ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  g_assert_cmpuint (aq_journal_get_room (fixture.journal), <, size);
  g_assert_null (aq_journal_get_refusal (fixture.journal));
  add (&fixture, aq_journal_get_room (fixture.journal) / 8 * 8);
  flush (&fixture);
  fault_io_repair (&fixture.io);
  wait_for_room (&fixture, size);
  g_assert_no_error (aq_journal_get_room_error (fixture.journal));
  close_journal (&fixture);
  reopen (&fixture, NULL);
  g_assert_cmpuint (fixture.n_read, ==, 4);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_a_journal_opens_on_a_full_disk (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  fault_io_fail (&fixture.io, FAULT_FALLOCATE, 1, G_MAXUINT64, ENOSPC);
  reopen (&fixture, NULL);
  g_assert_error (aq_journal_get_refusal (fixture.journal), ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  add (&fixture, 800);
  g_main_context_iteration (NULL, FALSE);
  g_assert_false (aq_journal_close (fixture.journal, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  g_clear_pointer (&fixture.journal, aq_journal_free);
  g_clear_error (&fixture.failure);

  /* empty is what was left, and that is no damage */
  reopen (&fixture, NULL);
  g_assert_cmpuint (fixture.sequence, ==, 0);
  add (&fixture, 800);
  fault_io_repair (&fixture.io);
  flush (&fixture);
  wait_for_refusal (&fixture, FALSE);
  close_journal (&fixture);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_a_larger_reserve_has_to_find_space (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO,
                                     ignore_message, NULL);
  g_auto(Fixture) fixture = { 0 };
  struct stat info;

  fixture_init (&fixture);
  reopen (&fixture, NULL);
  fault_io_fail (&fixture.io, FAULT_FALLOCATE, 1, G_MAXUINT64, ENOSPC);
  aq_journal_set_reserve (fixture.journal, 3 * RESERVE_SIZE);
  wait_for_refusal (&fixture, TRUE);
  fault_io_repair (&fixture.io);
  wait_for_refusal (&fixture, FALSE);
  g_assert_cmpint (fstatat (fixture.fd, "reserve", &info, 0), ==, 0);
  g_assert_cmpint (info.st_size, ==, 3 * RESERVE_SIZE);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_what_is_to_be_kept_is_known_once_the_thread_goes_by_it (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  reopen (&fixture, NULL);
  fill_up_to (&fixture, 5);
  fault_io_hold_flush (&fixture.io);
  add (&fixture, 100);
  g_main_context_iteration (NULL, FALSE);
  fault_io_wait_held (&fixture.io);
  /* it is somewhere in between, and may go by what it was told before */
  aq_journal_set_keep (fixture.journal, 3);
  aq_journal_set_keep (fixture.journal, 0);
  g_assert_false (aq_journal_has_taken_keep (fixture.journal));
  fault_io_release_flush (&fixture.io);
  while (!aq_journal_has_taken_keep (fixture.journal))
    g_main_context_iteration (NULL, TRUE);
  flush (&fixture);
  fill_up_to (&fixture, 8);
  g_assert_true (has_segment (&fixture, 1));
  close_journal (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/journal writer/what is to be kept is known once the thread goes by it",
                   test_what_is_to_be_kept_is_known_once_the_thread_goes_by_it);
  g_test_add_func ("/journal writer/closed segments are told", test_closed_segments_are_told);
  g_test_add_func ("/journal writer/a segment is closed when asked for", test_a_segment_is_closed_when_asked_for);
  g_test_add_func ("/journal writer/segments are used again", test_segments_are_used_again);
  g_test_add_func ("/journal writer/a segment that is used again survives a crash",
                   test_a_used_segment_survives_a_crash);
  g_test_add_func ("/journal writer/every call may fail while segments are used again",
                   test_every_call_may_fail_while_segments_are_used_again);
  g_test_add_func ("/journal writer/a full disk is refused and the ends of what runs are kept",
                   test_a_full_disk_is_refused_and_running_ends_are_kept);
  g_test_add_func ("/journal writer/a refusal ends also while frames come all the time",
                   test_a_refusal_ends_also_while_frames_come_all_the_time);
  g_test_add_func ("/journal writer/what has room finds space on a full disk",
                   test_what_has_room_finds_space_on_a_full_disk);
  g_test_add_func ("/journal writer/a journal opens on a full disk", test_a_journal_opens_on_a_full_disk);
  g_test_add_func ("/journal writer/a larger reserve has to find space", test_a_larger_reserve_has_to_find_space);
  return g_test_run ();
}
