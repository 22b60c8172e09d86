/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The writing end of the journal
 *
 * A segment has its final size from the start, so a flush never has to write a
 * new size; where there was time, its blocks are written with zeros ahead, so a
 * flush has no blocks to allocate either. It gets its header together with its
 * first frame, in one write.
 *
 * A descriptor whose write or flush has failed is closed and its segment left as
 * it is. The header of the next one says where the last good frame ends, so what
 * lies behind it does not count, whatever became of it.
 */

#include "config.h"

#include "store/aq-segment-writer.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-journal-reader.h"

#include <fcntl.h>
#include <unistd.h>

#define PREWRITE_STEP (256 * 1024)

static guint64
next_size (guint64 used)
{
  guint64 size = (used * 2 + AQ_SEGMENT_MIN_SIZE - 1) / AQ_SEGMENT_MIN_SIZE * AQ_SEGMENT_MIN_SIZE;

  return CLAMP (size, AQ_SEGMENT_MIN_SIZE, AQ_SEGMENT_MAX_SIZE);
}

/* Errors: as aq_store_io_open() and its friends; then the file may be there, empty or zeros. */
static int
create_segment (AqSegmentWriter *self,
                guint64          number,
                guint64          size,
                GError         **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR | O_CREAT, error);
  if (fd < 0)
    return -1;
  /* one of this number was never used: made ahead, or torn before its first flush */
  if (!aq_store_io_resize (self->io, fd, name, 0, error) ||
      !aq_store_io_resize (self->io, fd, name, size, error) ||
      !aq_store_io_flush (self->io, fd, name, error) ||
      !aq_store_io_flush (self->io, self->directory_fd, "journal", error))
    {
      (void) close (fd); /* nothing was written */
      return -1;
    }
  return fd;
}

/*
 * Zeros one step further; @prewritten is behind everything that was written.
 * @out_usable: whether the descriptor may still be trusted after an error
 */
static gboolean
prewrite (AqSegmentWriter *self,
          int              fd,
          guint64          number,
          guint64          size,
          guint64         *prewritten,
          gboolean        *out_usable,
          GError         **error)
{
  gsize n_bytes = MIN (size - *prewritten, PREWRITE_STEP - *prewritten % PREWRITE_STEP);
  g_autoptr(GError) local_error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, name);
  if (!aq_store_io_write (self->io, fd, name, self->zeros, n_bytes, *prewritten, &local_error))
    /* on a full disk what was prewritten before is all the space there is: keep it */
    *out_usable = g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  else if (!aq_store_io_flush_data (self->io, fd, name, &local_error))
    *out_usable = FALSE;
  else
    *prewritten += n_bytes;

  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* none is written to from now on; what was flushed stays */
static void
leave_segment (AqSegmentWriter *self)
{
  if (self->fd < 0)
    return;
  (void) close (self->fd); /* flushed, or given up */
  self->fd = -1;
  if (self->end > 0)
    self->closed = self->last;
}

static void
drop_ready (AqSegmentWriter *self)
{
  if (self->ready_fd < 0)
    return;
  (void) self->io->ftruncate (self->io, self->ready_fd, 0); /* only gives space back */
  (void) close (self->ready_fd);                            /* never used */
  self->ready_fd = -1;
}

static void
use_segment (AqSegmentWriter *self,
             int              fd,
             guint64          number,
             guint64          size,
             guint64          prewritten)
{
  self->fd = fd;
  self->number = number;
  self->size = size;
  self->end = 0;
  self->prewritten = prewritten;
  self->seed = aq_segment_seed (self->store_id, number);
  self->ready_failed = FALSE;
}

/* a segment with @needed bytes at least, headers included */
static gboolean
start_segment (AqSegmentWriter *self,
               guint64          needed,
               GError         **error)
{
  guint64 size = MAX (next_size (self->last.end), needed);
  int fd;

  leave_segment (self);
  if (self->ready_fd >= 0 && self->ready_size >= needed)
    {
      use_segment (self, self->ready_fd, self->ready_number, self->ready_size,
                   self->ready_prewritten);
      self->ready_fd = -1;
      return TRUE;
    }
  drop_ready (self);
  fd = create_segment (self, ++self->newest, size, error);
  if (fd < 0)
    return FALSE;
  use_segment (self, fd, self->newest, size, 0);
  return TRUE;
}

/* goes on behind the last frame of a journal that was closed */
static gboolean
continue_segment (AqSegmentWriter         *self,
                  const AqJournalPosition *position,
                  GError                 **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (position->segment, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR, error);
  if (fd < 0)
    return FALSE;
  /* most of it was prewritten by whoever made it, and is not worth writing again */
  use_segment (self, fd, position->segment, position->segment_size, position->segment_size);
  self->end = position->end;
  return TRUE;
}

static gboolean
read_header (AqSegmentWriter  *self,
             guint64           number,
             AqSegmentHeader  *out_header,
             GError          **error)
{
  guint8 bytes[AQ_SEGMENT_HEADER_SIZE];
  char name[AQ_SEGMENT_NAME_SIZE];
  gsize n_bytes = 0;
  gboolean ok;
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDONLY, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_read (self->io, fd, name, bytes, sizeof bytes, 0, &n_bytes, error);
  (void) close (fd); /* only read */
  if (ok && aq_segment_header_read (out_header, bytes, n_bytes) != AQ_SEGMENT_GOOD)
    return aq_journal_set_damage (error, number, 0, 0, "the header is damaged");
  return ok;
}

/* where the segments end that get no more frames */
static gboolean
find_closed (AqSegmentWriter          *self,
             const AqJournalPosition  *position,
             GError                  **error)
{
  AqSegmentHeader header;

  self->closed = *position;
  if (!position->clean)
    return TRUE;
  if (!read_header (self, position->segment, &header, error))
    return FALSE;
  self->closed = (AqJournalPosition) {
    .segment = header.previous_number,
    .end = header.previous_end,
    .crc = header.previous_crc,
    .next_sequence = header.first_sequence,
  };
  return TRUE;
}

/**
 * aq_segment_writer_init:
 * @self: memory for a writer
 * @io: the system calls, borrowed
 * @directory_fd: the journal's directory, borrowed
 * @store_id: the store's id
 * @position: where the journal ends
 * @error: return location for an error
 *
 * Opens the segment that the next frame goes to: the last one if the journal was
 * closed cleanly, else a new one, so that nothing is written over what a crash
 * has left.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; then there is
 * nothing to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_segment_writer_init (AqSegmentWriter         *self,
                        AqStoreIo               *io,
                        int                      directory_fd,
                        const guint8             store_id[AQ_STORE_ID_SIZE],
                        const AqJournalPosition *position,
                        GError                 **error)
{
  gboolean usable;
  gboolean ok;

  *self = (AqSegmentWriter) {
    .io = io,
    .directory_fd = directory_fd,
    .zeros = g_malloc0 (PREWRITE_STEP),
    .newest = position->segment,
    .last = *position,
    .fd = -1,
    .ready_fd = -1,
  };
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);

  if (!find_closed (self, position, error))
    ok = FALSE;
  else if (position->clean)
    ok = continue_segment (self, position, error);
  else
    ok = start_segment (self, 0, error);
  while (ok && !position->clean && self->prewritten < AQ_SEGMENT_MIN_SIZE)
    ok = prewrite (self, self->fd, self->number, self->size, &self->prewritten, &usable, error);
  if (!ok)
    aq_segment_writer_clear (self);
  return ok;
}

void
aq_segment_writer_clear (AqSegmentWriter *self)
{
  leave_segment (self);
  if (self->ready_fd >= 0)
    (void) close (self->ready_fd); /* never used */
  self->ready_fd = -1;
  g_clear_pointer (&self->zeros, g_free);
}

/* Returns: the first byte to write, before the content in @buffer, which needs room for it */
static guint8 *
write_headers (AqSegmentWriter *self,
               AqFrame         *frame,
               AqBuffer        *buffer)
{
  guint8 *content = buffer->data + AQ_FRAME_HEADROOM;
  guint8 *start = content - AQ_FRAME_HEADER_SIZE;
  guint64 offset = self->end;

  if (self->end == 0)
    {
      AqSegmentHeader header = {
        .number = self->number,
        .size = self->size,
        .first_sequence = frame->sequence,
        .previous_number = self->last.segment,
        .previous_end = self->last.end,
        .previous_crc = self->last.crc,
      };

      memcpy (header.store_id, self->store_id, AQ_STORE_ID_SIZE);
      start = buffer->data;
      aq_segment_header_write (&header, start);
      offset = AQ_SEGMENT_HEADER_SIZE;
    }
  frame->previous_crc = self->last.crc;
  aq_frame_seal (frame, self->seed, offset, content, content - AQ_FRAME_HEADER_SIZE);
  return start;
}

static gboolean
append_once (AqSegmentWriter *self,
             AqFrame         *frame,
             AqBuffer        *buffer,
             GError         **error)
{
  guint64 needed = AQ_FRAME_HEADER_SIZE + frame->length;
  char name[AQ_SEGMENT_NAME_SIZE];
  const guint8 *start;
  gsize n_bytes;

  if (self->fd < 0 || needed > self->size - MAX (self->end, AQ_SEGMENT_HEADER_SIZE))
    if (!start_segment (self, AQ_SEGMENT_HEADER_SIZE + needed, error))
      return FALSE;

  aq_segment_format_name (self->number, name);
  start = write_headers (self, frame, buffer);
  n_bytes = (gsize) (buffer->data + buffer->size - start);
  if (!aq_store_io_write (self->io, self->fd, name, start, n_bytes, self->end, error) ||
      !aq_store_io_flush_data (self->io, self->fd, name, error))
    return FALSE;

  self->end += n_bytes;
  self->prewritten = MAX (self->prewritten, self->end);
  self->last = (AqJournalPosition) {
    .segment = self->number,
    .segment_size = self->size,
    .end = self->end,
    .crc = frame->crc,
    .next_sequence = frame->sequence + frame->n_transactions,
  };
  return TRUE;
}

/**
 * aq_segment_writer_append:
 * @self: a writer
 * @frame: its length, sequence, number of transactions and flags; the rest is set
 * @buffer: %AQ_FRAME_HEADROOM free bytes, then the content
 * @error: return location for an error
 *
 * Writes a frame behind the last one and flushes it. If a write or a flush
 * fails, writes it to a new segment once more.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; then it is
 * unknown what is on the disk, and the writer can only be cleared.
 *
 * Returns: whether the frame is flushed
 */
gboolean
aq_segment_writer_append (AqSegmentWriter  *self,
                          AqFrame          *frame,
                          AqBuffer         *buffer,
                          GError          **error)
{
  g_autoptr(GError) local_error = NULL;

  if (append_once (self, frame, buffer, &local_error))
    return TRUE;

  g_warning ("%s; going on in a new segment of the journal", local_error->message);
  leave_segment (self);
  drop_ready (self);
  return append_once (self, frame, buffer, error);
}

static void
prewrite_current (AqSegmentWriter *self)
{
  g_autoptr(GError) error = NULL;
  gboolean usable;

  if (prewrite (self, self->fd, self->number, self->size, &self->prewritten, &usable, &error))
    return;
  g_info ("%s; this segment of the journal is not written ahead", error->message);
  self->prewritten = self->size;
  if (!usable)
    leave_segment (self);
}

/* one step of making the next segment; a failure costs speed only */
static void
prepare_next (AqSegmentWriter *self)
{
  g_autoptr(GError) error = NULL;
  gboolean usable;
  gboolean ok;

  if (self->ready_fd < 0)
    {
      self->ready_number = ++self->newest;
      self->ready_size = next_size (self->size);
      self->ready_prewritten = 0;
      self->ready_fd = create_segment (self, self->ready_number, self->ready_size, &error);
      ok = self->ready_fd >= 0;
    }
  else
    ok = prewrite (self, self->ready_fd, self->ready_number, self->ready_size,
                   &self->ready_prewritten, &usable, &error);
  if (ok)
    return;
  g_info ("%s; the next segment of the journal is not made ahead", error->message);
  drop_ready (self);
  self->ready_failed = TRUE;
}

/**
 * aq_segment_writer_prepare:
 * @self: a writer that has nothing to write just now
 *
 * Does one short step (half a millisecond) of what makes later frames cheaper:
 * writes zeros ahead in the current segment, then, once that is half full, makes
 * the next one. A failure is no error: the next frame will meet it, or not.
 *
 * Returns: whether there was something to do
 */
gboolean
aq_segment_writer_prepare (AqSegmentWriter *self)
{
  if (self->fd < 0)
    return FALSE;
  if (self->prewritten < self->size)
    {
      prewrite_current (self);
      return TRUE;
    }
  if (self->ready_failed || self->end < self->size / 2 ||
      (self->ready_fd >= 0 && self->ready_prewritten == self->ready_size))
    return FALSE;
  prepare_next (self);
  return TRUE;
}

/**
 * aq_segment_writer_end_segment:
 * @self: a writer
 *
 * The next frame goes to a new segment; the current one counts as closed if
 * there is a frame in it.
 */
void
aq_segment_writer_end_segment (AqSegmentWriter *self)
{
  if (self->end > 0)
    leave_segment (self);
}
