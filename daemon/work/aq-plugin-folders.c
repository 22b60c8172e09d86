/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The directories that plugins are in
 *
 * Inotify says when a file was written, moved in, changed in mode or taken away. A
 * directory that cannot be used is tried again when anything on the way to it changes.
 * What files are worth is not known here.
 */

#include "config.h"

#include "work/aq-plugin-folders.h"

#include "work/aq-parent-watch.h"
#include "work/aq-plugin-file.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCHED (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | \
                 IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

struct _AqPluginFolders
{
  AqPluginFolderHooks  hooks;
  gpointer             user_data;
  GPtrArray           *folders; /* of AqPluginFolder, owned */
  int                  inotify_fd;
  GSource             *inotify_source;
};

static void
folder_free (gpointer data)
{
  AqPluginFolder *self = data;

  g_clear_pointer (&self->parents, aq_parent_watch_free);
  if (self->fd >= 0)
    (void) close (self->fd); /* opened for reading */
  g_free (self->path);
  g_free (self);
}

/**
 * aq_plugin_folders_new:
 * @paths: (nullable): of the directories, copied
 * @hooks: what is called, from the main loop, and while it starts; copied
 * @user_data: for @hooks
 */
AqPluginFolders *
aq_plugin_folders_new (const char * const        *paths,
                       const AqPluginFolderHooks *hooks,
                       gpointer                   user_data)
{
  AqPluginFolders *self = g_new0 (AqPluginFolders, 1);

  self->hooks = *hooks;
  self->user_data = user_data;
  self->inotify_fd = -1;
  self->folders = g_ptr_array_new_with_free_func (folder_free);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      AqPluginFolder *folder = g_new0 (AqPluginFolder, 1);

      folder->owner = self;
      folder->path = g_canonicalize_filename (paths[i], NULL);
      folder->fd = -1;
      folder->watch = -1;
      g_ptr_array_add (self->folders, folder);
    }
  return self;
}

void
aq_plugin_folders_free (AqPluginFolders *self)
{
  if (self->inotify_source != NULL)
    {
      g_source_destroy (self->inotify_source);
      g_source_unref (self->inotify_source);
    }
  if (self->inotify_fd >= 0)
    (void) close (self->inotify_fd);
  g_ptr_array_unref (self->folders);
  g_free (self);
}

static gboolean
is_interesting (const char *name)
{
  return name[0] != '.' && g_str_has_suffix (name, AQ_PLUGIN_FILE_SUFFIX);
}

/* A hard link comes whole; another new file is whole when its writer closes it. */
static gboolean
is_whole (AqPluginFolder             *folder,
          const struct inotify_event *event)
{
  struct stat info;

  if ((event->mask & IN_CREATE) == 0)
    return TRUE;
  return fstatat (folder->fd, event->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         (!S_ISREG (info.st_mode) || info.st_nlink > 1);
}

static void
on_event (AqPluginFolder             *folder,
          const struct inotify_event *event)
{
  AqPluginFolders *self = folder->owner;

  if ((event->mask & IN_IGNORED) != 0)
    {
      folder->watch = -1;
      aq_plugin_folder_reopen (folder);
    }
  else if (event->len == 0 && (event->mask & (IN_ATTRIB | IN_MOVE_SELF)) != 0)
    aq_plugin_folder_reopen (folder);
  else if (event->len == 0 || !is_interesting (event->name))
    return;
  else if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
    self->hooks.file_gone (folder, event->name, self->user_data);
  else if (is_whole (folder, event))
    self->hooks.file_changed (folder, event->name, self->user_data);
}

static void
handle_event (AqPluginFolders            *self,
              const struct inotify_event *event)
{
  if ((event->mask & IN_Q_OVERFLOW) != 0)
    {
      self->hooks.lost (self->user_data);
      return;
    }
  for (guint i = 0; i < self->folders->len; i++)
    {
      AqPluginFolder *folder = g_ptr_array_index (self->folders, i);

      if (folder->watch == event->wd)
        on_event (folder, event);
    }
}

static gboolean
on_inotify (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
  AqPluginFolders *self = user_data;
  union
  {
    struct inotify_event align;
    char                 bytes[16 * 1024];
  } events;
  gssize n_read = read (fd, events.bytes, sizeof events.bytes);

  for (gssize offset = 0; offset < n_read;)
    {
      const struct inotify_event *event = (gpointer) (events.bytes + offset);

      handle_event (self, event);
      offset += (gssize) (sizeof *event + event->len);
    }
  return G_SOURCE_CONTINUE;
}

static void
start_watching (AqPluginFolders *self)
{
  self->inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->inotify_fd < 0)
    {
      g_warning ("could not watch the plugin directories: %s; new plugins need a restart", g_strerror (errno));
      return;
    }
  self->inotify_source = g_unix_fd_source_new (self->inotify_fd, G_IO_IN);
  g_source_set_callback (self->inotify_source, G_SOURCE_FUNC (on_inotify), self, NULL);
  g_source_attach (self->inotify_source, g_main_context_get_thread_default ());
}

static void
close_folder (AqPluginFolder *folder)
{
  if (folder->watch >= 0)
    (void) inotify_rm_watch (folder->owner->inotify_fd, folder->watch); /* it may be gone already */
  folder->watch = -1;
  if (folder->fd >= 0)
    (void) close (folder->fd); /* opened for reading */
  folder->fd = -1;
}

/* Returns: whether it can be used */
static gboolean
try_folder (AqPluginFolder  *folder,
            GError         **error)
{
  AqPluginFolders *self = folder->owner;

  folder->fd = aq_plugin_file_open_directory (folder->path, error);
  if (folder->fd < 0)
    return FALSE;
  g_clear_pointer (&folder->parents, aq_parent_watch_free);
  self->hooks.refused (folder, NULL, self->user_data);
  if (self->inotify_fd < 0)
    return TRUE;
  folder->watch = inotify_add_watch (self->inotify_fd, folder->path, WATCHED);
  if (folder->watch < 0)
    g_warning ("could not watch plugin directory '%s': %s; new plugins need a restart", folder->path,
               g_strerror (errno));
  return TRUE;
}

static void
on_parents_changed (gpointer folder)
{
  aq_plugin_folder_reopen (folder);
}

/* What is wrong is looked for once more when it is watched: it may have been mended just before. */
static void
open_folder (AqPluginFolder *folder)
{
  g_autoptr(GError) error = NULL;

  if (try_folder (folder, NULL))
    return;
  g_clear_pointer (&folder->parents, aq_parent_watch_free);
  folder->parents = aq_parent_watch_new (folder->path, on_parents_changed, folder);
  if (!try_folder (folder, &error))
    folder->owner->hooks.refused (folder, error, folder->owner->user_data);
}

/* tries it once more; `changed` is called */
void
aq_plugin_folder_reopen (AqPluginFolder *self)
{
  close_folder (self);
  open_folder (self);
  self->owner->hooks.changed (self, self->owner->user_data);
}

/* starts to watch; `refused` is called for each, but not `changed` */
void
aq_plugin_folders_start (AqPluginFolders *self)
{
  start_watching (self);
  for (guint i = 0; i < self->folders->len; i++)
    open_folder (g_ptr_array_index (self->folders, i));
}

guint
aq_plugin_folders_get_n (AqPluginFolders *self)
{
  return self->folders->len;
}

/* in the order of their paths: the first counts most */
AqPluginFolder *
aq_plugin_folders_get (AqPluginFolders *self,
                       guint            index)
{
  return g_ptr_array_index (self->folders, index);
}

/* Returns: (transfer full) (element-type utf8): names of the files that may be plugins */
GPtrArray *
aq_plugin_folder_list_names (AqPluginFolder  *self,
                             GError         **error)
{
  g_autoptr(GDir) dir = g_dir_open (self->path, 0, error);
  GPtrArray *names;
  const char *name;

  if (dir == NULL)
    return NULL;
  names = g_ptr_array_new_with_free_func (g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (is_interesting (name))
      g_ptr_array_add (names, g_strdup (name));
  return names;
}
