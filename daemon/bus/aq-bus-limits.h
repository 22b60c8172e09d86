/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

gboolean  aq_bus_limits_export   (AqBusRouter  *router,
                                  GError      **error);

/* what clients say of a limit, with all numbers of the types that the core wants; NULL with @error set */
GVariant *aq_bus_limits_parse    (GVariant     *settings,
                                  GError      **error);

/* Handlers of the methods of org.asyncq.Manager1 that are about limits. */
void      aq_bus_limits_create   (AqBusCall    *call,
                                  GVariant     *parameters);
void      aq_bus_limits_remove   (AqBusCall    *call,
                                  GVariant     *parameters);
void      aq_bus_limits_list     (AqBusCall    *call,
                                  GVariant     *parameters);

G_END_DECLS
