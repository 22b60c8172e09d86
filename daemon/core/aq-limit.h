/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

#define AQ_LIMIT_MAX_SIZE 1000000
#define AQ_LIMIT_MAX_RATE 1000000
/* so that a million of them fits into a number of 64 bits */
#define AQ_LIMIT_MAX_PERIOD_USEC (G_GINT64_CONSTANT (100) * 24 * 60 * 60 * G_USEC_PER_SEC)

/* What a definition says; see "Limits" in README.md. */
typedef struct
{
  guint  size;        /* how many jobs may be active at once; 0: any number */
  guint  rate;        /* how many may start in a period; 0: any number */
  guint  burst;       /* the depth of its token bucket; 0: starts are counted in periods */
  gint64 period_usec; /* of the rate */
} AqLimit;

/* How much of a rate is used up. Zeroed memory is all of it. Times are of the steady clock. */
typedef struct
{
  gint64 since_usec; /* when the period began; of a token bucket: when it is full again */
  guint  used;       /* starts in that period; of a token bucket: what to add to since_usec, in parts of 1/rate usec */
} AqBucket;

gboolean  aq_limit_read        (AqLimit           *out_self,
                                GVariant          *value,
                                GError           **error);
gboolean  aq_limit_require     (AqTransaction     *transaction,
                                const char        *name,
                                GError           **error);
gboolean  aq_limit_check_drafts (AqTransaction    *transaction,
                                const AqDraft     *drafts,
                                guint              n_drafts,
                                GError           **error);
void      aq_limit_change_settings (AqTransaction *transaction,
                                AqJob             *job,
                                AqJobSettings     *settings); /* nullable */
void      aq_limit_change_names (AqTransaction    *transaction,
                                AqJob             *job,
                                const AqJobSettings *other); /* nullable: no limits */
void      aq_limit_take        (AqTransaction     *transaction,
                                const AqJob       *job);
gboolean  aq_limit_drop_bucket (AqTransaction     *transaction);
void      aq_limit_convert_buckets (AqTransaction *transaction,
                                const char        *definition,
                                const AqLimit     *from,
                                const AqLimit     *to);

gint64    aq_bucket_get_room   (const AqBucket    *self,
                                const AqLimit     *limit);
gint64    aq_bucket_get_full   (const AqBucket    *self,
                                const AqLimit     *limit);
void      aq_bucket_take       (AqBucket          *self,
                                const AqLimit     *limit,
                                gint64             now_usec);
gboolean  aq_bucket_convert    (AqBucket          *self,
                                const AqLimit     *from,
                                const AqLimit     *to,
                                gint64             now_usec);
GVariant *aq_bucket_to_value   (const AqBucket    *self,
                                const AqLimit     *limit);
void      aq_bucket_read       (AqBucket          *out_self,
                                const AqLimit     *limit,
                                GVariant          *value);
char     *aq_bucket_dup_name   (const AqLimitName *name);

G_END_DECLS
