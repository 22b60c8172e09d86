/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-peer.h"

G_BEGIN_DECLS

/* Our objects on a real message bus, under the name org.asyncq, and those who call them. */
typedef struct _AqBusNames AqBusNames;

AqBusNames *aq_bus_names_new     (const AqBusHost   *host,
                                  GDBusConnection   *connection,
                                  GError           **error);
void        aq_bus_names_free    (AqBusNames        *self);
void        aq_bus_names_changed (AqBusNames        *self,
                                  const AqJobChange *changes,
                                  guint              n_changes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusNames, aq_bus_names_free)

G_END_DECLS
