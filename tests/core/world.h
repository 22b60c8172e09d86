/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"
#include "core/aq-engine.h"

/* 2006-08-10 15:44:22 UTC */
#define START (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC)

/*
 * An engine over the memory store with a clock that stands still and a few
 * declared functions. There are no workers: the test claims, starts and ends.
 */
typedef struct
{
  AqClock  *clock;
  AqStore  *store;
  AqEngine *engine;
  AqAgent  *agent;
  gint64    run_usec; /* how long attempts that end have taken */
} World;

typedef struct
{
  guint64 id;
  guint64 lease;
} Attempt;

void      world_set_up     (World         *self,
                            gconstpointer  unused);
void      world_tear_down  (World         *self,
                            gconstpointer  unused);
void      world_settle     (World         *self);

/* entries as GVariant text; the ids that Submit gives */
GArray   *world_submit     (World         *self,
                            const char    *entries);
GError   *world_refuse     (World         *self,
                            const char    *entries);
guint64   world_submit_one (World         *self,
                            const char    *entries);
GError   *world_cancel     (World         *self,
                            guint64        id);

/* the ids of what an agent claims now, in order, as text "1 2 3" */
char     *world_claim_ids  (World         *self,
                            guint          max_jobs);
gboolean  world_claim      (World         *self,
                            Attempt       *out_attempt);
void      world_start      (World         *self,
                            Attempt        attempt);
void      world_succeed    (World         *self,
                            Attempt        attempt,
                            const char    *value);
void      world_fail       (World         *self,
                            Attempt        attempt);
GError   *world_try_succeed (World        *self,
                            Attempt        attempt);
/* the end of a job that puts entries and, unless @returned is negative, returns one */
void      world_return     (World         *self,
                            Attempt        attempt,
                            const char    *entries,
                            int            returned,
                            const char    *result_type);
GError   *world_try_return (World         *self,
                            Attempt        attempt,
                            const char    *entries,
                            int            returned,
                            const char    *result_type);
/* claims, starts and ends everything: a call of echo returns its first argument */
void      world_run_all    (World         *self);

/* a job's properties as text: "State Outcome Result" */
char     *world_show       (World         *self,
                            guint64        id);
void      world_assert_show (World        *self,
                            guint64        id,
                            const char    *expected);
/* @expected: as world_claim_ids() has it */
void      world_assert_claims (World      *self,
                            guint          max_jobs,
                            const char    *expected);
/* @says: part of the message */
void      world_assert_refused (World     *self,
                            const char    *entries,
                            int            code,
                            const char    *says);
/* claims the job that must come next */
Attempt   world_claim_job  (World         *self,
                            guint64        id);
GVariant *world_property   (World         *self,
                            guint64        id,
                            const char    *name);
