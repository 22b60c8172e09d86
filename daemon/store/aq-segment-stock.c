/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Stock of segments
 *
 * A segment gets all its blocks when it is made, so a full disk shows then, and
 * not at a flush. What can be used again is:
 *
 *   segment that nobody needs ─► header zeroed, flushed ─► spare ─► renamed to the
 *                                                                   next number
 *
 * Until its new name is flushed a crash finds it under the old one, where nobody
 * looks any more, or under the new one, without a header. Its old frames are none
 * under another number, since their checksums cover that.
 *
 * The reserve is a file with blocks and no number. When there is no space for a
 * segment it becomes the next one, so that what is running can still end.
 */

#include "config.h"

#include "store/aq-segment-stock.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-journal-reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE_NAME "reserve"

static const AqSegmentFile no_file = { .fd = -1 };

static void
close_file (AqSegmentFile *file)
{
  if (file->fd >= 0)
    (void) close (file->fd); /* nothing is in it */
  *file = no_file;
}

/* only gives space back: who fails here will be removed after the next start */
static void
remove_segment (AqSegmentStock *self,
                guint64         number)
{
  g_autoptr(GError) error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, name);
  if (!aq_store_io_remove (self->io, self->directory_fd, name, &error))
    g_info ("%s", error->message);
}

/**
 * aq_segment_stock_init:
 * @self: memory for a stock
 * @io: the system calls, borrowed
 * @directory_fd: the journal's directory, borrowed
 * @sizes: how large segments are
 * @newest: number of the segment that the journal ends in
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`; then there is nothing to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_segment_stock_init (AqSegmentStock        *self,
                       AqStoreIo             *io,
                       int                    directory_fd,
                       const AqSegmentSizes  *sizes,
                       guint64                newest,
                       GError               **error)
{
  *self = (AqSegmentStock) {
    .io = io,
    .directory_fd = directory_fd,
    .sizes = *sizes,
    .newest = newest,
    .n_spares = AQ_SEGMENT_N_SPARES,
    .reserve = no_file,
  };
  for (guint i = 0; i < AQ_SEGMENT_N_SPARES; i++)
    self->spares[i] = no_file;
  self->old = aq_journal_list (io, directory_fd, error);
  if (self->old == NULL)
    return FALSE;
  /* those behind were made ahead, and their numbers come again */
  while (self->old->len > 0 && g_array_index (self->old, guint64, self->old->len - 1) >= newest)
    g_array_set_size (self->old, self->old->len - 1);
  return TRUE;
}

void
aq_segment_stock_clear (AqSegmentStock *self)
{
  for (guint i = 0; i < AQ_SEGMENT_N_SPARES; i++)
    close_file (&self->spares[i]);
  close_file (&self->reserve);
  g_clear_pointer (&self->old, g_array_unref);
}

/* Returns: the size of the segment after one in which @used bytes were used */
guint64
aq_segment_stock_get_next (AqSegmentStock *self,
                           guint64         used)
{
  guint64 min_bytes = self->sizes.min_bytes;

  return CLAMP ((used * 2 + min_bytes - 1) / min_bytes * min_bytes, min_bytes, self->sizes.max_bytes);
}

/* new files */

static gboolean
create (AqSegmentStock  *self,
        guint64          number,
        guint64          size,
        AqSegmentFile   *out_file,
        GError         **error)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  int fd;

  aq_segment_format_name (number, name);
  fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR | O_CREAT, error);
  if (fd < 0)
    return FALSE;
  /* one of this number was never used: made ahead, or torn before its first flush */
  if (!aq_store_io_resize (self->io, fd, name, 0, error) ||
      !aq_store_io_resize (self->io, fd, name, size, error) ||
      !aq_store_io_allocate (self->io, fd, name, 0, size, error) ||
      !aq_store_io_flush (self->io, fd, name, error) ||
      !aq_store_io_flush (self->io, self->directory_fd, "journal", error))
    {
      (void) self->io->ftruncate (self->io, fd, 0); /* only gives space back */
      (void) close (fd);                            /* nothing was written */
      return FALSE;
    }
  *out_file = (AqSegmentFile) { .fd = fd, .number = number, .size = size };
  return TRUE;
}

static gboolean
rename_file (AqSegmentStock  *self,
             const char      *from,
             guint64          number,
             GError         **error)
{
  char to[AQ_SEGMENT_NAME_SIZE];

  aq_segment_format_name (number, to);
  return aq_store_io_rename (self->io, self->directory_fd, from, to, error) &&
         aq_store_io_flush (self->io, self->directory_fd, "journal", error);
}

/* Returns: whether a spare has become the segment of that number */
static gboolean
use_spare (AqSegmentStock *self,
           guint64         number,
           guint64         size,
           AqSegmentFile  *out_file)
{
  for (guint i = 0; i < AQ_SEGMENT_N_SPARES; i++)
    {
      AqSegmentFile *spare = &self->spares[i];
      g_autoptr(GError) error = NULL;
      char name[AQ_SEGMENT_NAME_SIZE];

      if (spare->fd < 0 || spare->size < size)
        continue;
      aq_segment_format_name (spare->number, name);
      if (rename_file (self, name, number, &error))
        {
          spare->number = number;
          *out_file = *spare;
          *spare = no_file;
          return TRUE;
        }
      g_info ("%s; this segment is not used again", error->message);
      remove_segment (self, spare->number);
      close_file (spare);
    }
  return FALSE;
}

/* all but the first @n_kept */
static void
drop_spares (AqSegmentStock *self,
             guint           n_kept)
{
  for (guint i = n_kept; i < AQ_SEGMENT_N_SPARES; i++)
    if (self->spares[i].fd >= 0)
      {
        remove_segment (self, self->spares[i].number);
        close_file (&self->spares[i]);
      }
}

/**
 * aq_segment_stock_make:
 * @self: a stock
 * @size: of the file in bytes, at least
 * @out_file: (transfer full): a file for the next segment
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; it may be
 * tried again.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_segment_stock_make (AqSegmentStock  *self,
                       guint64          size,
                       AqSegmentFile   *out_file,
                       GError         **error)
{
  guint64 number = self->newest + 1;
  g_autoptr(GError) local_error = NULL;
  gboolean ok;

  ok = use_spare (self, number, size, out_file) || create (self, number, size, out_file, &local_error);
  if (!ok && g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
    {
      drop_spares (self, 0);
      while (aq_segment_stock_tidy (self, G_MAXUINT64))
        ;
      g_clear_error (&local_error);
      ok = create (self, number, size, out_file, &local_error);
    }
  if (!ok)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  self->newest = number;
  return TRUE;
}

/* the reserve */

/**
 * aq_segment_stock_take_reserve:
 * @self: a stock
 * @size: of the file in bytes, at least
 * @out_file: (transfer full): what was the reserve, a file for the next segment now
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL` when there is no reserve of that size, and as
 * aq_segment_stock_make().
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_segment_stock_take_reserve (AqSegmentStock  *self,
                               guint64          size,
                               AqSegmentFile   *out_file,
                               GError         **error)
{
  if (self->reserve.fd < 0 || self->reserve.size < size)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL,
                           "there is no space for the journal");
      return FALSE;
    }
  if (!rename_file (self, RESERVE_NAME, self->newest + 1, error))
    {
      /* whatever its name is now: it is not the reserve for certain */
      remove_segment (self, self->newest + 1);
      close_file (&self->reserve);
      return FALSE;
    }
  self->reserve.number = ++self->newest;
  *out_file = self->reserve;
  self->reserve = no_file;
  return TRUE;
}

static gboolean
grow_reserve (AqSegmentStock  *self,
              int              fd,
              guint64          size,
              GError         **error)
{
  struct stat info;

  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED,
                           "the journal's reserve is not a file");
      return FALSE;
    }
  /* all of it: that it is so long does not say that it has blocks */
  return ((guint64) info.st_size <= size || aq_store_io_resize (self->io, fd, RESERVE_NAME, size, error)) &&
         aq_store_io_allocate (self->io, fd, RESERVE_NAME, 0, size, error) &&
         aq_store_io_flush (self->io, fd, RESERVE_NAME, error) &&
         aq_store_io_flush (self->io, self->directory_fd, "journal", error);
}

/**
 * aq_segment_stock_fill_reserve:
 * @self: a stock
 * @size: in bytes
 * @error: return location for an error
 *
 * Makes a reserve, or the one that there is larger; does nothing if it is large
 * enough.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; what there was
 * is still there.
 *
 * Returns: whether there is a reserve of @size bytes
 */
gboolean
aq_segment_stock_fill_reserve (AqSegmentStock  *self,
                               guint64          size,
                               GError         **error)
{
  int fd;

  if (self->reserve.fd >= 0 && self->reserve.size >= size)
    return TRUE;
  fd = aq_store_io_open (self->io, self->directory_fd, RESERVE_NAME, O_RDWR | O_CREAT, error);
  if (fd < 0)
    return FALSE;
  if (!grow_reserve (self, fd, size, error))
    {
      (void) close (fd); /* nothing is in it */
      if (self->reserve.fd < 0)
        (void) self->io->unlinkat (self->io, self->directory_fd, RESERVE_NAME); /* only gives space back */
      return FALSE;
    }
  close_file (&self->reserve);
  self->reserve = (AqSegmentFile) { .fd = fd, .size = size };
  return TRUE;
}

/* files that are not needed */

/* Returns: (nullable): where another spare can be; one smaller than @next_size gives way */
static AqSegmentFile *
find_free (AqSegmentStock *self,
           guint64         next_size)
{
  for (guint i = 0; i < self->n_spares; i++)
    {
      AqSegmentFile *spare = &self->spares[i];

      if (spare->fd >= 0 && spare->size < next_size)
        {
          remove_segment (self, spare->number);
          close_file (spare);
        }
      if (spare->fd < 0)
        return spare;
    }
  return NULL;
}

/* takes a file that was made and not used; may be none */
void
aq_segment_stock_give_back (AqSegmentStock *self,
                            AqSegmentFile  *file)
{
  AqSegmentFile *spare = find_free (self, 0);

  if (file->fd >= 0 && spare != NULL)
    {
      *spare = *file;
      *file = no_file;
    }
  else if (file->fd >= 0)
    {
      remove_segment (self, file->number);
      close_file (file);
    }
}

/* there is nothing in the segment, and what there is of it is not to be trusted */
void
aq_segment_stock_forget (AqSegmentStock *self,
                         guint64         number)
{
  remove_segment (self, number);
}

/* the segment gets no more frames; to be called in order of numbers */
void
aq_segment_stock_add_old (AqSegmentStock *self,
                          guint64         number)
{
  g_array_append_val (self->old, number);
}

/* how many spares may be from now on, at most %AQ_SEGMENT_N_SPARES */
void
aq_segment_stock_limit_spares (AqSegmentStock *self,
                               guint           n_spares)
{
  if (self->n_spares == n_spares)
    return;
  self->n_spares = n_spares;
  drop_spares (self, n_spares);
}

/* Returns: whether the old segment is a spare now */
static gboolean
recycle (AqSegmentStock *self,
         guint64         number,
         guint64         next_size)
{
  static const guint8 zeros[AQ_SEGMENT_HEADER_SIZE];
  AqSegmentFile *spare = find_free (self, next_size);
  AqSegmentFile file = { .fd = -1, .number = number };
  g_autoptr(GError) error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];
  struct stat info;

  if (spare == NULL)
    return FALSE;
  aq_segment_format_name (number, name);
  file.fd = aq_store_io_open (self->io, self->directory_fd, name, O_RDWR | O_NONBLOCK, &error);
  if (file.fd < 0)
    return FALSE;
  if (fstat (file.fd, &info) == 0 && S_ISREG (info.st_mode) && (guint64) info.st_size >= next_size &&
      (guint64) info.st_size <= MAX (self->sizes.max_bytes, next_size) &&
      aq_store_io_write (self->io, file.fd, name, zeros, sizeof zeros, 0, &error) &&
      aq_store_io_flush_data (self->io, file.fd, name, &error))
    {
      file.size = file.prewritten = (guint64) info.st_size;
      *spare = file;
      return TRUE;
    }
  close_file (&file);
  return FALSE;
}

/**
 * aq_segment_stock_tidy:
 * @self: a stock
 * @next_size: of the next segment: smaller ones are not kept
 *
 * Sees to one segment that is not wanted any more: keeps it as a spare, or
 * removes it. A failure is no error: it costs space, until the next start.
 *
 * Returns: whether there was one
 */
gboolean
aq_segment_stock_tidy (AqSegmentStock *self,
                       guint64         next_size)
{
  guint64 number;

  if (self->old->len == 0)
    return FALSE;
  number = g_array_index (self->old, guint64, 0);
  if (number >= self->keep)
    return FALSE;
  g_array_remove_index (self->old, 0);
  if (!recycle (self, number, next_size))
    remove_segment (self, number);
  return TRUE;
}
