/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include <asyncq-job-spec.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_JOB_CONTEXT (asyncq_job_context_get_type ())

ASYNCQ_EXPORT
G_DECLARE_DERIVABLE_TYPE (AsyncqJobContext, asyncq_job_context, ASYNCQ, JOB_CONTEXT, GObject)

/**
 * AsyncqJobContextClass:
 * @parent_class: the parent class
 * @get_id: see [method@JobContext.get_id]
 * @get_attempt: see [method@JobContext.get_attempt]
 * @get_lease: see [method@JobContext.get_lease]
 * @get_queue: see [method@JobContext.get_queue]
 * @get_agent: see [method@JobContext.get_agent]
 * @get_cancellable: see [method@JobContext.get_cancellable]
 * @get_setting: see [method@JobContext.get_setting]
 * @put_job: see [method@JobContext.put_job]
 * @return_job: see [method@JobContext.return_job]
 * @get_parent: see [method@JobContext.get_parent]
 * @snooze: see [method@JobContext.snooze]
 *
 * What runs a function implements these: a worker, or a test.
 *
 * Since: 0.1
 */
struct _AsyncqJobContextClass
{
  GObjectClass parent_class;

  guint64       (*get_id)          (AsyncqJobContext *self);
  guint         (*get_attempt)     (AsyncqJobContext *self);
  guint64       (*get_lease)       (AsyncqJobContext *self);
  const char   *(*get_queue)       (AsyncqJobContext *self);
  const char   *(*get_agent)       (AsyncqJobContext *self);
  GCancellable *(*get_cancellable) (AsyncqJobContext *self);
  const char   *(*get_setting)     (AsyncqJobContext *self,
                                    const char       *name);
  gboolean      (*put_job)         (AsyncqJobContext *self,
                                    AsyncqJobSpec    *spec,
                                    GError          **error);
  gboolean      (*return_job)      (AsyncqJobContext *self,
                                    AsyncqJobSpec    *spec,
                                    GError          **error);
  guint64       (*get_parent)      (AsyncqJobContext *self);
  void          (*snooze)          (AsyncqJobContext *self,
                                    gint64            delay_usec);

  /*< private >*/
  gpointer padding[22];
};

ASYNCQ_EXPORT
guint64       asyncq_job_context_get_id          (AsyncqJobContext *self);
ASYNCQ_EXPORT
guint         asyncq_job_context_get_attempt     (AsyncqJobContext *self);
ASYNCQ_EXPORT
guint64       asyncq_job_context_get_lease       (AsyncqJobContext *self);
ASYNCQ_EXPORT
const char   *asyncq_job_context_get_queue       (AsyncqJobContext *self);
ASYNCQ_EXPORT
const char   *asyncq_job_context_get_agent       (AsyncqJobContext *self);
ASYNCQ_EXPORT
GCancellable *asyncq_job_context_get_cancellable (AsyncqJobContext *self);
ASYNCQ_EXPORT
const char   *asyncq_job_context_get_setting     (AsyncqJobContext *self,
                                                  const char       *name);
ASYNCQ_EXPORT
gboolean      asyncq_job_context_put_job         (AsyncqJobContext  *self,
                                                  AsyncqJobSpec     *spec,
                                                  GError           **error);
ASYNCQ_EXPORT
gboolean      asyncq_job_context_return_job      (AsyncqJobContext  *self,
                                                  AsyncqJobSpec     *spec,
                                                  GError           **error);
ASYNCQ_EXPORT
guint64       asyncq_job_context_get_parent      (AsyncqJobContext *self);
ASYNCQ_EXPORT
void          asyncq_job_context_snooze          (AsyncqJobContext *self,
                                                  gint64            delay_usec);

G_END_DECLS
