/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The files that plugins are
 *
 * What a worker loads, it runs: so a file is used only if nobody could have
 * written it who may not. It is opened beneath its directory without following
 * links, and checked through the descriptor: a regular file of root's or ours,
 * that nobody else can write, in directories of which the same holds up to the
 * root (a sticky directory may be writable: its entries are still their
 * owners'). Every refusal says which path, what was found and what was wanted.
 *
 * What was checked is then copied into sealed memory, and only the copy is
 * described and loaded: somebody who overwrites a plugin in place neither kills
 * the workers that have it mapped nor slips in what was not checked.
 */

#include "config.h"

#include "work/aq-plugin-file.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* a directory that is deeper is somebody's trick */
#define MAX_DEPTH 256

static int
fail (GError     **error,
      const char  *path,
      const char  *found,
      const char  *wanted)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_UNSAFE, "'%s': found %s, wanted %s", path,
               found, wanted);
  return -1;
}

static int
fail_with_errno (GError     **error,
                 const char  *path,
                 const char  *what,
                 int          number)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_UNSAFE, "could not %s '%s': %s", what, path,
               g_strerror (number));
  return -1;
}

static gboolean
check_owner_and_mode (const char         *path,
                      const struct stat  *info,
                      GError            **error)
{
  g_autofree char *found = NULL;

  if (info->st_uid != 0 && info->st_uid != geteuid ())
    {
      found = g_strdup_printf ("owner %u", info->st_uid);
      (void) fail (error, path, found, "root or the user of the daemon");
      return FALSE;
    }
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
      !(S_ISDIR (info->st_mode) && (info->st_mode & S_ISVTX) != 0))
    {
      found = g_strdup_printf ("mode %04o", info->st_mode & 07777);
      (void) fail (error, path, found, "one that only its owner can write to");
      return FALSE;
    }
  return TRUE;
}

/* from the directory up to the root, along the real parents */
static gboolean
check_parents (int          directory_fd,
               const char  *path,
               GError     **error)
{
  int fd = fcntl (directory_fd, F_DUPFD_CLOEXEC, 0);
  struct stat info, parent_info;
  gboolean ok = FALSE;

  for (int depth = 0; depth < MAX_DEPTH && fd >= 0; depth++)
    {
      int parent_fd;

      if (fstat (fd, &info) < 0 || !check_owner_and_mode (path, &info, error))
        break;
      parent_fd = openat (fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (parent_fd < 0 || fstat (parent_fd, &parent_info) < 0)
        {
          (void) close (fd);
          fd = parent_fd;
          break;
        }
      (void) close (fd);
      fd = parent_fd;
      ok = parent_info.st_dev == info.st_dev && parent_info.st_ino == info.st_ino;
      if (ok)
        break;
    }
  if (fd >= 0)
    (void) close (fd);
  if (!ok && error != NULL && *error == NULL)
    (void) fail_with_errno (error, path, "look at the parents of", errno);
  return ok;
}

/**
 * aq_plugin_file_open_directory:
 * @path: a plugin directory
 * @error: return location for an error
 *
 * Opens a plugin directory, if it is safe to load plugins from it.
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_UNSAFE`.
 *
 * Returns: a descriptor, or -1
 */
int
aq_plugin_file_open_directory (const char  *path,
                               GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    return fail (error, path, g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? "a symbolic link" : "no directory",
                 "a directory, and no link to one");
  if (fd < 0)
    return fail_with_errno (error, path, "open plugin directory", errno);
  if (check_parents (fd, path, &local_error))
    return fd;

  g_propagate_error (error, g_steal_pointer (&local_error));
  (void) close (fd);
  return -1;
}

/**
 * aq_plugin_file_dup_id:
 * @directory: path of a plugin directory, for messages
 * @name: name of a file in it
 * @error: return location for an error
 *
 * Returns: (transfer full): the id of the plugin that a file of this name has
 *   to be; or %NULL with @error set
 */
char *
aq_plugin_file_dup_id (const char  *directory,
                       const char  *name,
                       GError     **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *id = NULL;

  if (g_str_has_suffix (name, AQ_PLUGIN_FILE_SUFFIX))
    id = g_strndup (name, strlen (name) - strlen (AQ_PLUGIN_FILE_SUFFIX));
  if (id != NULL && aq_name_is_symbol (id))
    return g_steal_pointer (&id);

  (void) fail (error, path, "this name", "ID.so, where ID is [A-Za-z_][A-Za-z0-9_]{0,63}");
  return NULL;
}

static int
open_beneath (int         directory_fd,
              const char *name)
{
  struct open_how how = {
    .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, /* does not wait at a FIFO */
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };

  return (int) syscall (SYS_openat2, directory_fd, name, &how, sizeof how);
}

static gboolean
check_file (const char         *path,
            const struct stat  *info,
            GError            **error)
{
  if (!S_ISREG (info->st_mode))
    {
      (void) fail (error, path, S_ISDIR (info->st_mode) ? "a directory" : "a special file",
                   "a regular file");
      return FALSE;
    }
  if ((info->st_mode & (S_ISUID | S_ISGID)) != 0)
    {
      (void) fail (error, path, "a set-id bit", "none");
      return FALSE;
    }
  if (info->st_size > AQ_PLUGIN_FILE_MAX_BYTES)
    {
      (void) fail (error, path, "a larger file", "256 MiB at most");
      return FALSE;
    }
  return check_owner_and_mode (path, info, error);
}

/**
 * aq_plugin_file_open:
 * @directory_fd: from aq_plugin_file_open_directory()
 * @directory: its path, for messages
 * @name: name of a file in it
 * @error: return location for an error
 *
 * Opens a plugin's file, if it is safe to load.
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_UNSAFE`, with path, what was found and what was wanted.
 *
 * Returns: a descriptor, or -1
 */
int
aq_plugin_file_open (int          directory_fd,
                     const char  *directory,
                     const char  *name,
                     GError     **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *id = aq_plugin_file_dup_id (directory, name, error);
  struct stat info;
  int fd;

  /* the directory may have been opened up since */
  if (id == NULL || !check_parents (directory_fd, directory, error))
    return -1;

  fd = open_beneath (directory_fd, name);
  if (fd < 0 && errno == ELOOP)
    return fail (error, path, "a symbolic link", "a regular file");
  if (fd < 0 && errno == EXDEV)
    return fail (error, path, "a path out of the directory", "a file in it");
  if (fd < 0)
    return fail_with_errno (error, path, "open plugin", errno);
  if (fstat (fd, &info) == 0 && check_file (path, &info, error))
    return fd;

  (void) close (fd);
  return -1;
}

static gboolean
copy_bytes (int from,
            int to)
{
  g_autofree guint8 *bytes = g_malloc (64 * 1024);
  gsize total = 0;

  while (TRUE)
    {
      gssize n_read = read (from, bytes, 64 * 1024);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read <= 0)
        return n_read == 0;
      total += (gsize) n_read;
      if (total > AQ_PLUGIN_FILE_MAX_BYTES)
        {
          errno = EFBIG;
          return FALSE;
        }
      if (write (to, bytes, (gsize) n_read) != n_read)
        return FALSE; /* memory does not take less than it is given */
    }
}

/**
 * aq_plugin_file_copy:
 * @fd: a plugin's file
 * @path: its path, for messages
 * @error: return location for an error
 *
 * Copies the file into memory that nobody can change any more.
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_UNSAFE`.
 *
 * Returns: a descriptor, or -1
 */
int
aq_plugin_file_copy (int          fd,
                     const char  *path,
                     GError     **error)
{
  g_autofree char *name = g_path_get_basename (path);
  int copy = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int saved_errno;

  if (copy >= 0 && copy_bytes (fd, copy) &&
      fcntl (copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
    return copy;

  saved_errno = errno;
  if (copy >= 0)
    (void) close (copy);
  return fail_with_errno (error, path, "copy plugin", saved_errno);
}

/* whether two copies have the same bytes */
gboolean
aq_plugin_file_equal (int copy,
                      int other_copy)
{
  struct stat info, other_info;
  void *bytes, *other_bytes;
  gboolean equal;
  gsize size;

  if (fstat (copy, &info) < 0 || fstat (other_copy, &other_info) < 0 ||
      info.st_size != other_info.st_size || info.st_size == 0)
    return FALSE;
  size = (gsize) info.st_size;
  bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, copy, 0);
  other_bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, other_copy, 0);
  equal = bytes != MAP_FAILED && other_bytes != MAP_FAILED && memcmp (bytes, other_bytes, size) == 0;
  if (bytes != MAP_FAILED)
    (void) munmap (bytes, size);
  if (other_bytes != MAP_FAILED)
    (void) munmap (other_bytes, size);
  return equal;
}
