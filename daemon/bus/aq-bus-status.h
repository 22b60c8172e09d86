/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-host.h"

G_BEGIN_DECLS

/* a{sv}, floating: the properties of org.asyncq.Manager1; to be shown when what is applied is flushed */
GVariant *aq_bus_status_properties (const AqBusHost *host);

/* aa{sv}, floating: the jobs that workers run */
GVariant *aq_bus_status_running    (const AqBusHost *host);

G_END_DECLS
