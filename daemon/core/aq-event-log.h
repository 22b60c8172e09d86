/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-dispatcher.h"
#include "core/aq-rules.h"

G_BEGIN_DECLS

/* the two loggers of behaviour A15: things to notice, and every detail */
#define AQ_LOG_EVENTS "asyncq.events"
#define AQ_LOG_TRACE "asyncq.trace"

/* fields of their messages */
#define AQ_LOG_FIELD_LEVEL "ASYNCQ_LEVEL" /* critical, error, warning, info or debug */
#define AQ_LOG_FIELD_JOB "ASYNCQ_JOB_ID"
#define AQ_LOG_FIELD_FUNCTION "ASYNCQ_FUNCTION"
#define AQ_LOG_FIELD_QUEUE "ASYNCQ_QUEUE"
#define AQ_LOG_FIELD_AGENT "ASYNCQ_AGENT"
#define AQ_LOG_FIELD_WORKER "ASYNCQ_WORKER"

/* for journalctl --catalog and for whoever waits for one kind of message */
#define AQ_LOG_ID_JOB_FAILED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d301"
#define AQ_LOG_ID_DISPATCHER_ACTIVATED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d302"
#define AQ_LOG_ID_DISPATCHER_DEACTIVATED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d303"
#define AQ_LOG_ID_DISPATCHER_REGISTERED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d304"
#define AQ_LOG_ID_DISPATCHER_REACTIVATED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d305"
#define AQ_LOG_ID_DISPATCHER_UNREGISTERED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d306"

/* the most talkative level that is wanted comes last */
typedef enum
{
  AQ_LOG_CRITICAL,
  AQ_LOG_ERROR,
  AQ_LOG_WARNING,
  AQ_LOG_INFO,
  AQ_LOG_DEBUG
} AqLogLevel;

#define AQ_N_LOG_LEVELS (AQ_LOG_DEBUG + 1)

typedef struct
{
  AqLogLevel events;
  AqLogLevel trace;
} AqLogLevels;

#define AQ_LOG_LEVELS_DEFAULT ((AqLogLevels) { AQ_LOG_INFO, AQ_LOG_WARNING })

gboolean    aq_log_levels_parse  (const char   *text,
                                  AqLogLevels  *levels,
                                  GError      **error);
gboolean    aq_log_level_from_string (const char *text,
                                  AqLogLevel   *out_level);

/* Writes what happens to jobs, polls and agents to the two loggers. */
AqEventLog *aq_event_log_new     (AqEngine          *engine,
                                  const AqLogLevels *levels);
void        aq_event_log_free    (AqEventLog        *self);
void        aq_event_log_dispatcher (AqEventLog     *self,
                                  const AqDispatcherNews *news);
void        aq_event_log_poll    (AqEventLog        *self,
                                  const AqPoll      *poll);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqEventLog, aq_event_log_free)

G_END_DECLS
