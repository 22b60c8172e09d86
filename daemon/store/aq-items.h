/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-item.h"

G_BEGIN_DECLS

/* The named things of a store, by kind and name. Zeroed memory has none. */
typedef struct
{
  GTree     *trees[AQ_N_ITEM_KINDS]; /* of AqItem, owned, by name; nullable */
  GPtrArray *lists[AQ_N_ITEM_KINDS]; /* of AqItem, of the tree, by name; NULL: to be made when it is wanted */
} AqItems;

void       aq_items_clear (AqItems    *self);
/* borrowed until the item is set again; NULL: there is none */
AqItem    *aq_items_get   (AqItems    *self,
                           AqItemKind  kind,
                           const char *name);
void       aq_items_set   (AqItems    *self,
                           AqItem     *item); /* (transfer full) */
/* FALSE: there is none */
gboolean   aq_items_remove (AqItems   *self,
                           AqItemKind  kind,
                           const char *name);
/* (transfer none): never NULL; borrowed until an item of the kind is set or removed */
GPtrArray *aq_items_list  (AqItems    *self,
                           AqItemKind  kind);

G_END_DECLS
