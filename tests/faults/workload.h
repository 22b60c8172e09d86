/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-rules.h"
#include "oracle.h"
#include "shim.h"
#include "store/aq-embedded-store.h"

G_BEGIN_DECLS

/* what clients, workers and daemons do to a store */
typedef enum
{
  WORKLOAD_PUT,
  WORKLOAD_PUT_KEYED,
  WORKLOAD_PUT_BULK,
  WORKLOAD_PUT_COMPOSITE,
  WORKLOAD_CLAIM,
  WORKLOAD_START,
  WORKLOAD_SUCCEED,
  WORKLOAD_SUCCEED_PUTTING, /* and put two jobs with the end */
  WORKLOAD_CANCEL,
  WORKLOAD_CLEAN,
  WORKLOAD_CHECKPOINT,
  WORKLOAD_REOPEN,          /* a clean stop and a start */
  WORKLOAD_QUIET,           /* nothing for a while */
  /* the random ones only */
  WORKLOAD_PUT_LARGE,
  WORKLOAD_FAIL,
  WORKLOAD_RELEASE,
  WORKLOAD_INTERRUPT,
  WORKLOAD_STALE,           /* an end under a lease that is over */
  WORKLOAD_ADD_AGENT,
  WORKLOAD_EXPIRE,
  WORKLOAD_CRASH,           /* a start without a stop */
  WORKLOAD_PUT_WITH_ALL,    /* settings, a delay, a callback, and a job that follows */
  WORKLOAD_PUT_UNIQUE,
  WORKLOAD_SET_ITEM,
  WORKLOAD_NOTE             /* an attempt annotates its job, or leaves something to the next one */
} WorkloadStep;

#define WORKLOAD_N_SHORT_STEPS (WORKLOAD_QUIET + 1)
#define WORKLOAD_N_STEPS (WORKLOAD_NOTE + 1)

typedef struct
{
  guint64 id;
  guint64 lease;
} WorkloadAttempt;

/* A store, those who use it, and what they remember. */
typedef struct
{
  char               *root;      /* owned: the shim's */
  char               *path;      /* owned: root/store */
  AqClock            *clock;     /* owned */
  AqFunctionTable    *functions; /* owned */
  AqAgent            *agent;     /* owned */
  AqEmbeddedSettings  settings;
  AqStore            *store;     /* owned, nullable: not open */
  GError             *failure;   /* owned, nullable: the store has failed for good */
  Oracle             *oracle;    /* owned */
  GRand              *random;    /* owned */
  GHashTable         *hashes;    /* (element-type guint64 guint64): of each job that there is */
  GArray             *attempts;  /* of WorkloadAttempt: claimed, not over */
  GArray             *over;      /* of WorkloadAttempt */
  guint64             max_lease; /* handed out, flushed or not */
  GPtrArray          *held;      /* of those who wait for an answer, owned */
  GPtrArray          *checkpoints; /* asked for, owned: their ends may come late */
  guint               n_checkpoint_errors;
  guint               n_acknowledged;
  guint               n_refused;
  guint               n_store_errors; /* of them because of the disk */
  guint               n_keys;
  gboolean            is_starting;
  char               *wrong;     /* owned, nullable: the first promise that was broken */
} Workload;

/* shim_mark(): a transaction was applied, or (without this bit) acknowledged */
#define WORKLOAD_MARK_APPLIED (G_GUINT64_CONSTANT (1) << 63)

/* the store may warn; but what it calls its own bug ends the program */
void     workload_silence     (void);
/* how many images a store has found damaged since the last call; after workload_silence() */
int      workload_take_damaged_images (void);

void     workload_init        (Workload      *self,
                               const char    *root,
                               guint32        seed);
void     workload_clear       (Workload      *self);

/* opens the store, compares it with what is remembered, and starts as a daemon does */
gboolean workload_start       (Workload      *self,
                               GError       **error);
/* Returns: whether there was anything to do */
gboolean workload_do          (Workload      *self,
                               WorkloadStep   step);
/* one that chance picks */
void     workload_do_any      (Workload      *self);
/* until everybody is answered, or a time has gone by that is long for a store */
void     workload_wait        (Workload      *self);
gboolean workload_stop        (Workload      *self,
                               GError       **error);
void     workload_crash       (Workload      *self);

/* the parts of workload_start() */
gboolean workload_open        (Workload      *self,
                               GError       **error);
/* compares with what is remembered; Returns: whether it is right, else `wrong` is set */
gboolean workload_check       (Workload      *self,
                               guint64        acknowledged,
                               guint64        newest,
                               guint64       *out_digest);
/* forgets what the store does not have, and puts back what was running */
void     workload_recover     (Workload      *self);

void     workload_set_wrong   (Workload      *self,
                               const char    *format,
                               ...) G_GNUC_PRINTF (2, 3);
const char *workload_step_name (WorkloadStep  step);

G_END_DECLS
