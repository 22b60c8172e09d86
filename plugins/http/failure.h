/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What failures of http.fetch mean to retry policies. */

GError *failure_of_transport (const GError       *error,
                              const char         *address);
GError *failure_of_status    (guint               status,
                              const char         *reason);
gint64  failure_get_delay    (guint               status,
                              SoupMessageHeaders *headers);

G_END_DECLS
