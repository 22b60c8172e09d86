/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The private socket
 *
 * Who may talk to us is settled three times: by the modes of the folder and of
 * the socket, by EXTERNAL being the only way to authenticate, and by the user
 * that the kernel names for the other end (never by what the peer says).
 */

#define _GNU_SOURCE /* getdtablesize() */

#include "config.h"

#include "bus/aq-bus-socket.h"

#include "libasyncq/asyncq-error.h"
#include "socket/aq-socket-place.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static gboolean
on_allow_mechanism (GDBusAuthObserver *observer,
                    const char        *mechanism,
                    gpointer           user_data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

/* in a thread of GDBus's: uses nothing of ours */
static gboolean
on_authorize_peer (GDBusAuthObserver *observer,
                   GIOStream         *stream,
                   GCredentials      *credentials,
                   gpointer           user_data)
{
  g_autoptr(GCredentials) kernel = NULL;
  uid_t uid;

  if (!G_IS_SOCKET_CONNECTION (stream) || credentials == NULL)
    return FALSE;
  kernel = g_socket_get_credentials (
    g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), NULL);
  if (kernel == NULL)
    return FALSE;
  uid = g_credentials_get_unix_user (kernel, NULL);
  return (uid == geteuid () || uid == 0) && g_credentials_get_unix_user (credentials, NULL) == uid;
}

static gboolean
listens_at (int         fd,
            const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNSPEC };
  socklen_t length = sizeof address;
  int listens = 0;
  socklen_t size = sizeof listens;

  return getsockname (fd, (struct sockaddr *) &address, &length) == 0 && address.sun_family == AF_UNIX &&
         strncmp (address.sun_path, path, sizeof address.sun_path) == 0 &&
         getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

/*
 * GIO lets ten clients wait to be accepted, and the eleventh of those that come at
 * one moment fails with EAGAIN. It has no setting for that, nor does it show the
 * descriptor.
 */
static void
raise_backlog (const char *path)
{
  int n_descriptors = getdtablesize ();

  for (int fd = 0; fd < n_descriptors; fd++)
    if (listens_at (fd, path))
      {
        (void) listen (fd, SOMAXCONN); /* where it fails, ten are what there is */
        return;
      }
}

static GDBusServer *
bind_path (const char  *path,
           GError     **error)
{
  g_autofree char *escaped = g_dbus_address_escape_value (path);
  g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr(GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autoptr(GDBusServer) server = NULL;
  mode_t old_mask;

  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (on_allow_mechanism), NULL);
  g_signal_connect (observer, "authorize-authenticated-peer", G_CALLBACK (on_authorize_peer), NULL);

  /* so that there is no moment at which others could connect */
  old_mask = umask (0777 & ~AQ_SOCKET_PLACE_MODE);
  server = g_dbus_server_new_sync (address, G_DBUS_SERVER_FLAGS_NONE, guid, observer, NULL, error);
  (void) umask (old_mask);
  if (server == NULL)
    {
      g_prefix_error (error, "could not listen at '%s': ", path);
      return NULL;
    }
  if (chmod (path, AQ_SOCKET_PLACE_MODE) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
                   "could not set the mode of socket '%s': %s", path, g_strerror (errno));
      (void) g_unlink (path); /* what is left is of no use to anybody */
      return NULL;
    }
  raise_backlog (path);
  return g_steal_pointer (&server);
}

/**
 * aq_bus_socket_listen:
 * @path: where
 * @error: return location for an error
 *
 * Makes a server at a socket that the daemon's own user and root can use, and
 * its folder where there is none. A socket of a daemon that died is replaced.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG` if the path cannot be used, `ASYNCQ_ERROR_BUSY`
 * if another daemon listens there, else `ASYNCQ_ERROR_FAILED` or GIO's.
 *
 * Source: reliability S1 and S2.
 *
 * Returns: (transfer full): a server, to be started before it is stopped, or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GDBusServer *
aq_bus_socket_listen (const char  *path,
                      GError     **error)
{
  GDBusServer *server;
  int lock = aq_socket_place_take (path, "the bus", error);

  if (lock < 0)
    return NULL;
  server = bind_path (path, error);
  (void) close (lock);
  return server;
}
