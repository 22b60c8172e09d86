/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * System calls that fail
 *
 * The real calls, with a test in between. The mutex guards every member. Calls that
 * change files share the lock of files, so that who has it alone sees them still.
 */

#define _GNU_SOURCE /* fallocate () */

#include "config.h"

#include "fault-io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Returns: whether the call is to fail, with errno set */
static gboolean
enter (FaultIo   *self,
       FaultCall  call)
{
  FaultHook hook;
  gpointer hook_data;
  gboolean fails;
  guint64 n;

  pthread_mutex_lock (&self->lock);
  hook = self->hook;
  hook_data = self->hook_data;
  pthread_mutex_unlock (&self->lock);
  if (hook != NULL)
    hook (call, hook_data);

  pthread_mutex_lock (&self->lock);
  n = ++self->n_calls[call];
  if (call == FAULT_FDATASYNC)
    {
      self->n_held++;
      pthread_cond_broadcast (&self->changed);
      while (self->hold_flush)
        pthread_cond_wait (&self->changed, &self->lock);
      self->n_held--;
    }
  fails = self->fail_from[call] > 0 && n >= self->fail_from[call] && n <= self->fail_to[call];
  pthread_cond_broadcast (&self->changed);
  pthread_mutex_unlock (&self->lock);
  if (fails)
    errno = self->fail_errno;
  return fails;
}

/* remembers which descriptors must not be trusted any more */
static void
use_fd (FaultIo  *self,
        int       fd,
        gboolean  breaks)
{
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fd, <, G_N_ELEMENTS (self->broken));
  pthread_mutex_lock (&self->lock);
  if (self->broken[fd])
    self->n_used_broken++;
  if (breaks)
    self->broken[fd] = TRUE;
  pthread_mutex_unlock (&self->lock);
}

static int
fault_openat (AqStoreIo  *io,
              int         directory_fd,
              const char *name,
              int         flags,
              mode_t      mode)
{
  FaultIo *self = (FaultIo *) io;
  int fd;

  if (enter (self, FAULT_OPENAT))
    return -1;
  pthread_rwlock_rdlock (&self->files);
  fd = openat (directory_fd, name, flags, mode);
  pthread_rwlock_unlock (&self->files);
  if (fd >= 0 && fd < (int) G_N_ELEMENTS (self->broken))
    {
      pthread_mutex_lock (&self->lock);
      self->broken[fd] = FALSE;
      if ((flags & O_CREAT) && g_ascii_isdigit (*name))
        self->unflushed_directory = directory_fd;
      pthread_mutex_unlock (&self->lock);
    }
  return fd;
}

static gssize
fault_pread (AqStoreIo *io,
             int        fd,
             gpointer   data,
             gsize      size,
             goffset    offset)
{
  return enter ((FaultIo *) io, FAULT_PREAD) ? -1 : pread (fd, data, size, offset);
}

static gssize
fault_pwrite (AqStoreIo     *io,
              int            fd,
              gconstpointer  data,
              gsize          size,
              goffset        offset)
{
  FaultIo *self = (FaultIo *) io;
  gboolean fails = enter (self, FAULT_PWRITE);
  int fail_errno = errno;
  gsize max_write;
  gssize n;

  use_fd (self, fd, fails && fail_errno == EIO);
  if (fails)
    {
      errno = fail_errno;
      return -1;
    }
  pthread_mutex_lock (&self->lock);
  max_write = self->max_write;
  self->n_made_in_vain += self->unflushed_directory >= 0;
  pthread_mutex_unlock (&self->lock);
  pthread_rwlock_rdlock (&self->files);
  n = pwrite (fd, data, max_write > 0 ? MIN (size, max_write) : size, offset);
  pthread_rwlock_unlock (&self->files);
  pthread_mutex_lock (&self->lock);
  self->n_written += n > 0 ? (guint64) n : 0;
  pthread_mutex_unlock (&self->lock);
  return n;
}

static int
fault_ftruncate (AqStoreIo *io,
                 int        fd,
                 goffset    size)
{
  FaultIo *self = (FaultIo *) io;
  int result;

  if (enter (self, FAULT_FTRUNCATE))
    return -1;
  pthread_rwlock_rdlock (&self->files);
  result = ftruncate (fd, size);
  pthread_rwlock_unlock (&self->files);
  return result;
}

static int
fault_fdatasync (AqStoreIo *io,
                 int        fd)
{
  FaultIo *self = (FaultIo *) io;
  gboolean fails = enter (self, FAULT_FDATASYNC);
  int fail_errno = errno;

  use_fd (self, fd, fails && fail_errno == EIO);
  errno = fail_errno;
  return fails ? -1 : fdatasync (fd);
}

static int
fault_fsync (AqStoreIo *io,
             int        fd)
{
  FaultIo *self = (FaultIo *) io;

  if (enter (self, FAULT_FSYNC))
    return -1;
  pthread_mutex_lock (&self->lock);
  if (fd == self->unflushed_directory)
    self->unflushed_directory = -1;
  pthread_mutex_unlock (&self->lock);
  return fsync (fd);
}

static int
fault_renameat (AqStoreIo  *io,
                int         directory_fd,
                const char *from,
                const char *to)
{
  FaultIo *self = (FaultIo *) io;
  int result;

  if (enter (self, FAULT_RENAMEAT))
    return -1;
  pthread_mutex_lock (&self->lock);
  if (g_ascii_isdigit (*to))
    self->unflushed_directory = directory_fd;
  pthread_mutex_unlock (&self->lock);
  pthread_rwlock_rdlock (&self->files);
  result = renameat (directory_fd, from, directory_fd, to);
  pthread_rwlock_unlock (&self->files);
  return result;
}

static int
fault_unlinkat (AqStoreIo  *io,
                int         directory_fd,
                const char *name)
{
  FaultIo *self = (FaultIo *) io;
  int result;

  if (enter (self, FAULT_UNLINKAT))
    return -1;
  pthread_rwlock_rdlock (&self->files);
  result = unlinkat (directory_fd, name, 0);
  pthread_rwlock_unlock (&self->files);
  return result;
}

static int
fault_fallocate (AqStoreIo *io,
                 int        fd,
                 goffset    offset,
                 goffset    size)
{
  return enter ((FaultIo *) io, FAULT_FALLOCATE) ? -1 : fallocate (fd, 0, offset, size);
}

void
fault_io_init (FaultIo *self)
{
  memset (self, 0, sizeof *self);
  self->unflushed_directory = -1;
  self->io = (AqStoreIo) {
    .openat = fault_openat,
    .pread = fault_pread,
    .pwrite = fault_pwrite,
    .ftruncate = fault_ftruncate,
    .fdatasync = fault_fdatasync,
    .fsync = fault_fsync,
    .renameat = fault_renameat,
    .unlinkat = fault_unlinkat,
    .fallocate = fault_fallocate,
  };
  pthread_mutex_init (&self->lock, NULL);
  pthread_rwlock_init (&self->files, NULL);
  pthread_cond_init (&self->changed, NULL);
}

void
fault_io_clear (FaultIo *self)
{
  pthread_cond_destroy (&self->changed);
  pthread_rwlock_destroy (&self->files);
  pthread_mutex_destroy (&self->lock);
}

void
fault_io_fail (FaultIo   *self,
               FaultCall  call,
               guint64    nth,
               guint64    n_times,
               int        fail_errno)
{
  pthread_mutex_lock (&self->lock);
  self->fail_from[call] = self->n_calls[call] + nth;
  self->fail_to[call] = n_times == G_MAXUINT64 ? G_MAXUINT64 : self->fail_from[call] + n_times - 1;
  self->fail_errno = fail_errno;
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_repair (FaultIo *self)
{
  pthread_mutex_lock (&self->lock);
  memset (self->fail_from, 0, sizeof self->fail_from);
  pthread_mutex_unlock (&self->lock);
}

guint64
fault_io_count (FaultIo   *self,
                FaultCall  call)
{
  guint64 n_calls;

  pthread_mutex_lock (&self->lock);
  n_calls = self->n_calls[call];
  pthread_mutex_unlock (&self->lock);
  return n_calls;
}

void
fault_io_wait (FaultIo   *self,
               FaultCall  call,
               guint64    n_calls)
{
  pthread_mutex_lock (&self->lock);
  while (self->n_calls[call] < n_calls)
    pthread_cond_wait (&self->changed, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

/* the next fdatasync, and all after it, wait before they do anything */
void
fault_io_hold_flush (FaultIo *self)
{
  pthread_mutex_lock (&self->lock);
  self->hold_flush = TRUE;
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_wait_held (FaultIo *self)
{
  pthread_mutex_lock (&self->lock);
  while (self->n_held == 0)
    pthread_cond_wait (&self->changed, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_release_flush (FaultIo *self)
{
  pthread_mutex_lock (&self->lock);
  self->hold_flush = FALSE;
  pthread_cond_broadcast (&self->changed);
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_set_max_write (FaultIo *self,
                        gsize    max_write)
{
  pthread_mutex_lock (&self->lock);
  self->max_write = max_write;
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_set_hook (FaultIo   *self,
                   FaultHook  hook,
                   gpointer   user_data)
{
  pthread_mutex_lock (&self->lock);
  self->hook = hook;
  self->hook_data = user_data;
  pthread_mutex_unlock (&self->lock);
}

void
fault_io_lock_files (FaultIo *self)
{
  pthread_rwlock_wrlock (&self->files);
}

void
fault_io_unlock_files (FaultIo *self)
{
  pthread_rwlock_unlock (&self->files);
}
