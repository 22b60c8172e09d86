/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define AQ_PLUGIN_FILE_SUFFIX ".so"
#define AQ_PLUGIN_FILE_MAX_BYTES (256 * 1024 * 1024)

int      aq_plugin_file_open_directory (const char  *path,
                                        GError     **error);
int      aq_plugin_file_open           (int          directory_fd,
                                        const char  *directory,
                                        const char  *name,
                                        GError     **error);
int      aq_plugin_file_copy           (int          fd,
                                        const char  *path,
                                        GError     **error);
gboolean aq_plugin_file_equal          (int          copy,
                                        int          other_copy);
char    *aq_plugin_file_dup_id         (const char  *directory,
                                        const char  *name,
                                        GError     **error);

G_END_DECLS
