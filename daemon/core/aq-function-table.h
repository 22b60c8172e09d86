/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-signature.h"

G_BEGIN_DECLS

/* What the daemon knows of a plugin's function, from asyncq-worker --describe. */
typedef struct
{
  char            *name;        /* plugin.function */
  char            *parameters;
  char            *result_type;
  char            *description;
  char            *options;     /* nullable: how it is to be run, as the plugin declares it */
  char            *object;      /* nullable: the type of the object that it is bound to; none where it takes none */
  AsyncqSignature *signature;   /* parameters, parsed */
  char            *arguments_type; /* of all parameters: a GVariant tuple type */
  char            *plugin;
  char            *version;     /* of the plugin */
  char            *file;
  char            *build;       /* nullable: which build of the plugin, in hexadecimal digits */
  guint            generation;  /* of the plugin; the first is 1 */
} AqFunction;

/* Every function that can be called now, by name. */
typedef struct _AqFunctionTable AqFunctionTable;

AqFunction      *aq_function_new                 (const char       *plugin,
                                                  const char       *name,
                                                  const char       *parameters,
                                                  const char       *result_type,
                                                  const char       *description,
                                                  GError          **error);
gboolean         aq_function_set_object          (AqFunction       *self,
                                                  const char       *type,
                                                  GError          **error);
gboolean         aq_function_takes               (const AqFunction *self,
                                                  const char       *arguments_type,
                                                  const char       *given_type);
void             aq_function_free                (AqFunction       *self);

AqFunctionTable *aq_function_table_new           (void);
void             aq_function_table_free          (AqFunctionTable  *self);
const AqFunction *
                 aq_function_table_lookup        (AqFunctionTable  *self,
                                                  const char       *name);
/* @functions: (transfer full) (element-type AqFunction): replace all that the plugin had */
void             aq_function_table_set_plugin    (AqFunctionTable  *self,
                                                  const char       *plugin,
                                                  GPtrArray        *functions);
guint            aq_function_table_get_serial    (const AqFunctionTable *self);
void             aq_function_table_set_refusal   (AqFunctionTable  *self,
                                                  const char       *plugin,
                                                  const char       *reason);
const char      *aq_function_table_get_refusal   (AqFunctionTable  *self,
                                                  const char       *function);
/* Returns: (transfer container) (element-type AqFunction): all, sorted by name */
GPtrArray       *aq_function_table_list          (AqFunctionTable  *self);
const char      *aq_function_table_suggest       (AqFunctionTable  *self,
                                                  const char       *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFunction, aq_function_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFunctionTable, aq_function_table_free)

G_END_DECLS
