/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/tool/aq-snapshot.h"

G_BEGIN_DECLS

#define AQ_PAGE_CACHE_SIZE 64

/* Pages of a snapshot that were asked for last, to look up jobs. Zeroed memory with a snapshot is a start. */
typedef struct
{
  AqSnapshot *snapshot; /* borrowed */
  struct
  {
    gboolean  is_used;
    guint64   page;
    AqBuffer  content;
  } pages[AQ_PAGE_CACHE_SIZE];
} AqPageCache;

gboolean aq_page_cache_find  (AqPageCache  *self,
                              guint64       id,
                              AqPageEntry  *out_entry,
                              gboolean     *out_found,
                              GError      **error);
void     aq_page_cache_clear (AqPageCache  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqPageCache, aq_page_cache_clear)

G_END_DECLS
