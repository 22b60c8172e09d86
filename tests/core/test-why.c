/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Why a job does not run
 *
 * The last case makes random worlds, and holds every answer against a claim: an
 * agent takes just the job of which it was said that this agent can claim it now.
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-changes.h"
#include "core/aq-engine-claiming.h"
#include "core/aq-engine-limits.h"
#include "core/aq-engine-queues.h"
#include "core/aq-engine-why.h"

#include <string.h>

static const AqActor tester = { 1000, ":1.7" };

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  GVariant **out_value = user_data;

  g_assert_no_error (error);
  *out_value = g_variant_ref (value);
}

static void
on_done (const GError *error,
         gpointer      user_data)
{
  g_assert_no_error (error);
}

static void
on_job_done (guint64       id,
             const GError *error,
             gpointer      user_data)
{
  g_assert_no_error (error);
}

static GVariant *
explain (World   *world,
         guint64  id)
{
  GVariant *value = NULL;

  aq_engine_explain_job (world->engine, id, on_read, &value);
  world_settle (world);
  g_assert_nonnull (value);
  return value;
}

/* Returns: (nullable): the reason with that word */
static GVariant *
find_reason (GVariant   *explanation,
             const char *word)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (explanation, "reasons", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; i < g_variant_n_children (reasons); i++)
    {
      g_autoptr(GVariant) reason = g_variant_get_child_value (reasons, i);
      const char *found;

      g_assert_true (g_variant_lookup (reason, "reason", "&s", &found));
      if (g_str_equal (found, word))
        return g_steal_pointer (&reason);
    }
  return NULL;
}

/* the words of all reasons, as text "claiming-off behind" */
static char *
list_reasons (GVariant *explanation)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (explanation, "reasons", G_VARIANT_TYPE ("aa{sv}"));
  GString *words = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (reasons); i++)
    {
      g_autoptr(GVariant) reason = g_variant_get_child_value (reasons, i);
      const char *word;

      g_assert_true (g_variant_lookup (reason, "reason", "&s", &word));
      g_string_append_printf (words, "%s%s", i > 0 ? " " : "", word);
    }
  return g_string_free (words, FALSE);
}

static void
assert_reasons (World      *world,
                guint64     id,
                const char *expected)
{
  g_autoptr(GVariant) explanation = explain (world, id);
  g_autofree char *words = list_reasons (explanation);

  g_assert_cmpstr (words, ==, expected);
}

/* the only reason; @value: what stands under @key, as text */
static void
assert_reason (World      *world,
               guint64     id,
               const char *word,
               const char *key,
               const char *value)
{
  g_autoptr(GVariant) explanation = explain (world, id);
  g_autofree char *words = list_reasons (explanation);
  g_autoptr(GVariant) reason = find_reason (explanation, word);
  g_autoptr(GVariant) found = NULL;
  g_autofree char *text = NULL;

  g_assert_cmpstr (words, ==, word);
  found = g_variant_lookup_value (reason, key, NULL);
  g_assert_nonnull (found);
  text = g_variant_print (found, FALSE);
  g_assert_cmpstr (text, ==, value);
}

static gint64
get_estimate (World   *world,
              guint64  id)
{
  g_autoptr(GVariant) explanation = explain (world, id);
  gint64 estimate = -1;

  g_assert_true (g_variant_lookup (explanation, "estimate", "x", &estimate));
  return estimate;
}

static void
test_ready (World         *world,
            gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");

  assert_reason (world, id, "ready", "agent", "'main'");
}

static void
test_time (World         *world,
           gconstpointer  unused)
{
  g_autofree char *entries = g_strdup_printf ("[{'function': <'t.noop'>, 'begin-after': <int64 %" G_GINT64_FORMAT ">}]",
                                              START + 60 * G_USEC_PER_SEC);
  g_autofree char *until = g_strdup_printf ("%" G_GINT64_FORMAT, START + 60 * G_USEC_PER_SEC);
  guint64 timed = world_submit_one (world, entries);
  guint64 delayed = world_submit_one (world, "[{'function': <'t.noop'>, 'delay': <int64 60000000>}]");

  assert_reason (world, timed, "not-before", "until", until);
  assert_reason (world, delayed, "delayed", "until", until);
  g_assert_cmpint (get_estimate (world, timed), ==, START + 60 * G_USEC_PER_SEC);
  aq_clock_advance (world->clock, 60 * G_USEC_PER_SEC);
  assert_reasons (world, timed, "ready");
  assert_reason (world, delayed, "behind", "count", "1");
}

static void
test_order (World         *world,
            gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (world, "[{'function': <'t.noop'>}, {'function': <'t.noop'>}, "
                                               "{'function': <'t.echo'>, 'arguments': <(1,)>, 'priority': <byte 1>}, "
                                               "{'function': <'t.noop'>}, {'function': <'t.noop'>}]");
  const guint64 *id = (const guint64 *) ids->data;
  Attempt attempt;

  assert_reasons (world, id[2], "ready");
  assert_reason (world, id[0], "behind", "count", "1");
  assert_reason (world, id[4], "behind", "count", "4");
  for (guint i = 0; i < 3; i++)
    g_assert_true (world_claim (world, &attempt));
  assert_reasons (world, id[4], "slots-full behind");
  assert_reasons (world, id[3], "slots-full");
}

static void
test_retry (World         *world,
            gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>, 'retry': <'m01'>}]");
  g_autofree char *text = NULL;
  g_autoptr(GVariant) explanation = NULL;
  g_autoptr(GVariant) reason = NULL;
  Attempt attempt;

  g_assert_true (world_claim (world, &attempt));
  assert_reasons (world, id, "running");
  world_start (world, attempt);
  assert_reasons (world, id, "running");
  world_fail (world, attempt);
  assert_reason (world, id, "retry-pause", "attempt", "1");
  explanation = explain (world, id);
  reason = find_reason (explanation, "retry-pause");
  g_assert_true (g_variant_lookup (reason, "text", "s", &text));
  g_assert_nonnull (strstr (text, "no luck"));
}

static void
test_pause (World         *world,
            gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>, 'queue': <'mail'>}]");
  g_autofree char *until = g_strdup_printf ("%" G_GINT64_FORMAT, START + 5 * G_USEC_PER_SEC);

  aq_engine_pause_queue (world->engine, &tester, "mail", "the server is down", START + 5 * G_USEC_PER_SEC, on_done, NULL);
  assert_reason (world, id, "queue-paused", "why", "'the server is down'");
  assert_reason (world, id, "queue-paused", "by", "1000");
  assert_reason (world, id, "queue-paused", "until", until);
  g_assert_cmpint (get_estimate (world, id), ==, START + 5 * G_USEC_PER_SEC);
  aq_engine_pause_queue (world->engine, &tester, "mail", "", 0, on_done, NULL);
  assert_reason (world, id, "queue-paused", "until", "0");
  g_assert_cmpint (get_estimate (world, id), ==, 0);
  aq_engine_resume_queue (world->engine, &tester, "mail", on_done, NULL);
  assert_reasons (world, id, "ready");
}

static void
test_claiming (World         *world,
               gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");

  aq_engine_set_claiming (world->engine, FALSE);
  assert_reasons (world, id, "claiming-off");
  aq_engine_set_claiming (world->engine, TRUE);
  assert_reasons (world, id, "ready");
}

static void
test_refusal (World         *world,
              gconstpointer  unused)
{
  g_autoptr(GError) full = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL, "no space left");
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");

  aq_store_set_refusal (world->store, full);
  assert_reason (world, id, "store-full", "text", "'no jobs are begun: no space left'");
  aq_store_set_refusal (world->store, NULL);
  assert_reasons (world, id, "ready");
}

static void
test_no_agent (World         *world,
               gconstpointer  unused)
{
  static const char *const queues[] = { "mail", NULL };
  g_autoptr(AqAgent) picky = aq_agent_new ("picky", 1, "t.say", queues, NULL);
  g_autoptr(GArray) ids = world_submit (world, "[{'function': <'t.noop'>}, {'function': <'t.noop'>, 'queue': <'mail'>}]");

  g_ptr_array_set_size (aq_engine_get_agents (world->engine), 0);
  assert_reasons (world, g_array_index (ids, guint64, 0), "no-agent");
  g_ptr_array_add (aq_engine_get_agents (world->engine), aq_agent_ref (picky));
  assert_reasons (world, g_array_index (ids, guint64, 0), "no-agent");
  assert_reasons (world, g_array_index (ids, guint64, 1), "filter");
}

static void
create_limit (World      *world,
              const char *name,
              const char *settings)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (settings));

  aq_engine_set_limit (world->engine, &tester, name, value, TRUE, on_done, NULL);
  world_settle (world);
}

static void
test_limit (World         *world,
            gconstpointer  unused)
{
  g_autofree char *holders = NULL;
  guint64 first, second, other;

  create_limit (world, "mail:{text}", "{'size': <uint32 1>}");
  first = world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('acme',)>, 'limits': <['mail:{text}']>}]");
  second = world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('acme',)>, 'limits': <['mail:{text}']>}]");
  other = world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('else',)>, 'limits': <['mail:{text}']>}]");
  (void) world_claim_job (world, first);
  holders = g_strdup_printf ("[%" G_GUINT64_FORMAT "]", first);
  assert_reason (world, second, "limit", "holders", holders);
  assert_reason (world, second, "limit", "limit", "'mail:{text}'");
  assert_reason (world, second, "limit", "instance", "'mail:acme'");
  assert_reason (world, second, "limit", "size", "1");
  /* what a limit holds back comes before nothing */
  assert_reasons (world, other, "ready");
}

static void
test_rate (World         *world,
           gconstpointer  unused)
{
  g_autofree char *until = g_strdup_printf ("%" G_GINT64_FORMAT, START + 60 * G_USEC_PER_SEC);
  guint64 first, second;

  create_limit (world, "slow", "{'rate': <uint32 1>, 'period': <int64 60000000>}");
  first = world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['slow']>}]");
  second = world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['slow']>}]");
  (void) world_claim_job (world, first);
  assert_reason (world, second, "rate", "until", until);
  g_assert_cmpint (get_estimate (world, second), ==, START + 60 * G_USEC_PER_SEC);
  aq_clock_advance (world->clock, 60 * G_USEC_PER_SEC);
  assert_reasons (world, second, "ready");
}

/* the limit tells the estimate, whoever has a worker free */
static void
test_limit_estimate (World         *world,
                     gconstpointer  unused)
{
  static const char held[] = "[{'function': <'t.noop'>, 'limits': <['two']>}]";
  guint64 first, second, third, fourth, fifth;
  Attempt attempt, other;

  create_limit (world, "two", "{'size': <uint32 2>}");
  (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  g_assert_true (world_claim (world, &attempt));
  world_start (world, attempt);
  aq_clock_advance (world->clock, 10 * G_USEC_PER_SEC);
  world->run_usec = 10 * G_USEC_PER_SEC;
  world_succeed (world, attempt, "()");

  first = world_submit_one (world, held);
  second = world_submit_one (world, held);
  attempt = world_claim_job (world, first);
  world_start (world, attempt);
  aq_clock_advance (world->clock, 4 * G_USEC_PER_SEC);
  other = world_claim_job (world, second);
  third = world_submit_one (world, held);
  fourth = world_submit_one (world, held);
  fifth = world_submit_one (world, held);
  /* when that one will have begun nobody knows */
  g_assert_cmpint (get_estimate (world, third), ==, 0);
  world_start (world, other);
  g_assert_cmpint (get_estimate (world, third), ==, START + 20 * G_USEC_PER_SEC);
  g_assert_cmpint (get_estimate (world, fourth), ==, START + 24 * G_USEC_PER_SEC);
  g_assert_cmpint (get_estimate (world, fifth), ==, 0);
  aq_clock_advance (world->clock, 6 * G_USEC_PER_SEC);
  /* it takes longer than it should */
  g_assert_cmpint (get_estimate (world, third), ==, 0);
}

static void
test_rate_estimate (World         *world,
                    gconstpointer  unused)
{
  guint64 ids[6];

  create_limit (world, "pairs", "{'rate': <uint32 2>, 'period': <int64 60000000>}");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['pairs']>}]");
  for (guint i = 0; i < 2; i++)
    (void) world_claim_job (world, ids[i]);
  for (guint i = 2; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpint (get_estimate (world, ids[i]), ==, START + (i / 2) * 60 * G_USEC_PER_SEC);
}

static void
test_bucket_estimate (World         *world,
                      gconstpointer  unused)
{
  guint64 ids[6];

  create_limit (world, "drops", "{'rate': <uint32 2>, 'period': <int64 60000000>, 'burst': <uint32 1>}");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['drops']>}]");
  (void) world_claim_job (world, ids[0]);
  for (guint i = 1; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpint (get_estimate (world, ids[i]), ==, START + i * 30 * G_USEC_PER_SEC);
}

static void
test_missing_function (World         *world,
                       gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");
  GPtrArray *functions = g_ptr_array_new ();
  GError *error = NULL;

  g_ptr_array_add (functions, aq_function_new ("t", "nope", "", "()", "", &error));
  g_assert_no_error (error);
  aq_function_table_set_plugin (aq_engine_get_functions (world->engine), "t", functions);
  assert_reason (world, id, "function-missing", "function", "'t.noop'");
  assert_reason (world, id, "function-missing", "suggestion", "'t.nope'");
}

static void
test_other_jobs (World         *world,
                 gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (world, "[{'kind': <'serial'>}, "
                                               "{'function': <'t.noop'>, 'parent': <uint32 0>}, "
                                               "{'function': <'t.noop'>, 'parent': <uint32 0>}, "
                                               "{'function': <'t.hear'>, 'arguments': <(1,)>, 'parent': <uint32 1>, "
                                               "'role': <'callback'>}]");
  const guint64 *id = (const guint64 *) ids->data;
  g_autofree char *first = g_strdup_printf ("[%" G_GUINT64_FORMAT "]", id[1]);
  g_autofree char *callback = g_strdup_printf ("[%" G_GUINT64_FORMAT "]", id[3]);
  Attempt attempt;

  assert_reasons (world, id[1], "ready");
  assert_reason (world, id[0], "waits-for", "count", "2");
  assert_reason (world, id[2], "waits-for", "jobs", first);
  assert_reason (world, id[3], "waits-for", "jobs", first);
  attempt = world_claim_job (world, id[1]);
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  assert_reason (world, id[1], "waits-for", "jobs", callback);
  world_run_all (world);
  assert_reason (world, id[0], "completed", "outcome", "'succeeded'");
  assert_reason (world, id[3], "completed", "outcome", "'succeeded'");
}

static void
test_pulled (World         *world,
             gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");

  aq_engine_pull_job (world->engine, &tester, "", id, on_job_done, NULL);
  assert_reason (world, id, "pulled", "queue", "''");
}

static void
test_estimate (World         *world,
               gconstpointer  unused)
{
  Attempt attempt;
  guint64 id;

  id = world_submit_one (world, "[{'function': <'t.noop'>}]");
  for (guint i = 0; i < 3; i++)
    {
      (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
      g_assert_true (world_claim (world, &attempt));
      world_start (world, attempt);
      if (i > 0)
        continue;
      g_assert_cmpint (get_estimate (world, id), ==, 0);
      aq_clock_advance (world->clock, 3 * G_USEC_PER_SEC);
      world->run_usec = 3 * G_USEC_PER_SEC;
      world_succeed (world, attempt, "()");
    }
  /* two run and one comes before it, 3 s each on average, in three slots */
  id = world_submit_one (world, "[{'function': <'t.noop'>}]");
  g_assert_cmpint (get_estimate (world, id), ==, START + 6 * G_USEC_PER_SEC);
  aq_clock_advance (world->clock, 3 * G_USEC_PER_SEC);
  /* what runs takes longer than on average, and nobody knows how much */
  g_assert_cmpint (get_estimate (world, id), ==, 0);
}

/* ---- random worlds ---- */

#define N_JOBS 24
#define N_STEPS 400

typedef struct
{
  World     *world;
  GRand     *random;
  AqAgent   *agents[3];
  GPtrArray *attempts; /* of Claimed */
  guint64    n_ready;
  guint64    n_claimed;
} Chance;

typedef struct
{
  Attempt  attempt;
  AqAgent *agent;
  gboolean started;
} Claimed;

static void
on_chance_claimed (AqJob    **jobs,
                   guint      n_jobs,
                   guint64    revealed,
                   gpointer   user_data)
{
  Attempt *attempt = user_data;

  g_assert_cmpuint (n_jobs, ==, 1);
  *attempt = (Attempt) { jobs[0]->id, jobs[0]->lease };
}

static guint
count_running (Chance  *self,
               AqAgent *agent)
{
  guint n_jobs = 0;

  for (guint i = 0; i < self->attempts->len; i++)
    n_jobs += ((Claimed *) g_ptr_array_index (self->attempts, i))->agent == agent;
  return n_jobs;
}

/* of which it is said that the agent can claim it now; 0: of none */
static guint64
find_ready (Chance     *self,
            const char *agent,
            guint64     last_id)
{
  guint64 ready = 0;

  for (guint64 id = 1; id <= last_id; id++)
    {
      g_autoptr(GVariant) explanation = explain (self->world, id);
      g_autoptr(GVariant) reasons = g_variant_lookup_value (explanation, "reasons", G_VARIANT_TYPE ("aa{sv}"));

      /* there is always something to say */
      g_assert_cmpuint (g_variant_n_children (reasons), >, 0);
      for (gsize i = 0; i < g_variant_n_children (reasons); i++)
        {
          g_autoptr(GVariant) reason = g_variant_get_child_value (reasons, i);
          const char *word;
          const char *name = "";

          g_assert_true (g_variant_lookup (reason, "reason", "&s", &word));
          (void) g_variant_lookup (reason, "agent", "&s", &name);
          if (!g_str_equal (word, "ready") || !g_str_equal (name, agent))
            continue;
          g_assert_cmpuint (ready, ==, 0);
          ready = id;
        }
    }
  return ready;
}

static void
claim_and_compare (Chance  *self,
                   guint64  last_id)
{
  AqAgent *agent = self->agents[g_rand_int_range (self->random, 0, G_N_ELEMENTS (self->agents))];
  guint64 ready = find_ready (self, agent->name, last_id);
  Attempt attempt = { 0 };
  Claimed *claimed;

  if (count_running (self, agent) >= agent->size)
    {
      g_assert_cmpuint (ready, ==, 0);
      return;
    }
  aq_engine_claim (self->world->engine, agent, 1, on_chance_claimed, &attempt);
  world_settle (self->world);
  g_assert_cmpuint (attempt.id, ==, ready);
  self->n_ready += ready != 0;
  if (attempt.id == 0)
    return;
  claimed = g_new0 (Claimed, 1);
  *claimed = (Claimed) { attempt, agent, FALSE };
  g_ptr_array_add (self->attempts, claimed);
  self->n_claimed++;
}

static guint64
submit_some (Chance *self)
{
  static const char *const queues[] = { "", "mail", "many" };
  static const char *const functions[] = { "'t.noop'>", "'t.echo'>, 'arguments': <(1,)>", "'t.say'>, 'arguments': <('a',)>" };
  static const char *const limits[] = { "", ", 'limits': <['two']>", ", 'limits': <['slow', 'two']>",
                                        ", 'limits': <['both']>" };
  g_autoptr(GString) entry = g_string_new (NULL);

  g_string_append_printf (entry, "[{'function': <%s, 'queue': <'%s'>, 'priority': <byte %d>, 'retry': <'%s'>%s",
                          functions[g_rand_int_range (self->random, 0, 3)], queues[g_rand_int_range (self->random, 0, 3)],
                          g_rand_int_range (self->random, 126, 130), g_rand_boolean (self->random) ? "m01" : "forever",
                          limits[g_rand_int_range (self->random, 0, G_N_ELEMENTS (limits))]);
  if (g_rand_int_range (self->random, 0, 4) == 0)
    g_string_append_printf (entry, ", 'delay': <int64 %d>", g_rand_int_range (self->random, 1, 20 * G_USEC_PER_SEC));
  if (g_rand_int_range (self->random, 0, 6) == 0)
    g_string_append_printf (entry, ", 'begin-by': <int64 %d>", g_rand_int_range (self->random, 1, 60 * G_USEC_PER_SEC));
  g_string_append (entry, "}]");
  return world_submit_one (self->world, entry->str);
}

static void
end_some (Chance *self)
{
  guint index;
  Claimed *claimed;

  if (self->attempts->len == 0)
    return;
  index = g_rand_int_range (self->random, 0, self->attempts->len);
  claimed = g_ptr_array_index (self->attempts, index);
  if (!claimed->started && g_rand_int_range (self->random, 0, 4) == 0)
    {
      GError *error = NULL;

      aq_engine_release_job (self->world->engine, claimed->attempt.id, claimed->attempt.lease, &error);
      g_assert_no_error (error);
    }
  else if (!claimed->started)
    {
      world_start (self->world, claimed->attempt);
      claimed->started = TRUE;
      return;
    }
  else if (g_rand_int_range (self->random, 0, 3) == 0)
    {
      GError *error = NULL;

      aq_engine_interrupt_job (self->world->engine, claimed->attempt.id, claimed->attempt.lease, &error);
      g_assert_no_error (error);
    }
  else if (g_rand_boolean (self->random))
    world_fail (self->world, claimed->attempt);
  else
    world_succeed (self->world, claimed->attempt, "()");
  g_ptr_array_remove_index_fast (self->attempts, index);
}

static void
pause_some (Chance *self)
{
  const char *queue = g_rand_boolean (self->random) ? "mail" : "many";
  gint64 now_usec = aq_clock_get_wall (self->world->clock);

  if (g_rand_boolean (self->random))
    aq_engine_resume_queue (self->world->engine, &tester, queue, on_done, NULL);
  else
    aq_engine_pause_queue (self->world->engine, &tester, queue, "why not",
                           now_usec + g_rand_int_range (self->random, 1, 10 * G_USEC_PER_SEC), on_done, NULL);
  world_settle (self->world);
}

/* a plugin with more or fewer functions */
static void
change_functions (Chance *self)
{
  GPtrArray *functions = g_ptr_array_new ();

  g_ptr_array_add (functions, aq_function_new ("t", "noop", "", "()", "", NULL));
  g_ptr_array_add (functions, aq_function_new ("t", "say", "text s", "s", "", NULL));
  if (g_rand_boolean (self->random))
    g_ptr_array_add (functions, aq_function_new ("t", "echo", "value i", "i", "", NULL));
  aq_function_table_set_plugin (aq_engine_get_functions (self->world->engine), "t", functions);
  aq_engine_functions_changed (self->world->engine);
  world_settle (self->world);
}

static gboolean
has_function (Chance *self)
{
  return aq_function_table_lookup (aq_engine_get_functions (self->world->engine), "t.echo") != NULL;
}

static guint64
do_anything (Chance  *self,
             guint64  last_id)
{
  switch (g_rand_int_range (self->random, 0, 12))
    {
    case 0:
    case 1:
    case 2:
      return last_id < N_JOBS && has_function (self) ? submit_some (self) : last_id;
    case 3:
    case 4:
    case 5:
      end_some (self);
      break;
    case 6:
      pause_some (self);
      break;
    case 7:
      change_functions (self);
      break;
    case 8:
      aq_engine_set_claiming (self->world->engine, g_rand_int_range (self->random, 0, 4) > 0);
      world_settle (self->world);
      break;
    default:
      aq_clock_advance (self->world->clock, g_rand_int_range (self->random, 0, 8 * G_USEC_PER_SEC));
      world_settle (self->world);
      break;
    }
  return last_id;
}

static AqAgent *
add_agent (World              *world,
           const char         *name,
           guint               size,
           const char         *filter,
           const char * const *queues)
{
  GError *error = NULL;
  AqAgent *agent = aq_agent_new (name, size, filter, queues, &error);

  g_assert_no_error (error);
  aq_engine_add_agent (world->engine, &tester, agent, on_done, NULL);
  world_settle (world);
  return agent;
}

static void
play (World   *world,
      guint32  seed,
      guint64 *n_claimed)
{
  const char *const mail[] = { "mail", NULL };
  Chance self = { .world = world, .random = g_rand_new_with_seed (seed) };
  guint64 last_id = 0;

  g_test_message ("seed %u", seed);
  self.attempts = g_ptr_array_new_with_free_func (g_free);
  self.agents[0] = aq_agent_ref (world->agent);
  self.agents[1] = add_agent (world, "mail", 1, NULL, mail);
  self.agents[2] = add_agent (world, "noops", 2, "t.noop", NULL);
  create_limit (world, "two", "{'size': <uint32 2>}");
  create_limit (world, "both", "{'size': <uint32 3>, 'rate': <uint32 4>, 'period': <int64 10000000>, 'burst': <uint32 2>}");
  create_limit (world, "slow", "{'rate': <uint32 3>, 'period': <int64 20000000>}");
  for (guint step = 0; step < N_STEPS; step++)
    {
      last_id = do_anything (&self, last_id);
      claim_and_compare (&self, last_id);
    }
  *n_claimed += self.n_claimed;
  for (guint i = 0; i < G_N_ELEMENTS (self.agents); i++)
    aq_agent_unref (self.agents[i]);
  g_ptr_array_unref (self.attempts);
  g_rand_free (self.random);
}

static void
test_claims (void)
{
  guint64 n_claimed = 0;

  for (guint32 seed = 1; seed <= 12; seed++)
    {
      World world = { NULL };

      world_set_up (&world, NULL);
      play (&world, seed, &n_claimed);
      world_tear_down (&world, NULL);
    }
  /* the worlds are not all dead */
  g_assert_cmpuint (n_claimed, >, 100);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *name;
    void      (*func) (World         *world,
                       gconstpointer  unused);
  } cases[] = {
    { "/why/a job that is next is ready", test_ready },
    { "/why/a job whose time has not come", test_time },
    { "/why/how many come before it", test_order },
    { "/why/an attempt failed, and there is another one", test_retry },
    { "/why/its queue is paused: by whom, why, until when", test_pause },
    { "/why/claiming is off", test_claiming },
    { "/why/a limit is full: which, and who holds it", test_limit },
    { "/why/a rate is used up: until when", test_rate },
    { "/why/a full limit tells when its holders end, or nothing", test_limit_estimate },
    { "/why/a rate tells when it has room for all that comes before", test_rate_estimate },
    { "/why/a token bucket tells when it has room for all that comes before", test_bucket_estimate },
    { "/why/the store is full", test_refusal },
    { "/why/no agent is there, or serves its queue, or takes it", test_no_agent },
    { "/why/its function is missing, and another is like it", test_missing_function },
    { "/why/it waits for others: parts, members, callbacks", test_other_jobs },
    { "/why/somebody pulled it out of its queue", test_pulled },
    { "/why/the estimate is of run times", test_estimate },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].name, World, NULL, world_set_up, cases[i].func, world_tear_down);
  g_test_add_func ("/why/in random worlds a claim takes just what was said to be ready", test_claims);
  return g_test_run ();
}
