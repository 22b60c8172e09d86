/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* A dump, line by line. */
typedef struct
{
  char    *name;        /* owned: of the file, for messages */
  FILE    *file;        /* owned, but for stdin */
  AqBuffer line;        /* with its end */
  guint64  n_lines;
} AqDumpReader;

gboolean aq_dump_reader_open   (AqDumpReader  *self,
                                const char    *path,
                                GError       **error);
gboolean aq_dump_reader_next   (AqDumpReader  *self,
                                JsonNode     **out_node,
                                GError       **error);
guint64  aq_dump_reader_get_size (AqDumpReader *self);
void     aq_dump_reader_prefix (AqDumpReader  *self,
                                GError       **error);
void     aq_dump_reader_clear  (AqDumpReader  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqDumpReader, aq_dump_reader_clear)

G_END_DECLS
