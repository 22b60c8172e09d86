/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration
 *
 * asyncqd.conf is read first, then the files *.conf of conf.d beside it by order of
 * their names; a later file wins, key by key. Nothing is passed over: a group
 * or a key that there is not is an error, because it is most likely a setting
 * that somebody believes in. Every error names file, group and key.
 *
 * What is read goes into one key file, and beside it, for each group and key,
 * the file it came from; then `settings` says what each key means.
 */

#include "config.h"

#include "aq-config.h"

#include "core/aq-name.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define AGENT_PREFIX "agent "
#define PLUGIN_PREFIX "plugin "

/* an agent whose keys are not all read yet */
typedef struct
{
  guint   size;
  char   *filter;
  char  **queues;
} AgentDraft;

typedef struct
{
  AqConfig   *config;  /* owned until it is loaded */
  GKeyFile   *merged;  /* owned */
  GHashTable *origins; /* "group" or "group\nkey" → file; owned */
  AgentDraft  agent;   /* of the group that is being read */
} Loader;

/* reads one value; FALSE: it is not what is wanted */
typedef gboolean (*ReadValue) (Loader     *loader,
                               const char *group,
                               const char *key);

typedef struct
{
  const char *group; /* "agent" stands for every [agent NAME] */
  const char *key;
  ReadValue   read;
  const char *wanted; /* ends the message "…, WANTED is wanted" */
} Setting;

static gboolean
read_path (Loader      *loader,
           const char  *group,
           const char  *key,
           char       **out_path)
{
  g_autofree char *path = g_key_file_get_string (loader->merged, group, key, NULL);

  if (path == NULL || !g_path_is_absolute (path))
    return FALSE;
  g_free (*out_path);
  *out_path = g_steal_pointer (&path);
  return TRUE;
}

static gboolean
read_plugin_directories (Loader     *loader,
                         const char *group,
                         const char *key)
{
  g_auto(GStrv) paths = g_key_file_get_string_list (loader->merged, group, key, NULL, NULL);

  if (paths == NULL)
    return FALSE;
  for (char **path = paths; *path != NULL; path++)
    if (!g_path_is_absolute (*path))
      return FALSE;
  g_strfreev (loader->config->plugin_directories);
  loader->config->plugin_directories = g_steal_pointer (&paths);
  return TRUE;
}

static gboolean
read_worker (Loader     *loader,
             const char *group,
             const char *key)
{
  return read_path (loader, group, key, &loader->config->worker);
}

static gboolean
read_uuid_file (Loader     *loader,
                const char *group,
                const char *key)
{
  return read_path (loader, group, key, &loader->config->uuid_file);
}

static gboolean
read_default_agent (Loader     *loader,
                    const char *group,
                    const char *key)
{
  g_autoptr(GError) error = NULL;

  loader->config->default_agent = g_key_file_get_boolean (loader->merged, group, key, &error);
  return error == NULL;
}

static gboolean
read_store_kind (Loader     *loader,
                 const char *group,
                 const char *key)
{
  g_autofree char *kind = g_key_file_get_string (loader->merged, group, key, NULL);

  if (g_strcmp0 (kind, "embedded") == 0)
    loader->config->store = AQ_CONFIG_STORE_EMBEDDED;
  else if (g_strcmp0 (kind, "memory") == 0)
    loader->config->store = AQ_CONFIG_STORE_MEMORY;
  else
    return FALSE;
  return TRUE;
}

static gboolean
read_store_path (Loader     *loader,
                 const char *group,
                 const char *key)
{
  return read_path (loader, group, key, &loader->config->store_path);
}

static gboolean
read_socket (Loader     *loader,
             const char *group,
             const char *key)
{
  return read_path (loader, group, key, &loader->config->socket);
}

static gboolean
read_log_level (Loader     *loader,
                const char *group,
                const char *key)
{
  g_autofree char *text = g_key_file_get_string (loader->merged, group, key, NULL);

  return text != NULL && aq_log_levels_parse (text, &loader->config->log_levels, NULL);
}

/* fractions are allowed: behaviour Z110 */
static gboolean
read_poll_interval (Loader     *loader,
                    const char *group,
                    const char *key)
{
  g_autoptr(GError) error = NULL;
  double seconds = g_key_file_get_double (loader->merged, group, key, &error);

  if (error != NULL || !(seconds >= 0.01 && seconds <= 3600))
    return FALSE;
  loader->config->poll_interval_usec = seconds * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
read_bus (Loader     *loader,
          const char *group,
          const char *key)
{
  g_autofree char *bus = g_key_file_get_string (loader->merged, group, key, NULL);

  if (g_strcmp0 (bus, "none") == 0)
    loader->config->bus = G_BUS_TYPE_NONE;
  else if (g_strcmp0 (bus, "session") == 0)
    loader->config->bus = G_BUS_TYPE_SESSION;
  else if (g_strcmp0 (bus, "system") == 0)
    loader->config->bus = G_BUS_TYPE_SYSTEM;
  else
    return FALSE;
  return TRUE;
}

static gboolean
read_size (Loader     *loader,
           const char *group,
           const char *key)
{
  g_autofree char *text = g_key_file_get_string (loader->merged, group, key, NULL);
  guint64 size;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, AQ_AGENT_MAX_SIZE, &size, NULL))
    return FALSE;
  loader->agent.size = size;
  return TRUE;
}

static gboolean
read_filter (Loader     *loader,
             const char *group,
             const char *key)
{
  loader->agent.filter = g_key_file_get_string (loader->merged, group, key, NULL);
  return loader->agent.filter != NULL;
}

static gboolean
read_queues (Loader     *loader,
             const char *group,
             const char *key)
{
  g_auto(GStrv) queues = g_key_file_get_string_list (loader->merged, group, key, NULL, NULL);

  if (queues == NULL)
    return FALSE;
  for (char **queue = queues; *queue != NULL; queue++)
    if (!aq_name_is_queue (*queue))
      return FALSE;
  loader->agent.queues = g_steal_pointer (&queues);
  return TRUE;
}

static gboolean
read_monitor_socket (Loader     *loader,
                     const char *group,
                     const char *key)
{
  g_autofree char *path = g_key_file_get_string (loader->merged, group, key, NULL);

  loader->config->monitor_local = g_strcmp0 (path, "none") != 0;
  return !loader->config->monitor_local || read_path (loader, group, key, &loader->config->monitor_socket);
}

/* whether one can listen there is found out at the start */
static gboolean
read_monitor_tcp (Loader     *loader,
                  const char *group,
                  const char *key)
{
  g_autofree char *address = g_key_file_get_string (loader->merged, group, key, NULL);
  const char *colon = address != NULL ? strrchr (address, ':') : NULL;

  if (colon == NULL || colon == address || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, NULL, NULL))
    return FALSE;
  g_free (loader->config->monitor_tcp);
  loader->config->monitor_tcp = g_steal_pointer (&address);
  return TRUE;
}

static gboolean
read_monitor_token_file (Loader     *loader,
                         const char *group,
                         const char *key)
{
  return read_path (loader, group, key, &loader->config->monitor_token_file);
}

static gboolean
read_monitor_hosts (Loader     *loader,
                    const char *group,
                    const char *key)
{
  g_strfreev (loader->config->monitor_hosts);
  loader->config->monitor_hosts = g_key_file_get_string_list (loader->merged, group, key, NULL, NULL);
  return loader->config->monitor_hosts != NULL;
}

/* scheme, host and port: what a browser sends, so that nobody waits for a match that cannot be */
static gboolean
is_origin (const char *text)
{
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' &&
         g_uri_get_userinfo (uri) == NULL && *g_uri_get_path (uri) == '\0' && g_uri_get_query (uri) == NULL &&
         g_uri_get_fragment (uri) == NULL;
}

static gboolean
read_monitor_origins (Loader     *loader,
                      const char *group,
                      const char *key)
{
  g_auto(GStrv) origins = g_key_file_get_string_list (loader->merged, group, key, NULL, NULL);

  if (origins == NULL)
    return FALSE;
  for (char **origin = origins; *origin != NULL; origin++)
    if (!is_origin (*origin))
      return FALSE;
  g_strfreev (loader->config->monitor_origins);
  loader->config->monitor_origins = g_steal_pointer (&origins);
  return TRUE;
}

static gboolean
read_monitor_optional (Loader     *loader,
                       const char *group,
                       const char *key)
{
  g_autoptr(GError) error = NULL;

  loader->config->monitor_optional = g_key_file_get_boolean (loader->merged, group, key, &error);
  return error == NULL;
}

static gboolean
read_number (Loader     *loader,
             const char *group,
             const char *key,
             guint       max,
             guint      *out_number)
{
  g_autofree char *text = g_key_file_get_string (loader->merged, group, key, NULL);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, max, &number, NULL))
    return FALSE;
  *out_number = number;
  return TRUE;
}

static gboolean
read_monitor_connections (Loader     *loader,
                          const char *group,
                          const char *key)
{
  return read_number (loader, group, key, AQ_CONFIG_MAX_CONNECTIONS, &loader->config->monitor_connections);
}

static gboolean
read_monitor_connections_each (Loader     *loader,
                               const char *group,
                               const char *key)
{
  return read_number (loader, group, key, AQ_CONFIG_MAX_CONNECTIONS, &loader->config->monitor_connections_each);
}

static gboolean
read_monitor_ping_interval (Loader     *loader,
                            const char *group,
                            const char *key)
{
  return read_number (loader, group, key, AQ_CONFIG_MAX_SECONDS, &loader->config->monitor_ping_seconds);
}

/* data/asyncqd.conf explains each of these, see test-config.c */
static const Setting settings[] = {
  { "agent", "filter", read_filter, "a pattern such as 'mail.*'" },
  { "agent", "queues", read_queues, "a list of queues' names" },
  { "agent", "size", read_size, "1 to 256" },
  { "bus", "bus", read_bus, "'none', 'session' or 'system'" },
  { "bus", "socket", read_socket, "an absolute path" },
  { "daemon", "default-agent", read_default_agent, "'true' or 'false'" },
  { "daemon", "log-level", read_log_level,
    "LEVEL, events=LEVEL or trace=LEVEL, several joined by commas, LEVEL being critical, error, "
    "warning, info or debug," },
  { "daemon", "plugin-directories", read_plugin_directories, "a list of absolute paths" },
  { "daemon", "poll-interval", read_poll_interval, "0.01 to 3600 (seconds)" },
  { "daemon", "uuid-file", read_uuid_file, "an absolute path" },
  { "daemon", "worker", read_worker, "an absolute path" },
  { "monitor", "allowed-hosts", read_monitor_hosts, "a list such as 'host.example:8080'" },
  { "monitor", "allowed-origins", read_monitor_origins, "a list such as 'https://host.example:8080'" },
  { "monitor", "max-connections", read_monitor_connections, "1 to 10000" },
  { "monitor", "max-connections-each", read_monitor_connections_each, "1 to 10000" },
  { "monitor", "optional", read_monitor_optional, "'true' or 'false'" },
  { "monitor", "ping-interval", read_monitor_ping_interval, "1 to 3600 (seconds)" },
  { "monitor", "socket", read_monitor_socket, "an absolute path or 'none'" },
  { "monitor", "tcp", read_monitor_tcp, "HOST:PORT such as '127.0.0.1:8080'" },
  { "monitor", "token-file", read_monitor_token_file, "an absolute path" },
  { "store", "kind", read_store_kind, "'embedded' or 'memory'" },
  { "store", "path", read_store_path, "an absolute path" },
};
G_STATIC_ASSERT (AQ_AGENT_MAX_SIZE == 256); /* the text above says so, and so of these: */
G_STATIC_ASSERT (AQ_CONFIG_MAX_CONNECTIONS == 10000);
G_STATIC_ASSERT (AQ_CONFIG_MAX_SECONDS == 3600);

static const char * const groups[] = { "agent NAME", "bus", "daemon", "monitor", "plugin ID", "store" };

static const char *
get_origin (Loader     *loader,
            const char *group,
            const char *key)
{
  g_autofree char *place = key != NULL ? g_strconcat (group, "\n", key, NULL) : g_strdup (group);

  return g_hash_table_lookup (loader->origins, place);
}

static void
set_origin (Loader     *loader,
            const char *group,
            const char *key,
            const char *file)
{
  g_hash_table_insert (loader->origins,
                       key != NULL ? g_strconcat (group, "\n", key, NULL) : g_strdup (group),
                       g_strdup (file));
}

/* "" or "; did you mean 'X'?" */
static char *
suggestion_text (const AqSuggestion *suggestion)
{
  if (suggestion->best == NULL)
    return g_strdup ("");
  return g_strdup_printf ("; did you mean '%s'?", suggestion->best);
}

static gboolean
fail_group (Loader      *loader,
            const char  *group,
            GError     **error)
{
  AqSuggestion suggestion;
  g_autofree char *hint = NULL;

  aq_suggestion_init (&suggestion, group);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    aq_suggestion_offer (&suggestion, groups[i]);
  hint = suggestion_text (&suggestion);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: there is no group [%s]%s",
               get_origin (loader, group, NULL), group, hint);
  return FALSE;
}

static gboolean
fail_key (Loader      *loader,
          const char  *kind,
          const char  *group,
          const char  *key,
          GError     **error)
{
  AqSuggestion suggestion;
  g_autofree char *hint = NULL;

  aq_suggestion_init (&suggestion, key);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].group, kind))
      aq_suggestion_offer (&suggestion, settings[i].key);
  hint = suggestion_text (&suggestion);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: group [%s] has no key '%s'%s",
               get_origin (loader, group, key), group, key, hint);
  return FALSE;
}

static gboolean
fail_value (Loader         *loader,
            const char     *group,
            const Setting  *setting,
            GError        **error)
{
  g_autofree char *value = g_key_file_get_value (loader->merged, group, setting->key, NULL);

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
               "%s: group [%s], key '%s' is '%s', %s is wanted",
               get_origin (loader, group, setting->key), group, setting->key, value,
               setting->wanted);
  return FALSE;
}

static const Setting *
find_setting (const char *kind,
              const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].group, kind) && g_str_equal (settings[i].key, key))
      return &settings[i];
  return NULL;
}

/* @kind: as in `settings` */
static gboolean
read_group (Loader      *loader,
            const char  *kind,
            const char  *group,
            GError     **error)
{
  g_auto(GStrv) keys = g_key_file_get_keys (loader->merged, group, NULL, NULL);

  for (char **key = keys; *key != NULL; key++)
    {
      const Setting *setting = find_setting (kind, *key);

      if (setting == NULL)
        return fail_key (loader, kind, group, *key, error);
      if (!setting->read (loader, group, *key))
        return fail_value (loader, group, setting, error);
    }
  return TRUE;
}

static void
agent_draft_clear (AgentDraft *draft)
{
  g_clear_pointer (&draft->filter, g_free);
  g_clear_pointer (&draft->queues, g_strfreev);
  draft->size = AQ_AGENT_DEFAULT_SIZE;
}

static gboolean
read_agent (Loader      *loader,
            const char  *group,
            GError     **error)
{
  AqAgent *agent;

  agent_draft_clear (&loader->agent);
  if (!read_group (loader, "agent", group, error))
    return FALSE;

  agent = aq_agent_new (group + strlen (AGENT_PREFIX), loader->agent.size, loader->agent.filter,
                        (const char * const *) loader->agent.queues, error);
  if (agent == NULL)
    {
      g_prefix_error (error, "%s: group [%s]: ", get_origin (loader, group, NULL), group);
      /* wherever else it comes from, here it is a mistake in a file */
      if (error != NULL)
        (*error)->code = ASYNCQ_ERROR_CONFIG;
      return FALSE;
    }
  g_ptr_array_add (loader->config->agents, agent);
  return TRUE;
}

/* the keys are the plugin's own business */
static gboolean
read_plugin (Loader      *loader,
             const char  *group,
             GError     **error)
{
  const char *id = group + strlen (PLUGIN_PREFIX);
  g_auto(GStrv) keys = g_key_file_get_keys (loader->merged, group, NULL, NULL);
  GVariantBuilder builder;

  if (!aq_name_is_symbol (id))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s: group [%s]: '%s' cannot be the id of a plugin",
                   get_origin (loader, group, NULL), group, id);
      return FALSE;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (char **key = keys; *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_string (loader->merged, group, *key, NULL);

      if (value == NULL)
        {
          g_variant_builder_clear (&builder);
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                       "%s: group [%s], key '%s': the value is not UTF-8, or has a wrong escape",
                       get_origin (loader, group, *key), group, *key);
          return FALSE;
        }
      g_variant_builder_add (&builder, "{ss}", *key, value);
    }
  (void) g_hash_table_insert (loader->config->plugin_settings, g_strdup (id),
                              g_variant_ref_sink (g_variant_builder_end (&builder)));
  return TRUE;
}

static gboolean
interpret_group (Loader      *loader,
                 const char  *group,
                 GError     **error)
{
  if (g_str_has_prefix (group, AGENT_PREFIX))
    return read_agent (loader, group, error);
  if (g_str_has_prefix (group, PLUGIN_PREFIX))
    return read_plugin (loader, group, error);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_str_equal (group, groups[i]))
      return read_group (loader, group, group, error);
  return fail_group (loader, group, error);
}

static gboolean
interpret (Loader  *loader,
           GError **error)
{
  g_auto(GStrv) names = g_key_file_get_groups (loader->merged, NULL);

  for (char **name = names; *name != NULL; name++)
    if (!interpret_group (loader, *name, error))
      return FALSE;
  return TRUE;
}

static void
merge_group (Loader     *loader,
             GKeyFile   *key_file,
             const char *group,
             const char *file)
{
  g_auto(GStrv) keys = g_key_file_get_keys (key_file, group, NULL, NULL);

  if (!g_key_file_has_group (loader->merged, group))
    {
      /* there is no other way to make a group, which may stay without keys */
      g_key_file_set_value (loader->merged, group, "x", "");
      (void) g_key_file_remove_key (loader->merged, group, "x", NULL);
      set_origin (loader, group, NULL, file);
    }
  for (char **key = keys; *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_value (key_file, group, *key, NULL);

      g_key_file_set_value (loader->merged, group, *key, value);
      set_origin (loader, group, *key, file);
    }
}

static gboolean
read_file (Loader      *loader,
           const char  *file,
           GError     **error)
{
  g_autoptr(GKeyFile) key_file = g_key_file_new ();
  g_autoptr(GError) reason = NULL;
  g_autofree char *text = NULL;
  g_auto(GStrv) names = NULL;
  gsize length;

  /* not g_key_file_load_from_file(), which does not take /dev/null */
  if (!g_file_get_contents (file, &text, &length, &reason) ||
      !g_key_file_load_from_data (key_file, text, length, G_KEY_FILE_NONE, &reason))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "could not read configuration '%s': %s",
                   file, reason->message);
      return FALSE;
    }
  names = g_key_file_get_groups (key_file, NULL);
  for (char **name = names; *name != NULL; name++)
    merge_group (loader, key_file, *name, file);
  return TRUE;
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* (transfer full): the paths of the files of conf.d, sorted; none where there is no such folder */
static GPtrArray *
list_more_files (const char  *file,
                 GError     **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *more = g_build_filename (folder, "conf.d", NULL);
  g_autoptr(GError) reason = NULL;
  g_autoptr(GDir) dir = g_dir_open (more, 0, &reason);
  const char *name;

  if (dir == NULL && !g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "could not read folder '%s': %s", more,
                   reason->message);
      return NULL;
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (files, g_build_filename (more, name, NULL));
  g_ptr_array_sort (files, compare_strings);
  return g_steal_pointer (&files);
}

static gboolean
read_all_files (Loader      *loader,
                const char  *file,
                GError     **error)
{
  g_autoptr(GPtrArray) more = NULL;

  if (!read_file (loader, file, error))
    return FALSE;
  more = list_more_files (file, error);
  if (more == NULL)
    return FALSE;
  for (guint i = 0; i < more->len; i++)
    if (!read_file (loader, g_ptr_array_index (more, i), error))
      return FALSE;
  return TRUE;
}

static void
unref_agent (gpointer agent)
{
  aq_agent_unref (agent);
}

static void
unref_variant (gpointer value)
{
  g_variant_unref (value);
}

static int
compare_agents (gconstpointer a,
                gconstpointer b)
{
  return strcmp ((*(AqAgent * const *) a)->name, (*(AqAgent * const *) b)->name);
}

/**
 * aq_config_new:
 *
 * Returns: (transfer full): the defaults
 *
 * Since: 0.1
 */
AqConfig *
aq_config_new (void)
{
  AqConfig *self = g_new0 (AqConfig, 1);

  self->default_agent = TRUE;
  self->log_levels = AQ_LOG_LEVELS_DEFAULT;
  self->poll_interval_usec = AQ_DISPATCHER_DEFAULT_POLL_USEC;
  self->store = AQ_CONFIG_STORE_EMBEDDED;
  self->bus = G_BUS_TYPE_NONE;
  self->monitor_local = TRUE;
  self->monitor_connections = 1024;
  self->monitor_connections_each = 64;
  self->monitor_ping_seconds = 30;
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->plugin_settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_variant);
  return self;
}

void
aq_config_free (AqConfig *self)
{
  g_strfreev (self->plugin_directories);
  g_free (self->worker);
  g_free (self->uuid_file);
  g_free (self->store_path);
  g_free (self->socket);
  g_free (self->monitor_socket);
  g_free (self->monitor_tcp);
  g_free (self->monitor_token_file);
  g_strfreev (self->monitor_hosts);
  g_strfreev (self->monitor_origins);
  g_ptr_array_unref (self->agents);
  g_hash_table_unref (self->plugin_settings);
  g_free (self);
}

/**
 * aq_config_load:
 * @file: path of asyncqd.conf, which must be there
 * @error: return location for an error
 *
 * Reads the configuration from @file, and from the folder conf.d beside it.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`; the message names file, group and key.
 *
 * Returns: (transfer full): the configuration, or %NULL with @error set
 *
 * Since: 0.1
 */
AqConfig *
aq_config_load (const char  *file,
                GError     **error)
{
  g_autoptr(AqConfig) config = aq_config_new ();
  g_autoptr(GKeyFile) merged = g_key_file_new ();
  g_autoptr(GHashTable) origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Loader loader = { .config = config, .merged = merged, .origins = origins };
  gboolean loaded = read_all_files (&loader, file, error) && interpret (&loader, error);

  agent_draft_clear (&loader.agent);
  g_ptr_array_sort (config->agents, compare_agents);
  return loaded ? g_steal_pointer (&config) : NULL;
}
