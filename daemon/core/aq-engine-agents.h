/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The door of the core for agents at run time; see aq-engine.h for adding one. Answers come as those do. */

/* @settings: a{sv}: "size" u, "filter" s, "queues" as; the others stay. NO_SUCH_AGENT, INVALID, TOO_LARGE */
void       aq_engine_set_agent       (AqEngine      *self,
                                      const AqActor *actor,
                                      const char    *name,
                                      GVariant      *settings,
                                      AqEngineDone   done,
                                      gpointer       user_data);
/* NO_SUCH_AGENT; BAD_STATE while it has jobs */
void       aq_engine_remove_agent    (AqEngine      *self,
                                      const AqActor *actor,
                                      const char    *name,
                                      AqEngineDone   done,
                                      gpointer       user_data);
/* aa{sv}: "name" s, "size" u, "filter" s, "queues" as, "running" u, "source" s, "configured" b */
void       aq_engine_list_agents     (AqEngine      *self,
                                      AqEngineRead   done,
                                      gpointer       user_data);
/* a{sv}: the keys of org.asyncq.Agent1's properties; NO_SUCH_AGENT */
void       aq_engine_read_agent      (AqEngine      *self,
                                      const char    *name,
                                      AqEngineRead   done,
                                      gpointer       user_data);
/* (asa{ss}): the agents that take jobs of @lane, and why the others do not; without a function: of its queue */
GVariant  *aq_engine_explain_agents  (AqEngine      *self,
                                      const AqLane  *lane);
/* aa{sv}: "queue" s, "function" s, "refusals" a{ss}: of jobs that are due and that no agent takes; 20 at most */
GVariant  *aq_engine_dup_unserved    (AqEngine      *self);

G_END_DECLS
