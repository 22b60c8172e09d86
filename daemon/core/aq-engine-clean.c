/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: removing completed jobs when somebody asks for it
 *
 * Jobs that end meanwhile may be removed as well or not.
 */

#include "config.h"

#include "core/aq-engine-private.h"

/* in one step */
#define MAX_REMOVED 1000

typedef struct
{
  AqCleanEvent     event;  /* first: what the rule is given; the filter is owned */
  AqEngineCleaned  done;
  gpointer         user_data;
} Clean;

static void
finish (gpointer      data,
        const GError *error)
{
  Clean *clean = data;

  clean->done (clean->event.out_counts, error, clean->user_data);
  aq_filter_unref (clean->event.walk.filter);
  g_free (clean);
}

static void
start (AqEngine        *self,
       const AqActor   *actor,
       AqFilter        *filter,
       gboolean         dry_run,
       AqEngineCleaned  done,
       gpointer         user_data)
{
  Clean *clean = g_new0 (Clean, 1);

  aq_job_walk_init (&clean->event.walk, aq_filter_ref (filter));
  clean->event.max_jobs = MAX_REMOVED;
  clean->event.dry_run = dry_run;
  clean->done = done;
  clean->user_data = user_data;
  aq_engine_walk (self, actor, &(AqEngineWalkRequest) {
    .rule = aq_rule_clean, .event = clean, .walk = &clean->event.walk, .done = finish,
  });
}

/**
 * aq_engine_clean:
 * @self: an engine
 * @actor: who asked for it
 * @filter: which jobs; those that have not ended stay in any case
 * @done: called, later, with how many were removed of each outcome, or with why
 *   it has stopped
 * @user_data: for @done
 *
 * Removes completed jobs. Those that an unfinished job depends on stay.
 *
 * Errors: what the store reports; some jobs may be gone then.
 * Source: behaviour M16.
 *
 * Since: 0.1
 */
void
aq_engine_clean (AqEngine        *self,
                 const AqActor   *actor,
                 AqFilter        *filter,
                 AqEngineCleaned  done,
                 gpointer         user_data)
{
  start (self, actor, filter, FALSE, done, user_data);
}

/**
 * aq_engine_count_cleanable:
 * @self: an engine
 * @filter: as for aq_engine_clean()
 * @done: called, later, with how many aq_engine_clean() would remove now
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_count_cleanable (AqEngine        *self,
                           AqFilter        *filter,
                           AqEngineCleaned  done,
                           gpointer         user_data)
{
  start (self, &aq_engine_self, filter, TRUE, done, user_data);
}
