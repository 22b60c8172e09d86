/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a process has for itself alone: namespaces
 *
 * Root makes them just so; others need a namespace of users first, in which they
 * are root, and which many systems do not let them have. They are a second wall:
 * what Landlock and the filter of system calls promise holds without them, but
 * for what these two do not see, such as the modes and owners of files.
 */

#include "config.h"

#include "work/worker/aq-namespaces.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
write_text (const char *path,
            const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    (void) close (fd); /* what was written is in force */
  return ok;
}

/* We stay who we are: one user and one group are in the new namespace. */
static gboolean
enter_user_namespace (void)
{
  g_autofree char *users = g_strdup_printf ("%u %u 1", (guint) geteuid (), (guint) geteuid ());
  g_autofree char *groups = g_strdup_printf ("%u %u 1", (guint) getegid (), (guint) getegid ());
  gboolean ok;

  if (unshare (CLONE_NEWUSER) < 0)
    return FALSE;
  /* the files in /proc are ours only while we may be looked into */
  (void) prctl (PR_SET_DUMPABLE, 1);
  ok = write_text ("/proc/self/setgroups", "deny") && write_text ("/proc/self/gid_map", groups) &&
       write_text ("/proc/self/uid_map", users);
  (void) prctl (PR_SET_DUMPABLE, 0);
  return ok;
}

/* what would be hidden where others' places are covered */
static gboolean
is_in_use (const AqSandbox *sandbox,
           const char      *folder)
{
  char **lists[] = { sandbox->read_paths, sandbox->write_paths };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; lists[i] != NULL && lists[i][j] != NULL; j++)
      {
        gsize length = strlen (folder);

        if (strncmp (lists[i][j], folder, length) == 0 && (lists[i][j][length] == '/' || lists[i][j][length] == '\0'))
          return TRUE;
      }
  return FALSE;
}

/* Another way to what is at the path and below, which stays as it is whatever becomes of the first one. */
static int
clone_tree (const char *path)
{
  return open_tree (AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

/* @tree: is over with this */
static gboolean
attach_tree (int         tree,
             const char *path)
{
  gboolean ok = tree >= 0 && move_mount (tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;

  if (tree >= 0)
    (void) close (tree); /* is mounted, or not wanted any more */
  return ok;
}

/* Landlock does not see chmod() and its like; a read-only mount does. */
static gboolean
make_read_only (const AqSandbox *sandbox,
                const char      *temporary)
{
  guint n_paths = g_strv_length (sandbox->write_paths);
  g_autofree int *trees = g_new (int, n_paths + 1);
  struct mount_attr attribute = { .attr_set = MOUNT_ATTR_RDONLY };
  gboolean ok;

  for (guint i = 0; i < n_paths; i++)
    trees[i] = clone_tree (sandbox->write_paths[i]);
  trees[n_paths] = temporary == NULL ? -1 : clone_tree (temporary);
  ok = mount_setattr (AT_FDCWD, "/", AT_RECURSIVE, &attribute, sizeof attribute) == 0;
  for (guint i = 0; i < n_paths; i++)
    ok = attach_tree (trees[i], sandbox->write_paths[i]) && ok;
  return (temporary == NULL || attach_tree (trees[n_paths], temporary)) && ok;
}

static gboolean
cover_with_own (const char *temporary)
{
  int own[] = { clone_tree (temporary), clone_tree (temporary) };
  gboolean ok;

  ok = mount ("asyncq", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m") == 0;
  ok = attach_tree (own[0], "/var/tmp") && ok;
  /* last: the folder itself may lie there */
  return attach_tree (own[1], "/tmp") && ok;
}

static void
arrange_mounts (AqNamespaces    *self,
                const AqSandbox *sandbox,
                const char      *temporary)
{
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    return;
  if (sandbox->write_paths != NULL)
    self->read_only = make_read_only (sandbox, temporary);
  if (temporary != NULL && !is_in_use (sandbox, "/tmp") && !is_in_use (sandbox, "/var/tmp") &&
      !is_in_use (sandbox, "/dev/shm"))
    self->tmp = cover_with_own (temporary);
}

/**
 * aq_namespaces_enter:
 * @self: (out): what could be had
 * @sandbox: what is asked for
 * @temporary: (nullable): the process's own folder
 * @error: return location for an error
 *
 * Gives the process, which must have one thread, what the sandbox has use for.
 * Where `tmp` is set then, the folder is /tmp, and may have no other path.
 *
 * Errors: `ASYNCQ_ERROR_SANDBOX` where it gets nothing
 */
gboolean
aq_namespaces_enter (AqNamespaces     *self,
                     const AqSandbox  *sandbox,
                     const char       *temporary,
                     GError          **error)
{
  int wanted = CLONE_NEWIPC;

  *self = (AqNamespaces) { FALSE };
  if (sandbox->network != AQ_NETWORK_YES)
    wanted |= CLONE_NEWNET;
  if (temporary != NULL || sandbox->write_paths != NULL)
    wanted |= CLONE_NEWNS;
  if (unshare (wanted) < 0)
    {
      self->user = enter_user_namespace ();
      if (!self->user || unshare (wanted) < 0)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no namespaces: %s", g_strerror (errno));
          return FALSE;
        }
    }
  self->ipc = TRUE;
  self->network = (wanted & CLONE_NEWNET) != 0;
  if ((wanted & CLONE_NEWNS) != 0)
    arrange_mounts (self, sandbox, temporary);
  return TRUE;
}
