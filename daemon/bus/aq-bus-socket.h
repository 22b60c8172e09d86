/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* of sun_path, less the byte that ends it */
#define AQ_BUS_MAX_SOCKET_PATH 107

GDBusServer *aq_bus_socket_listen (const char  *path,
                                   GError     **error);

G_END_DECLS
