/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_POLL_MAX_NEW_JOBS 1000

/*
 * What an agent had and got in one poll of one queue. A job is claimed when
 * there is work and a place, not at a tick; so `new_jobs` grows until the next
 * poll opens.
 */
typedef struct
{
  char   *queue;
  char   *agent;
  GArray *active_jobs; /* of guint64: ids, as of the opening, oldest claim first */
  GArray *new_jobs;    /* of guint64: ids, in the order of their claims; at most AQ_POLL_MAX_NEW_JOBS */
  guint64 n_new_jobs;  /* all of them */
  guint   len;         /* as of the opening */
  guint   size;
  char   *error;       /* why its claim failed; nullable */
} AqPollAgent;

/* One record of the poll ring. Reference counted; changes until the next one opens. */
typedef struct
{
  grefcount  ref_count;
  guint64    key;       /* newer is smaller: behaviour Z122 */
  gint64     time_usec; /* wall clock at its opening */
  GPtrArray *queues;    /* of char *: names, sorted, "" always among them */
  GPtrArray *agents;    /* of AqPollAgent, sorted by queue, then agent */
} AqPoll;

AqPoll      *aq_poll_new       (gint64       time_usec,
                                guint64      key);
AqPoll      *aq_poll_ref       (AqPoll      *self);
void         aq_poll_unref     (AqPoll      *self);
AqPollAgent *aq_poll_add_agent (AqPoll      *self,
                                const char  *queue,
                                const char  *agent,
                                guint        size);
AqPollAgent *aq_poll_get_agent (AqPoll      *self,
                                const char  *queue,
                                const char  *agent);

guint64      aq_poll_key_from_time (gint64   time_usec);
gint64       aq_poll_key_to_time   (guint64  key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqPoll, aq_poll_unref)

G_END_DECLS
