/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-plugin.h"
#include "libasyncq/asyncq-signature.h"

G_BEGIN_DECLS

/* plugins and functions are named [A-Za-z_][A-Za-z0-9_]{0,63} */
#define AQ_PLUGIN_NAME_MAX 64
#define AQ_PLUGIN_MAX_FUNCTIONS 4096

/* a function that can be called; lives as long as the process */
typedef struct
{
  char              *full_name; /* plugin.function */
  const char        *name;
  const char        *parameters;
  const char        *result;
  const char        *description;
  const char        *object; /* nullable: the type of the object that it is bound to */
  const char        *options; /* its own, as declared */
  gboolean           deferred; /* whether it may end later than it returns */
  guint              n_concurrent; /* jobs of it that one worker may have begun at once; more than 1 only if `deferred` */
  AsyncqSignature   *signature;
  char              *arguments_type;
  AsyncqJobFunction  call;
} AqLoadedFunction;

typedef struct
{
  const char *id;
  const char *version;
  const char *options;   /* of all of its functions, as declared */
  AsyncqSetUpFunction    set_up;    /* nullable */
  AsyncqTearDownFunction tear_down; /* nullable */
  gboolean    is_set_up;
  GPtrArray  *functions; /* of AqLoadedFunction, in the order of their declaration */
  GHashTable *settings;  /* char * → char * */
} AqLoadedPlugin;

AqLoadedPlugin *aq_loaded_plugin_open         (int              fd,
                                               const char      *file,
                                               const char      *id,
                                               GError         **error);
void            aq_loaded_plugin_set_settings (AqLoadedPlugin  *self,
                                               GVariant        *settings);
gboolean        aq_loaded_function_check_result
                                              (const AqLoadedFunction  *self,
                                               gboolean                 returned_job,
                                               GVariant               **value,
                                               GError                 **error);
gboolean        aq_plugin_name_is_valid       (const char      *name);

G_END_DECLS
