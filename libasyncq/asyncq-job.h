/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include <asyncq-client.h>
#include <asyncq-enums.h>
#include <asyncq-job-info.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_JOB (asyncq_job_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqJob, asyncq_job, ASYNCQ, JOB, GObject)

ASYNCQ_EXPORT
void             asyncq_job_new_async     (AsyncqClient         *client,
                                           guint64               id,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
ASYNCQ_EXPORT
AsyncqJob       *asyncq_job_new_finish    (GAsyncResult         *result,
                                           GError              **error);
ASYNCQ_EXPORT
AsyncqJob       *asyncq_job_new_sync      (AsyncqClient         *client,
                                           guint64               id,
                                           GCancellable         *cancellable,
                                           GError              **error);

ASYNCQ_EXPORT
AsyncqClient    *asyncq_job_get_client    (AsyncqJob            *self);
ASYNCQ_EXPORT
guint64          asyncq_job_get_id        (AsyncqJob            *self);
ASYNCQ_EXPORT
AsyncqJobState   asyncq_job_get_state     (AsyncqJob            *self);
ASYNCQ_EXPORT
AsyncqJobOutcome asyncq_job_get_outcome   (AsyncqJob            *self);
ASYNCQ_EXPORT
guint64          asyncq_job_get_sequence  (AsyncqJob            *self);
ASYNCQ_EXPORT
AsyncqJobInfo   *asyncq_job_get_info      (AsyncqJob            *self);

ASYNCQ_EXPORT
void             asyncq_job_wait_async    (AsyncqJob            *self,
                                           gint64                timeout_usec,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_wait_finish   (AsyncqJob            *self,
                                           GAsyncResult         *result,
                                           AsyncqJobOutcome     *out_outcome,
                                           GVariant            **out_result,
                                           GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_wait_sync     (AsyncqJob            *self,
                                           gint64                timeout_usec,
                                           AsyncqJobOutcome     *out_outcome,
                                           GVariant            **out_result,
                                           GCancellable         *cancellable,
                                           GError              **error);
ASYNCQ_EXPORT
void             asyncq_job_cancel_async  (AsyncqJob            *self,
                                           const char           *why,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_cancel_finish (AsyncqJob            *self,
                                           GAsyncResult         *result,
                                           GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_cancel_sync   (AsyncqJob            *self,
                                           const char           *why,
                                           GCancellable         *cancellable,
                                           GError              **error);
ASYNCQ_EXPORT
void             asyncq_job_change_async         (AsyncqJob             *self,
                                                  GVariant              *changes,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_change_finish        (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_change_sync          (AsyncqJob             *self,
                                                  GVariant              *changes,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
ASYNCQ_EXPORT
void             asyncq_job_set_arguments_async  (AsyncqJob             *self,
                                                  GVariant              *arguments,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_set_arguments_finish (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_set_arguments_sync   (AsyncqJob             *self,
                                                  GVariant              *arguments,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
ASYNCQ_EXPORT
void             asyncq_job_retry_async          (AsyncqJob             *self,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_retry_finish         (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  guint64               *out_id,
                                                  GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_retry_sync           (AsyncqJob             *self,
                                                  guint64               *out_id,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
ASYNCQ_EXPORT
void             asyncq_job_snooze_async         (AsyncqJob             *self,
                                                  gint64                 delay_usec,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_snooze_finish        (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_snooze_sync          (AsyncqJob             *self,
                                                  gint64                 delay_usec,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
ASYNCQ_EXPORT
void             asyncq_job_put_async            (AsyncqJob             *self,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_job_put_finish           (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_job_put_sync             (AsyncqJob             *self,
                                                  GCancellable          *cancellable,
                                                  GError               **error);
ASYNCQ_EXPORT
void             asyncq_job_get_failure_async    (AsyncqJob             *self,
                                                  const char            *detail,
                                                  GCancellable          *cancellable,
                                                  GAsyncReadyCallback    callback,
                                                  gpointer               user_data);
ASYNCQ_EXPORT
char            *asyncq_job_get_failure_finish   (AsyncqJob             *self,
                                                  GAsyncResult          *result,
                                                  GError               **error);
ASYNCQ_EXPORT
char            *asyncq_job_get_failure_sync     (AsyncqJob             *self,
                                                  const char            *detail,
                                                  GCancellable          *cancellable,
                                                  GError               **error);

G_END_DECLS
