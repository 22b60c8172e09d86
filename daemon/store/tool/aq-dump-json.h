/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* the values of a dump: as text, each in one way only, so that equal jobs have equal lines */
void      aq_dump_json_append_text   (GString      *out,
                                      const char   *text);
void      aq_dump_json_append_number (GString      *out,
                                      guint64       number);
void      aq_dump_json_append_time   (GString      *out,
                                      gint64        usec);

/* and back; @name is for the message */
gboolean  aq_dump_json_get_text      (JsonNode     *node,
                                      const char   *name,
                                      const char  **out_text,
                                      GError      **error);
gboolean  aq_dump_json_get_number    (JsonNode     *node,
                                      const char   *name,
                                      guint64       max,
                                      guint64      *out_number,
                                      GError      **error);
gboolean  aq_dump_json_get_time      (JsonNode     *node,
                                      const char   *name,
                                      gint64       *out_usec,
                                      GError      **error);

JsonNode *aq_dump_json_parse         (const char   *line,
                                      gsize         length,
                                      GError      **error);

G_END_DECLS
