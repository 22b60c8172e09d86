/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job-past.h"
#include "core/aq-job-settings.h"
#include "store/aq-page.h"

G_BEGIN_DECLS

/*
 * What counters never reach by counting, and are not believed beyond: then they
 * would soon begin again at 0. The high half of a lease is the number of an epoch.
 */
#define AQ_COUNTERS_MAX_ORDER (G_GUINT64_CONSTANT (1) << 63)
#define AQ_COUNTERS_MAX_LEASE ((G_GUINT64_CONSTANT (0xffffffff) << 32) - 1)

/* Makes jobs of what is stored of them. Zeroed memory with tables is a start. */
typedef struct
{
  AqTables *tables;      /* borrowed: whose lanes the jobs are in */
  char     *lane_type;   /* owned, nullable: the type checked last, of arguments */
  char     *result_type; /* owned, nullable: likewise, of results */
} AqJobLoader;

void     aq_job_loader_clear      (AqJobLoader         *self);
AqJob   *aq_job_loader_create     (AqJobLoader         *self,
                                   const AqJobRecord   *record,
                                   GError             **error);
/* SPEC of a job that there is; the job moves */
AqJob   *aq_job_loader_replace    (AqJobLoader         *self,
                                   AqJob               *job,
                                   const AqJobRecord   *record,
                                   GError             **error);
gboolean aq_job_loader_check      (AqJobLoader         *self,
                                   const AqJobRecord   *record,
                                   GError             **error);
gboolean aq_job_loader_check_counters
                                  (const AqCounters    *counters,
                                   GError             **error);
/* FALSE: they cannot be; NULL: it has none */
gboolean aq_job_loader_read_settings
                                  (const AqJobRecord   *record,
                                   AqJobSettings      **out_settings,
                                   GError             **error);
gboolean aq_job_loader_read_evidence (const AqJobRecord *record,
                                   GVariant            **out_evidence,
                                   GError              **error);
gboolean aq_job_loader_read_past  (const AqJobRecord   *record,
                                   AqJobPast          **out_past,
                                   GError             **error);
gboolean aq_job_loader_read_annotations
                                  (const AqJobRecord   *record,
                                   GVariant           **out_annotations,
                                   GError             **error);
gboolean aq_job_loader_read_data  (const AqJobRecord   *record,
                                   GVariant           **out_data,
                                   GError             **error);
gboolean aq_job_loader_update     (AqJobLoader         *self,
                                   AqJob               *job,
                                   const AqJobRecord   *record,
                                   guint64              sequence,
                                   GError             **error);
/* @out_edge: to be cleared with aq_job_loader_clear_edge() */
gboolean aq_job_loader_read_edge  (AqJobLoader         *self,
                                   const AqEdgeRecord  *record,
                                   AqEdge              *out_edge,
                                   GError             **error);
void     aq_job_loader_clear_edge (AqEdge              *edge);
/* (transfer full): the value of an item, a{sv} */
GVariant *aq_job_loader_read_item (const AqItemRecord  *record,
                                   GError             **error);
AqJob   *aq_job_loader_read_entry (AqJobLoader         *self,
                                   const AqPageEntry   *entry,
                                   GError             **error);
/* what was read does not fit the rest of the store: ASYNCQ_ERROR_STORE_CORRUPT */
gboolean aq_job_loader_set_misfit (GError             **error,
                                   const char          *format,
                                   ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqJobLoader, aq_job_loader_clear)

G_END_DECLS
