/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The directories that plugins are in, watched. */
typedef struct _AqPluginFolders AqPluginFolders;

/* one of them; for others to read */
typedef struct
{
  AqPluginFolders       *owner;   /* not owned */
  char                  *path;
  int                    fd;      /* -1: it cannot be used */
  int                    watch;   /* of inotify, or -1 */
  struct _AqParentWatch *parents; /* owned, nullable: it cannot be used, and we look out for that it can */
} AqPluginFolder;

typedef struct
{
  /* it cannot be used; without @error: it can */
  void (*refused)      (AqPluginFolder *folder,
                        const GError   *error,
                        gpointer        user_data);
  /* it is another one now, or may be used by others than before; or it is none any more */
  void (*changed)      (AqPluginFolder *folder,
                        gpointer        user_data);
  /* a file that may be a plugin was written, moved in, or changed in mode */
  void (*file_changed) (AqPluginFolder *folder,
                        const char     *name,
                        gpointer        user_data);
  void (*file_gone)    (AqPluginFolder *folder,
                        const char     *name,
                        gpointer        user_data);
  /* anything may have changed */
  void (*lost)         (gpointer        user_data);
} AqPluginFolderHooks;

AqPluginFolders *aq_plugin_folders_new       (const char * const         *paths,
                                              const AqPluginFolderHooks  *hooks,
                                              gpointer                    user_data);
void             aq_plugin_folders_free      (AqPluginFolders            *self);
void             aq_plugin_folders_start     (AqPluginFolders            *self);
guint            aq_plugin_folders_get_n     (AqPluginFolders            *self);
AqPluginFolder  *aq_plugin_folders_get       (AqPluginFolders            *self,
                                              guint                       index);
GPtrArray       *aq_plugin_folder_list_names (AqPluginFolder             *self,
                                              GError                    **error);
void             aq_plugin_folder_reopen     (AqPluginFolder             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqPluginFolders, aq_plugin_folders_free)

G_END_DECLS
