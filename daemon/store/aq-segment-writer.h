/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* what a buffer for aq_segment_writer_append() holds free before its content */
#define AQ_FRAME_HEADROOM (AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE)

/* Appends frames to a journal, each flushed before it returns. Used by one thread at a time. */
typedef struct
{
  AqStoreIo *io;           /* borrowed */
  int        directory_fd; /* borrowed */
  guint8     store_id[AQ_STORE_ID_SIZE];
  guint8    *zeros;        /* owned */
  guint64    newest;       /* number of the newest file, used or not */

  AqJournalPosition last;   /* behind the last frame that is known to be flushed */
  AqJournalPosition closed; /* behind the last one of the newest segment that gets no more */

  /* the segment that is written to */
  int        fd;           /* owned; -1: the next frame starts one */
  guint64    number;
  guint64    size;
  guint64    end;          /* behind its last frame; 0 before its first */
  guint64    prewritten;   /* zeros are on the disk up to here */
  guint32    seed;

  /* the one after it, made ahead */
  int        ready_fd;     /* owned; -1: there is none yet */
  guint64    ready_number;
  guint64    ready_size;
  guint64    ready_prewritten;
  gboolean   ready_failed; /* not tried again before the next segment */
} AqSegmentWriter;

gboolean aq_segment_writer_init    (AqSegmentWriter         *self,
                                    AqStoreIo               *io,
                                    int                      directory_fd,
                                    const guint8             store_id[AQ_STORE_ID_SIZE],
                                    const AqJournalPosition *position,
                                    GError                 **error);
void     aq_segment_writer_clear   (AqSegmentWriter         *self);
gboolean aq_segment_writer_append  (AqSegmentWriter         *self,
                                    AqFrame                 *frame,
                                    AqBuffer                *buffer,
                                    GError                 **error);
gboolean aq_segment_writer_prepare (AqSegmentWriter         *self);
void     aq_segment_writer_end_segment (AqSegmentWriter     *self);

G_END_DECLS
