/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Items
 *
 * A sorted list a kind: there are some hundreds at the most, and they are listed
 * as often as they are looked up.
 */

#include "config.h"

#include "store/aq-items.h"

#include <string.h>

static void
free_item (gpointer item)
{
  aq_item_free (item);
}

void
aq_items_clear (AqItems *self)
{
  for (guint i = 0; i < AQ_N_ITEM_KINDS; i++)
    g_clear_pointer (&self->lists[i], g_ptr_array_unref);
}

/* Returns: whether it is there; where it is or would be */
static gboolean
find (GPtrArray  *list,
      const char *name,
      guint      *out_index)
{
  guint low = 0;
  guint high = list->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const AqItem *item = g_ptr_array_index (list, middle);
      int order = strcmp (item->name, name);

      if (order == 0)
        {
          *out_index = middle;
          return TRUE;
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *out_index = low;
  return FALSE;
}

GPtrArray *
aq_items_list (AqItems    *self,
               AqItemKind  kind)
{
  g_assert (kind < AQ_N_ITEM_KINDS);

  if (self->lists[kind] == NULL)
    self->lists[kind] = g_ptr_array_new_with_free_func (free_item);
  return self->lists[kind];
}

AqItem *
aq_items_get (AqItems    *self,
              AqItemKind  kind,
              const char *name)
{
  GPtrArray *list = aq_items_list (self, kind);
  guint index;

  return find (list, name, &index) ? g_ptr_array_index (list, index) : NULL;
}

/**
 * aq_items_set:
 * @self: items
 * @item: (transfer full): takes the place of the one of its kind and name
 *
 * Since: 0.1
 */
void
aq_items_set (AqItems *self,
              AqItem  *item)
{
  GPtrArray *list = aq_items_list (self, item->kind);
  guint index;

  if (find (list, item->name, &index))
    {
      aq_item_free (g_ptr_array_index (list, index));
      g_ptr_array_index (list, index) = item;
    }
  else
    g_ptr_array_insert (list, (int) index, item);
}

gboolean
aq_items_remove (AqItems    *self,
                 AqItemKind  kind,
                 const char *name)
{
  GPtrArray *list = aq_items_list (self, kind);
  guint index;

  if (!find (list, name, &index))
    return FALSE;
  g_ptr_array_remove_index (list, index);
  return TRUE;
}
