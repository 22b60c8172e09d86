/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* of what is shown; a GNU build id has 40 digits mostly */
#define AQ_BUILD_ID_MAX_DIGITS 64

char    *aq_build_id_dup_of_file  (int            fd);
char    *aq_build_id_dup_of_bytes (gconstpointer  data,
                                   gsize          size);
gboolean aq_build_id_is_valid     (const char    *text);

G_END_DECLS
