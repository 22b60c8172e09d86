/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What processes of ours leave behind
 *
 * A plugin may start processes, and these may take pains not to be found: fork
 * twice, and make sessions of their own. So the daemon is a subreaper: when a
 * worker dies, all that it had started become our children. Every child that
 * nobody here has started is killed and reaped, and so is what those had started,
 * until there is none left. A worker does the same for what a job leaves behind,
 * see worker/aq-leftovers.c; this is for those whose worker is gone.
 *
 * A child that we have not reaped keeps its pid, so a signal reaches nobody else.
 * Orphans come to the first thread; children of the other threads are left alone:
 * GLib starts processes there, to find a message bus for one.
 *
 * The children of a process are one list, so this is file-level state, used on
 * the main loop only. It takes turns of the loop while there are orphans, and
 * none else.
 */

#include "config.h"

#include "work/aq-orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* a fork bomb shall not keep the loop from its other work */
#define MAX_KILLED_AT_ONCE 512
#define MIN_PAUSE_MSEC 2
/* of one that cannot be killed, as it waits for a device or has become somebody else */
#define MAX_PAUSE_MSEC 1000

static struct
{
  gboolean    adopting;
  GHashTable *known;      /* pids that AqProcess has started and not reaped */
  GSource    *next_look;  /* while there are orphans */
  guint       pause_msec;
  gboolean    seen_none;  /* by the last look: the list may miss one while others end */
} orphans;

/**
 * aq_orphans_adopt:
 *
 * Makes this process the one that gets its descendants' orphans.
 *
 * Returns: whether the system does that
 *
 * Since: 0.1
 */
gboolean
aq_orphans_adopt (void)
{
  orphans.adopting = prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
  return orphans.adopting;
}

void
aq_orphans_add_known (int pid)
{
  if (orphans.known == NULL)
    orphans.known = g_hash_table_new (NULL, NULL);
  g_hash_table_add (orphans.known, GINT_TO_POINTER (pid));
}

/* it was reaped: what it had started is ours now */
void
aq_orphans_forget (int pid)
{
  g_hash_table_remove (orphans.known, GINT_TO_POINTER (pid));
  if (g_hash_table_size (orphans.known) == 0)
    g_clear_pointer (&orphans.known, g_hash_table_unref);
  aq_orphans_look ();
}

static gboolean
is_known (int pid)
{
  return orphans.known != NULL && g_hash_table_contains (orphans.known, GINT_TO_POINTER (pid));
}

/* Returns: the parent of a process, 0 where it is gone */
static int
parent_of (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *text = NULL;
  const char *name_end;
  int parent = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  name_end = strrchr (text, ')');
  if (name_end == NULL || sscanf (name_end + 1, " %*c %d", &parent) != 1)
    return 0;
  return parent;
}

/* where the kernel keeps no list of children */
static void
list_by_parent (GArray *pids)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      int pid = atoi (name);

      if (pid > 0 && parent_of (name) == (int) getpid ())
        g_array_append_val (pids, pid);
    }
}

static GArray *
list_children (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  FILE *file = fopen (path, "re");
  int pid;

  if (file == NULL)
    {
      list_by_parent (pids);
      return pids;
    }
  while (fscanf (file, "%d", &pid) == 1)
    g_array_append_val (pids, pid);
  (void) fclose (file); /* it was only read */
  return pids;
}

/* A session that is not ours was made by one of ours, and has no others in it. */
static void
kill_child (int pid)
{
  pid_t group = getpgid (pid);

  if (group > 1 && getsid (pid) != getsid (0))
    (void) kill (-group, SIGKILL);
  (void) kill (pid, SIGKILL); /* fails for one that has become somebody else, which is looked for again */
}

/* Returns: whether it was dead */
static gboolean
reap_child (int pid)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | __WALL) == 0 && info.si_pid == pid;
}

/* Returns: how many orphans there are */
static guint
kill_orphans (guint *out_n_reaped)
{
  g_autoptr(GArray) pids = list_children ();
  guint n_orphans = 0;

  *out_n_reaped = 0;
  for (guint i = 0; i < pids->len && n_orphans < MAX_KILLED_AT_ONCE; i++)
    {
      int pid = g_array_index (pids, int, i);

      if (is_known (pid))
        continue;
      n_orphans++;
      kill_child (pid);
      *out_n_reaped += reap_child (pid);
    }
  return n_orphans;
}

static void
stop_looking (void)
{
  if (orphans.next_look == NULL)
    return;
  g_source_destroy (orphans.next_look);
  g_clear_pointer (&orphans.next_look, g_source_unref);
}

static gboolean on_next_look (gpointer user_data);

static void
look_again (void)
{
  stop_looking ();
  orphans.next_look = g_timeout_source_new (orphans.pause_msec);
  g_source_set_callback (orphans.next_look, on_next_look, NULL, NULL);
  g_source_attach (orphans.next_look, g_main_context_get_thread_default ());
}

static gboolean
on_next_look (gpointer user_data)
{
  guint n_reaped;
  guint n_orphans = kill_orphans (&n_reaped);

  if (n_orphans == 0 && orphans.seen_none)
    {
      stop_looking ();
      return G_SOURCE_REMOVE;
    }
  orphans.seen_none = n_orphans == 0;
  orphans.pause_msec = n_reaped > 0 || n_orphans == 0 ? MIN_PAUSE_MSEC
                                                      : MIN (orphans.pause_msec * 2, MAX_PAUSE_MSEC);
  look_again ();
  return G_SOURCE_REMOVE;
}

/**
 * aq_orphans_look:
 *
 * Kills what processes of ours have left behind, and looks again, from the main
 * loop, until there is nothing left. Does nothing unless aq_orphans_adopt().
 *
 * Since: 0.1
 */
void
aq_orphans_look (void)
{
  guint n_reaped;

  if (!orphans.adopting || kill_orphans (&n_reaped) == 0)
    return;
  orphans.pause_msec = MIN_PAUSE_MSEC;
  orphans.seen_none = FALSE;
  look_again ();
}

/**
 * aq_orphans_finish:
 * @max_usec: how long it may take at most
 *
 * Likewise, but waits until nothing is left: for the end of the daemon.
 *
 * Returns: how many are left that do not die
 *
 * Since: 0.1
 */
guint
aq_orphans_finish (gint64 max_usec)
{
  gint64 n_pauses = max_usec / (1000 * MIN_PAUSE_MSEC);
  guint n_reaped;
  guint n_orphans;

  stop_looking ();
  if (!orphans.adopting)
    return 0;
  /* a look that finds none is only believed the second time */
  while ((n_orphans = kill_orphans (&n_reaped) + kill_orphans (&n_reaped)) > 0 && n_pauses-- > 0)
    g_usleep (1000 * MIN_PAUSE_MSEC);
  return n_orphans;
}
