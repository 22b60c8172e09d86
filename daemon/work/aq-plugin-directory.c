/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The plugin directories
 *
 * Every file ID.so in them is opened with care, copied, described by a process
 * that ends afterwards, and then is the newest generation of plugin ID. Inotify
 * says when a file was written, moved in, changed in mode or taken away. A file
 * that is refused is remembered with the reason; what was loaded before from the
 * same place stays, whatever is wrong with the new one. Of two directories that
 * have a file of one name, the one that is listed first counts.
 *
 * A directory that cannot be used is refused like a file, with its reason, and is
 * looked at again when anything on the way to it changes.
 *
 * A candidate is one path. It is described by at most one process at a time; what
 * happens to the file meanwhile makes it be looked at once more.
 */

#include "config.h"

#include "work/aq-plugin-directory.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-describer.h"
#include "work/aq-parent-watch.h"
#include "work/aq-plugin-file.h"
#include "work/aq-profile-table.h"
#include "work/worker/aq-build-id.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCHED (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | \
                 IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

typedef struct
{
  AqPluginDirectory *owner; /* not owned */
  char              *path;
  int                fd;    /* -1: it could not be opened */
  int                watch; /* of inotify, or -1 */
  AqParentWatch     *parents; /* nullable: it cannot be used, and we look out for that it can */
} Directory;

typedef struct
{
  Directory   *directory; /* not owned */
  char        *name;
  char        *path;
  char        *id;        /* NULL where the name is none of a plugin */
  AqDescriber *describer; /* while it is being described */
  int          copy;      /* what is being described, or -1 */
  gboolean     changed_again;
} Candidate;

struct _AqPluginDirectory
{
  AqClock                *clock;
  AqFunctionTable        *functions; /* not owned */
  char                   *worker_program;
  GHashTable             *settings;  /* id → GVariant a{ss} */
  AqFunctionRules        *rules;     /* owned */
  AqProfileTable         *profiles;  /* owned */
  AqPluginDirectoryHooks  hooks;
  gpointer                user_data;

  GPtrArray  *directories;  /* of Directory */
  GHashTable *candidates;   /* path → Candidate */
  GHashTable *plugins;      /* id → AqPlugin, the newest generation */
  GHashTable *generations;  /* id → the number of the newest one, also of a plugin that is gone */
  GHashTable *refused;      /* path → char *: why */
  int         inotify_fd;
  GSource    *inotify_source;
  guint       n_describing;
  gboolean    is_ready;
};

static void look_at (Candidate *candidate);
static void reopen_directory (gpointer directory);

static void
directory_free (gpointer data)
{
  Directory *self = data;

  g_clear_pointer (&self->parents, aq_parent_watch_free);
  if (self->fd >= 0)
    (void) close (self->fd); /* opened for reading */
  g_free (self->path);
  g_free (self);
}

static void
candidate_free (gpointer data)
{
  Candidate *self = data;

  g_clear_pointer (&self->describer, aq_describer_free);
  if (self->copy >= 0)
    (void) close (self->copy); /* memory */
  g_free (self->name);
  g_free (self->path);
  g_free (self->id);
  g_free (self);
}

/* core tells who waits for a function of that plugin */
static void
tell_refusal (AqPluginDirectory *self,
              const char        *path,
              const char        *message)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *id = aq_plugin_file_dup_id ("/", name, NULL);

  if (id != NULL)
    aq_function_table_set_refusal (self->functions, id, message);
}

static void
accept_again (AqPluginDirectory *self,
              const char        *path)
{
  if (g_hash_table_remove (self->refused, path))
    tell_refusal (self, path, NULL);
}

static void
refuse (AqPluginDirectory *self,
        const char        *path,
        const char        *message)
{
  const char *old = g_hash_table_lookup (self->refused, path);

  if (g_strcmp0 (old, message) == 0)
    return;
  g_warning ("%s; not loaded", message);
  g_hash_table_replace (self->refused, g_strdup (path), g_strdup (message));
  tell_refusal (self, path, message);
}

static GVariant *
settings_of (AqPluginDirectory *self,
             const char        *id)
{
  GVariant *settings = g_hash_table_lookup (self->settings, id);

  if (settings != NULL)
    return g_variant_ref (settings);
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
}

/* Whether a directory before this one has a file of the same name. */
static const Candidate *
find_earlier (AqPluginDirectory *self,
              const Candidate   *candidate)
{
  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);
      g_autofree char *path = g_build_filename (directory->path, candidate->name, NULL);
      const Candidate *earlier = g_hash_table_lookup (self->candidates, path);

      if (directory == candidate->directory)
        return NULL;
      if (earlier != NULL)
        return earlier;
    }
  return NULL;
}

static void
set_plugin (AqPluginDirectory *self,
            const char        *id,
            AqPlugin          *plugin,
            GPtrArray         *functions)
{
  g_autofree char *changed_id = g_strdup (id);

  aq_function_table_set_plugin (self->functions, id, functions);
  if (plugin == NULL)
    g_hash_table_remove (self->plugins, id);
  else
    g_hash_table_replace (self->plugins, plugin->id, plugin);
  self->hooks.changed (changed_id, self->user_data);
}

/* as they were written, for people */
static char *
join_options (const char *all,
              const char *own)
{
  return g_strconcat (all, all[0] != '\0' && own[0] != '\0' ? " " : "", own, NULL);
}

static GPtrArray *
make_functions (AqPluginDirectory  *self,
                AqPlugin           *plugin,
                GVariant           *description,
                GError            **error)
{
  g_autoptr(GPtrArray) functions = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_function_free);
  g_autoptr(GVariantIter) iter = NULL;
  const char *id, *version, *build, *all, *name, *parameters, *result, *text, *object, *own;

  g_variant_get (description, "(&s&s&s&sa(ssssss))", &id, &version, &build, &all, &iter);
  if (strcmp (id, plugin->id) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "plugin '%s': found the id '%s', wanted '%s' as the file is named", plugin->file,
                   id, plugin->id);
      return NULL;
    }
  if (!aq_build_id_is_valid (build))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "plugin '%s': found a build that is no hexadecimal number, wanted what asyncq-worker writes",
                   plugin->file);
      return NULL;
    }
  plugin->version = g_strdup (version);
  plugin->build = g_strdup (build);
  while (g_variant_iter_next (iter, "(&s&s&s&s&s&s)", &name, &parameters, &result, &text, &object, &own))
    {
      g_autoptr(AqFunction) function = aq_function_new (id, name, parameters, result, text, error);
      g_auto(AqFunctionOptions) options = { 0 };

      aq_function_options_init (&options);
      if (function == NULL || (object[0] != '\0' && !aq_function_set_object (function, object, error)) ||
          !aq_function_options_parse (&options, all, error) || !aq_function_options_parse (&options, own, error))
        return NULL;
      function->version = g_strdup (version);
      function->file = g_strdup (plugin->file);
      function->build = g_strdup (build);
      function->options = join_options (all, own);
      function->generation = plugin->generation;
      aq_function_rules_apply (self->rules, function->name, &options);
      aq_plugin_add_function (plugin, function->name, function->result_type, &options);
      g_ptr_array_add (functions, g_steal_pointer (&function));
    }
  return g_steal_pointer (&functions);
}

/* The candidate is described: it is the newest generation from here on. */
static void
accept (AqPluginDirectory *self,
        Candidate         *candidate,
        GVariant          *description)
{
  guint generation = GPOINTER_TO_UINT (g_hash_table_lookup (self->generations, candidate->id)) + 1;
  g_autoptr(GVariant) settings = settings_of (self, candidate->id);
  g_autoptr(GPtrArray) functions = NULL;
  g_autoptr(AqPlugin) plugin = NULL;
  g_autoptr(GError) error = NULL;
  guint n_functions;

  plugin = aq_plugin_new (candidate->id, generation, candidate->path, candidate->copy, settings);
  candidate->copy = -1;
  plugin->loaded_usec = aq_clock_get_wall (self->clock);
  functions = make_functions (self, plugin, description, &error);
  if (functions == NULL)
    {
      refuse (self, candidate->path, error->message);
      return;
    }
  aq_profile_table_assign (self->profiles, plugin);
  n_functions = functions->len;
  accept_again (self, candidate->path);
  g_hash_table_replace (self->generations, g_strdup (candidate->id), GUINT_TO_POINTER (generation));
  g_message ("plugin '%s': generation %u from '%s', functions: %u", candidate->id, generation,
             candidate->path, n_functions);
  set_plugin (self, candidate->id, g_steal_pointer (&plugin), g_steal_pointer (&functions));
}

static void
check_ready (AqPluginDirectory *self)
{
  if (self->is_ready || self->n_describing > 0)
    return;
  self->is_ready = TRUE;
  self->hooks.ready (self->user_data);
}

static void
on_described (GVariant     *description,
              const GError *error,
              gpointer      user_data)
{
  Candidate *candidate = user_data;
  AqPluginDirectory *self = candidate->directory->owner;

  g_clear_pointer (&candidate->describer, aq_describer_free);
  self->n_describing--;
  if (candidate->changed_again)
    look_at (candidate);
  else if (description != NULL)
    accept (self, candidate, description);
  else
    refuse (self, candidate->path, error->message);
  check_ready (self);
}

/* Starts to describe what the candidate is now, if that is anything new. */
static gboolean
describe (AqPluginDirectory  *self,
          Candidate          *candidate,
          GError            **error)
{
  AqPlugin *newest = g_hash_table_lookup (self->plugins, candidate->id);
  int fd = aq_plugin_file_open (candidate->directory->fd, candidate->directory->path,
                                candidate->name, error);

  if (fd < 0)
    return FALSE;
  if (candidate->copy >= 0)
    (void) close (candidate->copy); /* memory */
  candidate->copy = aq_plugin_file_copy (fd, candidate->path, error);
  (void) close (fd); /* opened for reading */
  if (candidate->copy < 0)
    return FALSE;

  if (newest != NULL && strcmp (newest->file, candidate->path) == 0 &&
      aq_plugin_file_equal (newest->fd, candidate->copy))
    {
      accept_again (self, candidate->path);
      return TRUE;
    }
  candidate->describer = aq_describer_new (self->clock, self->worker_program, candidate->copy,
                                           candidate->path, on_described, candidate, error);
  if (candidate->describer == NULL)
    return FALSE;
  self->n_describing++;
  return TRUE;
}

static void
look_at (Candidate *candidate)
{
  AqPluginDirectory *self = candidate->directory->owner;
  const Candidate *earlier;
  g_autoptr(GError) error = NULL;

  candidate->changed_again = candidate->describer != NULL;
  if (candidate->changed_again)
    return;

  if (candidate->id == NULL)
    {
      g_free (aq_plugin_file_dup_id (candidate->directory->path, candidate->name, &error));
      refuse (self, candidate->path, error->message);
      return;
    }
  earlier = find_earlier (self, candidate);
  if (earlier != NULL)
    {
      g_autofree char *message = g_strdup_printf ("'%s': found the plugin in '%s' already, wanted it once",
                                                  candidate->path, earlier->path);

      refuse (self, candidate->path, message);
      return;
    }
  if (!describe (self, candidate, &error))
    refuse (self, candidate->path, error->message);
}

static Candidate *
ensure_candidate (Directory  *directory,
                  const char *name)
{
  AqPluginDirectory *self = directory->owner;
  g_autofree char *path = g_build_filename (directory->path, name, NULL);
  Candidate *candidate = g_hash_table_lookup (self->candidates, path);

  if (candidate != NULL)
    return candidate;
  candidate = g_new0 (Candidate, 1);
  candidate->directory = directory;
  candidate->name = g_strdup (name);
  candidate->path = g_steal_pointer (&path);
  candidate->id = aq_plugin_file_dup_id (directory->path, name, NULL);
  candidate->copy = -1;
  g_hash_table_replace (self->candidates, candidate->path, candidate);
  return candidate;
}

/* A directory further down the list may have one of the same name. */
static void
look_at_others (AqPluginDirectory *self,
                const char        *name)
{
  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);
      g_autofree char *path = g_build_filename (directory->path, name, NULL);
      Candidate *candidate = g_hash_table_lookup (self->candidates, path);

      if (candidate != NULL)
        look_at (candidate);
    }
}

static void
forget (Directory  *directory,
        const char *name)
{
  AqPluginDirectory *self = directory->owner;
  g_autofree char *path = g_build_filename (directory->path, name, NULL);
  Candidate *candidate = g_hash_table_lookup (self->candidates, path);
  g_autofree char *id = NULL;
  AqPlugin *plugin;

  if (candidate == NULL)
    return;
  id = g_strdup (candidate->id);
  if (candidate->describer != NULL)
    self->n_describing--;
  g_hash_table_remove (self->candidates, path);
  accept_again (self, path);

  plugin = id == NULL ? NULL : g_hash_table_lookup (self->plugins, id);
  if (plugin != NULL && strcmp (plugin->file, path) == 0)
    {
      g_message ("plugin '%s': '%s' is gone", id, path);
      set_plugin (self, id, NULL, g_ptr_array_new ());
    }
  look_at_others (self, name);
  check_ready (self);
}

static gboolean
is_interesting (const char *name)
{
  return name[0] != '.' && g_str_has_suffix (name, AQ_PLUGIN_FILE_SUFFIX);
}

static void
list_directory (Directory *directory)
{
  AqPluginDirectory *self = directory->owner;
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (directory->path, 0, &error);
  const char *name;

  if (dir == NULL)
    {
      refuse (self, directory->path, error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (is_interesting (name))
      (void) ensure_candidate (directory, name);
}

/* Looks at everything: at the start, and when events were lost. */
static void
scan (AqPluginDirectory *self)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);

      if (directory->fd >= 0)
        list_directory (directory);
    }
  g_hash_table_iter_init (&iter, self->candidates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (all, value);
  for (guint i = 0; i < all->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (all, i);

      if (faccessat (candidate->directory->fd, candidate->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        look_at (candidate);
      else
        {
          g_autofree char *name = g_strdup (candidate->name);

          forget (candidate->directory, name);
        }
    }
}

/* A hard link comes whole; another new file is whole when its writer closes it. */
static gboolean
is_whole (Directory                  *directory,
          const struct inotify_event *event)
{
  struct stat info;

  if ((event->mask & IN_CREATE) == 0)
    return TRUE;
  return fstatat (directory->fd, event->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         (!S_ISREG (info.st_mode) || info.st_nlink > 1);
}

static void
on_event (AqPluginDirectory          *self,
          const struct inotify_event *event)
{
  if ((event->mask & IN_Q_OVERFLOW) != 0)
    {
      scan (self);
      return;
    }
  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);

      if (directory->watch != event->wd)
        continue;
      if ((event->mask & IN_IGNORED) != 0)
        {
          directory->watch = -1;
          reopen_directory (directory);
        }
      else if (event->len == 0 && (event->mask & (IN_ATTRIB | IN_MOVE_SELF)) != 0)
        reopen_directory (directory);
      else if (event->len == 0 || !is_interesting (event->name))
        continue;
      else if ((event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
        forget (directory, event->name);
      else if (is_whole (directory, event))
        look_at (ensure_candidate (directory, event->name));
    }
}

static gboolean
on_inotify (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
  AqPluginDirectory *self = user_data;
  union
  {
    struct inotify_event align;
    char                 bytes[16 * 1024];
  } events;
  gssize n_read = read (fd, events.bytes, sizeof events.bytes);

  for (gssize offset = 0; offset < n_read;)
    {
      const struct inotify_event *event = (gpointer) (events.bytes + offset);

      on_event (self, event);
      offset += (gssize) (sizeof *event + event->len);
    }
  return G_SOURCE_CONTINUE;
}

/**
 * aq_plugin_directory_new:
 * @settings: where the plugins are and where their functions go; copied, but for
 *   the function table, which must live longer
 * @hooks: what is called, from the main loop
 * @user_data: for @hooks
 */
AqPluginDirectory *
aq_plugin_directory_new (const AqPluginDirectorySettings *settings,
                         const AqPluginDirectoryHooks    *hooks,
                         gpointer                         user_data)
{
  AqPluginDirectory *self = g_new0 (AqPluginDirectory, 1);
  GHashTableIter iter;
  gpointer id, value;

  self->clock = aq_clock_ref (settings->clock);
  self->functions = settings->functions;
  self->worker_program = g_strdup (settings->worker_program);
  self->hooks = *hooks;
  self->user_data = user_data;
  self->rules = settings->rules != NULL ? aq_function_rules_ref (settings->rules) : aq_function_rules_new ();
  self->profiles = aq_profile_table_new (self->rules, settings->worker_program,
                                         g_strdupv ((char **) settings->paths));
  self->inotify_fd = -1;
  self->directories = g_ptr_array_new_with_free_func (directory_free);
  self->candidates = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, candidate_free);
  self->plugins = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_plugin_unref);
  self->generations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);

  for (guint i = 0; settings->paths != NULL && settings->paths[i] != NULL; i++)
    {
      Directory *directory = g_new0 (Directory, 1);

      directory->owner = self;
      directory->path = g_canonicalize_filename (settings->paths[i], NULL);
      directory->fd = -1;
      directory->watch = -1;
      g_ptr_array_add (self->directories, directory);
    }
  if (settings->settings != NULL)
    {
      g_hash_table_iter_init (&iter, settings->settings);
      while (g_hash_table_iter_next (&iter, &id, &value))
        g_hash_table_replace (self->settings, g_strdup (id), g_variant_ref (value));
    }
  return self;
}

/* ends what still describes; the function table keeps what it has */
void
aq_plugin_directory_free (AqPluginDirectory *self)
{
  if (self->inotify_source != NULL)
    {
      g_source_destroy (self->inotify_source);
      g_source_unref (self->inotify_source);
    }
  if (self->inotify_fd >= 0)
    (void) close (self->inotify_fd);
  g_hash_table_unref (self->candidates);
  g_hash_table_unref (self->plugins);
  g_hash_table_unref (self->generations);
  g_hash_table_unref (self->refused);
  g_hash_table_unref (self->settings);
  aq_profile_table_free (self->profiles);
  aq_function_rules_unref (self->rules);
  g_ptr_array_unref (self->directories);
  aq_clock_unref (self->clock);
  g_free (self->worker_program);
  g_free (self);
}

static void
start_watching (AqPluginDirectory *self)
{
  self->inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->inotify_fd < 0)
    {
      g_warning ("could not watch the plugin directories: %s; new plugins need a restart",
                 g_strerror (errno));
      return;
    }
  self->inotify_source = g_unix_fd_source_new (self->inotify_fd, G_IO_IN);
  g_source_set_callback (self->inotify_source, G_SOURCE_FUNC (on_inotify), self, NULL);
  g_source_attach (self->inotify_source, g_main_context_get_thread_default ());
}

/* what it had goes, as if each file had been taken away */
static void
forget_all (Directory *directory)
{
  AqPluginDirectory *self = directory->owner;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->candidates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((const Candidate *) value)->directory == directory)
      g_ptr_array_add (names, g_strdup (((const Candidate *) value)->name));
  for (guint i = 0; i < names->len; i++)
    forget (directory, g_ptr_array_index (names, i));
}

static void
close_directory (Directory *directory)
{
  AqPluginDirectory *self = directory->owner;

  if (directory->watch >= 0)
    (void) inotify_rm_watch (self->inotify_fd, directory->watch); /* it may be gone already */
  directory->watch = -1;
  if (directory->fd >= 0)
    (void) close (directory->fd); /* opened for reading */
  directory->fd = -1;
}

/* Returns: whether it can be used */
static gboolean
try_directory (Directory  *directory,
               GError    **error)
{
  AqPluginDirectory *self = directory->owner;

  directory->fd = aq_plugin_file_open_directory (directory->path, error);
  if (directory->fd < 0)
    return FALSE;
  g_clear_pointer (&directory->parents, aq_parent_watch_free);
  if (g_hash_table_remove (self->refused, directory->path))
    g_message ("plugin directory '%s' can be used", directory->path);
  if (self->inotify_fd < 0)
    return TRUE;
  directory->watch = inotify_add_watch (self->inotify_fd, directory->path, WATCHED);
  if (directory->watch < 0)
    g_warning ("could not watch plugin directory '%s': %s; new plugins need a restart", directory->path,
               g_strerror (errno));
  return TRUE;
}

/* What is wrong is looked for once more when it is watched: it may have been mended just before. */
static gboolean
open_directory (Directory *directory)
{
  AqPluginDirectory *self = directory->owner;
  g_autoptr(GError) error = NULL;

  if (try_directory (directory, NULL))
    return TRUE;
  g_clear_pointer (&directory->parents, aq_parent_watch_free);
  directory->parents = aq_parent_watch_new (directory->path, reopen_directory, directory);
  if (try_directory (directory, &error))
    return TRUE;
  refuse (self, directory->path, error->message);
  return FALSE;
}

/* it is another one now, or may be used by others than before */
static void
reopen_directory (gpointer data)
{
  Directory *directory = data;
  AqPluginDirectory *self = directory->owner;
  g_autoptr(GPtrArray) candidates = NULL;
  GHashTableIter iter;
  gpointer value;

  close_directory (directory);
  if (!open_directory (directory))
    {
      /* what is loaded stays while the files are there: who may write a directory has not written it yet */
      if (access (directory->path, F_OK) != 0)
        forget_all (directory);
      return;
    }
  list_directory (directory);
  candidates = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->candidates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((const Candidate *) value)->directory == directory)
      g_ptr_array_add (candidates, value);
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (candidates, i);
      g_autofree char *name = g_strdup (candidate->name);

      if (faccessat (directory->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        look_at (candidate);
      else
        forget (directory, name);
    }
}

/**
 * aq_plugin_directory_start:
 * @self: plugin directories that were not started
 *
 * Starts to watch, and to describe what is there. The `ready` hook is called
 * when that is done, before this returns where there is nothing to describe.
 */
void
aq_plugin_directory_start (AqPluginDirectory *self)
{
  start_watching (self);
  for (guint i = 0; i < self->directories->len; i++)
    (void) open_directory (g_ptr_array_index (self->directories, i));
  scan (self);
  check_ready (self);
}

/* Returns: (transfer none) (nullable): the newest generation */
AqPlugin *
aq_plugin_directory_get_plugin (AqPluginDirectory *self,
                                const char        *id)
{
  return g_hash_table_lookup (self->plugins, id);
}

/**
 * aq_plugin_directory_lookup:
 * @self: plugin directories
 * @function: plugin.function
 *
 * Returns: (transfer none) (nullable): the function, of the newest generation of its plugin
 */
AqPluginFunction *
aq_plugin_directory_lookup (AqPluginDirectory *self,
                            const char        *function)
{
  const char *dot = strchr (function, '.');
  char id[128];
  AqPlugin *plugin;

  if (dot == NULL || (gsize) (dot - function) >= sizeof id)
    return NULL;
  memcpy (id, function, (gsize) (dot - function));
  id[dot - function] = '\0';
  plugin = g_hash_table_lookup (self->plugins, id);
  return plugin == NULL ? NULL : g_hash_table_lookup (plugin->functions, function);
}

/* Returns: (transfer none): path → why the file, or the directory, is not used */
GHashTable *
aq_plugin_directory_get_refused (AqPluginDirectory *self)
{
  return self->refused;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Returns: (transfer full) (element-type utf8): ids of plugins that there are, were, or that are refused; sorted */
GPtrArray *
aq_plugin_directory_list_ids (AqPluginDirectory *self)
{
  g_autoptr(GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->generations);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    (void) g_hash_table_add (set, key);
  g_hash_table_iter_init (&iter, self->candidates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((const Candidate *) value)->id != NULL)
      (void) g_hash_table_add (set, ((const Candidate *) value)->id);
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (ids, g_strdup (key));
  g_ptr_array_sort (ids, compare_texts);
  return ids;
}

/* the number of the newest generation, also of a plugin that is gone; 0: there never was one */
guint
aq_plugin_directory_get_generation (AqPluginDirectory *self,
                                    const char        *id)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->generations, id));
}

/**
 * aq_plugin_directory_find_refusal:
 * @self: plugin directories
 * @id: a plugin's id
 * @out_file: (out) (transfer full): which file it is about
 *
 * Returns: (nullable): why a file of that name is not used
 */
const char *
aq_plugin_directory_find_refusal (AqPluginDirectory  *self,
                                  const char         *id,
                                  char              **out_file)
{
  g_autofree char *name = g_strconcat (id, AQ_PLUGIN_FILE_SUFFIX, NULL);

  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);
      g_autofree char *path = g_build_filename (directory->path, name, NULL);
      const char *message = g_hash_table_lookup (self->refused, path);

      if (message == NULL)
        continue;
      *out_file = g_steal_pointer (&path);
      return message;
    }
  return NULL;
}

/**
 * aq_plugin_directory_reload:
 * @self: plugin directories
 * @id: a plugin's id
 *
 * Looks at the files of a plugin again, and at directories that could not be used.
 * What is found is told as if they had changed.
 *
 * Returns: whether there is such a file
 */
gboolean
aq_plugin_directory_reload (AqPluginDirectory *self,
                            const char        *id)
{
  g_autofree char *name = g_strconcat (id, AQ_PLUGIN_FILE_SUFFIX, NULL);
  gboolean found = FALSE;

  for (guint i = 0; i < self->directories->len; i++)
    {
      Directory *directory = g_ptr_array_index (self->directories, i);
      g_autofree char *path = g_build_filename (directory->path, name, NULL);

      if (directory->fd < 0)
        reopen_directory (directory);
      if (directory->fd < 0 || faccessat (directory->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      found = TRUE;
      g_hash_table_remove (self->refused, path); /* so that it is told again */
      look_at (ensure_candidate (directory, name));
    }
  return found;
}
