/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

/* Handlers of the methods of org.asyncq.Manager1 that are about factories. */

void aq_bus_factories_add    (AqBusCall *call,
                              GVariant  *parameters);
void aq_bus_factories_remove (AqBusCall *call,
                              GVariant  *parameters);
void aq_bus_factories_list   (AqBusCall *call,
                              GVariant  *parameters);

G_END_DECLS
