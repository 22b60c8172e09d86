/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Memory that another process writes to
 */

#include "config.h"

#include "work/aq-memory-file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/**
 * aq_memory_file_new:
 * @name: what it is, for who looks into /proc
 * @size_bytes: how large it is; nothing can be written beyond that
 *
 * Returns: its descriptor, or -1 with `errno` set
 */
int
aq_memory_file_new (const char *name,
                    gsize       size_bytes)
{
  int fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && ftruncate (fd, (off_t) size_bytes) == 0 &&
      fcntl (fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
    return fd;
  if (fd >= 0)
    (void) close (fd); /* memory */
  return -1;
}

/**
 * aq_memory_file_read:
 * @fd: a file that was passed to one process, which is gone
 * @max_bytes: how much of it to read at most
 *
 * Returns: (transfer full): what the process has written: its writes moved the
 *   position that we share
 */
GBytes *
aq_memory_file_read (int   fd,
                     gsize max_bytes)
{
  off_t end = lseek (fd, 0, SEEK_CUR);
  gsize size = end <= 0 ? 0 : MIN ((gsize) end, max_bytes);
  guint8 *data = g_malloc (MAX (size, 1));
  gssize n_read = pread (fd, data, size, 0);

  return g_bytes_new_take (data, n_read < 0 ? 0 : (gsize) n_read);
}
