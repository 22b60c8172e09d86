/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The daemon's temporary folder
 *
 *     $TMPDIR/asyncq-tmp-XXXXXX/   made when the first worker wants a folder
 *       lock                       locked as long as the daemon lives
 *       trash/                     what is to be removed
 *       0123456789abcdef/          a worker's folder, which it makes; its user's
 *         job/                     the temporary folder of the job that runs
 *         old/                     what earlier jobs have left
 *
 * What jobs leave may be anything, and as much as they like. So here things are
 * only moved to the trash, which is one call, and a process of its own empties
 * that. A daemon that finds folders of others whose lock nobody has, removes them
 * in the same way.
 *
 * Everything is on the main loop.
 */

#include "config.h"

#include "work/aq-temporary.h"

#include "work/aq-process.h"
#include "work/worker/aq-job-folder.h"
#include "work/worker/aq-remove.h"

#include <glib-unix.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* how long the end of the daemon waits for what jobs have left; the next one goes on with it */
#define MAX_WAIT_MSEC 1000

struct _AqTemporary
{
  char      *worker_program;
  char      *path;    /* nullable: it was not needed yet */
  char      *trash;   /* in it */
  int        lock_fd;
  guint64    n_moved;
  AqProcess  cleaner; /* at most one at a time */
  GSource   *ended;   /* it has */
  gboolean   again;   /* something has come since it was started */
};

static void clean (AqTemporary *self);

static void
forget_cleaner (AqTemporary *self)
{
  g_source_destroy (self->ended);
  g_clear_pointer (&self->ended, g_source_unref);
  g_free (aq_process_reap (&self->cleaner, NULL));
}

static gboolean
on_cleaned (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
  AqTemporary *self = user_data;

  forget_cleaner (self);
  if (self->again)
    clean (self);
  return G_SOURCE_REMOVE;
}

/* @option: "--clean" or "--sweep" */
static void
spawn_cleaner (AqTemporary *self,
               const char  *option,
               const char  *folder)
{
  g_autofree char *parent = g_strdup_printf ("--parent=%d", (int) getpid ());
  g_autofree char *what = g_strdup_printf ("%s=%s", option, folder);
  const char *argv[] = { self->worker_program, what, parent, NULL };
  g_autoptr(GError) error = NULL;

  if (!aq_process_spawn (&self->cleaner, argv, NULL, 0, &error))
    {
      g_warning ("what jobs have left in '%s' stays there: %s", folder, error->message);
      return;
    }
  self->ended = g_unix_fd_source_new (self->cleaner.pidfd, G_IO_IN);
  g_source_set_callback (self->ended, G_SOURCE_FUNC (on_cleaned), self, NULL);
  g_source_attach (self->ended, g_main_context_get_thread_default ());
}

/* Has the trash emptied. What comes while that is under way may be too late for it. */
static void
clean (AqTemporary *self)
{
  self->again = self->ended != NULL;
  if (self->ended == NULL)
    spawn_cleaner (self, "--clean", self->trash);
}

static void
look_for_left_over (AqTemporary *self)
{
  g_autoptr(GDir) dir = g_dir_open (g_get_tmp_dir (), 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, AQ_TEMPORARY_PREFIX))
      {
        spawn_cleaner (self, "--sweep", g_get_tmp_dir ());
        return;
      }
}

/**
 * aq_temporary_new:
 * @worker_program: path of asyncq-worker
 *
 * Makes nothing yet. Folders of daemons that are gone are removed meanwhile.
 */
AqTemporary *
aq_temporary_new (const char *worker_program)
{
  AqTemporary *self = g_new0 (AqTemporary, 1);

  self->worker_program = g_strdup (worker_program);
  self->lock_fd = -1;
  look_for_left_over (self);
  return self;
}

static void
wait_for_cleaner (AqTemporary *self)
{
  struct pollfd ended = { self->cleaner.pidfd, POLLIN, 0 };

  if (self->ended == NULL)
    return;
  if (poll (&ended, 1, MAX_WAIT_MSEC) == 0)
    aq_process_kill (&self->cleaner);
  forget_cleaner (self);
}

/* what it cannot remove in a second is left to the next daemon; workers are gone */
void
aq_temporary_free (AqTemporary *self)
{
  wait_for_cleaner (self);
  if (self->path != NULL)
    {
      g_autofree char *lock = g_build_filename (self->path, AQ_TEMPORARY_LOCK, NULL);

      if (rmdir (self->trash) < 0)
        {
          spawn_cleaner (self, "--clean", self->trash);
          wait_for_cleaner (self);
        }
      /* the lock last, as who finds a folder without one leaves it alone */
      if (rmdir (self->trash) == 0 || errno == ENOENT)
        (void) g_unlink (lock);
      (void) rmdir (self->path);
    }
  if (self->lock_fd >= 0)
    (void) close (self->lock_fd); /* nothing was written */
  g_free (self->worker_program);
  g_free (self->path);
  g_free (self->trash);
  g_free (self);
}

/* Others may go through it to what is theirs, but not look for what is there. */
static gboolean
make_folder (AqTemporary *self)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), AQ_TEMPORARY_PREFIX "XXXXXX", NULL);
  g_autofree char *lock = NULL;

  if (g_mkdtemp (path) == NULL)
    return FALSE;
  lock = g_build_filename (path, AQ_TEMPORARY_LOCK, NULL);
  self->trash = g_build_filename (path, "trash", NULL);
  self->path = g_steal_pointer (&path);
  self->lock_fd = open (lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return self->lock_fd >= 0 && flock (self->lock_fd, LOCK_EX | LOCK_NB) == 0 && g_chmod (self->path, 0711) == 0 &&
         g_mkdir (self->trash, 0700) == 0;
}

/**
 * aq_temporary_dup_folder:
 * @self: the temporary folder
 *
 * Returns: (transfer full): the path of a folder that a worker may make for
 *   itself, and that nobody guesses. Where that is not possible it will not be
 *   able to, and tells why.
 */
char *
aq_temporary_dup_folder (AqTemporary *self)
{
  g_autofree char *name = NULL;
  guint64 number;

  if (self->path == NULL && !make_folder (self))
    g_warning ("could not make a temporary folder in '%s': %s", g_get_tmp_dir (), g_strerror (errno));
  while (getrandom (&number, sizeof number, 0) != sizeof number)
    ; /* interrupted */
  name = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", number);
  return g_build_filename (self->path != NULL ? self->path : g_get_tmp_dir (), name, NULL);
}

static void
move_to_trash (AqTemporary *self,
               const char  *path)
{
  g_autofree char *target = NULL;

  if (self->trash == NULL)
    return;
  target = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, self->trash, self->n_moved++);
  /* it is not there where nothing was left */
  if (rename (path, target) == 0)
    clean (self);
}

/* takes away what jobs have left in a worker's folder; one call where they have left nothing */
void
aq_temporary_collect (AqTemporary *self,
                      const char  *folder)
{
  g_autofree char *old = g_build_filename (folder, AQ_JOB_FOLDER_OLD, NULL);

  move_to_trash (self, old);
}

/* removes the folder of a worker that is gone */
void
aq_temporary_discard (AqTemporary *self,
                      const char  *folder)
{
  g_autofree char *current = g_build_filename (folder, "job", NULL);

  /* as most of them are */
  (void) rmdir (current);
  if (rmdir (folder) < 0)
    move_to_trash (self, folder);
}
