/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file that gives a dispatcher its identity. */
char *aq_uuid_new       (gint64       wall_usec);
char *aq_uuid_file_load (const char  *path,
                         gint64       wall_usec,
                         GError     **error);

G_END_DECLS
