/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/*
 * The one place where bytes from a disk are bounds-checked: whoever parses them
 * takes them from here. The first take beyond the end fails, and so does every
 * later one, so a parser may look at `failed` once at its end, as long as it
 * does not follow a pointer before.
 */
typedef struct
{
  const guint8 *data; /* borrowed */
  gsize         size;
  gsize         position; /* never above size */
  gboolean      failed;
} AqReader;

static inline AqReader
aq_reader_init (gconstpointer data,
                gsize         size)
{
  return (AqReader) { .data = data, .size = size };
}

static inline gsize
aq_reader_left (const AqReader *self)
{
  return self->size - self->position;
}

/* Returns: @n_bytes, borrowed, or NULL when there are fewer */
static inline const guint8 *
aq_reader_take (AqReader *self,
                gsize     n_bytes)
{
  const guint8 *at = self->data + self->position;

  if (G_UNLIKELY (self->failed || n_bytes > aq_reader_left (self)))
    {
      self->failed = TRUE;
      return NULL;
    }
  self->position += n_bytes;
  return at;
}

/* little-endian numbers in bytes that were taken */

static inline guint16
aq_get_u16 (const guint8 *at)
{
  guint16 value;

  memcpy (&value, at, sizeof value);
  return GUINT16_FROM_LE (value);
}

static inline guint32
aq_get_u32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

static inline guint64
aq_get_u64 (const guint8 *at)
{
  guint64 value;

  memcpy (&value, at, sizeof value);
  return GUINT64_FROM_LE (value);
}

G_END_DECLS
