/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

gboolean  aq_bus_properties_is_call (GDBusMethodInvocation *invocation);
GVariant *aq_bus_properties_answer  (GDBusMethodInvocation *invocation,
                                     GVariant              *properties);

G_END_DECLS
