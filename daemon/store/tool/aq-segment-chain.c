/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The chain of segments
 *
 * Which files in `journal` are part of the journal: the newest with a good header,
 * and those that the headers lead back to. Only headers are read here.
 */

#include "config.h"

#include "store/tool/aq-segment-chain.h"

#include "store/aq-journal-reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns: whether there is a segment of this store under this number */
static gboolean
read_segment (AqStoreIo               *io,
              const AqStoreDirectory  *directory,
              guint64                  number,
              AqChainedSegment        *out_segment,
              gboolean                *out_found,
              GError                 **error)
{
  guint8 bytes[AQ_SEGMENT_HEADER_SIZE];
  char name[AQ_SEGMENT_NAME_SIZE];
  AqChainedSegment segment = { 0 };
  struct stat info;
  gsize size = 0;
  gboolean ok;
  int fd;

  *out_found = FALSE;
  aq_segment_format_name (number, name);
  if (fstatat (directory->journal_fd, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (info.st_mode))
    return TRUE;
  fd = aq_store_io_open (io, directory->journal_fd, name, O_RDONLY, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_read (io, fd, name, bytes, sizeof bytes, 0, &size, error);
  (void) close (fd); /* only read */
  if (!ok)
    return FALSE;
  if (aq_segment_header_read (&segment.header, bytes, size) != AQ_SEGMENT_GOOD || segment.header.number != number ||
      memcmp (segment.header.store_id, directory->store_id, AQ_STORE_ID_SIZE) != 0)
    return TRUE;
  segment.file_size = (guint64) info.st_size;
  segment.disk_size = (guint64) info.st_blocks * 512;
  *out_segment = segment;
  *out_found = TRUE;
  return TRUE;
}

/* back from the newest, in @segments by number */
static GArray *
follow (GArray  *segments,
        guint64  newest)
{
  GArray *chain = g_array_new (FALSE, FALSE, sizeof (AqChainedSegment));
  guint64 wanted = newest;

  for (guint i = segments->len; i > 0 && wanted != 0; i--)
    {
      AqChainedSegment *segment = &g_array_index (segments, AqChainedSegment, i - 1);

      if (segment->header.number != wanted)
        continue;
      g_array_prepend_val (chain, *segment);
      /* a header that leads on, or to itself, ends it */
      wanted = segment->header.previous_number < wanted ? segment->header.previous_number : 0;
    }
  return chain;
}

/**
 * aq_segment_chain_read:
 * @io: the system calls
 * @directory: an open store
 * @newest: the segment to follow back from, or 0 for the newest that there is
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full) (element-type AqChainedSegment): the segments of the
 *   journal that are there, oldest first; or %NULL with @error set
 */
GArray *
aq_segment_chain_read (AqStoreIo               *io,
                       const AqStoreDirectory  *directory,
                       guint64                  newest,
                       GError                 **error)
{
  g_autoptr(GArray) numbers = aq_journal_list (io, directory->journal_fd, error);
  g_autoptr(GArray) segments = g_array_new (FALSE, FALSE, sizeof (AqChainedSegment));

  if (numbers == NULL)
    return NULL;
  for (guint i = 0; i < numbers->len; i++)
    {
      AqChainedSegment segment;
      gboolean found;

      if (!read_segment (io, directory, g_array_index (numbers, guint64, i), &segment, &found, error))
        return NULL;
      if (found)
        g_array_append_val (segments, segment);
    }
  if (newest == 0 && segments->len > 0)
    newest = g_array_index (segments, AqChainedSegment, segments->len - 1).header.number;
  return follow (segments, newest);
}

/* where the journal that is kept begins: behind a segment that may be gone */
void
aq_segment_chain_start (GArray            *chain,
                        AqJournalPosition *out_start)
{
  *out_start = (AqJournalPosition) { 0 };
  if (chain->len > 0)
    {
      const AqSegmentHeader *header = &g_array_index (chain, AqChainedSegment, 0).header;

      out_start->segment = header->previous_number;
      out_start->end = header->previous_end;
      out_start->crc = header->previous_crc;
      out_start->next_sequence = header->first_sequence;
    }
}
