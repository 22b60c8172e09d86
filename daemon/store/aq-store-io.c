/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * System calls on the files of a store
 *
 * Nothing else in this folder reads or writes a file: no stdio, no mmap, so that
 * what a fault injector sees here is all there is. Interrupted calls are
 * repeated and short ones continued; what is left is an error.
 */

#define _GNU_SOURCE /* fallocate () */

#include "config.h"

#include "store/aq-store-io.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZEROS_STEP (64 * 1024)

static int
system_openat (AqStoreIo  *self,
               int         directory_fd,
               const char *name,
               int         flags,
               mode_t      mode)
{
  return openat (directory_fd, name, flags, mode);
}

static gssize
system_pread (AqStoreIo *self,
              int        fd,
              gpointer   data,
              gsize      size,
              goffset    offset)
{
  return pread (fd, data, size, offset);
}

static gssize
system_pwrite (AqStoreIo     *self,
               int            fd,
               gconstpointer  data,
               gsize          size,
               goffset        offset)
{
  return pwrite (fd, data, size, offset);
}

static int
system_ftruncate (AqStoreIo *self,
                  int        fd,
                  goffset    size)
{
  return ftruncate (fd, size);
}

static int
system_fdatasync (AqStoreIo *self,
                  int        fd)
{
  return fdatasync (fd);
}

static int
system_fsync (AqStoreIo *self,
              int        fd)
{
  return fsync (fd);
}

static int
system_renameat (AqStoreIo  *self,
                 int         directory_fd,
                 const char *from,
                 const char *to)
{
  return renameat (directory_fd, from, directory_fd, to);
}

static int
system_unlinkat (AqStoreIo  *self,
                 int         directory_fd,
                 const char *name)
{
  return unlinkat (directory_fd, name, 0);
}

static int
system_fallocate (AqStoreIo *self,
                  int        fd,
                  goffset    offset,
                  goffset    size)
{
  return fallocate (fd, 0, offset, size);
}

/* the calls themselves */
void
aq_store_io_init_system (AqStoreIo *self)
{
  *self = (AqStoreIo) {
    .openat = system_openat,
    .pread = system_pread,
    .pwrite = system_pwrite,
    .ftruncate = system_ftruncate,
    .fdatasync = system_fdatasync,
    .fsync = system_fsync,
    .renameat = system_renameat,
    .unlinkat = system_unlinkat,
    .fallocate = system_fallocate,
  };
}

/* a full disk is told apart, because it passes */
void
aq_store_io_set_error (GError     **error,
                       int          saved_errno,
                       const char  *doing,
                       const char  *name)
{
  gboolean full = saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG;

  g_set_error (error, ASYNCQ_ERROR, full ? ASYNCQ_ERROR_STORE_FULL : ASYNCQ_ERROR_STORE_FAILED,
               "could not %s '%s': %s", doing, name, g_strerror (saved_errno));
}

/* a FIFO would make us wait for ever, a device has no end */
static gboolean
check_file (int          fd,
            const char  *name,
            GError     **error)
{
  struct stat info;

  if (fstat (fd, &info) < 0 || S_ISREG (info.st_mode) || S_ISDIR (info.st_mode))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "store is damaged: '%s' is not a file", name);
  return FALSE;
}

/*
 * Never follows a link, never waits for the other end of a FIFO, never leaks into
 * a child; a new file is its owner's alone. An error leaves errno as it was.
 */
int
aq_store_io_open (AqStoreIo   *self,
                  int          directory_fd,
                  const char  *name,
                  int          flags,
                  GError     **error)
{
  int saved_errno;
  int fd;

  do
    fd = self->openat (self, directory_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  while (fd < 0 && errno == EINTR);
  saved_errno = errno;
  if (fd >= 0 && !check_file (fd, name, error))
    {
      (void) close (fd); /* of no use */
      errno = EINVAL;
      return -1;
    }
  if (fd < 0)
    aq_store_io_set_error (error, saved_errno, "open", name);
  errno = saved_errno;
  return fd;
}

/* fewer than @size only at the end of the file */
gboolean
aq_store_io_read (AqStoreIo   *self,
                  int          fd,
                  const char  *name,
                  gpointer     data,
                  gsize        size,
                  guint64      offset,
                  gsize       *out_read,
                  GError     **error)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = self->pread (self, fd, (guint8 *) data + done, size - done,
                              (goffset) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          aq_store_io_set_error (error, errno, "read", name);
          return FALSE;
        }
      if (n == 0)
        break;
      done += (gsize) n;
    }
  *out_read = done;
  return TRUE;
}

gboolean
aq_store_io_write (AqStoreIo      *self,
                   int             fd,
                   const char     *name,
                   gconstpointer   data,
                   gsize           size,
                   guint64         offset,
                   GError        **error)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = self->pwrite (self, fd, (const guint8 *) data + done, size - done,
                               (goffset) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          aq_store_io_set_error (error, n < 0 ? errno : EIO, "write", name);
          return FALSE;
        }
      done += (gsize) n;
    }
  return TRUE;
}

gboolean
aq_store_io_resize (AqStoreIo   *self,
                    int          fd,
                    const char  *name,
                    guint64      size,
                    GError     **error)
{
  int result;

  do
    result = self->ftruncate (self, fd, (goffset) size);
  while (result < 0 && errno == EINTR);
  if (result < 0)
    aq_store_io_set_error (error, errno, "resize", name);
  return result == 0;
}

gboolean
aq_store_io_flush_data (AqStoreIo   *self,
                        int          fd,
                        const char  *name,
                        GError     **error)
{
  int result;

  do
    result = self->fdatasync (self, fd);
  while (result < 0 && errno == EINTR);
  if (result < 0)
    aq_store_io_set_error (error, errno, "flush", name);
  return result == 0;
}

gboolean
aq_store_io_flush (AqStoreIo   *self,
                   int          fd,
                   const char  *name,
                   GError     **error)
{
  int result;

  do
    result = self->fsync (self, fd);
  while (result < 0 && errno == EINTR);
  if (result < 0)
    aq_store_io_set_error (error, errno, "flush", name);
  return result == 0;
}

gboolean
aq_store_io_rename (AqStoreIo   *self,
                    int          directory_fd,
                    const char  *from,
                    const char  *to,
                    GError     **error)
{
  if (self->renameat (self, directory_fd, from, to) == 0)
    return TRUE;
  aq_store_io_set_error (error, errno, "create", to);
  return FALSE;
}

gboolean
aq_store_io_remove (AqStoreIo   *self,
                    int          directory_fd,
                    const char  *name,
                    GError     **error)
{
  if (self->unlinkat (self, directory_fd, name) == 0)
    return TRUE;
  aq_store_io_set_error (error, errno, "remove", name);
  return FALSE;
}

static gboolean
write_zeros (AqStoreIo   *self,
             int          fd,
             const char  *name,
             guint64      offset,
             guint64      size,
             GError     **error)
{
  g_autofree guint8 *zeros = g_malloc0 (ZEROS_STEP);

  for (guint64 done = 0; done < size; done += ZEROS_STEP)
    if (!aq_store_io_write (self, fd, name, zeros, MIN (size - done, ZEROS_STEP), offset + done, error))
      return FALSE;
  return TRUE;
}

/*
 * Space on the disk for bytes that nothing was written to yet: where the file
 * system cannot give it, zeros are written.
 */
gboolean
aq_store_io_allocate (AqStoreIo   *self,
                      int          fd,
                      const char  *name,
                      guint64      offset,
                      guint64      size,
                      GError     **error)
{
  int result;

  if (size == 0)
    return TRUE;
  do
    result = self->fallocate (self, fd, (goffset) offset, (goffset) size);
  while (result < 0 && errno == EINTR);
  if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
    return write_zeros (self, fd, name, offset, size, error);
  if (result < 0)
    aq_store_io_set_error (error, errno, "allocate", name);
  return result == 0;
}
