/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-function-table.h"
#include "work/aq-function-rules.h"
#include "work/aq-plugin.h"

G_BEGIN_DECLS

/* From what a plugin says of itself to its functions. */

GPtrArray *aq_plugin_description_take (GVariant         *description,
                                       AqFunctionRules  *rules,
                                       AqPlugin         *plugin,
                                       GError          **error);

G_END_DECLS
