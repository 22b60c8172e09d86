/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-wall-pattern.h"

G_BEGIN_DECLS

gboolean aq_cron_parse (const char     *text,
                        AqWallPattern  *pattern,
                        GString        *canonical,
                        GError        **error);

G_END_DECLS
