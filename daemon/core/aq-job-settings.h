/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"
#include "core/aq-retry-policy.h"

G_BEGIN_DECLS

/* One limit that a job is under. A plain one is its own instance: both names are the same. */
typedef struct
{
  GRefString *definition; /* as it was created: "smtp", or a template: "mail:{customer}" */
  GRefString *instance;   /* of a template, with the job's own argument in it: "mail:acme" */
} AqLimitName;

/* more are refused: a claim looks at each */
#define AQ_MAX_JOB_LIMITS 16
#define AQ_MAX_JOB_TAGS 32

/*
 * How a job is to be treated. Immutable and shared: a million jobs that were
 * submitted alike have one of these (see aq_job_settings_intern()).
 */
struct _AqJobSettings
{
  gatomicrefcount ref_count;

  AqRetryPolicy *retry;               /* nullable: `common`, of a callback `forever` */
  gint64         begin_by_usec;       /* from its begin-after, or its put; -1: none */
  gint64         run_timeout_usec;    /* of one attempt, from its start; 0: none */
  gint64         total_timeout_usec;  /* from the put to the end, all attempts and pauses; 0: none */
  guint          crash_limit;         /* 0: the default, AQ_DEFAULT_CRASH_LIMIT */
  guint          failure_log_level;   /* syslog's 2 (critical), 3 (error), 4, 6, 7; 0: by default 3, of a callback 2 */
  char         **tags;                /* sorted, each once; nullable: none */
  AqLimitName   *limits;              /* n_limits of them, sorted by definition and instance, each once; nullable */
  guint          n_limits;
  char          *object;              /* nullable: the object that its function is bound to */
  GVariant      *value;               /* owned: a{sv}, all of the above as it is stored, sorted by key */
};

#define AQ_DEFAULT_CRASH_LIMIT 3

extern const AqJobSettings aq_job_settings_default;

gboolean       aq_limit_names_are_equal       (const AqLimitName *a,
                                               const AqLimitName *b,
                                               guint           n_names);

/* @value: a{sv} with "retry" v, "begin-by" x, "run-timeout" x, "total-timeout" x, "crash-limit" u,
 * "failure-log-level" u, "tags" as, "limits" a(ss), "object" s; all optional, unknown keys are kept. (transfer full) */
AqJobSettings *aq_job_settings_new_from_value (GVariant       *value,
                                               GError        **error);
AqJobSettings *aq_job_settings_ref            (AqJobSettings  *self);
void           aq_job_settings_unref          (AqJobSettings  *self);
/* the one of @table (value → AqJobSettings, from aq_job_settings_table_new()) that is equal; consumes @self */
AqJobSettings *aq_job_settings_intern         (AqJobSettings  *self,
                                               GHashTable     *table);
GHashTable    *aq_job_settings_table_new      (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobSettings, aq_job_settings_unref)

G_END_DECLS
