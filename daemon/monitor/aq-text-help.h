/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the text protocol says of itself. Every text ends with a newline. */
const char *aq_text_help_get_command   (const char *name);
const char *aq_text_help_get_tool      (const char *name);
char       *aq_text_help_list_commands (void);
char       *aq_text_help_list_tools    (void);
const char *aq_text_help_suggest       (const char *name);

G_END_DECLS
