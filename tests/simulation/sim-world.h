/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "sim-oracle.h"
#include "sim-random.h"

#include "core/aq-function-table.h"

G_BEGIN_DECLS

#define SIM_MAX_DISPATCHERS 4

/* one run of a job by a worker */
typedef struct
{
  guint64  id;
  guint64  lease;
  guint    dispatcher; /* whose worker it is */
  gboolean started;
  gboolean told_to_stop;
  gboolean handed_over; /* a worker has seen it */
  guint64  revealed;   /* a worker gets it once this is flushed */
} SimAttempt;

typedef struct
{
  char     uuid[37];
  AqAgent *agent;      /* owned */
  gboolean works;      /* it was activated, and has not died since */
  gint64   silent_until_usec; /* monotonic: it hangs; its workers go on */
  gint64   seen_usec;  /* monotonic: its last sign of life */
} SimDispatcher;

/* an answer that waits for the flush */
typedef struct
{
  guint64 sequence;
  guint64 id;
  guint   submit_key;
} SimAnswer;

/* One history: clients, dispatchers and workers around one store, in one thread. */
typedef struct
{
  SimRandom        random;
  AqClock         *clock;     /* owned */
  AqFunctionTable *functions; /* borrowed */
  SimStore         store;
  SimOracle        oracle;
  gboolean         shared;    /* many dispatchers at one store, not one that holds its lock */
  gboolean         healing;   /* faults are over */
  gboolean         clock_was_set;
  gboolean         verbose;
  guint            n_dispatchers;
  SimDispatcher    dispatchers[SIM_MAX_DISPATCHERS];
  GArray          *attempts;  /* of SimAttempt, under way */
  GArray          *past;      /* of SimAttempt: over, or their dispatcher is dead; they may still speak */
  GArray          *answers;   /* of SimAnswer */
  guint64          recovered; /* transaction with which the daemon began */
  guint            n_steps;
} SimWorld;

/* what has happened in all histories of this program: a rule that is never reached is not tested */
typedef struct
{
  const char *name;
  guint64     n_done;
  guint64     n_refused;
} SimCount;

void     sim_world_init  (SimWorld        *self,
                          AqFunctionTable *functions,
                          guint64          seed);
void     sim_world_clear (SimWorld        *self);
void     sim_world_run   (SimWorld        *self);

void     sim_world_log   (SimWorld        *self,
                          const char      *format,
                          ...) G_GNUC_PRINTF (2, 3);
/* applies a rule, and looks at everything */
gboolean sim_world_apply (SimWorld        *self,
                          const char      *name,
                          AqRule           rule,
                          gpointer         event,
                          GError         **error);
void     sim_world_flush (SimWorld        *self);
void     sim_print_counts (void);

G_END_DECLS
