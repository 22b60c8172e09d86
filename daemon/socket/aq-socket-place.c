/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A place for a Unix socket
 *
 * Two daemons that start at one path meet at a lock on its folder: between the
 * look for a living daemon and the bind there is nobody else.
 */

#include "config.h"

#include "socket/aq-socket-place.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FOLDER_MODE_SYSTEM 0750
#define FOLDER_MODE_USER 0700

G_STATIC_ASSERT (AQ_SOCKET_PLACE_MAX_PATH == sizeof ((struct sockaddr_un *) NULL)->sun_path - 1);

static gboolean
check_path (const char  *path,
            const char  *who,
            GError     **error)
{
  gsize length = strlen (path);

  if (length > AQ_SOCKET_PLACE_MAX_PATH)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s cannot listen at '%s': the path has %" G_GSIZE_FORMAT
                   " bytes, at most %d are possible: choose a shorter one",
                   who, path, length, AQ_SOCKET_PLACE_MAX_PATH);
      return FALSE;
    }
  if (!g_path_is_absolute (path))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s cannot listen at '%s': the path is not absolute",
                   who, path);
      return FALSE;
    }
  return TRUE;
}

/* a locked descriptor of the folder; -1 with @error set */
static int
lock_folder (const char  *path,
             const char  *who,
             GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = -1;

  if (g_mkdir_with_parents (folder, geteuid () == 0 ? FOLDER_MODE_SYSTEM : FOLDER_MODE_USER) == 0)
    fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && flock (fd, LOCK_EX) == 0)
    return fd;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "%s could not use folder '%s' for its socket: %s", who,
               folder, g_strerror (errno));
  if (fd >= 0)
    (void) close (fd);
  return -1;
}

/* 0 if somebody listens, else an errno */
static int
try_connect (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int status = 0;

  if (fd < 0)
    return errno;
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    status = errno;
  (void) close (fd);
  return status;
}

/* removes a socket that a dead daemon has left; anything else that is there is an error */
static gboolean
clear_path (const char  *path,
            const char  *who,
            GError     **error)
{
  struct stat status;
  int reason;

  if (lstat (path, &status) != 0)
    return TRUE;
  if (!S_ISSOCK (status.st_mode))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s cannot listen at '%s': there is a file that is no socket", who, path);
      return FALSE;
    }
  reason = try_connect (path);
  /* a full backlog (EAGAIN) is a living daemon, too */
  if (reason == 0 || reason == EAGAIN)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY,
                   "%s cannot listen at '%s': the address is in use by another daemon, stop it or choose another "
                   "path", who, path);
      return FALSE;
    }
  if (reason == ECONNREFUSED && g_unlink (path) == 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
               "%s could not replace the socket '%s' of an earlier daemon: %s", who, path,
               g_strerror (reason != ECONNREFUSED ? reason : errno));
  return FALSE;
}

/**
 * aq_socket_place_take:
 * @path: where a socket is to be; its folder is made if there is none
 * @who: who wants to listen there, begins every message: "the bus"
 * @error: return location for an error
 *
 * Keeps other daemons from @path, and removes a socket that a dead one has left.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG` if the path cannot be used, `ASYNCQ_ERROR_BUSY`
 * if another daemon listens there, else `ASYNCQ_ERROR_FAILED`.
 *
 * Source: reliability S1 and S2.
 *
 * Returns: a descriptor, to be closed when the socket is bound or given up; -1
 *   with @error set
 *
 * Since: 0.1
 */
int
aq_socket_place_take (const char  *path,
                      const char  *who,
                      GError     **error)
{
  int lock;

  if (!check_path (path, who, error))
    return -1;
  lock = lock_folder (path, who, error);
  if (lock < 0)
    return -1;
  if (clear_path (path, who, error))
    return lock;
  (void) close (lock);
  return -1;
}
