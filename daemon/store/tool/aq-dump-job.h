/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-record.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One job as a dump has it: its record with all that there is to it, and its edges. */
typedef struct
{
  AqJobRecord record;
  guint64     sequence;  /* of the transaction that changed it last */
  GArray     *edges_in;  /* of AqEdgeRecord, in order; owned: it is the child */
  GArray     *edges_out; /* of AqEdgeRecord, in order; owned: it is the parent */
  const char *settings_type; /* NULL: it has none */
  const char *past_type;     /* likewise, and so the next two */
  const char *evidence_type;
  const char *annotations_type;
  const char *data_type;
  GPtrArray  *owned;     /* what the record and the edges borrow, where they were read from a dump */
} AqDumpJob;

void     aq_dump_job_init        (AqDumpJob        *self);
void     aq_dump_job_clear       (AqDumpJob        *self);
void     aq_dump_job_reset       (AqDumpJob        *self);
gboolean aq_dump_job_append_json (const AqDumpJob  *self,
                                  GString          *out,
                                  GError          **error);
gboolean aq_dump_job_read_json   (AqDumpJob        *self,
                                  JsonObject       *object,
                                  GError          **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqDumpJob, aq_dump_job_clear)

G_END_DECLS
