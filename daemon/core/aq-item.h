/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what a store keeps beside jobs and agents; the numbers are on disk */
typedef enum
{
  AQ_ITEM_QUEUE = 1,
  AQ_ITEM_FACTORY,
  AQ_ITEM_DISPATCHER,
  AQ_ITEM_PAUSE, /* of a queue: apart from it, so that a claim looks at nothing where nothing is paused */
  AQ_ITEM_LIMIT,
  AQ_ITEM_BUCKET, /* how much of a rate is used up: one for each instance of which it is not all free again */
  AQ_ITEM_SCHEDULE,
  AQ_ITEM_OBJECT,
  AQ_ITEM_QUARANTINE /* of a function, or crashes of it that may lead to one */
} AqItemKind;

#define AQ_N_ITEM_KINDS (AQ_ITEM_QUARANTINE + 1)

/* longer names are refused before they come to a store */
#define AQ_ITEM_MAX_NAME_BYTES 400

/* A named thing with a value. Immutable: a change makes a new one. */
typedef struct
{
  AqItemKind  kind;
  GRefString *name;
  GVariant   *value; /* a{sv} */
} AqItem;

AqItem *aq_item_new  (AqItemKind  kind,
                      const char *name,
                      GVariant   *value);
void    aq_item_free (AqItem     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqItem, aq_item_free)

G_END_DECLS
