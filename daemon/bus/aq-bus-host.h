/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

#define AQ_BUS_NAME "org.asyncq"
#define AQ_BUS_MANAGER_PATH "/org/asyncq"
#define AQ_BUS_JOBS_PATH "/org/asyncq/jobs"
#define AQ_BUS_QUEUES_PATH "/org/asyncq/queues"
#define AQ_BUS_AGENTS_PATH "/org/asyncq/agents"
#define AQ_BUS_SCHEDULES_PATH "/org/asyncq/schedules"
#define AQ_BUS_LIMITS_PATH "/org/asyncq/limits"
#define AQ_BUS_PLUGINS_PATH "/org/asyncq/plugins"
#define AQ_BUS_MANAGER_INTERFACE "org.asyncq.Manager1"
#define AQ_BUS_JOB_INTERFACE "org.asyncq.Job1"
#define AQ_BUS_TESTING_INTERFACE "org.asyncq.Testing1"
#define AQ_BUS_PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

/* our unique name on private connections, where we are the bus as well */
#define AQ_BUS_OWN_NAME ":1.0"

/* Returns: (transfer full) (element-type guint32): the pids of an agent's workers */
typedef GArray *(*AqBusDupPids) (const char *agent,
                                 gpointer    user_data);

/* how many jobs the workers of an agent hold */
typedef guint (*AqBusCountJobs) (const char *agent,
                                 gpointer    user_data);

/* Returns: whether control groups are used, or why not; stays until the next call */
typedef const char *(*AqBusGetCgroups) (gpointer user_data);

/* aa{sv}, floating: the jobs that workers run; or what is wrong with the workers of an agent */
typedef GVariant *(*AqBusListRunning) (gpointer user_data);
typedef GVariant *(*AqBusListTroubles) (const char *agent,
                                        gpointer    user_data);

/* whether the daemon is about to end */
typedef gboolean (*AqBusIsEnding) (gpointer user_data);

/* Returns: (transfer floating): aa{sv}: what there is to tell of plugins, but for their functions */
typedef GVariant *(*AqBusListPlugins) (gpointer user_data);

/* looks at a plugin's file again; whether there is one */
typedef gboolean (*AqBusReloadPlugin) (const char *plugin,
                                       gpointer    user_data);

/* a peer has subscribed (+1), or no longer is subscribed (-1) */
typedef void (*AqBusSubscribers) (int      change,
                                  gpointer bus);

/* What the objects on the bus show of the daemon. Owned by AqBus, which outlives every peer's use of it. */
typedef struct
{
  AqEngine         *engine;          /* not owned */
  char             *uuid;
  char             *version;
  char             *monitor_address; /* "" where there is none */
  AqRetention      *retention;       /* owned, nullable: what is kept */
  gint64            started_usec;    /* monotonic */
  AqBusDupPids      dup_pids;        /* nullable */
  AqBusCountJobs    count_jobs;      /* nullable */
  AqBusGetCgroups   get_cgroups;     /* nullable */
  AqBusListRunning  list_running;    /* nullable */
  AqBusListTroubles list_troubles;   /* nullable */
  AqBusIsEnding     is_ending;       /* nullable */
  AqBusListPlugins  list_plugins;    /* nullable */
  AqBusReloadPlugin reload_plugin;   /* nullable */
  gpointer          user_data;       /* for these */
  AqBusSubscribers  subscribers;
  gpointer          bus;             /* for subscribers */
} AqBusHost;

G_END_DECLS
