/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which build of a plugin a file is
 *
 * The linker's build id, where the file has one: the same for a file and its
 * stripped copy, and another one for each change of the code. Else a sum of the
 * bytes. Nothing is run or loaded for it. The bytes are those of a stranger:
 * every offset and length is compared with what there is before it is used.
 */

#include "config.h"

#include "work/worker/aq-build-id.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* an object has about ten; more are looked at by nobody */
#define MAX_SEGMENTS 256
#define MAX_NOTES 64

/* a build id of fewer bytes may be anybody's */
#define MIN_BYTES 4

/* of the sum that stands for it */
#define SUM_DIGITS 32

#if __ELF_NATIVE_CLASS == 64
#define OUR_CLASS ELFCLASS64
#else
#define OUR_CLASS ELFCLASS32
#endif

typedef struct
{
  const guint8 *data;
  gsize         size;
} Bytes;

static gboolean
take (const Bytes *bytes,
      guint64      offset,
      gpointer     out,
      gsize        size)
{
  if (offset > bytes->size || size > bytes->size - offset)
    return FALSE;
  memcpy (out, bytes->data + offset, size);
  return TRUE;
}

static char *
dup_digits (const guint8 *data,
            gsize         size)
{
  GString *text = g_string_sized_new (2 * size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_string_free (text, FALSE);
}

static guint64
align_4 (guint64 size)
{
  return (size + 3) & ~G_GUINT64_CONSTANT (3);
}

/* Returns: (nullable): the build id among these notes */
static char *
find_in_notes (const Bytes *notes)
{
  guint64 offset = 0;

  for (guint i = 0; i < MAX_NOTES; i++)
    {
      guint64 content;
      ElfW(Nhdr) note;

      if (!take (notes, offset, &note, sizeof note))
        return NULL;
      offset += sizeof note;
      content = offset + align_4 (note.n_namesz);
      if (content > notes->size || note.n_descsz > notes->size - content)
        return NULL;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU &&
          memcmp (notes->data + offset, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0 &&
          note.n_descsz >= MIN_BYTES && note.n_descsz <= AQ_BUILD_ID_MAX_DIGITS / 2)
        return dup_digits (notes->data + content, note.n_descsz);
      offset = content + align_4 (note.n_descsz);
    }
  return NULL;
}

/* Returns: (nullable): the build id that the linker has given */
static char *
find_in_object (const Bytes *file)
{
  ElfW(Ehdr) header;

  if (!take (file, 0, &header, sizeof header) || memcmp (header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != OUR_CLASS || header.e_phentsize != sizeof (ElfW(Phdr)))
    return NULL;
  for (guint i = 0; i < MIN (header.e_phnum, MAX_SEGMENTS); i++)
    {
      ElfW(Phdr) segment;
      Bytes notes;
      char *found;

      if (header.e_phoff > file->size ||
          !take (file, header.e_phoff + i * sizeof segment, &segment, sizeof segment))
        return NULL;
      if (segment.p_type != PT_NOTE || segment.p_offset > file->size ||
          segment.p_filesz > file->size - segment.p_offset)
        continue;
      notes = (Bytes) { file->data + segment.p_offset, segment.p_filesz };
      found = find_in_notes (&notes);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/**
 * aq_build_id_dup_of_bytes:
 * @data: a plugin's file
 * @size: its size, bytes
 *
 * Returns: (transfer full): which build it is, in hexadecimal digits: the build id
 *   that the linker has given, or the first 16 bytes of the file's SHA-256
 */
char *
aq_build_id_dup_of_bytes (gconstpointer data,
                          gsize         size)
{
  const Bytes file = { data, size };
  char *text = find_in_object (&file);

  if (text != NULL)
    return text;
  text = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);
  text[SUM_DIGITS] = '\0';
  return text;
}

/**
 * aq_build_id_dup_of_file:
 * @fd: a plugin's file that nobody changes: one that shrinks ends this process
 *
 * Returns: (transfer full) (nullable): which build it is; %NULL: it cannot be read
 */
char *
aq_build_id_dup_of_file (int fd)
{
  struct stat info;
  gpointer data;
  char *text;

  if (fstat (fd, &info) < 0 || info.st_size <= 0)
    return NULL;
  data = mmap (NULL, (gsize) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED)
    return NULL;
  text = aq_build_id_dup_of_bytes (data, (gsize) info.st_size);
  (void) munmap (data, (gsize) info.st_size);
  return text;
}

/**
 * aq_build_id_is_valid:
 * @text: what somebody says is one
 *
 * Returns: whether it could be: hexadecimal digits, not too many
 */
gboolean
aq_build_id_is_valid (const char *text)
{
  gsize length = strspn (text, "0123456789abcdef");

  return length > 0 && length <= AQ_BUILD_ID_MAX_DIGITS && text[length] == '\0';
}
