/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The writing end of the journal
 *
 * A segment has its final size and its blocks from the start, so a flush never
 * has to write a new size, and the disk is never full in the middle of one; where
 * there was time, zeros are written ahead, so that a flush has nothing to write
 * but the frame. A segment gets its header together with its first frame, in one
 * write.
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

/* of the first segment so much is written ahead before anybody waits for it */
#define BEGIN_BYTES (1024 * 1024)

/*
 * Zeros one step further.
 * @out_usable: whether the descriptor may still be trusted after an error
 */
static gboolean
prewrite (AqSegmentWriter  *self,
          AqSegmentFile    *file,
          gboolean         *out_usable,
          GError          **error)
{
  gsize n_bytes = MIN (file->size - file->prewritten, PREWRITE_STEP - file->prewritten % PREWRITE_STEP);
  g_autoptr(GError) local_error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (file->number, name);
  if (!aq_store_io_write (self->io, file->fd, name, self->zeros, n_bytes, file->prewritten, &local_error))
    /* on a full disk what was prewritten before is all the space there is: keep it */
    *out_usable = g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  else if (!aq_store_io_flush_data (self->io, file->fd, name, &local_error))
    *out_usable = FALSE;
  else
    file->prewritten += n_bytes;

  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* readers of history want the two newest that are closed, whoever else wants none */
static void
update_keep (AqSegmentWriter *self)
{
  self->stock.keep = MIN (self->keep_segment, self->closed_before);
}

/* none is written to from now on; what was flushed stays */
static void
leave_segment (AqSegmentWriter *self)
{
  if (self->current.fd < 0)
    return;
  (void) close (self->current.fd); /* flushed, or given up */
  self->current.fd = -1;
  if (self->end == 0)
    {
      aq_segment_stock_forget (&self->stock, self->current.number);
      return;
    }
  self->closed_before = self->closed.segment;
  self->closed = self->last;
  aq_segment_stock_add_old (&self->stock, self->closed.segment);
  update_keep (self);
}

static void
use_segment (AqSegmentWriter     *self,
             const AqSegmentFile *file)
{
  self->current = *file;
  self->end = 0;
  self->seed = aq_segment_seed (self->store_id, file->number);
  self->ready_failed = FALSE;
}

/* a segment with @needed bytes at least, headers included */
static gboolean
start_segment (AqSegmentWriter  *self,
               guint64           needed,
               GError          **error)
{
  guint64 size = MAX (aq_segment_stock_get_next (&self->stock, self->last.end), needed);
  g_autoptr(GError) local_error = NULL;
  AqSegmentFile file;

  leave_segment (self);
  if (self->ready.fd >= 0 && self->ready.size >= needed)
    {
      use_segment (self, &self->ready);
      self->ready.fd = -1;
      return TRUE;
    }
  aq_segment_stock_give_back (&self->stock, &self->ready);
  /* where there was no time for it: as many come as go */
  (void) aq_segment_stock_tidy (&self->stock, size);
  if (!aq_segment_stock_make (&self->stock, size, &file, &local_error) &&
      (!g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL) ||
       !aq_segment_stock_take_reserve (&self->stock, needed, &file, NULL)))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  use_segment (self, &file);
  return TRUE;
}

/* goes on behind the last frame of a journal that was closed */
static gboolean
continue_segment (AqSegmentWriter         *self,
                  const AqJournalPosition *position,
                  GError                 **error)
{
  AqSegmentFile file = {
    .number = position->segment,
    .size = position->segment_size,
    /* most of it was prewritten by whoever made it, and is not worth writing again */
    .prewritten = position->segment_size,
  };
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (position->segment, name);
  file.fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR, error);
  if (file.fd < 0)
    return FALSE;
  use_segment (self, &file);
  self->end = position->end;
  return TRUE;
}

/* not to begin with it at the first frame; on a full disk that will see to it */
static gboolean
begin_segment (AqSegmentWriter  *self,
               GError          **error)
{
  g_autoptr(GError) local_error = NULL;
  gboolean usable;
  gboolean ok = start_segment (self, 0, &local_error);

  while (ok && self->current.prewritten < MIN (self->current.size, BEGIN_BYTES))
    ok = prewrite (self, &self->current, &usable, &local_error);
  if (ok)
    return TRUE;
  if (g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    {
      g_info ("%s; the journal begins without a segment", local_error->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
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
  if (ok && (aq_segment_header_read (out_header, bytes, n_bytes) != AQ_SEGMENT_GOOD ||
             out_header->number != number || out_header->previous_number >= number))
    return aq_journal_set_damage (error, number, 0, 0, "the header is damaged");
  return ok;
}

/*
 * What a killed daemon has left may be in memory only, and was read from there.
 * Frames that follow on it must not be on the disk before it is.
 */
static gboolean
flush_segment (AqSegmentWriter  *self,
               guint64           number,
               GError          **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  gboolean ok;
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_flush_data (self->io, fd, name, error);
  (void) close (fd); /* flushed, or an error already */
  return ok;
}

/* which segments get no more frames, and where they end */
static gboolean
find_closed (AqSegmentWriter          *self,
             const AqJournalPosition  *position,
             GError                  **error)
{
  AqSegmentHeader header;

  self->closed = *position;
  if (position->clean)
    {
      if (!read_header (self, position->segment, &header, error))
        return FALSE;
      self->closed = (AqJournalPosition) {
        .segment = header.previous_number,
        .end = header.previous_end,
        .crc = header.previous_crc,
        .next_sequence = header.first_sequence,
      };
    }
  else if (position->segment > 0)
    {
      aq_segment_stock_add_old (&self->stock, position->segment);
      if (!flush_segment (self, position->segment, error))
        return FALSE;
    }

  self->closed_before = self->closed.segment;
  if (self->closed.segment > 0 && read_header (self, self->closed.segment, &header, NULL))
    self->closed_before = header.previous_number;
  return TRUE;
}

/* Those that are missing were given up: whatever has to be there has been read before this. */
static void
find_kept (AqSegmentWriter *self,
           guint64          newest)
{
  AqSegmentHeader header = { .previous_number = newest };

  while (header.previous_number > 0 && read_header (self, header.previous_number, &header, NULL))
    self->keep_segment = header.number;
  if (header.previous_number == 0)
    self->keep_segment = 0;
  update_keep (self);
}

/**
 * aq_segment_writer_init:
 * @self: memory for a writer
 * @io: the system calls, borrowed
 * @directory_fd: the journal's directory, borrowed
 * @store_id: the store's id
 * @sizes: how large segments are made
 * @position: where the journal ends
 * @error: return location for an error
 *
 * Opens the segment that the next frame goes to: the last one if the journal was
 * closed cleanly, else a new one, so that nothing is written over what a crash
 * has left. On a full disk the first frame will look for one again.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; then there is
 * nothing to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_segment_writer_init (AqSegmentWriter          *self,
                        AqStoreIo                *io,
                        int                       directory_fd,
                        const guint8              store_id[AQ_STORE_ID_SIZE],
                        const AqSegmentSizes     *sizes,
                        const AqJournalPosition  *position,
                        GError                  **error)
{
  gboolean ok;

  *self = (AqSegmentWriter) {
    .io = io,
    .directory_fd = directory_fd,
    .last = *position,
    .current.fd = -1,
    .ready.fd = -1,
  };
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
  if (!aq_segment_stock_init (&self->stock, io, directory_fd, sizes, position->segment, error))
    return FALSE;

  self->zeros = g_malloc0 (PREWRITE_STEP);
  ok = find_closed (self, position, error) &&
       (position->clean ? continue_segment (self, position, error) : begin_segment (self, error));
  if (ok)
    find_kept (self, position->segment);
  else
    aq_segment_writer_clear (self);
  return ok;
}

void
aq_segment_writer_clear (AqSegmentWriter *self)
{
  if (self->current.fd >= 0)
    (void) close (self->current.fd); /* flushed */
  if (self->ready.fd >= 0)
    (void) close (self->ready.fd); /* never used */
  self->current.fd = self->ready.fd = -1;
  aq_segment_stock_clear (&self->stock);
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
        .number = self->current.number,
        .size = self->current.size,
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

/**
 * aq_segment_writer_has_room:
 * @self: a writer
 * @n_bytes: length of a frame with its header
 *
 * Returns: whether the frame fits into the current segment
 */
gboolean
aq_segment_writer_has_room (AqSegmentWriter *self,
                            guint64          n_bytes)
{
  return self->current.fd >= 0 &&
         n_bytes <= self->current.size - MAX (self->end, AQ_SEGMENT_HEADER_SIZE);
}

/**
 * aq_segment_writer_get_room:
 * @self: a writer
 *
 * Returns: how many bytes of frames, with their headers, find space whatever
 *   happens to the disk: all in the current segment, or in the next one, or in
 *   what the reserve becomes
 */
guint64
aq_segment_writer_get_room (AqSegmentWriter *self)
{
  const AqSegmentFile *reserve = &self->stock.reserve;
  guint64 size = 0;

  if (self->ready.fd >= 0)
    size = self->ready.size - AQ_SEGMENT_HEADER_SIZE;
  if (reserve->fd >= 0 && reserve->size > AQ_SEGMENT_HEADER_SIZE)
    size = MAX (size, reserve->size - AQ_SEGMENT_HEADER_SIZE);
  if (self->current.fd >= 0)
    size = MAX (size, self->current.size - MAX (self->end, AQ_SEGMENT_HEADER_SIZE));
  return size;
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

  if (!aq_segment_writer_has_room (self, needed) &&
      !start_segment (self, AQ_SEGMENT_HEADER_SIZE + needed, error))
    return FALSE;

  aq_segment_format_name (self->current.number, name);
  start = write_headers (self, frame, buffer);
  n_bytes = (gsize) (buffer->data + buffer->size - start);
  if (!aq_store_io_write (self->io, self->current.fd, name, start, n_bytes, self->end, error) ||
      !aq_store_io_flush_data (self->io, self->current.fd, name, error))
    {
      leave_segment (self);
      return FALSE;
    }

  self->end += n_bytes;
  self->current.prewritten = MAX (self->current.prewritten, self->end);
  self->last = (AqJournalPosition) {
    .segment = self->current.number,
    .segment_size = self->current.size,
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
 * fails, writes it to a new segment once more. When there is no space for a
 * segment, the reserve is used.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, after which it may be tried again;
 * `ASYNCQ_ERROR_STORE_FAILED`, after which it is unknown what is on the disk, and
 * the writer can only be cleared.
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
  gboolean fits = aq_segment_writer_has_room (self, AQ_FRAME_HEADER_SIZE + frame->length);

  aq_segment_stock_limit_spares (&self->stock, AQ_SEGMENT_N_SPARES);
  if (append_once (self, frame, buffer, &local_error))
    return TRUE;
  if (!fits && g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  g_warning ("%s; going on in a new segment of the journal", local_error->message);
  /* what was made ahead may have been hit as well */
  aq_segment_stock_give_back (&self->stock, &self->ready);
  return append_once (self, frame, buffer, error);
}

/**
 * aq_segment_writer_make_room:
 * @self: a writer
 * @n_bytes: length of frames that are about to come, with their headers
 * @error: return location for an error
 *
 * Makes the next segment so long that they fit, unless there is room for them;
 * see aq_segment_writer_get_room(). The reserve is not touched.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: whether there is room
 */
gboolean
aq_segment_writer_make_room (AqSegmentWriter  *self,
                             guint64           n_bytes,
                             GError          **error)
{
  guint64 size = MAX (aq_segment_stock_get_next (&self->stock, self->last.end),
                      AQ_SEGMENT_HEADER_SIZE + n_bytes);

  if (aq_segment_writer_get_room (self) >= n_bytes)
    return TRUE;
  aq_segment_stock_give_back (&self->stock, &self->ready);
  if (aq_segment_stock_make (&self->stock, size, &self->ready, error))
    return TRUE;
  self->ready.fd = -1;
  return FALSE;
}

static void
prewrite_current (AqSegmentWriter *self)
{
  g_autoptr(GError) error = NULL;
  gboolean usable;

  if (prewrite (self, &self->current, &usable, &error))
    return;
  g_info ("%s; this segment of the journal is not written ahead", error->message);
  self->current.prewritten = self->current.size;
  if (!usable)
    leave_segment (self);
}

/* one step of making the next segment; a failure costs speed only */
static void
prepare_next (AqSegmentWriter *self)
{
  guint64 size = aq_segment_stock_get_next (&self->stock, self->current.size);
  g_autoptr(GError) error = NULL;
  gboolean usable;

  if (self->ready.fd >= 0 ? prewrite (self, &self->ready, &usable, &error)
                          : aq_segment_stock_make (&self->stock, size, &self->ready, &error))
    return;
  g_info ("%s; the next segment of the journal is not made ahead", error->message);
  if (self->ready.fd >= 0)
    {
      (void) close (self->ready.fd); /* never used */
      aq_segment_stock_forget (&self->stock, self->ready.number);
    }
  self->ready.fd = -1;
  self->ready_failed = TRUE;
}

/**
 * aq_segment_writer_rest:
 * @self: a writer that nothing was given to for a while
 *
 * Until the next frame one segment made ahead is enough: with the current one and
 * the two that are kept for readers of history the journal has four.
 */
void
aq_segment_writer_rest (AqSegmentWriter *self)
{
  aq_segment_stock_limit_spares (&self->stock, self->ready.fd >= 0 ? 0 : 1);
}

/**
 * aq_segment_writer_prepare:
 * @self: a writer that has nothing to write just now
 *
 * Does one short step (half a millisecond) of what makes later frames cheaper:
 * writes zeros ahead in the current segment, sees to an old one, then, once the
 * current one is half full, makes the next one. A failure is no error: the next
 * frame will meet it, or not.
 *
 * Returns: whether there was something to do
 */
gboolean
aq_segment_writer_prepare (AqSegmentWriter *self)
{
  const AqSegmentFile *current = &self->current;

  if (current->fd >= 0 && current->prewritten < current->size)
    {
      prewrite_current (self);
      return TRUE;
    }
  if (aq_segment_stock_tidy (&self->stock, aq_segment_stock_get_next (&self->stock, MAX (self->last.end, current->size))))
    return TRUE;
  if (current->fd < 0 || self->ready_failed || self->end < current->size / 2 ||
      (self->ready.fd >= 0 && self->ready.prewritten >= self->ready.size))
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

/* see aq_journal_set_keep() */
void
aq_segment_writer_set_keep (AqSegmentWriter *self,
                            guint64          keep_segment)
{
  self->keep_segment = keep_segment;
  update_keep (self);
}

gboolean
aq_segment_writer_has_reserve (AqSegmentWriter *self,
                               guint64          size)
{
  return self->stock.reserve.fd >= 0 && self->stock.reserve.size >= size;
}

/* what is made ahead, and what is kept for readers of history, gives way to the ends of jobs */
static void
give_way (AqSegmentWriter *self)
{
  aq_segment_stock_limit_spares (&self->stock, 0);
  aq_segment_stock_give_back (&self->stock, &self->ready);
  self->stock.keep = self->keep_segment;
  while (aq_segment_stock_tidy (&self->stock, G_MAXUINT64))
    ;
  update_keep (self);
}

/* see aq_segment_stock_fill_reserve() */
gboolean
aq_segment_writer_fill_reserve (AqSegmentWriter  *self,
                                guint64           size,
                                GError          **error)
{
  g_autoptr(GError) local_error = NULL;

  if (aq_segment_stock_fill_reserve (&self->stock, size, &local_error))
    return TRUE;
  if (!g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  give_way (self);
  return aq_segment_stock_fill_reserve (&self->stock, size, error);
}
