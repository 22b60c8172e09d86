/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory that another process writes to. */

int     aq_memory_file_new  (const char *name,
                             gsize       size_bytes);
GBytes *aq_memory_file_read (int         fd,
                             gsize       max_bytes);

G_END_DECLS
