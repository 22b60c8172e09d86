/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-macros.h>

G_BEGIN_DECLS

/**
 * AsyncqSignature:
 *
 * The parameters of a function: names, GVariant types and defaults.
 *
 * Since: 0.1
 */
typedef struct _AsyncqSignature AsyncqSignature;

#define ASYNCQ_TYPE_SIGNATURE (asyncq_signature_get_type ())

ASYNCQ_EXPORT
GType            asyncq_signature_get_type         (void);
ASYNCQ_EXPORT
AsyncqSignature *asyncq_signature_parse            (const char       *parameters,
                                                    GError          **error);
ASYNCQ_EXPORT
AsyncqSignature *asyncq_signature_ref              (AsyncqSignature  *self);
ASYNCQ_EXPORT
void             asyncq_signature_unref            (AsyncqSignature  *self);
ASYNCQ_EXPORT
guint            asyncq_signature_get_n_parameters (AsyncqSignature  *self);
ASYNCQ_EXPORT
const char      *asyncq_signature_get_name         (AsyncqSignature  *self,
                                                    guint             index);
ASYNCQ_EXPORT
const GVariantType *
                 asyncq_signature_get_value_type   (AsyncqSignature  *self,
                                                    guint             index);
ASYNCQ_EXPORT
GVariant        *asyncq_signature_get_default      (AsyncqSignature  *self,
                                                    guint             index);
ASYNCQ_EXPORT
const GVariantType *
                 asyncq_signature_get_tuple_type   (AsyncqSignature  *self);
ASYNCQ_EXPORT
GVariant        *asyncq_signature_bind             (AsyncqSignature  *self,
                                                    GVariant         *positional,
                                                    GVariant         *named,
                                                    guint             n_open,
                                                    GError          **error);
ASYNCQ_EXPORT
gboolean         asyncq_signature_parse_words      (AsyncqSignature     *self,
                                                    const char * const  *words,
                                                    guint                n_open,
                                                    GVariant           **out_positional,
                                                    GVariant           **out_named,
                                                    GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AsyncqSignature, asyncq_signature_unref)

G_END_DECLS
