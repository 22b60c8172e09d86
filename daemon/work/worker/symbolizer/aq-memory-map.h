/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* an object that a process had mapped */
typedef struct
{
  char    *name;  /* owned: of its file, without the folder */
  guint64  start; /* where its first byte was */
  int      fd;    /* owned: its file */
} AqMappedObject;

GPtrArray *aq_memory_map_parse (const char *text,
                                const int  *files,
                                guint       n_files);

G_END_DECLS
