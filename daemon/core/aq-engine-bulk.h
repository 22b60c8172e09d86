/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-bulk.h"
#include "core/aq-engine.h"

G_BEGIN_DECLS

/* Changing many jobs at once. */
typedef struct
{
  AqBulkAction  action;
  gboolean      dry_run;
  guint64       limit;    /* how many are changed at most; G_MAXUINT64: all */
  guint8        priority; /* of AQ_BULK_PRIORITY */
  const char   *why;      /* of AQ_BULK_CANCEL; nullable */
} AqBulkOptions;

/* @done: gets the a{sv} of org.asyncq.Manager1.ChangeJobs. TOO_LARGE, STORE_FULL, BUSY, STORE_FAILED, NOT_RUNNING */
void aq_engine_change_jobs (AqEngine            *self,
                            const AqActor       *actor,
                            AqFilter            *filter,
                            const AqBulkOptions *options,
                            AqEngineRead         done,
                            gpointer             user_data);

G_END_DECLS
