/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* id, version, build, options of all, functions: name, parameters, result type, description, type of its object or
 * nothing, options */
#define AQ_DESCRIPTION_TYPE G_VARIANT_TYPE ("(ssssa(ssssss))")

/* longer ones are refused */
#define AQ_MAX_DESCRIPTION_BYTES (1024 * 1024)

int aq_describe_for_people  (const char *file);
int aq_describe_for_daemon  (int         fd,
                             const char *file);

G_END_DECLS
