/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

typedef enum
{
  AQ_FAILURE_BRIEF,   /* one line */
  AQ_FAILURE_DEFAULT, /* and which attempt it was */
  AQ_FAILURE_VERBOSE  /* and the call, and every attempt */
} AqFailureDetail;

#define AQ_N_FAILURE_DETAILS (AQ_FAILURE_VERBOSE + 1)

gboolean aq_failure_detail_from_string (const char       *text,
                                        AqFailureDetail  *out_detail,
                                        GError          **error);
char    *aq_failure_view_error         (const char       *domain,
                                        gint32            code,
                                        const char       *message);
char    *aq_failure_view_new           (GVariant         *view,
                                        AqFailureDetail   detail);
/* s: how the job failed, "" where it did not; @detail: "brief", "default" or "verbose". NO_SUCH_JOB, INVALID */
void     aq_engine_read_failure        (AqEngine         *self,
                                        guint64           id,
                                        const char       *detail,
                                        AqEngineRead      done,
                                        gpointer          user_data);

G_END_DECLS
