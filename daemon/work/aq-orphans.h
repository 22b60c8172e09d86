/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what processes of ours leave behind; there is one of this in a process, as there is one list of children */
gboolean aq_orphans_adopt     (void);
void     aq_orphans_look      (void);
guint    aq_orphans_finish    (gint64 max_usec);

/* for AqProcess: which children are somebody's */
void     aq_orphans_add_known (int    pid);
void     aq_orphans_forget    (int    pid);

G_END_DECLS
