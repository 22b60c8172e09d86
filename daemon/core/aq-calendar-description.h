/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-wall-pattern.h"

G_BEGIN_DECLS

char *aq_calendar_description_new (const AqWallPattern *pattern);

G_END_DECLS
