/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include "core/aq-engine-agents.h"
#include "core/aq-engine-private.h"

#define NOOP "{'function': <'t.noop'>}"

typedef struct
{
  guint            n_calls;
  AsyncqJobOutcome outcome;
  GError          *error;
  AqEngineWait    *other; /* to be cancelled from within, nullable */
} Told;

static void
on_awaited (AsyncqJobOutcome  outcome,
            AqResult         *result,
            const GError     *error,
            gpointer          user_data)
{
  Told *told = user_data;

  told->n_calls++;
  told->outcome = outcome;
  if (error != NULL)
    told->error = g_error_copy (error);
  else
    g_assert_nonnull (result);
  g_clear_pointer (&told->other, aq_engine_wait_cancel);
}

static void
complete_one (World *self)
{
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
}

static void
test_wait (World         *self,
           gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" NOOP "]");
  Told told = { 0 };

  (void) aq_engine_wait (self->engine, id, on_awaited, &told);
  world_settle (self);
  g_assert_cmpuint (told.n_calls, ==, 0);
  complete_one (self);
  g_assert_cmpuint (told.n_calls, ==, 1);
  g_assert_cmpint (told.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
}

static void
test_wait_for_completed (World         *self,
                         gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" NOOP "]");
  Told told = { 0 };

  complete_one (self);
  (void) aq_engine_wait (self->engine, id, on_awaited, &told);
  g_assert_cmpuint (told.n_calls, ==, 0);
  world_settle (self);
  g_assert_cmpuint (told.n_calls, ==, 1);
}

static void
test_wait_for_nothing (World         *self,
                       gconstpointer  unused)
{
  Told told = { 0 };

  (void) aq_engine_wait (self->engine, 99, on_awaited, &told);
  world_settle (self);
  g_assert_cmpuint (told.n_calls, ==, 1);
  g_assert_error (told.error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
  g_clear_error (&told.error);
}

static void
test_wait_cancelled (World         *self,
                     gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" NOOP "]");
  Told told = { 0 };
  Told early = { 0 };

  aq_engine_wait_cancel (aq_engine_wait (self->engine, id, on_awaited, &told));
  complete_one (self);
  aq_engine_wait_cancel (aq_engine_wait (self->engine, id, on_awaited, &early));
  world_settle (self);
  g_assert_cmpuint (told.n_calls, ==, 0);
  g_assert_cmpuint (early.n_calls, ==, 0);
}

static void
test_wait_cancels_another (World         *self,
                           gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" NOOP "]");
  Told told[3] = { { 0 } };
  AqEngineWait *waits[3];

  for (guint i = 0; i < 3; i++)
    waits[i] = aq_engine_wait (self->engine, id, on_awaited, &told[i]);
  told[0].other = waits[1];
  complete_one (self);
  g_assert_cmpuint (told[0].n_calls, ==, 1);
  g_assert_cmpuint (told[1].n_calls, ==, 0);
  g_assert_cmpuint (told[2].n_calls, ==, 1);
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  GString *log = user_data;

  for (guint i = 0; i < n_changes; i++)
    g_string_append_printf (log, "%" G_GUINT64_FORMAT ":%s ", changes[i].id,
                            asyncq_job_state_to_string (changes[i].state));
}

static void
test_changes (World         *self,
              gconstpointer  unused)
{
  g_autoptr(GString) log = g_string_new (NULL);
  guint handle = aq_engine_add_changed (self->engine, on_changed, log);
  Attempt attempt;

  (void) world_submit_one (self, "[" NOOP "]");
  g_assert_true (world_claim (self, &attempt));
  /* claimed, but not flushed: nobody may hear of it */
  g_assert_cmpstr (log->str, ==, "1:pending ");
  world_succeed (self, attempt, "()");
  g_assert_cmpstr (log->str, ==, "1:pending 1:assigned 1:completed ");

  aq_engine_remove_changed (self->engine, handle);
  (void) world_submit_one (self, "[" NOOP "]");
  g_assert_cmpstr (log->str, ==, "1:pending 1:assigned 1:completed ");
}

static void
on_listed (GVariant     *value,
           const GError *error,
           gpointer      user_data)
{
  GVariant **out = user_data;

  g_assert_no_error (error);
  *out = g_variant_ref (value);
}

static guint64
list (World       *self,
      guint64      below,
      guint        limit,
      gboolean     count_only,
      gsize       *out_n)
{
  g_autoptr(AqFilter) filter = aq_filter_parse ("", NULL);
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) jobs = NULL;
  g_autofree char *cursor = NULL;

  aq_engine_list_jobs (self->engine, filter, below, limit, count_only, on_listed, &value);
  world_settle (self);
  g_variant_get (value, "(@aa{sv}s)", &jobs, &cursor);
  *out_n = g_variant_n_children (jobs);
  return *cursor != '\0' ? g_ascii_strtoull (cursor, NULL, 10) : 0;
}

static void
test_list_in_pages (World         *self,
                    gconstpointer  unused)
{
  guint64 cursor = G_MAXUINT64;
  gsize n_pages = 0;
  gsize n_jobs = 0;
  gsize n;

  for (guint i = 0; i < 25; i++)
    (void) world_submit_one (self, "[" NOOP "]");
  while (cursor != 0)
    {
      cursor = list (self, cursor, 10, FALSE, &n);
      n_jobs += n;
      n_pages++;
    }
  g_assert_cmpuint (n_jobs, ==, 25);
  g_assert_cmpuint (n_pages, ==, 3);
  g_assert_cmpuint (list (self, G_MAXUINT64, 10, TRUE, &n), ==, 25);
  g_assert_cmpuint (n, ==, 0);
}

static void
on_done_or_not (const GError *error,
                gpointer      user_data)
{
  GError **out = user_data;

  if (error != NULL)
    *out = g_error_copy (error);
}

static void
test_agent_added_once (World         *self,
                       gconstpointer  unused)
{
  const AqActor actor = { 0, "" };
  g_autoptr(AqAgent) agent = aq_agent_new ("other", 1, NULL, NULL, NULL);
  g_autoptr(GError) error = NULL;

  aq_engine_add_agent (self->engine, &actor, agent, on_done_or_not, &error);
  g_assert_no_error (error);
  world_settle (self);
  g_assert_cmpuint (aq_engine_get_agents (self->engine)->len, ==, 2);
  aq_engine_add_agent (self->engine, &actor, agent, on_done_or_not, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
}

static void
test_agents_have_an_end (World         *self,
                         gconstpointer  unused)
{
  const AqActor actor = { 0, "" };
  g_autoptr(GError) error = NULL;
  guint n_added = 0;

  for (guint i = 0; i < 10 && error == NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("a%u", i);
      g_autoptr(AqAgent) agent = aq_agent_new (name, AQ_AGENT_MAX_SIZE, NULL, NULL, NULL);

      aq_engine_add_agent (self->engine, &actor, agent, on_done_or_not, &error);
      world_settle (self);
      n_added += error == NULL ? 1 : 0;
    }
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE);
  g_assert_cmpuint (n_added, ==, 3); /* and "main" */
}

static void
set_size (World  *self,
          guint   size)
{
  const AqActor actor = { 0, "" };
  g_autofree char *settings = g_strdup_printf ("{'size': <uint32 %u>}", size);
  g_autoptr(GError) error = NULL;

  aq_engine_set_agent (self->engine, &actor, self->agent->name, g_variant_new_parsed (settings), on_done_or_not, &error);
  g_assert_no_error (error);
  world_settle (self);
}

static void
test_space_for_ends (World         *self,
                     gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[" NOOP "," NOOP "]");
  Attempt first, second;

  set_size (self, 3);
  g_assert_cmpuint (self->engine->n_slots, ==, 3);
  g_assert_true (world_claim (self, &first));
  g_assert_true (world_claim (self, &second));
  set_size (self, 1);
  g_assert_cmpuint (self->engine->n_slots, ==, 3);
  world_succeed (self, first, "()");
  world_settle (self);
  g_assert_cmpuint (self->engine->n_slots, ==, 1);
  world_succeed (self, second, "()");
}

static void
test_agent_with_jobs (World         *self,
                      gconstpointer  unused)
{
  const AqActor actor = { 0, "" };
  g_autoptr(GError) error = NULL;
  guint64 id = world_submit_one (self, "[" NOOP "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  aq_engine_remove_agent (self->engine, &actor, self->agent->name, on_done_or_not, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  g_clear_error (&error);
  g_assert_cmpuint (aq_engine_get_agents (self->engine)->len, ==, 1);
  g_assert_cmpuint (attempt.id, ==, id);
  world_succeed (self, attempt, "()");
  aq_engine_remove_agent (self->engine, &actor, self->agent->name, on_done_or_not, &error);
  world_settle (self);
  g_assert_no_error (error);
  g_assert_cmpuint (aq_engine_get_agents (self->engine)->len, ==, 0);
  aq_engine_remove_agent (self->engine, &actor, self->agent->name, on_done_or_not, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_AGENT);
}

static void
test_long_reason (World         *self,
                  gconstpointer  unused)
{
  const AqActor actor = { 0, "" };
  guint64 id = world_submit_one (self, "[" NOOP "]");
  g_autofree char *why = g_strnfill (1025, 'x');
  g_autoptr(GError) error = NULL;

  aq_engine_cancel (self->engine, &actor, id, why, on_done_or_not, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE);
  g_clear_error (&error);
  why[1024] = '\0';
  aq_engine_cancel (self->engine, &actor, id, why, on_done_or_not, &error);
  world_settle (self);
  g_assert_no_error (error);
}

static void
test_counts (World         *self,
             gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[" NOOP "," NOOP "," NOOP "]");
  g_autoptr(GVariant) counts = NULL;
  guint32 n;

  complete_one (self);
  counts = g_variant_ref_sink (aq_engine_count_jobs (self->engine));
  g_assert_true (g_variant_lookup (counts, "pending", "u", &n));
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (g_variant_lookup (counts, "completed", "u", &n));
  g_assert_cmpuint (n, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/engine/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("who waits is told when the job has completed", test_wait);
  ADD ("a wait for a completed job is over soon, not at once", test_wait_for_completed);
  ADD ("a wait for no job is an error", test_wait_for_nothing);
  ADD ("a cancelled wait is told nothing", test_wait_cancelled);
  ADD ("one who is told may cancel another", test_wait_cancels_another);
  ADD ("changes are told in order, and only when they are flushed", test_changes);
  ADD ("a list comes in pages, newest first", test_list_in_pages);
  ADD ("an agent is added once", test_agent_added_once);
  ADD ("agents have an end", test_agents_have_an_end);
  ADD ("a smaller agent keeps space for what it runs", test_space_for_ends);
  ADD ("an agent with jobs cannot be removed", test_agent_with_jobs);
  ADD ("the reason of a cancel is bounded", test_long_reason);
  ADD ("jobs are counted by state", test_counts);
#undef ADD

  return g_test_run ();
}
