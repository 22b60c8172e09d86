/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Directory of a store
 *
 *   format    what this is, and the store's id; see README.md
 *   super     what images there are, and how far the journal goes; see aq-super.c
 *   journal/  the segments, 000001 and so on
 *   pid       of the daemon that holds the store, or held it last: for messages
 *
 * `format` comes last when a store is made, so a directory with it is a store,
 * and has a journal with a segment in it, and `super`. The lock is on the directory itself: it
 * needs no file, and is gone with the process that holds it.
 */

#include "config.h"

#include "store/aq-store-directory.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-buffer.h"
#include "store/aq-crc32c.h"
#include "store/aq-reader.h"
#include "store/aq-super.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT_NAME "format"
#define FORMAT_NEW_NAME "format.new"
#define FORMAT_SIZE 48
#define FORMAT_CRC_OFFSET (FORMAT_SIZE - 4)
#define JOURNAL_NAME "journal"
#define FIRST_SEGMENT_NAME "000001"
#define PID_NAME "pid"

static const char format_magic[8] = "asyncq S";

/* of users' values, which are kept in the byte order of the machine */
enum
{
  BYTE_ORDER_LITTLE = 1,
  BYTE_ORDER_BIG = 2
};

#define BYTE_ORDER_HERE (G_BYTE_ORDER == G_LITTLE_ENDIAN ? BYTE_ORDER_LITTLE : BYTE_ORDER_BIG)

static gboolean
set_foreign (GError     **error,
             const char  *what)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN, what);
  return FALSE;
}

/* format */

static gboolean
write_format (AqStoreDirectory  *self,
              AqStoreIo         *io,
              GError           **error)
{
  guint8 bytes[FORMAT_SIZE] = { 0 };
  guint8 *at = bytes;
  gboolean ok;
  int fd;

  at = aq_put_bytes (at, format_magic, sizeof format_magic);
  at = aq_put_u32 (at, AQ_STORE_FORMAT_VERSION);
  at = aq_put_u32 (at, BYTE_ORDER_HERE);
  aq_put_bytes (at, self->store_id, AQ_STORE_ID_SIZE);
  aq_put_u32 (bytes + FORMAT_CRC_OFFSET, aq_crc32c (0, bytes, FORMAT_CRC_OFFSET));

  fd = aq_store_io_open (io, self->fd, FORMAT_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_write (io, fd, FORMAT_NEW_NAME, bytes, sizeof bytes, 0, error) &&
       aq_store_io_flush (io, fd, FORMAT_NEW_NAME, error);
  (void) close (fd); /* flushed, or of no use */
  /* the first flush: no power cut leaves `format` without the names that it stands for */
  return ok && aq_store_io_flush (io, self->fd, "store", error) &&
         aq_store_io_rename (io, self->fd, FORMAT_NEW_NAME, FORMAT_NAME, error) &&
         aq_store_io_flush (io, self->fd, "store", error);
}

static gboolean
check_format (AqStoreDirectory  *self,
              const guint8      *bytes,
              gsize              size,
              GError           **error)
{
  guint32 version;

  if (size < FORMAT_SIZE || memcmp (bytes, format_magic, sizeof format_magic) != 0)
    return set_foreign (error, "its file 'format' is not asyncq's");
  if (aq_crc32c (0, bytes, FORMAT_CRC_OFFSET) != aq_get_u32 (bytes + FORMAT_CRC_OFFSET))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
                           "its file 'format' is damaged: 'format' at offset 0, sequence 0");
      return FALSE;
    }
  version = aq_get_u32 (bytes + 8);
  if (version > 0 && version < AQ_STORE_FORMAT_VERSION)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                   "it has format %u, and was made by a development version of asyncq", version);
      return FALSE;
    }
  if (version != AQ_STORE_FORMAT_VERSION)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                   "it has format %u, and this version of asyncq knows format %u only", version,
                   AQ_STORE_FORMAT_VERSION);
      return FALSE;
    }
  if (aq_get_u32 (bytes + 12) != BYTE_ORDER_HERE)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                           "it was written on a machine with another byte order");
      return FALSE;
    }
  memcpy (self->store_id, bytes + 16, AQ_STORE_ID_SIZE);
  return TRUE;
}

/* @out_found: whether there is one */
static gboolean
read_format (AqStoreDirectory  *self,
             AqStoreIo         *io,
             gboolean          *out_found,
             GError           **error)
{
  g_autoptr(GError) local_error = NULL;
  guint8 bytes[FORMAT_SIZE];
  struct stat info;
  gsize size = 0;
  gboolean ok;
  int fd;

  *out_found = FALSE;
  if (fstatat (self->fd, FORMAT_NAME, &info, AT_SYMLINK_NOFOLLOW) < 0)
    {
      if (errno == ENOENT)
        return TRUE;
      aq_store_io_set_error (error, errno, "look at", FORMAT_NAME);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return set_foreign (error, "its 'format' is not a file");

  *out_found = TRUE;
  fd = aq_store_io_open (io, self->fd, FORMAT_NAME, O_RDONLY, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_read (io, fd, FORMAT_NAME, bytes, sizeof bytes, 0, &size, error);
  (void) close (fd); /* only read */
  return ok && check_format (self, bytes, size, error);
}

/* the directory */

/* the name of a directory that was made there is kept */
static gboolean
flush_parent (AqStoreIo   *io,
              const char  *path,
              GError     **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean ok;
  int fd;

  do
    fd = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* the way there may have links */
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    {
      aq_store_io_set_error (error, errno, "flush", parent);
      return FALSE;
    }
  ok = aq_store_io_flush (io, fd, parent, error);
  (void) close (fd); /* a directory */
  return ok;
}

/* and its parents, each flushed */
static gboolean
make_directory (AqStoreIo   *io,
                const char  *path,
                GError     **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (g_mkdir (path, 0700) < 0)
    {
      if (errno == EEXIST)
        return TRUE;
      if (errno != ENOENT || strcmp (parent, path) == 0)
        {
          aq_store_io_set_error (error, errno, "create", path);
          return FALSE;
        }
      if (!make_directory (io, parent, error))
        return FALSE;
      if (g_mkdir (path, 0700) < 0 && errno != EEXIST)
        {
          aq_store_io_set_error (error, errno, "create", path);
          return FALSE;
        }
    }
  return flush_parent (io, path, error);
}

static gboolean
check_owner (int      fd,
             GError **error)
{
  struct stat info;

  if (fstat (fd, &info) < 0)
    {
      aq_store_io_set_error (error, errno, "look at", "store");
      return FALSE;
    }
  if (info.st_uid != geteuid ())
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN,
                   "it belongs to uid %u, and this is uid %u", (guint) info.st_uid,
                   (guint) geteuid ());
      return FALSE;
    }
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN,
                   "others may write to it (mode %04o)", (guint) info.st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}

/* of a directory that is there and cannot be opened: whether that is the disk's fault or the machine's */
static gboolean
is_trouble (int saved_errno)
{
  return saved_errno != EACCES && saved_errno != EPERM && saved_errno != ELOOP && saved_errno != ENOTDIR;
}

static int
open_existing_directory (AqStoreIo   *io,
                         const char  *path,
                         GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  struct stat info;
  int fd;

  if (lstat (path, &info) < 0)
    {
      if (errno == ENOENT)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no such directory");
      else
        aq_store_io_set_error (error, errno, "look at", path);
      return -1;
    }
  if (!S_ISDIR (info.st_mode))
    {
      set_foreign (error, S_ISLNK (info.st_mode) ? "it is a symbolic link" : "it is not a directory");
      return -1;
    }

  fd = aq_store_io_open (io, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, &local_error);
  if (fd < 0 && is_trouble (errno))
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (fd < 0)
    set_foreign (error, g_strerror (errno));
  return fd;
}

static int
open_directory (AqStoreIo   *io,
                const char  *path,
                GError     **error)
{
  struct stat info;

  if (lstat (path, &info) < 0)
    {
      if (errno != ENOENT)
        {
          aq_store_io_set_error (error, errno, "look at", path);
          return -1;
        }
      if (!make_directory (io, path, error))
        return -1;
    }
  return open_existing_directory (io, path, error);
}

static gboolean
lock (AqStoreDirectory  *self,
      AqStoreIo         *io,
      GError           **error)
{
  char text[32] = { 0 };
  gsize size = 0;
  gint64 pid = 0;
  int result;
  int fd;

  do
    result = flock (self->fd, LOCK_EX | LOCK_NB);
  while (result < 0 && errno == EINTR);
  if (result == 0)
    return TRUE;
  if (errno != EWOULDBLOCK)
    {
      aq_store_io_set_error (error, errno, "lock", "store");
      return FALSE;
    }

  fd = aq_store_io_open (io, self->fd, PID_NAME, O_RDONLY, NULL);
  if (fd >= 0)
    {
      if (aq_store_io_read (io, fd, PID_NAME, text, sizeof text - 1, 0, &size, NULL))
        pid = g_ascii_strtoll (text, NULL, 10);
      (void) close (fd); /* only read */
    }
  if (pid > 0)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_LOCKED,
                 "another daemon holds it (pid %" G_GINT64_FORMAT ")", pid);
  else
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_LOCKED, "another daemon holds it");
  return FALSE;
}

/* making a store */

typedef gboolean (*NameFunc) (int         directory_fd,
                              const char *name);

static gboolean
is_empty_first_segment (int         directory_fd,
                        const char *name)
{
  struct stat info;

  errno = 0;
  return strcmp (name, FIRST_SEGMENT_NAME) == 0 &&
         fstatat (directory_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG (info.st_mode) && info.st_size == 0;
}

/*
 * @fd: of the directory, consumed
 *
 * Returns: whether @accepts says so for all names in it
 */
static gboolean
all_names (int      fd,
           NameFunc accepts)
{
  DIR *directory = fd >= 0 ? fdopendir (fd) : NULL;
  const struct dirent *entry;
  gboolean ok = directory != NULL;
  int saved_errno;

  while (ok)
    {
      errno = 0;
      entry = readdir (directory);
      if (entry == NULL)
        {
          ok = errno == 0;
          break;
        }
      ok = strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0 ||
           accepts (fd, entry->d_name);
    }
  saved_errno = errno;
  if (directory != NULL)
    (void) closedir (directory); /* only read */
  else if (fd >= 0)
    (void) close (fd); /* only read */
  errno = saved_errno;
  return ok;
}

/* what a crash may leave of a store that was being made */
static gboolean
is_left_over (int         directory_fd,
              const char *name)
{
  int fd;

  errno = 0;
  if (strcmp (name, FORMAT_NEW_NAME) == 0 || strcmp (name, AQ_SUPER_NAME) == 0)
    return TRUE;
  if (strcmp (name, JOURNAL_NAME) != 0)
    return FALSE;
  fd = openat (directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 && all_names (fd, is_empty_first_segment);
}

static gboolean
open_journal (AqStoreDirectory  *self,
              AqStoreIo         *io,
              GError           **error)
{
  struct stat info;

  errno = 0;
  if (fstatat (self->fd, JOURNAL_NAME, &info, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
    {
      aq_store_io_set_error (error, errno, "look at", JOURNAL_NAME);
      return FALSE;
    }
  if (errno == ENOENT || !S_ISDIR (info.st_mode))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
                           "journal is damaged: its directory 'journal' is missing");
      return FALSE;
    }
  self->journal_fd = aq_store_io_open (io, self->fd, JOURNAL_NAME, O_RDONLY | O_DIRECTORY, error);
  return self->journal_fd >= 0;
}

/* @store_id: NULL for a new one */
static gboolean
begin_store (AqStoreDirectory  *self,
             AqStoreIo         *io,
             const guint8      *store_id,
             GError           **error)
{
  int fd;

  /* a descriptor of its own: reading moves its position */
  fd = aq_store_io_open (io, self->fd, ".", O_RDONLY | O_DIRECTORY, error);
  if (fd < 0)
    return FALSE;
  if (!all_names (fd, is_left_over))
    {
      if (errno == 0)
        return set_foreign (error, "it is not empty, and is not a store");
      aq_store_io_set_error (error, errno, "list", "store");
      return FALSE;
    }
  if (store_id != NULL)
    memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
  else if (getrandom (self->store_id, AQ_STORE_ID_SIZE, 0) != AQ_STORE_ID_SIZE)
    {
      aq_store_io_set_error (error, errno, "make an id for", "store");
      return FALSE;
    }
  if (mkdirat (self->fd, JOURNAL_NAME, 0700) < 0 && errno != EEXIST)
    {
      aq_store_io_set_error (error, errno, "create", JOURNAL_NAME);
      return FALSE;
    }
  return open_journal (self, io, error);
}

static gboolean
make_store (AqStoreDirectory  *self,
            AqStoreIo         *io,
            GError           **error)
{
  int fd;

  if (!begin_store (self, io, NULL, error))
    return FALSE;
  fd = aq_store_io_open (io, self->journal_fd, FIRST_SEGMENT_NAME, O_WRONLY | O_CREAT, error);
  if (fd < 0)
    return FALSE;
  (void) close (fd); /* nothing is in it */
  return aq_store_io_flush (io, self->journal_fd, JOURNAL_NAME, error) &&
         aq_super_create (io, self->fd, self->store_id, error) &&
         write_format (self, io, error);
}

/**
 * aq_store_directory_open:
 * @self: memory for a directory
 * @io: the system calls
 * @path: where it is
 * @error: return location for an error
 *
 * Opens and locks the directory of a store, and makes it a store if it is empty
 * or is not there. Otherwise nothing is changed in it.
 *
 * Errors: `ASYNCQ_ERROR_STORE_LOCKED`, `ASYNCQ_ERROR_STORE_FOREIGN`,
 * `ASYNCQ_ERROR_STORE_VERSION`, `ASYNCQ_ERROR_STORE_CORRUPT`,
 * `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; then there is nothing
 * to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_directory_open (AqStoreDirectory  *self,
                         AqStoreIo         *io,
                         const char        *path,
                         GError           **error)
{
  gboolean found = FALSE;
  gboolean ok;

  *self = (AqStoreDirectory) { .fd = open_directory (io, path, error), .journal_fd = -1 };
  ok = self->fd >= 0 && check_owner (self->fd, error) && lock (self, io, error) &&
       read_format (self, io, &found, error);
  if (ok)
    ok = found ? open_journal (self, io, error)
               : flush_parent (io, path, error) && make_store (self, io, error);
  if (!ok)
    aq_store_directory_clear (self);
  return ok;
}

/* what is damaged stays unknown: the id is zeros, the journal has no descriptor */
static void
open_what_is_there (AqStoreDirectory *self,
                    AqStoreIo        *io)
{
  g_autoptr(GError) format_error = NULL;
  g_autoptr(GError) journal_error = NULL;
  gboolean found;

  if (!read_format (self, io, &found, &format_error))
    g_debug ("%s", format_error->message);
  if (!open_journal (self, io, &journal_error))
    g_debug ("%s", journal_error->message);
}

/**
 * aq_store_directory_open_existing:
 * @self: memory for a directory
 * @io: the system calls
 * @path: where it is
 * @access: whether it is locked, and what is asked of it
 * @error: return location for an error
 *
 * Opens the directory of a store for a tool. Nothing is made or changed.
 *
 * Errors: `G_IO_ERROR_NOT_FOUND`, if there is nothing at @path; else as
 * aq_store_directory_open().
 *
 * Returns: %FALSE with @error set, then there is nothing to clear
 */
gboolean
aq_store_directory_open_existing (AqStoreDirectory  *self,
                                  AqStoreIo         *io,
                                  const char        *path,
                                  AqStoreAccess      access,
                                  GError           **error)
{
  gboolean found = FALSE;
  gboolean ok;

  *self = (AqStoreDirectory) { .fd = open_existing_directory (io, path, error), .journal_fd = -1 };
  ok = self->fd >= 0 && check_owner (self->fd, error) &&
       (access == AQ_STORE_ACCESS_BESIDE || lock (self, io, error));
  if (ok && access == AQ_STORE_ACCESS_DAMAGED)
    {
      open_what_is_there (self, io);
      return TRUE;
    }
  ok = ok && read_format (self, io, &found, error);
  if (ok)
    ok = found ? open_journal (self, io, error) : set_foreign (error, "it is not a store");
  if (!ok)
    aq_store_directory_clear (self);
  return ok;
}

/**
 * aq_store_directory_begin:
 * @self: memory for a directory
 * @io: the system calls
 * @path: where it is to be; an empty directory may be there
 * @store_id: (nullable): the id to have, else a new one
 * @error: return location for an error
 *
 * Opens and locks a directory that is to become a store: it has a journal without
 * segments, no `super` and no `format`. Whoever calls makes them, and at last
 * aq_store_directory_finish().
 *
 * Errors: as aq_store_directory_open()
 *
 * Returns: %FALSE with @error set, then there is nothing to clear
 */
gboolean
aq_store_directory_begin (AqStoreDirectory  *self,
                          AqStoreIo         *io,
                          const char        *path,
                          const guint8      *store_id,
                          GError           **error)
{
  gboolean ok;

  *self = (AqStoreDirectory) { .fd = open_directory (io, path, error), .journal_fd = -1 };
  ok = self->fd >= 0 && check_owner (self->fd, error) && lock (self, io, error) &&
       flush_parent (io, path, error) && begin_store (self, io, store_id, error);
  if (!ok)
    aq_store_directory_clear (self);
  return ok;
}

/**
 * aq_store_directory_finish:
 * @self: a directory that aq_store_directory_begin() has begun
 * @io: the system calls
 * @error: return location for an error
 *
 * Makes it a store: flushes the names in it, and writes `format`.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_directory_finish (AqStoreDirectory  *self,
                           AqStoreIo         *io,
                           GError           **error)
{
  return aq_store_io_flush (io, self->journal_fd, JOURNAL_NAME, error) && write_format (self, io, error);
}

/* for the message that the next daemon gets: no harm if it cannot be written */
void
aq_store_directory_write_pid (AqStoreDirectory *self,
                              AqStoreIo        *io)
{
  g_autoptr(GError) error = NULL;
  char text[32];
  int length = g_snprintf (text, sizeof text, "%d\n", (int) getpid ());
  int fd = aq_store_io_open (io, self->fd, PID_NAME, O_WRONLY | O_CREAT | O_TRUNC, &error);

  if (fd >= 0)
    {
      if (aq_store_io_write (io, fd, PID_NAME, text, (gsize) length, 0, &error))
        g_debug ("holding the store as pid %d", (int) getpid ());
      (void) close (fd); /* not flushed either */
    }
  if (error != NULL)
    g_info ("%s", error->message);
}

void
aq_store_directory_clear (AqStoreDirectory *self)
{
  if (self->journal_fd >= 0)
    (void) close (self->journal_fd); /* a directory */
  if (self->fd >= 0)
    (void) close (self->fd); /* a directory; gives up the lock */
  self->journal_fd = self->fd = -1;
}
