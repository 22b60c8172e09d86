/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-enums.h"
#include "store/aq-segment.h"
#include "store/aq-super.h"

G_BEGIN_DECLS

/* What was found in a store. */
typedef struct
{
  guint64           n_jobs;
  guint64           n_states[ASYNCQ_N_JOB_STATES];
  guint64           n_outcomes[ASYNCQ_N_JOB_OUTCOMES];
  guint64           n_edges;        /* that have both ends */
  guint64           n_keys;         /* submit keys */
  guint             n_agents;
  gboolean          images[AQ_N_IMAGES]; /* whether it was read and is good */
  guint             n_segments;     /* of the journal, and what is in them */
  guint64           n_journal_bytes;
  guint64           first_sequence; /* of the journal that is kept */
  AqJournalPosition end;
} AqStoreReport;

G_END_DECLS
