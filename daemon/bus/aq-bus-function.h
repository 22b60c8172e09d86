/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* (transfer floating): aa{sv}, as org.asyncq.Manager1.ListFunctions has it; of one plugin, or NULL: of all */
GVariant *aq_bus_function_list (AqEngine   *engine,
                                const char *plugin);

G_END_DECLS
