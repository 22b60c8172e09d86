/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The daemon, without which a worker has nobody to run for. */
gboolean aq_parent_tie   (int  parent);
gboolean aq_parent_watch (void);
G_NORETURN
void     aq_parent_leave (int  status);

G_END_DECLS
