/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The reading end of the journal
 *
 * Reads segments in order and hands out their frames, after it has checked that
 * they are all there and as they were written: all of them, or those behind a
 * position, which are all that is left when an image holds what was before. The
 * newest segment is the last one with a good header; from it the headers lead
 * back to the first. What the journal ends with is one of:
 *
 *   frames, anything, no       the end, or a torn end: a last flush that never
 *   frame behind it            returned, so nobody was told of it
 *   frames, something, then    damage: the frame behind was written after the
 *   a frame                    one before it was flushed
 *
 * What lies behind the last frame may be bytes of the file's former life as
 * another segment: their checksums are for that one, so there is no frame in
 * them. Whether frames are missing at the end says the tail: a position that the
 * journal had reached for certain.
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
  AqStoreIo               *io;
  int                      directory_fd;
  const guint8            *store_id;
  const AqJournalPosition *from;     /* nullable: what is before it is not wanted */
  const AqJournalPosition *tail;     /* nullable: what is known of the end */
  const AqJournalPosition *awaited;  /* the tail, until it is reached */
  AqJournalFrameFunc       func;
  gpointer                 user_data;
  GArray                  *segments; /* of Segment, by number; owned */
  guint8                  *bytes;    /* of the segment just read; owned */
  gsize                    allocated;

  /* behind the last good frame */
  guint64                  next_sequence;
  guint64                  last_end;
  guint32                  last_crc;
  guint32                  last_flags;
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
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint64 left = *(const guint64 *) a;
  guint64 right = *(const guint64 *) b;

  return left < right ? -1 : left > right;
}

/**
 * aq_journal_list:
 * @io: the system calls
 * @directory_fd: the journal's directory
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full) (element-type guint64): the numbers of all files that
 *   are named as segments are, ascending; or %NULL with @error set
 */
GArray *
aq_journal_list (AqStoreIo  *io,
                 int         directory_fd,
                 GError    **error)
{
  int fd = aq_store_io_open (io, directory_fd, ".", O_RDONLY | O_DIRECTORY, error);
  g_autoptr(GArray) numbers = NULL;
  const struct dirent *entry;
  DIR *directory;
  int saved_errno;

  if (fd < 0)
    return NULL;
  directory = fdopendir (fd);
  if (directory == NULL)
    {
      aq_store_io_set_error (error, errno, "list", "journal");
      (void) close (fd); /* only read */
      return NULL;
    }
  numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  errno = 0;
  while ((entry = readdir (directory)) != NULL)
    {
      guint64 number;

      if (aq_segment_parse_name (entry->d_name, &number))
        g_array_append_val (numbers, number);
      errno = 0;
    }
  saved_errno = errno;
  (void) closedir (directory); /* only read */
  if (saved_errno != 0)
    {
      aq_store_io_set_error (error, saved_errno, "list", "journal");
      return NULL;
    }
  g_array_sort (numbers, compare_numbers);
  return g_steal_pointer (&numbers);
}

/* those that may be wanted */
static gboolean
list_segments (Reader  *self,
               GError **error)
{
  g_autoptr(GArray) numbers = aq_journal_list (self->io, self->directory_fd, error);

  if (numbers == NULL)
    return FALSE;
  for (guint i = 0; i < numbers->len; i++)
    {
      Segment segment = { .number = g_array_index (numbers, guint64, i) };

      if (self->from == NULL || segment.number >= self->from->segment)
        g_array_append_val (self->segments, segment);
    }
  return TRUE;
}

/* Returns: a descriptor, and the size of the file in @segment */
static int
open_segment (Reader   *self,
              Segment  *segment,
              GError  **error)
{
  g_autoptr(GError) local_error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];
  struct stat info;
  int fd;

  aq_segment_format_name (segment->number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDONLY | O_NONBLOCK, &local_error);
  if (fd < 0 && errno == ENOENT)
    aq_journal_set_damage (error, segment->number, 0, self->next_sequence, "the segment is missing");
  else if (fd < 0)
    g_propagate_error (error, g_steal_pointer (&local_error));
  if (fd < 0)
    return -1;
  if (fstat (fd, &info) < 0)
    {
      aq_store_io_set_error (error, errno, "look at", name);
      (void) close (fd); /* only read */
      return -1;
    }
  if (!S_ISREG (info.st_mode))
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
read_header (Reader   *self,
             Segment  *segment,
             GError  **error)
{
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
  return check_header (self, segment, error);
}

static gboolean
read_headers (Reader  *self,
              GError **error)
{
  for (guint i = 0; i < self->segments->len; i++)
    if (!read_header (self, &g_array_index (self->segments, Segment, i), error))
      return FALSE;
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

/* whether nothing before the segment is wanted */
static gboolean
is_first (Reader        *self,
          const Segment *segment)
{
  const AqSegmentHeader *header = &segment->header;

  if (self->from == NULL)
    return header->previous_number == 0;
  return segment->number == self->from->segment ||
         (header->previous_number == self->from->segment &&
          header->previous_end == self->from->end && header->previous_crc == self->from->crc);
}

static gboolean
leads_back (Reader         *self,
            const Segment  *segment,
            GError        **error)
{
  guint64 previous = segment->header.previous_number;

  if (previous >= (self->from != NULL ? self->from->segment : 1) && previous < segment->number)
    return TRUE;
  return aq_journal_set_damage (error, segment->number, 0, segment->header.first_sequence,
                                "the header leads to segment %06" G_GUINT64_FORMAT, previous);
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
      guint64 previous = segment->header.previous_number;

      g_ptr_array_insert (chain, 0, segment);
      if (is_first (self, segment))
        return g_steal_pointer (&chain);
      if (!leads_back (self, segment, error))
        return NULL;
      segment = find_segment (self, previous);
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

/* the frame that the tail is behind has to be the one that was flushed there */
static gboolean
pass_tail (Reader         *self,
           const Segment  *segment,
           GError        **error)
{
  const AqJournalPosition *tail = self->awaited;

  if (tail == NULL || segment->number != tail->segment || self->last_end < tail->end)
    return TRUE;
  if (self->last_end != tail->end || self->last_crc != tail->crc ||
      self->next_sequence != tail->next_sequence)
    return aq_journal_set_damage (error, segment->number, tail->end, tail->next_sequence,
                                  "the frame before it is not the one that was flushed there");
  self->awaited = NULL;
  return TRUE;
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
  return pass_tail (self, segment, error);
}

/* Returns: FALSE with @error set, or where the good frames end in @out_end */
static gboolean
read_frames (Reader         *self,
             const Segment  *segment,
             gsize           limit,
             gsize          *out_end,
             GError        **error)
{
  gboolean is_within = self->from != NULL && segment->number == self->from->segment;
  gsize offset = is_within ? self->from->end : AQ_SEGMENT_HEADER_SIZE;
  guint32 seed = aq_segment_seed (self->store_id, segment->number);
  AqFrame frame;

  if (!is_within && segment->header.first_sequence != self->next_sequence)
    return aq_journal_set_damage (error, segment->number, 0, self->next_sequence,
                                  "begins with sequence %" G_GUINT64_FORMAT,
                                  segment->header.first_sequence);
  if (offset > limit)
    return aq_journal_set_damage (error, segment->number, limit, self->next_sequence,
                                  "ends here, and should go on to offset %" G_GSIZE_FORMAT, offset);
  self->last_end = offset;
  if (!pass_tail (self, segment, error))
    return FALSE;
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

/* whole frames up to @limit, the last one with @crc */
static gboolean
read_up_to (Reader   *self,
            Segment  *segment,
            guint64   limit,
            guint32   crc,
            GError  **error)
{
  gsize end;

  if (limit > segment->size)
    return aq_journal_set_damage (error, segment->number, segment->size, self->next_sequence,
                                  "ends before its last frame");
  if (!read_segment (self, segment, limit, error) ||
      !read_frames (self, segment, limit, &end, error))
    return FALSE;
  if (end != limit || self->last_crc != crc)
    return aq_journal_set_damage (error, segment->number, end, self->next_sequence,
                                  "the frame is damaged");
  return TRUE;
}

/* those with another behind them: up to where that one says */
static gboolean
read_old_segments (Reader     *self,
                   GPtrArray  *chain,
                   GError    **error)
{
  for (guint i = 0; i + 1 < chain->len; i++)
    {
      const Segment *next = g_ptr_array_index (chain, i + 1);

      if (!read_up_to (self, g_ptr_array_index (chain, i), next->header.previous_end,
                       next->header.previous_crc, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_newest_segment (Reader             *self,
                     Segment            *segment,
                     AqJournalPosition  *position,
                     gboolean           *out_zeros,
                     GError            **error)
{
  guint32 seed = aq_segment_seed (self->store_id, segment->number);
  gsize later;
  gsize end;

  if (!read_segment (self, segment, segment->size, error) ||
      !read_frames (self, segment, segment->size, &end, error))
    return FALSE;
  *out_zeros = is_zero (self->bytes + end, segment->size - end);
  if (!*out_zeros && aq_frame_find (seed, self->bytes, segment->size, end + 8, &later))
    return aq_journal_set_damage (error, segment->number, end, self->next_sequence,
                                  "the frame is damaged: there is another at offset %" G_GSIZE_FORMAT, later);
  position->segment = segment->number;
  position->segment_size = segment->size;
  position->end = end;
  position->crc = self->last_crc;
  return TRUE;
}

static gboolean
check_unused_segments (Reader         *self,
                       const Segment  *newest,
                       GError        **error)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      Segment *segment = &g_array_index (self->segments, Segment, i);

      if ((newest == NULL || segment->number > newest->number) &&
          !check_unused (self, segment, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_before (const AqJournalPosition *a,
           const AqJournalPosition *b)
{
  return a->segment < b->segment || (a->segment == b->segment && a->end < b->end);
}

/* @wanted: nullable: what the journal does not reach, if it ends before that */
static gboolean
check_reached (Reader                   *self,
               const AqJournalPosition  *end,
               const AqJournalPosition  *wanted,
               GError                  **error)
{
  if (wanted == NULL || !is_before (end, wanted))
    return TRUE;
  if (wanted->segment == end->segment)
    return aq_journal_set_damage (error, end->segment, end->end, end->next_sequence,
                                  "the journal ends here, and should go on to offset %" G_GUINT64_FORMAT,
                                  wanted->end);
  return aq_journal_set_damage (error, wanted->segment, 0, end->next_sequence, "the segment %s",
                                find_segment (self, wanted->segment) == NULL ? "is missing" : "is empty");
}

/* Returns: whether writing may go on in the same segment */
static gboolean
ends_clean (Reader                  *self,
            const AqJournalPosition *end,
            gboolean                 zeros)
{
  const AqJournalPosition *tail = self->tail;

  if (tail != NULL)
    return tail->clean && tail->segment == end->segment && tail->end == end->end &&
           tail->crc == end->crc;
  return zeros && end->end > AQ_SEGMENT_HEADER_SIZE && (self->last_flags & AQ_FRAME_CLEAN) != 0;
}

static gboolean
read_all (Reader             *self,
          AqJournalPosition  *position,
          GError            **error)
{
  g_autoptr(GPtrArray) chain = NULL;
  gboolean zeros = TRUE;
  Segment *newest;

  if (!list_segments (self, error) || !read_headers (self, error))
    return FALSE;
  newest = find_newest (self);
  /* a store is made with one */
  if (self->segments->len == 0 && self->from == NULL && (self->tail == NULL || self->tail->segment > 0))
    return aq_journal_set_damage (error, 1, 0, 1, "the segment is missing");
  if (newest != NULL)
    {
      chain = follow_chain (self, newest, error);
      if (chain == NULL || !read_old_segments (self, chain, error) ||
          !read_newest_segment (self, newest, position, &zeros, error))
        return FALSE;
    }
  position->next_sequence = self->next_sequence;
  if (!check_unused_segments (self, newest, error) ||
      !check_reached (self, position, self->from, error) ||
      !check_reached (self, position, self->awaited, error))
    return FALSE;
  if (self->awaited != NULL)
    return aq_journal_set_damage (error, self->awaited->segment, self->awaited->end,
                                  self->awaited->next_sequence, "no frame ends here");
  position->clean = newest != NULL && ends_clean (self, position, zeros);
  if (!zeros && !position->clean)
    g_message ("what is behind offset %" G_GUINT64_FORMAT " of segment %06" G_GUINT64_FORMAT
               " of the journal was never acknowledged, and is cut",
               position->end, position->segment);
  return TRUE;
}

static void
reader_init (Reader                  *self,
             AqStoreIo               *io,
             int                      directory_fd,
             const guint8             store_id[AQ_STORE_ID_SIZE],
             const AqJournalPosition *from,
             AqJournalFrameFunc       func,
             gpointer                 user_data)
{
  *self = (Reader) {
    .io = io,
    .directory_fd = directory_fd,
    .store_id = store_id,
    .func = func,
    .user_data = user_data,
    .segments = g_array_new (FALSE, FALSE, sizeof (Segment)),
    .next_sequence = 1,
  };
  if (from == NULL || from->segment == 0)
    return;
  self->from = from;
  self->next_sequence = from->next_sequence;
  self->last_end = from->end;
  self->last_crc = from->crc;
}

static void
reader_clear (Reader *self)
{
  g_array_unref (self->segments);
  g_free (self->bytes);
}

/**
 * aq_journal_read:
 * @io: the system calls
 * @directory_fd: the journal's directory
 * @store_id: what all segments have to carry
 * @from: (nullable): a position; %NULL, or one in segment 0: the very beginning
 * @tail: (nullable): a position that the journal has reached for certain
 * @func: called with each frame behind @from, in order
 * @user_data: for @func
 * @out_end: where the journal ends
 * @error: return location for an error
 *
 * Reads the journal behind a position; segments before that are not looked at,
 * and need not be there. What @func was given before an error is not to be used:
 * damage may be found behind it.
 *
 * The end is clean, so that writing may go on behind it, if @tail says so and is
 * exactly there; without a tail if the last frame says so and only zeros follow.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset and sequence, also
 * when the journal does not reach @from or @tail; `ASYNCQ_ERROR_STORE_VERSION`;
 * `ASYNCQ_ERROR_STORE_FAILED`, if a file could not be read; and what @func
 * returns.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_journal_read (AqStoreIo                *io,
                 int                       directory_fd,
                 const guint8              store_id[AQ_STORE_ID_SIZE],
                 const AqJournalPosition  *from,
                 const AqJournalPosition  *tail,
                 AqJournalFrameFunc        func,
                 gpointer                  user_data,
                 AqJournalPosition        *out_end,
                 GError                  **error)
{
  AqJournalPosition position = { 0 };
  gboolean ok;
  Reader self;

  reader_init (&self, io, directory_fd, store_id, from, func, user_data);
  self.tail = tail;
  if (tail != NULL && tail->segment > 0 && (self.from == NULL || is_before (from, tail)))
    self.awaited = tail;
  ok = read_all (&self, &position, error);
  reader_clear (&self);
  if (ok)
    *out_end = position;
  return ok;
}

/* from @until back to the first that is wanted, into self->segments, the newest first */
static gboolean
load_range (Reader                   *self,
            const AqJournalPosition  *until,
            GError                  **error)
{
  Segment segment = { .number = until->segment };

  for (;;)
    {
      if (!read_header (self, &segment, error))
        return FALSE;
      if (segment.check != AQ_SEGMENT_GOOD)
        return aq_journal_set_damage (error, segment.number, 0, 0, "the header is damaged");
      g_array_append_val (self->segments, segment);
      if (is_first (self, &segment))
        return TRUE;
      if (!leads_back (self, &segment, error))
        return FALSE;
      segment = (Segment) { .number = segment.header.previous_number };
    }
}

static gboolean
read_range (Reader                   *self,
            const AqJournalPosition  *until,
            GError                  **error)
{
  guint i;

  if (!load_range (self, until, error))
    return FALSE;
  for (i = self->segments->len - 1; i > 0; i--)
    {
      const AqSegmentHeader *next = &g_array_index (self->segments, Segment, i - 1).header;

      if (!read_up_to (self, &g_array_index (self->segments, Segment, i), next->previous_end,
                       next->previous_crc, error))
        return FALSE;
    }
  if (!read_up_to (self, &g_array_index (self->segments, Segment, 0), until->end, until->crc, error))
    return FALSE;
  if (self->next_sequence != until->next_sequence)
    return aq_journal_set_damage (error, until->segment, until->end, self->next_sequence,
                                  "should be where sequence %" G_GUINT64_FORMAT " follows",
                                  until->next_sequence);
  return TRUE;
}

/**
 * aq_journal_read_range:
 * @io: the system calls
 * @directory_fd: the journal's directory
 * @store_id: what all segments have to carry
 * @from: (nullable): a position; %NULL, or one in segment 0: the very beginning
 * @until: a position that is not before @from
 * @func: called with each frame between the two, in order
 * @user_data: for @func
 * @error: return location for an error
 *
 * Reads what lies between two positions of a journal that may be written to
 * behind @until: nothing there is looked at. The segments between the two have
 * to stay for so long. What @func was given before an error is not to be used.
 *
 * Errors: as aq_journal_read()
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_journal_read_range (AqStoreIo                *io,
                       int                       directory_fd,
                       const guint8              store_id[AQ_STORE_ID_SIZE],
                       const AqJournalPosition  *from,
                       const AqJournalPosition  *until,
                       AqJournalFrameFunc        func,
                       gpointer                  user_data,
                       GError                  **error)
{
  gboolean ok;
  Reader self;

  if (until->segment == (from != NULL ? from->segment : 0) &&
      until->end == (from != NULL ? from->end : 0))
    return TRUE;
  reader_init (&self, io, directory_fd, store_id, from, func, user_data);
  ok = read_range (&self, until, error);
  reader_clear (&self);
  return ok;
}
