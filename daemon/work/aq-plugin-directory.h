/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "core/aq-function-table.h"
#include "work/aq-function-rules.h"
#include "work/aq-plugin.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The plugins that the files in some directories are, kept up to date. */
typedef struct _AqPluginDirectory AqPluginDirectory;

typedef struct
{
  /* @plugin: the newest generation has changed, or is gone; the table knows already */
  void (*changed) (const char *plugin,
                   gpointer    user_data);
  /* what was there at the start is all described; called once */
  void (*ready)   (gpointer    user_data);
} AqPluginDirectoryHooks;

typedef struct
{
  AqClock             *clock;
  AqFunctionTable     *functions;
  const char          *worker_program;
  const char * const  *paths;
  GHashTable          *settings; /* nullable: id → GVariant a{ss} */
  AqFunctionRules     *rules;    /* nullable: what the configuration says of functions */
} AqPluginDirectorySettings;

AqPluginDirectory *aq_plugin_directory_new         (const AqPluginDirectorySettings *settings,
                                                    const AqPluginDirectoryHooks    *hooks,
                                                    gpointer                         user_data);
void               aq_plugin_directory_free        (AqPluginDirectory               *self);
void               aq_plugin_directory_start       (AqPluginDirectory               *self);
AqPlugin          *aq_plugin_directory_get_plugin  (AqPluginDirectory               *self,
                                                    const char                      *id);
AqPluginFunction  *aq_plugin_directory_lookup      (AqPluginDirectory               *self,
                                                    const char                      *function);
GHashTable        *aq_plugin_directory_get_refused (AqPluginDirectory               *self);
GPtrArray         *aq_plugin_directory_list_ids    (AqPluginDirectory               *self);
guint              aq_plugin_directory_get_generation (AqPluginDirectory            *self,
                                                    const char                      *id);
const char        *aq_plugin_directory_find_refusal (AqPluginDirectory              *self,
                                                    const char                      *id,
                                                    char                           **out_file);
gboolean           aq_plugin_directory_reload      (AqPluginDirectory               *self,
                                                    const char                      *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqPluginDirectory, aq_plugin_directory_free)

G_END_DECLS
