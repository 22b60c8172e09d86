/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is told of plugins
 *
 * One entry for each plugin that there is or was since the start, and for each file
 * and directory that is refused and belongs to none of them.
 */

#include "config.h"

#include "work/aq-plugin-view.h"

#include "work/aq-plugin-file.h"

#include <string.h>

GHashTable *
aq_plugin_view_new_counts (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
}

void
aq_plugin_view_count_worker (GHashTable *workers,
                             const char *plugin,
                             guint       generation)
{
  GHashTable *counts = g_hash_table_lookup (workers, plugin);
  guint n;

  if (counts == NULL)
    {
      counts = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (workers, g_strdup (plugin), counts);
    }
  n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, GUINT_TO_POINTER (generation)));
  g_hash_table_insert (counts, GUINT_TO_POINTER (generation), GUINT_TO_POINTER (n + 1));
}

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  /* a file's name may be anything */
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

/* a{uu}: generation → workers */
static void
add_workers (GVariantBuilder *builder,
             GHashTable      *counts)
{
  GVariantBuilder workers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{uu}"));
  GHashTableIter iter;
  gpointer generation, n;

  if (counts != NULL)
    {
      g_hash_table_iter_init (&iter, counts);
      while (g_hash_table_iter_next (&iter, &generation, &n))
        g_variant_builder_add (&workers, "{uu}", GPOINTER_TO_UINT (generation), GPOINTER_TO_UINT (n));
    }
  g_variant_builder_add (builder, "{sv}", "workers", g_variant_builder_end (&workers));
}

/* what somebody should know of its functions: limits that the system cannot grant */
static void
add_notes (GVariantBuilder *builder,
           AqPlugin        *plugin)
{
  GVariantBuilder notes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, plugin->functions);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      const AqPluginFunction *function = data;

      for (guint i = 0; function->notes != NULL && i < function->notes->len; i++)
        g_variant_builder_add (&notes, "s", (const char *) g_ptr_array_index (function->notes, i));
    }
  g_variant_builder_add (builder, "{sv}", "notes", g_variant_builder_end (&notes));
}

/* a{sas}: function → how far the last worker came that has its sandbox, of those that have one */
static void
add_sandboxes (GVariantBuilder *builder,
               AqPlugin        *plugin)
{
  GVariantBuilder sandboxes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sas}"));
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, plugin->functions);
  while (g_hash_table_iter_next (&iter, NULL, &data))
    {
      const AqPluginFunction *function = data;
      g_auto(GStrv) levels = function->profile == NULL ? NULL : aq_profile_dup_levels (function->profile);
      const char * const none[] = { NULL };

      if (function->profile != NULL)
        g_variant_builder_add (&sandboxes, "{s^as}", function->name, levels == NULL ? (char **) none : levels);
    }
  g_variant_builder_add (builder, "{sv}", "sandboxes", g_variant_builder_end (&sandboxes));
}

static void
add_entry (GVariantBuilder   *list,
           AqPluginDirectory *plugins,
           const char        *id,
           GHashTable        *counts)
{
  AqPlugin *plugin = aq_plugin_directory_get_plugin (plugins, id);
  g_autofree char *file = NULL;
  const char *refusal = aq_plugin_directory_find_refusal (plugins, id, &file);

  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  add_text (list, "id", id);
  add_text (list, "state", plugin != NULL ? "loaded" : refusal != NULL ? "refused" : "gone");
  add_text (list, "refusal", refusal);
  add_text (list, "file", plugin != NULL ? plugin->file : file);
  g_variant_builder_add (list, "{sv}", "generation",
                         g_variant_new_uint32 (aq_plugin_directory_get_generation (plugins, id)));
  if (plugin != NULL)
    {
      add_text (list, "version", plugin->version);
      add_text (list, "build", plugin->build);
      g_variant_builder_add (list, "{sv}", "loaded", g_variant_new_int64 (plugin->loaded_usec));
      add_notes (list, plugin);
      add_sandboxes (list, plugin);
    }
  add_workers (list, counts);
  g_variant_builder_close (list);
}

/* what can be no plugin, whatever is in it */
static void
add_nameless (GVariantBuilder   *list,
              AqPluginDirectory *plugins)
{
  GHashTableIter iter;
  gpointer path, message;

  g_hash_table_iter_init (&iter, aq_plugin_directory_get_refused (plugins));
  while (g_hash_table_iter_next (&iter, &path, &message))
    {
      g_autofree char *name = g_path_get_basename (path);
      g_autofree char *id = aq_plugin_file_dup_id ("/", name, NULL);

      if (id != NULL)
        continue;
      g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
      add_text (list, "id", "");
      add_text (list, "state", "refused");
      add_text (list, "refusal", message);
      add_text (list, "file", path);
      g_variant_builder_close (list);
    }
}

/**
 * aq_plugin_view_new:
 * @plugins: the plugins
 * @workers: from aq_plugin_view_new_counts()
 *
 * Returns: (transfer floating): aa{sv}, see org.asyncq.Manager1.ListPlugins; without
 *   functions, which the core knows
 */
GVariant *
aq_plugin_view_new (AqPluginDirectory *plugins,
                    GHashTable        *workers)
{
  g_autoptr(GPtrArray) ids = aq_plugin_directory_list_ids (plugins);
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);

      add_entry (&list, plugins, id, g_hash_table_lookup (workers, id));
    }
  add_nameless (&list, plugins);
  return g_variant_builder_end (&list);
}
