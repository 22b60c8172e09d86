/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-segment-stock.h"
#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* what a buffer for aq_segment_writer_append() holds free before its content */
#define AQ_FRAME_HEADROOM (AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE)

/* Appends frames to a journal, each flushed before it returns. Used by one thread at a time. */
typedef struct
{
  AqStoreIo *io;            /* borrowed */
  int        directory_fd;  /* borrowed */
  guint8     store_id[AQ_STORE_ID_SIZE];
  guint8    *zeros;         /* owned */

  AqJournalPosition last;   /* behind the last frame that is known to be flushed */
  AqJournalPosition closed; /* behind the last one of the newest segment that gets no more */
  guint64    closed_before; /* number of the segment before that one */
  guint64    keep_segment;  /* segments before it are not needed any more */

  AqSegmentStock stock;
  AqSegmentFile  current;   /* what is written to; none: the next frame starts one */
  guint64    end;           /* behind its last frame; 0 before its first */
  guint32    seed;
  AqSegmentFile  ready;     /* the one after it, made ahead; or none */
  gboolean   ready_failed;  /* not tried again before the next segment */
} AqSegmentWriter;

gboolean aq_segment_writer_init         (AqSegmentWriter          *self,
                                         AqStoreIo                *io,
                                         int                       directory_fd,
                                         const guint8              store_id[AQ_STORE_ID_SIZE],
                                         const AqSegmentSizes     *sizes,
                                         const AqJournalPosition  *position,
                                         GError                  **error);
void     aq_segment_writer_clear        (AqSegmentWriter          *self);
gboolean aq_segment_writer_append       (AqSegmentWriter          *self,
                                         AqFrame                  *frame,
                                         AqBuffer                 *buffer,
                                         GError                  **error);
gboolean aq_segment_writer_has_room     (AqSegmentWriter          *self,
                                         guint64                   n_bytes);
guint64  aq_segment_writer_get_room     (AqSegmentWriter          *self);
gboolean aq_segment_writer_make_room    (AqSegmentWriter          *self,
                                         guint64                   n_bytes,
                                         GError                  **error);
void     aq_segment_writer_rest    (AqSegmentWriter         *self);
gboolean aq_segment_writer_prepare      (AqSegmentWriter          *self);
void     aq_segment_writer_end_segment  (AqSegmentWriter          *self);
void     aq_segment_writer_set_keep     (AqSegmentWriter          *self,
                                         guint64                   keep_segment);
gboolean aq_segment_writer_has_reserve  (AqSegmentWriter          *self,
                                         guint64                   size);
gboolean aq_segment_writer_fill_reserve (AqSegmentWriter          *self,
                                         guint64                   size,
                                         GError                  **error);

G_END_DECLS
