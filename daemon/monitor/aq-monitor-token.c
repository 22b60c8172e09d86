/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The token
 *
 * 256 bits from the kernel, as hexadecimal digits and a newline, in a file that
 * only its owner can read. Whoever can read the file may look at the monitor.
 */

#include "config.h"

#include "monitor/aq-monitor-guard.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * aq_monitor_token_new:
 *
 * Returns: (transfer full): 256 random bits in hexadecimal
 *
 * Since: 0.1
 */
char *
aq_monitor_token_new (void)
{
  guint8 bytes[AQ_MONITOR_TOKEN_BYTES];
  GString *token = g_string_sized_new (AQ_MONITOR_TOKEN_LENGTH);
  gssize n;

  do
    n = getrandom (bytes, sizeof bytes, 0);
  while (n < 0 && errno == EINTR);
  /* up to 256 bytes come whole, once the kernel is up */
  g_assert (n == sizeof bytes);
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (token, "%02x", bytes[i]);
  return g_string_free (token, FALSE);
}

static char *
fail (GError     **error,
      const char  *path,
      const char  *what)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "the monitor's token file '%s' %s", path, what);
  return NULL;
}

static char *
read_token (int          fd,
            const char  *path,
            GError     **error)
{
  char text[AQ_MONITOR_TOKEN_LENGTH + 2];
  struct stat status;
  gssize n;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    return fail (error, path, "is not a regular file");
  if ((status.st_uid != geteuid () && status.st_uid != 0) || (status.st_mode & 077) != 0)
    return fail (error, path, "can be read by others: it has to be ours, with mode 0600");
  n = read (fd, text, sizeof text);
  if (n == AQ_MONITOR_TOKEN_LENGTH + 1 && text[n - 1] == '\n')
    n--;
  if (n != AQ_MONITOR_TOKEN_LENGTH)
    return fail (error, path, "has no token of 64 hexadecimal digits: remove it, and a new one is made");
  text[n] = '\0';
  if (strspn (text, "0123456789abcdef") != AQ_MONITOR_TOKEN_LENGTH)
    return fail (error, path, "has no token of 64 hexadecimal digits: remove it, and a new one is made");
  return g_strdup (text);
}

static gboolean
write_token (int         fd,
             const char *token)
{
  g_autofree char *line = g_strconcat (token, "\n", NULL);

  return write (fd, line, strlen (line)) == (gssize) strlen (line) && fsync (fd) == 0;
}

/**
 * aq_monitor_token_load:
 * @path: of the file
 * @error: return location for an error
 *
 * Reads the token, or makes the file with a new one where there is none.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`; the message names the file.
 *
 * Returns: (transfer full): the token, or %NULL with @error set
 *
 * Since: 0.1
 */
char *
aq_monitor_token_load (const char  *path,
                       GError     **error)
{
  g_autofree char *token = NULL;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

  if (fd >= 0)
    {
      token = read_token (fd, path, error);
      (void) close (fd);
      return g_steal_pointer (&token);
    }
  if (errno == ENOENT)
    fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      g_autofree char *what = g_strdup_printf ("could not be opened: %s", g_strerror (errno));

      return fail (error, path, what);
    }
  token = aq_monitor_token_new ();
  if (!write_token (fd, token))
    {
      g_autofree char *what = g_strdup_printf ("could not be written: %s", g_strerror (errno));

      /* half a token must not stay */
      (void) unlink (path);
      (void) close (fd);
      return fail (error, path, what);
    }
  (void) close (fd);
  return g_steal_pointer (&token);
}
