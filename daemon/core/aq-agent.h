/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

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
  GRefString     *name;    /* NAME, of an agent of one of many dispatchers NAME@UUID */
  char           *filter;  /* a glob on plugin.function; "" accepts all */
  char          **queues;  /* none means all */
  GPatternSpec   *pattern; /* filter, compiled; NULL accepts all */
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
AqAgent  *aq_agent_ref     (AqAgent             *self);
void      aq_agent_unref   (AqAgent             *self);
gboolean  aq_agent_accepts (AqAgent             *self,
                            const char          *queue,
                            const char          *function);
const char *
          aq_agent_name_get_dispatcher
                           (const char          *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqAgent, aq_agent_unref)

G_END_DECLS
