/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_MAX_VALUE_DEPTH 16
#define AQ_MAX_RESULT_BYTES (1024 * 1024)

gboolean aq_value_check (GVariant  *value,
                         gsize      max_bytes,
                         GError   **error);

G_END_DECLS
