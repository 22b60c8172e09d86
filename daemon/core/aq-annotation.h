/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

#define AQ_MAX_ANNOTATION_KEY_BYTES 128
/* of all annotations of a job together */
#define AQ_MAX_ANNOTATIONS_BYTES (64 * 1024)

gboolean aq_annotation_check_key (const char  *key,
                                  GError     **error);

/* @parts: of a job, that one transaction has changed: whether that was a note, and nothing else;
 * it is the only rule that writes both, of a job that is there already */
static inline gboolean
aq_annotation_is_change (AqJobParts parts)
{
  return parts == (AQ_JOB_PART_ANNOTATIONS | AQ_JOB_PART_STATE);
}

G_END_DECLS
