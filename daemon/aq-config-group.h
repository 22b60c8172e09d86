/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "aq-config-files.h"

G_BEGIN_DECLS

typedef struct _AqConfigSetting AqConfigSetting;

/*
 * Reads the value that a group of @file has for the key of @setting into @target.
 * Returns FALSE if it is not what is wanted; then @target is as it was.
 */
typedef gboolean (*AqConfigRead) (const AqConfigSetting *setting,
                                  GKeyFile              *file,
                                  const char            *group,
                                  gpointer               target);

/* One key of a group. */
struct _AqConfigSetting
{
  const char   *key;
  AqConfigRead  read;
  gsize         offset; /* of the member in the target; readers that know their target need none */
  const char   *wanted; /* ends the message "…, WANTED is wanted" */
  guint64       min;    /* of numbers and sizes */
  guint64       max;
};

gboolean aq_config_group_fail (const char * const     *names,
                               AqConfigFiles          *files,
                               const char             *group,
                               GError                **error);
gboolean aq_config_group_read (const AqConfigSetting  *settings,
                               guint                   n_settings,
                               AqConfigFiles          *files,
                               const char             *group,
                               gpointer                target,
                               GError                **error);

G_END_DECLS
