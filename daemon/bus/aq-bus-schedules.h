/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

gboolean aq_bus_schedules_export  (AqBusRouter  *router,
                                   GError      **error);

/* Handlers of the methods of org.asyncq.Manager1 that are about schedules. */
void     aq_bus_schedules_add     (AqBusCall    *call,
                                   GVariant     *parameters);
void     aq_bus_schedules_remove  (AqBusCall    *call,
                                   GVariant     *parameters);
void     aq_bus_schedules_list    (AqBusCall    *call,
                                   GVariant     *parameters);
void     aq_bus_schedules_preview (AqBusCall    *call,
                                   GVariant     *parameters);
void     aq_bus_schedules_set     (AqBusCall    *call,
                                   GVariant     *parameters);
void     aq_bus_schedules_next    (AqBusCall    *call,
                                   GVariant     *parameters);

G_END_DECLS
