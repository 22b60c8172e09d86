/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What goes to one worker
 *
 * Frames are written straight into one buffer, whose bytes have positions in the
 * stream. They leave when their position is allowed and the socket takes them, and
 * nothing here waits for that. A plugin's file goes with the first byte of the frame
 * that tells of it.
 */

#include "config.h"

#include "work/aq-outgoing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

typedef struct
{
  guint64   position;
  AqPlugin *plugin; /* owned */
} Attachment;

static void
attachment_clear (gpointer data)
{
  Attachment *self = data;

  aq_plugin_unref (self->plugin);
}

/* @self is zero-initialised */
void
aq_outgoing_init (AqOutgoing *self)
{
  self->attachments = g_array_new (FALSE, FALSE, sizeof (Attachment));
  g_array_set_clear_func (self->attachments, attachment_clear);
}

void
aq_outgoing_clear (AqOutgoing *self)
{
  aq_wire_buffer_clear (&self->buffer);
  aq_wire_buffer_clear (&self->asides);
  g_array_unref (self->attachments);
}

/* the file of @plugin goes with the next frame */
void
aq_outgoing_attach (AqOutgoing *self,
                    AqPlugin   *plugin)
{
  Attachment attachment = { aq_outgoing_get_position (self), aq_plugin_ref (plugin) };

  g_array_append_val (self->attachments, attachment);
}

/* The stream is in order: nothing overtakes jobs that wait to be allowed. */
static void
append_asides (AqOutgoing *self)
{
  gsize size = self->asides.end - self->asides.start;

  if (size == 0 || self->allowed != aq_outgoing_get_position (self))
    return;
  memcpy (aq_wire_buffer_reserve (&self->buffer, size), self->asides.data + self->asides.start, size);
  self->buffer.end += size;
  aq_wire_buffer_consume (&self->asides, size);
  self->allowed = aq_outgoing_get_position (self);
}

/* what was written before @position may leave */
void
aq_outgoing_allow (AqOutgoing *self,
                   guint64     position)
{
  self->allowed = MAX (self->allowed, position);
}

/* Sends @size bytes, with the descriptor that belongs to the first of them. */
static gssize
send_bytes (AqOutgoing *self,
            int         fd,
            gsize       size,
            int         attached_fd)
{
  struct iovec data = { self->buffer.data + self->buffer.start, size };
  union
  {
    struct cmsghdr align;
    guint8         bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
  gssize n_sent;

  if (attached_fd >= 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      CMSG_FIRSTHDR (&message)->cmsg_level = SOL_SOCKET;
      CMSG_FIRSTHDR (&message)->cmsg_type = SCM_RIGHTS;
      CMSG_FIRSTHDR (&message)->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (CMSG_FIRSTHDR (&message)), &attached_fd, sizeof attached_fd);
    }
  do
    n_sent = sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n_sent < 0 && errno == EINTR);
  return n_sent;
}

/* Sends one stretch: up to where the next descriptor is attached. */
static gssize
send_stretch (AqOutgoing *self,
              int         fd)
{
  guint64 end = MIN (self->allowed, aq_outgoing_get_position (self));
  int attached_fd = -1;
  gssize n_sent;

  if (self->attachments->len > 0)
    {
      Attachment *first = &g_array_index (self->attachments, Attachment, 0);

      if (first->position > self->sent)
        end = MIN (end, first->position);
      else
        {
          attached_fd = first->plugin->fd;
          if (self->attachments->len > 1)
            end = MIN (end, g_array_index (self->attachments, Attachment, 1).position);
        }
    }
  n_sent = send_bytes (self, fd, (gsize) (end - self->sent), attached_fd);
  if (n_sent > 0 && attached_fd >= 0)
    g_array_remove_index (self->attachments, 0);
  return n_sent;
}

/**
 * aq_outgoing_flush:
 * @self: what goes to a worker
 * @fd: the socket
 *
 * Sends what is allowed, as far as the socket takes it.
 *
 * Returns: whether the socket has to be waited for
 */
gboolean
aq_outgoing_flush (AqOutgoing *self,
                   int         fd)
{
  append_asides (self);
  while (self->sent < self->allowed)
    {
      gssize n_sent = send_stretch (self, fd);

      if (n_sent < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK; /* else the worker is gone: its end tells */
      aq_wire_buffer_consume (&self->buffer, (gsize) n_sent);
      self->sent += (guint64) n_sent;
    }
  return FALSE;
}

/**
 * aq_outgoing_take_back:
 * @self: what goes to a worker
 * @loaded: id → anything: what the worker has, or will have, loaded; plugins whose
 *   file does not leave now are removed
 *
 * Drops what may not leave and never will.
 */
void
aq_outgoing_take_back (AqOutgoing *self,
                       GHashTable *loaded)
{
  self->n_drops++;
  self->buffer.end = self->buffer.start + (gsize) (self->allowed - self->sent);
  while (self->attachments->len > 0)
    {
      guint last = self->attachments->len - 1;
      Attachment *attachment = &g_array_index (self->attachments, Attachment, last);

      if (attachment->position < self->allowed)
        break;
      g_hash_table_remove (loaded, attachment->plugin->id);
      g_array_remove_index (self->attachments, last);
    }
}
