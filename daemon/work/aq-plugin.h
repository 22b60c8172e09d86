/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-profile.h"
#include "work/worker/aq-function-options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _AqPlugin AqPlugin;

/* what work knows of a function: core has the rest in its AqFunctionTable */
typedef struct
{
  AqPlugin *plugin;      /* not owned: the plugin owns us */
  char     *name;        /* plugin.function */
  char     *result_type;
  AqFunctionOptions options;
  AqProfile *profile;    /* owned, nullable: the sandbox that its workers have */
  GHashTable *grants;    /* agent → AqResourceGrant or NULL: aq-resources.c has them */
  GPtrArray *notes;      /* of strings; nullable: what somebody should know of it */
  gboolean  measured;
  double    mean_nsec;    /* how long it runs, newer runs counting more; once `measured` */
  double    typical_nsec; /* as many runs are shorter as are longer, about; likewise */
} AqPluginFunction;

/* One generation of a plugin: an immutable copy of a file that could be described. */
struct _AqPlugin
{
  guint       ref_count;
  guint       generation;
  char       *id;
  char       *file;
  char       *build;     /* hexadecimal digits: see worker/aq-build-id.h */
  char       *version;
  gint64      loaded_usec; /* wall clock: when it was described */
  int         fd;        /* owned: from aq_plugin_file_copy() */
  GVariant   *settings;  /* a{ss} */
  GHashTable *functions; /* name → AqPluginFunction, owned */
};

AqPlugin         *aq_plugin_new           (const char       *id,
                                           guint             generation,
                                           const char       *file,
                                           int               fd,
                                           GVariant         *settings);
AqPlugin         *aq_plugin_ref           (AqPlugin         *self);
void              aq_plugin_unref         (AqPlugin         *self);
void              aq_plugin_add_function  (AqPlugin         *self,
                                           const char       *name,
                                           const char       *result_type,
                                           const AqFunctionOptions *options);
gboolean          aq_plugin_function_add_note (AqPluginFunction *self,
                                           const char       *note);
void              aq_plugin_function_ran  (AqPluginFunction *self,
                                           guint64           run_nsec);
gboolean          aq_plugin_function_is_long (const AqPluginFunction *self);
gboolean          aq_plugin_function_is_tiny (const AqPluginFunction *self);
gboolean          aq_plugin_function_is_concurrent (const AqPluginFunction *self);
double            aq_plugin_function_cost (const AqPluginFunction *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqPlugin, aq_plugin_unref)

G_END_DECLS
