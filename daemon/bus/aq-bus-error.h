/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *aq_bus_error_dup_name (const GError *error);
char *aq_bus_error_dup_text (const GError *error);

G_END_DECLS
