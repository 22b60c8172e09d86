/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * GDBM file
 *
 * GDBM opens files whose header, directory or buckets are damaged, and then
 * crashes, loops, or overwrites what it takes for free space. So what may be
 * damaged is read here, by code that believes no number in it, and GDBM gets a
 * file only when aq_gdbm_file_check() has found that every byte of it belongs to
 * one thing at most, and that all numbers in it are possible.
 *
 *   header     sizes, where the directory is, and the first list of free space
 *   directory  for each value of the first bits of a hash the place of its bucket
 *   bucket     a small hash table of entries, and a list of free space
 *   entry      a key and its value, anywhere
 *
 * Numbers are those of the machine, in structs as its C compiler lays them out.
 */

#include "config.h"

#include "store/aq-gdbm-file.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <sys/stat.h>

#define MAGIC 0x13579acfu
#define HASH_BITS 31
#define N_BUCKET_FREE 6

/* as they lie in the file */

typedef struct
{
  gint32 size;
  off_t  offset;
} Free;

typedef struct
{
  gint32 magic;
  gint32 block_size;
  off_t  directory;
  gint32 directory_size; /* in bytes */
  gint32 directory_bits;
  gint32 bucket_size;
  gint32 n_elements;
  off_t  end;            /* of what is in use: where the file would grow */
} Header;

/* a list of free space; more of them are chained to the one in the header */
typedef struct
{
  gint32 max_free;
  gint32 n_free;
  off_t  next;
  Free   free[1];
} FreeBlock;

typedef struct
{
  gint32 hash; /* -1: nothing here */
  guint8 key_start[AQ_GDBM_KEY_START_SIZE];
  off_t  offset;
  gint32 key_size;
  gint32 value_size;
} Element;

typedef struct
{
  gint32  n_free;
  Free    free[N_BUCKET_FREE];
  gint32  bits;
  gint32  n_used;
  Element elements[1];
} Bucket;

/* what belongs to one thing */
typedef struct
{
  guint64 offset;
  guint64 size;
} Extent;

static gboolean
set_damage (AqGdbmFile  *self,
            guint64      offset,
            const char  *what,
            GError     **error)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
               "image is damaged: '%s' at offset %" G_GUINT64_FORMAT ": %s", self->name, offset,
               what);
  return FALSE;
}

static gboolean
is_inside (AqGdbmFile *self,
           gint64      offset,
           gint64      size)
{
  return offset >= self->block_size && size > 0 && (guint64) offset <= self->size &&
         (guint64) size <= self->size - (guint64) offset;
}

static gboolean
read_bytes (AqGdbmFile  *self,
            gpointer     data,
            gsize        size,
            guint64      offset,
            GError     **error)
{
  gsize n_read = 0;

  if (!aq_store_io_read (self->io, self->fd, self->name, data, size, offset, &n_read, error))
    return FALSE;
  return n_read == size || set_damage (self, offset, "the file is cut off", error);
}

/* the header and the directory */

static gboolean
check_header (AqGdbmFile    *self,
              const Header  *header,
              GError       **error)
{
  gint64 block_size = header->block_size;

  if ((guint32) header->magic != MAGIC)
    return set_damage (self, 0, "it is not a file of GDBM's", error);
  if (block_size < 512 || block_size > 1 << 20 || header->bucket_size != block_size ||
      header->n_elements != (block_size - (gint64) sizeof (Bucket)) / (gint64) sizeof (Element) + 1)
    return set_damage (self, 0, "its header has impossible sizes", error);
  self->block_size = (guint32) block_size;
  self->n_elements = (guint32) header->n_elements;
  if (header->end < 0 || (guint64) header->end != self->size)
    return set_damage (self, 0, "it has another size than its header says", error);
  if (header->directory_bits < 1 || header->directory_bits >= HASH_BITS - 3 ||
      header->directory_size != (gint64) sizeof (off_t) << header->directory_bits ||
      !is_inside (self, header->directory, header->directory_size))
    return set_damage (self, 0, "its header has an impossible directory", error);
  self->directory_bits = (guint32) header->directory_bits;
  return TRUE;
}

static gboolean
read_directory (AqGdbmFile    *self,
                const Header  *header,
                GError       **error)
{
  gsize size = (gsize) header->directory_size;

  G_STATIC_ASSERT (sizeof (off_t) == sizeof (guint64));
  self->directory = g_try_malloc (size);
  if (self->directory == NULL)
    return set_damage (self, (guint64) header->directory, "its directory is too large", error);
  return read_bytes (self, self->directory, size, (guint64) header->directory, error);
}

/**
 * aq_gdbm_file_init:
 * @self: memory for a file
 * @io: the system calls
 * @fd: of the file, borrowed
 * @name: of the file, borrowed, for messages
 * @error: return location for an error
 *
 * Reads and checks the header and the directory.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_FAILED`; then there is
 * nothing to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_gdbm_file_init (AqGdbmFile  *self,
                   AqStoreIo   *io,
                   int          fd,
                   const char  *name,
                   GError     **error)
{
  struct stat info;
  Header header;

  *self = (AqGdbmFile) { .io = io, .fd = fd, .name = name };
  if (fstat (fd, &info) < 0)
    {
      aq_store_io_set_error (error, errno, "look at", name);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return set_damage (self, 0, "it is not a file", error);
  self->size = (guint64) info.st_size;
  if (!read_bytes (self, &header, sizeof header, 0, error) ||
      !check_header (self, &header, error))
    return FALSE;
  self->header = g_malloc (self->block_size);
  self->bucket = g_malloc (self->block_size);
  if (read_bytes (self, self->header, self->block_size, 0, error) &&
      read_directory (self, &header, error))
    return TRUE;
  aq_gdbm_file_clear (self);
  return FALSE;
}

void
aq_gdbm_file_clear (AqGdbmFile *self)
{
  g_clear_pointer (&self->header, g_free);
  g_clear_pointer (&self->bucket, g_free);
  g_clear_pointer (&self->directory, g_free);
}

/* buckets */

static Element
get_element (AqGdbmFile *self,
             guint32     index)
{
  Element element;

  memcpy (&element, self->bucket + offsetof (Bucket, elements) + index * sizeof element,
          sizeof element);
  return element;
}

/* all but the last of them are there in whole */
static Bucket
get_bucket (AqGdbmFile *self)
{
  Bucket bucket;

  memcpy (&bucket, self->bucket, sizeof bucket);
  return bucket;
}

/* how far @index is from where its hash says that it should be, when all before it are taken */
static guint32
get_distance (AqGdbmFile *self,
              guint32     index,
              guint32     hash)
{
  guint32 home = hash % self->n_elements;

  return index >= home ? index - home : index + self->n_elements - home;
}

/* Returns: how many elements before the first one are taken without a gap, around the end */
static guint32
count_taken_before_first (AqGdbmFile *self)
{
  guint32 n = 0;

  while (n < self->n_elements && get_element (self, self->n_elements - 1 - n).hash != -1)
    n++;
  return n;
}

/* every element belongs to the bucket, lies in the file, and would be found */
static gboolean
check_elements (AqGdbmFile    *self,
                guint64        offset,
                guint32        first,
                const Bucket  *bucket,
                GError       **error)
{
  guint32 prefix = first >> (self->directory_bits - (guint32) bucket->bits);
  guint32 n_taken = count_taken_before_first (self);
  guint32 n_used = 0;

  for (guint32 i = 0; i < self->n_elements; i++)
    {
      Element element = get_element (self, i);

      if (element.hash == -1)
        {
          n_taken = 0;
          continue;
        }
      if (element.hash < 0 || (guint64) element.hash >> (HASH_BITS - bucket->bits) != prefix ||
          get_distance (self, i, (guint32) element.hash) > n_taken)
        return set_damage (self, offset, "a bucket has an entry of another", error);
      if (element.key_size < 1 || element.value_size < 0 ||
          !is_inside (self, element.offset, (gint64) element.key_size + element.value_size))
        return set_damage (self, offset, "a bucket has an entry that lies nowhere", error);
      n_taken++;
      n_used++;
    }
  return n_used == (guint32) bucket->n_used ||
         set_damage (self, offset, "a bucket has fewer or more entries than it says", error);
}

/* Reads the bucket of entry @index of the directory. @out_n: so many entries of it, from @out_first, are its */
static gboolean
read_bucket (AqGdbmFile  *self,
             guint32      index,
             guint32     *out_first,
             guint32     *out_n,
             GError     **error)
{
  guint64 offset = self->directory[index];
  Bucket bucket;
  guint32 first;
  guint32 n;

  if (offset > G_MAXINT64 || !is_inside (self, (gint64) offset, self->block_size))
    return set_damage (self, offset, "the directory points nowhere", error);
  if (!read_bytes (self, self->bucket, self->block_size, offset, error))
    return FALSE;
  bucket = get_bucket (self);
  if (bucket.bits < 0 || (guint32) bucket.bits > self->directory_bits ||
      bucket.n_free < 0 || bucket.n_free > N_BUCKET_FREE)
    return set_damage (self, offset, "a bucket has impossible numbers", error);
  n = 1u << (self->directory_bits - (guint32) bucket.bits);
  first = index & ~(n - 1);
  for (guint32 i = first; i < first + n; i++)
    if (self->directory[i] != offset)
      return set_damage (self, offset, "the directory and a bucket do not fit", error);
  if (!check_elements (self, offset, first, &bucket, error))
    return FALSE;
  *out_first = first;
  *out_n = n;
  return TRUE;
}

/* checking all of it */

static void
add_extent (GArray  *extents,
            guint64  offset,
            guint64  size)
{
  Extent extent = { offset, size };

  g_array_append_val (extents, extent);
}

static gboolean
add_free (AqGdbmFile  *self,
          GArray      *extents,
          guint64      place,
          const Free  *list,
          guint        n_free,
          GError     **error)
{
  for (guint i = 0; i < n_free; i++)
    {
      Free entry;

      memcpy (&entry, (const guint8 *) list + i * sizeof entry, sizeof entry);
      if (!is_inside (self, entry.offset, entry.size))
        return set_damage (self, place, "a list of free space has an impossible entry", error);
      add_extent (extents, (guint64) entry.offset, (guint64) entry.size);
    }
  return TRUE;
}

static gboolean
add_bucket (AqGdbmFile  *self,
            GArray      *extents,
            GArray      *entries,
            guint64      offset,
            GError     **error)
{
  Bucket bucket = get_bucket (self);

  add_extent (extents, offset, self->block_size);
  if (!add_free (self, extents, offset, bucket.free, (guint) bucket.n_free, error))
    return FALSE;
  for (guint32 i = 0; i < self->n_elements; i++)
    {
      Element element = get_element (self, i);
      AqGdbmEntry entry = {
        .offset = (guint64) element.offset,
        .key_size = (guint32) element.key_size,
        .value_size = (guint32) element.value_size,
        .hash = (guint32) element.hash,
      };

      if (element.hash == -1)
        continue;
      memcpy (entry.key_start, element.key_start, sizeof entry.key_start);
      add_extent (extents, entry.offset, (guint64) entry.key_size + entry.value_size);
      g_array_append_val (entries, entry);
    }
  return TRUE;
}

static gboolean
add_buckets (AqGdbmFile  *self,
             GArray      *extents,
             GArray      *entries,
             GError     **error)
{
  guint64 max_buckets = self->size / self->block_size;
  guint32 index = 0;

  for (guint64 n_buckets = 0; index < 1u << self->directory_bits; n_buckets++)
    {
      guint32 first;
      guint32 n;

      if (!read_bucket (self, index, &first, &n, error))
        return FALSE;
      if (first != index || n_buckets == max_buckets)
        return set_damage (self, self->directory[index], "the directory and a bucket do not fit",
                           error);
      if (!add_bucket (self, extents, entries, self->directory[index], error))
        return FALSE;
      index += n;
    }
  return TRUE;
}

/* the list in the header and those chained to it */
static gboolean
add_free_blocks (AqGdbmFile  *self,
                 GArray      *extents,
                 GError     **error)
{
  guint32 list_size = self->block_size - sizeof (Header);
  gint32 max_free = (gint32) ((list_size - offsetof (FreeBlock, free)) / sizeof (Free));
  gsize chained_size = (((gsize) max_free * sizeof (Free)) >> 1) + sizeof (FreeBlock);
  gint32 max_chained = (gint32) ((chained_size - sizeof (FreeBlock)) / sizeof (Free)) + 1;
  g_autofree guint8 *bytes = g_malloc (chained_size);
  guint64 n_left = self->size / chained_size;
  guint64 place = 0;
  FreeBlock block;

  memcpy (&block, self->header + sizeof (Header), sizeof block);
  if (block.max_free != max_free || block.n_free < 0 || block.n_free > max_free)
    return set_damage (self, 0, "its header has impossible free space", error);
  if (!add_free (self, extents, 0,
                 (const Free *) (self->header + sizeof (Header) + offsetof (FreeBlock, free)),
                 (guint) block.n_free, error))
    return FALSE;
  for (; block.next != 0; n_left--)
    {
      if (n_left == 0 || !is_inside (self, block.next, (gint64) chained_size))
        return set_damage (self, place, "the chain of free space leads nowhere", error);
      place = (guint64) block.next;
      if (!read_bytes (self, bytes, chained_size, place, error))
        return FALSE;
      memcpy (&block, bytes, sizeof block);
      if (block.max_free != max_free || block.n_free < 0 || block.n_free > max_chained)
        return set_damage (self, place, "a list of free space has impossible numbers", error);
      add_extent (extents, place, chained_size);
      if (!add_free (self, extents, place, (const Free *) (bytes + offsetof (FreeBlock, free)),
                     (guint) block.n_free, error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_offsets (gconstpointer a,
                 gconstpointer b)
{
  /* both Extent and AqGdbmEntry begin with theirs */
  const guint64 *left = a;
  const guint64 *right = b;

  return *left < *right ? -1 : *left > *right;
}

static gboolean
check_extents (AqGdbmFile  *self,
               GArray      *extents,
               GError     **error)
{
  guint64 end = self->block_size;

  g_array_sort (extents, compare_offsets);
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);

      if (extent->offset < end)
        return set_damage (self, extent->offset, "two things lie in one place", error);
      end = extent->offset + extent->size;
    }
  return TRUE;
}

/**
 * aq_gdbm_file_check:
 * @self: a file
 * @out_entries: (element-type AqGdbmEntry): an empty array: all entries, in order
 *   of where they lie
 * @error: return location for an error
 *
 * Reads all of the file but keys and values. When this is well GDBM may write to
 * the file: nothing in it can lead GDBM astray, nor make it overwrite a value.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_gdbm_file_check (AqGdbmFile  *self,
                    GArray      *out_entries,
                    GError     **error)
{
  g_autoptr(GArray) extents = g_array_new (FALSE, FALSE, sizeof (Extent));
  Header header;

  G_STATIC_ASSERT (offsetof (Extent, offset) == 0 && offsetof (AqGdbmEntry, offset) == 0);
  memcpy (&header, self->header, sizeof header);
  add_extent (extents, (guint64) header.directory, (guint64) header.directory_size);
  if (!add_buckets (self, extents, out_entries, error) ||
      !add_free_blocks (self, extents, error) || !check_extents (self, extents, error))
    return FALSE;
  g_array_sort (out_entries, compare_offsets);
  return TRUE;
}

/* GDBM's: a char has a sign or none, as the compiler will have it */
guint32
aq_gdbm_file_hash (const guint8 *key,
                   gsize         key_size)
{
  guint32 value = 0x238F13AFu * (guint32) key_size;

  for (gsize i = 0; i < key_size; i++)
    value = (value + ((guint32) (char) key[i] << (i * 5 % 24))) & 0x7FFFFFFFu;
  return (1103515243u * value + 12345) & 0x7FFFFFFFu;
}

static gboolean
read_entry (AqGdbmFile     *self,
            const Element  *element,
            const guint8   *key,
            gsize           key_size,
            AqBuffer       *out_value,
            gboolean       *out_found,
            GError        **error)
{
  g_autofree guint8 *found_key = g_malloc (key_size);

  if (!read_bytes (self, found_key, key_size, (guint64) element->offset, error))
    return FALSE;
  if (memcmp (found_key, key, key_size) != 0)
    return TRUE;
  out_value->size = 0;
  if (!read_bytes (self, aq_buffer_extend (out_value, (gsize) element->value_size),
                   (gsize) element->value_size, (guint64) element->offset + key_size, error))
    return FALSE;
  *out_found = TRUE;
  return TRUE;
}

/**
 * aq_gdbm_file_lookup:
 * @self: a file that nobody has written to since it was initialised
 * @key: a key
 * @key_size: of it, in bytes
 * @out_value: replaced by its value
 * @out_found: (out): whether there is one
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_gdbm_file_lookup (AqGdbmFile    *self,
                     const guint8  *key,
                     gsize          key_size,
                     AqBuffer      *out_value,
                     gboolean      *out_found,
                     GError       **error)
{
  guint32 hash = aq_gdbm_file_hash (key, key_size);
  guint32 index = hash % self->n_elements;
  guint32 first;
  guint32 n;

  *out_found = FALSE;
  if (!read_bucket (self, hash >> (HASH_BITS - self->directory_bits), &first, &n, error))
    return FALSE;
  for (guint32 i = 0; i < self->n_elements && !*out_found; i++)
    {
      Element element = get_element (self, index);

      if (element.hash == -1)
        break;
      if ((guint32) element.hash == hash && (gsize) element.key_size == key_size &&
          memcmp (element.key_start, key, MIN (key_size, sizeof element.key_start)) == 0 &&
          !read_entry (self, &element, key, key_size, out_value, out_found, error))
        return FALSE;
      index = (index + 1) % self->n_elements;
    }
  return TRUE;
}
