/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The values of an entry's keys. What takes a key answers INVALID, naming the key. */
gboolean aq_draft_refuse      (GError     **error,
                               int          code,
                               const char  *format,
                               ...) G_GNUC_PRINTF (3, 4);
/* takes "entry 0: " from the message, if it is there */
void     aq_draft_drop_place  (GError     **error);
gboolean aq_draft_get_string  (const char  *key,
                               GVariant    *value,
                               const char **out_text,
                               GError     **error);
gboolean aq_draft_get_integer (const char  *key,
                               GVariant    *value,
                               gint64       minimum,
                               gint64       maximum,
                               gint64      *out_number,
                               GError     **error);
gboolean aq_draft_get_boolean (const char  *key,
                               GVariant    *value,
                               gboolean    *out_boolean,
                               GError     **error);

G_END_DECLS
