/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

gboolean  aq_bus_properties_is_call (GDBusMethodInvocation *invocation);
GVariant *aq_bus_properties_answer  (GDBusMethodInvocation *invocation,
                                     GVariant              *properties);
/* for the engine: answers the call of Get or GetAll that @call is */
void      aq_bus_properties_read    (GVariant              *properties,
                                     const GError          *error,
                                     gpointer               call);

G_END_DECLS
