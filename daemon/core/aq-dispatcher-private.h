/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-dispatcher.h"

G_BEGIN_DECLS

/* Shared by aq-dispatcher.c, which keeps the rings, and aq-dispatcher-report.c, which reads them. */

/* one claim that is remembered */
typedef struct
{
  guint64     id;
  guint64     lease;
  guint64     poll_key;
  GRefString *agent;
  GList       link; /* in `jobs`, its data is this */
} AqClaimed;

struct _AqDispatcher
{
  AqEngine   *engine; /* no reference */
  char       *uuid;
  gint64      interval_usec;
  AqTimer    *timer;  /* owned, nullable: the next poll */
  AqEventLog *log;    /* no reference, nullable */

  GQueue      polls;  /* of AqPoll, a reference each, newest first */
  GQueue      jobs;   /* of AqClaimed, newest first */
  GHashTable *by_id;  /* &claimed->id → AqClaimed, owned by the table */

  gint64      activated_usec;        /* wall clock; 0 when stopped */
  gint64      opened_monotonic_usec; /* of the newest poll */
};

void       aq_dispatcher_read      (AqDispatcher  *self,
                                    AqRule         rule,
                                    gpointer       event);
GPtrArray *aq_dispatcher_list_busy (AqTransaction *transaction);
void       aq_dispatcher_appear    (AqDispatcher  *self);
void       aq_dispatcher_leave     (AqDispatcher  *self);

G_END_DECLS
