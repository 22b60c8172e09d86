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
#include "work/worker/aq-wire-fields.h"

#include <string.h>

/* what a RUN has behind the arguments: bits of `extras` */
#define RUN_HAS_CHECKPOINT 1u
#define RUN_HAS_OBJECT 2u

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

  if (used < AQ_WIRE_HEADER_BYTES)
    return 0;
  size = aq_wire_peek_u32 (self->data + self->start);
  return size <= AQ_WIRE_MAX_FRAME_BYTES && size > used ? size - used : 0;
}

void
aq_wire_append_settings (AqWireBuffer         *buffer,
                         const AqWireSettings *message)
{
  gsize agent_length = strlen (message->agent);
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_SETTINGS, 4 + 5 + agent_length);

  aq_wire_put_u32 (&writer, message->version);
  aq_wire_put_text (&writer, message->agent, agent_length);
  aq_wire_end (&writer);
}

void
aq_wire_append_load (AqWireBuffer     *buffer,
                     const AqWireLoad *message)
{
  gsize plugin_length = strlen (message->plugin);
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_LOAD, 4 + 5 + plugin_length + 4 + message->settings_size);

  aq_wire_put_u32 (&writer, message->generation);
  aq_wire_put_text (&writer, message->plugin, plugin_length);
  aq_wire_put_value (&writer, message->settings, message->settings_size);
  aq_wire_end (&writer);
}

void
aq_wire_append_run (AqWireBuffer    *buffer,
                    const AqWireRun *message)
{
  gsize function_length = strlen (message->function);
  gsize queue_length = strlen (message->queue);
  gsize type_length = strlen (message->arguments_type);
  gsize extras_size = 0;
  guint32 extras = 0;
  AqWireWriter writer;

  if (message->checkpoint.type != NULL)
    {
      extras |= RUN_HAS_CHECKPOINT;
      extras_size += aq_wire_typed_size (&message->checkpoint);
    }
  if (message->object.type != NULL)
    {
      extras |= RUN_HAS_OBJECT;
      extras_size += aq_wire_typed_size (&message->object);
    }
  writer = aq_wire_begin (buffer, AQ_WIRE_RUN,
                          32 + 15 + function_length + queue_length + type_length +
                          4 + message->arguments_size + extras_size);

  aq_wire_put_u64 (&writer, message->id);
  aq_wire_put_u64 (&writer, message->lease);
  aq_wire_put_u64 (&writer, message->parent);
  aq_wire_put_u32 (&writer, message->attempt);
  aq_wire_put_u32 (&writer, extras);
  aq_wire_put_text (&writer, message->function, function_length);
  aq_wire_put_text (&writer, message->queue, queue_length);
  aq_wire_put_text (&writer, message->arguments_type, type_length);
  aq_wire_put_value (&writer, message->arguments, message->arguments_size);
  if ((extras & RUN_HAS_CHECKPOINT) != 0)
    aq_wire_put_typed (&writer, &message->checkpoint);
  if ((extras & RUN_HAS_OBJECT) != 0)
    aq_wire_put_typed (&writer, &message->object);
  aq_wire_end (&writer);
}

void
aq_wire_append_cancel (AqWireBuffer *buffer,
                       guint64       lease)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_CANCEL, 8);

  aq_wire_put_u64 (&writer, lease);
  aq_wire_end (&writer);
}

/* likewise, from the worker: its function is about to be called */
void
aq_wire_append_begun (AqWireBuffer *buffer,
                      guint64       lease)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_BEGUN, 8);

  aq_wire_put_u64 (&writer, lease);
  aq_wire_end (&writer);
}

void
aq_wire_append_free (AqWireBuffer *buffer)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_FREE, 0);

  aq_wire_end (&writer);
}

void
aq_wire_append_unfit (AqWireBuffer *buffer)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_UNFIT, 0);

  aq_wire_end (&writer);
}

void
aq_wire_append_ready (AqWireBuffer *buffer)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_READY, 4);

  aq_wire_put_u32 (&writer, AQ_WIRE_VERSION);
  aq_wire_end (&writer);
}

static void
append_loaded (AqWireBuffer       *buffer,
               AqWireKind          kind,
               const AqWireLoaded *message)
{
  gsize plugin_length = strlen (message->plugin);
  gsize message_length = strlen (message->message);
  AqWireWriter writer = aq_wire_begin (buffer, kind, 4 + 10 + plugin_length + message_length);

  aq_wire_put_u32 (&writer, message->generation);
  aq_wire_put_text (&writer, message->plugin, plugin_length);
  aq_wire_put_text (&writer, message->message, message_length);
  aq_wire_end (&writer);
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

static void
put_usage (AqWireWriter      *writer,
           const AqWireUsage *usage)
{
  aq_wire_put_u64 (writer, usage->user_usec);
  aq_wire_put_u64 (writer, usage->system_usec);
  aq_wire_put_u64 (writer, usage->peak_bytes);
  aq_wire_put_u64 (writer, usage->read_bytes);
  aq_wire_put_u64 (writer, usage->written_bytes);
}

void
aq_wire_append_done (AqWireBuffer     *buffer,
                     const AqWireDone *message)
{
  gsize type_length = strlen (message->result_type);
  gsize object_size = message->object.type == NULL ? 0 : aq_wire_typed_size (&message->object);
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_DONE,
                         80 + 5 + type_length + 8 + message->result_size + message->puts_size + object_size);

  aq_wire_put_u64 (&writer, message->lease);
  aq_wire_put_u64 (&writer, message->run_nsec);
  aq_wire_put_u64 (&writer, message->snooze_usec);
  aq_wire_put_u32 (&writer, message->failed);
  aq_wire_put_u32 (&writer, message->snoozed);
  aq_wire_put_u32 (&writer, message->returned);
  aq_wire_put_u32 (&writer, message->object.type != NULL);
  put_usage (&writer, &message->usage);
  aq_wire_put_text (&writer, message->result_type, type_length);
  aq_wire_put_value (&writer, message->result, message->result_size);
  aq_wire_put_value (&writer, message->puts, message->puts_size);
  if (message->object.type != NULL)
    aq_wire_put_typed (&writer, &message->object);
  aq_wire_end (&writer);
}

void
aq_wire_append_returned (AqWireBuffer  *buffer,
                         const guint64 *leases,
                         guint          n_leases)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_RETURNED, 4 + 8 * (gsize) n_leases);

  aq_wire_put_u32 (&writer, n_leases);
  for (guint i = 0; i < n_leases; i++)
    aq_wire_put_u64 (&writer, leases[i]);
  aq_wire_end (&writer);
}

/* the frame at @data, of which @used bytes are there */
static gboolean
look_at_frame (const guint8  *data,
               gsize          used,
               AqWireFrame   *out_frame,
               GError       **error)
{
  guint32 size;

  if (used < AQ_WIRE_HEADER_BYTES)
    return FALSE;
  size = aq_wire_peek_u32 (data);
  if (size < AQ_WIRE_HEADER_BYTES || size % 8 != 0 || size > AQ_WIRE_MAX_FRAME_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "a frame of %u bytes, wanted a multiple of 8, up to %u",
                   size, AQ_WIRE_MAX_FRAME_BYTES);
      return FALSE;
    }
  if (used < size)
    return FALSE;

  out_frame->kind = (AqWireKind) aq_wire_peek_u32 (data + 4);
  out_frame->data = data + AQ_WIRE_HEADER_BYTES;
  out_frame->size = size - AQ_WIRE_HEADER_BYTES;
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

  aq_wire_buffer_consume (buffer, AQ_WIRE_HEADER_BYTES + out_frame->size);
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
      gsize size = AQ_WIRE_HEADER_BYTES + frame.size;

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
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->version = aq_wire_get_u32 (&reader);
  out_message->agent = aq_wire_get_text (&reader);
  return aq_wire_close_frame (&reader, "SETTINGS", error);
}

gboolean
aq_wire_parse_load (const AqWireFrame  *frame,
                    AqWireLoad         *out_message,
                    GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->generation = aq_wire_get_u32 (&reader);
  out_message->plugin = aq_wire_get_text (&reader);
  out_message->settings = aq_wire_get_value (&reader, &out_message->settings_size);
  return aq_wire_close_frame (&reader, "LOAD", error);
}

gboolean
aq_wire_parse_run (const AqWireFrame  *frame,
                   AqWireRun          *out_message,
                   GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);
  guint32 extras;

  out_message->id = aq_wire_get_u64 (&reader);
  out_message->lease = aq_wire_get_u64 (&reader);
  out_message->parent = aq_wire_get_u64 (&reader);
  out_message->attempt = aq_wire_get_u32 (&reader);
  extras = aq_wire_get_u32 (&reader);
  out_message->function = aq_wire_get_text (&reader);
  out_message->queue = aq_wire_get_text (&reader);
  out_message->arguments_type = aq_wire_get_text (&reader);
  out_message->arguments = aq_wire_get_value (&reader, &out_message->arguments_size);
  out_message->checkpoint = (extras & RUN_HAS_CHECKPOINT) != 0 ? aq_wire_get_typed (&reader) : (AqWireValue) { NULL };
  out_message->object = (extras & RUN_HAS_OBJECT) != 0 ? aq_wire_get_typed (&reader) : (AqWireValue) { NULL };
  return aq_wire_close_frame (&reader, "RUN", error);
}

gboolean
aq_wire_parse_cancel (const AqWireFrame  *frame,
                      guint64            *out_lease,
                      GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  *out_lease = aq_wire_get_u64 (&reader);
  return aq_wire_close_frame (&reader, "CANCEL", error);
}

gboolean
aq_wire_parse_begun (const AqWireFrame  *frame,
                     guint64            *out_lease,
                     GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  *out_lease = aq_wire_get_u64 (&reader);
  return aq_wire_close_frame (&reader, "BEGUN", error);
}

gboolean
aq_wire_parse_free (const AqWireFrame  *frame,
                    GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  return aq_wire_close_frame (&reader, "FREE", error);
}

gboolean
aq_wire_parse_unfit (const AqWireFrame  *frame,
                     GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  return aq_wire_close_frame (&reader, "UNFIT", error);
}

gboolean
aq_wire_parse_ready (const AqWireFrame  *frame,
                     GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);
  guint32 version = aq_wire_get_u32 (&reader);

  if (!aq_wire_close_frame (&reader, "READY", error))
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
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->generation = aq_wire_get_u32 (&reader);
  out_message->plugin = aq_wire_get_text (&reader);
  out_message->message = aq_wire_get_text (&reader);
  return aq_wire_close_frame (&reader, "LOADED or REFUSED", error);
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
       message->result_size > 0 || message->puts_size > 0 || message->object.type != NULL))
    return "it snoozes and brings something as well";
  if (message->failed && message->object.type != NULL)
    return "it failed and sets its object";
  return NULL;
}

static void
get_usage (AqWireReader *reader,
           AqWireUsage  *out_usage)
{
  out_usage->user_usec = aq_wire_get_u64 (reader);
  out_usage->system_usec = aq_wire_get_u64 (reader);
  out_usage->peak_bytes = aq_wire_get_u64 (reader);
  out_usage->read_bytes = aq_wire_get_u64 (reader);
  out_usage->written_bytes = aq_wire_get_u64 (reader);
}

gboolean
aq_wire_parse_done (const AqWireFrame  *frame,
                    AqWireDone         *out_message,
                    GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);
  guint32 has_object;

  out_message->lease = aq_wire_get_u64 (&reader);
  out_message->run_nsec = aq_wire_get_u64 (&reader);
  out_message->snooze_usec = aq_wire_get_u64 (&reader);
  out_message->failed = aq_wire_get_u32 (&reader);
  out_message->snoozed = aq_wire_get_u32 (&reader);
  out_message->returned = aq_wire_get_u32 (&reader);
  has_object = aq_wire_get_u32 (&reader);
  get_usage (&reader, &out_message->usage);
  out_message->result_type = aq_wire_get_text (&reader);
  out_message->result = aq_wire_get_value (&reader, &out_message->result_size);
  out_message->puts = aq_wire_get_value (&reader, &out_message->puts_size);
  out_message->object = has_object != 0 ? aq_wire_get_typed (&reader) : (AqWireValue) { NULL };
  if (reader.failed == NULL)
    reader.failed = what_cannot_be (out_message);
  return aq_wire_close_frame (&reader, "DONE", error);
}

/* @leases: of guint64; what was in it is dropped */
gboolean
aq_wire_parse_returned (const AqWireFrame  *frame,
                        GArray             *leases,
                        GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);
  guint32 n_leases = aq_wire_get_u32 (&reader);

  g_array_set_size (leases, 0);
  for (guint32 i = 0; i < n_leases && reader.failed == NULL; i++)
    {
      guint64 lease = aq_wire_get_u64 (&reader);

      g_array_append_val (leases, lease);
    }
  return aq_wire_close_frame (&reader, "RETURNED", error);
}
