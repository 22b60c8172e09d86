/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A worker's end of the socket
 *
 * A worker without its daemon has nobody to run for: the end of the socket ends the
 * process, and so does any error on it, at once, whatever a function does meanwhile.
 * What it has started ends with it.
 */

#include "config.h"

#include "work/worker/aq-channel.h"

#include "work/worker/aq-parent.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BYTES (64 * 1024)
#define MAX_DESCRIPTORS 4

void
aq_channel_init (AqChannel *self,
                 int        fd)
{
  *self = (AqChannel) { .fd = fd };
  g_queue_init (&self->descriptors);
}

void
aq_channel_give_up (const char *reason)
{
  if (reason != NULL)
    {
      g_autofree char *line = g_strdup_printf ("asyncq-worker %d ends: %s\n", (int) getpid (), reason);

      /* nobody is left who could be told that this failed */
      if (write (STDERR_FILENO, line, strlen (line)) < 0)
        aq_parent_leave (AQ_WIRE_EXIT_CHANNEL);
    }
  aq_parent_leave (reason == NULL ? 0 : AQ_WIRE_EXIT_CHANNEL);
}

static void
keep_descriptors (AqChannel     *self,
                  struct msghdr *message)
{
  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL;
       header = CMSG_NXTHDR (message, header))
    {
      gsize n_fds;

      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        continue;
      n_fds = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < n_fds; i++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (header) + i * sizeof fd, sizeof fd);
          g_queue_push_tail (&self->descriptors, GINT_TO_POINTER (fd));
        }
    }
}

/* Returns: FALSE at the end of the socket */
static gboolean
receive (AqChannel *self,
         int        flags)
{
  gsize room = MAX (RECEIVE_BYTES, aq_wire_buffer_wanted (&self->in));
  struct iovec data = { aq_wire_buffer_reserve (&self->in, room), room };
  union
  {
    struct cmsghdr align;
    guint8         bytes[CMSG_SPACE (MAX_DESCRIPTORS * sizeof (int))];
  } control;
  struct msghdr message = {
    .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes,
  };
  gssize received;

  do
    received = recvmsg (self->fd, &message, flags | MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);

  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return TRUE;
  if (received == 0 || (received < 0 && errno == ECONNRESET))
    return FALSE;
  if (received < 0)
    aq_channel_give_up (g_strerror (errno));
  self->in.end += (gsize) received;
  keep_descriptors (self, &message);
  return TRUE;
}

/* waits for more. Returns: FALSE at the end of the socket */
gboolean
aq_channel_receive (AqChannel *self)
{
  return receive (self, 0);
}

/* takes what is there; likewise */
gboolean
aq_channel_receive_ready (AqChannel *self)
{
  return receive (self, MSG_DONTWAIT);
}

/* Returns: (transfer full): the oldest descriptor that has come, or -1 */
int
aq_channel_take_descriptor (AqChannel *self)
{
  if (g_queue_is_empty (&self->descriptors))
    return -1;
  return GPOINTER_TO_INT (g_queue_pop_head (&self->descriptors));
}

/* waits until the daemon has taken all of @out, and empties it */
void
aq_channel_send (AqChannel    *self,
                 AqWireBuffer *out)
{
  while (out->end > out->start)
    {
      gssize sent = send (self->fd, out->data + out->start, out->end - out->start, MSG_NOSIGNAL);

      if (sent < 0 && errno == EINTR)
        continue;
      if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
        aq_channel_give_up (NULL);
      if (sent < 0)
        aq_channel_give_up (g_strerror (errno));
      aq_wire_buffer_consume (out, (gsize) sent);
    }
}
