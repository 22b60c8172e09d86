/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * The greatest numbers that are read: what daemons give still lies behind them,
 * and is enough for all times.
 */
#define AQ_DUMP_MAX_ID (G_GUINT64_CONSTANT (1) << 43)
#define AQ_DUMP_MAX_ORDER (G_GUINT64_CONSTANT (1) << 62)
#define AQ_DUMP_MAX_SEQUENCE (G_GUINT64_CONSTANT (1) << 62)
#define AQ_DUMP_MAX_LEASE (G_GUINT64_CONSTANT (0xf0000000) << 32)

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
