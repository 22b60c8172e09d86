/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Files of the configuration
 *
 * asyncqd.conf is read first, then the files *.conf of conf.d beside it by order of
 * their names; a later file wins, key by key. What is read goes into one key
 * file, and beside it, for each group and key, the file it came from.
 */

#include "config.h"

#include "aq-config-files.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

struct _AqConfigFiles
{
  GKeyFile   *merged;  /* owned */
  GHashTable *origins; /* "group" or "group\nkey" → file; owned */
};

static void
set_origin (AqConfigFiles *self,
            const char    *group,
            const char    *key,
            const char    *file)
{
  g_hash_table_insert (self->origins,
                       key != NULL ? g_strconcat (group, "\n", key, NULL) : g_strdup (group),
                       g_strdup (file));
}

static void
merge_group (AqConfigFiles *self,
             GKeyFile      *key_file,
             const char    *group,
             const char    *file)
{
  g_auto(GStrv) keys = g_key_file_get_keys (key_file, group, NULL, NULL);

  if (!g_key_file_has_group (self->merged, group))
    {
      /* there is no other way to make a group, which may stay without keys */
      g_key_file_set_value (self->merged, group, "x", "");
      (void) g_key_file_remove_key (self->merged, group, "x", NULL);
      set_origin (self, group, NULL, file);
    }
  for (char **key = keys; *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_value (key_file, group, *key, NULL);

      g_key_file_set_value (self->merged, group, *key, value);
      set_origin (self, group, *key, file);
    }
}

static gboolean
read_file (AqConfigFiles  *self,
           const char     *file,
           GError        **error)
{
  g_autoptr(GKeyFile) key_file = g_key_file_new ();
  g_autoptr(GError) reason = NULL;
  g_autofree char *text = NULL;
  g_auto(GStrv) names = NULL;
  gsize length;

  /* not g_key_file_load_from_file(), which does not take /dev/null */
  if (!g_file_get_contents (file, &text, &length, &reason) ||
      !g_key_file_load_from_data (key_file, text, length, G_KEY_FILE_NONE, &reason))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "could not read configuration '%s': %s",
                   file, reason->message);
      return FALSE;
    }
  names = g_key_file_get_groups (key_file, NULL);
  for (char **name = names; *name != NULL; name++)
    merge_group (self, key_file, *name, file);
  return TRUE;
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* (transfer full): the paths of the files of conf.d, sorted; none where there is no such folder */
static GPtrArray *
list_more_files (const char  *file,
                 GError     **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *more = g_build_filename (folder, "conf.d", NULL);
  g_autoptr(GError) reason = NULL;
  g_autoptr(GDir) dir = g_dir_open (more, 0, &reason);
  const char *name;

  if (dir == NULL && !g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "could not read folder '%s': %s", more,
                   reason->message);
      return NULL;
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (files, g_build_filename (more, name, NULL));
  g_ptr_array_sort (files, compare_strings);
  return g_steal_pointer (&files);
}

/**
 * aq_config_files_read:
 * @file: path of asyncqd.conf, which must be there
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`, naming the file.
 *
 * Returns: (transfer full): what is in @file and in the files of conf.d, or %NULL
 *   with @error set
 *
 * Since: 0.1
 */
AqConfigFiles *
aq_config_files_read (const char  *file,
                      GError     **error)
{
  g_autoptr(AqConfigFiles) self = g_new0 (AqConfigFiles, 1);
  g_autoptr(GPtrArray) more = NULL;

  self->merged = g_key_file_new ();
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!read_file (self, file, error))
    return NULL;
  more = list_more_files (file, error);
  if (more == NULL)
    return NULL;
  for (guint i = 0; i < more->len; i++)
    if (!read_file (self, g_ptr_array_index (more, i), error))
      return NULL;
  return g_steal_pointer (&self);
}

void
aq_config_files_free (AqConfigFiles *self)
{
  g_key_file_unref (self->merged);
  g_hash_table_unref (self->origins);
  g_free (self);
}

/* Returns: (transfer none): all of them as one */
GKeyFile *
aq_config_files_get_merged (AqConfigFiles *self)
{
  return self->merged;
}

/* Returns: (nullable): the file that has the last word on a key, or that the group came from */
const char *
aq_config_files_get_origin (AqConfigFiles *self,
                            const char    *group,
                            const char    *key)
{
  g_autofree char *place = key != NULL ? g_strconcat (group, "\n", key, NULL) : g_strdup (group);

  return g_hash_table_lookup (self->origins, place);
}
