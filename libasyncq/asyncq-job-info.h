/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-enums.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_JOB_INFO (asyncq_job_info_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqJobInfo, asyncq_job_info, ASYNCQ, JOB_INFO, GObject)

ASYNCQ_EXPORT
AsyncqJobInfo   *asyncq_job_info_new                  (GVariant      *properties);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_get_properties       (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint64          asyncq_job_info_get_id               (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_function         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_get_arguments        (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_queue            (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint            asyncq_job_info_get_priority         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
AsyncqJobState   asyncq_job_info_get_state            (AsyncqJobInfo *self);
ASYNCQ_EXPORT
AsyncqJobOutcome asyncq_job_info_get_outcome          (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_get_result           (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GError          *asyncq_job_info_dup_failure          (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint            asyncq_job_info_get_attempt          (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint            asyncq_job_info_get_interruptions    (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint64          asyncq_job_info_get_lease            (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_agent            (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint            asyncq_job_info_get_worker           (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_created_usec     (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_begin_after_usec (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_started_usec     (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_ended_usec       (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_submit_key       (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const guint64   *asyncq_job_info_get_members          (AsyncqJobInfo *self,
                                                       gsize         *out_n_members);
ASYNCQ_EXPORT
const guint64   *asyncq_job_info_get_waits_for        (AsyncqJobInfo *self,
                                                       gsize         *out_n_jobs);
ASYNCQ_EXPORT
guint64          asyncq_job_info_get_parent           (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const guint64   *asyncq_job_info_get_callbacks        (AsyncqJobInfo *self,
                                                       gsize         *out_n_callbacks);
ASYNCQ_EXPORT
gboolean         asyncq_job_info_is_skipped           (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_due_usec         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gint64           asyncq_job_info_get_begin_by_usec    (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char *const *asyncq_job_info_get_tags           (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char *const *asyncq_job_info_get_limits         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_get_settings         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_get_attempts         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint            asyncq_job_info_get_forgotten_attempts (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const gint64    *asyncq_job_info_get_next_tries       (AsyncqJobInfo *self,
                                                       gsize         *out_n_tries);
ASYNCQ_EXPORT
const char *const *asyncq_job_info_get_retry_plan   (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_cancel_requested (AsyncqJobInfo *self);
ASYNCQ_EXPORT
const char      *asyncq_job_info_get_unique_key       (AsyncqJobInfo *self);
ASYNCQ_EXPORT
guint64          asyncq_job_info_get_retry_of         (AsyncqJobInfo *self);
ASYNCQ_EXPORT
GVariant        *asyncq_job_info_dup_annotations      (AsyncqJobInfo *self);
ASYNCQ_EXPORT
gboolean         asyncq_job_info_get_progress         (AsyncqJobInfo *self,
                                                       double        *out_fraction,
                                                       guint64       *out_count,
                                                       guint64       *out_total,
                                                       const char   **out_message);
ASYNCQ_EXPORT
guint64          asyncq_job_info_get_sequence         (AsyncqJobInfo *self);

G_END_DECLS
