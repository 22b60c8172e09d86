/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration
 *
 * A table says which groups there are. Those of few keys are here, the others
 * have a file each. aq-config-files.c knows what is written in which file,
 * aq-config-group.c how a group is read, aq-config-value.c how a value is.
 */

#include "config.h"

#include "aq-config.h"

#include "aq-config-private.h"
#include "aq-config-value.h"
#include "core/aq-quarantine.h"
#include "libasyncq/asyncq-quantity-private.h"
#include "work/aq-work.h"

#include <string.h>

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

typedef gboolean (*ReadGroup) (AqConfig       *config,
                               AqConfigFiles  *files,
                               const char     *group,
                               GError        **error);

#define MEMBER(name) G_STRUCT_OFFSET (AqConfig, name)

static gboolean
read_log_level (const AqConfigSetting *setting,
                GKeyFile              *file,
                const char            *group,
                gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);

  return text != NULL && aq_log_levels_parse (text, &config->log_levels, NULL);
}

/* fractions are allowed: behaviour Z110 */
static gboolean
read_poll_interval (const AqConfigSetting *setting,
                    GKeyFile              *file,
                    const char            *group,
                    gpointer               target)
{
  AqConfig *config = target;
  g_autoptr(GError) error = NULL;
  double seconds = g_key_file_get_double (file, group, setting->key, &error);

  if (error != NULL || !(seconds >= 0.01 && seconds <= 3600))
    return FALSE;
  config->poll_interval_usec = seconds * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
read_timeout (const AqConfigSetting *setting,
              GKeyFile              *file,
              const char            *group,
              gpointer               target)
{
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  gint64 usec;

  if (text == NULL || !asyncq_duration_parse (text, &usec) || usec > (gint64) AQ_CONFIG_MAX_SECONDS * G_USEC_PER_SEC)
    return FALSE;
  *(gint64 *) G_STRUCT_MEMBER_P (target, setting->offset) = usec;
  return TRUE;
}

static gboolean
read_quarantine_after (const AqConfigSetting *setting,
                       GKeyFile              *file,
                       const char            *group,
                       gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  guint64 n_jobs = 0;

  if (text == NULL || (!g_str_equal (text, "never") &&
                       !g_ascii_string_to_unsigned (text, 10, 1, AQ_QUARANTINE_MAX_JOBS, &n_jobs, NULL)))
    return FALSE;
  config->quarantine_jobs = (guint) n_jobs;
  return TRUE;
}

static const AqConfigSetting daemon_settings[] = {
  { "claiming", aq_config_value_read_boolean, MEMBER (claiming), "'true' or 'false'", 0, 0 },
  { "default-agent", aq_config_value_read_boolean, MEMBER (default_agent), "'true' or 'false'", 0, 0 },
  { "drain-timeout", read_timeout, MEMBER (drain_timeout_usec), "a duration such as 10s or 2min, up to an hour", 0, 0 },
  { "kill-timeout", read_timeout, MEMBER (kill_timeout_usec), "a duration such as 5s or 2min, up to an hour", 0, 0 },
  { "log-level", read_log_level, 0,
    "LEVEL, events=LEVEL or trace=LEVEL, several joined by commas, LEVEL being critical, error, "
    "warning, info or debug,", 0, 0 },
  { "plugin-directories", aq_config_value_read_paths, MEMBER (plugin_directories), "a list of absolute paths", 0, 0 },
  { "poll-interval", read_poll_interval, 0, "0.01 to 3600 (seconds)", 0, 0 },
  { "quarantine-after", read_quarantine_after, 0, "'never' or 1 to 10 (jobs that crash)", 0, 0 },
  { "retry", aq_config_retry_read_choice, 0, "the name of a retry policy", 0, 0 },
  { "scheduling", aq_config_value_read_boolean, MEMBER (scheduling), "'true' or 'false'", 0, 0 },
  { "stop-timeout", read_timeout, MEMBER (stop_timeout_usec), "a duration such as 5s or 2min, up to an hour", 0, 0 },
  { "uuid-file", aq_config_value_read_path, MEMBER (uuid_file), "an absolute path", 0, 0 },
  { "worker", aq_config_value_read_path, MEMBER (worker), "an absolute path", 0, 0 },
  { "worker-max-jobs", aq_config_value_read_number, MEMBER (worker_max_jobs), "0 to 1000000000", 0, 1000000000 },
  { "worker-max-memory", aq_config_value_read_size, MEMBER (worker_max_memory_bytes), "a size such as 512M, up to 1024G",
    1, 1024 * 1024 * MIB },
};

static gboolean
read_daemon (AqConfig       *config,
             AqConfigFiles  *files,
             const char     *group,
             GError        **error)
{
  return aq_config_group_read (daemon_settings, G_N_ELEMENTS (daemon_settings), files, group, config, error);
}

static gboolean
read_bus_type (const AqConfigSetting *setting,
               GKeyFile              *file,
               const char            *group,
               gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *bus = g_key_file_get_string (file, group, setting->key, NULL);

  if (g_strcmp0 (bus, "none") == 0)
    config->bus = G_BUS_TYPE_NONE;
  else if (g_strcmp0 (bus, "session") == 0)
    config->bus = G_BUS_TYPE_SESSION;
  else if (g_strcmp0 (bus, "system") == 0)
    config->bus = G_BUS_TYPE_SYSTEM;
  else
    return FALSE;
  return TRUE;
}

static const AqConfigSetting bus_settings[] = {
  { "bus", read_bus_type, 0, "'none', 'session' or 'system'", 0, 0 },
  { "socket", aq_config_value_read_path, MEMBER (socket), "an absolute path", 0, 0 },
};

#undef MEMBER

static gboolean
read_bus (AqConfig       *config,
          AqConfigFiles  *files,
          const char     *group,
          GError        **error)
{
  return aq_config_group_read (bus_settings, G_N_ELEMENTS (bus_settings), files, group, config, error);
}

/* a name with a blank stands for every group that begins so */
static const struct
{
  const char *name;
  ReadGroup   read;
} groups[] = {
  { "agent NAME", aq_config_agent_read },
  { "bus", read_bus },
  { "daemon", read_daemon },
  { "function PATTERN", aq_config_function_read },
  { "limits", aq_config_limits_read },
  { "monitor", aq_config_monitor_read },
  { "plugin ID", aq_config_plugin_read },
  { "queue", aq_config_queue_read }, /* the one whose name is empty */
  { "queue NAME", aq_config_queue_read },
  { "retry NAME", aq_config_retry_read },
  { "store", aq_config_store_read },
};

static gboolean
is_called (const char *group,
           const char *name)
{
  const char *blank = strchr (name, ' ');

  if (blank != NULL)
    return strncmp (group, name, blank + 1 - name) == 0;
  return g_str_equal (group, name);
}

static gboolean
read_group (AqConfig       *config,
            AqConfigFiles  *files,
            const char     *group,
            GError        **error)
{
  const char *names[G_N_ELEMENTS (groups) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      if (is_called (group, groups[i].name))
        return groups[i].read (config, files, group, error);
      names[i] = groups[i].name;
    }
  return aq_config_group_fail (names, files, group, error);
}

static gboolean
read_all_groups (AqConfig       *config,
                 AqConfigFiles  *files,
                 GError        **error)
{
  g_auto(GStrv) names = g_key_file_get_groups (aq_config_files_get_merged (files), NULL);

  for (char **name = names; *name != NULL; name++)
    if (!read_group (config, files, *name, error))
      return FALSE;
  return aq_config_retry_choose (config, files, error);
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

  self->claiming = TRUE;
  self->scheduling = TRUE;
  self->default_agent = TRUE;
  self->log_levels = AQ_LOG_LEVELS_DEFAULT;
  self->poll_interval_usec = AQ_DISPATCHER_DEFAULT_POLL_USEC;
  self->quarantine_jobs = AQ_QUARANTINE_JOBS;
  self->stop_timeout_usec = AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC;
  self->kill_timeout_usec = AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC;
  self->drain_timeout_usec = AQ_WORK_DEFAULT_DRAIN_TIMEOUT_USEC;
  self->store = AQ_CONFIG_STORE_EMBEDDED;
  self->segment_size_bytes = 32 * MIB;
  self->max_live_bytes = 1024 * MIB;
  self->retention = aq_retention_new ();
  self->bus = G_BUS_TYPE_NONE;
  self->monitor_local = TRUE;
  self->monitor_connections = 1024;
  self->monitor_connections_each = 64;
  self->monitor_ping_seconds = 30;
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->policies = aq_retry_policies_new ();
  self->function_rules = aq_function_rules_new ();
  self->cgroup_mode = AQ_CGROUP_AUTO;
  self->queues = g_ptr_array_new_with_free_func (g_free);
  self->policy_choices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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
  aq_retention_unref (self->retention);
  g_free (self->socket);
  g_free (self->monitor_socket);
  g_free (self->monitor_tcp);
  g_free (self->monitor_token_file);
  g_strfreev (self->monitor_hosts);
  g_strfreev (self->monitor_origins);
  g_ptr_array_unref (self->agents);
  aq_retry_policies_unref (self->policies);
  aq_function_rules_unref (self->function_rules);
  g_ptr_array_unref (self->queues);
  g_hash_table_unref (self->policy_choices);
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
  g_autoptr(AqConfigFiles) files = aq_config_files_read (file, error);
  g_autoptr(AqConfig) config = NULL;

  if (files == NULL)
    return NULL;
  config = aq_config_new ();
  if (!read_all_groups (config, files, error))
    return NULL;
  g_ptr_array_sort (config->agents, compare_agents);
  return g_steal_pointer (&config);
}
