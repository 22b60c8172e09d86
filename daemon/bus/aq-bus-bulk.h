/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

/* Handler of the method of org.asyncq.Manager1 that changes many jobs. */

void aq_bus_bulk_change (AqBusCall *call,
                         GVariant  *parameters);

G_END_DECLS
