/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* names of temporary folders of daemons, and of the file in them that a living daemon has locked */
#define AQ_TEMPORARY_PREFIX "asyncq-tmp-"
#define AQ_TEMPORARY_LOCK "lock"

gboolean aq_remove_contents   (const char *folder);
gboolean aq_remove_left_over  (const char *folder);

G_END_DECLS
