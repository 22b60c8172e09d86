/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Removes what jobs have left in temporary folders
 *
 * They may have left anything: millions of files, folders that are deeper than a
 * path or a stack can be, links that lead elsewhere, folders that deny to be
 * opened. So no link is followed, nothing recurses, and two descriptors are enough:
 * what is a folder in a folder is moved up to the top, until there is none.
 *
 * Runs in a process of its own.
 */

#include "config.h"

#include "work/worker/aq-remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
is_dots (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

/* Lets us into a folder of ours, whatever its owner was made to say; not through a link. */
static void
open_up (int         parent_fd,
         const char *name)
{
  int fd = openat (parent_fd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
  char path[64];

  if (fd < 0)
    return;
  (void) snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  (void) chmod (path, 0700); /* who cannot will fail at what follows */
  (void) close (fd);         /* only named a place */
}

/* Takes @fd. */
static DIR *
list (int fd)
{
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);

  if (dir == NULL && fd >= 0)
    (void) close (fd); /* was not used */
  return dir;
}

static DIR *
open_folder (int         parent_fd,
             const char *name)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat (parent_fd, name, flags);

  if (fd < 0 && errno == EACCES)
    {
      open_up (parent_fd, name);
      fd = openat (parent_fd, name, flags);
    }
  return list (fd);
}

/* whether it was a file, a link or an empty folder, and is gone */
static gboolean
remove_simple (int         parent_fd,
               const char *name)
{
  return unlinkat (parent_fd, name, 0) == 0 || unlinkat (parent_fd, name, AT_REMOVEDIR) == 0;
}

static void
move_up (int         parent_fd,
         const char *name,
         int         top_fd)
{
  static guint64 number = 0; /* this process does nothing else */
  char unused[32];

  for (guint attempt = 0; attempt < 1000; attempt++)
    {
      (void) snprintf (unused, sizeof unused, "aq-%" G_GUINT64_FORMAT, number++);
      if (renameat2 (parent_fd, name, top_fd, unused, RENAME_NOREPLACE) == 0)
        return;
      if (errno == EACCES)
        open_up (parent_fd, name);
      else if (errno != EEXIST)
        return;
    }
}

/* Empties a folder in the top one; what is a folder in it becomes one in the top one. */
static void
empty_folder (int         top_fd,
              const char *name)
{
  DIR *dir = open_folder (top_fd, name);
  struct dirent *entry;

  if (dir == NULL)
    return;
  open_up (top_fd, name); /* to write, too */
  while ((entry = readdir (dir)) != NULL)
    if (!is_dots (entry->d_name) && !remove_simple (dirfd (dir), entry->d_name))
      move_up (dirfd (dir), entry->d_name, top_fd);
  (void) closedir (dir); /* was read only */
}

/* Returns: how many entries there were; goes through them once */
static guint64
sweep (DIR     *top,
       guint64 *out_n_removed)
{
  struct dirent *entry;
  guint64 n_entries = 0;

  *out_n_removed = 0;
  rewinddir (top);
  while ((entry = readdir (top)) != NULL)
    {
      if (is_dots (entry->d_name))
        continue;
      n_entries++;
      if (!remove_simple (dirfd (top), entry->d_name))
        {
          empty_folder (dirfd (top), entry->d_name);
          if (unlinkat (dirfd (top), entry->d_name, AT_REMOVEDIR) < 0)
            continue;
        }
      (*out_n_removed)++;
    }
  return n_entries;
}

/**
 * aq_remove_contents:
 * @folder: a folder that nobody else can replace
 *
 * Removes all that is in it, also what is put there meanwhile.
 *
 * Returns: whether it is empty
 */
gboolean
aq_remove_contents (const char *folder)
{
  DIR *top = open_folder (AT_FDCWD, folder);
  guint64 n_removed;
  gboolean empty = FALSE;

  if (top == NULL)
    return errno == ENOENT;
  do
    empty = sweep (top, &n_removed) == 0;
  while (!empty && n_removed > 0);
  (void) closedir (top); /* was read only */
  return empty;
}

/* whether it is of a daemon of ours that is gone: nobody has its lock */
static gboolean
is_left_over (const char *folder)
{
  g_autofree char *lock = g_build_filename (folder, AQ_TEMPORARY_LOCK, NULL);
  struct stat status;
  gboolean unlocked;
  int fd;

  if (lstat (folder, &status) < 0 || !S_ISDIR (status.st_mode) || status.st_uid != geteuid ())
    return FALSE;
  fd = open (lock, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  unlocked = flock (fd, LOCK_EX | LOCK_NB) == 0;
  (void) close (fd); /* nothing was written */
  return unlocked;
}

/**
 * aq_remove_left_over:
 * @folder: where daemons have their temporary folders
 *
 * Removes those whose daemon is gone.
 */
gboolean
aq_remove_left_over (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  gboolean ok = dir != NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, AQ_TEMPORARY_PREFIX) && is_left_over (path))
        ok = aq_remove_contents (path) && rmdir (path) == 0 && ok;
    }
  return ok;
}
