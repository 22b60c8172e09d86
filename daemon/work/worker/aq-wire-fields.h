/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The fields of a frame, for those who write and read frames
 *
 * Here and not in a file of their own, as a job has two dozen of them: a call for
 * each would cost more than the bytes.
 */

#pragma once

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-wire.h"

#include <string.h>

G_BEGIN_DECLS

#define AQ_WIRE_HEADER_BYTES 8

static inline guint32
aq_wire_peek_u32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_LE (value);
}

/* One frame being written. Every put_ stays within what begin() was told. */
typedef struct
{
  AqWireBuffer *buffer;
  guint8       *start;
  guint8       *position;
} AqWireWriter;

static inline void
aq_wire_put_u32 (AqWireWriter *self,
                 guint32       value)
{
  value = GUINT32_TO_LE (value);
  memcpy (self->position, &value, sizeof value);
  self->position += sizeof value;
}

static inline void
aq_wire_put_u64 (AqWireWriter *self,
                 guint64       value)
{
  value = GUINT64_TO_LE (value);
  memcpy (self->position, &value, sizeof value);
  self->position += sizeof value;
}

static inline void
aq_wire_put_text (AqWireWriter *self,
                  const char   *text,
                  gsize         length)
{
  aq_wire_put_u32 (self, (guint32) length);
  memcpy (self->position, text, length + 1);
  self->position += length + 1;
}

static inline void
aq_wire_put_padding (AqWireWriter *self)
{
  gsize unaligned = (gsize) (self->position - self->start) & 7;

  if (unaligned != 0)
    {
      memset (self->position, 0, 8 - unaligned);
      self->position += 8 - unaligned;
    }
}

static inline void
aq_wire_put_value (AqWireWriter  *self,
                   gconstpointer  data,
                   gsize          size)
{
  aq_wire_put_u32 (self, (guint32) size);
  aq_wire_put_padding (self);
  if (size > 0)
    memcpy (self->position, data, size);
  self->position += size;
}

/* how much aq_wire_put_typed() takes at most, but for padding */
static inline gsize
aq_wire_typed_size (const AqWireValue *value)
{
  return 5 + (value->type == NULL ? 0 : strlen (value->type)) + 4 + value->size;
}

/* with its type before it, which is empty for no value */
static inline void
aq_wire_put_typed (AqWireWriter      *self,
                   const AqWireValue *value)
{
  const char *type = value->type == NULL ? "" : value->type;

  aq_wire_put_text (self, type, strlen (type));
  aq_wire_put_value (self, value->data, value->size);
}

/* @max_size: of the fields; what padding takes is added here */
static inline AqWireWriter
aq_wire_begin (AqWireBuffer *buffer,
               AqWireKind    kind,
               gsize         max_size)
{
  AqWireWriter self = { buffer };

  self.start = aq_wire_buffer_reserve (buffer, AQ_WIRE_HEADER_BYTES + max_size + 5 * 8);
  self.position = self.start + 4;
  aq_wire_put_u32 (&self, kind);
  return self;
}

static inline void
aq_wire_end (AqWireWriter *self)
{
  gsize size;

  aq_wire_put_padding (self);
  size = (gsize) (self->position - self->start);
  self->position = self->start;
  aq_wire_put_u32 (self, (guint32) size);
  self->buffer->end += size;
}

/* One frame being read. Once `failed`, every get_ gives nothing. */
typedef struct
{
  const guint8 *start;
  gsize         size;
  gsize         offset;
  const char   *failed;
} AqWireReader;

static inline const guint8 *
aq_wire_take (AqWireReader *self,
              gsize         size)
{
  const guint8 *data = self->start + self->offset;

  if (self->failed != NULL)
    return NULL;
  if (self->size - self->offset < size)
    {
      self->failed = "a field goes beyond its end";
      return NULL;
    }
  self->offset += size;
  return data;
}

static inline guint32
aq_wire_get_u32 (AqWireReader *self)
{
  const guint8 *data = aq_wire_take (self, 4);

  return data == NULL ? 0 : aq_wire_peek_u32 (data);
}

static inline guint64
aq_wire_get_u64 (AqWireReader *self)
{
  const guint8 *data = aq_wire_take (self, 8);
  guint64 value = 0;

  if (data != NULL)
    memcpy (&value, data, sizeof value);
  return GUINT64_FROM_LE (value);
}

static inline const char *
aq_wire_get_text (AqWireReader *self)
{
  gsize length = aq_wire_get_u32 (self);
  const char *text = (const char *) aq_wire_take (self, length + 1);

  if (text == NULL)
    return "";
  if (text[length] != '\0' || memchr (text, '\0', length) != NULL)
    {
      self->failed = "a text does not end where it says";
      return "";
    }
  return text;
}

static inline void
aq_wire_skip_padding (AqWireReader *self)
{
  (void) aq_wire_take (self, (8 - (self->offset & 7)) & 7);
}

static inline gconstpointer
aq_wire_get_value (AqWireReader *self,
                   gsize        *out_size)
{
  gsize size = aq_wire_get_u32 (self);
  const guint8 *data;

  aq_wire_skip_padding (self);
  data = aq_wire_take (self, size);
  *out_size = data == NULL ? 0 : size;
  return data;
}

static inline AqWireValue
aq_wire_get_typed (AqWireReader *self)
{
  AqWireValue value = { .type = aq_wire_get_text (self) };

  value.data = aq_wire_get_value (self, &value.size);
  if (value.type[0] == '\0')
    value.type = NULL;
  if (value.type == NULL && value.size > 0)
    self->failed = "a value without a type";
  return value;
}

static inline AqWireReader
aq_wire_open_frame (const AqWireFrame *frame)
{
  return (AqWireReader) { frame->data, frame->size, 0, NULL };
}

static inline gboolean
aq_wire_close_frame (AqWireReader  *self,
                     const char    *kind,
                     GError       **error)
{
  aq_wire_skip_padding (self);
  if (self->failed == NULL && self->offset != self->size)
    self->failed = "it has more bytes than fields";
  if (self->failed == NULL)
    return TRUE;

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "bad frame %s: %s", kind, self->failed);
  return FALSE;
}

G_END_DECLS
