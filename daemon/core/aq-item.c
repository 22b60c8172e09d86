/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Item
 */

#include "config.h"

#include "core/aq-item.h"

/**
 * aq_item_new:
 * @kind: what it is
 * @name: its name among those of its kind
 * @value: a{sv}; consumed if it is floating
 *
 * Returns: (transfer full): an item
 *
 * Since: 0.1
 */
AqItem *
aq_item_new (AqItemKind  kind,
             const char *name,
             GVariant   *value)
{
  AqItem *self = g_new (AqItem, 1);

  *self = (AqItem) { .kind = kind, .name = g_ref_string_new (name), .value = g_variant_ref_sink (value) };
  return self;
}

void
aq_item_free (AqItem *self)
{
  g_ref_string_release (self->name);
  g_variant_unref (self->value);
  g_free (self);
}
