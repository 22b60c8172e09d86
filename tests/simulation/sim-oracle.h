/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "sim-store.h"

G_BEGIN_DECLS

/*
 * What was asked for, what was answered, and what must hold. It shares no code
 * with the rules: it knows the jobs by the number that each has as its argument,
 * and their relations by what the clients asked for, not by edges.
 */
typedef struct _SimSpec SimSpec;

typedef struct
{
  SimSpec *spec;
  AqEdgeOn on;
} SimAfter;

/* a job that somebody asked for */
struct _SimSpec
{
  guint64     nonce;     /* its argument, and index in the list of all, from 1 */
  AqJobKind   kind;
  SimSpec    *parent;    /* nullable: what it is a part or a callback of */
  AqEdgeRole  role;
  AqEdgeOn    on;        /* of a callback */
  GPtrArray  *members;   /* of SimSpec, in order; nullable */
  GPtrArray  *callbacks; /* of SimSpec, in order; nullable */
  SimSpec    *postprocess; /* nullable */
  SimSpec    *returned;  /* nullable: whose result becomes this one's */
  GArray     *after;     /* of SimAfter; nullable */
  guint       submit_key; /* 0: none */
  guint       unique_key; /* 0: none */
  guint       limit;     /* that it is under: 0 for none, 1 of size 1, 2 of size 2 */
  guint       group;     /* of what put it: index in the list of groups; 0: a client */
  guint64     id;        /* of the job; 0: it is not there, or not known */
  gboolean    once;      /* it may be begun once at the most */
  gboolean    has_settings; /* its time may be over before it has come to anything */
  gboolean    late;      /* a callback that was added to a completed job */
  gboolean    gone;      /* it was completed, and is kept no longer */
  gboolean    refused;   /* it was asked for in vain, and must not be there */
  guint       n_again;   /* how often somebody asked for it again when it had completed */
  guint       n_there;   /* jobs that have its number */
};

#define SIM_N_LIMITS 2

/* what one attempt puts, all or nothing */
typedef struct
{
  guint64    parent;     /* job */
  guint64    lease;
  guint      first;      /* nonce */
  guint      n_specs;
  guint64    sequence;   /* of the transaction that accepted its end; 0: none has */
} SimGroup;

/* a job as it was when it was last looked at */
typedef struct
{
  SimSpec *spec;       /* NULL: it is not there */
  guint64  lease;
  guint64  result;     /* a hash */
  guint64  order;
  gint64   due_usec;
  gint64   begin_by_usec; /* 0: no such time */
  gint64   give_up_usec;  /* likewise, steady clock */
  guint32  attempt;
  guint32  n_waiting;
  guint16  interruptions;
  guint8   state;
  guint8   outcome;
  guint8   flags;
  guint8   priority;
  guint8   queue;      /* hash of its name */
  gboolean to_be_cancelled; /* somebody wants it to stop */
  const char *agent;   /* borrowed from the store; nullable */
} SimJob;

typedef struct
{
  GPtrArray *specs;    /* of SimSpec, by nonce */
  GArray    *groups;   /* of SimGroup; number 0 is the clients' */
  GArray    *now;      /* of SimJob, by id */
  GArray    *before;   /* likewise, one look ago */
  GArray    *durable;  /* likewise, when the store was last flushed */
  GArray    *leases;   /* of guint64, by id: the newest that was given for it */
  GArray    *acked;    /* of gboolean, by id */
  GArray    *key_owners; /* of guint64, by submit key: the job that has it */
  GArray    *submit_ids; /* of guint64, by submit key: what was acknowledged; 0: nothing yet */
  guint64    last_lease;  /* that the daemon, since its start, or any worker has seen */
  guint64    worker_lease; /* that any worker has seen */
} SimOracle;

void          sim_oracle_init      (SimOracle       *self);
void          sim_oracle_clear     (SimOracle       *self);
SimSpec      *sim_oracle_add_spec  (SimOracle       *self);
SimSpec      *sim_oracle_get_spec  (SimOracle       *self,
                                    guint64          nonce);
const SimJob *sim_oracle_get_job   (SimOracle       *self,
                                    guint64          id);
void          sim_oracle_refused   (SimOracle       *self,
                                    guint            first);
guint         sim_oracle_add_group (SimOracle       *self,
                                    guint64          parent,
                                    guint64          lease);
void          sim_oracle_claimed   (SimOracle       *self,
                                    guint64          id,
                                    guint64          lease);
void          sim_oracle_handed_over (SimOracle     *self,
                                    guint64          lease);
gboolean      sim_oracle_is_current (SimOracle      *self,
                                    guint64          id,
                                    guint64          lease);
void          sim_oracle_acked     (SimOracle       *self,
                                    guint64          id,
                                    guint            submit_key);
void          sim_oracle_look      (SimOracle       *self,
                                    AqTransaction   *transaction);
void          sim_oracle_flushed   (SimOracle       *self);
/* @sequence: the last transaction that survives */
void          sim_oracle_crashed   (SimOracle       *self,
                                    AqTransaction   *transaction,
                                    guint64          sequence);
void          sim_oracle_check_end (SimOracle       *self);

static inline gboolean
sim_job_has_ended (const SimJob *job)
{
  return job->state >= ASYNCQ_JOB_STATE_CALLBACKS;
}

/* an agent has it */
static inline gboolean
sim_job_is_held (const SimJob *job)
{
  return job->state == ASYNCQ_JOB_STATE_ASSIGNED ||
         (job->state == ASYNCQ_JOB_STATE_ACTIVE && !(job->flags & AQ_JOB_WAITING));
}

/* it has a place of its limit: an agent has it, or it was interrupted and runs again at once */
static inline gboolean
sim_job_has_place (const SimJob *job)
{
  return sim_job_is_held (job) ||
         (job->state == ASYNCQ_JOB_STATE_PENDING && (job->flags & AQ_JOB_PUT_BACK) && job->attempt > 0 &&
          !(job->flags & AQ_JOB_LEFT_PLACE));
}

G_END_DECLS
