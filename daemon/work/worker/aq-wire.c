/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The frames between the daemon and a worker
 *
 * A frame is its size in bytes, header and padding included (u32, a multiple of
 * 8), its kind (u32), and its fields one after another: u32 and u64 little
 * endian; text as u32 length, bytes and a zero byte; a value as u32 size, zeros
 * up to the next multiple of 8 from the start of the frame, and bytes in this
 * machine's byte order. daemon/work/README.md lists the fields of each kind.
 *
 * Whatever is read was written by somebody else: each field is checked against
 * the end of the frame, and a frame must be used up by its fields.
 */

#include "config.h"

#include "work/worker/aq-wire.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define HEADER_BYTES 8

static guint32
peek_u32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_LE (value);
}

/**
 * aq_wire_buffer_wanted:
 * @self: a buffer of incoming bytes, without a whole frame in it
 *
 * Returns: how many bytes the frame that has begun lacks, where its header is
 *   there and sane; else 0
 */
gsize
aq_wire_buffer_wanted (const AqWireBuffer *self)
{
  gsize used = self->end - self->start;
  guint32 size;

  if (used < HEADER_BYTES)
    return 0;
  size = peek_u32 (self->data + self->start);
  return size <= AQ_WIRE_MAX_FRAME_BYTES && size > used ? size - used : 0;
}

/* One frame being written. Every put_ stays within what begin() was told. */
typedef struct
{
  AqWireBuffer *buffer;
  guint8       *start;
  guint8       *position;
} Writer;

static void
put_u32 (Writer *self,
         guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (self->position, &value, sizeof value);
  self->position += sizeof value;
}

static void
put_u64 (Writer *self,
         guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (self->position, &value, sizeof value);
  self->position += sizeof value;
}

static void
put_text (Writer     *self,
          const char *text,
          gsize       length)
{
  put_u32 (self, (guint32) length);
  memcpy (self->position, text, length + 1);
  self->position += length + 1;
}

static void
put_padding (Writer *self)
{
  gsize unaligned = (gsize) (self->position - self->start) & 7;

  if (unaligned != 0)
    {
      memset (self->position, 0, 8 - unaligned);
      self->position += 8 - unaligned;
    }
}

static void
put_value (Writer        *self,
           gconstpointer  data,
           gsize          size)
{
  put_u32 (self, (guint32) size);
  put_padding (self);
  if (size > 0)
    memcpy (self->position, data, size);
  self->position += size;
}

/* @max_size: of the fields; what padding takes is added here */
static Writer
begin (AqWireBuffer *buffer,
       AqWireKind    kind,
       gsize         max_size)
{
  Writer self = { buffer };

  self.start = aq_wire_buffer_reserve (buffer, HEADER_BYTES + max_size + 3 * 8);
  self.position = self.start + 4;
  put_u32 (&self, kind);
  return self;
}

static void
end (Writer *self)
{
  gsize size;

  put_padding (self);
  size = (gsize) (self->position - self->start);
  self->position = self->start;
  put_u32 (self, (guint32) size);
  self->buffer->end += size;
}

void
aq_wire_append_settings (AqWireBuffer         *buffer,
                         const AqWireSettings *message)
{
  gsize agent_length = strlen (message->agent);
  Writer writer = begin (buffer, AQ_WIRE_SETTINGS, 4 + 5 + agent_length);

  put_u32 (&writer, message->version);
  put_text (&writer, message->agent, agent_length);
  end (&writer);
}

void
aq_wire_append_load (AqWireBuffer     *buffer,
                     const AqWireLoad *message)
{
  gsize plugin_length = strlen (message->plugin);
  Writer writer = begin (buffer, AQ_WIRE_LOAD, 4 + 5 + plugin_length + 4 + message->settings_size);

  put_u32 (&writer, message->generation);
  put_text (&writer, message->plugin, plugin_length);
  put_value (&writer, message->settings, message->settings_size);
  end (&writer);
}

void
aq_wire_append_run (AqWireBuffer    *buffer,
                    const AqWireRun *message)
{
  gsize function_length = strlen (message->function);
  gsize queue_length = strlen (message->queue);
  gsize type_length = strlen (message->arguments_type);
  Writer writer = begin (buffer, AQ_WIRE_RUN,
                         28 + 15 + function_length + queue_length + type_length +
                         4 + message->arguments_size);

  put_u64 (&writer, message->id);
  put_u64 (&writer, message->lease);
  put_u64 (&writer, message->parent);
  put_u32 (&writer, message->attempt);
  put_text (&writer, message->function, function_length);
  put_text (&writer, message->queue, queue_length);
  put_text (&writer, message->arguments_type, type_length);
  put_value (&writer, message->arguments, message->arguments_size);
  end (&writer);
}

void
aq_wire_append_cancel (AqWireBuffer *buffer,
                       guint64       lease)
{
  Writer writer = begin (buffer, AQ_WIRE_CANCEL, 8);

  put_u64 (&writer, lease);
  end (&writer);
}

void
aq_wire_append_ready (AqWireBuffer *buffer)
{
  Writer writer = begin (buffer, AQ_WIRE_READY, 4);

  put_u32 (&writer, AQ_WIRE_VERSION);
  end (&writer);
}

static void
append_loaded (AqWireBuffer       *buffer,
               AqWireKind          kind,
               const AqWireLoaded *message)
{
  gsize plugin_length = strlen (message->plugin);
  gsize message_length = strlen (message->message);
  Writer writer = begin (buffer, kind, 4 + 10 + plugin_length + message_length);

  put_u32 (&writer, message->generation);
  put_text (&writer, message->plugin, plugin_length);
  put_text (&writer, message->message, message_length);
  end (&writer);
}

void
aq_wire_append_loaded (AqWireBuffer       *buffer,
                       const AqWireLoaded *message)
{
  append_loaded (buffer, AQ_WIRE_LOADED, message);
}

void
aq_wire_append_refused (AqWireBuffer       *buffer,
                        const AqWireLoaded *message)
{
  append_loaded (buffer, AQ_WIRE_REFUSED, message);
}

void
aq_wire_append_done (AqWireBuffer     *buffer,
                     const AqWireDone *message)
{
  gsize type_length = strlen (message->result_type);
  Writer writer = begin (buffer, AQ_WIRE_DONE,
                         36 + 5 + type_length + 8 + message->result_size + message->puts_size);

  put_u64 (&writer, message->lease);
  put_u64 (&writer, message->run_nsec);
  put_u64 (&writer, message->snooze_usec);
  put_u32 (&writer, message->failed);
  put_u32 (&writer, message->snoozed);
  put_u32 (&writer, message->returned);
  put_text (&writer, message->result_type, type_length);
  put_value (&writer, message->result, message->result_size);
  put_value (&writer, message->puts, message->puts_size);
  end (&writer);
}

void
aq_wire_append_returned (AqWireBuffer  *buffer,
                         const guint64 *leases,
                         guint          n_leases)
{
  Writer writer = begin (buffer, AQ_WIRE_RETURNED, 4 + 8 * (gsize) n_leases);

  put_u32 (&writer, n_leases);
  for (guint i = 0; i < n_leases; i++)
    put_u64 (&writer, leases[i]);
  end (&writer);
}

/* One frame being read. Once `failed`, every get_ gives nothing. */
typedef struct
{
  const guint8 *start;
  gsize         size;
  gsize         offset;
  const char   *failed;
} Reader;

static const guint8 *
take (Reader *self,
      gsize   size)
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

static guint32
get_u32 (Reader *self)
{
  const guint8 *data = take (self, 4);

  return data == NULL ? 0 : peek_u32 (data);
}

static guint64
get_u64 (Reader *self)
{
  const guint8 *data = take (self, 8);
  guint64 value = 0;

  if (data != NULL)
    memcpy (&value, data, sizeof value);
  return GUINT64_FROM_LE (value);
}

static const char *
get_text (Reader *self)
{
  gsize length = get_u32 (self);
  const char *text = (const char *) take (self, length + 1);

  if (text == NULL)
    return "";
  if (text[length] != '\0' || memchr (text, '\0', length) != NULL)
    {
      self->failed = "a text does not end where it says";
      return "";
    }
  return text;
}

static void
skip_padding (Reader *self)
{
  (void) take (self, (8 - (self->offset & 7)) & 7);
}

static gconstpointer
get_value (Reader *self,
           gsize  *out_size)
{
  gsize size = get_u32 (self);
  const guint8 *data;

  skip_padding (self);
  data = take (self, size);
  *out_size = data == NULL ? 0 : size;
  return data;
}

static Reader
open_frame (const AqWireFrame *frame)
{
  return (Reader) { frame->data, frame->size, 0, NULL };
}

static gboolean
close_frame (Reader      *self,
             const char  *kind,
             GError     **error)
{
  skip_padding (self);
  if (self->failed == NULL && self->offset != self->size)
    self->failed = "it has more bytes than fields";
  if (self->failed == NULL)
    return TRUE;

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "bad frame %s: %s", kind, self->failed);
  return FALSE;
}

/* the frame at @data, of which @used bytes are there */
static gboolean
look_at_frame (const guint8  *data,
               gsize          used,
               AqWireFrame   *out_frame,
               GError       **error)
{
  guint32 size;

  if (used < HEADER_BYTES)
    return FALSE;
  size = peek_u32 (data);
  if (size < HEADER_BYTES || size % 8 != 0 || size > AQ_WIRE_MAX_FRAME_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "a frame of %u bytes, wanted a multiple of 8, up to %u",
                   size, AQ_WIRE_MAX_FRAME_BYTES);
      return FALSE;
    }
  if (used < size)
    return FALSE;

  out_frame->kind = (AqWireKind) peek_u32 (data + 4);
  out_frame->data = data + HEADER_BYTES;
  out_frame->size = size - HEADER_BYTES;
  return TRUE;
}

/**
 * aq_wire_next_frame:
 * @buffer: incoming bytes
 * @out_frame: (out): the frame, borrowed until @buffer changes
 * @error: return location for an error
 *
 * Takes the next whole frame off the front of the buffer. Its bytes stay where
 * they are until more room is reserved.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for a size that no frame has.
 *
 * Returns: %TRUE with a frame; %FALSE without @error where bytes are lacking
 */
gboolean
aq_wire_next_frame (AqWireBuffer  *buffer,
                    AqWireFrame   *out_frame,
                    GError       **error)
{
  if (!look_at_frame (buffer->data + buffer->start, buffer->end - buffer->start, out_frame, error))
    return FALSE;

  aq_wire_buffer_consume (buffer, HEADER_BYTES + out_frame->size);
  return TRUE;
}

/**
 * aq_wire_sift:
 * @buffer: incoming bytes
 * @func: is offered every whole frame, in order
 * @user_data: for @func
 * @error: return location for an error
 *
 * Takes frames out of the midst of the buffer: those that @func wants. The
 * others, and what has come of a frame that is not whole, stay in order.
 *
 * Errors: as aq_wire_next_frame().
 */
gboolean
aq_wire_sift (AqWireBuffer    *buffer,
              AqWireSiftFunc   func,
              gpointer         user_data,
              GError         **error)
{
  g_autoptr(GError) local_error = NULL;
  gsize kept = buffer->start;
  gsize offset = buffer->start;
  AqWireFrame frame;

  while (look_at_frame (buffer->data + offset, buffer->end - offset, &frame, &local_error))
    {
      gsize size = HEADER_BYTES + frame.size;

      if (!func (&frame, user_data))
        {
          memmove (buffer->data + kept, buffer->data + offset, size);
          kept += size;
        }
      offset += size;
    }
  if (kept != offset)
    memmove (buffer->data + kept, buffer->data + offset, buffer->end - offset);
  buffer->end -= offset - kept;
  aq_wire_buffer_consume (buffer, 0);

  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
aq_wire_parse_settings (const AqWireFrame  *frame,
                        AqWireSettings     *out_message,
                        GError            **error)
{
  Reader reader = open_frame (frame);

  out_message->version = get_u32 (&reader);
  out_message->agent = get_text (&reader);
  return close_frame (&reader, "SETTINGS", error);
}

gboolean
aq_wire_parse_load (const AqWireFrame  *frame,
                    AqWireLoad         *out_message,
                    GError            **error)
{
  Reader reader = open_frame (frame);

  out_message->generation = get_u32 (&reader);
  out_message->plugin = get_text (&reader);
  out_message->settings = get_value (&reader, &out_message->settings_size);
  return close_frame (&reader, "LOAD", error);
}

gboolean
aq_wire_parse_run (const AqWireFrame  *frame,
                   AqWireRun          *out_message,
                   GError            **error)
{
  Reader reader = open_frame (frame);

  out_message->id = get_u64 (&reader);
  out_message->lease = get_u64 (&reader);
  out_message->parent = get_u64 (&reader);
  out_message->attempt = get_u32 (&reader);
  out_message->function = get_text (&reader);
  out_message->queue = get_text (&reader);
  out_message->arguments_type = get_text (&reader);
  out_message->arguments = get_value (&reader, &out_message->arguments_size);
  return close_frame (&reader, "RUN", error);
}

gboolean
aq_wire_parse_cancel (const AqWireFrame  *frame,
                      guint64            *out_lease,
                      GError            **error)
{
  Reader reader = open_frame (frame);

  *out_lease = get_u64 (&reader);
  return close_frame (&reader, "CANCEL", error);
}

gboolean
aq_wire_parse_ready (const AqWireFrame  *frame,
                     GError            **error)
{
  Reader reader = open_frame (frame);
  guint32 version = get_u32 (&reader);

  if (!close_frame (&reader, "READY", error))
    return FALSE;
  if (version == AQ_WIRE_VERSION)
    return TRUE;

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "the worker speaks version %u of the protocol, wanted %d", version, AQ_WIRE_VERSION);
  return FALSE;
}

/* LOADED and REFUSED */
gboolean
aq_wire_parse_loaded (const AqWireFrame  *frame,
                      AqWireLoaded       *out_message,
                      GError            **error)
{
  Reader reader = open_frame (frame);

  out_message->generation = get_u32 (&reader);
  out_message->plugin = get_text (&reader);
  out_message->message = get_text (&reader);
  return close_frame (&reader, "LOADED or REFUSED", error);
}

/* Returns: (nullable): what is wrong with an end whose fields are all there */
static const char *
what_cannot_be (const AqWireDone *message)
{
  if (message->failed > 1)
    return "failed is neither 0 nor 1";
  if (message->snoozed > 1)
    return "snoozed is neither 0 nor 1";
  if (message->snooze_usec > (message->snoozed ? AQ_WIRE_MAX_SNOOZE_USEC : 0))
    return "it snoozes for too long";
  if (message->snoozed &&
      (message->failed || message->returned != AQ_WIRE_NONE_RETURNED || message->result_type[0] != '\0' ||
       message->result_size > 0 || message->puts_size > 0))
    return "it snoozes and brings something as well";
  return NULL;
}

gboolean
aq_wire_parse_done (const AqWireFrame  *frame,
                    AqWireDone         *out_message,
                    GError            **error)
{
  Reader reader = open_frame (frame);

  out_message->lease = get_u64 (&reader);
  out_message->run_nsec = get_u64 (&reader);
  out_message->snooze_usec = get_u64 (&reader);
  out_message->failed = get_u32 (&reader);
  out_message->snoozed = get_u32 (&reader);
  out_message->returned = get_u32 (&reader);
  out_message->result_type = get_text (&reader);
  out_message->result = get_value (&reader, &out_message->result_size);
  out_message->puts = get_value (&reader, &out_message->puts_size);
  if (reader.failed == NULL)
    reader.failed = what_cannot_be (out_message);
  return close_frame (&reader, "DONE", error);
}

/* @leases: of guint64; what was in it is dropped */
gboolean
aq_wire_parse_returned (const AqWireFrame  *frame,
                        GArray             *leases,
                        GError            **error)
{
  Reader reader = open_frame (frame);
  guint32 n_leases = get_u32 (&reader);

  g_array_set_size (leases, 0);
  for (guint32 i = 0; i < n_leases && reader.failed == NULL; i++)
    {
      guint64 lease = get_u64 (&reader);

      g_array_append_val (leases, lease);
    }
  return close_frame (&reader, "RETURNED", error);
}

/* the size of a number of this type, every value of which is normal; 0 for other types */
static gsize
number_size (char type)
{
  switch (type)
    {
    case 'y':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'i':
    case 'u':
    case 'h':
      return 4;
    case 'x':
    case 't':
    case 'd':
      return 8;
    default:
      return 0;
    }
}

/* the size of a number, or of a tuple of numbers of one type, which has no padding; 0 for other types */
static gsize
plain_size (const char *type)
{
  gsize n_members = 1;
  gsize size;

  if (type[0] != '(')
    return type[0] != '\0' && type[1] == '\0' ? number_size (type[0]) : 0;

  size = number_size (type[1]);
  while (size > 0 && type[1 + n_members] == type[1])
    n_members++;
  return size > 0 && strcmp (type + 1 + n_members, ")") == 0 ? size * n_members : 0;
}

/**
 * aq_wire_is_normal:
 * @type: a valid type string of one definite type
 * @data: a serialised value, aligned to 8
 * @size: its size in bytes
 *
 * Whether the bytes are a value of the type, in normal form. Numbers, the bulk
 * of results, are decided by their size alone.
 */
gboolean
aq_wire_is_normal (const char    *type,
                   gconstpointer  data,
                   gsize          size)
{
  g_autoptr(GVariant) value = NULL;
  gsize plain = plain_size (type);

  if (plain > 0)
    return size == plain;
  if (strcmp (type, "()") == 0)
    return size == 1 && *(const guint8 *) data == 0;

  value = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), data, size,
                                                       FALSE, NULL, NULL));
  return g_variant_is_normal_form (value);
}
