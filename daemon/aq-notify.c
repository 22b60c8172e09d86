/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Notices to those who started us
 *
 * The service manager's protocol is one datagram to the socket in
 * $NOTIFY_SOCKET, see sd_notify(3); scripts and tests get a line on a file
 * descriptor instead.
 */

#include "config.h"

#include "aq-notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/**
 * aq_notify_service_manager:
 * @state: assignments as in sd_notify(3), such as `READY=1`
 *
 * Tells the service manager, if there is one.
 *
 * Since: 0.1
 */
void
aq_notify_service_manager (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize length = path != NULL ? strlen (path) : 0;
  int fd;

  if (length < 2 || length >= sizeof address.sun_path)
    return;
  memcpy (address.sun_path, path, length);
  /* an abstract socket: its name starts with a zero byte, and has no other end than its length */
  if (path[0] == '@')
    address.sun_path[0] = '\0';

  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 ||
      sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *) &address,
              offsetof (struct sockaddr_un, sun_path) + length) < 0)
    g_warning ("could not notify the service manager: %s", g_strerror (errno));
  if (fd >= 0)
    (void) close (fd);
}

/**
 * aq_notify_ready_fd:
 * @fd: (transfer full): a file descriptor, or -1 for none
 *
 * Writes the line `READY` and closes @fd.
 *
 * Since: 0.1
 */
void
aq_notify_ready_fd (int fd)
{
  static const char line[] = "READY\n";

  if (fd < 0)
    return;
  if (write (fd, line, strlen (line)) < 0)
    g_warning ("could not write to the descriptor of --ready-fd: %s", g_strerror (errno));
  (void) close (fd);
}
