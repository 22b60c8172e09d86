/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void     aq_fitness_note (void);
gboolean aq_fitness_look (void);

G_END_DECLS
