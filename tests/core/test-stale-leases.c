/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * C11: a worker that goes on after its job was given to somebody else
 *
 * Whatever it says then is of a lease that is not current: nothing of it may come
 * to pass, be it said while the next attempt waits, runs, or has ended.
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-annotations.h"
#include "core/aq-engine-data.h"

#include "libasyncq/asyncq-error.h"

#define N_RACES 2000

/* what a worker may say of its job */
typedef enum
{
  BEGIN,
  SUCCEED,
  FAIL,
  SNOOZE,
  PUT,
  SET_OBJECT,
  RELEASE,
  INTERRUPT,
  ANNOTATE,
  SET_CHECKPOINT,
  BEGIN_ONCE,
  END_ONCE,
  N_OPERATIONS
} Operation;

typedef struct
{
  gboolean  is_over;
  GError   *error;
} Answer;

static void
on_done (const GError *error,
         gpointer      user_data)
{
  Answer *answer = user_data;

  answer->is_over = TRUE;
  answer->error = error == NULL ? NULL : g_error_copy (error);
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  on_done (error, user_data);
}

/* Returns: (transfer full) (nullable): why it was refused */
static GError *
finish (World     *self,
        Attempt    attempt,
        Operation  operation)
{
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "stale");
  g_autoptr(AqResult) result = operation == FAIL ? aq_result_new_failure (failure)
                                                 : aq_result_new_variant (g_variant_new_int32 (7));
  g_autoptr(GVariant) object = g_variant_ref_sink (g_variant_new_string ("stale"));
  AqFinishEvent event = {
    .id = attempt.id,
    .lease = attempt.lease,
    .started_usec = START,
    .ended_usec = START,
    .worker = 4711,
    .failed = operation == FAIL,
    .snoozed = operation == SNOOZE,
    .result = operation == SNOOZE ? NULL : result,
    .object = operation == SET_OBJECT ? "ledger" : NULL,
    .object_value = operation == SET_OBJECT ? object : NULL,
    .returned = AQ_DRAFT_NO_PARENT,
  };
  GError *error = NULL;

  (void) aq_engine_finish_job (self->engine, &event, &error); /* the error says it */
  return error;
}

static GError *
ask (World     *self,
     Attempt    attempt,
     Operation  operation)
{
  static const AqActor actor = { 0, "" };
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_string ("stale"));
  Answer answer = { FALSE, NULL };

  if (operation == ANNOTATE)
    aq_engine_annotate (self->engine, &actor, attempt.id, attempt.lease, "note", value, on_done, &answer);
  else if (operation == SET_CHECKPOINT)
    aq_engine_set_checkpoint (self->engine, attempt.id, attempt.lease, value, on_done, &answer);
  else if (operation == BEGIN_ONCE)
    aq_engine_begin_once (self->engine, attempt.id, attempt.lease, "effect", on_read, &answer);
  else
    aq_engine_end_once (self->engine, attempt.id, attempt.lease, "effect", value, on_done, &answer);
  world_settle (self);
  g_assert_true (answer.is_over);
  return answer.error;
}

static GError *
say (World     *self,
     Attempt    attempt,
     Operation  operation)
{
  GError *error = NULL;

  switch (operation)
    {
    case BEGIN:
      (void) aq_engine_start_job (self->engine, attempt.id, attempt.lease, 4711, &error);
      return error;

    case RELEASE:
      (void) aq_engine_release_job (self->engine, attempt.id, attempt.lease, &error);
      return error;

    case INTERRUPT:
      (void) aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, &error);
      return error;

    case PUT:
      return world_try_return (self, attempt, "[{'function': <'t.echo'>, 'arguments': <(7,)>}]", -1, NULL);

    case SUCCEED:
    case FAIL:
    case SNOOZE:
    case SET_OBJECT:
      return finish (self, attempt, operation);

    default:
      return ask (self, attempt, operation);
    }
}

/* Returns: how many of them were accepted */
static guint
say_all (World   *self,
         Attempt  attempt,
         GRand   *random)
{
  guint64 before = aq_store_get_sequence (self->store);
  guint first = (guint) g_rand_int_range (random, 0, N_OPERATIONS);
  guint n_accepted = 0;

  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      g_autoptr(GError) error = say (self, attempt, (first + i) % N_OPERATIONS);

      if (error == NULL)
        n_accepted++;
      else
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
    }
  world_settle (self);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
  return n_accepted;
}

/* One job, whose first worker is stopped and wakes up at three moments of the second one. */
static guint
race (World *self,
      GRand *random)
{
  guint64 id = world_submit_one (self, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  Attempt stale = world_claim_job (self, id);
  guint n_accepted = 0;
  Attempt fresh;

  world_start (self, stale);
  g_assert_true (aq_engine_interrupt_job (self->engine, stale.id, stale.lease, NULL));
  world_settle (self);
  n_accepted += say_all (self, stale, random);
  fresh = world_claim_job (self, id);
  g_assert_cmpuint (fresh.lease, >, stale.lease);
  n_accepted += say_all (self, stale, random);
  world_start (self, fresh);
  n_accepted += say_all (self, stale, random);
  world_succeed (self, fresh, "1");
  return n_accepted;
}

static void
test_nothing_of_a_stale_lease_is_accepted (World         *self,
                                           gconstpointer  unused)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  g_autofree char *queued = NULL;
  guint n_accepted = 0;

  for (guint i = 0; i < N_RACES; i++)
    n_accepted += race (self, random);
  queued = world_claim_ids (self, 10);
  g_assert_cmpstr (queued, ==, "");
  g_test_message ("stale leases: %u races, %u operations, accepted %u", N_RACES, N_RACES * N_OPERATIONS * 3, n_accepted);
  g_assert_cmpuint (n_accepted, ==, 0);
}

/* one that has ended has no current lease at all */
static void
test_nothing_is_accepted_after_the_end (World         *self,
                                        gconstpointer  unused)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);
  guint64 id = world_submit_one (self, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  Attempt attempt = world_claim_job (self, id);
  guint64 before;

  world_start (self, attempt);
  world_succeed (self, attempt, "1");
  before = aq_store_get_sequence (self->store);
  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      g_autoptr(GError) error = say (self, attempt, i);

      g_assert_nonnull (error);
    }
  world_settle (self);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add ("/stale-leases/" #name, World, NULL, world_set_up, test_##name, world_tear_down)
  ADD (nothing_of_a_stale_lease_is_accepted);
  ADD (nothing_is_accepted_after_the_end);
#undef ADD

  return g_test_run ();
}
