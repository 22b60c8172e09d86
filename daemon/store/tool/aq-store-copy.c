/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Copy of a store, as it is at one position of its journal
 *
 * Images are copied as they are, where they are whole; segments of the chain too,
 * the last one up to the position and with zeros behind. `super` is made anew, so
 * that its tail is that position, whatever a daemon has written since; the tail is
 * not clean, so writing goes on in a fresh segment.
 */

#include "config.h"

#include "store/tool/aq-store-copy.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-journal-reader.h"
#include "store/tool/aq-segment-chain.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1024 * 1024)

typedef struct
{
  const AqSnapshotSource *source;
  AqStoreDirectory        to;
  guint8                 *bytes; /* owned: PIECE of them */
} Copy;

/* @size: how much of it; @whole_size: how long the copy is to be */
static gboolean
copy_bytes (Copy        *self,
            int          from_fd,
            int          to_fd,
            const char  *name,
            guint64      size,
            guint64      whole_size,
            GError     **error)
{
  AqStoreIo *io = self->source->io;

  for (guint64 offset = 0; offset < size;)
    {
      gsize n_bytes = 0;

      if (!aq_store_io_read (io, from_fd, name, self->bytes, MIN (PIECE, size - offset), offset, &n_bytes, error))
        return FALSE;
      if (n_bytes == 0)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
                       "store is damaged: '%s' ends at offset %" G_GUINT64_FORMAT, name, offset);
          return FALSE;
        }
      if (!aq_store_io_write (io, to_fd, name, self->bytes, n_bytes, offset, error))
        return FALSE;
      offset += n_bytes;
      for (guint i = 0; i < n_bytes / 4096; i++)
        aq_meter_advance (self->source->meter, 4096);
    }
  return aq_store_io_resize (io, to_fd, name, whole_size, error) && aq_store_io_flush (io, to_fd, name, error);
}

/* @size: how much of it, G_MAXUINT64 for all */
static gboolean
copy_file (Copy        *self,
           int          from_directory_fd,
           int          to_directory_fd,
           const char  *name,
           guint64      size,
           GError     **error)
{
  int from_fd = aq_store_io_open (self->source->io, from_directory_fd, name, O_RDONLY, error);
  gboolean ok = FALSE;
  struct stat info;
  int to_fd;

  if (from_fd < 0)
    return FALSE;
  to_fd = aq_store_io_open (self->source->io, to_directory_fd, name, O_WRONLY | O_CREAT | O_EXCL, error);
  if (to_fd >= 0 && fstat (from_fd, &info) < 0)
    aq_store_io_set_error (error, errno, "look at", name);
  else if (to_fd >= 0)
    ok = copy_bytes (self, from_fd, to_fd, name, MIN (size, (guint64) info.st_size), (guint64) info.st_size, error);
  (void) close (from_fd); /* only read */
  if (to_fd >= 0)
    (void) close (to_fd); /* flushed, or of no use */
  return ok;
}

static gboolean
skip_frame (const AqFrame  *frame,
            const guint8   *content,
            gpointer        user_data,
            GError        **error)
{
  return TRUE;
}

/* where the journal ends, if nobody has said up to where it is to be copied */
static gboolean
find_end (Copy               *self,
          GArray             *chain,
          AqJournalPosition  *out_end,
          GError            **error)
{
  const AqSnapshotSource *source = self->source;
  const AqJournalPosition *tail = source->super->has_tail ? &source->super->tail : NULL;
  AqJournalPosition start;

  if (source->until != NULL)
    {
      *out_end = *source->until;
      return TRUE;
    }
  aq_segment_chain_start (chain, &start);
  return aq_journal_read (source->io, source->directory->journal_fd, source->directory->store_id, &start, tail,
                          skip_frame, NULL, out_end, error);
}

static gboolean
copy_journal (Copy                     *self,
              GArray                   *chain,
              const AqJournalPosition  *end,
              GError                  **error)
{
  for (guint i = 0; i < chain->len; i++)
    {
      guint64 number = g_array_index (chain, AqChainedSegment, i).header.number;
      char name[AQ_SEGMENT_NAME_SIZE];

      aq_segment_format_name (number, name);
      if (!copy_file (self, self->source->directory->journal_fd, self->to.journal_fd, name,
                      number == end->segment ? end->end : G_MAXUINT64, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy_images (Copy    *self,
             GError **error)
{
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (self->source->super->images[i].whole &&
        !copy_file (self, self->source->directory->fd, self->to.fd, aq_image_get_name (i), G_MAXUINT64, error))
      return FALSE;
  return TRUE;
}

static gboolean
write_super (Copy                     *self,
             const AqJournalPosition  *end,
             GError                  **error)
{
  AqStoreIo *io = self->source->io;
  AqJournalPosition tail = *end;
  gboolean ok = TRUE;
  int fd;

  if (!aq_super_create (io, self->to.fd, self->to.store_id, error))
    return FALSE;
  fd = aq_super_open (io, self->to.fd, error);
  if (fd < 0)
    return FALSE;
  for (guint i = 0; ok && i < AQ_N_IMAGES; i++)
    if (self->source->super->images[i].whole)
      ok = aq_super_write_image (io, fd, self->to.store_id, i, &self->source->super->images[i], error);
  tail.clean = FALSE;
  if (ok && tail.segment > 0)
    ok = aq_super_write_tail (io, fd, self->to.store_id, 1, &tail, error);
  (void) close (fd); /* flushed, or of no use */
  return ok;
}

/* a store that nothing was written to has one empty segment */
static gboolean
copy_empty_journal (Copy    *self,
                    GError **error)
{
  g_autoptr(GArray) numbers = aq_journal_list (self->source->io, self->source->directory->journal_fd, error);
  char name[AQ_SEGMENT_NAME_SIZE];

  if (numbers == NULL)
    return FALSE;
  if (numbers->len == 0)
    return TRUE;
  aq_segment_format_name (g_array_index (numbers, guint64, 0), name);
  return copy_file (self, self->source->directory->journal_fd, self->to.journal_fd, name, G_MAXUINT64, error);
}

static guint64
sum_sizes (GArray *chain)
{
  guint64 size = 0;

  for (guint i = 0; i < chain->len; i++)
    size += g_array_index (chain, AqChainedSegment, i).file_size;
  return size;
}

static gboolean
copy_all (Copy    *self,
          GError **error)
{
  const AqSnapshotSource *source = self->source;
  guint64 newest = source->until != NULL ? source->until->segment : 0;
  g_autoptr(GArray) chain = aq_segment_chain_read (source->io, source->directory, newest, error);
  AqJournalPosition end;
  gboolean ok;

  if (chain == NULL || !find_end (self, chain, &end, error))
    return FALSE;
  aq_meter_begin (source->meter, "copying", sum_sizes (chain));
  ok = write_super (self, &end, error) && copy_images (self, error) && copy_journal (self, chain, &end, error) &&
       (chain->len > 0 || copy_empty_journal (self, error)) &&
       aq_store_directory_finish (&self->to, source->io, error);
  aq_meter_end (source->meter);
  return ok;
}

/**
 * aq_store_copy:
 * @source: the store, open
 * @path: an empty directory
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, as far as it shows in copying: the copy is
 * still to be checked; `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_copy (const AqSnapshotSource  *source,
               const char              *path,
               GError                 **error)
{
  Copy self = { .source = source };
  gboolean ok;

  if (!aq_store_directory_begin (&self.to, source->io, path, source->directory->store_id, error))
    return FALSE;
  self.bytes = g_malloc (PIECE);
  ok = copy_all (&self, error);
  g_free (self.bytes);
  aq_store_directory_clear (&self.to);
  return ok;
}
