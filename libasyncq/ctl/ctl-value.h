/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* a value of the command line: GVariant text, of @type if that is not NULL; (transfer full) */
GVariant *ctl_value_parse     (const char         *text,
                               const GVariantType *type,
                               GError            **error);
/* the same; what is no such text is a text itself */
GVariant *ctl_value_parse_any (const char         *text);
/* a member of @view, an a{sv}, that is text, borrowed; "" where it is not there */
const char *ctl_value_get_text (GVariant          *view,
                                const char        *key);
/* "71 % 710/1000 page 71": how far a job has come; NULL where it has not said */
char     *ctl_value_dup_progress (AsyncqJobInfo   *job);

G_END_DECLS
