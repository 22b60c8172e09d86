/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_JOB_SPEC (asyncq_job_spec_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqJobSpec, asyncq_job_spec, ASYNCQ, JOB_SPEC, GObject)

ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new              (const char    *function);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_parallel     (void);
ASYNCQ_EXPORT
AsyncqJobSpec *asyncq_job_spec_new_serial       (void);

ASYNCQ_EXPORT
const char    *asyncq_job_spec_get_function     (AsyncqJobSpec *self);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_argument     (AsyncqJobSpec *self,
                                                 GVariant      *value);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_argument     (AsyncqJobSpec *self,
                                                 const char    *name,
                                                 GVariant      *value);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_queue        (AsyncqJobSpec *self,
                                                 const char    *queue);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_priority     (AsyncqJobSpec *self,
                                                 guint          priority);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_begin_after  (AsyncqJobSpec *self,
                                                 GDateTime     *time);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_submit_key   (AsyncqJobSpec *self,
                                                 const char    *key);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_defer_check  (AsyncqJobSpec *self,
                                                 gboolean       defer_check);
ASYNCQ_EXPORT
void           asyncq_job_spec_add_member       (AsyncqJobSpec *self,
                                                 AsyncqJobSpec *member);
ASYNCQ_EXPORT
void           asyncq_job_spec_set_postprocess  (AsyncqJobSpec *self,
                                                 AsyncqJobSpec *postprocess);
ASYNCQ_EXPORT
GVariant      *asyncq_job_spec_to_entries       (AsyncqJobSpec *self);

G_END_DECLS
