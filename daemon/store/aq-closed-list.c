/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Ends of closed segments
 *
 * The header of a segment says where the one before it ends, so the ends
 * are read back from the newest one. In all of this a position of NULL is
 * before the first segment.
 */

#include "config.h"

#include "store/aq-closed-list.h"

#include "store/aq-journal-reader.h"

#include <fcntl.h>
#include <unistd.h>

void
aq_closed_list_init (AqClosedList *self)
{
  self->ends = g_array_new (FALSE, FALSE, sizeof (AqJournalPosition));
}

void
aq_closed_list_clear (AqClosedList *self)
{
  g_clear_pointer (&self->ends, g_array_unref);
}

static const AqJournalPosition *
get_end (AqClosedList *self,
         guint         i)
{
  return &g_array_index (self->ends, AqJournalPosition, i);
}

static gboolean
is_behind (const AqJournalPosition *end,
           const AqJournalPosition *from)
{
  return from == NULL || aq_journal_position_compare (end, from) > 0;
}

static gboolean
read_header (AqStoreIo        *io,
             int               journal_fd,
             const guint8      store_id[AQ_STORE_ID_SIZE],
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
  fd = aq_store_io_open (io, journal_fd, name, O_RDONLY | O_NONBLOCK, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_read (io, fd, name, bytes, sizeof bytes, 0, &n_bytes, error);
  (void) close (fd); /* only read */
  if (!ok)
    return FALSE;
  if (aq_segment_header_read (out_header, bytes, n_bytes) != AQ_SEGMENT_GOOD ||
      out_header->number != number || out_header->previous_number >= number ||
      memcmp (out_header->store_id, store_id, AQ_STORE_ID_SIZE) != 0)
    return aq_journal_set_damage (error, number, 0, 0, "the header is damaged");
  return TRUE;
}

/* the ends from the @first on; they may be many, after a step that took long */
static void
reverse (AqClosedList *self,
         guint         first)
{
  for (guint last = self->ends->len; first + 1 < last; first++, last--)
    {
      AqJournalPosition *a = &g_array_index (self->ends, AqJournalPosition, first);
      AqJournalPosition *b = &g_array_index (self->ends, AqJournalPosition, last - 1);
      AqJournalPosition end = *a;

      *a = *b;
      *b = end;
    }
}

/**
 * aq_closed_list_extend:
 * @self: a list
 * @io: the system calls
 * @journal_fd: the journal's directory
 * @store_id: the store's id
 * @from: (nullable): ends that are not behind it are not wanted
 * @end: of the newest closed segment
 * @error: return location for an error
 *
 * Adds the ends behind those that are known, up to @end.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_FAILED`; then those
 * before the segment that could not be read are missing.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_closed_list_extend (AqClosedList             *self,
                       AqStoreIo                *io,
                       int                       journal_fd,
                       const guint8              store_id[AQ_STORE_ID_SIZE],
                       const AqJournalPosition  *from,
                       const AqJournalPosition  *end,
                       GError                  **error)
{
  const AqJournalPosition *newest = aq_closed_list_get_newest (self);
  AqJournalPosition lower = newest != NULL ? *newest : from != NULL ? *from : (AqJournalPosition) { 0 };
  AqJournalPosition position = *end;
  guint n_known = self->ends->len;
  gboolean ok = TRUE;

  while (aq_journal_position_compare (&position, &lower) > 0)
    {
      AqSegmentHeader header;

      g_array_append_val (self->ends, position);
      if (position.segment == lower.segment)
        break;
      ok = read_header (io, journal_fd, store_id, position.segment, &header, error);
      if (!ok)
        break;
      position = (AqJournalPosition) {
        .segment = header.previous_number,
        .end = header.previous_end,
        .crc = header.previous_crc,
        .next_sequence = header.first_sequence,
      };
    }
  reverse (self, n_known);
  return ok;
}

/* what is not behind @from, but for the newest */
void
aq_closed_list_forget (AqClosedList            *self,
                       const AqJournalPosition *from)
{
  guint n = 0;

  while (n + 1 < self->ends->len && !is_behind (get_end (self, n), from))
    n++;
  if (n > 0)
    g_array_remove_range (self->ends, 0, n);
}

/* of the segments that end behind @from; each counts as if it were full */
guint64
aq_closed_list_get_bytes (AqClosedList            *self,
                          const AqJournalPosition *from)
{
  guint64 n_bytes = 0;

  for (guint i = self->ends->len; i > 0 && is_behind (get_end (self, i - 1), from); i--)
    n_bytes += get_end (self, i - 1)->end;
  return n_bytes;
}

/* Returns: (nullable) */
const AqJournalPosition *
aq_closed_list_get_newest (AqClosedList *self)
{
  return self->ends->len > 0 ? get_end (self, self->ends->len - 1) : NULL;
}

/* Returns: (nullable): the end of what is behind @from: so many bytes, but one segment at least */
const AqJournalPosition *
aq_closed_list_get_window (AqClosedList            *self,
                           const AqJournalPosition *from,
                           guint64                  max_bytes)
{
  const AqJournalPosition *window = NULL;
  guint64 n_bytes = 0;

  for (guint i = 0; i < self->ends->len; i++)
    {
      const AqJournalPosition *end = get_end (self, i);

      if (!is_behind (end, from))
        continue;
      n_bytes += end->end;
      if (window != NULL && n_bytes > max_bytes)
        break;
      window = end;
    }
  return window;
}
