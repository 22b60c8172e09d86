/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

#define AQ_SEGMENT_N_SPARES 2

/* how large segments are made */
typedef struct
{
  guint64 min_bytes;
  guint64 max_bytes;
} AqSegmentSizes;

/* A file for a segment, with its blocks allocated. */
typedef struct
{
  int     fd;         /* owned; -1: there is none */
  guint64 number;     /* its name; 0: it is the reserve */
  guint64 size;
  guint64 prewritten; /* something is on the disk up to here */
} AqSegmentFile;

/*
 * The files in a journal's directory that are not written to: those that will be
 * segments, and those that were. Used by one thread at a time.
 */
typedef struct
{
  AqStoreIo     *io;           /* borrowed */
  int            directory_fd; /* borrowed */
  AqSegmentSizes sizes;
  guint64        newest;       /* number of the newest file, used or not */
  GArray        *old;          /* of guint64: the numbers of those that were, ascending; owned */
  guint64        keep;         /* of these the first one that is still wanted */
  AqSegmentFile  spares[AQ_SEGMENT_N_SPARES];
  guint          n_spares;     /* so many of them may be */
  AqSegmentFile  reserve;
} AqSegmentStock;

gboolean aq_segment_stock_init         (AqSegmentStock       *self,
                                        AqStoreIo            *io,
                                        int                   directory_fd,
                                        const AqSegmentSizes *sizes,
                                        guint64               newest,
                                        GError              **error);
void     aq_segment_stock_clear        (AqSegmentStock       *self);
guint64  aq_segment_stock_get_next     (AqSegmentStock       *self,
                                        guint64               used);
gboolean aq_segment_stock_make         (AqSegmentStock       *self,
                                        guint64               size,
                                        AqSegmentFile        *out_file,
                                        GError              **error);
gboolean aq_segment_stock_take_reserve (AqSegmentStock       *self,
                                        guint64               size,
                                        AqSegmentFile        *out_file,
                                        GError              **error);
gboolean aq_segment_stock_fill_reserve (AqSegmentStock       *self,
                                        guint64               size,
                                        GError              **error);
void     aq_segment_stock_give_back    (AqSegmentStock       *self,
                                        AqSegmentFile        *file);
void     aq_segment_stock_forget       (AqSegmentStock       *self,
                                        guint64               number);
void     aq_segment_stock_add_old      (AqSegmentStock       *self,
                                        guint64               number);
void     aq_segment_stock_limit_spares (AqSegmentStock       *self,
                                        guint                 n_spares);
gboolean aq_segment_stock_tidy         (AqSegmentStock       *self,
                                        guint64               next_size);

G_END_DECLS
