/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The frames for what a running job asks the daemon for, and its answers
 */

#include "config.h"

#include "work/worker/aq-wire-fields.h"

void
aq_wire_append_ask (AqWireBuffer    *buffer,
                    const AqWireAsk *message)
{
  gsize name_length = strlen (message->name);
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_ASK,
                                       44 + 5 + name_length + aq_wire_typed_size (&message->value));

  aq_wire_put_u64 (&writer, message->lease);
  aq_wire_put_u64 (&writer, message->number);
  aq_wire_put_u64 (&writer, message->job);
  aq_wire_put_u64 (&writer, message->timeout_usec);
  aq_wire_put_u64 (&writer, message->poll_usec);
  aq_wire_put_u32 (&writer, message->question);
  aq_wire_put_text (&writer, message->name, name_length);
  aq_wire_put_typed (&writer, &message->value);
  aq_wire_end (&writer);
}

void
aq_wire_append_answer (AqWireBuffer       *buffer,
                       const AqWireAnswer *message)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_ANSWER, 20 + aq_wire_typed_size (&message->value));

  aq_wire_put_u64 (&writer, message->lease);
  aq_wire_put_u64 (&writer, message->number);
  aq_wire_put_u32 (&writer, message->failed);
  aq_wire_put_typed (&writer, &message->value);
  aq_wire_end (&writer);
}

/* whether it is a line for the log of the job */
static gboolean
is_line (const AqWireAsk *message)
{
  guint32 level;

  if (message->number != 0 || g_strcmp0 (message->value.type, "u") != 0 || message->value.size != sizeof level ||
      strlen (message->name) > AQ_WIRE_MAX_LINE_BYTES)
    return FALSE;
  memcpy (&level, message->value.data, sizeof level);
  return level <= AQ_WIRE_MAX_LEVEL;
}

/* Returns: (nullable): what is wrong with a question whose fields are all there */
static const char *
what_cannot_be (const AqWireAsk *message)
{
  gboolean takes_value = message->question != AQ_WIRE_GET_ANNOTATION && message->question != AQ_WIRE_BEGIN_ONCE;

  if (message->question < AQ_WIRE_SET_ANNOTATION || message->question >= AQ_WIRE_N_QUESTIONS)
    return "there is no such question";
  if ((message->timeout_usec > AQ_WIRE_MAX_WAIT_USEC && message->timeout_usec != AQ_WIRE_FOR_EVER) ||
      message->poll_usec > AQ_WIRE_MAX_WAIT_USEC)
    return "it waits for too long";
  if (message->value.type != NULL && (!takes_value || !aq_wire_value_is_normal (&message->value)))
    return "its value is none, or not wanted";
  if (!g_utf8_validate (message->name, -1, NULL))
    return "its name is not in UTF-8";
  if (message->question == AQ_WIRE_LOG && !is_line (message))
    return "it is no line of a log";
  return NULL;
}

gboolean
aq_wire_parse_ask (const AqWireFrame  *frame,
                   AqWireAsk          *out_message,
                   GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->lease = aq_wire_get_u64 (&reader);
  out_message->number = aq_wire_get_u64 (&reader);
  out_message->job = aq_wire_get_u64 (&reader);
  out_message->timeout_usec = aq_wire_get_u64 (&reader);
  out_message->poll_usec = aq_wire_get_u64 (&reader);
  out_message->question = (AqWireQuestion) aq_wire_get_u32 (&reader);
  out_message->name = aq_wire_get_text (&reader);
  out_message->value = aq_wire_get_typed (&reader);
  if (reader.failed == NULL)
    reader.failed = what_cannot_be (out_message);
  return aq_wire_close_frame (&reader, "ASK", error);
}

gboolean
aq_wire_parse_answer (const AqWireFrame  *frame,
                      AqWireAnswer       *out_message,
                      GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->lease = aq_wire_get_u64 (&reader);
  out_message->number = aq_wire_get_u64 (&reader);
  out_message->failed = aq_wire_get_u32 (&reader);
  out_message->value = aq_wire_get_typed (&reader);
  return aq_wire_close_frame (&reader, "ANSWER", error);
}
