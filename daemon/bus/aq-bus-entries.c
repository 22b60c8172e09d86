/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Entries of a submit, as they come from a client
 *
 * What comes in a message, GDBus has checked byte by byte; what comes in a
 * memfd is trusted in nothing: not that it is one, not that it stays as it is,
 * not that it is serialised well. The seals make sure that nobody can change
 * or shrink it while it is mapped here. What an entry means is not for this
 * file, but for the core.
 */

#define _GNU_SOURCE /* F_GET_SEALS */

#include "config.h"

#include "bus/aq-bus-entries.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEEDED_SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)
#define MAX_DESCRIPTORS 4

typedef struct
{
  gpointer data;
  gsize    size;
} Mapping;

static void
mapping_free (gpointer data)
{
  Mapping *self = data;

  (void) munmap (self->data, self->size);
  g_free (self);
}

/* the size in bytes, or -1 with @error set */
static gssize
check_memfd (int      fd,
             GError **error)
{
  int seals = fcntl (fd, F_GET_SEALS);
  struct stat status;

  if (seals < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "'entries' is not a memfd");
      return -1;
    }
  if ((seals & NEEDED_SEALS) != NEEDED_SEALS)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "the memfd must be sealed against writing, growing and shrinking");
      return -1;
    }
  if (status.st_size > AQ_BUS_MAX_BULK_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "the memfd has %" G_GINT64_FORMAT " bytes, at most %d are taken",
                   (gint64) status.st_size, AQ_BUS_MAX_BULK_BYTES);
      return -1;
    }
  return status.st_size;
}

static GBytes *
map_memfd (int      fd,
           GError **error)
{
  gssize size = check_memfd (fd, error);
  Mapping *mapping;
  gpointer data;

  if (size < 0)
    return NULL;
  /* an empty list; mmap() takes no size of 0 */
  if (size == 0)
    return g_bytes_new (NULL, 0);

  data = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not map the memfd: %s",
                   g_strerror (errno));
      return NULL;
    }
  mapping = g_new (Mapping, 1);
  mapping->data = data;
  mapping->size = size;
  return g_bytes_new_with_free_func (data, size, mapping_free, mapping);
}

/* (transfer full): descriptor number @index of a message; -1 with @error set */
static int
dup_descriptor (GUnixFDList  *fds,
                gint32        index,
                GError      **error)
{
  int n_fds = fds != NULL ? g_unix_fd_list_get_length (fds) : 0;

  if (n_fds > MAX_DESCRIPTORS)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "the message has %d file descriptors, at most %d are taken", n_fds,
                   MAX_DESCRIPTORS);
      return -1;
    }
  if (index < 0 || index >= n_fds)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'entries' is file descriptor %d of a message that has %d", index,
                   n_fds);
      return -1;
    }
  return g_unix_fd_list_get (fds, index, error);
}

/**
 * aq_bus_entries_read:
 * @fds: (nullable): the file descriptors of a message
 * @index: which of them
 * @error: return location for an error
 *
 * Maps the entries that a sealed memfd holds, and makes sure that they are
 * serialised well.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`,
 * `ASYNCQ_ERROR_FAILED`.
 *
 * Returns: (transfer full): the entries, `aa{sv}`, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
aq_bus_entries_read (GUnixFDList  *fds,
                     gint32        index,
                     GError      **error)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GVariant) entries = NULL;
  int fd = dup_descriptor (fds, index, error);

  if (fd < 0)
    return NULL;
  bytes = map_memfd (fd, error);
  (void) close (fd); /* a mapping needs it no longer */
  if (bytes == NULL)
    return NULL;

  entries = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("aa{sv}"), bytes, FALSE));
  if (!g_variant_is_normal_form (entries))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "the memfd does not hold a GVariant of type aa{sv} in normal form");
      return NULL;
    }
  return g_steal_pointer (&entries);
}
