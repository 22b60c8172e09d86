/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean aq_duration_parse (const char *text,
                            gint64     *out_usec);

G_END_DECLS
