/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

/*
 * As much of a message bus as clients expect on a private connection:
 * org.freedesktop.DBus, and the names in the headers of messages.
 */
typedef struct _AqBusDriver AqBusDriver;

AqBusDriver *aq_bus_driver_new  (AqBusRouter  *router,
                                 GError      **error);
void         aq_bus_driver_free (AqBusDriver  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusDriver, aq_bus_driver_free)

G_END_DECLS
