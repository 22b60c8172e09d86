/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_SOCKET_PLACE_MODE 0660
#define AQ_SOCKET_PLACE_MAX_PATH 107

/* the lock on a place, a descriptor; closed by whoever has it once the socket is bound */
int aq_socket_place_take (const char  *path,
                          const char  *who,
                          GError     **error);

G_END_DECLS
