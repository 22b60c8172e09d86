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

#include "core/aq-draft-list.h"
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

/* how many containers lie in each other in a value of this type, variants not looked into */
static guint
type_depth (const GVariantType *type)
{
  guint deepest = 0;

  if (!g_variant_type_is_container (type) || g_variant_type_is_variant (type))
    return g_variant_type_is_variant (type) ? 1 : 0;
  if (g_variant_type_is_array (type) || g_variant_type_is_maybe (type))
    return 1 + type_depth (g_variant_type_element (type));

  for (const GVariantType *item = g_variant_type_first (type); item != NULL;
       item = g_variant_type_next (item))
    deepest = MAX (deepest, type_depth (item));
  return 1 + deepest;
}

/* whether at most @left containers lie in each other; every variant counts as one */
static gboolean
is_flat_enough (GVariant *value,
                guint     left)
{
  gsize n_children;

  if (strchr (g_variant_get_type_string (value), 'v') == NULL)
    return type_depth (g_variant_get_type (value)) <= left;
  if (!g_variant_is_container (value))
    return TRUE;
  if (left == 0)
    return FALSE;

  n_children = g_variant_n_children (value);
  for (gsize i = 0; i < n_children; i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (!is_flat_enough (child, left - 1))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_entry (GVariant  *entry,
             gsize      index,
             GError   **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, entry);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      gboolean flat_enough = is_flat_enough (value, AQ_BUS_MAX_DEPTH);

      g_variant_unref (value);
      if (!flat_enough)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                       "entry %" G_GSIZE_FORMAT ": '%.64s' is nested more than %d deep",
                       index, key, AQ_BUS_MAX_DEPTH);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * aq_bus_entries_check:
 * @entries: `aa{sv}`, in normal form
 * @error: return location for an error
 *
 * Makes sure that nobody has to recurse deep or to count far in @entries.
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether they may be parsed
 *
 * Since: 0.1
 */
gboolean
aq_bus_entries_check (GVariant  *entries,
                      GError   **error)
{
  gsize n_entries = g_variant_n_children (entries);

  if (n_entries > AQ_MAX_ENTRIES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "there are %" G_GSIZE_FORMAT " entries, at most %d are taken", n_entries,
                   AQ_MAX_ENTRIES);
      return FALSE;
    }
  for (gsize i = 0; i < n_entries; i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (entries, i);

      if (!check_entry (entry, i, error))
        return FALSE;
    }
  return TRUE;
}
