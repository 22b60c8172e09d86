/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "aq-config-group.h"

G_BEGIN_DECLS

/* Readers of settings, by the type of the member that `offset` of the setting tells. */

gboolean aq_config_value_read_boolean (const AqConfigSetting *setting, /* gboolean */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_list    (const AqConfigSetting *setting, /* char **, owned */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_number  (const AqConfigSetting *setting, /* guint, from min to max */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_path    (const AqConfigSetting *setting, /* char *, owned */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_paths   (const AqConfigSetting *setting, /* char **, owned */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_size    (const AqConfigSetting *setting, /* guint64, bytes, from min to max */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);
gboolean aq_config_value_read_string  (const AqConfigSetting *setting, /* char *, owned */
                                       GKeyFile              *file,
                                       const char            *group,
                                       gpointer               target);

G_END_DECLS
