/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean asyncq_duration_parse (const char *text,
                                gint64     *out_usec);

gboolean asyncq_size_parse     (const char *text,
                                guint64     min,
                                guint64     max,
                                guint64    *out_bytes);

G_END_DECLS
