/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

#define AQ_AGENT_DEFAULT_NAME "main"
#define AQ_AGENT_DEFAULT_SIZE 3
#define AQ_AGENT_MAX_SIZE 256
/* of all agents together: each slot is a process and two descriptors, for good */
#define AQ_AGENTS_MAX_SIZE 1024

/* A named share of a dispatcher: which jobs it takes, and how many run at once. Immutable. */
typedef struct
{
  gatomicrefcount ref_count;
  guint           size;
  guint           serial;  /* no other one has it, so it stands for what this one accepts */
  GRefString     *name;    /* NAME, of an agent of one of many dispatchers NAME@UUID */
  char           *filter;  /* "" accepts all */
  char          **queues;  /* none means all */
  struct _AqFilter *accept; /* filter, parsed */
  gboolean        is_built_in; /* the one that there is without a configuration */
} AqAgent;

AqAgent  *aq_agent_new     (const char          *name,
                            guint                size,
                            const char          *filter,
                            const char * const  *queues,
                            GError             **error);
AqAgent  *aq_agent_new_of  (const char          *dispatcher,
                            const char          *name,
                            guint                size,
                            const char          *filter,
                            const char * const  *queues,
                            GError             **error);
/* "main", which takes everything */
AqAgent  *aq_agent_new_default (void);
/* @settings: a{sv}: "size" u, "filter" s, "queues" as; those that are not there are as @base has them, or the defaults */
AqAgent  *aq_agent_new_from_settings
                           (const char          *name,
                            const AqAgent       *base,
                            GVariant            *settings,
                            GError             **error);
AqAgent  *aq_agent_ref     (AqAgent             *self);
void      aq_agent_unref   (AqAgent             *self);
gboolean  aq_agent_accepts (AqAgent             *self,
                            const AqLane        *lane);
/* (transfer full): why it takes no jobs of the lane, or of the queue: "its filter 'function:mail.*' refuses"; NULL: it does */
char     *aq_agent_explain (AqAgent             *self,
                            const AqLane        *lane);
char     *aq_agent_explain_queue (AqAgent       *self,
                            const char          *queue);
const char *
          aq_agent_name_get_dispatcher
                           (const char          *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqAgent, aq_agent_unref)

G_END_DECLS
