/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

/* Handlers of the methods of org.asyncq.Manager1 that are about agents, and the folder of their objects. */

void     aq_bus_agents_add     (AqBusCall    *call,
                                GVariant     *parameters);
void     aq_bus_agents_remove  (AqBusCall    *call,
                                GVariant     *parameters);
void     aq_bus_agents_list    (AqBusCall    *call,
                                GVariant     *parameters);
void     aq_bus_agents_explain (AqBusCall    *call,
                                GVariant     *parameters);
gboolean aq_bus_agents_export  (AqBusRouter  *router,
                                GError      **error);

G_END_DECLS
