/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a function finds around it: it is the same for each, whatever the one before it has done. */
void aq_surroundings_keep    (void);
void aq_surroundings_restore (void);

G_END_DECLS
