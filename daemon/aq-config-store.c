/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of the store, and of what is kept of each queue
 *
 * How long and how many jobs are kept is said by the same keys in [store], for
 * all queues, and in [queue NAME]. A key ends with the outcome that it is about.
 */

#include "config.h"

#include "aq-config-private.h"

#include "aq-config-value.h"
#include "libasyncq/asyncq-quantity-private.h"
#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define QUEUE_PREFIX "queue "

static gboolean
read_store_kind (const AqConfigSetting *setting,
                 GKeyFile              *file,
                 const char            *group,
                 gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *kind = g_key_file_get_string (file, group, setting->key, NULL);

  if (g_strcmp0 (kind, "embedded") == 0)
    config->store = AQ_CONFIG_STORE_EMBEDDED;
  else if (g_strcmp0 (kind, "memory") == 0)
    config->store = AQ_CONFIG_STORE_MEMORY;
  else
    return FALSE;
  return TRUE;
}

/* NULL: [store], which is about all queues */
static const char *
get_queue (const char *group)
{
  if (g_str_equal (group, "store"))
    return NULL;
  return g_str_has_prefix (group, QUEUE_PREFIX) ? group + strlen (QUEUE_PREFIX) : "";
}

/* "keep-failed" without its prefix "keep" */
static AsyncqJobOutcome
get_outcome (const char *key,
             const char *prefix)
{
  const char *rest = key + strlen (prefix);
  AsyncqJobOutcome outcome = AQ_RETENTION_ANY_OUTCOME;

  if (*rest != '\0' && !asyncq_job_outcome_from_string (rest + 1, &outcome))
    g_assert_not_reached (); /* the tables below have no other keys */
  return outcome;
}

static gboolean
read_keep (const AqConfigSetting *setting,
           GKeyFile              *file,
           const char            *group,
           gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  gint64 usec;

  if (text == NULL || !asyncq_duration_parse (text, &usec))
    return FALSE;
  aq_retention_set_time (config->retention, get_queue (group), get_outcome (setting->key, "keep"), usec);
  return TRUE;
}

static gboolean
read_keep_completed (const AqConfigSetting *setting,
                     GKeyFile              *file,
                     const char            *group,
                     gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  guint64 n_jobs;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, setting->min, setting->max, &n_jobs, NULL))
    return FALSE;
  aq_retention_set_number (config->retention, get_queue (group), get_outcome (setting->key, "keep-completed"), n_jobs);
  return TRUE;
}

#define A_DURATION "a duration such as 90s, 12h or 7d"
#define A_NUMBER "0 to 1000000000"
#define MAX_JOBS G_GUINT64_CONSTANT (1000000000)

static const AqConfigSetting queue_settings[] = {
  { "keep", read_keep, 0, A_DURATION, 0, 0 },
  { "keep-cancelled", read_keep, 0, A_DURATION, 0, 0 },
  { "keep-completed", read_keep_completed, 0, A_NUMBER, 0, MAX_JOBS },
  { "keep-completed-cancelled", read_keep_completed, 0, A_NUMBER, 0, MAX_JOBS },
  { "keep-completed-expired", read_keep_completed, 0, A_NUMBER, 0, MAX_JOBS },
  { "keep-completed-failed", read_keep_completed, 0, A_NUMBER, 0, MAX_JOBS },
  { "keep-completed-succeeded", read_keep_completed, 0, A_NUMBER, 0, MAX_JOBS },
  { "keep-expired", read_keep, 0, A_DURATION, 0, 0 },
  { "keep-failed", read_keep, 0, A_DURATION, 0, 0 },
  { "keep-succeeded", read_keep, 0, A_DURATION, 0, 0 },
};

#define MEMBER(name) G_STRUCT_OFFSET (AqConfig, name)

/* what [store] does not say for all queues: [daemon] does */
static const AqConfigSetting retry_setting = {
  "retry", aq_config_retry_read_choice, 0, "the name of a retry policy", 0, 0
};

static const AqConfigSetting store_settings[] = {
  { "kind", read_store_kind, 0, "'embedded' or 'memory'", 0, 0 },
  { "max-live-bytes", aq_config_value_read_size, MEMBER (max_live_bytes), "a size from 64K to 1024G", 64 * KIB,
    1024 * GIB },
  { "path", aq_config_value_read_path, MEMBER (store_path), "an absolute path", 0, 0 },
  { "segment-size", aq_config_value_read_size, MEMBER (segment_size_bytes), "a size from 256K to 32M", 256 * KIB,
    32 * MIB },
};

#undef MEMBER

/* the keys that queues have as well, and its own */
gboolean
aq_config_store_read (AqConfig       *config,
                      AqConfigFiles  *files,
                      const char     *group,
                      GError        **error)
{
  AqConfigSetting all[G_N_ELEMENTS (queue_settings) + G_N_ELEMENTS (store_settings)];

  memcpy (all, queue_settings, sizeof queue_settings);
  memcpy (all + G_N_ELEMENTS (queue_settings), store_settings, sizeof store_settings);
  return aq_config_group_read (all, G_N_ELEMENTS (all), files, group, config, error);
}

gboolean
aq_config_queue_read (AqConfig       *config,
                      AqConfigFiles  *files,
                      const char     *group,
                      GError        **error)
{
  AqConfigSetting all[G_N_ELEMENTS (queue_settings) + 1];

  if (!aq_name_is_queue (get_queue (group)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: group [%s]: '%s' cannot be the name of a queue",
                   aq_config_files_get_origin (files, group, NULL), group, get_queue (group));
      return FALSE;
    }
  g_ptr_array_add (config->queues, g_strdup (get_queue (group)));
  memcpy (all, queue_settings, sizeof queue_settings);
  all[G_N_ELEMENTS (queue_settings)] = retry_setting;
  return aq_config_group_read (all, G_N_ELEMENTS (all), files, group, config, error);
}
