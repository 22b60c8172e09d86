/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Bytes that grow at the end. Inline, because every changed job goes through it. */
typedef struct
{
  guint8 *data; /* owned */
  gsize   size;
  gsize   allocated;
} AqBuffer;

/* @n_bytes more; the caller writes all of them before anything else happens */
static inline guint8 *
aq_buffer_extend (AqBuffer *self,
                  gsize     n_bytes)
{
  guint8 *end;

  if (G_UNLIKELY (n_bytes > self->allocated - self->size))
    {
      self->allocated = MAX (self->allocated * 2, self->size + n_bytes);
      self->data = g_realloc (self->data, self->allocated);
    }
  end = self->data + self->size;
  self->size += n_bytes;
  return end;
}

static inline void
aq_buffer_clear (AqBuffer *self)
{
  g_clear_pointer (&self->data, g_free);
  self->size = 0;
  self->allocated = 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqBuffer, aq_buffer_clear)

/* little-endian numbers to bytes, and the place after them */

static inline guint8 *
aq_put_u8 (guint8 *at,
           guint8  value)
{
  *at = value;
  return at + 1;
}

static inline guint8 *
aq_put_u16 (guint8  *at,
            guint16  value)
{
  value = GUINT16_TO_LE (value);
  memcpy (at, &value, sizeof value);
  return at + sizeof value;
}

static inline guint8 *
aq_put_u32 (guint8  *at,
            guint32  value)
{
  value = GUINT32_TO_LE (value);
  memcpy (at, &value, sizeof value);
  return at + sizeof value;
}

static inline guint8 *
aq_put_u64 (guint8  *at,
            guint64  value)
{
  value = GUINT64_TO_LE (value);
  memcpy (at, &value, sizeof value);
  return at + sizeof value;
}

static inline guint8 *
aq_put_bytes (guint8        *at,
              gconstpointer  bytes,
              gsize          n_bytes)
{
  if (n_bytes > 0)
    memcpy (at, bytes, n_bytes);
  return at + n_bytes;
}

/* zeros up to the next multiple of 8, counted from @start */
static inline guint8 *
aq_put_padding (guint8       *at,
                const guint8 *start)
{
  gsize n_bytes = -(gsize) (at - start) & 7;

  memset (at, 0, n_bytes);
  return at + n_bytes;
}

G_END_DECLS
