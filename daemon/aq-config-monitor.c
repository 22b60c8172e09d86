/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of the monitor
 */

#include "config.h"

#include "aq-config-private.h"

#include "aq-config-value.h"

#include <string.h>

static gboolean
read_socket (const AqConfigSetting *setting,
             GKeyFile              *file,
             const char            *group,
             gpointer               target)
{
  AqConfig *config = target;
  g_autofree char *path = g_key_file_get_string (file, group, setting->key, NULL);

  config->monitor_local = g_strcmp0 (path, "none") != 0;
  return !config->monitor_local || aq_config_value_read_path (setting, file, group, target);
}

/* whether one can listen there is found out at the start */
static gboolean
read_tcp (const AqConfigSetting *setting,
          GKeyFile              *file,
          const char            *group,
          gpointer               target)
{
  g_autofree char *address = g_key_file_get_string (file, group, setting->key, NULL);
  const char *colon = address != NULL ? strrchr (address, ':') : NULL;

  return colon != NULL && colon != address &&
         g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, NULL, NULL) &&
         aq_config_value_read_string (setting, file, group, target);
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
read_origins (const AqConfigSetting *setting,
              GKeyFile              *file,
              const char            *group,
              gpointer               target)
{
  g_auto(GStrv) origins = g_key_file_get_string_list (file, group, setting->key, NULL, NULL);

  if (origins == NULL)
    return FALSE;
  for (char **origin = origins; *origin != NULL; origin++)
    if (!is_origin (*origin))
      return FALSE;
  return aq_config_value_read_list (setting, file, group, target);
}

#define MEMBER(name) G_STRUCT_OFFSET (AqConfig, name)
static const AqConfigSetting settings[] = {
  { "allowed-hosts", aq_config_value_read_list, MEMBER (monitor_hosts), "a list such as 'host.example:8080'", 0, 0 },
  { "allowed-origins", read_origins, MEMBER (monitor_origins), "a list such as 'https://host.example:8080'", 0, 0 },
  { "max-connections", aq_config_value_read_number, MEMBER (monitor_connections), "1 to 10000", 1,
    AQ_CONFIG_MAX_CONNECTIONS },
  { "max-connections-each", aq_config_value_read_number, MEMBER (monitor_connections_each), "1 to 10000", 1,
    AQ_CONFIG_MAX_CONNECTIONS },
  { "optional", aq_config_value_read_boolean, MEMBER (monitor_optional), "'true' or 'false'", 0, 0 },
  { "ping-interval", aq_config_value_read_number, MEMBER (monitor_ping_seconds), "1 to 3600 (seconds)", 1,
    AQ_CONFIG_MAX_SECONDS },
  { "socket", read_socket, MEMBER (monitor_socket), "an absolute path or 'none'", 0, 0 },
  { "tcp", read_tcp, MEMBER (monitor_tcp), "HOST:PORT such as '127.0.0.1:8080'", 0, 0 },
  { "token-file", aq_config_value_read_path, MEMBER (monitor_token_file), "an absolute path", 0, 0 },
};
#undef MEMBER
G_STATIC_ASSERT (AQ_CONFIG_MAX_CONNECTIONS == 10000); /* the texts above say so */
G_STATIC_ASSERT (AQ_CONFIG_MAX_SECONDS == 3600);

gboolean
aq_config_monitor_read (AqConfig       *config,
                        AqConfigFiles  *files,
                        const char     *group,
                        GError        **error)
{
  return aq_config_group_read (settings, G_N_ELEMENTS (settings), files, group, config, error);
}
