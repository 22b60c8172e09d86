/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The reading end of the journal
 *
 * Reads all segments in order and hands out their frames, after it has checked
 * that they are all there and as they were written. The newest segment is the
 * last one with a good header; from it the headers lead back to the first. What
 * the journal ends with is one of:
 *
 *   frames, zeros              nothing is missing
 *   frames, something, no      a torn end: the last flush never returned, so
 *   frame behind it            nobody was told of it
 *   frames, something, then    damage: the frame behind was written after the
 *   a frame                    one before it was flushed
 *
 * Before the newest segment there is nothing but whole frames. Nothing is ever
 * changed here.
 */

#include "config.h"

#include "store/aq-journal-reader.h"

#include "libasyncq/asyncq-error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  guint64         number;
  guint64         size; /* of the file */
  AqSegmentCheck  check;
  AqSegmentHeader header;
} Segment;

typedef struct
{
  AqStoreIo          *io;
  int                 directory_fd;
  const guint8       *store_id;
  AqJournalFrameFunc  func;
  gpointer            user_data;
  GArray             *segments; /* of Segment, by number; owned */
  guint8             *bytes;    /* of the segment just read; owned */
  gsize               allocated;

  /* behind the last good frame */
  guint64             next_sequence;
  guint64             last_end;
  guint32             last_crc;
  guint32             last_flags;
} Reader;

/**
 * aq_journal_set_damage:
 * @error: return location for an error
 * @number: the segment
 * @offset: where in it
 * @sequence: the transaction that is to be there
 * @format: what is wrong
 * @...: for @format
 *
 * Returns: %FALSE, with `ASYNCQ_ERROR_STORE_CORRUPT`
 */
gboolean
aq_journal_set_damage (GError     **error,
                       guint64      number,
                       guint64      offset,
                       guint64      sequence,
                       const char  *format,
                       ...)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  g_autofree char *what = NULL;
  va_list arguments;

  aq_segment_format_name (number, name);
  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
               "journal is damaged: 'journal/%s' at offset %" G_GUINT64_FORMAT
               ", sequence %" G_GUINT64_FORMAT ": %s",
               name, offset, sequence, what);
  return FALSE;
}

static int
compare_segments (gconstpointer a,
                  gconstpointer b)
{
  const Segment *left = a;
  const Segment *right = b;

  return left->number < right->number ? -1 : left->number > right->number;
}

static gboolean
list_segments (Reader  *self,
               GError **error)
{
  int fd = aq_store_io_open (self->io, self->directory_fd, ".", O_RDONLY | O_DIRECTORY, error);
  const struct dirent *entry;
  DIR *directory;
  int saved_errno;

  if (fd < 0)
    return FALSE;
  directory = fdopendir (fd);
  if (directory == NULL)
    {
      aq_store_io_set_error (error, errno, "list", "journal");
      (void) close (fd); /* only read */
      return FALSE;
    }
  errno = 0;
  while ((entry = readdir (directory)) != NULL)
    {
      Segment segment = { 0 };

      if (aq_segment_parse_name (entry->d_name, &segment.number))
        g_array_append_val (self->segments, segment);
      errno = 0;
    }
  saved_errno = errno;
  (void) closedir (directory); /* only read */
  if (saved_errno != 0)
    {
      aq_store_io_set_error (error, saved_errno, "list", "journal");
      return FALSE;
    }
  g_array_sort (self->segments, compare_segments);
  return TRUE;
}

/* Returns: a descriptor, and the size of the file in @segment */
static int
open_segment (Reader   *self,
              Segment  *segment,
              GError  **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  struct stat info;
  int fd;

  aq_segment_format_name (segment->number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDONLY | O_NONBLOCK, error);
  if (fd < 0)
    return -1;
  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
    {
      (void) close (fd); /* only read */
      aq_journal_set_damage (error, segment->number, 0, self->next_sequence, "is not a regular file");
      return -1;
    }
  segment->size = (guint64) info.st_size;
  return fd;
}

/* the first @size bytes to self->bytes */
static gboolean
read_segment (Reader   *self,
              Segment  *segment,
              guint64   size,
              GError  **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  gsize n_bytes = 0;
  gboolean ok;
  int fd;

  if (size > self->allocated)
    {
      g_free (self->bytes);
      self->allocated = 0;
      self->bytes = g_try_malloc (size);
      if (self->bytes == NULL)
        {
          aq_store_io_set_error (error, ENOMEM, "read", "journal");
          return FALSE;
        }
      self->allocated = size;
    }
  fd = open_segment (self, segment, error);
  if (fd < 0)
    return FALSE;
  aq_segment_format_name (segment->number, name);
  ok = aq_store_io_read (self->io, fd, name, self->bytes, size, 0, &n_bytes, error);
  (void) close (fd); /* only read */
  if (ok && n_bytes < size)
    return aq_journal_set_damage (error, segment->number, n_bytes, self->next_sequence,
                                  "ends here, and should be %" G_GUINT64_FORMAT " bytes long", size);
  return ok;
}

static gboolean
check_header (Reader   *self,
              Segment  *segment,
              GError  **error)
{
  const AqSegmentHeader *header = &segment->header;

  if (segment->check == AQ_SEGMENT_NEWER)
    {
      char name[AQ_SEGMENT_NAME_SIZE];

      aq_segment_format_name (segment->number, name);
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                   "'journal/%s' was written by a newer version of asyncq", name);
      return FALSE;
    }
  if (segment->check == AQ_SEGMENT_BAD)
    return TRUE;
  if (memcmp (header->store_id, self->store_id, AQ_STORE_ID_SIZE) != 0)
    return aq_journal_set_damage (error, segment->number, 0, header->first_sequence,
                                  "belongs to another store");
  if (header->number != segment->number)
    return aq_journal_set_damage (error, segment->number, 0, header->first_sequence,
                                  "is segment %06" G_GUINT64_FORMAT " under another name", header->number);
  if (header->size != segment->size)
    return aq_journal_set_damage (error, segment->number, MIN (header->size, segment->size),
                                  header->first_sequence,
                                  "is %" G_GUINT64_FORMAT " bytes long, and should be %" G_GUINT64_FORMAT,
                                  segment->size, header->size);
  return TRUE;
}

static gboolean
read_headers (Reader  *self,
              GError **error)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i);
      guint8 bytes[AQ_SEGMENT_HEADER_SIZE];
      char name[AQ_SEGMENT_NAME_SIZE];
      gsize n_bytes = 0;
      gboolean ok;
      int fd = open_segment (self, segment, error);

      if (fd < 0)
        return FALSE;
      aq_segment_format_name (segment->number, name);
      ok = aq_store_io_read (self->io, fd, name, bytes, sizeof bytes, 0, &n_bytes, error);
      (void) close (fd); /* only read */
      if (!ok)
        return FALSE;
      segment->check = aq_segment_header_read (&segment->header, bytes, n_bytes);
      if (!check_header (self, segment, error))
        return FALSE;
    }
  return TRUE;
}

/* a file behind the newest segment was made ahead, or torn before its first flush */
static gboolean
check_unused (Reader   *self,
              Segment  *segment,
              GError  **error)
{
  guint32 seed = aq_segment_seed (self->store_id, segment->number);
  gsize offset;

  if (segment->size > 0 && segment->size < AQ_SEGMENT_MIN_SIZE)
    return aq_journal_set_damage (error, segment->number, segment->size, self->next_sequence,
                                  "ends here, and no segment is so short");
  if (!read_segment (self, segment, segment->size, error))
    return FALSE;
  if (aq_frame_find (seed, self->bytes, segment->size, AQ_SEGMENT_HEADER_SIZE, &offset))
    return aq_journal_set_damage (error, segment->number, 0, self->next_sequence,
                                  "the header is damaged: there are frames behind it");
  return TRUE;
}

/* Returns: (nullable): the newest segment */
static Segment *
find_newest (Reader *self)
{
  for (guint i = self->segments->len; i > 0; i--)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i - 1);

      if (segment->check == AQ_SEGMENT_GOOD)
        return segment;
    }
  return NULL;
}

static Segment *
find_segment (Reader  *self,
              guint64  number)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i);

      if (segment->number == number)
        return segment;
    }
  return NULL;
}

/* Returns: (element-type Segment): from the first to @newest, or NULL with @error set */
static GPtrArray *
follow_chain (Reader   *self,
              Segment  *newest,
              GError  **error)
{
  g_autoptr(GPtrArray) chain = g_ptr_array_new ();
  Segment *segment = newest;

  for (;;)
    {
      const AqSegmentHeader *header = &segment->header;
      guint64 previous = header->previous_number;

      g_ptr_array_insert (chain, 0, segment);
      if (previous == 0)
        return g_steal_pointer (&chain);
      segment = previous < segment->number ? find_segment (self, previous) : NULL;
      if (segment == NULL)
        {
          aq_journal_set_damage (error, previous, 0, 0, "the segment is missing");
          return NULL;
        }
      if (segment->check != AQ_SEGMENT_GOOD)
        {
          aq_journal_set_damage (error, previous, 0, 0, "the header is damaged");
          return NULL;
        }
    }
}

static gboolean
is_zero (const guint8 *bytes,
         gsize         size)
{
  return size == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, size - 1) == 0);
}

/* a good frame at @offset has to follow on the one before it */
static gboolean
take_frame (Reader         *self,
            const Segment  *segment,
            const AqFrame  *frame,
            gsize           offset,
            GError        **error)
{
  g_autoptr(GError) local_error = NULL;

  if (frame->sequence != self->next_sequence || frame->previous_crc != self->last_crc)
    return aq_journal_set_damage (error, segment->number, offset, self->next_sequence,
                                  "the frame does not follow on the one before it (it begins with "
                                  "sequence %" G_GUINT64_FORMAT ")", frame->sequence);
  if (!self->func (frame, self->bytes + offset + AQ_FRAME_HEADER_SIZE, self->user_data,
                   &local_error))
    {
      if (!g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      return aq_journal_set_damage (error, segment->number, offset, self->next_sequence, "%s",
                                    local_error->message);
    }
  self->next_sequence += frame->n_transactions;
  self->last_end = offset + AQ_FRAME_HEADER_SIZE + frame->length;
  self->last_crc = frame->crc;
  self->last_flags = frame->flags;
  return TRUE;
}

/* Returns: FALSE with @error set, or where the good frames end in @out_end */
static gboolean
read_frames (Reader         *self,
             const Segment  *segment,
             gsize           limit,
             gsize          *out_end,
             GError        **error)
{
  guint32 seed = aq_segment_seed (self->store_id, segment->number);
  gsize offset = AQ_SEGMENT_HEADER_SIZE;
  AqFrame frame;

  while (offset < limit &&
         aq_frame_check (&frame, seed, self->bytes, limit, offset) == AQ_FRAME_GOOD)
    {
      if (!take_frame (self, segment, &frame, offset, error))
        return FALSE;
      offset = self->last_end;
    }
  *out_end = offset;
  return TRUE;
}

/* one with another behind it: whole frames up to where the next one says */
static gboolean
read_old_segment (Reader         *self,
                  Segment        *segment,
                  const Segment  *next,
                  GError        **error)
{
  guint64 limit = next->header.previous_end;
  gsize end;

  if (limit > segment->size)
    return aq_journal_set_damage (error, segment->number, segment->size, self->next_sequence,
                                  "ends before its last frame");
  if (!read_segment (self, segment, limit, error) ||
      !read_frames (self, segment, limit, &end, error))
    return FALSE;
  if (end != limit || self->last_crc != next->header.previous_crc)
    return aq_journal_set_damage (error, segment->number, end, self->next_sequence,
                                  "the frame is damaged");
  return TRUE;
}

static gboolean
read_newest_segment (Reader             *self,
                     Segment            *segment,
                     AqJournalPosition  *position,
                     GError            **error)
{
  guint32 seed = aq_segment_seed (self->store_id, segment->number);
  gboolean zeros;
  gsize later;
  gsize end;

  if (!read_segment (self, segment, segment->size, error) ||
      !read_frames (self, segment, segment->size, &end, error))
    return FALSE;
  zeros = is_zero (self->bytes + end, segment->size - end);
  if (!zeros && aq_frame_find (seed, self->bytes, segment->size, end + 8, &later))
    return aq_journal_set_damage (error, segment->number, end, self->next_sequence,
                                  "the frame is damaged: there is another at offset %" G_GSIZE_FORMAT, later);
  if (!zeros)
    g_message ("journal ends in a frame that was never acknowledged: cut at offset %"
               G_GSIZE_FORMAT " of segment %06" G_GUINT64_FORMAT, end, segment->number);

  position->segment = segment->number;
  position->segment_size = segment->size;
  position->end = end;
  position->crc = self->last_crc;
  position->clean = zeros && end > AQ_SEGMENT_HEADER_SIZE &&
                    (self->last_flags & AQ_FRAME_CLEAN) != 0;
  return TRUE;
}

static gboolean
read_chain (Reader             *self,
            GPtrArray          *chain,
            AqJournalPosition  *position,
            GError            **error)
{
  for (guint i = 0; i < chain->len; i++)
    {
      Segment *segment = g_ptr_array_index (chain, i);
      gboolean ok;

      if (segment->header.first_sequence != self->next_sequence)
        return aq_journal_set_damage (error, segment->number, 0, self->next_sequence,
                                      "begins with sequence %" G_GUINT64_FORMAT,
                                      segment->header.first_sequence);
      if (i + 1 < chain->len)
        ok = read_old_segment (self, segment, g_ptr_array_index (chain, i + 1), error);
      else
        ok = read_newest_segment (self, segment, position, error);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_all (Reader             *self,
          AqJournalPosition  *position,
          GError            **error)
{
  g_autoptr(GPtrArray) chain = NULL;
  Segment *newest;

  if (!list_segments (self, error) || !read_headers (self, error))
    return FALSE;
  if (self->segments->len == 0)
    return aq_journal_set_damage (error, 1, 0, 1, "the segment is missing");

  newest = find_newest (self);
  if (newest != NULL)
    {
      chain = follow_chain (self, newest, error);
      if (chain == NULL || !read_chain (self, chain, position, error))
        return FALSE;
    }
  for (guint i = 0; i < self->segments->len; i++)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i);

      if ((newest == NULL || segment->number > newest->number) &&
          !check_unused (self, segment, error))
        return FALSE;
    }
  position->next_sequence = self->next_sequence;
  return TRUE;
}

/**
 * aq_journal_read:
 * @io: the system calls
 * @directory_fd: the journal's directory
 * @store_id: what all segments have to carry
 * @func: called with each frame, in order
 * @user_data: for @func
 * @out_end: where the journal ends
 * @error: return location for an error
 *
 * Reads the whole journal. What @func was given before an error is not to be
 * used: damage may be found behind it.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset and sequence;
 * `ASYNCQ_ERROR_STORE_VERSION`; `ASYNCQ_ERROR_STORE_FAILED`, if a file could not
 * be read; and what @func returns.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_journal_read (AqStoreIo           *io,
                 int                  directory_fd,
                 const guint8         store_id[AQ_STORE_ID_SIZE],
                 AqJournalFrameFunc   func,
                 gpointer             user_data,
                 AqJournalPosition   *out_end,
                 GError             **error)
{
  g_autoptr(GArray) segments = g_array_new (FALSE, FALSE, sizeof (Segment));
  AqJournalPosition position = { 0 };
  Reader self = {
    .io = io,
    .directory_fd = directory_fd,
    .store_id = store_id,
    .func = func,
    .user_data = user_data,
    .segments = segments,
    .next_sequence = 1,
  };
  gboolean ok;

  ok = read_all (&self, &position, error);
  g_free (self.bytes);
  if (ok)
    *out_end = position;
  return ok;
}
