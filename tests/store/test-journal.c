/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Segments, frames and the reading of a journal
 *
 * The segments are made here byte by byte, small enough to damage every bit of
 * them.
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "store-testing.h"
#include "store/aq-crc32c.h"
#include "store/aq-journal-reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SMALL_SIZE 1024
#define STORE_LOG_DOMAIN "asyncq-store"

static const guint8 our_id[AQ_STORE_ID_SIZE] = "this is our id!";
static const guint8 other_id[AQ_STORE_ID_SIZE] = "another's id...";

/* a journal that is being made, and what was read from it */
typedef struct
{
  char       *folder;
  int         fd;
  AqStoreIo   io;

  GByteArray *bytes;  /* of the segment being made */
  AqSegmentHeader header;
  guint64     sequence;
  guint32     crc;
  gsize       last_offset; /* of the newest frame */

  /* what to read: all, and nothing is known of the end, unless set */
  const AqJournalPosition *from;
  const AqJournalPosition *tail;
  GString    *read;   /* contents of frames */
} Journal;

static void
journal_init (Journal *self)
{
  g_autoptr(GError) error = NULL;

  *self = (Journal) { .folder = g_dir_make_tmp ("asyncq-journal-XXXXXX", &error), .sequence = 1 };
  g_assert_no_error (error);
  self->fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  self->read = g_string_new (NULL);
  aq_store_io_init_system (&self->io);
}

static void
journal_clear (Journal *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_string_free (self->read, TRUE);
  close (self->fd);
  store_test_remove (self->folder);
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Journal, journal_clear)

static void
begin_segment (Journal      *self,
               guint64       number,
               const guint8 *store_id,
               gsize         size)
{
  AqSegmentHeader header = {
    .number = number,
    .size = size,
    .first_sequence = self->sequence,
    .previous_number = self->header.number,
    .previous_end = self->bytes != NULL ? self->bytes->len : 0,
    .previous_crc = self->crc,
  };

  memcpy (header.store_id, store_id, AQ_STORE_ID_SIZE);
  self->header = header;
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->bytes = g_byte_array_new ();
  g_byte_array_set_size (self->bytes, AQ_SEGMENT_HEADER_SIZE);
  aq_segment_header_write (&self->header, self->bytes->data);
}

/* a frame of one transaction, if @text is not empty; 8, 16, … characters of it */
static void
add_frame (Journal    *self,
           const char *text,
           guint32     flags)
{
  AqFrame frame = {
    .length = strlen (text),
    .sequence = self->sequence,
    .n_transactions = *text != '\0',
    .flags = flags,
    .previous_crc = self->crc,
  };
  guint8 header[AQ_FRAME_HEADER_SIZE];

  g_assert_cmpuint (frame.length % 8, ==, 0);
  self->last_offset = self->bytes->len;
  aq_frame_seal (&frame, aq_segment_seed (self->header.store_id, self->header.number), self->bytes->len,
                 (const guint8 *) text, header);
  g_byte_array_append (self->bytes, header, sizeof header);
  g_byte_array_append (self->bytes, (const guint8 *) text, frame.length);
  self->sequence += frame.n_transactions;
  self->crc = frame.crc;
}

static void
write_file (Journal      *self,
            guint64       number,
            const guint8 *bytes,
            gsize         size)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;

  aq_segment_format_name (number, name);
  path = g_build_filename (self->folder, name, NULL);
  (void) g_remove (path); /* GLib 2.74 does not shorten a file that is there */
  g_file_set_contents_full (path, (const char *) bytes, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

/* zeros up to its size, as it would lie on the disk; self->bytes stays as it is */
static void
write_segment (Journal *self)
{
  g_autofree guint8 *bytes = g_malloc0 (self->header.size);

  memcpy (bytes, self->bytes->data, self->bytes->len);
  write_file (self, self->header.number, bytes, self->header.size);
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  g_string_append_len (user_data, (const char *) content, (gssize) frame->length);
  return TRUE;
}

static gboolean
read_journal (Journal            *self,
              AqJournalPosition  *out_end,
              GError            **error)
{
  g_string_truncate (self->read, 0);
  return aq_journal_read (&self->io, self->fd, our_id, self->from, self->tail, on_frame, self->read, out_end, error);
}

static void
assert_reads (Journal    *self,
              const char *text)
{
  g_autoptr(GError) error = NULL;
  AqJournalPosition end;

  read_journal (self, &end, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (self->read->str, ==, text);
}

static void
assert_damaged (Journal    *self,
                const char *what)
{
  g_autoptr(GError) error = NULL;
  AqJournalPosition end;

  g_assert_false (read_journal (self, &end, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  if (strstr (error->message, what) == NULL)
    g_error ("'%s' is not in '%s'", what, error->message);
}

/* three segments, the last one closed */
static void
make_three (Journal *self)
{
  begin_segment (self, 1, our_id, SMALL_SIZE);
  add_frame (self, "first---", 0);
  add_frame (self, "second--", 0);
  write_segment (self);
  begin_segment (self, 2, our_id, SMALL_SIZE);
  add_frame (self, "third---", 0);
  add_frame (self, "", 0);
  write_segment (self);
  begin_segment (self, 3, our_id, SMALL_SIZE);
  add_frame (self, "fourth--fourth--", 0);
  add_frame (self, "", AQ_FRAME_CLEAN);
  write_segment (self);
}

/* behind the newest frame */
static AqJournalPosition
get_position (Journal *self)
{
  return (AqJournalPosition) {
    .segment = self->header.number,
    .segment_size = self->header.size,
    .end = self->bytes->len,
    .crc = self->crc,
    .next_sequence = self->sequence,
  };
}

#define THREE "first---second--third---fourth--fourth--"

static void
test_frames_come_back_in_order (void)
{
  g_auto(Journal) journal = { 0 };
  g_autoptr(GError) error = NULL;
  AqJournalPosition end;

  journal_init (&journal);
  make_three (&journal);
  g_assert_true (read_journal (&journal, &end, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (journal.read->str, ==, THREE);
  g_assert_cmpuint (end.segment, ==, 3);
  g_assert_cmpuint (end.end, ==, journal.bytes->len);
  g_assert_cmpuint (end.crc, ==, journal.crc);
  g_assert_cmpuint (end.next_sequence, ==, 5);
  g_assert_true (end.clean);
}

static void
test_only_a_marked_end_is_clean (void)
{
  g_auto(Journal) journal = { 0 };
  AqJournalPosition end;

  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", AQ_FRAME_CLEAN);
  add_frame (&journal, "second--", 0);
  write_segment (&journal);
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_false (end.clean);

  add_frame (&journal, "", AQ_FRAME_CLEAN);
  write_segment (&journal);
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_true (end.clean);

  g_byte_array_append (journal.bytes, (const guint8 *) "something", 9);
  write_segment (&journal);
  g_test_expect_message (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*never acknowledged*");
  g_assert_true (read_journal (&journal, &end, NULL));
  g_test_assert_expected_messages ();
  g_assert_false (end.clean);
}

/* Returns: whether the journal is damaged, else it reads as @text or as @shorter */
static gboolean
is_damaged (Journal    *self,
            const char *text,
            const char *shorter)
{
  g_autoptr(GError) error = NULL;
  AqJournalPosition end;

  if (read_journal (self, &end, &error))
    {
      if (strcmp (self->read->str, text) != 0)
        g_assert_cmpstr (self->read->str, ==, shorter);
      return FALSE;
    }
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (error->message, "'journal/000001' at offset "));
  g_assert_nonnull (strstr (error->message, "sequence "));
  return TRUE;
}

static void
ignore_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
}

static void
flip_every_bit (Journal    *self,
                gsize       size,
                gsize       last_frame,
                const char *text,
                const char *shorter)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  g_autofree guint8 *bytes = g_malloc0 (size);
  guint n_detected = 0;

  memcpy (bytes, self->bytes->data, self->bytes->len);
  for (gsize bit = 0; bit < size * 8; bit++)
    {
      gboolean damaged;

      bytes[bit / 8] ^= 1 << bit % 8;
      write_file (self, self->header.number, bytes, size);
      damaged = is_damaged (self, text, shorter);
      if (bit / 8 < last_frame)
        g_assert_true (damaged);
      n_detected += damaged;
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  g_test_message ("%u of %" G_GSIZE_FORMAT " flips detected", n_detected, size * 8);
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_every_flipped_bit_is_found (void)
{
  g_auto(Journal) journal = { 0 };

  g_test_summary ("But in the very last frame, and behind it; there it costs that frame at the most");
  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---first---first---", 0);
  add_frame (&journal, "second--", 0);
  add_frame (&journal, "third---third---", 0);
  flip_every_bit (&journal, SMALL_SIZE, journal.last_offset, "first---first---first---second--third---third---",
                  "first---first---first---second--");
}

static void
test_an_empty_frame_covers_the_one_before_it (void)
{
  g_auto(Journal) journal = { 0 };

  journal_init (&journal);
  begin_segment (&journal, 1, our_id, 512);
  add_frame (&journal, "first---", 0);
  add_frame (&journal, "", 0);
  flip_every_bit (&journal, 512, journal.last_offset, "first---", "first---");
}

static void
test_every_flipped_bit_of_an_older_segment_is_found (void)
{
  g_auto(Journal) journal = { 0 };
  g_autoptr(GByteArray) first = NULL;
  g_autofree guint8 *bytes = NULL;

  journal_init (&journal);
  make_three (&journal);
  g_clear_pointer (&journal.bytes, g_byte_array_unref);
  journal.header = (AqSegmentHeader) { 0 };
  journal.sequence = 1;
  journal.crc = 0;
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", 0);
  add_frame (&journal, "second--", 0);
  flip_every_bit (&journal, SMALL_SIZE, journal.bytes->len, THREE, THREE);
}

static void
test_every_torn_end_is_cut (void)
{
  guint handler = g_log_set_handler (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  g_auto(Journal) journal = { 0 };
  gsize whole;

  g_test_summary ("The last frame written up to any of its bytes, what was not written being zeros or old data");
  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", 0);
  add_frame (&journal, "second--second--second--", 0);
  whole = journal.bytes->len;
  for (gsize size = journal.last_offset; size < whole; size++)
    for (guint rest = 0; rest <= 0xa5; rest += 0xa5)
      {
        g_autofree guint8 *bytes = g_malloc (SMALL_SIZE);
        AqJournalPosition end;

        memset (bytes, (int) rest, SMALL_SIZE);
        memcpy (bytes, journal.bytes->data, size);
        write_file (&journal, 1, bytes, SMALL_SIZE);
        g_assert_true (read_journal (&journal, &end, NULL));
        g_assert_cmpstr (journal.read->str, ==, "first---");
        g_assert_cmpuint (end.end, ==, journal.last_offset);
        g_assert_cmpuint (end.next_sequence, ==, 2);
        g_assert_false (end.clean);
      }
  g_log_remove_handler (STORE_LOG_DOMAIN, handler);
}

static void
test_every_truncation_is_found (void)
{
  g_autofree guint8 *bytes = g_malloc0 (SMALL_SIZE);
  g_auto(Journal) journal = { 0 };
  AqJournalPosition tail;

  g_test_summary ("Of the newest segment and of an older one");
  journal_init (&journal);
  make_three (&journal);
  tail = get_position (&journal);
  journal.tail = &tail;
  memcpy (bytes, journal.bytes->data, journal.bytes->len);
  for (gsize size = 0; size < SMALL_SIZE; size++)
    {
      write_file (&journal, 3, bytes, size);
      assert_damaged (&journal, "'journal/000003' at offset ");
    }
  write_segment (&journal);
  for (gsize size = 0; size < SMALL_SIZE; size++)
    {
      write_file (&journal, 2, bytes, size);
      assert_damaged (&journal, "'journal/000002' at offset ");
    }
}

static void
test_a_journal_reaches_its_tail (void)
{
  g_autofree guint8 *bytes = g_malloc0 (SMALL_SIZE);
  g_auto(Journal) journal = { 0 };
  AqJournalPosition middle;
  AqJournalPosition tail;
  AqJournalPosition end;

  g_test_summary ("Its newest segment deleted, emptied, cut, with zeros at the end, or from an older time");
  journal_init (&journal);
  make_three (&journal);
  middle = get_position (&journal);
  memcpy (bytes, journal.bytes->data, journal.bytes->len);
  add_frame (&journal, "fifth---", 0);
  write_segment (&journal);
  tail = get_position (&journal);
  journal.tail = &tail;
  assert_reads (&journal, THREE "fifth---");

  write_file (&journal, 3, bytes, SMALL_SIZE);
  assert_damaged (&journal, "'journal/000003' at offset 168, sequence 5: the journal ends here");
  memset (bytes, 0, SMALL_SIZE);
  write_file (&journal, 3, bytes, SMALL_SIZE);
  assert_damaged (&journal, "'journal/000003' at offset 0, sequence 4: the segment is empty");
  write_file (&journal, 3, bytes, 0);
  assert_damaged (&journal, "'journal/000003' at offset 0, sequence 4: the segment is empty");
  g_assert_cmpint (unlinkat (journal.fd, "000003", 0), ==, 0);
  assert_damaged (&journal, "'journal/000003' at offset 0, sequence 4: the segment is missing");

  write_segment (&journal);
  journal.tail = &middle;
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_cmpuint (end.end, ==, tail.end);
  middle.crc ^= 1;
  assert_damaged (&journal, "'journal/000003' at offset 168, sequence 5: the frame before it is not the one");
  middle.crc ^= 1;
  middle.end -= 8;
  assert_damaged (&journal, "'journal/000003' at offset 160");
  tail.segment = 2;
  tail.end = 900;
  journal.tail = &tail;
  assert_damaged (&journal, "'journal/000002' at offset 900");
}

static void
test_the_tail_says_whether_the_end_is_clean (void)
{
  g_auto(Journal) journal = { 0 };
  AqJournalPosition tail;
  AqJournalPosition end;
  gsize size;

  g_test_summary ("Whatever is behind it: a recycled file has its old bytes there");
  journal_init (&journal);
  make_three (&journal);
  tail = get_position (&journal);
  journal.tail = &tail;
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_false (end.clean);
  tail.clean = TRUE;
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_true (end.clean);

  size = journal.bytes->len;
  g_byte_array_append (journal.bytes, (const guint8 *) "something", 9);
  write_segment (&journal);
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_true (end.clean);
  g_assert_cmpuint (end.end, ==, size);

  g_byte_array_set_size (journal.bytes, size);
  add_frame (&journal, "fifth---", 0);
  write_segment (&journal);
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_false (end.clean);
}

/* the file that was segment @from is segment @to now, its header zeroed until it begins */
static void
recycle (Journal *self,
         guint64  from,
         guint64  to)
{
  const guint8 zeros[AQ_SEGMENT_HEADER_SIZE] = { 0 };
  char from_name[AQ_SEGMENT_NAME_SIZE];
  char to_name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (from, from_name);
  aq_segment_format_name (to, to_name);
  fd = openat (self->fd, from_name, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, zeros, sizeof zeros, 0), ==, sizeof zeros);
  g_assert_cmpint (close (fd), ==, 0);
  g_assert_cmpint (renameat (self->fd, from_name, self->fd, to_name), ==, 0);
}

static void
test_a_recycled_segment_has_no_frames_of_its_former_life (void)
{
  g_auto(Journal) journal = { 0 };
  AqJournalPosition from;
  AqJournalPosition end;
  guint8 bytes[SMALL_SIZE];
  int fd;

  g_test_summary ("Not before it is begun, and not behind what was written to it since");
  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", 0);
  add_frame (&journal, "second--", 0);
  write_segment (&journal);
  begin_segment (&journal, 2, our_id, SMALL_SIZE);
  add_frame (&journal, "third---", 0);
  write_segment (&journal);
  from = get_position (&journal);
  journal.from = &from;
  recycle (&journal, 1, 3);
  assert_reads (&journal, "");

  begin_segment (&journal, 3, our_id, SMALL_SIZE);
  add_frame (&journal, "fourth--", 0);
  fd = openat (journal.fd, "000003", O_RDWR | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, journal.bytes->data, journal.bytes->len, 0), ==, journal.bytes->len);
  g_assert_cmpint (pread (fd, bytes, sizeof bytes, 0), ==, sizeof bytes);
  g_assert_cmpint (close (fd), ==, 0);
  g_assert_cmpuint (bytes[journal.bytes->len], !=, 0);
  g_test_expect_message (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*never acknowledged*");
  g_assert_true (read_journal (&journal, &end, NULL));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (journal.read->str, ==, "fourth--");
  g_assert_cmpuint (end.end, ==, journal.bytes->len);
  g_assert_cmpuint (end.next_sequence, ==, 5);
}

/* three segments, and the positions behind each of their frames; the first is the beginning */
#define N_POSITIONS 7

static void
make_three_and_positions (Journal           *self,
                          AqJournalPosition  positions[N_POSITIONS])
{
  guint n = 0;

  positions[n++] = (AqJournalPosition) { .next_sequence = 1 };
  for (guint64 number = 1; number <= 3; number++)
    {
      g_autofree char *first = g_strdup_printf ("%u-first-", (guint) number);
      g_autofree char *second = g_strdup_printf ("%u-second", (guint) number);

      begin_segment (self, number, our_id, SMALL_SIZE);
      add_frame (self, first, 0);
      positions[n++] = get_position (self);
      add_frame (self, second, 0);
      positions[n++] = get_position (self);
      write_segment (self);
    }
  g_assert_cmpuint (n, ==, N_POSITIONS);
}

#define SIX "1-first-1-second2-first-2-second3-first-3-second"

static void
assert_reads_range (Journal                 *self,
                    const AqJournalPosition *from,
                    const AqJournalPosition *until,
                    const char              *text)
{
  g_autoptr(GError) error = NULL;

  g_string_truncate (self->read, 0);
  aq_journal_read_range (&self->io, self->fd, our_id, from, until, on_frame, self->read, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (self->read->str, ==, text);
}

static void
test_a_range_is_exactly_its_frames (void)
{
  AqJournalPosition positions[N_POSITIONS];
  g_auto(Journal) journal = { 0 };

  journal_init (&journal);
  make_three_and_positions (&journal, positions);
  assert_reads_range (&journal, NULL, &positions[N_POSITIONS - 1], SIX);
  for (guint from = 0; from < N_POSITIONS; from++)
    {
      journal.from = &positions[from];
      assert_reads (&journal, SIX + 8 * from);
      for (guint until = from; until < N_POSITIONS; until++)
        {
          g_autofree char *text = g_strndup (SIX + 8 * from, 8 * (until - from));

          assert_reads_range (&journal, &positions[from], &positions[until], text);
        }
    }
}

static void
test_what_is_before_a_position_need_not_be_there (void)
{
  AqJournalPosition positions[N_POSITIONS];
  g_auto(Journal) journal = { 0 };

  g_test_summary ("The end of a segment is the beginning of the next; its own file may be gone");
  journal_init (&journal);
  make_three_and_positions (&journal, positions);
  journal.from = &positions[2];
  recycle (&journal, 1, 4);
  assert_reads (&journal, SIX + 16);
  assert_reads_range (&journal, &positions[2], &positions[5], "2-first-2-second3-first-");
  journal.from = &positions[1];
  assert_damaged (&journal, "'journal/000001' at offset 0");
  journal.from = NULL;
  assert_damaged (&journal, "'journal/000001' at offset 0");

  journal.from = &positions[3];
  assert_reads (&journal, SIX + 24);
  g_assert_cmpint (unlinkat (journal.fd, "000002", 0), ==, 0);
  assert_damaged (&journal, "'journal/000002' at offset 0");
  journal.from = &positions[4];
  assert_reads (&journal, SIX + 32);
}

static void
test_a_journal_that_does_not_reach_a_position_is_damaged (void)
{
  AqJournalPosition positions[N_POSITIONS];
  g_auto(Journal) journal = { 0 };
  g_autoptr(GError) error = NULL;

  journal_init (&journal);
  make_three_and_positions (&journal, positions);
  g_assert_cmpint (unlinkat (journal.fd, "000003", 0), ==, 0);
  journal.from = &positions[5];
  assert_damaged (&journal, "'journal/000003' at offset 0");
  g_assert_false (aq_journal_read_range (&journal.io, journal.fd, our_id, &positions[1], &positions[6], on_frame,
                                         journal.read, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  positions[4].crc ^= 1;
  journal.from = &positions[4];
  assert_reads (&journal, "");
  write_segment (&journal);
  assert_damaged (&journal, "'journal/000002' at offset ");
}

static void
test_every_flipped_bit_of_a_range_is_found (void)
{
  AqJournalPosition positions[N_POSITIONS];
  g_auto(Journal) journal = { 0 };
  g_autofree guint8 *bytes = NULL;

  g_test_summary ("In the newest segment too: where a range ends is known");
  journal_init (&journal);
  make_three_and_positions (&journal, positions);
  bytes = g_malloc0 (SMALL_SIZE);
  memcpy (bytes, journal.bytes->data, journal.bytes->len);
  for (gsize bit = 0; bit < journal.bytes->len * 8; bit++)
    {
      g_autoptr(GError) error = NULL;

      bytes[bit / 8] ^= 1 << bit % 8;
      write_file (&journal, 3, bytes, SMALL_SIZE);
      g_assert_false (aq_journal_read_range (&journal.io, journal.fd, our_id, &positions[3], &positions[6], on_frame,
                                             journal.read, &error));
      g_assert_true (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
                     g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION));
      g_assert_nonnull (strstr (error->message, "'journal/"));
      bytes[bit / 8] ^= 1 << bit % 8;
    }
}

static void
rename_segment (Journal *self,
                guint64  from,
                guint64  to)
{
  char from_name[AQ_SEGMENT_NAME_SIZE];
  char to_name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (from, from_name);
  aq_segment_format_name (to, to_name);
  g_assert_cmpint (renameat (self->fd, from_name, self->fd, to_name), ==, 0);
}

static void
test_a_missing_segment_is_found (void)
{
  for (guint64 number = 1; number <= 2; number++)
    {
      g_auto(Journal) journal = { 0 };
      g_autofree char *where = g_strdup_printf ("'journal/%06u' at offset 0", (guint) number);

      journal_init (&journal);
      make_three (&journal);
      rename_segment (&journal, number, 900);
      assert_damaged (&journal, "'journal/000900'");
      g_assert_cmpint (unlinkat (journal.fd, "000900", 0), ==, 0);
      assert_damaged (&journal, where);
    }
}

static void
test_an_empty_journal_is_damage (void)
{
  g_auto(Journal) journal = { 0 };

  journal_init (&journal);
  assert_damaged (&journal, "'journal/000001' at offset 0, sequence 1: the segment is missing");
}

static void
test_swapped_and_doubled_segments_are_found (void)
{
  g_auto(Journal) journal = { 0 };
  g_autofree guint8 *bytes = g_malloc0 (SMALL_SIZE);

  journal_init (&journal);
  make_three (&journal);
  rename_segment (&journal, 1, 900);
  rename_segment (&journal, 2, 1);
  rename_segment (&journal, 900, 2);
  assert_damaged (&journal, "is segment 000002 under another name");
  rename_segment (&journal, 2, 900);
  rename_segment (&journal, 1, 2);
  rename_segment (&journal, 900, 1);
  assert_reads (&journal, THREE);

  memcpy (bytes, journal.bytes->data, journal.bytes->len);
  write_file (&journal, 4, bytes, SMALL_SIZE);
  assert_damaged (&journal, "'journal/000004' at offset 0");
}

static void
test_a_segment_of_another_store_is_found (void)
{
  g_auto(Journal) journal = { 0 };

  journal_init (&journal);
  make_three (&journal);
  begin_segment (&journal, 4, other_id, SMALL_SIZE);
  add_frame (&journal, "foreign-", 0);
  write_segment (&journal);
  assert_damaged (&journal, "'journal/000004' at offset 0, sequence 5: belongs to another store");
}

static void
test_a_segment_of_another_time_is_found (void)
{
  g_auto(Journal) journal = { 0 };

  g_test_summary ("The same store, number and sequences, but another content: from a backup, say");
  journal_init (&journal);
  make_three (&journal);
  g_clear_pointer (&journal.bytes, g_byte_array_unref);
  journal.header = (AqSegmentHeader) { 0 };
  journal.sequence = 1;
  journal.crc = 0;
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "other---", 0);
  add_frame (&journal, "things--", 0);
  write_segment (&journal);
  assert_damaged (&journal, "'journal/000001'");
}

/* three frames, of which the second is of one's own choice */
static void
make_row (Journal    *self,
          const char *second)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->header = (AqSegmentHeader) { 0 };
  self->sequence = 1;
  self->crc = 0;
  begin_segment (self, 1, our_id, SMALL_SIZE);
  add_frame (self, "first---", 0);
  add_frame (self, second, 0);
}

static void
test_a_frame_of_another_time_is_found (void)
{
  const gsize offset = AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE + 8;
  guint8 other[AQ_FRAME_HEADER_SIZE + 8];
  g_auto(Journal) journal = { 0 };

  g_test_summary ("The same place, number and length, its checksums good: only the one behind it can tell");
  journal_init (&journal);
  make_row (&journal, "other---");
  memcpy (other, journal.bytes->data + offset, sizeof other);
  make_row (&journal, "second--");
  add_frame (&journal, "third---", 0);
  memcpy (journal.bytes->data + offset, other, sizeof other);
  write_segment (&journal);
  assert_damaged (&journal, "does not follow on the one before it");
}

static void
test_an_abandoned_segment_does_not_count (void)
{
  g_auto(Journal) journal = { 0 };
  AqSegmentHeader before;
  guint32 crc;
  gsize end;

  g_test_summary ("Its flush failed, whatever is in it: the next one hangs on the one before it");
  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", 0);
  write_segment (&journal);
  before = journal.header;
  crc = journal.crc;
  end = journal.bytes->len;
  begin_segment (&journal, 2, our_id, SMALL_SIZE);
  add_frame (&journal, "second--", 0);
  write_segment (&journal);

  journal.header = before;
  journal.crc = crc;
  journal.sequence = 2;
  g_byte_array_set_size (journal.bytes, end);
  begin_segment (&journal, 3, our_id, SMALL_SIZE);
  add_frame (&journal, "second--", 0);
  write_segment (&journal);
  assert_reads (&journal, "first---second--");
  g_assert_cmpint (unlinkat (journal.fd, "000002", 0), ==, 0);
  assert_reads (&journal, "first---second--");
}

static void
test_what_was_made_ahead_is_not_read (void)
{
  g_auto(Journal) journal = { 0 };
  g_autofree guint8 *zeros = g_malloc0 (AQ_SEGMENT_MIN_SIZE);
  AqJournalPosition end;

  journal_init (&journal);
  make_three (&journal);
  write_file (&journal, 4, zeros, AQ_SEGMENT_MIN_SIZE);
  write_file (&journal, 5, zeros, 0);
  assert_reads (&journal, THREE);
  g_assert_true (read_journal (&journal, &end, NULL));
  g_assert_cmpuint (end.segment, ==, 3);
}

static void
test_a_damaged_header_before_good_frames_is_found (void)
{
  g_auto(Journal) journal = { 0 };

  journal_init (&journal);
  make_three (&journal);
  begin_segment (&journal, 4, our_id, AQ_SEGMENT_MIN_SIZE);
  add_frame (&journal, "fifth---", 0);
  journal.bytes->data[30] ^= 1;
  write_segment (&journal);
  assert_damaged (&journal, "'journal/000004' at offset 0, sequence 5: the header is damaged");
}

static void
test_a_newer_version_is_refused (void)
{
  g_auto(Journal) journal = { 0 };
  g_autoptr(GError) error = NULL;
  AqJournalPosition end;
  guint32 crc;

  journal_init (&journal);
  make_three (&journal);
  journal.bytes->data[4] = AQ_SEGMENT_VERSION + 1;
  crc = GUINT32_TO_LE (aq_crc32c (0, journal.bytes->data, AQ_SEGMENT_HEADER_SIZE - 4));
  memcpy (journal.bytes->data + AQ_SEGMENT_HEADER_SIZE - 4, &crc, sizeof crc);
  write_segment (&journal);
  g_assert_false (read_journal (&journal, &end, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION);
}

static void
test_frames_that_look_alike_in_data_are_not_taken_for_frames (void)
{
  g_auto(Journal) journal = { 0 };
  guint8 copy[AQ_FRAME_HEADER_SIZE + 8];

  g_test_summary ("A torn frame whose content is itself a frame, moved from elsewhere");
  journal_init (&journal);
  begin_segment (&journal, 1, our_id, SMALL_SIZE);
  add_frame (&journal, "first---", 0);
  memcpy (copy, journal.bytes->data + journal.last_offset, sizeof copy);
  g_byte_array_append (journal.bytes, (const guint8 *) "torn----", 8);
  g_byte_array_append (journal.bytes, copy, sizeof copy);
  write_segment (&journal);
  g_test_expect_message (STORE_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*never acknowledged*");
  assert_reads (&journal, "first---");
  g_test_assert_expected_messages ();
}

static void
test_names_of_segments (void)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  guint64 number;

  aq_segment_format_name (7, name);
  g_assert_cmpstr (name, ==, "000007");
  aq_segment_format_name (12345678, name);
  g_assert_cmpstr (name, ==, "12345678");
  g_assert_true (aq_segment_parse_name (name, &number));
  g_assert_cmpuint (number, ==, 12345678);
  g_assert_false (aq_segment_parse_name ("000000", &number));
  g_assert_false (aq_segment_parse_name ("7", &number));
  g_assert_false (aq_segment_parse_name ("0000007", &number));
  g_assert_false (aq_segment_parse_name ("000007~", &number));
  g_assert_false (aq_segment_parse_name ("-00007", &number));
  g_assert_false (aq_segment_parse_name ("next", &number));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal/frames come back in order", test_frames_come_back_in_order);
  g_test_add_func ("/journal/only a marked end with nothing behind it is clean", test_only_a_marked_end_is_clean);
  g_test_add_func ("/journal/every flipped bit is found", test_every_flipped_bit_is_found);
  g_test_add_func ("/journal/an empty frame covers the one before it", test_an_empty_frame_covers_the_one_before_it);
  g_test_add_func ("/journal/every flipped bit of an older segment is found",
                   test_every_flipped_bit_of_an_older_segment_is_found);
  g_test_add_func ("/journal/every torn end is cut", test_every_torn_end_is_cut);
  g_test_add_func ("/journal/every truncation is found", test_every_truncation_is_found);
  g_test_add_func ("/journal/a journal that does not reach its tail is damaged", test_a_journal_reaches_its_tail);
  g_test_add_func ("/journal/the tail says whether the end is clean", test_the_tail_says_whether_the_end_is_clean);
  g_test_add_func ("/journal/a recycled segment has no frames of its former life",
                   test_a_recycled_segment_has_no_frames_of_its_former_life);
  g_test_add_func ("/journal/a range is exactly its frames", test_a_range_is_exactly_its_frames);
  g_test_add_func ("/journal/what is before a position need not be there",
                   test_what_is_before_a_position_need_not_be_there);
  g_test_add_func ("/journal/a journal that does not reach a position is damaged",
                   test_a_journal_that_does_not_reach_a_position_is_damaged);
  g_test_add_func ("/journal/every flipped bit of a range is found", test_every_flipped_bit_of_a_range_is_found);
  g_test_add_func ("/journal/a missing segment is found", test_a_missing_segment_is_found);
  g_test_add_func ("/journal/an empty journal is damage", test_an_empty_journal_is_damage);
  g_test_add_func ("/journal/swapped and doubled segments are found", test_swapped_and_doubled_segments_are_found);
  g_test_add_func ("/journal/a segment of another store is found", test_a_segment_of_another_store_is_found);
  g_test_add_func ("/journal/a segment of another time is found", test_a_segment_of_another_time_is_found);
  g_test_add_func ("/journal/a frame of another time is found", test_a_frame_of_another_time_is_found);
  g_test_add_func ("/journal/an abandoned segment does not count", test_an_abandoned_segment_does_not_count);
  g_test_add_func ("/journal/what was made ahead is not read", test_what_was_made_ahead_is_not_read);
  g_test_add_func ("/journal/a damaged header before good frames is found",
                   test_a_damaged_header_before_good_frames_is_found);
  g_test_add_func ("/journal/a newer version is refused", test_a_newer_version_is_refused);
  g_test_add_func ("/journal/what looks like a frame in users' data is none",
                   test_frames_that_look_alike_in_data_are_not_taken_for_frames);
  g_test_add_func ("/journal/names of segments have one spelling", test_names_of_segments);
  return g_test_run ();
}
