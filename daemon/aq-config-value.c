/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Values of the configuration
 */

#include "config.h"

#include "aq-config-value.h"

#include "libasyncq/asyncq-quantity-private.h"

/* the member of a target that a setting is about */
#define MEMBER(Type, target, setting) (&G_STRUCT_MEMBER (Type, (target), (setting)->offset))

static void
take_string (char **member,
             char  *value)
{
  g_free (*member);
  *member = value;
}

static void
take_list (char ***member,
           char  **value)
{
  g_strfreev (*member);
  *member = value;
}

gboolean
aq_config_value_read_boolean (const AqConfigSetting *setting,
                              GKeyFile              *file,
                              const char            *group,
                              gpointer               target)
{
  g_autoptr(GError) error = NULL;
  gboolean value = g_key_file_get_boolean (file, group, setting->key, &error);

  if (error != NULL)
    return FALSE;
  *MEMBER (gboolean, target, setting) = value;
  return TRUE;
}

gboolean
aq_config_value_read_string (const AqConfigSetting *setting,
                             GKeyFile              *file,
                             const char            *group,
                             gpointer               target)
{
  char *value = g_key_file_get_string (file, group, setting->key, NULL);

  if (value == NULL)
    return FALSE;
  take_string (MEMBER (char *, target, setting), value);
  return TRUE;
}

gboolean
aq_config_value_read_path (const AqConfigSetting *setting,
                           GKeyFile              *file,
                           const char            *group,
                           gpointer               target)
{
  g_autofree char *path = g_key_file_get_string (file, group, setting->key, NULL);

  if (path == NULL || !g_path_is_absolute (path))
    return FALSE;
  take_string (MEMBER (char *, target, setting), g_steal_pointer (&path));
  return TRUE;
}

gboolean
aq_config_value_read_list (const AqConfigSetting *setting,
                           GKeyFile              *file,
                           const char            *group,
                           gpointer               target)
{
  char **list = g_key_file_get_string_list (file, group, setting->key, NULL, NULL);

  if (list == NULL)
    return FALSE;
  take_list (MEMBER (char **, target, setting), list);
  return TRUE;
}

gboolean
aq_config_value_read_paths (const AqConfigSetting *setting,
                            GKeyFile              *file,
                            const char            *group,
                            gpointer               target)
{
  g_auto(GStrv) paths = g_key_file_get_string_list (file, group, setting->key, NULL, NULL);

  if (paths == NULL)
    return FALSE;
  for (char **path = paths; *path != NULL; path++)
    if (!g_path_is_absolute (*path))
      return FALSE;
  take_list (MEMBER (char **, target, setting), g_steal_pointer (&paths));
  return TRUE;
}

gboolean
aq_config_value_read_number (const AqConfigSetting *setting,
                             GKeyFile              *file,
                             const char            *group,
                             gpointer               target)
{
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, setting->min, setting->max, &number, NULL))
    return FALSE;
  *MEMBER (guint, target, setting) = number;
  return TRUE;
}

/* whole numbers of bytes, or of K, M, G, T: powers of 1024 */
gboolean
aq_config_value_read_size (const AqConfigSetting *setting,
                           GKeyFile              *file,
                           const char            *group,
                           gpointer               target)
{
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  guint64 size;

  if (text == NULL || !asyncq_size_parse (text, setting->min, setting->max, &size))
    return FALSE;
  *MEMBER (guint64, target, setting) = size;
  return TRUE;
}
