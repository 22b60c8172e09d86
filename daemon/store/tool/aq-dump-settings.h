/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-record.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* the lines of a dump that are not jobs: agents, items, and the store's counters */
void      aq_dump_agent_append_json    (const AqAgentRecord  *agent,
                                        GString              *out);
void      aq_dump_counters_append_json (const AqCounters     *counters,
                                        GString              *out);
gboolean  aq_dump_is_agent             (JsonObject           *object);
gboolean  aq_dump_is_counters          (JsonObject           *object);
AqAgent  *aq_dump_agent_read_json      (JsonObject           *object,
                                        GError              **error);
gboolean  aq_dump_item_append_json     (const AqItemRecord   *item,
                                        GString              *out,
                                        GError              **error);
gboolean  aq_dump_is_item              (JsonObject           *object);
AqItem   *aq_dump_item_read_json       (JsonObject           *object,
                                        GError              **error);
gboolean  aq_dump_counters_read_json   (JsonObject           *object,
                                        AqCounters           *out_counters,
                                        GError              **error);

G_END_DECLS
