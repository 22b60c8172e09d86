/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The history's reader
 *
 * Reads frames of a journal whose end moves on. It is told with every question
 * how far the journal is flushed, and looks at no byte behind that: from there
 * back nothing is ever written again, so writer and reader need not know of each
 * other. The newest segment comes with the question; the headers lead from it
 * back to those that are known already.
 *
 * A segment is entered near the frame that is wanted: while it is read for the
 * first time a mark is set every MARK_DISTANCE. Frames that are passed over are
 * checked by their headers, those that are told of by their content too.
 *
 * The oldest segments go while they are read: the file is gone, or has no header
 * any more, or bytes of another segment in it. A segment counts as gone, and not
 * as damaged, if it need not be there any more and its header is not. What was
 * read of it and found good before is good: a checksum covers the segment's number.
 *
 * Where one answer ends the next one usually begins, so the place is kept, in the
 * middle of a frame even; and so is the window of bytes that lies there.
 */

#include "config.h"

#include "store/aq-history-reader.h"

#include "core/aq-annotation.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-history-request.h"
#include "store/aq-journal-reader.h"
#include "store/aq-record.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WINDOW_SIZE (256 * 1024)
#define MARK_DISTANCE (256 * 1024)

/* a larger window is not kept for the next frame */
#define MAX_WINDOW_SIZE (4 * 1024 * 1024)

/* an answer that has something ends after so many bytes, so that the next question need not wait */
#define MAX_ANSWER_BYTES (16 * 1024 * 1024)

/* a place between two frames */
typedef struct
{
  guint64 offset;
  guint64 sequence; /* of the transaction that comes next */
  guint32 crc;      /* of the frame before it */
} Place;

typedef struct
{
  guint64  number;
  guint64  first_sequence;
  guint32  seed;
  GArray  *marks; /* of Place, by offset; owned; the first one is its beginning */

  /* behind the last frame that may be read */
  guint64  limit;
  guint32  limit_crc;
} Segment;

struct _AqHistoryReader
{
  AqStoreIo *io;           /* borrowed */
  int        directory_fd; /* borrowed */
  guint8     store_id[AQ_STORE_ID_SIZE];
  AqHistoryKeepFunc get_keep;
  gpointer   keep_data;
  GArray    *segments;     /* of Segment, all that are known, by number; owned */

  /* the segment that is open */
  int        fd;           /* owned; -1: none is */
  guint      index;

  /* what of it is in memory */
  guint8    *window;       /* owned */
  gsize      allocated;
  gsize      window_size;
  guint64    window_start;

  /* where we are; between frames if nothing is left of `frame` */
  gboolean   placed;
  Place      next;         /* frame; `sequence` of it is that of the next transaction */
  AqFrame    frame;
  guint64    frame_offset;
  AqReader   rest;         /* of the frame's content, in the window */
};

static void
clear_segment (gpointer data)
{
  Segment *segment = data;

  g_clear_pointer (&segment->marks, g_array_unref);
}

static void
close_segment (AqHistoryReader *self)
{
  if (self->fd >= 0)
    (void) close (self->fd); /* only read */
  self->fd = -1;
  self->window_size = 0;
  self->placed = FALSE;
}

/**
 * aq_history_reader_new:
 * @io: the system calls, borrowed
 * @directory_fd: the journal's directory, borrowed
 * @store_id: the store's id
 * @get_keep: which segments are there for certain
 * @user_data: for @get_keep
 *
 * Returns: (transfer full): a reader, which has read nothing yet
 */
AqHistoryReader *
aq_history_reader_new (AqStoreIo         *io,
                       int                directory_fd,
                       const guint8       store_id[AQ_STORE_ID_SIZE],
                       AqHistoryKeepFunc  get_keep,
                       gpointer           user_data)
{
  AqHistoryReader *self = g_new0 (AqHistoryReader, 1);

  self->io = io;
  self->directory_fd = directory_fd;
  self->get_keep = get_keep;
  self->keep_data = user_data;
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
  self->segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  g_array_set_clear_func (self->segments, clear_segment);
  self->fd = -1;
  return self;
}

void
aq_history_reader_free (AqHistoryReader *self)
{
  aq_history_reader_rest (self);
  g_array_unref (self->segments);
  g_free (self);
}

/**
 * aq_history_reader_rest:
 * @self: a reader
 *
 * Lets go of the file and the bytes at hand; the marks stay.
 */
void
aq_history_reader_rest (AqHistoryReader *self)
{
  close_segment (self);
  g_clear_pointer (&self->window, g_free);
  self->allocated = 0;
}

static Segment *
segment_at (AqHistoryReader *self,
            guint            index)
{
  return &g_array_index (self->segments, Segment, index);
}

/* segments */

/* Returns: a descriptor, or -1 with @error set */
static int
open_segment (AqHistoryReader  *self,
              guint64           number,
              GError          **error)
{
  g_autoptr(GError) local_error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDONLY | O_NONBLOCK, &local_error);
  if (fd >= 0)
    return fd;
  if (errno == ENOENT)
    aq_journal_set_damage (error, number, 0, 0, "the segment is missing");
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return -1;
}

static gboolean
read_header (AqHistoryReader  *self,
             guint64           number,
             AqSegmentHeader  *out_header,
             GError          **error)
{
  guint8 bytes[AQ_SEGMENT_HEADER_SIZE];
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd = open_segment (self, number, error);
  gsize n_bytes = 0;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  aq_segment_format_name (number, name);
  ok = aq_store_io_read (self->io, fd, name, bytes, sizeof bytes, 0, &n_bytes, error);
  (void) close (fd); /* only read */
  if (!ok)
    return FALSE;
  if (aq_segment_header_read (out_header, bytes, n_bytes) != AQ_SEGMENT_GOOD ||
      out_header->number != number || out_header->previous_number >= number ||
      memcmp (out_header->store_id, self->store_id, AQ_STORE_ID_SIZE) != 0)
    return aq_journal_set_damage (error, number, 0, 0, "the header is damaged");
  return TRUE;
}

static void
add_segment (AqHistoryReader       *self,
             const AqSegmentHeader *header)
{
  Segment segment = {
    .number = header->number,
    .first_sequence = header->first_sequence,
    .seed = aq_segment_seed (self->store_id, header->number),
    .marks = g_array_new (FALSE, FALSE, sizeof (Place)),
  };
  Place beginning = {
    .offset = AQ_SEGMENT_HEADER_SIZE,
    .sequence = header->first_sequence,
    .crc = header->previous_crc,
  };

  if (self->segments->len > 0)
    {
      Segment *previous = segment_at (self, self->segments->len - 1);

      previous->limit = header->previous_end;
      previous->limit_crc = header->previous_crc;
    }
  g_array_append_val (segment.marks, beginning);
  g_array_append_val (self->segments, segment);
}

static gboolean
is_gone (AqHistoryReader *self,
         guint64          number)
{
  g_autoptr(GError) error = NULL;
  AqSegmentHeader header;

  return number < self->get_keep (self->keep_data) && !read_header (self, number, &header, &error) &&
         g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
}

/* Returns: whether any of the segments that are known have gone, and so have those before them */
static gboolean
forget_gone (AqHistoryReader *self)
{
  guint n_gone = 0;

  for (guint i = 0; i < self->segments->len && segment_at (self, i)->number < self->get_keep (self->keep_data); i++)
    if (is_gone (self, segment_at (self, i)->number))
      n_gone = i + 1;
  if (n_gone == 0)
    return FALSE;
  close_segment (self);
  g_array_remove_range (self->segments, 0, n_gone);
  return TRUE;
}

/* those that were begun since the last question, and where the newest one ends */
static gboolean
learn_segments (AqHistoryReader          *self,
                const AqJournalPosition  *end,
                GError                  **error)
{
  guint64 known = self->segments->len > 0 ? segment_at (self, self->segments->len - 1)->number : 0;
  g_autoptr(GArray) headers = g_array_new (FALSE, FALSE, sizeof (AqSegmentHeader));
  AqSegmentHeader header = { .previous_number = end->segment };
  g_autoptr(GError) local_error = NULL;
  Segment *newest;

  while (header.previous_number != known)
    {
      guint64 number = header.previous_number;

      if (number < known)
        return aq_journal_set_damage (error, header.number, 0, header.first_sequence,
                                      "the header leads past segment %06" G_GUINT64_FORMAT, known);
      if (!read_header (self, number, &header, &local_error))
        {
          if (headers->len == 0 || !is_gone (self, number))
            {
              g_propagate_error (error, g_steal_pointer (&local_error));
              return FALSE;
            }
          close_segment (self);
          g_array_set_size (self->segments, 0);
          break;
        }
      g_array_append_val (headers, header);
    }
  for (guint i = headers->len; i > 0; i--)
    add_segment (self, &g_array_index (headers, AqSegmentHeader, i - 1));

  newest = segment_at (self, self->segments->len - 1);
  newest->limit = end->end;
  newest->limit_crc = end->crc;
  return TRUE;
}

static gboolean
use_segment (AqHistoryReader  *self,
             guint             index,
             GError          **error)
{
  if (self->fd >= 0 && self->index == index)
    return TRUE;
  if (self->fd >= 0)
    (void) close (self->fd); /* only read */
  self->window_size = 0;
  self->index = index;
  self->fd = open_segment (self, segment_at (self, index)->number, error);
  return self->fd >= 0;
}

/* bytes */

static gboolean
reserve (AqHistoryReader  *self,
         gsize             size,
         GError          **error)
{
  if (size <= self->allocated && self->allocated <= MAX_WINDOW_SIZE)
    return TRUE;
  self->window_size = 0;
  self->allocated = 0;
  g_free (self->window);
  self->window = g_try_malloc (size);
  if (self->window == NULL)
    {
      aq_store_io_set_error (error, ENOMEM, "read", "journal");
      return FALSE;
    }
  self->allocated = size;
  return TRUE;
}

/* Returns: @size bytes at @offset, all of them before the limit; valid until the next call */
static const guint8 *
look (AqHistoryReader  *self,
      guint64           offset,
      gsize             size,
      GError          **error)
{
  const Segment *segment = segment_at (self, self->index);
  gsize wanted = MIN (MAX (size, WINDOW_SIZE), segment->limit - offset);
  char name[AQ_SEGMENT_NAME_SIZE];
  gsize n_bytes = 0;

  if (offset >= self->window_start && offset - self->window_start <= self->window_size &&
      size <= self->window_size - (offset - self->window_start))
    return self->window + (offset - self->window_start);

  if (!reserve (self, MAX (wanted, WINDOW_SIZE), error))
    return NULL;
  self->window_size = 0;
  aq_segment_format_name (segment->number, name);
  if (!aq_store_io_read (self->io, self->fd, name, self->window, wanted, offset, &n_bytes, error))
    return NULL;
  if (n_bytes < wanted)
    {
      aq_journal_set_damage (error, segment->number, offset + n_bytes, self->next.sequence,
                             "the segment ends here");
      return NULL;
    }
  self->window_start = offset;
  self->window_size = wanted;
  return self->window;
}

/* frames */

static gboolean
set_bad_frame (AqHistoryReader  *self,
               GError          **error)
{
  return aq_journal_set_damage (error, segment_at (self, self->index)->number, self->next.offset,
                                self->next.sequence, "the frame is damaged");
}

static void
set_mark (AqHistoryReader *self)
{
  GArray *marks = segment_at (self, self->index)->marks;

  if (self->next.offset >= g_array_index (marks, Place, marks->len - 1).offset + MARK_DISTANCE)
    g_array_append_val (marks, self->next);
}

/* from the end of a segment to the beginning of the next */
static gboolean
turn_page (AqHistoryReader  *self,
           GError          **error)
{
  const Segment *segment;

  if (!use_segment (self, self->index + 1, error))
    return FALSE;
  segment = segment_at (self, self->index);
  if (segment->first_sequence != self->next.sequence)
    return aq_journal_set_damage (error, segment->number, 0, self->next.sequence,
                                  "begins with sequence %" G_GUINT64_FORMAT,
                                  segment->first_sequence);
  self->next.offset = AQ_SEGMENT_HEADER_SIZE;
  return TRUE;
}

/* the header of the next frame, which is before the limit, to self->frame */
static gboolean
read_frame_header (AqHistoryReader  *self,
                   GError          **error)
{
  const Segment *segment = segment_at (self, self->index);
  guint64 left = segment->limit - self->next.offset;
  const guint8 *header;

  if (left < AQ_FRAME_HEADER_SIZE)
    return set_bad_frame (self, error);
  header = look (self, self->next.offset, AQ_FRAME_HEADER_SIZE, error);
  if (header == NULL)
    return FALSE;
  if (!aq_frame_header_read (&self->frame, segment->seed, self->next.offset, header) ||
      self->frame.length > left - AQ_FRAME_HEADER_SIZE ||
      self->frame.sequence != self->next.sequence || self->frame.previous_crc != self->next.crc)
    return set_bad_frame (self, error);
  return TRUE;
}

static gboolean
read_frame_content (AqHistoryReader  *self,
                    GError          **error)
{
  const guint8 *bytes = look (self, self->next.offset, AQ_FRAME_HEADER_SIZE + self->frame.length,
                              error);

  if (bytes == NULL)
    return FALSE;
  bytes += AQ_FRAME_HEADER_SIZE;
  if (!aq_frame_has_content (&self->frame, segment_at (self, self->index)->seed, bytes))
    return set_bad_frame (self, error);
  self->rest = aq_reader_init (bytes, self->frame.length);
  return TRUE;
}

static void
pass_frame (AqHistoryReader *self)
{
  self->frame_offset = self->next.offset;
  self->next.offset += AQ_FRAME_HEADER_SIZE + self->frame.length;
  self->next.crc = self->frame.crc;
}

/* Goes to the frame that @sequence is in. @out_at_end: there is none */
static gboolean
find_frame (AqHistoryReader  *self,
            guint64           sequence,
            gboolean         *out_at_end,
            GError          **error)
{
  for (;;)
    {
      const Segment *segment = segment_at (self, self->index);

      if (self->next.offset >= segment->limit)
        {
          if (self->next.offset > segment->limit || self->next.crc != segment->limit_crc)
            return set_bad_frame (self, error);
          *out_at_end = self->index + 1 == self->segments->len;
          if (*out_at_end)
            return TRUE;
          if (!turn_page (self, error))
            return FALSE;
          continue;
        }
      set_mark (self);
      if (!read_frame_header (self, error))
        return FALSE;
      if (self->frame.sequence + self->frame.n_transactions > sequence)
        {
          if (!read_frame_content (self, error))
            return FALSE;
          pass_frame (self);
          return TRUE;
        }
      pass_frame (self);
      self->next.sequence += self->frame.n_transactions;
    }
}

/* transactions */

static gboolean
read_changes (AqReader                   *records,
              const AqTransactionRecord  *transaction,
              GArray                     *out_changes,
              GError                    **error)
{
  guint32 n_records = 0;

  for (; aq_reader_left (records) > 0; n_records++)
    {
      g_auto(AqRecord) record = { 0 };
      AqJobChange change;

      if (!aq_record_read (records, &record, error))
        return FALSE;
      if (record.kind != AQ_RECORD_JOB || !(record.job.parts & AQ_JOB_PART_STATE))
        continue;
      change = (AqJobChange) {
        .id = record.job.id,
        .sequence = transaction->sequence,
        .time_usec = transaction->wall_usec,
        .attempt = record.job.attempt,
        .state = record.job.state,
        .outcome = record.job.outcome,
        .is_annotation = aq_annotation_is_change (record.job.parts),
      };
      g_array_append_val (out_changes, change);
    }
  if (n_records == transaction->n_records)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
               "transaction %" G_GUINT64_FORMAT " has %u records and should have %u",
               transaction->sequence, n_records, transaction->n_records);
  return FALSE;
}

/* the next transaction of the frame; one before @wanted is passed over */
static gboolean
read_transaction (AqHistoryReader  *self,
                  guint64           wanted,
                  GArray           *out_changes,
                  GError          **error)
{
  AqTransactionRecord transaction;
  AqReader records;

  if (!aq_record_read_transaction (&self->rest, &transaction, &records, error))
    return FALSE;
  if (transaction.sequence != self->next.sequence ||
      (aq_reader_left (&self->rest) == 0) !=
          (transaction.sequence + 1 == self->frame.sequence + self->frame.n_transactions))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
                   "transaction %" G_GUINT64_FORMAT " is in the place of another",
                   transaction.sequence);
      return FALSE;
    }
  if (transaction.sequence >= wanted && !read_changes (&records, &transaction, out_changes, error))
    return FALSE;
  self->next.sequence++;
  return TRUE;
}

static gboolean
take_transaction (AqHistoryReader  *self,
                  guint64           wanted,
                  GArray           *out_changes,
                  GError          **error)
{
  g_autoptr(GError) local_error = NULL;

  if (read_transaction (self, wanted, out_changes, &local_error))
    return TRUE;
  if (g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
    aq_journal_set_damage (error, segment_at (self, self->index)->number, self->frame_offset,
                           self->next.sequence, "%s", local_error->message);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Returns: the last of the marks that is not behind @sequence */
static const Place *
find_mark (const Segment *segment,
           guint64        sequence)
{
  guint low = 0;
  guint high = segment->marks->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (segment->marks, Place, middle).sequence <= sequence)
        low = middle;
      else
        high = middle;
    }
  return &g_array_index (segment->marks, Place, low);
}

/* before @sequence, and not far */
static gboolean
find_place (AqHistoryReader  *self,
            guint64           sequence,
            GError          **error)
{
  guint low = 0;
  guint high = self->segments->len;

  if (self->placed && self->next.sequence == sequence)
    return TRUE;
  if (sequence < segment_at (self, 0)->first_sequence)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the history begins at sequence %" G_GUINT64_FORMAT,
                   segment_at (self, 0)->first_sequence);
      return FALSE;
    }
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (segment_at (self, middle)->first_sequence <= sequence)
        low = middle;
      else
        high = middle;
    }
  if (!use_segment (self, low, error))
    return FALSE;
  self->next = *find_mark (segment_at (self, low), sequence);
  self->rest = (AqReader) { 0 };
  self->placed = TRUE;
  return TRUE;
}

static gboolean
collect (AqHistoryReader          *self,
         const AqJournalPosition  *end,
         guint64                   wanted,
         guint                     max_changes,
         GArray                   *out_changes,
         GError                  **error)
{
  gsize n_bytes = 0;

  while (out_changes->len == 0 ||
         (out_changes->len < max_changes && n_bytes < MAX_ANSWER_BYTES))
    {
      gboolean at_end = FALSE;
      gsize left;

      if (aq_reader_left (&self->rest) == 0 &&
          !find_frame (self, MAX (wanted, self->next.sequence), &at_end, error))
        return FALSE;
      if (at_end && self->next.sequence != end->next_sequence)
        return set_bad_frame (self, error);
      if (at_end)
        return TRUE;
      left = aq_reader_left (&self->rest);
      if (!take_transaction (self, wanted, out_changes, error))
        return FALSE;
      n_bytes += left - aq_reader_left (&self->rest);
    }
  return TRUE;
}

/**
 * aq_history_reader_read:
 * @self: a reader
 * @end: how far the journal may be read; never before where it was
 * @after_sequence: the transaction before the first that is wanted
 * @max_changes: about how many changes, at least 1
 * @out_changes: (element-type AqJobChange): empty; gets the changes of whole
 *   transactions, none if there are no more
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset and sequence;
 * `ASYNCQ_ERROR_STORE_FAILED`; `ASYNCQ_ERROR_INVALID` when @after_sequence is
 * behind @end, or before the first segment.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_history_reader_read (AqHistoryReader          *self,
                        const AqJournalPosition  *end,
                        guint64                   after_sequence,
                        guint                     max_changes,
                        GArray                   *out_changes,
                        GError                  **error)
{
  guint64 wanted = after_sequence + 1;

  if (!aq_history_check_sequence (after_sequence, end->next_sequence - 1, error))
    return FALSE;
  if (wanted == end->next_sequence)
    return TRUE;
  for (;;)
    {
      g_autoptr(GError) local_error = NULL;

      if (learn_segments (self, end, &local_error) && find_place (self, wanted, &local_error) &&
          collect (self, end, wanted, max_changes, out_changes, &local_error))
        return TRUE;
      self->placed = FALSE;
      g_array_set_size (out_changes, 0);
      if (!forget_gone (self))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
}
