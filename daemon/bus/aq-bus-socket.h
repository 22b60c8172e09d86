/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusServer *aq_bus_socket_listen (const char  *path,
                                   GError     **error);

G_END_DECLS
