/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A new directory
 *
 * It is made under a name of its own beside its place, so on the same file system,
 * and moved there when all in it is flushed. What was begun and not finished is
 * removed; only a crash leaves it, as PLACE.new-XXXXXX.
 */

#include "config.h"

#include "store/tool/aq-directory-draft.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
set_failed (GError     **error,
            int          saved_errno,
            const char  *doing,
            const char  *path)
{
  gboolean is_full = saved_errno == ENOSPC || saved_errno == EDQUOT;

  g_set_error (error, ASYNCQ_ERROR, is_full ? ASYNCQ_ERROR_STORE_FULL : ASYNCQ_ERROR_STORE_FAILED,
               "could not %s '%s': %s", doing, path, g_strerror (saved_errno));
  return FALSE;
}

/* without a slash at the end, which would make it a name in itself */
static char *
dup_place (const char *place)
{
  char *text = g_strdup (place);
  gsize length = strlen (text);

  while (length > 1 && text[length - 1] == '/')
    text[--length] = '\0';
  return text;
}

/**
 * aq_directory_draft_begin:
 * @self: memory for a draft
 * @place: where the directory is to be
 * @error: return location for an error
 *
 * Makes an empty directory beside @place.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set, then there is nothing to clear
 */
gboolean
aq_directory_draft_begin (AqDirectoryDraft  *self,
                          const char        *place,
                          GError           **error)
{
  g_autofree char *at = dup_place (place);
  g_autofree char *path = g_strconcat (at, ".new-XXXXXX", NULL);

  if (g_mkdtemp_full (path, 0700) == NULL)
    return set_failed (error, errno, "create a directory beside", place);
  self->place = g_steal_pointer (&at);
  self->path = g_steal_pointer (&path);
  return TRUE;
}

static gboolean
flush_parent (AqDirectoryDraft  *self,
              GError           **error)
{
  g_autofree char *parent = g_path_get_dirname (self->place);
  int fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (!ok)
    set_failed (error, errno, "flush", parent);
  if (fd >= 0)
    (void) close (fd); /* flushed, or an error already */
  return ok;
}

/**
 * aq_directory_draft_commit:
 * @self: a draft, all in it flushed
 * @error: return location for an error
 *
 * Moves it to its place.
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, if something is there by now;
 * `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_directory_draft_commit (AqDirectoryDraft  *self,
                           GError           **error)
{
  int result = renameat2 (AT_FDCWD, self->path, AT_FDCWD, self->place, RENAME_NOREPLACE);

  /* a file system that does not know how: a name that is taken is refused by us, and by rename() if it is a file */
  if (result < 0 && errno == EINVAL && !g_file_test (self->place, G_FILE_TEST_EXISTS))
    result = rename (self->path, self->place);
  if (result < 0 && errno == EEXIST)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "'%s' is there already", self->place);
      return FALSE;
    }
  if (result < 0)
    return set_failed (error, errno, "create", self->place);
  g_clear_pointer (&self->path, g_free);
  return flush_parent (self, error);
}

/* as aq_directory_draft_commit(), in the place of a directory that is there, which is removed */
gboolean
aq_directory_draft_replace (AqDirectoryDraft  *self,
                            GError           **error)
{
  if (renameat2 (AT_FDCWD, self->path, AT_FDCWD, self->place, RENAME_EXCHANGE) < 0)
    return set_failed (error, errno, "replace", self->place);
  return flush_parent (self, error); /* the old one has the draft's name, and goes with it */
}

static void
remove_tree (GFile *folder)
{
  g_autoptr(GFileEnumerator) names =
      g_file_enumerate_children (folder, G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                                 G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFileInfo *info;
  GFile *child;

  while (names != NULL && g_file_enumerator_iterate (names, &info, &child, NULL, NULL) && info != NULL)
    if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
      remove_tree (child);
    else
      (void) g_file_delete (child, NULL, NULL); /* then the folder cannot go either, which is said */
  if (!g_file_delete (folder, NULL, NULL))
    g_printerr ("asyncq-store: could not remove '%s'\n", g_file_peek_path (folder));
}

void
aq_directory_draft_clear (AqDirectoryDraft *self)
{
  if (self->path != NULL)
    {
      g_autoptr(GFile) folder = g_file_new_for_path (self->path);

      remove_tree (folder);
    }
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->place, g_free);
}
