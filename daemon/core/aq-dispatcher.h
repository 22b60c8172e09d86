/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "core/aq-poll.h"

G_BEGIN_DECLS

#define AQ_DISPATCHER_N_POLLS 400
#define AQ_DISPATCHER_N_JOBS 200
#define AQ_DISPATCHER_DEFAULT_POLL_USEC (5 * G_USEC_PER_SEC)

/*
 * What this daemon did lately, from memory: the newest polls and the newest
 * jobs. The monitor's `async` tools show it; it decides nothing.
 */
typedef struct _AqDispatcher AqDispatcher;

typedef enum
{
  AQ_DISPATCHER_STOPPED,
  AQ_DISPATCHER_STARTING,
  AQ_DISPATCHER_RUNNING,
  AQ_DISPATCHER_STUCK
} AqDispatcherStatus;

/* the local record of one job: behaviour Z116 */
typedef struct
{
  guint64  id;
  guint64  poll_key;       /* of the poll that was open at its claim */
  char    *agent;
  char    *queue;
  char    *call;           /* plugin.function(arguments), GVariant text without type prefixes */
  gint64   started_usec;   /* wall clock; 0: not begun */
  gint64   completed_usec; /* wall clock; 0: not yet */
  guint32  worker;         /* pid; 0: none yet */
  gboolean failed;
  gboolean reassigned;
  char    *result;         /* text, nullable: none yet; "None" for a job without a value; cut at 10,000 characters */
} AqDispatcherJob;

/* behaviour Z127 to Z130; ids are 0 where there is none, times 0 where there is no poll */
typedef struct
{
  guint64 n_started;
  guint64 n_successful;
  guint64 n_failed;
  guint64 n_unknown;
  guint64 shortest_successful, longest_successful;
  guint64 shortest_failed, longest_failed;
  guint64 shortest_active, longest_active;
  gint64  start_usec; /* the newest poll in range */
  gint64  end_usec;   /* the oldest */
} AqDispatcherStatistics;

/* which polls: an unset key is G_MAXUINT64 for since, 0 for at and before */
typedef struct
{
  guint64     at_key;     /* at that moment or older */
  guint64     before_key; /* strictly older */
  guint64     since_key;  /* that moment or newer, inclusive */
  guint       max_polls;  /* 0: all in range */
  const char *queue;      /* nullable: exactly this queue */
  const char *agent;      /* nullable: exactly this agent */
} AqPollRange;

#define AQ_POLL_RANGE_ALL ((AqPollRange) { 0, 0, G_MAXUINT64, 0, NULL, NULL })

typedef struct _AqEventLog AqEventLog;

AqDispatcher       *aq_dispatcher_new             (AqEngine               *engine,
                                                   const char             *uuid,
                                                   gint64                  poll_interval_usec);
void                aq_dispatcher_free            (AqDispatcher           *self);
/* nullable; borrowed: told of the dispatcher and its polls */
void                aq_dispatcher_set_log         (AqDispatcher           *self,
                                                   AqEventLog             *log);
void                aq_dispatcher_start           (AqDispatcher           *self);
void                aq_dispatcher_stop            (AqDispatcher           *self);

const char         *aq_dispatcher_get_uuid        (AqDispatcher           *self);
gint64              aq_dispatcher_get_interval    (AqDispatcher           *self);
AqDispatcherStatus  aq_dispatcher_get_status      (AqDispatcher           *self);
/* wall clock at its start; 0 when stopped */
gint64              aq_dispatcher_get_activated   (AqDispatcher           *self);

/* (element-type AqPoll): newest first */
GPtrArray          *aq_dispatcher_list_polls      (AqDispatcher           *self,
                                                   const AqPollRange      *range);
AqPoll             *aq_dispatcher_get_newest_poll (AqDispatcher           *self);
/* (element-type guint64): what workers hold this instant, newest first */
GArray             *aq_dispatcher_list_active     (AqDispatcher           *self,
                                                   const char             *queue,
                                                   const char             *agent);
/* before anything is asked of the newest jobs: some may be away */
void                aq_dispatcher_fetch           (AqDispatcher           *self,
                                                   AqFetchedFunc           func,
                                                   gpointer                user_data);
/* NULL: not among the newest jobs, or it cannot be read */
AqDispatcherJob    *aq_dispatcher_dup_job         (AqDispatcher           *self,
                                                   guint64                 id);
void                aq_dispatcher_job_free        (AqDispatcherJob        *job);
void                aq_dispatcher_get_statistics  (AqDispatcher           *self,
                                                   const AqPollRange      *range,
                                                   AqDispatcherStatistics *out_statistics);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqDispatcher, aq_dispatcher_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqDispatcherJob, aq_dispatcher_job_free)

G_END_DECLS
