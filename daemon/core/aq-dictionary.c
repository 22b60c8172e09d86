/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Dictionary
 */

#include "config.h"

#include "core/aq-dictionary.h"

#include <string.h>

/**
 * aq_dictionary_get:
 * @self: (nullable): a dictionary
 * @key: a key
 *
 * Returns: (transfer full) (nullable): its value
 *
 * Since: 0.1
 */
GVariant *
aq_dictionary_get (GVariant   *self,
                   const char *key)
{
  return self != NULL ? g_variant_lookup_value (self, key, NULL) : NULL;
}

static void
add_entry (GVariantBuilder *builder,
           const char      *key,
           GVariant        *value)
{
  if (value != NULL)
    g_variant_builder_add (builder, "{sv}", key, value);
}

/**
 * aq_dictionary_set:
 * @self: (nullable): a dictionary
 * @key: a key
 * @value: (nullable): its value from now on; %NULL: it is to have none
 *
 * Returns: (transfer full) (nullable): @self with that change; %NULL if nothing is left
 *
 * Since: 0.1
 */
GVariant *
aq_dictionary_set (GVariant   *self,
                   const char *key,
                   GVariant   *value)
{
  gsize n_entries = self != NULL ? g_variant_n_children (self) : 0;
  g_autoptr(GVariant) changed = NULL;
  GVariantBuilder builder;
  gboolean done = FALSE;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < n_entries; i++)
    {
      g_autoptr(GVariant) other_value = NULL;
      const char *other;
      int order;

      g_variant_get_child (self, i, "{&sv}", &other, &other_value);
      order = strcmp (other, key);
      if (order >= 0 && !done)
        {
          add_entry (&builder, key, value);
          done = TRUE;
        }
      if (order != 0)
        add_entry (&builder, other, other_value);
    }
  if (!done)
    add_entry (&builder, key, value);
  changed = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (g_variant_n_children (changed) == 0)
    return NULL;
  /* serialises it: values are mostly slices of a message that would have to stay as long as they do */
  (void) g_variant_get_data (changed);
  return g_steal_pointer (&changed);
}
