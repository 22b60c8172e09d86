/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* without what a terminal would take for orders; lines, and the looks of ctl-style.h, stay */
char *ctl_plain_dup (const char *text);

G_END_DECLS
