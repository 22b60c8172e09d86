/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-record.h"

G_BEGIN_DECLS

#define AQ_PAGE_SHIFT 5
#define AQ_PAGE_JOBS (1 << AQ_PAGE_SHIFT)

/* One whole job in a page. The records are as in the journal; all is borrowed from the page. */
typedef struct
{
  guint64       id;
  guint64       sequence;    /* of the newest transaction that changed it or its edges */
  const guint8 *job;         /* its record, with every part that it has */
  gsize         job_size;
  AqJobRecord   record;      /* the same, read */
  const guint8 *edges;       /* records one behind the other: first those of which it is the child, */
  gsize         edges_size;  /* then those of which it is the parent, each in order of adding */
  gsize         edges_in_size; /* of those of which it is the child */
  guint32       n_edges_in;
  guint32       n_edges_out;
} AqPageEntry;

/* Reads a page, entry by entry, in order of id. */
typedef struct
{
  guint64  page;
  guint32  n_left;  /* entries */
  guint64  next_id; /* the next one has this id at least */
  AqReader reader;
} AqPageReader;

/* Makes a page: begin, then entries in order of id, then end. */
typedef struct
{
  AqBuffer *buffer; /* borrowed */
  gsize     start;
  guint64   page;
  guint32   n_jobs;
  guint64   next_id;
} AqPageWriter;

static inline guint64
aq_page_of (guint64 id)
{
  return id >> AQ_PAGE_SHIFT;
}

gboolean aq_page_reader_init  (AqPageReader       *self,
                               guint64             page,
                               const guint8       *content,
                               gsize               size,
                               GError            **error);
gboolean aq_page_reader_next  (AqPageReader       *self,
                               AqPageEntry        *out_entry,
                               gboolean           *out_found,
                               GError            **error);

void     aq_page_writer_begin (AqPageWriter       *self,
                               guint64             page,
                               AqBuffer           *buffer);
void     aq_page_writer_add   (AqPageWriter       *self,
                               const AqPageEntry  *entry);
gboolean aq_page_writer_end   (AqPageWriter       *self);

G_END_DECLS
