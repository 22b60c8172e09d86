/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What may be a name: design, section 11. A name never has to be escaped in a path or a log. */
gboolean aq_name_is_agent    (const char *text); /* [A-Za-z0-9_.-]{1,128} */
gboolean aq_name_is_queue    (const char *text); /* the same, or empty */
gboolean aq_name_is_symbol   (const char *text); /* [A-Za-z_][A-Za-z0-9_]{0,63} */
gboolean aq_name_is_function (const char *text); /* plugin.function, both symbols */

G_END_DECLS
