/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "aq-config-files.h"
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
gboolean aq_config_store_read   (AqConfig       *config,
                                 AqConfigFiles  *files,
                                 const char     *group,
                                 GError        **error);

G_END_DECLS
