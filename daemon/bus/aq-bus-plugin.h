/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

gboolean aq_bus_plugin_export (AqBusRouter  *router,
                               GError      **error);

G_END_DECLS
