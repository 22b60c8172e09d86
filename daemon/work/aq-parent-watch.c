/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Watching for a directory
 *
 * One that is missing, a link, or writable by others may be mended at any time, and
 * so may any directory above it. All of them that there are get a watch, and what
 * happens to the next name on the way down, or to who may write, is told. Whoever is
 * told looks for himself, and makes another watch if it is still not right.
 */

#include "config.h"

#include "work/aq-parent-watch.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WATCHED (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | \
                 IN_DONT_FOLLOW)

typedef struct
{
  int   wd;
  char *child; /* owned, nullable: the next name on the way down */
} Parent;

struct _AqParentWatch
{
  int              fd; /* of inotify */
  GSource         *source;
  GArray          *parents; /* of Parent */
  AqParentChanged  func;
  gpointer         user_data;
};

static gboolean
concerns (const AqParentWatch        *self,
          const struct inotify_event *event)
{
  if ((event->mask & IN_Q_OVERFLOW) != 0)
    return TRUE;
  for (guint i = 0; i < self->parents->len; i++)
    {
      const Parent *parent = &g_array_index (self->parents, Parent, i);

      if (parent->wd == event->wd && (event->len == 0 || g_strcmp0 (event->name, parent->child) == 0))
        return TRUE;
    }
  return FALSE;
}

static gboolean
on_inotify (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
  AqParentWatch *self = user_data;
  union
  {
    struct inotify_event align;
    char                 bytes[4 * 1024];
  } events;
  gssize n_read = read (fd, events.bytes, sizeof events.bytes);
  gboolean has_changed = FALSE;

  for (gssize offset = 0; offset < n_read;)
    {
      const struct inotify_event *event = (gpointer) (events.bytes + offset);

      has_changed = has_changed || concerns (self, event);
      offset += (gssize) (sizeof *event + event->len);
    }
  if (has_changed)
    self->func (self->user_data); /* may free us */
  return G_SOURCE_CONTINUE;
}

static void
clear_parent (gpointer data)
{
  Parent *parent = data;

  g_free (parent->child);
}

static void
add_parents (AqParentWatch *self,
             const char    *path)
{
  g_autofree char *place = g_strdup (path);
  g_autofree char *child = NULL;

  while (TRUE)
    {
      g_autofree char *above = g_path_get_dirname (place);
      Parent parent = { .wd = inotify_add_watch (self->fd, place, WATCHED) };

      if (parent.wd >= 0)
        {
          parent.child = g_strdup (child);
          g_array_append_val (self->parents, parent);
        }
      if (strcmp (above, place) == 0)
        return;
      g_free (child);
      child = g_path_get_basename (place);
      g_free (place);
      place = g_steal_pointer (&above);
    }
}

/**
 * aq_parent_watch_new:
 * @path: an absolute path
 * @func: is called from the main loop whenever something on the way to @path has
 *   changed; may free the watch
 * @user_data: for @func
 *
 * Returns: (transfer full) (nullable): a watch; %NULL: the system gives none
 */
AqParentWatch *
aq_parent_watch_new (const char      *path,
                     AqParentChanged  func,
                     gpointer         user_data)
{
  AqParentWatch *self;
  int fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);

  if (fd < 0)
    return NULL;
  self = g_new0 (AqParentWatch, 1);
  self->fd = fd;
  self->func = func;
  self->user_data = user_data;
  self->parents = g_array_new (FALSE, FALSE, sizeof (Parent));
  g_array_set_clear_func (self->parents, clear_parent);
  add_parents (self, path);
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_inotify), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
aq_parent_watch_free (AqParentWatch *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_array_unref (self->parents);
  (void) close (self->fd); /* the watches go with it */
  g_free (self);
}
