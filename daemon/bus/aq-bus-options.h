/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Options in a dictionary of a call. An out parameter whose key is not there
 * keeps its value: the default. An error names the key.
 */
gboolean aq_bus_options_check       (GVariant            *options,
                                     const char * const  *keys,
                                     GError             **error);
gboolean aq_bus_options_get_boolean (GVariant            *options,
                                     const char          *key,
                                     gboolean            *out_value,
                                     GError             **error);
gboolean aq_bus_options_get_uint    (GVariant            *options,
                                     const char          *key,
                                     guint64              minimum,
                                     guint64              maximum,
                                     guint64             *out_value,
                                     GError             **error);
gboolean aq_bus_options_dup_string  (GVariant            *options,
                                     const char          *key,
                                     char               **out_value,
                                     GError             **error);
gboolean aq_bus_options_dup_strings (GVariant            *options,
                                     const char          *key,
                                     char              ***out_value,
                                     GError             **error);

G_END_DECLS
