/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char    *aq_bus_label_escape   (const char *name);
char    *aq_bus_label_unescape (const char *label);
gboolean aq_bus_label_is_name  (const char *label);

G_END_DECLS
