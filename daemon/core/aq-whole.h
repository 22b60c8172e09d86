/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* A job with its parts, their parts and so on, that is to come to an end before it has run. */
typedef struct
{
  AsyncqJobOutcome  outcome; /* of what does not run */
  AqResult         *failure; /* likewise */
  guint32           uid;     /* who ends it … */
  const char       *why;     /* … and why: for what runs, which ends cancelled */
  gboolean          kill;    /* whether what runs is killed when it does not stop by itself */
  GArray           *stops;   /* nullable: of AqStop, added to */
} AqWholeEnd;

/* tells a job that holds a slot to stop */
void aq_whole_stop (AqTransaction    *transaction,
                    AqJob            *job,
                    gboolean          kill,
                    GArray           *stops);
void aq_whole_end  (AqTransaction    *transaction,
                    AqJob            *job,
                    const AqWholeEnd *end);

G_END_DECLS
