/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_STORE_ID_SIZE 16

#define AQ_SEGMENT_VERSION 1
#define AQ_SEGMENT_HEADER_SIZE 72
#define AQ_SEGMENT_MIN_SIZE (1024 * 1024)
#define AQ_SEGMENT_MAX_SIZE (32 * 1024 * 1024)
#define AQ_SEGMENT_NAME_SIZE 24 /* of a file's name, with its terminator */

#define AQ_FRAME_HEADER_SIZE 40

/* The first bytes of a segment; where it hangs in the chain of segments. */
typedef struct
{
  guint8  store_id[AQ_STORE_ID_SIZE];
  guint64 number;
  guint64 size;            /* of the file, in bytes: it never has another */
  guint64 first_sequence;  /* of the first transaction in it */
  guint64 previous_number; /* the segment before it in the journal, 0 in the first */
  guint64 previous_end;    /* where that one's last frame ends: what follows there does not count */
  guint32 previous_crc;    /* of that frame; 0 in the first */
  guint32 crc;             /* of this header */
} AqSegmentHeader;

typedef enum
{
  AQ_SEGMENT_GOOD,
  AQ_SEGMENT_BAD,    /* damaged, torn, or never written */
  AQ_SEGMENT_NEWER   /* from a newer version of asyncq */
} AqSegmentCheck;

typedef enum
{
  AQ_FRAME_CLEAN = 1 << 0 /* the journal was closed behind this frame */
} AqFrameFlags;

/* One flush: the header before a number of whole transactions. */
typedef struct
{
  guint64 length;         /* of the content, in bytes; a multiple of 8 */
  guint64 sequence;       /* of its first transaction; if it has none, of the next one */
  guint32 n_transactions;
  guint32 flags;          /* AqFrameFlags */
  guint32 previous_crc;   /* of the frame before it in the journal; 0 in the very first */
  guint32 content_crc;
  guint32 crc;            /* of this header and with it of the content */
} AqFrame;

typedef enum
{
  AQ_FRAME_GOOD,
  AQ_FRAME_BAD_HEADER, /* no frame begins here */
  AQ_FRAME_BAD_CONTENT /* one does, but not all of it is there */
} AqFrameCheck;

/* where a journal ends */
typedef struct
{
  guint64  segment;       /* 0: nothing was ever written */
  guint64  segment_size;
  guint64  end;           /* offset behind the last frame */
  guint32  crc;           /* of that frame */
  guint64  next_sequence;
  gboolean clean;         /* closed, and nothing behind the end: may go on in the segment */
} AqJournalPosition;

int            aq_journal_position_compare (const AqJournalPosition *left,
                                            const AqJournalPosition *right);

void           aq_segment_format_name  (guint64                number,
                                        char                   out_name[AQ_SEGMENT_NAME_SIZE]);
gboolean       aq_segment_parse_name   (const char            *name,
                                        guint64               *out_number);
void           aq_segment_header_write (AqSegmentHeader       *self,
                                        guint8                 out_bytes[AQ_SEGMENT_HEADER_SIZE]);
AqSegmentCheck aq_segment_header_read  (AqSegmentHeader       *self,
                                        const guint8          *bytes,
                                        gsize                  size);
guint32        aq_segment_seed         (const guint8           store_id[AQ_STORE_ID_SIZE],
                                        guint64                number);

void           aq_frame_seal           (AqFrame               *self,
                                        guint32                seed,
                                        guint64                offset,
                                        const guint8          *content,
                                        guint8                 out_bytes[AQ_FRAME_HEADER_SIZE]);
gboolean       aq_frame_header_read    (AqFrame               *self,
                                        guint32                seed,
                                        guint64                offset,
                                        const guint8           bytes[AQ_FRAME_HEADER_SIZE]);
gboolean       aq_frame_has_content    (const AqFrame         *self,
                                        guint32                seed,
                                        const guint8          *content);
AqFrameCheck   aq_frame_check          (AqFrame               *self,
                                        guint32                seed,
                                        const guint8          *segment,
                                        gsize                  segment_size,
                                        gsize                  offset);
gboolean       aq_frame_find           (guint32                seed,
                                        const guint8          *segment,
                                        gsize                  segment_size,
                                        gsize                  from,
                                        gsize                 *out_offset);

G_END_DECLS
