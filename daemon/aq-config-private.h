/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "aq-config-files.h"
#include "aq-config-group.h"
#include "aq-config.h"

G_BEGIN_DECLS

/*
 * Readers of groups, each in the file of its name; a queue's beside the store's.
 * The error is an `ASYNCQ_ERROR_CONFIG`.
 */

gboolean aq_config_agent_read   (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
gboolean aq_config_function_read (AqConfig      *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
guint    aq_config_function_list_limits (AqConfigSetting *settings,
                                 gsize           offset);
char    *aq_config_function_dup_place (AqConfigFiles *files,
                                 const char     *group);
gboolean aq_config_limits_read  (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
gboolean aq_config_monitor_read (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
gboolean aq_config_plugin_read  (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
gboolean aq_config_queue_read   (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
gboolean aq_config_retry_read   (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);
/* of the key `retry` of [daemon] and of queues; the target is the AqConfig */
gboolean aq_config_retry_read_choice (const AqConfigSetting *setting,
                                 GKeyFile       *file,
                                 const char     *group,
                                 gpointer        target);
gboolean aq_config_retry_choose (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 GError        **error);
gboolean aq_config_store_read   (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);

G_END_DECLS
