/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A tree of files in one compressed file
 *
 * The archive is written beside its place, under a name that has the job's number,
 * and comes to its place whole and flushed; so nobody finds half of one, and an
 * attempt that died leaves only what the next one writes over.
 */

#include "progress.h"
#include "tar-stream.h"

#include <asyncq-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  TarStream       *tar;
  ArchiveProgress *progress;
} Writing;

static gboolean
take_chunk (gconstpointer   data,
            gsize           size,
            gpointer        user_data,
            GError        **error)
{
  Writing *writing = user_data;

  if (!tar_stream_write (writing->tar, data, size, error))
    return FALSE;
  archive_progress_add (writing->progress, size);
  return TRUE;
}

/* as tar would name it: the top's name before the path, and a slash behind a folder */
static char *
dup_name (const FileTree      *tree,
          const FileTreeEntry *entry)
{
  g_autofree char *top = g_file_get_basename (tree->top);
  const char *end = entry->type == G_FILE_TYPE_DIRECTORY ? "/" : "";

  if (strcmp (top, "/") == 0)
    return g_strconcat (entry->path[0] == '\0' ? "." : entry->path, end, NULL);
  return g_strconcat (top, entry->path[0] == '\0' ? "" : "/", entry->path, end, NULL);
}

static gboolean
write_entry (FileTree             *tree,
             const FileTreeEntry  *entry,
             Writing              *writing,
             GError              **error)
{
  g_autofree char *name = dup_name (tree, entry);

  archive_progress_begin (writing->progress, entry);
  return tar_stream_begin_entry (writing->tar, name, entry, error) &&
         (entry->type != G_FILE_TYPE_REGULAR ||
          file_tree_read (tree, entry, take_chunk, writing, writing->tar->cancellable, error)) &&
         tar_stream_end_entry (writing->tar, entry, error);
}

static gboolean
write_tree (FileTree          *tree,
            GOutputStream     *out,
            AsyncqJobContext  *job,
            GError           **error)
{
  TarStream tar = { out, asyncq_job_context_get_cancellable (job) };
  g_auto(ArchiveProgress) progress = { NULL };
  Writing writing = { &tar, &progress };

  archive_progress_init (&progress, job, tree);
  for (guint i = 0; i < tree->entries->len; i++)
    if (!write_entry (tree, g_ptr_array_index (tree->entries, i), &writing, error))
      return FALSE;
  return tar_stream_end (&tar, error) && g_output_stream_close (out, tar.cancellable, error);
}

static gboolean
fail_with_errno (const char  *what,
                 const char  *path,
                 GError     **error)
{
  int number = errno;

  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), "could not %s '%s': %s", what, path,
               g_strerror (number));
  return FALSE;
}

/* The folder knows of the new name only once it is flushed itself. */
static gboolean
put_in_place (const char  *part,
              const char  *archive,
              GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (archive);
  int fd;
  gboolean ok;

  if (g_rename (part, archive) < 0)
    return fail_with_errno ("write", archive, error);
  fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  ok = fd >= 0 && fsync (fd) == 0;
  if (!ok)
    (void) fail_with_errno ("flush", folder, error);
  if (fd >= 0)
    (void) close (fd); /* opened for reading */
  return ok;
}

static gboolean
write_archive (FileTree          *tree,
               const char        *part,
               int                level,
               AsyncqJobContext  *job,
               GError           **error)
{
  int fd = g_open (part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  g_autoptr(GOutputStream) file = NULL;
  g_autoptr(GZlibCompressor) compressor = NULL;
  g_autoptr(GOutputStream) out = NULL;

  if (fd < 0)
    return fail_with_errno ("write", part, error);
  file = g_unix_output_stream_new (fd, TRUE);
  compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, level);
  out = g_converter_output_stream_new (file, G_CONVERTER (compressor));
  g_filter_output_stream_set_close_base_stream (G_FILTER_OUTPUT_STREAM (out), FALSE);
  if (!write_tree (tree, out, job, error))
    return FALSE;
  if (fsync (fd) < 0)
    return fail_with_errno ("flush", part, error);
  return g_output_stream_close (file, NULL, error);
}

static gboolean
check_arguments (const char  *path,
                 const char  *archive,
                 int          level,
                 GError     **error)
{
  g_autofree char *top = g_canonicalize_filename (path, "/");
  g_autofree char *target = g_canonicalize_filename (archive, "/");
  g_autofree char *below = g_strconcat (strcmp (top, "/") == 0 ? "" : top, "/", NULL);

  if (!g_path_is_absolute (archive))
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is no absolute path", archive);
  else if (level < 1 || level > 9)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'level' is %d, 1 to 9 is wanted", level);
  else if (g_str_has_prefix (target, below) || strcmp (target, top) == 0)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the archive '%s' would be in itself: it lies in '%s'",
                 archive, path);
  else
    return TRUE;
  return FALSE;
}

static char *
dup_part_name (const char       *archive,
               AsyncqJobContext *job)
{
  g_autofree char *folder = g_path_get_dirname (archive);
  g_autofree char *name = g_path_get_basename (archive);
  g_autofree char *part = NULL;

  part = g_strdup_printf (".%s.job-%" G_GUINT64_FORMAT, name, asyncq_job_context_get_id (job));
  return g_build_filename (folder, part, NULL);
}

/* (files, bytes in them, bytes of the archive) */
ASYNCQ_EXPORT GVariant *
archive_compress (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(FileTree) tree = NULL;
  g_autofree char *part = NULL;
  const char *path, *archive;
  GStatBuf info = { 0 };
  int level;

  g_variant_get (arguments, "(&s&si)", &path, &archive, &level);
  if (!check_arguments (path, archive, level, error))
    return NULL;
  tree = file_tree_new (path, asyncq_job_context_get_cancellable (job), error);
  if (tree == NULL)
    return NULL;
  part = dup_part_name (archive, job);
  if (!write_archive (tree, part, level, job, error) || !put_in_place (part, archive, error))
    {
      (void) g_unlink (part); /* it may be in its place already, or not there at all */
      return NULL;
    }
  if (g_stat (archive, &info) < 0)
    {
      (void) fail_with_errno ("find", archive, error);
      return NULL;
    }
  return g_variant_new ("(ttt)", tree->n_files, tree->n_bytes, (guint64) info.st_size);
}
