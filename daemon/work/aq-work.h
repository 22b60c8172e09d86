/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-cgroup.h"
#include "work/aq-function-rules.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The service that runs jobs: the plugin directories, and for each agent of the
 * engine a pool of worker processes. See README.md.
 */
typedef struct _AqWork AqWork;

#define AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC (5 * G_USEC_PER_SEC)
#define AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC (5 * G_USEC_PER_SEC)
#define AQ_WORK_DEFAULT_DRAIN_TIMEOUT_USEC (10 * G_USEC_PER_SEC)

typedef void (*AqWorkDrained) (gpointer user_data);

/* borrowed: aq_work_new() copies what it keeps */
typedef struct
{
  const char          *worker_program;     /* path of asyncq-worker */
  const char * const  *plugin_directories; /* paths; may be none */
  GHashTable          *plugin_settings;    /* nullable: plugin id → GVariant a{ss}, its group [plugin ID] */
  gint64               stop_timeout_usec;  /* how long who is asked to stop may take, before SIGTERM */
  gint64               kill_timeout_usec;  /* and how long after that, before SIGKILL */
  guint                worker_max_jobs;    /* after which a worker is replaced; 0: never */
  guint64              worker_max_memory_bytes; /* above which an idle one is; 0: never */
  AqFunctionRules     *function_rules;     /* nullable: what the configuration says of functions */
  AqCgroups           *cgroups;            /* nullable: must live longer than the service */
} AqWorkSettings;

/* a file that is no usable plugin, and why */
typedef struct
{
  char *file;
  char *message;
} AqRefusedPlugin;

AqWork    *aq_work_new          (AqEngine              *engine,
                                 const AqWorkSettings  *settings);
void       aq_work_free         (AqWork                *self);

/* done when every plugin that is there can be called and the workers are spawned */
void       aq_work_start_async  (AqWork                *self,
                                 GCancellable          *cancellable,
                                 GAsyncReadyCallback    callback,
                                 gpointer               user_data);
gboolean   aq_work_start_finish (AqWork                *self,
                                 GAsyncResult          *result,
                                 GError               **error);

/* begins nothing more, and gives what runs some time; calls @drained when no process is left */
void       aq_work_drain        (AqWork                *self,
                                 gint64                 timeout_usec,
                                 AqWorkDrained          drained,
                                 gpointer               user_data);

/* gives back what runs, kills the workers and reaps them; none is left on return */
void       aq_work_stop         (AqWork                *self);

/* (transfer full) (element-type guint32): the pids of an agent's workers */
GArray    *aq_work_dup_pids     (AqWork                *self,
                                 const char            *agent);
/* how many jobs an agent's workers hold; NULL: all workers */
guint      aq_work_count_jobs   (AqWork                *self,
                                 const char            *agent);
/* aa{sv}, floating: the jobs that run, see Manager1.Drain */
GVariant  *aq_work_list_running (AqWork                *self);
/* aa{sv}, floating: of slots of an agent whose last workers have come to nothing, see Manager1.Status */
GVariant  *aq_work_list_troubles (AqWork               *self,
                                 const char            *agent);
/* (transfer floating): aa{sv}, see org.asyncq.Manager1.ListPlugins */
GVariant  *aq_work_list_plugins (AqWork                *self);
/* whether there is a file of that plugin: it is looked at again */
gboolean   aq_work_reload_plugin (AqWork               *self,
                                 const char            *plugin);
/* (transfer full) (element-type AqRefusedPlugin) */
GPtrArray *aq_work_dup_refused  (AqWork                *self);

void       aq_refused_plugin_free (AqRefusedPlugin     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqWork, aq_work_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRefusedPlugin, aq_refused_plugin_free)

G_END_DECLS
