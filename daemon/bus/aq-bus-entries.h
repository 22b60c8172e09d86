/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define AQ_BUS_MAX_BULK_BYTES (64 * 1024 * 1024)

GVariant *aq_bus_entries_read (GUnixFDList  *fds,
                               gint32        index,
                               GError      **error);

G_END_DECLS
