/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-image.h"
#include "store/aq-page.h"
#include "store/aq-store-directory.h"
#include "store/tool/aq-directory-draft.h"

G_BEGIN_DECLS

/* A job on its way into a page. */
typedef struct
{
  gboolean    is_used;
  AqPageEntry entry; /* borrows from bytes */
  AqBuffer    bytes; /* its records */
} AqStoreSlot;

/* A new store that is filled with whole jobs, in any order. */
typedef struct
{
  AqStoreIo        *io;        /* borrowed */
  AqDirectoryDraft  draft;
  AqStoreDirectory  directory;
  AqImage          *image;     /* owned */
  AqBuffer          buffer;    /* a page, used again and again */

  /* the page that is being filled */
  guint64           page;
  gboolean          has_page;
  AqStoreSlot       slots[AQ_PAGE_JOBS];

  /* of all jobs */
  guint64           n_jobs;
  guint64           last_sequence;
  AqCounters        counters;  /* the least that they can be */
} AqStoreBuilder;

gboolean aq_store_builder_begin      (AqStoreBuilder     *self,
                                      AqStoreIo          *io,
                                      const char         *place,
                                      const guint8       *store_id,
                                      GError            **error);
gboolean aq_store_builder_add        (AqStoreBuilder     *self,
                                      const AqPageEntry  *entry,
                                      GError            **error);
gboolean aq_store_builder_add_agent  (AqStoreBuilder     *self,
                                      const char         *name,
                                      gconstpointer       record,
                                      gsize               size,
                                      GError            **error);
gboolean aq_store_builder_add_item   (AqStoreBuilder     *self,
                                      guint               kind,
                                      const char         *name,
                                      gconstpointer       record,
                                      gsize               size,
                                      GError            **error);
gboolean aq_store_builder_finish     (AqStoreBuilder     *self,
                                      GError            **error);
void     aq_store_builder_clear      (AqStoreBuilder     *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqStoreBuilder, aq_store_builder_clear)

G_END_DECLS
