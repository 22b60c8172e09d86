/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-rules.h"

G_BEGIN_DECLS

/* what is done to each of many jobs */
typedef enum
{
  AQ_BULK_CANCEL,
  AQ_BULK_PRIORITY,
  AQ_BULK_REMOVE,
  AQ_BULK_RETRY
} AqBulkAction;

#define AQ_N_BULK_ACTIONS (AQ_BULK_RETRY + 1)

/* why a job that the filter accepts is left as it is, without anything having gone wrong */
typedef enum
{
  AQ_BULK_SKIP_FINISHED,
  AQ_BULK_SKIP_UNFINISHED,
  AQ_BULK_SKIP_RUNNING,
  AQ_BULK_SKIP_SAME,      /* it has that priority already */
  AQ_BULK_SKIP_DUE,
  AQ_BULK_SKIP_NEW,
  AQ_BULK_SKIP_NEEDED,
  AQ_BULK_SKIP_SUCCEEDED,
  AQ_BULK_SKIP_PART       /* it cannot run by itself */
} AqBulkSkip;

#define AQ_N_BULK_SKIPS (AQ_BULK_SKIP_PART + 1)

/* more are counted, not shown */
#define AQ_BULK_MAX_SHOWN 5

/* One step of a change of many jobs. What is counted is added to. */
typedef struct
{
  AqJobWalk           walk;
  AqBulkAction        action;
  gboolean            dry_run;
  guint8              priority;   /* of AQ_BULK_PRIORITY */
  const char         *why;        /* of AQ_BULK_CANCEL; nullable */
  guint64             limit;      /* how many are changed in all */
  guint               max_jobs;   /* how many in one step */
  gsize               max_bytes;  /* about how much one step writes */
  const AqQueueTable *queues;     /* nullable */
  const GError       *refusal;    /* nullable: why none is changed now */
  GArray             *out_away;   /* of guint64: to be fetched before the next step */
  guint64             fetched_id; /* those that are away and not below this could not be fetched */
  GArray             *out_stops;  /* of AqStop: attempts that workers are to stop */
  guint64             out_n_changed;
  guint64             out_n_skipped[AQ_N_BULK_SKIPS];
  guint64             out_n_failed;
  GPtrArray          *out_samples; /* of GVariant: a{sv}, the first that were changed */
  GPtrArray          *out_errors;  /* of char *: of the first that have failed */
} AqBulkEvent;

gboolean    aq_bulk_action_from_string (const char     *text,
                                        AqBulkAction   *out_action,
                                        GError        **error);
const char *aq_bulk_skip_to_string     (AqBulkSkip      skip);
gboolean    aq_rule_bulk               (AqTransaction  *transaction,
                                        gpointer        bulk_event,
                                        GError        **error);

G_END_DECLS
