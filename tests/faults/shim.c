/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A shim between the store and the C library
 *
 * The symbols of a program win over those of its libraries, so the functions
 * below are what the store calls, and what libgdbm calls too. Each does the real
 * thing (the next symbol of its name), with a test in between: it counts, lets
 * the n-th call fail, and writes down what has changed on the disk. Only files
 * below one root are meant; all others go through untouched.
 *
 * One mutex guards everything and is held over the real call as well, so what is
 * written down is in the order in which it happened.
 *
 * Not seen: static programs, system calls made directly, what stdio and mmap do
 * inside the C library. So the store must not use those two: opening them on one
 * of its files is counted as a violation.
 */

/* both names of each function are defined here, the one with 64 and the one without */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FDS 1024
#define MAX_WAITERS 16
#define BLOCK_BYTES 4096
#define WATCH_SEC 10

/* the functions of the C library */
typedef struct
{
  int     (*openat64)        (int directory_fd, const char *path, int flags, ...);
  int     (*close)           (int fd);
  gssize  (*read)            (int fd, void *data, gsize size);
  gssize  (*pread64)         (int fd, void *data, gsize size, off64_t offset);
  gssize  (*write)           (int fd, const void *data, gsize size);
  gssize  (*pwrite64)        (int fd, const void *data, gsize size, off64_t offset);
  off64_t (*lseek64)         (int fd, off64_t offset, int whence);
  int     (*ftruncate64)     (int fd, off64_t size);
  int     (*fallocate64)     (int fd, int mode, off64_t offset, off64_t size);
  int     (*posix_fallocate64) (int fd, off64_t offset, off64_t size);
  int     (*fsync)           (int fd);
  int     (*fdatasync)       (int fd);
  int     (*sync_file_range) (int fd, off64_t offset, off64_t size, unsigned flags);
  int     (*renameat2)       (int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
  int     (*unlinkat)        (int directory_fd, const char *path, int flags);
  int     (*mkdirat)         (int directory_fd, const char *path, mode_t mode);
  int     (*fstat64)         (int fd, struct stat64 *info);
  int     (*fstatat64)       (int directory_fd, const char *path, struct stat64 *info, int flags);
  DIR    *(*fdopendir)       (int fd);
  struct dirent64 *(*readdir64) (DIR *directory);
  int     (*closedir)        (DIR *directory);
  int     (*flock)           (int fd, int operation);
  void   *(*mmap64)          (void *address, gsize size, int protection, int flags, int fd, off64_t offset);
  FILE   *(*fopen64)         (const char *path, const char *mode);
  FILE   *(*fdopen)          (int fd, const char *mode);
  gssize  (*getrandom)       (void *data, gsize size, unsigned flags);
  int     (*eventfd)         (unsigned value, int flags);
  int     (*poll)            (struct pollfd *fds, nfds_t n_fds, int timeout);
  int     (*pthread_create)  (pthread_t *thread, const pthread_attr_t *attributes,
                              void *(*func) (void *), void *data);
} RealCalls;

typedef struct
{
  const char *name;    /* interned, below the root; NULL: not one of ours */
  guint32     file;    /* 0: a directory */
  gboolean    broken;  /* its flush or write has failed with EIO */
} OpenFile;

/* a thread that waits for descriptors, for a while or for ever */
typedef struct
{
  gboolean       used;
  struct pollfd *fds;
  nfds_t         n_fds;
  gint64         deadline_msec; /* G_MAXINT64: none */
  int            wake_fd;       /* kept for the next one who waits here */
  gboolean       has_wake_fd;
} Waiter;

typedef struct
{
  guint64 from; /* the call that fails first; 0: none */
  guint64 to;
  int     fail_errno;
} Plan;

static RealCalls real;
static __thread guint in_test;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* all of these are guarded by the lock */
static char *root;
static gsize root_length;
static guint64 random_state;
static OpenFile open_files[MAX_FDS];
static guint64 n_calls[SHIM_N_KINDS];
static Plan plans[SHIM_N_KINDS];
static guint64 shorten_from, shorten_to;
static gsize shorten_bytes;
static guint64 space_left = G_MAXUINT64;
static guint64 n_growths, fill_at; /* calls that may need space; 0: no such call */
static GArray *allocated; /* of guint64, by file number */
static gboolean failed;
static gboolean changed_disk;
static ShimLog *current;  /* where names are known from */
static gboolean recording;
static ShimFaults violations;
static GHashTable *writes_by_suffix;
static Waiter waiters[MAX_WAITERS];
static guint n_threads;
static gint64 now_msec;
static gboolean time_is_held;
static pthread_t main_thread;
static const char *watched;

/* to be seen by the compiler; the C library has them for fortified callers */
int __open_2 (const char *path, int flags);
int __open64_2 (const char *path, int flags);
int __openat_2 (int directory_fd, const char *path, int flags);
int __openat64_2 (int directory_fd, const char *path, int flags);
ssize_t __read_chk (int fd, void *data, size_t size, size_t space);
ssize_t __pread_chk (int fd, void *data, size_t size, off_t offset, size_t space);
ssize_t __pread64_chk (int fd, void *data, size_t size, off64_t offset, size_t space);
int __poll_chk (struct pollfd *fds, nfds_t n_fds, int timeout, size_t space);

static void
find_real_calls (void)
{
  real.openat64 = dlsym (RTLD_NEXT, "openat64");
  real.close = dlsym (RTLD_NEXT, "close");
  real.read = dlsym (RTLD_NEXT, "read");
  real.pread64 = dlsym (RTLD_NEXT, "pread64");
  real.write = dlsym (RTLD_NEXT, "write");
  real.pwrite64 = dlsym (RTLD_NEXT, "pwrite64");
  real.lseek64 = dlsym (RTLD_NEXT, "lseek64");
  real.ftruncate64 = dlsym (RTLD_NEXT, "ftruncate64");
  real.fallocate64 = dlsym (RTLD_NEXT, "fallocate64");
  real.posix_fallocate64 = dlsym (RTLD_NEXT, "posix_fallocate64");
  real.fsync = dlsym (RTLD_NEXT, "fsync");
  real.fdatasync = dlsym (RTLD_NEXT, "fdatasync");
  real.sync_file_range = dlsym (RTLD_NEXT, "sync_file_range");
  real.renameat2 = dlsym (RTLD_NEXT, "renameat2");
  real.unlinkat = dlsym (RTLD_NEXT, "unlinkat");
  real.mkdirat = dlsym (RTLD_NEXT, "mkdirat");
  real.fstat64 = dlsym (RTLD_NEXT, "fstat64");
  real.fstatat64 = dlsym (RTLD_NEXT, "fstatat64");
  real.fdopendir = dlsym (RTLD_NEXT, "fdopendir");
  real.readdir64 = dlsym (RTLD_NEXT, "readdir64");
  real.closedir = dlsym (RTLD_NEXT, "closedir");
  real.flock = dlsym (RTLD_NEXT, "flock");
  real.mmap64 = dlsym (RTLD_NEXT, "mmap64");
  real.fopen64 = dlsym (RTLD_NEXT, "fopen64");
  real.fdopen = dlsym (RTLD_NEXT, "fdopen");
  real.getrandom = dlsym (RTLD_NEXT, "getrandom");
  real.eventfd = dlsym (RTLD_NEXT, "eventfd");
  real.pthread_create = dlsym (RTLD_NEXT, "pthread_create");
  real.poll = dlsym (RTLD_NEXT, "poll");
}

/* libraries call before any constructor of ours has run */
static const RealCalls *
get_real (void)
{
  if (G_UNLIKELY (real.poll == NULL))
    find_real_calls ();
  return &real;
}

static gboolean
is_seeing (void)
{
  return root != NULL && in_test == 0;
}

static gboolean
is_ours (int fd)
{
  return is_seeing () && fd >= 0 && fd < MAX_FDS && open_files[fd].name != NULL;
}

/* names below the root */

/* Returns: (nullable): interned; NULL if it is not below the root */
static const char *
get_name (int         directory_fd,
          const char *path)
{
  g_autofree char *joined = NULL;
  const char *directory;

  if (!is_seeing ())
    return NULL;
  if (path[0] == '/')
    {
      if (strncmp (path, root, root_length) != 0 || (path[root_length] != '/' && path[root_length] != '\0'))
        return NULL;
      path += root_length;
      while (*path == '/')
        path++;
      return g_intern_string (path);
    }
  if (directory_fd < 0 || directory_fd >= MAX_FDS || open_files[directory_fd].name == NULL)
    return NULL;
  directory = open_files[directory_fd].name;
  if (strcmp (path, ".") == 0)
    return directory;
  joined = *directory == '\0' ? g_strdup (path) : g_strconcat (directory, "/", path, NULL);
  return g_intern_string (joined);
}

/* under the lock from here on */

static void
note (ShimOp op)
{
  if (op.type != SHIM_OP_SYNC && op.type != SHIM_OP_SYNC_DIR && op.type != SHIM_OP_MARK)
    changed_disk = TRUE;
  if (recording)
    g_array_append_val (current->ops, op);
}

static guint64 *
get_allocated (guint32 file)
{
  if (allocated->len <= file)
    g_array_set_size (allocated, file + 1);
  return &g_array_index (allocated, guint64, file);
}

static guint32
new_file (const char *name)
{
  guint32 file = ++current->n_files;

  g_hash_table_insert (current->files, (gpointer) name, GUINT_TO_POINTER (file));
  *get_allocated (file) = 0;
  return file;
}

/* Returns: whether this call is to fail, with errno set */
static gboolean
fails (ShimKind kind)
{
  const Plan *plan = &plans[kind];
  guint64 n = ++n_calls[kind];

  if (plan->from == 0 || n < plan->from || n > plan->to)
    return FALSE;
  failed = TRUE;
  errno = plan->fail_errno;
  return TRUE;
}

static guint64
round_up (guint64 size)
{
  return (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

/* Returns: how much of the @file may grow to @end on this disk; takes the space */
static guint64
take_space (guint32 file,
            guint64 end)
{
  guint64 *has = get_allocated (file);
  guint64 wants = round_up (end);

  if (++n_growths == fill_at)
    {
      space_left = 0;
      failed = TRUE;
    }
  if (wants <= *has)
    return end;
  if (space_left != G_MAXUINT64)
    {
      guint64 grows = MIN (wants - *has, space_left / BLOCK_BYTES * BLOCK_BYTES);

      space_left -= grows;
      *has += grows;
      return MIN (end, *has);
    }
  *has = wants;
  return end;
}

static void
give_space (guint32 file,
            guint64 size)
{
  guint64 *has = get_allocated (file);
  guint64 keeps = round_up (size);

  if (keeps >= *has)
    return;
  if (space_left != G_MAXUINT64)
    space_left += *has - keeps;
  *has = keeps;
}

/* the calls */

static int
open_seen (int         directory_fd,
           const char *path,
           const char *name,
           int         flags,
           mode_t      mode)
{
  gboolean known;
  struct stat64 info;
  int fd;

  if (fails (SHIM_OPEN))
    return -1;
  known = g_hash_table_contains (current->files, name);
  if (!known && (flags & O_CREAT) && space_left < BLOCK_BYTES && real.fstatat64 (directory_fd, path, &info, 0) < 0)
    {
      errno = ENOSPC;
      return -1;
    }
  fd = real.openat64 (directory_fd, path, flags, mode);
  if (fd < 0)
    return -1;
  g_assert (fd < MAX_FDS);
  g_assert (real.fstat64 (fd, &info) == 0);
  open_files[fd] = (OpenFile) { .name = name };
  if (S_ISDIR (info.st_mode))
    return fd;
  if (!known)
    {
      guint32 file = new_file (name);

      *get_allocated (file) = round_up ((guint64) info.st_size);
      if ((flags & O_CREAT) && info.st_size == 0)
        note ((ShimOp) { .type = SHIM_OP_CREATE, .file = file, .name = name });
    }
  open_files[fd].file = GPOINTER_TO_UINT (g_hash_table_lookup (current->files, name));
  if (known && (flags & O_TRUNC))
    {
      give_space (open_files[fd].file, 0);
      note ((ShimOp) { .type = SHIM_OP_RESIZE, .file = open_files[fd].file, .size = 0 });
    }
  return fd;
}

static int
shim_openat (int         directory_fd,
             const char *path,
             int         flags,
             mode_t      mode)
{
  const char *name;
  int fd;

  get_real ();
  if (!is_seeing ())
    return real.openat64 (directory_fd, path, flags, mode);
  pthread_mutex_lock (&lock);
  name = get_name (directory_fd, path);
  fd = name != NULL ? open_seen (directory_fd, path, name, flags, mode)
                    : real.openat64 (directory_fd, path, flags, mode);
  pthread_mutex_unlock (&lock);
  return fd;
}

static mode_t
get_mode (int     flags,
          va_list arguments)
{
  return (flags & (O_CREAT | O_TMPFILE)) ? va_arg (arguments, mode_t) : 0;
}

int
openat64 (int         directory_fd,
          const char *path,
          int         flags,
          ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = get_mode (flags, arguments);
  va_end (arguments);
  return shim_openat (directory_fd, path, flags, mode);
}

int
openat (int         directory_fd,
        const char *path,
        int         flags,
        ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = get_mode (flags, arguments);
  va_end (arguments);
  return shim_openat (directory_fd, path, flags, mode);
}

int
open64 (const char *path,
        int         flags,
        ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = get_mode (flags, arguments);
  va_end (arguments);
  return shim_openat (AT_FDCWD, path, flags, mode);
}

int
open (const char *path,
      int         flags,
      ...)
{
  va_list arguments;
  mode_t mode;

  va_start (arguments, flags);
  mode = get_mode (flags, arguments);
  va_end (arguments);
  return shim_openat (AT_FDCWD, path, flags, mode);
}

int
__open_2 (const char *path,
          int         flags)
{
  return shim_openat (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path,
            int         flags)
{
  return shim_openat (AT_FDCWD, path, flags, 0);
}

int
__openat_2 (int         directory_fd,
            const char *path,
            int         flags)
{
  return shim_openat (directory_fd, path, flags, 0);
}

int
__openat64_2 (int         directory_fd,
              const char *path,
              int         flags)
{
  return shim_openat (directory_fd, path, flags, 0);
}

/* the descriptor is gone whatever is answered, as on Linux */
int
close (int fd)
{
  gboolean fail;
  int saved_errno;
  int result;

  get_real ();
  if (!is_ours (fd))
    return real.close (fd);
  pthread_mutex_lock (&lock);
  fail = fails (SHIM_CLOSE);
  saved_errno = errno;
  open_files[fd] = (OpenFile) { NULL };
  result = real.close (fd);
  pthread_mutex_unlock (&lock);
  if (!fail)
    return result;
  errno = saved_errno;
  return -1;
}

static gssize
read_seen (int      fd,
           void    *data,
           gsize    size,
           off64_t  offset)
{
  gssize n = -1;

  pthread_mutex_lock (&lock);
  if (!fails (SHIM_READ))
    n = offset >= 0 ? real.pread64 (fd, data, size, offset) : real.read (fd, data, size);
  pthread_mutex_unlock (&lock);
  return n;
}

ssize_t
read (int    fd,
      void  *data,
      size_t size)
{
  get_real ();
  return is_ours (fd) ? read_seen (fd, data, size, -1) : real.read (fd, data, size);
}

ssize_t
pread64 (int     fd,
         void   *data,
         size_t  size,
         off64_t offset)
{
  get_real ();
  return is_ours (fd) ? read_seen (fd, data, size, offset) : real.pread64 (fd, data, size, offset);
}

ssize_t
pread (int    fd,
       void  *data,
       size_t size,
       off_t  offset)
{
  return pread64 (fd, data, size, offset);
}

ssize_t
__read_chk (int    fd,
            void  *data,
            size_t size,
            size_t space)
{
  return read (fd, data, size);
}

ssize_t
__pread_chk (int    fd,
             void  *data,
             size_t size,
             off_t  offset,
             size_t space)
{
  return pread64 (fd, data, size, offset);
}

ssize_t
__pread64_chk (int     fd,
               void   *data,
               size_t  size,
               off64_t offset,
               size_t  space)
{
  return pread64 (fd, data, size, offset);
}

static void
count_write (const char *name)
{
  const char *point = strrchr (name, '.');
  const char *suffix = g_intern_string (point != NULL ? point : "");
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (writes_by_suffix, suffix));

  g_hash_table_insert (writes_by_suffix, (gpointer) suffix, GUINT_TO_POINTER (n + 1));
}

static void
note_write (const OpenFile *file,
            const void     *data,
            gsize           size,
            guint64         offset)
{
  note ((ShimOp) { .type = SHIM_OP_WRITE, .file = file->file, .name = file->name, .offset = offset, .size = size,
                   .data = current->bytes->len });
  if (recording)
    g_byte_array_append (current->bytes, data, (guint) size);
}

static gsize
shorten (gsize size)
{
  guint64 n = n_calls[SHIM_WRITE];

  if (shorten_from == 0 || n < shorten_from || n > shorten_to || size < 2)
    return size;
  failed = TRUE;
  return MIN (size, shorten_bytes == G_MAXSIZE ? size - 1 : shorten_bytes);
}

/*
 * One that has failed is used again. GDBM writes and flushes what it has in mind
 * when it is closed: no harm, as long as nobody believes in that image.
 */
static void
note_broken (const OpenFile *file,
             guint          *counter)
{
  if (!file->broken || g_str_has_suffix (file->name, ".gdbm"))
    return;
  (*counter)++;
  violations.broken_name = file->name;
}

static gssize
write_at (int         fd,
          const void *data,
          gsize       size,
          guint64     offset)
{
  OpenFile *file = &open_files[fd];
  guint64 end;
  gssize n;

  note_broken (file, &violations.n_used_broken);
  if (fails (SHIM_WRITE))
    {
      file->broken |= errno == EIO;
      return -1;
    }
  size = shorten (size);
  end = take_space (file->file, offset + size);
  if (end <= offset && size > 0)
    {
      errno = ENOSPC;
      return -1;
    }
  size = end - offset;
  n = real.pwrite64 (fd, data, size, (off64_t) offset);
  if (n <= 0)
    return n;
  count_write (file->name);
  note_write (file, data, (gsize) n, offset);
  return n;
}

ssize_t
pwrite64 (int         fd,
          const void *data,
          size_t      size,
          off64_t     offset)
{
  gssize n;

  get_real ();
  if (!is_ours (fd))
    return real.pwrite64 (fd, data, size, offset);
  pthread_mutex_lock (&lock);
  n = write_at (fd, data, size, (guint64) offset);
  pthread_mutex_unlock (&lock);
  return n;
}

ssize_t
pwrite (int         fd,
        const void *data,
        size_t      size,
        off_t       offset)
{
  return pwrite64 (fd, data, size, offset);
}

ssize_t
write (int         fd,
       const void *data,
       size_t      size)
{
  off64_t offset;
  gssize n;

  get_real ();
  if (!is_ours (fd))
    return real.write (fd, data, size);
  pthread_mutex_lock (&lock);
  offset = real.lseek64 (fd, 0, SEEK_CUR);
  n = write_at (fd, data, size, (guint64) offset);
  if (n > 0)
    real.lseek64 (fd, n, SEEK_CUR);
  pthread_mutex_unlock (&lock);
  return n;
}

int
ftruncate64 (int     fd,
             off64_t size)
{
  int result = -1;

  get_real ();
  if (!is_ours (fd))
    return real.ftruncate64 (fd, size);
  pthread_mutex_lock (&lock);
  if (!fails (SHIM_RESIZE))
    result = real.ftruncate64 (fd, size);
  if (result == 0)
    {
      give_space (open_files[fd].file, (guint64) size);
      note ((ShimOp) { .type = SHIM_OP_RESIZE, .file = open_files[fd].file, .size = (guint64) size });
    }
  pthread_mutex_unlock (&lock);
  return result;
}

int
ftruncate (int   fd,
           off_t size)
{
  return ftruncate64 (fd, size);
}

/* Returns: an errno */
static int
allocate_seen (int     fd,
               int     mode,
               guint64 offset,
               guint64 size)
{
  OpenFile *file = &open_files[fd];
  guint64 had = *get_allocated (file->file);
  struct stat64 info;

  if (fails (SHIM_ALLOCATE))
    return errno;
  if (take_space (file->file, offset + size) < offset + size)
    {
      give_space (file->file, had);
      return ENOSPC;
    }
  /* blocks are the shim's business here, and real ones take time */
  g_assert (real.fstat64 (fd, &info) == 0);
  if (mode == 0 && (guint64) info.st_size < offset + size && real.ftruncate64 (fd, (off64_t) (offset + size)) < 0)
    return errno;
  if (mode == 0)
    note ((ShimOp) { .type = SHIM_OP_ALLOCATE, .file = file->file, .size = offset + size });
  else
    g_assert (mode == FALLOC_FL_KEEP_SIZE);
  return 0;
}

int
fallocate64 (int     fd,
             int     mode,
             off64_t offset,
             off64_t size)
{
  int result;

  get_real ();
  if (!is_ours (fd))
    return real.fallocate64 (fd, mode, offset, size);
  pthread_mutex_lock (&lock);
  result = allocate_seen (fd, mode, (guint64) offset, (guint64) size);
  pthread_mutex_unlock (&lock);
  if (result == 0)
    return 0;
  errno = result;
  return -1;
}

int
fallocate (int   fd,
           int   mode,
           off_t offset,
           off_t size)
{
  return fallocate64 (fd, mode, offset, size);
}

int
posix_fallocate64 (int     fd,
                   off64_t offset,
                   off64_t size)
{
  int result;

  get_real ();
  if (!is_ours (fd))
    return real.posix_fallocate64 (fd, offset, size);
  pthread_mutex_lock (&lock);
  result = allocate_seen (fd, 0, (guint64) offset, (guint64) size);
  pthread_mutex_unlock (&lock);
  return result;
}

int
posix_fallocate (int   fd,
                 off_t offset,
                 off_t size)
{
  return posix_fallocate64 (fd, offset, size);
}

static int
flush_seen (int      fd,
            ShimKind kind)
{
  OpenFile *file = &open_files[fd];
  int result;

  pthread_mutex_lock (&lock);
  note_broken (file, &violations.n_reflushed);
  result = fails (kind) ? -1 : 0;
  /* a directory is different: a name made later writes its blocks anew */
  if (result < 0)
    file->broken |= errno == EIO && file->file != 0;
  else if (file->file == 0)
    note ((ShimOp) { .type = SHIM_OP_SYNC_DIR, .name = file->name });
  else
    note ((ShimOp) { .type = SHIM_OP_SYNC, .file = file->file, .name = file->name });
  pthread_mutex_unlock (&lock);
  return result;
}

int
fsync (int fd)
{
  get_real ();
  return is_ours (fd) ? flush_seen (fd, SHIM_FSYNC) : real.fsync (fd);
}

int
fdatasync (int fd)
{
  get_real ();
  return is_ours (fd) ? flush_seen (fd, SHIM_FDATASYNC) : real.fdatasync (fd);
}

int
sync_file_range (int      fd,
                 off64_t  offset,
                 off64_t  size,
                 unsigned flags)
{
  int result;

  get_real ();
  if (!is_ours (fd))
    return real.sync_file_range (fd, offset, size, flags);
  pthread_mutex_lock (&lock);
  result = fails (SHIM_WRITE_BACK) ? -1 : 0;
  pthread_mutex_unlock (&lock);
  return result;
}

static void
forget_name (const char *name)
{
  gpointer file = g_hash_table_lookup (current->files, name);

  if (file != NULL)
    give_space (GPOINTER_TO_UINT (file), 0);
  g_hash_table_remove (current->files, name);
}

static int
rename_seen (int         from_fd,
             const char *from,
             int         to_fd,
             const char *to,
             unsigned    flags)
{
  const char *name = get_name (from_fd, from);
  const char *new_name = get_name (to_fd, to);
  gpointer file;
  int result;

  if (name == NULL)
    return real.renameat2 (from_fd, from, to_fd, to, flags);
  g_assert (new_name != NULL);
  result = fails (SHIM_RENAME) ? -1 : real.renameat2 (from_fd, from, to_fd, to, flags);
  if (result < 0)
    return -1;
  file = g_hash_table_lookup (current->files, name);
  if (file == NULL)
    file = GUINT_TO_POINTER (new_file (name));
  forget_name (new_name);
  g_hash_table_remove (current->files, name);
  g_hash_table_insert (current->files, (gpointer) new_name, file);
  for (int fd = 0; fd < MAX_FDS; fd++)
    if (open_files[fd].name == name)
      open_files[fd].name = new_name;
  note ((ShimOp) { .type = SHIM_OP_RENAME, .file = GPOINTER_TO_UINT (file), .name = name, .new_name = new_name });
  return 0;
}

int
renameat2 (int          from_fd,
           const char  *from,
           int          to_fd,
           const char  *to,
           unsigned int flags)
{
  int result;

  get_real ();
  if (!is_seeing ())
    return real.renameat2 (from_fd, from, to_fd, to, flags);
  pthread_mutex_lock (&lock);
  result = rename_seen (from_fd, from, to_fd, to, flags);
  pthread_mutex_unlock (&lock);
  return result;
}

int
renameat (int         from_fd,
          const char *from,
          int         to_fd,
          const char *to)
{
  return renameat2 (from_fd, from, to_fd, to, 0);
}

int
rename (const char *from,
        const char *to)
{
  return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlinkat (int         directory_fd,
          const char *path,
          int         flags)
{
  const char *name;
  int result;

  get_real ();
  if (!is_seeing ())
    return real.unlinkat (directory_fd, path, flags);
  pthread_mutex_lock (&lock);
  name = get_name (directory_fd, path);
  result = name != NULL && fails (SHIM_UNLINK) ? -1 : real.unlinkat (directory_fd, path, flags);
  if (result == 0 && name != NULL)
    {
      note ((ShimOp) { .type = SHIM_OP_UNLINK, .name = name });
      forget_name (name);
    }
  pthread_mutex_unlock (&lock);
  return result;
}

int
unlink (const char *path)
{
  return unlinkat (AT_FDCWD, path, 0);
}

int
rmdir (const char *path)
{
  return unlinkat (AT_FDCWD, path, AT_REMOVEDIR);
}

int
mkdirat (int         directory_fd,
         const char *path,
         mode_t      mode)
{
  const char *name;
  int result;

  get_real ();
  if (!is_seeing ())
    return real.mkdirat (directory_fd, path, mode);
  pthread_mutex_lock (&lock);
  name = get_name (directory_fd, path);
  result = name != NULL && fails (SHIM_MKDIR) ? -1 : real.mkdirat (directory_fd, path, mode);
  if (result == 0 && name != NULL)
    note ((ShimOp) { .type = SHIM_OP_MKDIR, .name = name });
  pthread_mutex_unlock (&lock);
  return result;
}

int
mkdir (const char *path,
       mode_t      mode)
{
  return mkdirat (AT_FDCWD, path, mode);
}

/* for calls that change nothing */
static gboolean
passes (ShimKind kind)
{
  gboolean fail;

  pthread_mutex_lock (&lock);
  fail = fails (kind);
  pthread_mutex_unlock (&lock);
  return !fail;
}

int
fstat64 (int            fd,
         struct stat64 *info)
{
  get_real ();
  return !is_ours (fd) || passes (SHIM_STAT) ? real.fstat64 (fd, info) : -1;
}

int
fstat (int          fd,
       struct stat *info)
{
  G_STATIC_ASSERT (sizeof (struct stat) == sizeof (struct stat64));
  return fstat64 (fd, (struct stat64 *) (void *) info);
}

int
fstatat64 (int            directory_fd,
           const char    *path,
           struct stat64 *info,
           int            flags)
{
  const char *name = NULL;

  get_real ();
  if (is_seeing ())
    {
      pthread_mutex_lock (&lock);
      name = get_name (directory_fd, path);
      pthread_mutex_unlock (&lock);
    }
  return name == NULL || passes (SHIM_STAT) ? real.fstatat64 (directory_fd, path, info, flags) : -1;
}

int
fstatat (int          directory_fd,
         const char  *path,
         struct stat *info,
         int          flags)
{
  return fstatat64 (directory_fd, path, (struct stat64 *) (void *) info, flags);
}

int
lstat64 (const char    *path,
         struct stat64 *info)
{
  return fstatat64 (AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW);
}

int
lstat (const char  *path,
       struct stat *info)
{
  return fstatat64 (AT_FDCWD, path, (struct stat64 *) (void *) info, AT_SYMLINK_NOFOLLOW);
}

DIR *
fdopendir (int fd)
{
  get_real ();
  return !is_ours (fd) || passes (SHIM_LIST) ? real.fdopendir (fd) : NULL;
}

struct dirent64 *
readdir64 (DIR *directory)
{
  get_real ();
  return !is_ours (dirfd (directory)) || passes (SHIM_LIST) ? real.readdir64 (directory) : NULL;
}

struct dirent *
readdir (DIR *directory)
{
  G_STATIC_ASSERT (sizeof (struct dirent) == sizeof (struct dirent64));
  return (struct dirent *) (void *) readdir64 (directory);
}

/* it closes the descriptor where nobody sees it */
int
closedir (DIR *directory)
{
  int fd = dirfd (directory);

  get_real ();
  if (is_ours (fd))
    {
      pthread_mutex_lock (&lock);
      open_files[fd] = (OpenFile) { NULL };
      pthread_mutex_unlock (&lock);
    }
  return real.closedir (directory);
}

int
flock (int fd,
       int operation)
{
  get_real ();
  return !is_ours (fd) || passes (SHIM_LOCK) ? real.flock (fd, operation) : -1;
}

/* what a store's file is not for */

static void
count_violation (guint *counter)
{
  pthread_mutex_lock (&lock);
  (*counter)++;
  pthread_mutex_unlock (&lock);
}

void *
mmap64 (void   *address,
        size_t  size,
        int     protection,
        int     flags,
        int     fd,
        off64_t offset)
{
  get_real ();
  if (is_ours (fd))
    count_violation (&violations.n_mmaps);
  return real.mmap64 (address, size, protection, flags, fd, offset);
}

void *
mmap (void  *address,
      size_t size,
      int    protection,
      int    flags,
      int    fd,
      off_t  offset)
{
  return mmap64 (address, size, protection, flags, fd, offset);
}

FILE *
fopen64 (const char *path,
         const char *mode)
{
  const char *name = NULL;

  get_real ();
  if (is_seeing ())
    {
      pthread_mutex_lock (&lock);
      name = get_name (AT_FDCWD, path);
      pthread_mutex_unlock (&lock);
    }
  if (name != NULL)
    count_violation (&violations.n_stdio);
  return real.fopen64 (path, mode);
}

FILE *
fopen (const char *path,
       const char *mode)
{
  return fopen64 (path, mode);
}

FILE *
fdopen (int         fd,
        const char *mode)
{
  get_real ();
  if (is_ours (fd))
    count_violation (&violations.n_stdio);
  return real.fdopen (fd, mode);
}

/* chance */

static guint64
next_random (void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

ssize_t
getrandom (void    *data,
           size_t   size,
           unsigned flags)
{
  guint8 *bytes = data;

  get_real ();
  if (!is_seeing () || random_state == 0)
    return real.getrandom (data, size, flags);
  pthread_mutex_lock (&lock);
  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (next_random () >> 24);
  pthread_mutex_unlock (&lock);
  return (ssize_t) size;
}

/* threads and time */

typedef struct
{
  void *(*func) (void *);
  void *data;
} Start;

static void *
run_thread (void *data)
{
  Start start = *(Start *) data;
  void *result;

  g_free (data);
  result = start.func (start.data);
  pthread_mutex_lock (&lock);
  n_threads--;
  pthread_mutex_unlock (&lock);
  return result;
}

int
pthread_create (pthread_t            *thread,
                const pthread_attr_t *attributes,
                void               *(*func) (void *),
                void                 *data)
{
  gboolean fail;
  Start *start;
  int result;

  get_real ();
  if (!is_seeing ())
    return real.pthread_create (thread, attributes, func, data);
  pthread_mutex_lock (&lock);
  fail = fails (SHIM_THREAD);
  n_threads += fail ? 0 : 1;
  pthread_mutex_unlock (&lock);
  if (fail)
    return EAGAIN;
  start = g_new (Start, 1);
  *start = (Start) { func, data };
  result = real.pthread_create (thread, attributes, run_thread, start);
  g_assert (result == 0);
  return result;
}

int
eventfd (unsigned value,
         int      flags)
{
  get_real ();
  return !is_seeing () || passes (SHIM_THREAD) ? real.eventfd (value, flags) : -1;
}

static gboolean
is_ready (Waiter *waiter)
{
  return real.poll (waiter->fds, waiter->n_fds, 0) > 0 || waiter->deadline_msec <= now_msec;
}

/* whether all threads but the main one wait, and for what has not come yet */
static gboolean
is_settled (void)
{
  guint n = 0;

  for (guint i = 0; i < MAX_WAITERS; i++)
    {
      if (!waiters[i].used)
        continue;
      if (is_ready (&waiters[i]))
        return FALSE;
      n++;
    }
  return n == n_threads;
}

static void
wake_due (void)
{
  for (guint i = 0; i < MAX_WAITERS; i++)
    if (waiters[i].used && waiters[i].deadline_msec <= now_msec)
      {
        guint64 one = 1;

        g_assert (real.write (waiters[i].wake_fd, &one, sizeof one) == sizeof one);
      }
}

/* Returns: whether anybody waits for a time */
static gboolean
skip_to_next_deadline (void)
{
  gint64 next = G_MAXINT64;

  for (guint i = 0; i < MAX_WAITERS; i++)
    if (waiters[i].used)
      next = MIN (next, waiters[i].deadline_msec);
  if (next == G_MAXINT64)
    return FALSE;
  now_msec = MAX (now_msec, next);
  wake_due ();
  return TRUE;
}

static Waiter *
take_waiter (void)
{
  for (guint i = 0; i < MAX_WAITERS; i++)
    if (!waiters[i].used)
      {
        if (!waiters[i].has_wake_fd)
          waiters[i].wake_fd = real.eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
        waiters[i].has_wake_fd = TRUE;
        waiters[i].used = TRUE;
        return &waiters[i];
      }
  g_assert_not_reached ();
}

static int
wait_in_thread (struct pollfd *fds,
                nfds_t         n_fds,
                int            timeout)
{
  struct pollfd all[4];
  Waiter *waiter;
  guint64 count;
  int n;

  g_assert (n_fds < G_N_ELEMENTS (all));
  memcpy (all, fds, n_fds * sizeof *fds);

  pthread_mutex_lock (&lock);
  waiter = take_waiter ();
  waiter->fds = fds;
  waiter->n_fds = n_fds;
  waiter->deadline_msec = timeout < 0 ? G_MAXINT64 : now_msec + timeout;
  all[n_fds] = (struct pollfd) { .fd = waiter->wake_fd, .events = POLLIN };
  pthread_mutex_unlock (&lock);

  while (real.poll (all, n_fds + 1, -1) < 0 && errno == EINTR)
    ;

  pthread_mutex_lock (&lock);
  if (real.read (waiter->wake_fd, &count, sizeof count) < 0)
    g_assert (errno == EAGAIN); /* it was not the time */
  n = real.poll (fds, n_fds, 0);
  waiter->used = FALSE;
  pthread_mutex_unlock (&lock);
  return n;
}

static int
wait_in_main (struct pollfd *fds,
              nfds_t         n_fds,
              int            timeout)
{
  for (;;)
    {
      gboolean skipped = FALSE;
      gboolean stuck = FALSE;
      int n;

      pthread_mutex_lock (&lock);
      if (is_settled () && (n = real.poll (fds, n_fds, 0)) == 0)
        {
          skipped = skip_to_next_deadline ();
          stuck = !skipped;
        }
      else
        n = real.poll (fds, n_fds, 0);
      pthread_mutex_unlock (&lock);
      /* nothing has come, but a time has: whoever waits may want to look at it */
      if (n == 0 && skipped)
        return 0;
      if (n == 0 && stuck && timeout < 0)
        {
          fprintf (stderr, "everybody waits for ever: %s\n", watched != NULL ? watched : "?");
          abort ();
        }
      if (n == 0)
        n = real.poll (fds, n_fds, 1);
      if (n != 0 || (timeout >= 0 && stuck))
        return n;
    }
}

int
poll (struct pollfd *fds,
      nfds_t         n_fds,
      int            timeout)
{
  get_real ();
  if (!time_is_held || timeout == 0)
    return real.poll (fds, n_fds, timeout);
  return pthread_equal (pthread_self (), main_thread) ? wait_in_main (fds, n_fds, timeout)
                                                      : wait_in_thread (fds, n_fds, timeout);
}

int
__poll_chk (struct pollfd *fds,
            nfds_t         n_fds,
            int            timeout,
            size_t         space)
{
  return poll (fds, n_fds, timeout);
}

/* what tests say */

ShimLog *
shim_log_new (void)
{
  ShimLog *self = g_new0 (ShimLog, 1);

  self->ops = g_array_new (FALSE, FALSE, sizeof (ShimOp));
  self->bytes = g_byte_array_new ();
  self->files = g_hash_table_new (NULL, NULL);
  return self;
}

void
shim_log_free (ShimLog *self)
{
  g_array_unref (self->ops);
  g_byte_array_unref (self->bytes);
  g_hash_table_unref (self->files);
  g_free (self);
}

void
shim_set_root (const char *new_root)
{
  static ShimLog *unrecorded;

  get_real ();
  pthread_mutex_lock (&lock);
  g_free (root);
  root = g_strdup (new_root);
  root_length = root != NULL ? strlen (root) : 0;
  g_clear_pointer (&unrecorded, shim_log_free);
  current = unrecorded = shim_log_new ();
  recording = FALSE;
  changed_disk = FALSE;
  if (allocated == NULL)
    allocated = g_array_new (FALSE, TRUE, sizeof (guint64));
  g_array_set_size (allocated, 0);
  if (writes_by_suffix == NULL)
    writes_by_suffix = g_hash_table_new (NULL, NULL);
  main_thread = pthread_self ();
  pthread_mutex_unlock (&lock);
}

void
shim_set_seed (guint64 seed)
{
  pthread_mutex_lock (&lock);
  random_state = seed * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + 1;
  pthread_mutex_unlock (&lock);
}

void
shim_enter_test (void)
{
  in_test++;
}

void
shim_leave_test (void)
{
  in_test--;
}

guint64
shim_count (ShimKind kind)
{
  guint64 n;

  pthread_mutex_lock (&lock);
  n = n_calls[kind];
  pthread_mutex_unlock (&lock);
  return n;
}

const char *
shim_kind_name (ShimKind kind)
{
  static const char * const names[] = {
    "open", "read", "write", "ftruncate", "fallocate", "fdatasync", "fsync", "sync_file_range",
    "rename", "unlink", "mkdir", "close", "stat", "list", "flock", "thread",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == SHIM_N_KINDS);
  return names[kind];
}

void
shim_fail (ShimKind kind,
           guint64  nth,
           gboolean for_good,
           int      fail_errno)
{
  pthread_mutex_lock (&lock);
  plans[kind].from = n_calls[kind] + nth;
  plans[kind].to = for_good ? G_MAXUINT64 : plans[kind].from;
  plans[kind].fail_errno = fail_errno;
  pthread_mutex_unlock (&lock);
}

void
shim_shorten (guint64  nth,
              gboolean for_good,
              gsize    max_bytes)
{
  pthread_mutex_lock (&lock);
  shorten_from = n_calls[SHIM_WRITE] + nth;
  shorten_to = for_good ? G_MAXUINT64 : shorten_from;
  shorten_bytes = max_bytes;
  pthread_mutex_unlock (&lock);
}

void
shim_set_space (guint64 n_bytes)
{
  pthread_mutex_lock (&lock);
  space_left = n_bytes;
  pthread_mutex_unlock (&lock);
}

void
shim_fill (guint64 nth)
{
  pthread_mutex_lock (&lock);
  fill_at = n_growths + nth;
  pthread_mutex_unlock (&lock);
}

void
shim_heal (void)
{
  pthread_mutex_lock (&lock);
  fill_at = 0;
  memset (plans, 0, sizeof plans);
  shorten_from = 0;
  space_left = G_MAXUINT64;
  failed = FALSE;
  pthread_mutex_unlock (&lock);
}

gboolean
shim_has_failed (void)
{
  gboolean result;

  pthread_mutex_lock (&lock);
  result = failed;
  pthread_mutex_unlock (&lock);
  return result;
}

void
shim_record (ShimLog *log)
{
  pthread_mutex_lock (&lock);
  recording = log != NULL;
  if (log != NULL)
    current = log;
  pthread_mutex_unlock (&lock);
}

void
shim_mark (guint64 mark)
{
  pthread_mutex_lock (&lock);
  note ((ShimOp) { .type = SHIM_OP_MARK, .mark = mark });
  pthread_mutex_unlock (&lock);
}

gboolean
shim_has_changed_disk (void)
{
  gboolean result;

  pthread_mutex_lock (&lock);
  result = changed_disk;
  pthread_mutex_unlock (&lock);
  return result;
}

void
shim_get_violations (ShimFaults *out_faults)
{
  pthread_mutex_lock (&lock);
  *out_faults = violations;
  pthread_mutex_unlock (&lock);
}

guint64
shim_count_writes (const char *suffix)
{
  guint64 n;

  pthread_mutex_lock (&lock);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (writes_by_suffix, g_intern_string (suffix)));
  pthread_mutex_unlock (&lock);
  return n;
}

void
shim_hold_time (gboolean hold)
{
  pthread_mutex_lock (&lock);
  time_is_held = hold;
  pthread_mutex_unlock (&lock);
}

gboolean
shim_settle (void)
{
  gboolean any;

  pthread_mutex_lock (&lock);
  while (!is_settled ())
    {
      pthread_mutex_unlock (&lock);
      (void) real.poll (NULL, 0, 1);
      pthread_mutex_lock (&lock);
    }
  any = n_threads > 0;
  pthread_mutex_unlock (&lock);
  return any;
}

gint64
shim_get_time (void)
{
  gint64 msec;

  pthread_mutex_lock (&lock);
  msec = now_msec;
  pthread_mutex_unlock (&lock);
  return msec;
}

void
shim_advance (guint msec)
{
  pthread_mutex_lock (&lock);
  now_msec += msec;
  wake_due ();
  pthread_mutex_unlock (&lock);
}

static void
on_alarm (int signal_number)
{
  static const char text[] = "no progress for ten seconds: ";

  (void) real.write (2, text, sizeof text - 1);
  if (watched != NULL)
    (void) real.write (2, watched, strlen (watched));
  (void) real.write (2, "\n", 1);
  abort ();
}

void
shim_watch (const char *what)
{
  static char text[256];

  if (what != NULL)
    {
      g_strlcpy (text, what, sizeof text);
      watched = text;
      signal (SIGALRM, on_alarm);
    }
  alarm (what != NULL ? WATCH_SEC : 0);
}
