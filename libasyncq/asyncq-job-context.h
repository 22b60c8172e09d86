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
 * @set_annotation: see [method@JobContext.set_annotation]
 * @get_annotation: see [method@JobContext.get_annotation]
 * @tell_progress: see [method@JobContext.set_progress]; is given the annotation, `(dtts)`
 * @dup_checkpoint: see [method@JobContext.dup_checkpoint]
 * @set_checkpoint: see [method@JobContext.set_checkpoint]
 * @begin_once: see [method@JobContext.once]; gives the result, if it is known, else %NULL
 * @end_once: see [method@JobContext.once]; without a result it is as if it had not begun
 * @dup_object: see [method@JobContext.dup_object]
 * @set_object: see [method@JobContext.set_object]
 * @defer: see [method@JobContext.defer]
 * @return_value: see [method@JobContext.return_value]; called from any thread; the value is
 *   not floating
 * @return_error: see [method@JobContext.return_error]; called from any thread; takes the error
 * @log: see [method@JobContext.log]; called from any thread; the line is UTF-8, and 4 KiB at most
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
  gboolean      (*set_annotation)  (AsyncqJobContext *self,
                                    guint64           job_id,
                                    const char       *key,
                                    GVariant         *value,
                                    GError          **error);
  GVariant     *(*get_annotation)  (AsyncqJobContext *self,
                                    guint64           job_id,
                                    const char       *key,
                                    gint64            timeout_usec,
                                    gint64            poll_usec,
                                    GError          **error);
  void          (*tell_progress)   (AsyncqJobContext *self,
                                    GVariant         *progress);
  GVariant     *(*dup_checkpoint)  (AsyncqJobContext *self);
  gboolean      (*set_checkpoint)  (AsyncqJobContext *self,
                                    GVariant         *value,
                                    GError          **error);
  gboolean      (*begin_once)      (AsyncqJobContext *self,
                                    const char       *name,
                                    GVariant        **out_result,
                                    GError          **error);
  gboolean      (*end_once)        (AsyncqJobContext *self,
                                    const char       *name,
                                    GVariant         *result,
                                    GError          **error);
  GVariant     *(*dup_object)      (AsyncqJobContext *self);
  gboolean      (*set_object)      (AsyncqJobContext *self,
                                    GVariant         *value,
                                    GError          **error);
  void          (*defer)           (AsyncqJobContext *self);
  void          (*return_value)    (AsyncqJobContext *self,
                                    GVariant         *value);
  void          (*return_error)    (AsyncqJobContext *self,
                                    GError           *error);
  void          (*log)             (AsyncqJobContext *self,
                                    GLogLevelFlags    level,
                                    const char       *line);

  /*< private >*/
  gpointer padding[9];
};

/**
 * AsyncqOnceFunc:
 * @self: the context of a running job
 * @user_data: what was given to [method@JobContext.once]
 * @error: return location for an error
 *
 * Has an effect that must not come twice.
 *
 * An error says that the effect did not come to pass: a later attempt begins it
 * again.
 *
 * Returns: (transfer full) (nullable): a result to keep, floating or not; %NULL
 *   without @error for none
 *
 * Since: 0.1
 */
typedef GVariant *(*AsyncqOnceFunc) (AsyncqJobContext *self,
                                     gpointer          user_data,
                                     GError          **error);

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
ASYNCQ_EXPORT
gboolean      asyncq_job_context_set_annotation  (AsyncqJobContext *self,
                                                  guint64           job_id,
                                                  const char       *key,
                                                  GVariant         *value,
                                                  GError          **error);
ASYNCQ_EXPORT
GVariant     *asyncq_job_context_get_annotation  (AsyncqJobContext *self,
                                                  guint64           job_id,
                                                  const char       *key,
                                                  gint64            timeout_usec,
                                                  gint64            poll_usec,
                                                  GError          **error);
ASYNCQ_EXPORT
void          asyncq_job_context_set_progress    (AsyncqJobContext *self,
                                                  double            fraction,
                                                  guint64           count,
                                                  guint64           total,
                                                  const char       *message);
ASYNCQ_EXPORT
GVariant     *asyncq_job_context_dup_checkpoint  (AsyncqJobContext *self);
ASYNCQ_EXPORT
gboolean      asyncq_job_context_set_checkpoint  (AsyncqJobContext *self,
                                                  GVariant         *value,
                                                  GError          **error);
ASYNCQ_EXPORT
GVariant     *asyncq_job_context_once            (AsyncqJobContext *self,
                                                  const char       *name,
                                                  AsyncqOnceFunc    func,
                                                  gpointer          user_data,
                                                  GError          **error);
ASYNCQ_EXPORT
GVariant     *asyncq_job_context_dup_object      (AsyncqJobContext *self);
ASYNCQ_EXPORT
gboolean      asyncq_job_context_set_object      (AsyncqJobContext *self,
                                                  GVariant         *value,
                                                  GError          **error);
ASYNCQ_EXPORT
void          asyncq_job_context_log             (AsyncqJobContext *self,
                                                  GLogLevelFlags    level,
                                                  const char       *format,
                                                  ...) G_GNUC_PRINTF (3, 4);
ASYNCQ_EXPORT
void          asyncq_job_context_defer           (AsyncqJobContext *self);
ASYNCQ_EXPORT
void          asyncq_job_context_return_value    (AsyncqJobContext *self,
                                                  GVariant         *value);
ASYNCQ_EXPORT
void          asyncq_job_context_return_error    (AsyncqJobContext *self,
                                                  GError           *error);
ASYNCQ_EXPORT
const char   *asyncq_job_context_get_temporary_folder (AsyncqJobContext *self);

G_END_DECLS
