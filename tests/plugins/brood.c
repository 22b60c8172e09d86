/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that start processes and leave them behind
 */

#include <asyncq-plugin.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* tells its pid, and stays for ever */
G_NORETURN
static void
live (int fd)
{
  pid_t pid = getpid ();

  (void) signal (SIGTERM, SIG_IGN);
  (void) signal (SIGHUP, SIG_IGN);
  if (write (fd, &pid, sizeof pid) != sizeof pid)
    _exit (1);
  (void) close (fd);
  while (TRUE)
    (void) pause ();
}

/* @orphan: in a session of its own, and its parent is gone */
static void
start (gboolean orphan,
       int      fd)
{
  if (fork () != 0)
    return;
  if (!orphan)
    live (fd);
  (void) setsid (); /* it leads no group */
  if (fork () == 0)
    live (fd);
  _exit (0);
}

/* Returns: (transfer floating): au: the pids of n processes */
static GVariant *
start_many (guint32  n,
            gboolean orphan)
{
  g_autofree pid_t *pids = g_new0 (pid_t, n);
  int ends[2];

  if (pipe (ends) < 0)
    return NULL; /* then the test fails */
  for (guint32 i = 0; i < n; i++)
    start (orphan, ends[1]);
  for (guint32 i = 0; i < n; i++)
    if (read (ends[0], &pids[i], sizeof pids[i]) != sizeof pids[i])
      return NULL;
  (void) close (ends[0]);
  (void) close (ends[1]);
  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids, n, sizeof (guint32));
}

/* (n, orphan): their pids */
ASYNCQ_EXPORT GVariant *
brood_leave (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  gboolean orphan;
  guint32 n;

  g_variant_get (arguments, "(ub)", &n, &orphan);
  return start_many (n, orphan);
}

/* (n, orphan, path, end): writes their pids into a file; then "stay", "crash" or "stop" itself */
ASYNCQ_EXPORT GVariant *
brood_keep (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  g_autoptr(GVariant) pids = NULL;
  g_autofree char *text = NULL;
  const char *path, *end;
  gboolean orphan;
  guint32 n;

  g_variant_get (arguments, "(ub&s&s)", &n, &orphan, &path, &end);
  pids = g_variant_ref_sink (start_many (n, orphan));
  text = g_variant_print (pids, FALSE);
  if (!g_file_set_contents (path, text, -1, error))
    return NULL;
  if (strcmp (end, "crash") == 0)
    (void) raise (SIGKILL);
  if (strcmp (end, "stop") == 0)
    (void) raise (SIGSTOP);
  if (strcmp (end, "deaf") == 0)
    (void) signal (SIGHUP, SIG_IGN);
  while (TRUE)
    (void) pause (); /* only ever returns to be called again */
}

static const AsyncqFunction functions[] = {
  { "leave", "n u = 1, orphan b = false", "au", "Starts processes and returns" },
  { "keep", "n u, orphan b, path s, end s = 'stay'", "()", "Starts processes and does not return" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "brood",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
