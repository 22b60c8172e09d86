/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The plugin directories
 *
 * Every file ID.so in them is opened with care, copied, described by a process
 * that ends afterwards, and then is the newest generation of plugin ID. A file that
 * is refused is remembered with the reason; what was loaded before from the same
 * place stays, whatever is wrong with the new one. Of two directories that have a
 * file of one name, the one that is listed first counts.
 *
 * A directory that cannot be used is refused like a file, with its reason. When
 * there is something to look at is told by aq-plugin-folders.c.
 *
 * A candidate is one path. It is described by at most one process at a time; what
 * happens to the file meanwhile makes it be looked at once more.
 */

#include "config.h"

#include "work/aq-plugin-directory.h"

#include "work/aq-describer.h"
#include "work/aq-plugin-description.h"
#include "work/aq-plugin-file.h"
#include "work/aq-plugin-folders.h"
#include "work/aq-profile-table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  AqPluginDirectory *owner;     /* not owned */
  AqPluginFolder    *folder;    /* not owned */
  char              *name;
  char              *path;
  char              *id;        /* NULL where the name is none of a plugin */
  AqDescriber       *describer; /* while it is being described */
  int                copy;      /* what is being described, or -1 */
  gboolean           changed_again;
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

  AqPluginFolders *folders; /* owned */
  GHashTable *candidates;   /* path → Candidate */
  GHashTable *plugins;      /* id → AqPlugin, the newest generation */
  GHashTable *generations;  /* id → the number of the newest one, also of a plugin that is gone */
  GHashTable *refused;      /* path → char *: why */
  guint       n_describing;
  gboolean    is_ready;
};

static void look_at (Candidate *candidate);

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
  for (guint i = 0; i < aq_plugin_folders_get_n (self->folders); i++)
    {
      AqPluginFolder *folder = aq_plugin_folders_get (self->folders, i);
      g_autofree char *path = g_build_filename (folder->path, candidate->name, NULL);
      const Candidate *earlier = g_hash_table_lookup (self->candidates, path);

      if (folder == candidate->folder)
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
  functions = aq_plugin_description_take (description, self->rules, plugin, &error);
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
  AqPluginDirectory *self = candidate->owner;

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
  int fd = aq_plugin_file_open (candidate->folder->fd, candidate->folder->path, candidate->name, error);

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
  AqPluginDirectory *self = candidate->owner;
  const Candidate *earlier;
  g_autoptr(GError) error = NULL;

  candidate->changed_again = candidate->describer != NULL;
  if (candidate->changed_again)
    return;

  if (candidate->id == NULL)
    {
      g_free (aq_plugin_file_dup_id (candidate->folder->path, candidate->name, &error));
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
ensure_candidate (AqPluginDirectory *self,
                  AqPluginFolder    *folder,
                  const char        *name)
{
  g_autofree char *path = g_build_filename (folder->path, name, NULL);
  Candidate *candidate = g_hash_table_lookup (self->candidates, path);

  if (candidate != NULL)
    return candidate;
  candidate = g_new0 (Candidate, 1);
  candidate->owner = self;
  candidate->folder = folder;
  candidate->name = g_strdup (name);
  candidate->path = g_steal_pointer (&path);
  candidate->id = aq_plugin_file_dup_id (folder->path, name, NULL);
  candidate->copy = -1;
  g_hash_table_replace (self->candidates, candidate->path, candidate);
  return candidate;
}

/* A directory further down the list may have one of the same name. */
static void
look_at_others (AqPluginDirectory *self,
                const char        *name)
{
  for (guint i = 0; i < aq_plugin_folders_get_n (self->folders); i++)
    {
      AqPluginFolder *folder = aq_plugin_folders_get (self->folders, i);
      g_autofree char *path = g_build_filename (folder->path, name, NULL);
      Candidate *candidate = g_hash_table_lookup (self->candidates, path);

      if (candidate != NULL)
        look_at (candidate);
    }
}

static void
forget (AqPluginDirectory *self,
        AqPluginFolder    *folder,
        const char        *name)
{
  g_autofree char *path = g_build_filename (folder->path, name, NULL);
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

static void
list_folder (AqPluginDirectory *self,
             AqPluginFolder    *folder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) names = aq_plugin_folder_list_names (folder, &error);

  if (names == NULL)
    {
      refuse (self, folder->path, error->message);
      return;
    }
  for (guint i = 0; i < names->len; i++)
    (void) ensure_candidate (self, folder, g_ptr_array_index (names, i));
}

/* Returns: (element-type Candidate): those of a folder, or, with %NULL, all */
static GPtrArray *
list_candidates (AqPluginDirectory    *self,
                 const AqPluginFolder *folder)
{
  GPtrArray *candidates = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->candidates);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (folder == NULL || ((const Candidate *) value)->folder == folder)
      g_ptr_array_add (candidates, value);
  return candidates;
}

/* Those that are not there any more are forgotten. */
static void
look_at_all (AqPluginDirectory *self,
             const GPtrArray   *candidates)
{
  for (guint i = 0; i < candidates->len; i++)
    {
      Candidate *candidate = g_ptr_array_index (candidates, i);
      g_autofree char *name = g_strdup (candidate->name);

      if (faccessat (candidate->folder->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        look_at (candidate);
      else
        forget (self, candidate->folder, name);
    }
}

/* Looks at everything: at the start, and when events were lost. */
static void
scan (AqPluginDirectory *self)
{
  g_autoptr(GPtrArray) candidates = NULL;

  for (guint i = 0; i < aq_plugin_folders_get_n (self->folders); i++)
    {
      AqPluginFolder *folder = aq_plugin_folders_get (self->folders, i);

      if (folder->fd >= 0)
        list_folder (self, folder);
    }
  candidates = list_candidates (self, NULL);
  look_at_all (self, candidates);
}

/* what it had goes, as if each file had been taken away */
static void
forget_all (AqPluginDirectory *self,
            AqPluginFolder    *folder)
{
  g_autoptr(GPtrArray) candidates = list_candidates (self, folder);

  for (guint i = 0; i < candidates->len; i++)
    {
      g_autofree char *name = g_strdup (((const Candidate *) g_ptr_array_index (candidates, i))->name);

      forget (self, folder, name);
    }
}

static void
on_folder_refused (AqPluginFolder *folder,
                   const GError   *error,
                   gpointer        user_data)
{
  AqPluginDirectory *self = user_data;

  if (error != NULL)
    refuse (self, folder->path, error->message);
  else if (g_hash_table_remove (self->refused, folder->path))
    g_message ("plugin directory '%s' can be used", folder->path);
}

static void
on_folder_changed (AqPluginFolder *folder,
                   gpointer        user_data)
{
  AqPluginDirectory *self = user_data;
  g_autoptr(GPtrArray) candidates = NULL;

  if (folder->fd < 0)
    {
      /* what is loaded stays while the files are there: who may write a directory has not written it yet */
      if (access (folder->path, F_OK) != 0)
        forget_all (self, folder);
      return;
    }
  list_folder (self, folder);
  candidates = list_candidates (self, folder);
  look_at_all (self, candidates);
}

static void
on_file_changed (AqPluginFolder *folder,
                 const char     *name,
                 gpointer        user_data)
{
  look_at (ensure_candidate (user_data, folder, name));
}

static void
on_file_gone (AqPluginFolder *folder,
              const char     *name,
              gpointer        user_data)
{
  forget (user_data, folder, name);
}

static void
on_events_lost (gpointer user_data)
{
  scan (user_data);
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
  static const AqPluginFolderHooks folder_hooks = {
    .refused = on_folder_refused,
    .changed = on_folder_changed,
    .file_changed = on_file_changed,
    .file_gone = on_file_gone,
    .lost = on_events_lost,
  };
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
  self->folders = aq_plugin_folders_new (settings->paths, &folder_hooks, self);
  self->candidates = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, candidate_free);
  self->plugins = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_plugin_unref);
  self->generations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);

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
  g_hash_table_unref (self->candidates);
  g_hash_table_unref (self->plugins);
  g_hash_table_unref (self->generations);
  g_hash_table_unref (self->refused);
  g_hash_table_unref (self->settings);
  aq_profile_table_free (self->profiles);
  aq_function_rules_unref (self->rules);
  aq_plugin_folders_free (self->folders);
  aq_clock_unref (self->clock);
  g_free (self->worker_program);
  g_free (self);
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
  aq_plugin_folders_start (self->folders);
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

  for (guint i = 0; i < aq_plugin_folders_get_n (self->folders); i++)
    {
      AqPluginFolder *folder = aq_plugin_folders_get (self->folders, i);
      g_autofree char *path = g_build_filename (folder->path, name, NULL);
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

  for (guint i = 0; i < aq_plugin_folders_get_n (self->folders); i++)
    {
      AqPluginFolder *folder = aq_plugin_folders_get (self->folders, i);
      g_autofree char *path = g_build_filename (folder->path, name, NULL);

      if (folder->fd < 0)
        aq_plugin_folder_reopen (folder);
      if (folder->fd < 0 || faccessat (folder->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      found = TRUE;
      g_hash_table_remove (self->refused, path); /* so that it is told again */
      look_at (ensure_candidate (self, folder, name));
    }
  return found;
}
