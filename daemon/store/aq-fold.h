/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-segment.h"

G_BEGIN_DECLS

/*
 * A piece of the journal, by job: what it makes of the pages of an image. Used by
 * one thread at a time.
 */
typedef struct _AqFold AqFold;

/* An agent, its record as in the journal; NULL: it was removed. */
typedef struct
{
  char   *name;
  GBytes *record;
} AqFoldAgent;

/* An item as it is at the end. */
typedef struct
{
  guint   kind;   /* AqItemKind */
  char   *name;
  GBytes *record; /* as in the journal; NULL: it is removed */
} AqFoldItem;

AqFoldItem *aq_fold_item_new    (guint           kind,
                                 const char     *name,
                                 GBytes         *record); /* (transfer full) (nullable) */
void       aq_fold_item_free    (AqFoldItem     *self);

AqFold    *aq_fold_new          (void);
void       aq_fold_free         (AqFold         *self);
gboolean   aq_fold_add_frame    (AqFold         *self,
                                 const AqFrame  *frame,
                                 const guint8   *content,
                                 GError        **error);
void       aq_fold_set_misfits  (AqFold         *self,
                                 GArray         *ids);
gsize      aq_fold_get_bytes    (AqFold         *self);
GArray    *aq_fold_list_pages   (AqFold         *self);
gboolean   aq_fold_merge_page   (AqFold         *self,
                                 guint64         page,
                                 const guint8   *content,
                                 gsize           size,
                                 AqBuffer       *out_content,
                                 GError        **error);
GPtrArray *aq_fold_get_agents   (AqFold         *self);
GPtrArray *aq_fold_get_items    (AqFold         *self);
GBytes    *aq_fold_get_counters (AqFold         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFold, aq_fold_free)

G_END_DECLS
