/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Items
 *
 * A tree a kind. Of most kinds there are some at the most, and they are listed as
 * often as they are looked up, so a list is kept as long as nothing changes. Of
 * buckets and objects there may be very many: these change often, and are hardly
 * ever listed.
 */

#include "config.h"

#include "store/aq-items.h"

#include <string.h>

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      unused)
{
  return strcmp (a, b);
}

static void
free_item (gpointer item)
{
  aq_item_free (item);
}

void
aq_items_clear (AqItems *self)
{
  for (guint i = 0; i < AQ_N_ITEM_KINDS; i++)
    {
      g_clear_pointer (&self->lists[i], g_ptr_array_unref);
      g_clear_pointer (&self->trees[i], g_tree_unref);
    }
}

static gboolean
append_item (gpointer name,
             gpointer item,
             gpointer list)
{
  g_ptr_array_add (list, item);
  return FALSE;
}

GPtrArray *
aq_items_list (AqItems    *self,
               AqItemKind  kind)
{
  g_assert (kind < AQ_N_ITEM_KINDS);

  if (self->lists[kind] == NULL)
    {
      self->lists[kind] = g_ptr_array_new ();
      if (self->trees[kind] != NULL)
        g_tree_foreach (self->trees[kind], append_item, self->lists[kind]);
    }
  return self->lists[kind];
}

AqItem *
aq_items_get (AqItems    *self,
              AqItemKind  kind,
              const char *name)
{
  g_assert (kind < AQ_N_ITEM_KINDS);

  return self->trees[kind] != NULL ? g_tree_lookup (self->trees[kind], name) : NULL;
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
  g_assert (item->kind < AQ_N_ITEM_KINDS);

  g_clear_pointer (&self->lists[item->kind], g_ptr_array_unref);
  if (self->trees[item->kind] == NULL)
    self->trees[item->kind] = g_tree_new_full (compare_names, NULL, NULL, free_item);
  /* the name is the new item's: the old one is freed with it */
  g_tree_replace (self->trees[item->kind], item->name, item);
}

gboolean
aq_items_remove (AqItems    *self,
                 AqItemKind  kind,
                 const char *name)
{
  if (aq_items_get (self, kind, name) == NULL)
    return FALSE;
  g_clear_pointer (&self->lists[kind], g_ptr_array_unref);
  return g_tree_remove (self->trees[kind], name);
}
