/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-host.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Somebody who talks to us: a private connection, or one name on a real bus.
 * Knows who it is, what it has subscribed to and what it waits for.
 */
typedef struct _AqBusPeer AqBusPeer;

/* the peer holds up more than it may; @why is for the log */
typedef void (*AqBusPeerExcess) (AqBusPeer  *peer,
                                 const char *why,
                                 gpointer    user_data);

AqBusPeer       *aq_bus_peer_new            (const AqBusHost        *host,
                                             GDBusConnection        *connection,
                                             const char             *name,
                                             guint32                 uid,
                                             AqBusPeerExcess         excess,
                                             gpointer                user_data);
AqBusPeer       *aq_bus_peer_ref            (AqBusPeer              *self);
void             aq_bus_peer_unref          (AqBusPeer              *self);
void             aq_bus_peer_close          (AqBusPeer              *self);
void             aq_bus_peer_count_calls    (AqBusPeer              *self);

const AqBusHost *aq_bus_peer_get_host       (AqBusPeer              *self);
const char      *aq_bus_peer_get_name       (AqBusPeer              *self);
guint32          aq_bus_peer_get_uid        (AqBusPeer              *self);
AqActor          aq_bus_peer_get_actor      (AqBusPeer              *self);
gboolean         aq_bus_peer_is_overrun     (AqBusPeer              *self);
void             aq_bus_peer_send_reply     (AqBusPeer              *self,
                                             GDBusMessage           *call,
                                             GDBusMessage           *reply);
/* (transfer none) (element-type AqBusWait): open waits; see aq-bus-wait.h */
GHashTable      *aq_bus_peer_get_waits      (AqBusPeer              *self);

/* of the store; all that are left end with the peer. FALSE: it is closed; it has none */
gboolean         aq_bus_peer_add_hold       (AqBusPeer              *self);
gboolean         aq_bus_peer_drop_hold      (AqBusPeer              *self);

void             aq_bus_peer_subscribe      (AqBusPeer              *self,
                                             AqFilter               *filter);
void             aq_bus_peer_unsubscribe    (AqBusPeer              *self);
gboolean         aq_bus_peer_is_subscribed  (AqBusPeer              *self);
void             aq_bus_peer_changed        (AqBusPeer              *self,
                                             const AqJobChange      *changes,
                                             guint                   n_changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusPeer, aq_bus_peer_unref)

G_END_DECLS
