/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Image
 *
 * A GDBM file that holds what the journal says up to some position, each value
 * with a checksum over store, key and content. Which position that is, and how
 * many values with what sum there have to be, is in `super`, not here: an image
 * that is missing a value, or has an old one, is found out by the sum.
 *
 * GDBM writes to images; it does not read them when they are opened, because a
 * damaged file leads it astray (aq-gdbm-file.c). It gets one to write to when the
 * structure of the file was found good. It gets no function for fatal errors: it
 * would end the process behind it. It never flushes: every change is in the file
 * when it returns, and flushing is done through AqStoreIo.
 */

#define _GNU_SOURCE /* sync_file_range() */

#include "config.h"

#include "store/aq-image.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-crc32c.h"
#include "store/aq-gdbm-file.h"
#include "store/aq-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_VERSION 1
#define VALUE_HEADER_SIZE 16
#define IDENTITY_SIZE 16
#define BLOCK_SIZE 4096
#define CACHE_BUCKETS 1024
#define KEY_MAX_SIZE 256
#define READ_SIZE (1024 * 1024)
#define WRITE_BACK_SIZE (4 * 1024 * 1024)
#define SPARSE_SIZE (16 * 1024 * 1024)
#define MIN_STEP 64
#define NO_PAGE G_MAXUINT64

static const char * const names[] = { "A.gdbm", "B.gdbm" };

G_STATIC_ASSERT (G_N_ELEMENTS (names) == AQ_N_IMAGES);

/* key of a value */
typedef struct
{
  guint8  bytes[KEY_MAX_SIZE];
  guint32 size;
  guint64 page; /* where it is one of a page */
} Key;

struct _AqImage
{
  AqStoreIo    *io;           /* borrowed */
  int           directory_fd; /* borrowed */
  guint8        store_id[AQ_STORE_ID_SIZE];
  AqImageLetter letter;
  int           fd;           /* owned, but by @gdbm where there is one */
  GDBM_FILE     gdbm;         /* owned, nullable: to write */
  AqGdbmFile    file;         /* to read, where there is no @gdbm */
  gboolean      is_new;       /* its directory has not been flushed */
  gboolean      failed;       /* it cannot be written any more */
  gsize         n_unwritten;  /* bytes since write-back was last begun */
  AqBuffer      value;

  /* what is in it, as an AqImageState has it */
  guint64       n_values;
  guint64       sum;
  guint64       n_used;       /* bytes of keys and values, where it is written to */

  /* the page that was read last, so that writing it back need not read it again */
  guint64       read_page;    /* NO_PAGE: none */
  gboolean      read_found;
  guint32       read_crc;
  gsize         read_size;
};

/* @key: of one value, or NULL: damage of it all */
static gboolean
set_damage (AqImage     *self,
            const Key   *key,
            const char  *what,
            GError     **error)
{
  g_autofree char *place = NULL;

  if (key != NULL && key->bytes[0] == 'j')
    place = g_strdup_printf (" page %" G_GUINT64_FORMAT " (jobs %" G_GUINT64_FORMAT " to %"
                             G_GUINT64_FORMAT ")", key->page, key->page << 5,
                             (key->page << 5) + 31);
  else if (key != NULL)
    place = g_strdup_printf (" key '%c'", g_ascii_isprint (key->bytes[0]) ? key->bytes[0] : '?');
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "image is damaged: '%s'%s: %s",
               names[self->letter], place != NULL ? place : "", what);
  return FALSE;
}

/* keys */

static void
key_init (Key        *self,
          char        kind,
          const void *bytes,
          gsize       size)
{
  g_assert (size < KEY_MAX_SIZE);
  self->bytes[0] = (guint8) kind;
  if (size > 0)
    memcpy (self->bytes + 1, bytes, size);
  self->size = (guint32) size + 1;
  self->page = 0;
}

static void
key_init_page (Key     *self,
               guint64  page)
{
  guint64 number = GUINT64_TO_BE (page);

  key_init (self, 'j', &number, sizeof number);
  self->page = page;
}

/* Returns: whether it is a key that an image may have */
static gboolean
key_read (Key          *self,
          const guint8 *bytes,
          guint32       size)
{
  guint64 number;

  if (size < 1 || size > KEY_MAX_SIZE)
    return FALSE;
  memcpy (self->bytes, bytes, size);
  self->size = size;
  self->page = 0;
  switch (bytes[0])
    {
    case 'i':
    case 'c':
      return size == 1;
    case 'a':
    case 'n':
      return size > 1;
    case 'j':
      if (size != 1 + sizeof number)
        return FALSE;
      memcpy (&number, bytes + 1, sizeof number);
      self->page = GUINT64_FROM_BE (number);
      return TRUE;
    default:
      return FALSE;
    }
}

static guint32
get_crc (AqImage      *self,
         const Key    *key,
         const guint8 *value,
         gsize         size)
{
  guint32 crc = aq_crc32c (0, self->store_id, AQ_STORE_ID_SIZE);

  crc = aq_crc32c (crc, key->bytes, key->size);
  return aq_crc32c (crc, value + 4, size - 4);
}

/* Returns: of the content of a value that was checked, in bytes */
static gsize
get_content_size (const guint8 *value)
{
  return (gsize) aq_get_u64 (value + 8);
}

/*
 * GDBM writes a value in its old place only if it is as large as the old one, and
 * joins free space badly. So values have one of few sizes: at most an eighth more
 * than they need.
 */
static gsize
get_value_size (gsize content_size)
{
  gsize size = VALUE_HEADER_SIZE + content_size;
  gsize step = MIN_STEP;

  while (step * 16 <= size)
    step *= 2;
  return (size + step - 1) / step * step;
}

static gboolean
check_value (AqImage       *self,
             const Key     *key,
             const guint8  *value,
             gsize          size,
             GError       **error)
{
  if (size < VALUE_HEADER_SIZE || get_crc (self, key, value, size) != aq_get_u32 (value))
    return set_damage (self, key, "its checksum is wrong", error);
  if (aq_get_u32 (value + 4) != VALUE_VERSION)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                   "image '%s' has a value of version %u: it was written by a newer version of "
                   "asyncq", names[self->letter], aq_get_u32 (value + 4));
      return FALSE;
    }
  return aq_get_u64 (value + 8) <= size - VALUE_HEADER_SIZE ||
         set_damage (self, key, "its content is larger than it", error);
}

/* GDBM */

/* after a call that failed: nothing is known of the file any more */
static gboolean
set_gdbm_error (AqImage     *self,
                const char  *doing,
                GError     **error)
{
  gdbm_error code = gdbm_last_errno (self->gdbm);
  int saved_errno = gdbm_last_syserr (self->gdbm);

  self->failed = TRUE;
  if (gdbm_check_syserr (code) && saved_errno != 0)
    aq_store_io_set_error (error, saved_errno, doing, names[self->letter]);
  else if (code == GDBM_MALLOC_ERROR || code == GDBM_NO_ERROR)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "could not %s '%s': %s", doing,
                 names[self->letter], gdbm_strerror (code));
  else
    set_damage (self, NULL, gdbm_strerror (code), error);
  return FALSE;
}

/* that a bucket could not be written is no failure to GDBM, only a state */
static gboolean
has_failed (AqImage *self,
            int      result)
{
  return result != 0 || gdbm_last_errno (self->gdbm) != GDBM_NO_ERROR ||
         gdbm_needs_recovery (self->gdbm);
}

static gboolean
check_usable (AqImage  *self,
              GError  **error)
{
  if (!self->failed)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED,
               "could not write '%s': an earlier write has failed", names[self->letter]);
  return FALSE;
}

static datum
key_to_datum (const Key *key)
{
  return (datum) { .dptr = (char *) key->bytes, .dsize = (int) key->size };
}

static gboolean
lookup_by_gdbm (AqImage    *self,
                const Key  *key,
                gboolean   *out_found,
                GError    **error)
{
  datum found = gdbm_fetch (self->gdbm, key_to_datum (key));

  *out_found = found.dptr != NULL;
  if (found.dptr == NULL)
    return gdbm_last_errno (self->gdbm) == GDBM_ITEM_NOT_FOUND ||
           set_gdbm_error (self, "read", error);
  self->value.size = 0;
  aq_put_bytes (aq_buffer_extend (&self->value, (gsize) found.dsize), found.dptr,
                (gsize) found.dsize);
  free (found.dptr);
  return TRUE;
}

/* to self->value, checked */
static gboolean
lookup (AqImage    *self,
        const Key  *key,
        gboolean   *out_found,
        GError    **error)
{
  gboolean ok = self->gdbm != NULL
      ? lookup_by_gdbm (self, key, out_found, error)
      : aq_gdbm_file_lookup (&self->file, key->bytes, key->size, &self->value, out_found, error);

  return ok && (!*out_found || check_value (self, key, self->value.data, self->value.size, error));
}

/* makes the disk busy now, so that the flush at the end is short and flushes of the journal stay fast */
static void
begin_write_back (AqImage *self,
                  gsize    n_bytes)
{
  self->n_unwritten += n_bytes;
  if (self->n_unwritten < WRITE_BACK_SIZE)
    return;
  self->n_unwritten = 0;
  /* only a hint: what cannot be written is told by the flush */
  (void) sync_file_range (self->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* takes the value that there is off what is counted */
static gboolean
forget_value (AqImage    *self,
              const Key  *key,
              gboolean   *out_found,
              GError    **error)
{
  guint32 crc = self->read_crc;
  gsize size = self->read_size;

  if (key->bytes[0] == 'j' && key->page == self->read_page)
    *out_found = self->read_found;
  else
    {
      if (!lookup (self, key, out_found, error))
        return FALSE;
      crc = *out_found ? aq_get_u32 (self->value.data) : 0;
      size = self->value.size;
    }
  self->read_page = NO_PAGE;
  if (*out_found)
    {
      self->n_values--;
      self->sum -= crc;
      self->n_used -= key->size + size;
    }
  return TRUE;
}

static gboolean
store_value (AqImage    *self,
             const Key  *key,
             GError    **error)
{
  datum value = { .dptr = (char *) self->value.data, .dsize = (int) self->value.size };

  if (has_failed (self, gdbm_store (self->gdbm, key_to_datum (key), value, GDBM_REPLACE)))
    return set_gdbm_error (self, "write", error);
  self->n_values++;
  self->sum += aq_get_u32 (self->value.data);
  self->n_used += key->size + self->value.size;
  begin_write_back (self, key->size + self->value.size + BLOCK_SIZE);
  return TRUE;
}

/* @size: 0: removes the value */
static gboolean
write_value (AqImage        *self,
             const Key      *key,
             gconstpointer   content,
             gsize           size,
             GError        **error)
{
  gboolean found;
  gsize value_size;
  guint8 *at;

  g_assert (self->gdbm != NULL);
  if (!check_usable (self, error) || !forget_value (self, key, &found, error))
    return FALSE;
  if (size == 0)
    return !found || !has_failed (self, gdbm_delete (self->gdbm, key_to_datum (key))) ||
           set_gdbm_error (self, "write", error);
  value_size = get_value_size (size);
  if (size > G_MAXINT || value_size > G_MAXINT - KEY_MAX_SIZE)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED,
                   "could not write '%s': %" G_GSIZE_FORMAT " bytes are too many for one value",
                   names[self->letter], size);
      return FALSE;
    }

  self->value.size = 0;
  at = aq_buffer_extend (&self->value, value_size);
  aq_put_u64 (aq_put_u32 (at + 4, VALUE_VERSION), size);
  aq_put_bytes (at + VALUE_HEADER_SIZE, content, size);
  memset (at + VALUE_HEADER_SIZE + size, 0, value_size - VALUE_HEADER_SIZE - size);
  aq_put_u32 (at, get_crc (self, key, at, value_size));
  return store_value (self, key, error);
}

/* the identity: which image of which generation this is */

static gboolean
write_identity (AqImage  *self,
                guint64   generation,
                GError  **error)
{
  guint8 content[IDENTITY_SIZE];
  Key key;

  key_init (&key, 'i', NULL, 0);
  aq_put_u64 (aq_put_u64 (content, self->letter), generation);
  return write_value (self, &key, content, sizeof content, error);
}

static gboolean
check_identity (AqImage             *self,
                const AqImageState  *state,
                GError             **error)
{
  const guint8 *content;
  gboolean found;
  Key key;

  key_init (&key, 'i', NULL, 0);
  if (!lookup (self, &key, &found, error))
    return FALSE;
  if (!found || get_content_size (self->value.data) != IDENTITY_SIZE)
    return set_damage (self, &key, "it does not say which image it is", error);
  content = self->value.data + VALUE_HEADER_SIZE;
  if (aq_get_u64 (content) != self->letter)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN,
                   "image '%s' is the other image, under the wrong name", names[self->letter]);
      return FALSE;
    }
  if (aq_get_u64 (content + 8) != state->generation)
    return set_damage (self, NULL, "it is not the image of this time, but of another", error);
  return TRUE;
}

/* opening */

static AqImage *
image_new (AqStoreIo     *io,
           int            directory_fd,
           const guint8   store_id[AQ_STORE_ID_SIZE],
           AqImageLetter  letter)
{
  AqImage *self = g_new0 (AqImage, 1);

  self->io = io;
  self->directory_fd = directory_fd;
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
  self->letter = letter;
  self->fd = -1;
  self->read_page = NO_PAGE;
  return self;
}

static gboolean
open_gdbm (AqImage  *self,
           int       mode,
           GError  **error)
{
  const int flags = GDBM_NOMMAP | GDBM_NOLOCK | GDBM_CLOEXEC | GDBM_BSEXACT;
  int n_buckets = CACHE_BUCKETS;

  errno = 0;
  self->gdbm = gdbm_fd_open (self->fd, names[self->letter], BLOCK_SIZE, mode | flags, NULL);
  if (self->gdbm == NULL)
    {
      if (gdbm_check_syserr (gdbm_errno) && errno != 0)
        aq_store_io_set_error (error, errno, "open", names[self->letter]);
      else
        set_damage (self, NULL, gdbm_strerror (gdbm_errno), error);
      return FALSE;
    }
  if (gdbm_needs_recovery (self->gdbm) && self->is_new)
    {
      /* it was made a moment ago: one of the calls for that has failed */
      aq_store_io_set_error (error, errno != 0 ? errno : EIO, "create", names[self->letter]);
      return FALSE;
    }
  if (gdbm_needs_recovery (self->gdbm))
    return set_damage (self, NULL, "GDBM would repair it", error);
  if (gdbm_setopt (self->gdbm, GDBM_SETCACHESIZE, &n_buckets, sizeof n_buckets) != 0)
    return set_gdbm_error (self, "open", error);
  return TRUE;
}

/**
 * aq_image_create:
 * @io: the system calls
 * @directory_fd: the directory of the store, borrowed
 * @store_id: its id
 * @letter: which image
 * @error: return location for an error
 *
 * Makes an empty image, in the place of the one that there is. It becomes one
 * that can be opened with its first aq_image_flush().
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full): an image to write to
 */
AqImage *
aq_image_create (AqStoreIo      *io,
                 int             directory_fd,
                 const guint8    store_id[AQ_STORE_ID_SIZE],
                 AqImageLetter   letter,
                 GError        **error)
{
  g_autoptr(AqImage) self = image_new (io, directory_fd, store_id, letter);

  self->fd = aq_store_io_open (io, directory_fd, names[letter], O_RDWR | O_CREAT | O_TRUNC, error);
  self->is_new = TRUE;
  if (self->fd < 0 || !open_gdbm (self, GDBM_WRCREAT, error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
open_file (AqImage   *self,
           gboolean   writable,
           GError   **error)
{
  g_autoptr(GError) local_error = NULL;

  self->fd = aq_store_io_open (self->io, self->directory_fd, names[self->letter],
                               (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, &local_error);
  if (self->fd < 0 && errno == ENOENT)
    return set_damage (self, NULL, "it is missing", error);
  if (self->fd < 0 && (errno == ELOOP || errno == EISDIR))
    return set_damage (self, NULL, "it is not a file", error);
  if (self->fd < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return aq_gdbm_file_init (&self->file, self->io, self->fd, names[self->letter], error);
}

static gboolean
open_to_write (AqImage  *self,
               GError  **error)
{
  g_autoptr(GArray) entries = g_array_new (FALSE, FALSE, sizeof (AqGdbmEntry));

  if (!aq_gdbm_file_check (&self->file, entries, error))
    return FALSE;
  if (entries->len != self->n_values)
    return set_damage (self, NULL, "it has fewer or more values than it should", error);
  for (guint i = 0; i < entries->len; i++)
    {
      const AqGdbmEntry *entry = &g_array_index (entries, AqGdbmEntry, i);

      self->n_used += (guint64) entry->key_size + entry->value_size;
    }
  aq_gdbm_file_clear (&self->file);
  return open_gdbm (self, GDBM_WRITER, error);
}

/**
 * aq_image_open:
 * @io: the system calls
 * @directory_fd: the directory of the store, borrowed
 * @store_id: its id
 * @letter: which image
 * @state: (nullable): of it, from `super`: it has to be whole; %NULL to look for what
 *   is left in it, by page
 * @writable: whether it is going to be written to; `super` has to say before that
 *   it is not whole any more
 * @error: return location for an error
 *
 * Opens an image. That all its values are there and well is known only after
 * aq_image_read_all(); each value is checked when it is read.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`,
 * `ASYNCQ_ERROR_STORE_FAILED`; `ASYNCQ_ERROR_STORE_FOREIGN` for the other image
 *
 * Returns: (transfer full): an image
 */
AqImage *
aq_image_open (AqStoreIo           *io,
               int                  directory_fd,
               const guint8         store_id[AQ_STORE_ID_SIZE],
               AqImageLetter        letter,
               const AqImageState  *state,
               gboolean             writable,
               GError             **error)
{
  g_autoptr(AqImage) self = image_new (io, directory_fd, store_id, letter);

  if (state != NULL)
    {
      self->n_values = state->n_values;
      self->sum = state->sum;
    }
  if (!open_file (self, writable, error) || (state != NULL && !check_identity (self, state, error)) ||
      (writable && !open_to_write (self, error)))
    return NULL;
  return g_steal_pointer (&self);
}

/* closes it without flushing what was written since the last flush */
void
aq_image_free (AqImage *self)
{
  aq_gdbm_file_clear (&self->file);
  aq_buffer_clear (&self->value);
  if (self->gdbm != NULL)
    (void) gdbm_close (self->gdbm); /* flushed, or not to be used */
  else if (self->fd >= 0)
    (void) close (self->fd); /* only read, or of no use */
  g_free (self);
}

/* reading */

/**
 * aq_image_read_page:
 * @self: an image
 * @page: number of a page
 * @out_content: replaced by its content
 * @out_found: (out): whether there is one
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`,
 * `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_read_page (AqImage   *self,
                    guint64    page,
                    AqBuffer  *out_content,
                    gboolean  *out_found,
                    GError   **error)
{
  gboolean found = FALSE;
  gsize size;
  Key key;

  key_init_page (&key, page);
  self->read_page = NO_PAGE;
  if (!check_usable (self, error) || !lookup (self, &key, &found, error))
    return FALSE;
  out_content->size = 0;
  if (found)
    {
      size = get_content_size (self->value.data);
      aq_put_bytes (aq_buffer_extend (out_content, size), self->value.data + VALUE_HEADER_SIZE, size);
    }
  self->read_page = page;
  self->read_found = found;
  self->read_crc = found ? aq_get_u32 (self->value.data) : 0;
  self->read_size = found ? self->value.size : 0;
  *out_found = found;
  return TRUE;
}

/* @value: with its header */
typedef gboolean (*ValueFunc) (const Key     *key,
                               const guint8  *value,
                               gsize          size,
                               gpointer       user_data,
                               GError       **error);

/* A piece of the file, which moves on. */
typedef struct
{
  AqBuffer bytes;
  guint64  offset;
} Window;

/* Returns: (nullable): @size bytes from @offset on, borrowed until the next call */
static const guint8 *
window_move (Window      *self,
             AqGdbmFile  *file,
             guint64      offset,
             gsize        size,
             GError     **error)
{
  gsize n_read = 0;

  if (offset < self->offset || offset + size > self->offset + self->bytes.size)
    {
      self->bytes.size = 0;
      aq_buffer_extend (&self->bytes, MAX (size, READ_SIZE));
      self->offset = offset;
      if (!aq_store_io_read (file->io, file->fd, file->name, self->bytes.data, self->bytes.size,
                             offset, &n_read, error))
        return NULL;
      self->bytes.size = n_read;
      if (n_read < size)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
                       "image is damaged: '%s' at offset %" G_GUINT64_FORMAT ": the file is cut off",
                       file->name, offset);
          return NULL;
        }
    }
  return self->bytes.data + (offset - self->offset);
}

static gboolean
read_value (AqImage            *self,
            AqGdbmFile         *file,
            const AqGdbmEntry  *entry,
            Window             *window,
            Key                *out_key,
            const guint8      **out_value,
            GError            **error)
{
  const guint8 *bytes = window_move (window, file, entry->offset,
                                     (gsize) entry->key_size + entry->value_size, error);

  if (bytes == NULL)
    return FALSE;
  if (!key_read (out_key, bytes, entry->key_size) ||
      aq_gdbm_file_hash (bytes, entry->key_size) != entry->hash ||
      memcmp (bytes, entry->key_start, MIN (entry->key_size, AQ_GDBM_KEY_START_SIZE)) != 0)
    return set_damage (self, NULL, "it has a key that cannot be", error);
  *out_value = bytes + entry->key_size;
  return check_value (self, out_key, *out_value, entry->value_size, error);
}

static gboolean
read_values (AqImage     *self,
             AqGdbmFile  *file,
             ValueFunc    func,
             gpointer     user_data,
             GError     **error)
{
  g_autoptr(GArray) entries = g_array_new (FALSE, FALSE, sizeof (AqGdbmEntry));
  g_auto(AqBuffer) bytes = { 0 };
  Window window = { 0 };
  guint64 sum = 0;
  gboolean ok;

  ok = aq_gdbm_file_check (file, entries, error);
  if (ok && entries->len != self->n_values)
    ok = set_damage (self, NULL, "it has fewer or more values than it should", error);
  for (guint i = 0; ok && i < entries->len; i++)
    {
      const AqGdbmEntry *entry = &g_array_index (entries, AqGdbmEntry, i);
      const guint8 *value;
      Key key;

      ok = read_value (self, file, entry, &window, &key, &value, error) &&
           func (&key, value, entry->value_size, user_data, error);
      sum += ok ? aq_get_u32 (value) : 0;
    }
  bytes = window.bytes; /* to be freed */
  return ok && (sum == self->sum ||
                set_damage (self, NULL, "a value is missing or is not the newest", error));
}

typedef struct
{
  AqImageFunc func;
  gpointer    user_data;
} ReadAll;

static gboolean
on_value (const Key     *key,
          const guint8  *value,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  ReadAll *self = user_data;
  AqImageKey kind;

  switch (key->bytes[0])
    {
    case 'j':
      kind = AQ_IMAGE_KEY_PAGE;
      break;
    case 'a':
      kind = AQ_IMAGE_KEY_AGENT;
      break;
    case 'c':
      kind = AQ_IMAGE_KEY_COUNTERS;
      break;
    case 'n':
      kind = AQ_IMAGE_KEY_ITEM;
      break;
    default:
      return TRUE;
    }
  return self->func (kind, key->page, value + VALUE_HEADER_SIZE, get_content_size (value),
                     self->user_data, error);
}

/**
 * aq_image_read_all:
 * @self: an image
 * @func: (scope call): called for each page, each agent, each item and the counters, in
 *   the order in which they lie in the file, which is any
 * @user_data: passed to @func
 * @error: return location for an error
 *
 * Reads all of an image. Before this has returned %TRUE it is not known that
 * nothing is missing of what @func was told, nor that it is not too old.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`,
 * `ASYNCQ_ERROR_STORE_FAILED`; those of @func
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_read_all (AqImage      *self,
                   AqImageFunc   func,
                   gpointer      user_data,
                   GError      **error)
{
  ReadAll all = { .func = func, .user_data = user_data };
  g_auto(AqGdbmFile) file = { 0 };

  return check_usable (self, error) &&
         aq_gdbm_file_init (&file, self->io, self->fd, names[self->letter], error) &&
         read_values (self, &file, on_value, &all, error);
}

/* writing */

/**
 * aq_image_write_page:
 * @self: an image to write to
 * @page: number of a page
 * @content: from #AqPageWriter
 * @size: of it, in bytes; 0: the page is removed
 * @error: return location for an error
 *
 * Sets a page. After an error the image is of no use any more: it can only be
 * freed, and is to be made anew.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`,
 * `ASYNCQ_ERROR_STORE_CORRUPT`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_write_page (AqImage        *self,
                     guint64         page,
                     gconstpointer   content,
                     gsize           size,
                     GError        **error)
{
  Key key;

  key_init_page (&key, page);
  return write_value (self, &key, content, size, error);
}

/* likewise an agent: @record as it is in the journal; @size: 0: it is removed */
gboolean
aq_image_write_agent (AqImage        *self,
                      const char     *name,
                      gconstpointer   record,
                      gsize           size,
                      GError        **error)
{
  Key key;

  key_init (&key, 'a', name, strlen (name));
  return write_value (self, &key, record, size, error);
}

/* likewise an item; @size: 0: it is removed */
gboolean
aq_image_write_item (AqImage        *self,
                     guint           kind,
                     const char     *name,
                     gconstpointer   record,
                     gsize           size,
                     GError        **error)
{
  guint8 bytes[KEY_MAX_SIZE];
  gsize length = strlen (name);
  Key key;

  g_assert (1 + length < KEY_MAX_SIZE);
  bytes[0] = (guint8) kind;
  memcpy (bytes + 1, name, length);
  key_init (&key, 'n', bytes, 1 + length);
  return write_value (self, &key, record, size, error);
}

/* likewise the counters */
gboolean
aq_image_write_counters (AqImage        *self,
                         gconstpointer   record,
                         gsize           size,
                         GError        **error)
{
  Key key;

  key_init (&key, 'c', NULL, 0);
  return write_value (self, &key, record, size, error);
}

/**
 * aq_image_flush:
 * @self: an image to write to
 * @in_out_state: (inout): with the generation that the image is going to have;
 *   gets number and sum of the values
 * @error: return location for an error
 *
 * Flushes all that was written. Then `super` may say that the image is whole.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`,
 * `ASYNCQ_ERROR_STORE_CORRUPT`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_flush (AqImage       *self,
                AqImageState  *in_out_state,
                GError       **error)
{
  const char *name = names[self->letter];

  if (!write_identity (self, in_out_state->generation, error))
    return FALSE;
  if (!aq_store_io_flush_data (self->io, self->fd, name, error) ||
      (self->is_new && !aq_store_io_flush (self->io, self->directory_fd, "store", error)))
    {
      self->failed = TRUE;
      return FALSE;
    }
  self->is_new = FALSE;
  self->n_unwritten = 0;
  in_out_state->n_values = self->n_values;
  in_out_state->sum = self->sum;
  return TRUE;
}

/* copying */

typedef struct
{
  AqImage         *to;
  AqImageStopFunc  stop;
  gpointer         user_data;
} Copy;

static gboolean
copy_value (const Key     *key,
            const guint8  *value,
            gsize          size,
            gpointer       user_data,
            GError       **error)
{
  Copy *self = user_data;
  AqImage *to = self->to;

  if (self->stop != NULL && self->stop (self->user_data))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "copying an image was stopped");
      return FALSE;
    }
  /* the one thing that is not the same in both */
  if (key->bytes[0] == 'i')
    return TRUE;
  to->value.size = 0;
  aq_put_bytes (aq_buffer_extend (&to->value, size), value, size);
  return store_value (to, key, error);
}

/**
 * aq_image_copy:
 * @io: the system calls
 * @directory_fd: the directory of the store, borrowed
 * @store_id: its id
 * @from: the image to copy
 * @to: the image to make, in the place of the one that there is
 * @state: of @from
 * @stop: (scope call) (nullable): asked for each value whether to stop
 * @user_data: passed to @stop
 * @error: return location for an error
 *
 * Makes an image with the values of another, checking each of them. What GDBM
 * left unused in the other is not copied. The new image may be written to before
 * it is flushed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT` and `ASYNCQ_ERROR_STORE_VERSION` for @from;
 * `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; `G_IO_ERROR_CANCELLED`.
 *
 * Returns: (transfer full): an image to write to
 */
AqImage *
aq_image_copy (AqStoreIo           *io,
               int                  directory_fd,
               const guint8         store_id[AQ_STORE_ID_SIZE],
               AqImageLetter        from,
               AqImageLetter        to,
               const AqImageState  *state,
               AqImageStopFunc      stop,
               gpointer             user_data,
               GError             **error)
{
  g_autoptr(AqImage) source = aq_image_open (io, directory_fd, store_id, from, state, FALSE, error);
  g_autoptr(AqImage) copy = NULL;
  Copy copying = { .stop = stop, .user_data = user_data };

  g_assert (from != to);
  if (source == NULL)
    return NULL;
  copy = copying.to = aq_image_create (io, directory_fd, store_id, to, error);
  if (copy == NULL || !read_values (source, &source->file, copy_value, &copying, error))
    return NULL;
  return g_steal_pointer (&copy);
}

/* what it is called in the directory of the store */
const char *
aq_image_get_name (AqImageLetter letter)
{
  return names[letter];
}

/* Returns: in bytes; 0 when it cannot be told */
guint64
aq_image_get_file_size (AqImage *self)
{
  struct stat info;

  return fstat (self->fd, &info) == 0 ? (guint64) info.st_size : 0;
}

/**
 * aq_image_is_sparse:
 * @self: an image to write to
 *
 * GDBM seldom finds a use for what was freed: an image whose jobs all change grows.
 *
 * Returns: whether a copy of it would have less than half of its size
 */
gboolean
aq_image_is_sparse (AqImage *self)
{
  guint64 size = aq_image_get_file_size (self);

  return size > SPARSE_SIZE && size / 2 > self->n_used;
}
