/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The frames for what a worker is to do to itself before it loads a plugin
 */

#include "config.h"

#include "work/worker/aq-wire-fields.h"

/* @confinement: an a{sv} */
void
aq_wire_append_confine (AqWireBuffer      *buffer,
                        const AqWireValue *confinement)
{
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_CONFINE, aq_wire_typed_size (confinement));

  aq_wire_put_typed (&writer, confinement);
  aq_wire_end (&writer);
}

void
aq_wire_append_confined (AqWireBuffer         *buffer,
                         const AqWireConfined *message)
{
  gsize message_length = strlen (message->message);
  gsize levels_length = strlen (message->levels);
  AqWireWriter writer = aq_wire_begin (buffer, AQ_WIRE_CONFINED, 4 + 10 + message_length + levels_length);

  aq_wire_put_u32 (&writer, message->failed);
  aq_wire_put_text (&writer, message->message, message_length);
  aq_wire_put_text (&writer, message->levels, levels_length);
  aq_wire_end (&writer);
}

gboolean
aq_wire_parse_confine (const AqWireFrame  *frame,
                       AqWireValue        *out_confinement,
                       GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  *out_confinement = aq_wire_get_typed (&reader);
  if (reader.failed == NULL &&
      (g_strcmp0 (out_confinement->type, "a{sv}") != 0 || !aq_wire_value_is_normal (out_confinement)))
    reader.failed = "its value is no sandbox";
  return aq_wire_close_frame (&reader, "CONFINE", error);
}

/* words of printable ASCII, with a blank between two */
static gboolean
levels_are_valid (const char *levels)
{
  for (const char *at = levels; *at != '\0'; at++)
    if (!g_ascii_isgraph (*at) && *at != ' ')
      return FALSE;
  return strlen (levels) <= AQ_WIRE_MAX_LEVELS_BYTES;
}

gboolean
aq_wire_parse_confined (const AqWireFrame  *frame,
                        AqWireConfined     *out_message,
                        GError            **error)
{
  AqWireReader reader = aq_wire_open_frame (frame);

  out_message->failed = aq_wire_get_u32 (&reader);
  out_message->message = aq_wire_get_text (&reader);
  out_message->levels = aq_wire_get_text (&reader);
  if (reader.failed == NULL &&
      (out_message->failed > 1 || !g_utf8_validate (out_message->message, -1, NULL) ||
       strlen (out_message->message) > AQ_WIRE_MAX_LEVELS_BYTES || !levels_are_valid (out_message->levels)))
    reader.failed = "it tells of a sandbox that cannot be";
  return aq_wire_close_frame (&reader, "CONFINED", error);
}
