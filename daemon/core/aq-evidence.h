/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What is known of an attempt beside its times and its usage: a{sv}, sorted by
 * key. The keys and their types are those of org.asyncq.Job1.Attempts.
 */

/* of one attempt */
#define AQ_EVIDENCE_MAX_BYTES (96 * 1024)
/* of all attempts of a job before the newest: with that one 256 KiB */
#define AQ_EVIDENCE_MAX_PAST_BYTES (160 * 1024)
#define AQ_EVIDENCE_LOG_TYPE "a(xus)"

/* what of an old attempt is given up, in this order */
typedef enum
{
  AQ_EVIDENCE_SPEECH, /* log lines and output */
  AQ_EVIDENCE_STACK
} AqEvidenceDetail;

#define AQ_N_EVIDENCE_DETAILS (AQ_EVIDENCE_STACK + 1)

/* (transfer full) (nullable): what of @value is evidence, within bounds; NULL: nothing */
GVariant *aq_evidence_new       (GVariant         *value);
/* (transfer full) (nullable): @evidence, which is consumed and may be NULL, without that detail */
GVariant *aq_evidence_reduce    (GVariant         *evidence,
                                 AqEvidenceDetail  detail);
/* of nothing: 0 */
gsize     aq_evidence_get_size  (GVariant         *evidence);

G_END_DECLS
