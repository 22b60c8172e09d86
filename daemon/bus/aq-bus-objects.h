/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

/* The members of org.asyncq.Manager1 that are about objects. */
void aq_bus_objects_create (AqBusCall *call,
                            GVariant  *parameters);
void aq_bus_objects_set    (AqBusCall *call,
                            GVariant  *parameters);
void aq_bus_objects_read   (AqBusCall *call,
                            GVariant  *parameters);
void aq_bus_objects_remove (AqBusCall *call,
                            GVariant  *parameters);
void aq_bus_objects_list   (AqBusCall *call,
                            GVariant  *parameters);

G_END_DECLS
