/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-signature.h"

G_BEGIN_DECLS

/* Names of limits: "smtp", or a template, "mail:{customer}", in which a job's own argument stands. */

#define AQ_LIMIT_MAX_NAME_BYTES 128
#define AQ_LIMIT_MAX_INSTANCE_BYTES 240

gboolean aq_limit_refuse           (GError          **error,
                                    const char       *format,
                                    ...) G_GNUC_PRINTF (2, 3);
gboolean aq_limit_name_check       (const char       *definition,
                                    GError          **error);
char    *aq_limit_name_expand      (const char       *definition,
                                    const char       *function,
                                    AsyncqSignature  *signature, /* nullable */
                                    GVariant         *arguments,
                                    GError          **error);

G_END_DECLS
