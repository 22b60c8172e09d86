/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-enums.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_JOB_SPEC (asyncq_job_spec_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqJobSpec, asyncq_job_spec, ASYNCQ, JOB_SPEC, GObject)

ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new                   (const char         *function);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_from_factory      (const char         *factory);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_parallel          (void);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_serial            (void);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_batch             (void);

ASYNCQ_EXPORT
const char    *asyncq_job_spec_get_function          (AsyncqJobSpec      *self);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_argument          (AsyncqJobSpec      *self,
                                                      GVariant           *value);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_argument          (AsyncqJobSpec      *self,
                                                      const char         *name,
                                                      GVariant           *value);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_member            (AsyncqJobSpec      *self,
                                                      AsyncqJobSpec      *member);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_postprocess       (AsyncqJobSpec      *self,
                                                      AsyncqJobSpec      *postprocess);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_callback          (AsyncqJobSpec      *self,
                                                      AsyncqJobSpec      *callback,
                                                      AsyncqJobOn         on);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_after             (AsyncqJobSpec      *self,
                                                      AsyncqJobSpec      *other,
                                                      AsyncqJobOn         on);

ASYNCQ_EXPORT
void           asyncq_job_spec_set_queue             (AsyncqJobSpec      *self,
                                                      const char         *queue);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_priority          (AsyncqJobSpec      *self,
                                                      guint               priority);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_begin_after       (AsyncqJobSpec      *self,
                                                      GDateTime          *time);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_delay             (AsyncqJobSpec      *self,
                                                      gint64              delay_usec);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_begin_by          (AsyncqJobSpec      *self,
                                                      gint64              begin_by_usec);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_run_timeout       (AsyncqJobSpec      *self,
                                                      gint64              timeout_usec);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_total_timeout     (AsyncqJobSpec      *self,
                                                      gint64              timeout_usec);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_retry             (AsyncqJobSpec      *self,
                                                      const char         *policy);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_object            (AsyncqJobSpec      *self,
                                                      const char         *object);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_crash_limit       (AsyncqJobSpec      *self,
                                                      guint               n_crashes);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_failure_log_level (AsyncqJobSpec      *self,
                                                      const char         *level);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_submit_key        (AsyncqJobSpec      *self,
                                                      const char         *key);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_limits            (AsyncqJobSpec      *self,
                                                      const char *const  *limits);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_tags              (AsyncqJobSpec      *self,
                                                      const char *const  *tags);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_unique_key        (AsyncqJobSpec      *self,
                                                      const char         *key);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_unique_arguments  (AsyncqJobSpec      *self,
                                                      const char *const  *names);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_unique_scope      (AsyncqJobSpec      *self,
                                                      const char         *scope);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_unique_period     (AsyncqJobSpec      *self,
                                                      gint64              period_usec);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_unique_conflict   (AsyncqJobSpec      *self,
                                                      const char         *conflict);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_defer_check       (AsyncqJobSpec      *self,
                                                      gboolean            defer_check);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_parent_job        (AsyncqJobSpec      *self,
                                                      guint64             id);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_callback_of       (AsyncqJobSpec      *self,
                                                      guint64             id,
                                                      AsyncqJobOn         on);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_after_job         (AsyncqJobSpec      *self,
                                                      guint64             id,
                                                      AsyncqJobOn         on);

ASYNCQ_EXPORT
GVariant      *asyncq_job_spec_to_entries            (AsyncqJobSpec      *self);

G_END_DECLS
