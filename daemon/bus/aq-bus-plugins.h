/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

gboolean  aq_bus_plugins_export  (AqBusRouter  *router,
                                  GError      **error);

/* (transfer full): aa{sv}: what the daemon tells of its plugins */
GVariant *aq_bus_plugins_dup     (const AqBusHost *host);

/* handlers of org.asyncq.Manager1 */
void      aq_bus_plugins_list    (AqBusCall    *call,
                                  GVariant     *parameters);

G_END_DECLS
