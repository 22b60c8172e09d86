/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tar archives
 *
 * The format of POSIX.1-2001: a ustar header of 512 bytes for each entry, and,
 * where a field has no room for what it is to hold, a pax header before it, which
 * is an entry of its own with lines "LENGTH KEY=VALUE".
 */

#include "tar-stream.h"

#include <string.h>

#define BLOCK_BYTES 512
#define CHECKSUM_OFFSET 148
#define CHECKSUM_BYTES 8

typedef struct
{
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[CHECKSUM_BYTES];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char unused[12];
} Header;

G_STATIC_ASSERT (sizeof (Header) == BLOCK_BYTES);
G_STATIC_ASSERT (G_STRUCT_OFFSET (Header, checksum) == CHECKSUM_OFFSET);

/* Octal digits and a zero byte. Returns: whether there is room for the number; else the field is 0 */
static gboolean
set_number (char    *field,
            gsize    size,
            guint64  number)
{
  gboolean fits = number >> (3 * (size - 1)) == 0;

  if (!fits)
    number = 0;
  field[size - 1] = '\0';
  for (gsize i = size - 1; i > 0; i--, number >>= 3)
    field[i - 1] = (char) ('0' + (number & 7));
  return fits;
}

/* A text that fills its field has no zero byte. Returns: whether it fits */
static gboolean
set_text (char       *field,
          gsize       size,
          const char *text)
{
  gsize length = strlen (text);

  memcpy (field, text, MIN (length, size));
  return length <= size;
}

/* the sum of all bytes, those of the checksum itself taken for blanks */
static void
set_checksum (Header *header)
{
  const guint8 *bytes = (const guint8 *) header;
  guint64 sum = 0;

  memset (header->checksum, ' ', CHECKSUM_BYTES);
  for (gsize i = 0; i < sizeof *header; i++)
    sum += bytes[i];
  (void) set_number (header->checksum, CHECKSUM_BYTES - 1, sum); /* six digits hold 512 * 255 */
}

static void
init_header (Header *header,
             char    type)
{
  memset (header, 0, sizeof *header);
  header->type = type;
  (void) set_text (header->magic, sizeof header->magic, "ustar");
  memcpy (header->version, "00", sizeof header->version);
}

/* One line of a pax header, whose length counts its own digits. */
static void
add_record (GString    *records,
            const char *key,
            const char *value)
{
  gsize length = strlen (key) + strlen (value) + 3; /* blank, equals sign, end of line */
  gsize total = length;
  gsize n_digits = 0;

  for (gsize digits = 1; digits != n_digits; digits = (gsize) g_snprintf (NULL, 0, "%zu", total))
    {
      n_digits = digits;
      total = length + n_digits;
    }
  g_string_append_printf (records, "%zu %s=%s\n", total, key, value);
}

static void
add_number (GString    *records,
            const char *key,
            guint64     number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);

  add_record (records, key, text);
}

gboolean
tar_stream_write (TarStream      *self,
                  gconstpointer   data,
                  gsize           size,
                  GError        **error)
{
  return g_output_stream_write_all (self->out, data, size, NULL, self->cancellable, error);
}

static gboolean
write_padding (TarStream  *self,
               guint64     size,
               GError    **error)
{
  static const char zeros[BLOCK_BYTES] = { 0 };
  gsize rest = (gsize) (size % BLOCK_BYTES);

  return rest == 0 || tar_stream_write (self, zeros, BLOCK_BYTES - rest, error);
}

static gboolean
write_records (TarStream      *self,
               const GString  *records,
               GError        **error)
{
  Header header;

  init_header (&header, 'x');
  (void) set_text (header.name, sizeof header.name, "PaxHeaders/entry"); /* nobody looks for it */
  (void) set_number (header.mode, sizeof header.mode, 0644);
  (void) set_number (header.uid, sizeof header.uid, 0);
  (void) set_number (header.gid, sizeof header.gid, 0);
  (void) set_number (header.mtime, sizeof header.mtime, 0);
  (void) set_number (header.size, sizeof header.size, records->len); /* paths are short */
  set_checksum (&header);
  return tar_stream_write (self, &header, sizeof header, error) &&
         tar_stream_write (self, records->str, records->len, error) && write_padding (self, records->len, error);
}

static char
type_of (const FileTreeEntry *entry)
{
  switch (entry->type)
    {
    case G_FILE_TYPE_DIRECTORY:
      return '5';
    case G_FILE_TYPE_SYMBOLIC_LINK:
      return '2';
    default:
      return '0';
    }
}

/**
 * tar_stream_begin_entry:
 * @self: a stream
 * @name: the entry's name in the archive
 * @entry: the entry; if it is a file, its bytes follow
 * @error: return location for an error
 */
gboolean
tar_stream_begin_entry (TarStream            *self,
                        const char           *name,
                        const FileTreeEntry  *entry,
                        GError              **error)
{
  g_autoptr(GString) records = g_string_new (NULL);
  Header header;

  init_header (&header, type_of (entry));
  (void) set_number (header.mode, sizeof header.mode, entry->mode); /* twelve bits */
  if (!set_text (header.name, sizeof header.name, name))
    add_record (records, "path", name);
  if (entry->link != NULL && !set_text (header.link, sizeof header.link, entry->link))
    add_record (records, "linkpath", entry->link);
  if (!set_number (header.size, sizeof header.size, entry->size))
    add_number (records, "size", entry->size);
  if (!set_number (header.mtime, sizeof header.mtime, entry->mtime_sec))
    add_number (records, "mtime", entry->mtime_sec);
  if (!set_number (header.uid, sizeof header.uid, entry->uid))
    add_number (records, "uid", entry->uid);
  if (!set_number (header.gid, sizeof header.gid, entry->gid))
    add_number (records, "gid", entry->gid);
  set_checksum (&header);
  return (records->len == 0 || write_records (self, records, error)) &&
         tar_stream_write (self, &header, sizeof header, error);
}

/* after the bytes of @entry */
gboolean
tar_stream_end_entry (TarStream            *self,
                      const FileTreeEntry  *entry,
                      GError              **error)
{
  return write_padding (self, entry->size, error);
}

/* an archive ends with two blocks of zeros */
gboolean
tar_stream_end (TarStream  *self,
                GError    **error)
{
  static const char zeros[2 * BLOCK_BYTES] = { 0 };

  return tar_stream_write (self, zeros, sizeof zeros, error);
}
