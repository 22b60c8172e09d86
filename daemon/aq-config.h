/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-agent.h"
#include "core/aq-event-log.h"
#include "core/aq-retention.h"
#include "core/aq-retry-policies.h"
#include "work/aq-cgroup-mode.h"
#include "work/aq-function-rules.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define AQ_CONFIG_MAX_CONNECTIONS 10000
#define AQ_CONFIG_MAX_SECONDS 3600

typedef enum
{
  AQ_CONFIG_STORE_EMBEDDED,
  AQ_CONFIG_STORE_MEMORY
} AqConfigStore;

/*
 * What asyncqd.conf and the files of conf.d beside it say. A member is NULL
 * where they say nothing; the rest starts with its default. The command line
 * writes over it.
 */
typedef struct
{
  /* [daemon] */
  char         **plugin_directories; /* absolute paths */
  char          *worker;             /* path of asyncq-worker */
  char          *uuid_file;          /* path */
  gboolean       default_agent;      /* whether there is an agent "main" */
  gboolean       claiming;           /* whether jobs are claimed from the start */
  gboolean       scheduling;         /* whether schedules make jobs from the start */
  AqLogLevels    log_levels;
  gint64         poll_interval_usec;
  gint64         stop_timeout_usec;  /* of who is asked to stop, before SIGTERM */
  gint64         kill_timeout_usec;  /* after that, before SIGKILL */
  gint64         drain_timeout_usec; /* of the jobs that run when the daemon is to end */
  guint          worker_max_jobs;    /* after which a worker is replaced; 0: never */
  guint64        worker_max_memory_bytes; /* above which an idle one is; 0: never */
  guint          quarantine_jobs;    /* that crash quarantine their function; 0: none does */

  /* [store] */
  AqConfigStore  store;
  char          *store_path;
  guint64        segment_size_bytes; /* that segments of the journal grow to */
  guint64        max_live_bytes;     /* of jobs in memory */

  /* [store] and [queue NAME] */
  AqRetention   *retention;

  /* [bus] */
  char          *socket;             /* path */
  GBusType       bus;                /* G_BUS_TYPE_NONE: no message bus */

  /* [monitor] */
  gboolean       monitor_local;         /* whether it listens at a Unix socket */
  char          *monitor_socket;        /* path */
  char          *monitor_tcp;           /* HOST:PORT; NULL: not on TCP */
  char          *monitor_token_file;    /* path */
  char         **monitor_hosts;         /* nullable: more values of Host that are allowed */
  char         **monitor_origins;       /* nullable: more values of Origin that are allowed */
  gboolean       monitor_optional;      /* go on where it cannot listen */
  guint          monitor_connections;   /* at most, in all */
  guint          monitor_connections_each;
  guint          monitor_ping_seconds;

  GPtrArray     *agents;             /* of AqAgent: [agent NAME], in the order of their names */
  AqRetryPolicies *policies;         /* owned: [retry NAME], and `retry` of [daemon] and [queue NAME] */
  GPtrArray     *queues;             /* of strings, owned: [queue NAME] */
  GHashTable    *policy_choices;     /* group → name of a policy, both owned: until all groups are read */
  AqFunctionRules *function_rules;   /* owned: [function PATTERN], [limits], and the limits in [agent NAME] */
  AqCgroupMode   cgroup_mode;        /* [limits] */
  GHashTable    *plugin_settings;    /* plugin id → GVariant a{ss}: [plugin ID] */
} AqConfig;

AqConfig *aq_config_new  (void);
AqConfig *aq_config_load (const char  *file,
                          GError     **error);
void      aq_config_free (AqConfig    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqConfig, aq_config_free)

G_END_DECLS
