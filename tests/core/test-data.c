/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What attempts leave to each other
 */

#include "config.h"

#include "answer.h"
#include "world.h"

#include "core/aq-engine-data.h"

#include <string.h>

static Attempt
start (World *self)
{
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  return attempt;
}

static guint64
put (World *self)
{
  return world_submit_one (self, "[{'function': <'t.noop'>}]");
}

static void
interrupt (World   *self,
           Attempt  attempt)
{
  GError *error = NULL;

  aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, &error);
  g_assert_no_error (error);
  world_settle (self);
}

static GError *
set_checkpoint (World    *self,
                Attempt   attempt,
                GVariant *value)
{
  Answer answer = { 0 };

  aq_engine_set_checkpoint (self->engine, attempt.id, attempt.lease, value, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

/* @out_text: what the claimed job is handed */
static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  World *self = ((gpointer *) user_data)[0];
  char **out_text = ((gpointer *) user_data)[1];
  g_autoptr(GVariant) value = aq_engine_dup_checkpoint (self->engine, jobs[0]);

  *out_text = value != NULL ? g_variant_print (value, FALSE) : g_strdup ("none");
  *(Attempt *) ((gpointer *) user_data)[2] = (Attempt) { jobs[0]->id, jobs[0]->lease };
}

static Attempt
claim_with_checkpoint (World      *self,
                       const char *expected)
{
  g_autofree char *text = NULL;
  Attempt attempt = { 0 };
  gpointer data[] = { self, &text, &attempt };

  aq_engine_claim (self->engine, self->agent, 1, on_claimed, data);
  g_assert_cmpstr (text, ==, expected);
  world_start (self, attempt);
  return attempt;
}

static void
test_checkpoint (World         *self,
                 gconstpointer  unused)
{
  Attempt attempt;
  GError *error;

  put (self);
  attempt = claim_with_checkpoint (self, "none");
  error = set_checkpoint (self, attempt, g_variant_new_parsed ("('row', 5)"));
  g_assert_no_error (error);
  error = set_checkpoint (self, attempt, g_variant_new_parsed ("('row', 6)"));
  g_assert_no_error (error);
  interrupt (self, attempt);
  attempt = claim_with_checkpoint (self, "('row', 6)");
  error = set_checkpoint (self, attempt, NULL);
  g_assert_no_error (error);
  interrupt (self, attempt);
  (void) claim_with_checkpoint (self, "none");
}

static void
test_refused_checkpoint (World         *self,
                         gconstpointer  unused)
{
  g_autofree char *large = g_strnfill (AQ_MAX_CHECKPOINT_BYTES, 'x');
  g_autoptr(GError) stale = NULL;
  g_autoptr(GError) too_large = NULL;
  Attempt attempt;
  guint64 before;

  put (self);
  attempt = start (self);
  before = aq_store_get_sequence (self->store);
  too_large = set_checkpoint (self, attempt, g_variant_new_string (large));
  g_assert_error (too_large, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE);
  attempt.lease++;
  stale = set_checkpoint (self, attempt, g_variant_new_int32 (1));
  g_assert_error (stale, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
}

static GError *
begin (World       *self,
       Attempt      attempt,
       const char  *name,
       const char  *expected)
{
  Answer answer = { 0 };
  g_autoptr(GVariant) value = NULL;
  g_autofree char *text = NULL;

  aq_engine_begin_once (self->engine, attempt.id, attempt.lease, name, answer_on_read, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  value = answer.value;
  text = value != NULL ? g_variant_print (value, FALSE) : NULL;
  g_assert_cmpstr (text, ==, expected);
  return answer.error;
}

static GError *
end (World      *self,
     Attempt     attempt,
     const char *name,
     GVariant   *result)
{
  Answer answer = { 0 };

  aq_engine_end_once (self->engine, attempt.id, attempt.lease, name, result, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
test_once (World         *self,
           gconstpointer  unused)
{
  Attempt attempt;
  GError *error;

  put (self);
  attempt = start (self);
  error = begin (self, attempt, "pay", "{}");
  g_assert_no_error (error);
  error = end (self, attempt, "pay", g_variant_new_string ("receipt 7"));
  g_assert_no_error (error);
  interrupt (self, attempt);
  attempt = start (self);
  error = begin (self, attempt, "pay", "{'result': <'receipt 7'>}");
  g_assert_no_error (error);
}

static void
test_in_doubt (World         *self,
               gconstpointer  unused)
{
  g_autoptr(GError) doubt = NULL;
  Attempt attempt;
  GError *error;

  put (self);
  attempt = start (self);
  error = begin (self, attempt, "pay", "{}");
  g_assert_no_error (error);
  interrupt (self, attempt);
  attempt = start (self);
  doubt = begin (self, attempt, "pay", NULL);
  g_assert_error (doubt, ASYNCQ_ERROR, ASYNCQ_ERROR_IN_DOUBT);
  g_assert_nonnull (strstr (doubt->message, "'pay'"));
  /* another effect is another one */
  error = begin (self, attempt, "mail", "{}");
  g_assert_no_error (error);
}

static void
test_not_come_to_pass (World         *self,
                       gconstpointer  unused)
{
  Attempt attempt;
  GError *error;

  put (self);
  attempt = start (self);
  error = begin (self, attempt, "pay", "{}");
  g_assert_no_error (error);
  error = end (self, attempt, "pay", NULL);
  g_assert_no_error (error);
  error = begin (self, attempt, "pay", "{}");
  g_assert_no_error (error);
}

static void
test_refused_once (World         *self,
                   gconstpointer  unused)
{
  g_autofree char *long_name = g_strnfill (129, 'n');
  g_autoptr(GError) not_begun = NULL;
  g_autoptr(GError) too_long = NULL;
  g_autoptr(GError) stale = NULL;
  Attempt attempt;
  guint64 before;

  put (self);
  attempt = start (self);
  before = aq_store_get_sequence (self->store);
  not_begun = end (self, attempt, "pay", g_variant_new_int32 (1));
  g_assert_error (not_begun, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  too_long = begin (self, attempt, long_name, NULL);
  g_assert_error (too_long, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  attempt.lease--;
  stale = begin (self, attempt, "pay", NULL);
  g_assert_error (stale, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
}

typedef struct
{
  guint64  id;
  gboolean has_data;
} DataQuery;

static gboolean
look_at_data (AqTransaction  *transaction,
              gpointer        query,
              GError        **error)
{
  const AqJob *job = aq_transaction_get_job (transaction, ((DataQuery *) query)->id);

  ((DataQuery *) query)->has_data = job->extra != NULL && job->extra->data != NULL;
  return TRUE;
}

static void
on_looked (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
}

static void
test_dropped (World         *self,
              gconstpointer  unused)
{
  DataQuery query = { put (self), FALSE };
  Attempt attempt = start (self);
  GError *error = set_checkpoint (self, attempt, g_variant_new_int32 (1));

  g_assert_no_error (error);
  aq_store_apply (self->store, &(AqActor) { 0, "" }, look_at_data, &query, on_looked, NULL);
  g_assert_true (query.has_data);
  world_submit_one (self, "[{'function': <'t.hear'>, 'arguments': <(1,)>, 'role': <'callback'>, 'parent-job': <uint64 1>}]");
  world_succeed (self, attempt, "()");
  aq_store_apply (self->store, &(AqActor) { 0, "" }, look_at_data, &query, on_looked, NULL);
  g_assert_false (query.has_data);
}

int
main (int    argc,
      char **argv)
{
#define ADD(path, function) g_test_add ("/data/" path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("a checkpoint is handed to the next attempt", test_checkpoint);
  ADD ("a checkpoint that is too large, or of a stale lease, is refused", test_refused_checkpoint);
  ADD ("an effect is done once over all attempts", test_once);
  ADD ("an effect that has begun and not ended is in doubt", test_in_doubt);
  ADD ("an effect that did not come to pass may begin again", test_not_come_to_pass);
  ADD ("an effect that was not begun, or is of a stale lease, is refused", test_refused_once);
  ADD ("what attempts left to each other goes with the last of them", test_dropped);
#undef ADD
  return g_test_run ();
}
