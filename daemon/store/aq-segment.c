/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Segments and frames of the journal
 *
 * The bytes between the files and the records: README.md has the layout. The
 * checksum of a frame's header covers store, segment, offset, header and, by
 * the content's checksum in it, the content; each header also holds the one
 * before it. So nothing in the journal can be changed, moved, taken out or put
 * in without notice. A header has a checksum of its own, so that to look for a
 * frame costs 40 bytes a candidate, whatever users' data look like.
 *
 * Nothing here does I/O or knows a thread.
 */

#include "config.h"

#include "store/aq-segment.h"

#include "store/aq-buffer.h"
#include "store/aq-crc32c.h"
#include "store/aq-reader.h"

#include <stdio.h>

#define SEGMENT_MAGIC 0x534a5141u /* "AQJS" */
#define FRAME_MAGIC 0x46525141u   /* "AQRF" */

/* the fields of both that come before their checksums */
#define SEGMENT_CRC_OFFSET (AQ_SEGMENT_HEADER_SIZE - 4)
#define FRAME_CRC_OFFSET 4

void
aq_segment_format_name (guint64 number,
                        char    out_name[AQ_SEGMENT_NAME_SIZE])
{
  (void) g_snprintf (out_name, AQ_SEGMENT_NAME_SIZE, "%06" G_GUINT64_FORMAT, number);
}

/* only names that aq_segment_format_name() makes */
gboolean
aq_segment_parse_name (const char *name,
                       guint64    *out_number)
{
  char again[AQ_SEGMENT_NAME_SIZE];
  guint64 number = g_ascii_strtoull (name, NULL, 10);

  if (number == 0)
    return FALSE;
  aq_segment_format_name (number, again);
  if (strcmp (name, again) != 0)
    return FALSE;
  *out_number = number;
  return TRUE;
}

/* sets @self's checksum too */
void
aq_segment_header_write (AqSegmentHeader *self,
                         guint8           out_bytes[AQ_SEGMENT_HEADER_SIZE])
{
  guint8 *at = out_bytes;

  at = aq_put_u32 (at, SEGMENT_MAGIC);
  at = aq_put_u32 (at, AQ_SEGMENT_VERSION);
  at = aq_put_bytes (at, self->store_id, AQ_STORE_ID_SIZE);
  at = aq_put_u64 (at, self->number);
  at = aq_put_u64 (at, self->size);
  at = aq_put_u64 (at, self->first_sequence);
  at = aq_put_u64 (at, self->previous_number);
  at = aq_put_u64 (at, self->previous_end);
  at = aq_put_u32 (at, self->previous_crc);
  g_assert (at == out_bytes + SEGMENT_CRC_OFFSET);
  self->crc = aq_crc32c (0, out_bytes, SEGMENT_CRC_OFFSET);
  aq_put_u32 (at, self->crc);
}

AqSegmentCheck
aq_segment_header_read (AqSegmentHeader *self,
                        const guint8    *bytes,
                        gsize            size)
{
  if (size < AQ_SEGMENT_HEADER_SIZE || aq_get_u32 (bytes) != SEGMENT_MAGIC ||
      aq_crc32c (0, bytes, SEGMENT_CRC_OFFSET) != aq_get_u32 (bytes + SEGMENT_CRC_OFFSET))
    return AQ_SEGMENT_BAD;
  if (aq_get_u32 (bytes + 4) != AQ_SEGMENT_VERSION)
    return AQ_SEGMENT_NEWER;

  memcpy (self->store_id, bytes + 8, AQ_STORE_ID_SIZE);
  self->number = aq_get_u64 (bytes + 24);
  self->size = aq_get_u64 (bytes + 32);
  self->first_sequence = aq_get_u64 (bytes + 40);
  self->previous_number = aq_get_u64 (bytes + 48);
  self->previous_end = aq_get_u64 (bytes + 56);
  self->previous_crc = aq_get_u32 (bytes + 64);
  self->crc = aq_get_u32 (bytes + SEGMENT_CRC_OFFSET);
  return AQ_SEGMENT_GOOD;
}

/* Returns: less than 0 if @left is before @right, more if it is behind it */
int
aq_journal_position_compare (const AqJournalPosition *left,
                             const AqJournalPosition *right)
{
  if (left->segment != right->segment)
    return left->segment < right->segment ? -1 : 1;
  return left->end < right->end ? -1 : left->end > right->end;
}

/* what the checksums of a segment's frames start from */
guint32
aq_segment_seed (const guint8 store_id[AQ_STORE_ID_SIZE],
                 guint64      number)
{
  guint8 bytes[8];

  aq_put_u64 (bytes, number);
  return aq_crc32c (aq_crc32c (0, store_id, AQ_STORE_ID_SIZE), bytes, sizeof bytes);
}

static guint32
header_crc (guint32       seed,
            guint64       offset,
            const guint8 *header)
{
  guint8 bytes[8];

  aq_put_u64 (bytes, offset);
  return aq_crc32c (aq_crc32c (seed, bytes, sizeof bytes), header + FRAME_CRC_OFFSET + 4,
                    AQ_FRAME_HEADER_SIZE - FRAME_CRC_OFFSET - 4);
}

/* sets @self's checksums too; @offset is where in its segment the header will be */
void
aq_frame_seal (AqFrame      *self,
               guint32       seed,
               guint64       offset,
               const guint8 *content,
               guint8        out_bytes[AQ_FRAME_HEADER_SIZE])
{
  guint8 *at = out_bytes + FRAME_CRC_OFFSET + 4;

  self->content_crc = aq_crc32c (seed, content, self->length);
  at = aq_put_u64 (at, self->length);
  at = aq_put_u64 (at, self->sequence);
  at = aq_put_u32 (at, self->n_transactions);
  at = aq_put_u32 (at, self->flags);
  at = aq_put_u32 (at, self->previous_crc);
  at = aq_put_u32 (at, self->content_crc);
  g_assert (at == out_bytes + AQ_FRAME_HEADER_SIZE);
  self->crc = header_crc (seed, offset, out_bytes);
  aq_put_u32 (aq_put_u32 (out_bytes, FRAME_MAGIC), self->crc);
}

static gboolean
header_is_good (guint32       seed,
                guint64       offset,
                const guint8 *header)
{
  return aq_get_u32 (header) == FRAME_MAGIC &&
         aq_get_u32 (header + FRAME_CRC_OFFSET) == header_crc (seed, offset, header);
}

/* Returns: whether a frame begins with @bytes, which lie at @offset of their segment */
gboolean
aq_frame_header_read (AqFrame      *self,
                      guint32       seed,
                      guint64       offset,
                      const guint8  bytes[AQ_FRAME_HEADER_SIZE])
{
  if (!header_is_good (seed, offset, bytes))
    return FALSE;
  self->crc = aq_get_u32 (bytes + FRAME_CRC_OFFSET);
  self->length = aq_get_u64 (bytes + 8);
  self->sequence = aq_get_u64 (bytes + 16);
  self->n_transactions = aq_get_u32 (bytes + 24);
  self->flags = aq_get_u32 (bytes + 28);
  self->previous_crc = aq_get_u32 (bytes + 32);
  self->content_crc = aq_get_u32 (bytes + 36);
  return TRUE;
}

/* @content: as long as the header says */
gboolean
aq_frame_has_content (const AqFrame *self,
                      guint32        seed,
                      const guint8  *content)
{
  return aq_crc32c (seed, content, self->length) == self->content_crc;
}

/* fills @self unless the header is bad */
AqFrameCheck
aq_frame_check (AqFrame      *self,
                guint32       seed,
                const guint8 *segment,
                gsize         segment_size,
                gsize         offset)
{
  if (offset > segment_size || segment_size - offset < AQ_FRAME_HEADER_SIZE ||
      !aq_frame_header_read (self, seed, offset, segment + offset))
    return AQ_FRAME_BAD_HEADER;
  if (self->length > segment_size - offset - AQ_FRAME_HEADER_SIZE ||
      !aq_frame_has_content (self, seed, segment + offset + AQ_FRAME_HEADER_SIZE))
    return AQ_FRAME_BAD_CONTENT;
  return AQ_FRAME_GOOD;
}

/*
 * The header alone proves that there was a frame: it was written after the one
 * before it was flushed, so a bad frame before it is damage, not a torn end.
 */
gboolean
aq_frame_find (guint32       seed,
               const guint8 *segment,
               gsize         segment_size,
               gsize         from,
               gsize        *out_offset)
{
  for (gsize offset = (from + 7) & ~(gsize) 7;
       offset < segment_size && segment_size - offset >= AQ_FRAME_HEADER_SIZE; offset += 8)
    if (header_is_good (seed, offset, segment + offset))
      {
        *out_offset = offset;
        return TRUE;
      }
  return FALSE;
}
