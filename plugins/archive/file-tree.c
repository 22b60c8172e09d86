/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tree of files
 *
 * Listed as a whole before anything is read, so that progress has a total. Links
 * are listed and never followed; FIFOs, sockets and devices are left out: reading
 * one might never end.
 */

#include "file-tree.h"

#include <asyncq-plugin.h>

#include <string.h>

#define ATTRIBUTES \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE "," \
  G_FILE_ATTRIBUTE_STANDARD_SYMLINK_TARGET "," G_FILE_ATTRIBUTE_TIME_MODIFIED "," G_FILE_ATTRIBUTE_UNIX_MODE "," \
  G_FILE_ATTRIBUTE_UNIX_UID "," G_FILE_ATTRIBUTE_UNIX_GID

/* what permissions are of a mode */
#define PERMISSIONS 07777

static void
entry_free (gpointer data)
{
  FileTreeEntry *self = data;

  g_free (self->path);
  g_free (self->link);
  g_free (self);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const FileTreeEntry *first = *(const FileTreeEntry * const *) a;
  const FileTreeEntry *second = *(const FileTreeEntry * const *) b;

  return strcmp (first->path, second->path);
}

static gboolean
is_listed (GFileType type)
{
  return type == G_FILE_TYPE_REGULAR || type == G_FILE_TYPE_DIRECTORY || type == G_FILE_TYPE_SYMBOLIC_LINK;
}

static void
add_entry (FileTree   *self,
           const char *path,
           GFileInfo  *info)
{
  FileTreeEntry *entry = g_new0 (FileTreeEntry, 1);

  entry->path = g_strdup (path);
  entry->type = g_file_info_get_file_type (info);
  entry->mtime_sec = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  entry->mode = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE) & PERMISSIONS;
  entry->uid = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_UID);
  entry->gid = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_GID);
  if (entry->type == G_FILE_TYPE_SYMBOLIC_LINK)
    entry->link = g_strdup (g_file_info_get_symlink_target (info));
  if (entry->type == G_FILE_TYPE_REGULAR)
    {
      entry->size = (guint64) g_file_info_get_size (info);
      self->n_files++;
      self->n_bytes += entry->size;
    }
  g_ptr_array_add (self->entries, entry);
}

/* Adds what is in @folder, and puts the paths of the folders in there into @folders. */
static gboolean
list_folder (FileTree      *self,
             const char    *folder,
             GQueue        *folders,
             GCancellable  *cancellable,
             GError       **error)
{
  g_autoptr(GFile) file = g_file_resolve_relative_path (self->top, folder);
  g_autoptr(GFileEnumerator) enumerator = NULL;
  GFileInfo *info;

  enumerator = g_file_enumerate_children (file, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, cancellable, error);
  if (enumerator == NULL)
    return FALSE;
  while (g_file_enumerator_iterate (enumerator, &info, NULL, cancellable, error) && info != NULL)
    {
      g_autofree char *path = NULL;

      if (!is_listed (g_file_info_get_file_type (info)))
        continue;
      path = folder[0] == '\0' ? g_strdup (g_file_info_get_name (info))
                               : g_build_filename (folder, g_file_info_get_name (info), NULL);
      add_entry (self, path, info);
      if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
        g_queue_push_tail (folders, g_steal_pointer (&path));
    }
  return error == NULL || *error == NULL;
}

/**
 * file_tree_new:
 * @path: a folder or a file, absolute
 * @cancellable: of the job
 * @error: return location for an error
 *
 * Lists what is there.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for a path that is not absolute, or neither a
 * folder nor a file; of `G_IO_ERROR`.
 */
FileTree *
file_tree_new (const char    *path,
               GCancellable  *cancellable,
               GError       **error)
{
  g_autoptr(FileTree) self = g_new0 (FileTree, 1);
  g_autoptr(GFileInfo) info = NULL;
  g_autoptr(GQueue) folders = g_queue_new ();
  g_autoptr(GError) local_error = NULL;
  char *folder;

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  if (!g_path_is_absolute (path))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is no absolute path", path);
      return NULL;
    }
  self->top = g_file_new_for_path (path);
  info = g_file_query_info (self->top, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, cancellable, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY &&
      g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is neither a folder nor a file", path);
      return NULL;
    }
  add_entry (self, "", info);
  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    g_queue_push_tail (folders, g_strdup (""));
  while ((folder = g_queue_pop_head (folders)) != NULL)
    {
      gboolean ok = list_folder (self, folder, folders, cancellable, &local_error);

      g_free (folder);
      if (!ok)
        {
          g_queue_clear_full (folders, g_free);
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }
  g_ptr_array_sort (self->entries, compare_entries);
  return g_steal_pointer (&self);
}

void
file_tree_free (FileTree *self)
{
  g_ptr_array_unref (self->entries);
  g_clear_object (&self->top);
  g_free (self);
}

/**
 * file_tree_read:
 * @self: a tree
 * @entry: a regular file of it
 * @sink: gets what is in the file, in order
 * @user_data: for @sink
 * @cancellable: of the job
 * @error: return location for an error
 *
 * Reads a file.
 *
 * Errors: `ASYNCQ_ERROR_CONFLICT` if it is not as long as it was when it was
 * listed; those of @sink; of `G_IO_ERROR`.
 */
gboolean
file_tree_read (FileTree             *self,
                const FileTreeEntry  *entry,
                FileTreeSink          sink,
                gpointer              user_data,
                GCancellable         *cancellable,
                GError              **error)
{
  g_autoptr(GFile) file = g_file_resolve_relative_path (self->top, entry->path);
  g_autoptr(GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autofree char *chunk = g_malloc (FILE_TREE_CHUNK_BYTES);
  guint64 n_read = 0;
  gssize n;

  if (stream == NULL)
    return FALSE;
  while ((n = g_input_stream_read (G_INPUT_STREAM (stream), chunk, FILE_TREE_CHUNK_BYTES, cancellable, error)) > 0)
    {
      n_read += (guint64) n;
      if (n_read > entry->size)
        break;
      if (!sink (chunk, (gsize) n, user_data, error))
        return FALSE;
    }
  if (n < 0 || n_read == entry->size)
    return n >= 0;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFLICT, "'%s' was changed while it was read",
               g_file_peek_path (file));
  return FALSE;
}
