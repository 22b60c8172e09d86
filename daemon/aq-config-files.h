/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* asyncqd.conf and the files of conf.d as one key file, which knows what came from where. */
typedef struct _AqConfigFiles AqConfigFiles;

AqConfigFiles *aq_config_files_read       (const char     *file,
                                           GError        **error);
void           aq_config_files_free       (AqConfigFiles  *self);
GKeyFile      *aq_config_files_get_merged (AqConfigFiles  *self);
const char    *aq_config_files_get_origin (AqConfigFiles  *self,
                                           const char     *group,
                                           const char     *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqConfigFiles, aq_config_files_free)

G_END_DECLS
