/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-filter.h"

G_BEGIN_DECLS

/* Shared by aq-filter-parse.c, which makes a filter, and aq-filter.c, which asks it. */

/* keys whose values are globs */
typedef enum
{
  AQ_FILTER_QUEUE,
  AQ_FILTER_FUNCTION,
  AQ_FILTER_TAG,
  AQ_FILTER_LIMIT
} AqFilterGlob;

#define AQ_N_FILTER_GLOBS (AQ_FILTER_LIMIT + 1)

/* of words that are to hold, and of those behind a '-', which are not to */
typedef enum
{
  AQ_FILTER_WANTED,
  AQ_FILTER_REFUSED
} AqFilterSense;

#define AQ_N_FILTER_SENSES (AQ_FILTER_REFUSED + 1)

#define AQ_N_PRIORITIES (G_MAXUINT8 + 1)
#define AQ_PRIORITY_BITS 32

struct _AqFilter
{
  gatomicrefcount  ref_count;
  char            *text;
  guint            states[AQ_N_FILTER_SENSES];   /* bit per AsyncqJobState */
  guint            outcomes[AQ_N_FILTER_SENSES]; /* bit per AsyncqJobOutcome */
  GPtrArray       *globs[AQ_N_FILTER_GLOBS][AQ_N_FILTER_SENSES]; /* of GPatternSpec; NULL: none is given */
  guint32          priorities[AQ_N_PRIORITIES / AQ_PRIORITY_BITS]; /* bit per priority that is accepted */
  gboolean         has_priorities;
  gint64           older_usec;   /* an age is more than this, ... */
  gint64           younger_usec; /* ... and less than this */
  char            *job_word;     /* nullable: the first word that is not about lanes */
  guint            job_place;    /* where it is */
};

G_END_DECLS
