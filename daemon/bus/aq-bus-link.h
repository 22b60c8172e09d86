/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-peer.h"

G_BEGIN_DECLS

/* One private connection. */
typedef struct _AqBusLink AqBusLink;

/* the connection has ended: the link may be freed now */
typedef void (*AqBusLinkEnded) (AqBusLink *link,
                                gpointer   user_data);

AqBusLink *aq_bus_link_new      (const AqBusHost  *host,
                                 GDBusConnection  *connection,
                                 const char       *name,
                                 AqBusLinkEnded    ended,
                                 gpointer          user_data,
                                 GError          **error);
void       aq_bus_link_free     (AqBusLink        *self);
AqBusPeer *aq_bus_link_get_peer (AqBusLink        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusLink, aq_bus_link_free)

G_END_DECLS
