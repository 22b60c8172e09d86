/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A set of paths and all that is beneath them, as a strv; NULL is everything,
 * a list of none is nothing. The words of a path count, not where links lead.
 */
char   **aq_path_list_new       (const char * const *paths);
char   **aq_path_list_intersect (const char * const *one,
                                 const char * const *other);
char   **aq_path_list_unite     (const char * const *one,
                                 const char * const *other);
gboolean aq_path_list_contains  (const char * const *paths,
                                 const char         *path);

G_END_DECLS
