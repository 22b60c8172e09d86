/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Digest of a tree of files
 *
 * Each file has a line as sha256sum writes it, in the order of their paths; the
 * digest of the tree is that of these lines. So two trees are the same exactly if
 * their digests are, as far as their files go, and a manifest can be checked by
 * "sha256sum --check" in the tree.
 */

#include "progress.h"

#include <asyncq-plugin.h>

#include <string.h>

typedef struct
{
  GChecksum       *checksum;
  ArchiveProgress *progress;
} Reading;

static gboolean
parse_algorithm (const char     *name,
                 GChecksumType  *out_type,
                 GError        **error)
{
  static const struct
  {
    const char    *name;
    GChecksumType  type;
  } algorithms[] = {
    { "md5", G_CHECKSUM_MD5 },       { "sha1", G_CHECKSUM_SHA1 },     { "sha256", G_CHECKSUM_SHA256 },
    { "sha384", G_CHECKSUM_SHA384 }, { "sha512", G_CHECKSUM_SHA512 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (strcmp (algorithms[i].name, name) == 0)
      {
        *out_type = algorithms[i].type;
        return TRUE;
      }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "there is no algorithm '%s', wanted md5, sha1, sha256, sha384 or sha512", name);
  return FALSE;
}

static gboolean
take_chunk (gconstpointer   data,
            gsize           size,
            gpointer        user_data,
            GError        **error)
{
  Reading *reading = user_data;

  g_checksum_update (reading->checksum, data, (gssize) size);
  archive_progress_add (reading->progress, size);
  return TRUE;
}

/* A name that would break the line is escaped, which a backslash before the line tells. */
static void
append_line (GString    *manifest,
             const char *digest,
             const char *path)
{
  gboolean escaped = strpbrk (path, "\\\n\r") != NULL;

  g_string_append_printf (manifest, "%s%s  ", escaped ? "\\" : "", digest);
  for (const char *at = path; *at != '\0'; at++)
    {
      if (*at == '\\')
        g_string_append (manifest, "\\\\");
      else if (*at == '\n')
        g_string_append (manifest, "\\n");
      else if (*at == '\r')
        g_string_append (manifest, "\\r");
      else
        g_string_append_c (manifest, *at);
    }
  g_string_append_c (manifest, '\n');
}

static gboolean
append_file (FileTree             *tree,
             const FileTreeEntry  *entry,
             GChecksumType         type,
             ArchiveProgress      *progress,
             GString              *manifest,
             GError              **error)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (type);
  g_autofree char *name = g_file_get_basename (tree->top);
  Reading reading = { checksum, progress };

  archive_progress_begin (progress, entry);
  if (!file_tree_read (tree, entry, take_chunk, &reading, asyncq_job_context_get_cancellable (progress->job), error))
    return FALSE;
  append_line (manifest, g_checksum_get_string (checksum), entry->path[0] == '\0' ? name : entry->path);
  return TRUE;
}

/* (digest of the tree, files, bytes) */
ASYNCQ_EXPORT GVariant *
archive_checksum (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(FileTree) tree = NULL;
  g_autoptr(GString) lines = g_string_new (NULL);
  g_auto(ArchiveProgress) progress = { NULL };
  g_autofree char *digest = NULL;
  const char *path, *algorithm, *manifest;
  GChecksumType type;

  g_variant_get (arguments, "(&s&s&s)", &path, &algorithm, &manifest);
  if (!parse_algorithm (algorithm, &type, error))
    return NULL;
  tree = file_tree_new (path, asyncq_job_context_get_cancellable (job), error);
  if (tree == NULL)
    return NULL;
  archive_progress_init (&progress, job, tree);
  for (guint i = 0; i < tree->entries->len; i++)
    {
      const FileTreeEntry *entry = g_ptr_array_index (tree->entries, i);

      if (entry->type == G_FILE_TYPE_REGULAR && !append_file (tree, entry, type, &progress, lines, error))
        return NULL;
    }
  if (manifest[0] != '\0' &&
      !g_file_set_contents_full (manifest, lines->str, (gssize) lines->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error))
    return NULL;
  digest = g_compute_checksum_for_string (type, lines->str, (gssize) lines->len);
  return g_variant_new ("(stt)", digest, tree->n_files, tree->n_bytes);
}
