/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "asyncq-signature.h"

G_BEGIN_DECLS

#define ASYNCQ_MAX_VALUE_DEPTH 16

typedef struct
{
  char         *name;
  GVariantType *type;
  GVariant     *value; /* the default; NULL: the argument must be given */
} AsyncqParameter;

struct _AsyncqSignature
{
  gatomicrefcount  ref_count;
  GArray          *parameters;   /* of AsyncqParameter */
  GVariantType    *tuple_type;
  GVariant        *all_defaults; /* a tuple; NULL where an argument must be given */
};

static inline AsyncqParameter *
_asyncq_signature_get (AsyncqSignature *self,
                       guint            index)
{
  return &g_array_index (self->parameters, AsyncqParameter, index);
}

int         _asyncq_signature_find      (AsyncqSignature *self,
                                         const char      *name,
                                         gsize            name_length);
char       *_asyncq_signature_dup_names (AsyncqSignature *self,
                                         guint            n_open);
const char *_asyncq_find_fault_of_value (GVariant        *value);
const char *_asyncq_parse_error_reason  (const GError    *error);

G_END_DECLS
