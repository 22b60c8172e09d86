/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-worker.h"

G_BEGIN_DECLS

/* Which of the jobs that a worker has have begun. */

AqPluginFunction *aq_line_get_concurrent (AqWorker  *worker);
AqRun            *aq_line_find           (AqWorker  *worker,
                                          guint64    lease,
                                          guint     *out_index);
gboolean          aq_line_has_begun      (AqWorker  *worker,
                                          guint      index);
guint             aq_line_count_begun    (AqWorker  *worker);
gboolean          aq_line_can_return     (AqWorker  *worker,
                                          guint64    lease,
                                          guint      nth);

G_END_DECLS
