/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is left of a journal
 *
 * Every file that is named as a segment is searched for whole frames of this store,
 * by their checksums alone: a frame is good wherever the headers and frames before
 * it have gone. A later segment says by its first sequence where the ones before
 * it end, so what was given up there and written again is left out. Sequences that
 * are in no frame are told as lost.
 */

#include "config.h"

#include "store/tool/aq-journal-salvage.h"

#include "store/aq-journal-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  guint64  number;
  guint8  *bytes; /* owned */
  gsize    size;
} Segment;

static void
segment_clear (Segment *self)
{
  g_clear_pointer (&self->bytes, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Segment, segment_clear)

/* @max_size: how much of it */
static gboolean
read_segment (AqStoreIo               *io,
              const AqStoreDirectory  *directory,
              guint64                  number,
              guint64                  max_size,
              Segment                 *out_segment,
              GError                 **error)
{
  g_auto(Segment) segment = { .number = number };
  char name[AQ_SEGMENT_NAME_SIZE];
  struct stat info;
  gboolean ok = FALSE;
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (io, directory->journal_fd, name, O_RDONLY | O_NONBLOCK, error);
  if (fd < 0)
    return FALSE;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    {
      gsize wanted = (gsize) MIN ((guint64) info.st_size, max_size);

      segment.bytes = g_try_malloc (MAX (wanted, 1));
      if (segment.bytes == NULL)
        aq_store_io_set_error (error, ENOMEM, "read", name);
      else
        ok = aq_store_io_read (io, fd, name, segment.bytes, wanted, 0, &segment.size, error);
    }
  else
    aq_store_io_set_error (error, EINVAL, "read", name);
  (void) close (fd); /* only read */
  if (!ok)
    return FALSE;
  *out_segment = segment;
  segment.bytes = NULL;
  return TRUE;
}

/* Returns: whether there is a header of this store */
static gboolean
read_header (AqStoreIo              *io,
             const AqStoreDirectory *directory,
             guint64                 number,
             AqSegmentHeader        *out_header)
{
  g_auto(Segment) segment = { 0 };

  return read_segment (io, directory, number, AQ_SEGMENT_HEADER_SIZE, &segment, NULL) &&
         aq_segment_header_read (out_header, segment.bytes, segment.size) == AQ_SEGMENT_GOOD &&
         out_header->number == number &&
         memcmp (out_header->store_id, directory->store_id, AQ_STORE_ID_SIZE) == 0;
}

/* by number: the least first sequence of all segments behind it */
static GArray *
find_limits (AqJournalSalvage *self,
             GArray           *numbers)
{
  GArray *limits = g_array_sized_new (FALSE, FALSE, sizeof (guint64), numbers->len);
  guint64 limit = G_MAXUINT64;

  g_array_set_size (limits, numbers->len);
  for (guint i = numbers->len; i > 0; i--)
    {
      AqSegmentHeader header;

      g_array_index (limits, guint64, i - 1) = limit;
      if (read_header (self->io, self->directory, g_array_index (numbers, guint64, i - 1), &header))
        limit = MIN (limit, header.first_sequence);
    }
  return limits;
}

static void
note_gap (AqJournalSalvage *self,
          guint64           number,
          gsize             offset,
          guint64           sequence)
{
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, name);
  g_ptr_array_add (self->losses,
                   g_strdup_printf ("sequences %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                                    ": before 'journal/%s' offset %" G_GSIZE_FORMAT
                                    "; jobs that were changed there may be older than they were",
                                    self->next_sequence, sequence - 1, name, offset));
}

static gboolean
take_frame (AqJournalSalvage  *self,
            const Segment     *segment,
            gsize              offset,
            const AqFrame     *frame,
            GError           **error)
{
  if (frame->n_transactions == 0 || (self->next_sequence != 0 && frame->sequence < self->next_sequence))
    return TRUE;
  if (self->next_sequence != 0 && frame->sequence > self->next_sequence)
    note_gap (self, segment->number, offset, frame->sequence);
  self->next_sequence = frame->sequence + frame->n_transactions;
  return aq_fold_add_frame (self->fold, frame, segment->bytes + offset + AQ_FRAME_HEADER_SIZE, error);
}

/* every frame whose checksums are right, and whose place is before @limit */
static gboolean
salvage_segment (AqJournalSalvage  *self,
                 const Segment     *segment,
                 guint64            limit,
                 GError           **error)
{
  guint32 seed = aq_segment_seed (self->directory->store_id, segment->number);
  gsize offset = AQ_SEGMENT_HEADER_SIZE;

  while (aq_frame_find (seed, segment->bytes, segment->size, offset, &offset))
    {
      AqFrame frame;

      if (aq_frame_check (&frame, seed, segment->bytes, segment->size, offset) != AQ_FRAME_GOOD)
        {
          offset += 8;
          continue;
        }
      if (frame.sequence >= limit)
        return TRUE;
      if (!take_frame (self, segment, offset, &frame, error))
        return FALSE;
      offset += AQ_FRAME_HEADER_SIZE + frame.length;
    }
  return TRUE;
}

/**
 * aq_journal_salvage_run:
 * @self: what to salvage, and where to
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_VERSION`, for records of a newer version;
 * `ASYNCQ_ERROR_STORE_FAILED`, if the files cannot be listed. One that cannot be
 * read is a loss.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_journal_salvage_run (AqJournalSalvage  *self,
                        GError           **error)
{
  g_autoptr(GArray) numbers = aq_journal_list (self->io, self->directory->journal_fd, error);
  g_autoptr(GArray) limits = NULL;
  gboolean ok = TRUE;

  if (numbers == NULL)
    return FALSE;
  limits = find_limits (self, numbers);
  aq_meter_begin (self->meter, "journal", numbers->len);
  for (guint i = 0; ok && i < numbers->len; i++)
    {
      g_auto(Segment) segment = { 0 };
      g_autoptr(GError) reason = NULL;

      aq_meter_advance (self->meter, 1);
      if (read_segment (self->io, self->directory, g_array_index (numbers, guint64, i), G_MAXUINT64, &segment,
                        &reason))
        ok = salvage_segment (self, &segment, g_array_index (limits, guint64, i), error);
      else
        g_ptr_array_add (self->losses, g_strdup (reason->message));
    }
  aq_meter_end (self->meter);
  return ok;
}

/* from the headers, where the store's own file does not say it any more */
gboolean
aq_journal_salvage_find_id (AqStoreIo              *io,
                            const AqStoreDirectory *directory,
                            guint8                  out_store_id[AQ_STORE_ID_SIZE])
{
  g_autoptr(GArray) numbers = aq_journal_list (io, directory->journal_fd, NULL);

  for (guint i = 0; numbers != NULL && i < numbers->len; i++)
    {
      g_auto(Segment) segment = { 0 };
      AqSegmentHeader header;

      if (!read_segment (io, directory, g_array_index (numbers, guint64, i), AQ_SEGMENT_HEADER_SIZE, &segment,
                         NULL) ||
          aq_segment_header_read (&header, segment.bytes, segment.size) != AQ_SEGMENT_GOOD)
        continue;
      memcpy (out_store_id, header.store_id, AQ_STORE_ID_SIZE);
      return TRUE;
    }
  return FALSE;
}
