/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-wall-pattern.h"

G_BEGIN_DECLS

gboolean aq_systemd_calendar_parse (const char     *text,
                                    AqWallPattern  *pattern,
                                    GString        *canonical,
                                    char          **out_zone,
                                    GError        **error);

G_END_DECLS
