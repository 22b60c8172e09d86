/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A client that does as it is told, byte by byte; it runs the main loop while it waits. Returns: (transfer full) */
GSocketConnection *raw_client_connect (const char        *path);
/* FALSE: it is cut off */
gboolean           raw_client_write   (GSocketConnection *client,
                                       const char        *bytes,
                                       gssize             n_bytes);
/* the answer to a line of the handshake */
char              *raw_client_say     (GSocketConnection *client,
                                       const char        *line);
/* the whole handshake */
void               raw_client_log_in  (GSocketConnection *client);
/* calls a method of the manager; FALSE: it is cut off */
gboolean           raw_client_call    (GSocketConnection *client,
                                       const char        *method,
                                       GVariant          *parameters);
/* reads something */
void               raw_client_answer  (GSocketConnection *client);
/* reads until the other end has closed; how many bytes there were */
gsize              raw_client_drain   (GSocketConnection *client);

G_END_DECLS
