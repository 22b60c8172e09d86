/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One method call
 *
 * Answers are made here and not by g_dbus_method_invocation_return_value(),
 * because they are counted, and carry our name as sender from the start (a
 * filter that added it would have GDBus build the message twice).
 */

#include "config.h"

#include "bus/aq-bus-call.h"

#include "bus/aq-bus-error.h"
#include "bus/aq-bus-label.h"

#include <string.h>

#define MAX_ERROR_BYTES 4096

/* an answer that must not be seen before what it shows is flushed */
typedef struct
{
  AqBusCall *call; /* owned */
  GVariant  *body; /* owned */
} HeldReply;

/**
 * aq_bus_call_new:
 * @peer: who calls
 * @invocation: (transfer full): the call
 *
 * Returns: (transfer full): the call, to be answered
 *
 * Since: 0.1
 */
AqBusCall *
aq_bus_call_new (AqBusPeer             *peer,
                 GDBusMethodInvocation *invocation)
{
  AqBusCall *self = g_new (AqBusCall, 1);

  self->peer = aq_bus_peer_ref (peer);
  self->invocation = invocation;
  return self;
}

/* what a handler is called for is there: its peer is not closed */
const AqBusHost *
aq_bus_call_get_host (AqBusCall *self)
{
  return aq_bus_peer_get_host (self->peer);
}

AqEngine *
aq_bus_call_get_engine (AqBusCall *self)
{
  return aq_bus_call_get_host (self)->engine;
}

/**
 * aq_bus_call_drop:
 * @self: (transfer full): a call
 *
 * Ends a call without an answer, because nobody is there to read it.
 *
 * Since: 0.1
 */
void
aq_bus_call_drop (AqBusCall *self)
{
  aq_bus_peer_unref (self->peer);
  g_object_unref (self->invocation);
  g_free (self);
}

/**
 * aq_bus_call_dup_name:
 * @self: a call of an object of a subtree whose labels are names
 *
 * Returns: (transfer full): the name of what was called; the subtree only lets
 *   through paths that have one
 *
 * Since: 0.1
 */
char *
aq_bus_call_dup_name (AqBusCall *self)
{
  const char *path = g_dbus_method_invocation_get_object_path (self->invocation);

  return aq_bus_label_unescape (strrchr (path, '/') + 1);
}

/**
 * aq_bus_call_wants_reply:
 * @self: a call
 *
 * Returns: whether the caller has not said that it wants no answer
 *
 * Since: 0.1
 */
gboolean
aq_bus_call_wants_reply (AqBusCall *self)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (self->invocation);

  return (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0;
}

/**
 * aq_bus_call_reply:
 * @self: (transfer full): a call
 * @body: (nullable) (transfer floating): a tuple of the method's out arguments;
 *   %NULL where it has none
 *
 * Answers a call.
 *
 * Since: 0.1
 */
void
aq_bus_call_reply (AqBusCall *self,
                   GVariant  *body)
{
  g_autoptr(GVariant) owned = body != NULL ? g_variant_ref_sink (body) : NULL;

  if (aq_bus_call_wants_reply (self))
    {
      GDBusMessage *message = g_dbus_method_invocation_get_message (self->invocation);
      g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_reply (message);

      if (owned != NULL)
        g_dbus_message_set_body (reply, owned);
      aq_bus_peer_send_reply (self->peer, message, reply);
    }
  aq_bus_call_drop (self);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  HeldReply *held = user_data;

  if (error != NULL)
    aq_bus_call_fail (held->call, error);
  else
    aq_bus_call_reply (held->call, held->body);
  g_variant_unref (held->body);
  g_free (held);
}

/**
 * aq_bus_call_reply_flushed:
 * @self: (transfer full): a call
 * @body: (transfer floating): a tuple of the method's out arguments
 *
 * Answers a call as soon as all that @body may show is flushed.
 *
 * Since: 0.1
 */
void
aq_bus_call_reply_flushed (AqBusCall *self,
                           GVariant  *body)
{
  AqEngine *engine = aq_bus_call_get_engine (self);
  HeldReply *held = g_new (HeldReply, 1);

  held->call = self;
  held->body = g_variant_ref_sink (body);
  aq_engine_when_flushed (engine, on_flushed, held);
}

/**
 * aq_bus_call_fail:
 * @self: (transfer full): a call
 * @error: why
 *
 * Answers a call with an error under its stable name. The message may quote what
 * the caller has given: it is cut where it is long, and made UTF-8 where a cut
 * went through a letter.
 *
 * Since: 0.1
 */
void
aq_bus_call_fail (AqBusCall    *self,
                  const GError *error)
{
  if (aq_bus_call_wants_reply (self))
    {
      GDBusMessage *message = g_dbus_method_invocation_get_message (self->invocation);
      g_autofree char *name = aq_bus_error_dup_name (error);
      g_autofree char *whole = aq_bus_error_dup_text (error);
      g_autofree char *text = g_utf8_make_valid (whole, MIN (strlen (whole), MAX_ERROR_BYTES));
      g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_error_literal (message, name, text);

      aq_bus_peer_send_reply (self->peer, message, reply);
    }
  aq_bus_call_drop (self);
}

void
aq_bus_call_done (const GError *error,
                  gpointer      call)
{
  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, NULL);
}

void
aq_bus_call_job_done (guint64       id,
                      const GError *error,
                      gpointer      call)
{
  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, g_variant_new ("(t)", id));
}

void
aq_bus_call_read (GVariant     *value,
                  const GError *error,
                  gpointer      call)
{
  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, g_variant_new_tuple (&value, 1));
}
