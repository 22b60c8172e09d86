/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

gboolean aq_bus_queues_export (AqBusRouter  *router,
                               GError      **error);

/* Handlers of the methods of org.asyncq.Manager1 that are about queues. */
void     aq_bus_queues_create (AqBusCall    *call,
                               GVariant     *parameters);
void     aq_bus_queues_remove (AqBusCall    *call,
                               GVariant     *parameters);
void     aq_bus_queues_list   (AqBusCall    *call,
                               GVariant     *parameters);

G_END_DECLS
