/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

GVariant *aq_bus_value_new      (GVariant *value);
GVariant *aq_bus_value_new_view (GVariant *view);
GVariant *aq_bus_value_new_list (GVariant *list);

G_END_DECLS
