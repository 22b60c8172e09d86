/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-macros.h>
#include <asyncq-signature.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_FUNCTION_INFO (asyncq_function_info_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqFunctionInfo, asyncq_function_info, ASYNCQ, FUNCTION_INFO, GObject)

ASYNCQ_EXPORT
AsyncqFunctionInfo *asyncq_function_info_new             (GVariant            *description);
ASYNCQ_EXPORT
GVariant           *asyncq_function_info_get_properties  (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_name        (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_parameters  (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
AsyncqSignature    *asyncq_function_info_parse_signature (AsyncqFunctionInfo  *self,
                                                          GError             **error);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_result      (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_description (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_object      (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_plugin      (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_version     (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
guint               asyncq_function_info_get_generation  (AsyncqFunctionInfo  *self);
ASYNCQ_EXPORT
const char         *asyncq_function_info_get_file        (AsyncqFunctionInfo  *self);

G_END_DECLS
