/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limits: quotas, rates, templates, and what people do to them
 */

#include "config.h"

#include "answer.h"
#include "world.h"

#include "core/aq-engine-changes.h"
#include "core/aq-engine-limits.h"

#include <string.h>

static const AqActor tester = { 1000, ":1.7" };

/* Returns: (nullable): why not */
static GError *
set (World      *world,
     const char *name,
     const char *settings,
     gboolean    create)
{
  Answer answer = { 0 };

  aq_engine_set_limit (world->engine, &tester, name, g_variant_new_parsed (settings), create, answer_on_done, &answer);
  world_settle (world);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
create (World      *world,
        const char *name,
        const char *settings)
{
  GError *error = set (world, name, settings, TRUE);

  g_assert_no_error (error);
}

static void
change (World      *world,
        const char *name,
        const char *settings)
{
  GError *error = set (world, name, settings, FALSE);

  g_assert_no_error (error);
}

static void
assert_refused (World      *world,
                const char *name,
                const char *settings,
                gboolean    create_it,
                int         code,
                const char *says)
{
  guint64 before = aq_store_get_sequence (world->store);
  g_autoptr(GError) error = set (world, name, settings, create_it);

  g_assert_error (error, ASYNCQ_ERROR, code);
  if (strstr (error->message, says) == NULL)
    g_test_message ("'%s' does not say '%s'", error->message, says);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_cmpuint (aq_store_get_sequence (world->store), ==, before);
}

static GError *
remove_limit (World      *world,
              const char *name)
{
  Answer answer = { 0 };

  aq_engine_remove_limit (world->engine, &tester, name, answer_on_done, &answer);
  world_settle (world);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static GError *
change_job (World      *world,
            guint64     id,
            const char *changes)
{
  Answer answer = { 0 };

  aq_engine_change_job (world->engine, &tester, id, g_variant_new_parsed (changes), answer_on_done, &answer);
  world_settle (world);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
on_retried (guint64       id,
            const GError *error,
            gpointer      user_data)
{
  g_assert_no_error (error);
  *(guint64 *) user_data = id;
}

static guint64
retry (World   *world,
       guint64  id)
{
  guint64 answer = 0;

  aq_engine_retry_job (world->engine, &tester, id, on_retried, &answer);
  world_settle (world);
  return answer;
}

/* Returns: (transfer full): a{sv} */
static GVariant *
read_limit (World      *world,
            const char *name)
{
  Answer answer = { 0 };

  aq_engine_read_limit (world->engine, name, answer_on_read, &answer);
  world_settle (world);
  g_assert_cmpuint (answer.n_called, ==, 1);
  g_assert_no_error (answer.error);
  return answer.value;
}

/* @expected: "in-use waiting instances" */
static void
assert_use (World      *world,
            const char *name,
            const char *expected)
{
  g_autoptr(GVariant) value = read_limit (world, name);
  guint64 in_use, waiting;
  guint instances;
  g_autofree char *text = NULL;

  g_assert_true (g_variant_lookup (value, "in-use", "t", &in_use));
  g_assert_true (g_variant_lookup (value, "waiting", "t", &waiting));
  g_assert_true (g_variant_lookup (value, "instances", "u", &instances));
  text = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u", in_use, waiting, instances);
  g_assert_cmpstr (text, ==, expected);
}

static void
advance (World  *world,
         gint64  usec)
{
  aq_clock_advance (world->clock, usec);
  world_settle (world);
}

#define JOB "[{'function': <'t.echo'>, 'arguments': <(7,)>, 'limits': <['smtp']>}]"

static void
test_quota (World         *world,
            gconstpointer  unused)
{
  guint64 first, second;
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  first = world_submit_one (world, JOB);
  second = world_submit_one (world, JOB);
  assert_use (world, "smtp", "0 2 1");
  attempt = world_claim_job (world, first);
  assert_use (world, "smtp", "1 1 1");
  world_assert_claims (world, 3, "");
  world_start (world, attempt);
  world_assert_claims (world, 3, "");
  world_succeed (world, attempt, "7");
  attempt = world_claim_job (world, second);
  world_start (world, attempt);
  world_succeed (world, attempt, "7");
  assert_use (world, "smtp", "0 0 0");
}

static void
test_failure_frees (World         *world,
                    gconstpointer  unused)
{
  guint64 second;
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['smtp']>, 'retry': <'never'>}]");
  second = world_submit_one (world, JOB);
  g_assert_true (world_claim (world, &attempt));
  world_start (world, attempt);
  world_fail (world, attempt);
  world_claim_job (world, second);
}

static void
test_others_pass (World         *world,
                  gconstpointer  unused)
{
  guint64 first, free;

  create (world, "smtp", "{'size': <uint32 1>}");
  first = world_submit_one (world, JOB);
  world_submit_one (world, JOB);
  free = world_submit_one (world, "[{'function': <'t.noop'>}]");
  world_claim_job (world, first);
  world_claim_job (world, free);
  world_assert_claims (world, 3, "");
}

static void
test_interrupted_keeps_place (World         *world,
                              gconstpointer  unused)
{
  guint64 first, second;
  GError *error = NULL;
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  first = world_submit_one (world, JOB);
  second = world_submit_one (world, JOB);
  attempt = world_claim_job (world, first);
  world_start (world, attempt);
  g_assert_true (aq_engine_interrupt_job (world->engine, attempt.id, attempt.lease, &error));
  assert_use (world, "smtp", "1 1 1");
  /* more urgent, and still it has no place */
  error = change_job (world, second, "{'priority': <byte 0>}");
  g_assert_no_error (error);
  attempt = world_claim_job (world, first);
  world_assert_claims (world, 3, "");
  world_start (world, attempt);
  world_succeed (world, attempt, "7");
  world_claim_job (world, second);
}

/* Source: behaviour F22 */
static void
test_later_leaves_place (World         *world,
                         gconstpointer  unused)
{
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['smtp']>, 'retry': <'m01'>}]");
  world_submit_one (world, JOB);
  attempt = world_claim_job (world, 1);
  world_start (world, attempt);
  world_fail (world, attempt);
  assert_use (world, "smtp", "0 2 1");
  attempt = world_claim_job (world, 2);
  /* somebody wants it at once: it comes first then, and still has no place */
  g_assert_cmpuint (retry (world, 1), ==, 1);
  assert_use (world, "smtp", "1 1 1");
  world_assert_claims (world, 3, "");
  world_start (world, attempt);
  world_succeed (world, attempt, "7");
  world_claim_job (world, 1);
}

static void
test_waiting_for_returned (World         *world,
                           gconstpointer  unused)
{
  guint64 first;
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  first = world_submit_one (world, JOB);
  world_submit_one (world, JOB);
  attempt = world_claim_job (world, first);
  world_start (world, attempt);
  world_return (world, attempt, "[{'function': <'t.echo'>, 'arguments': <(9,)>, 'limits': <['smtp']>}]", 0, "i");
  /* the one that was returned is the third, and both it and the second wait for one place */
  assert_use (world, "smtp", "0 3 1");
  world_run_all (world);
  world_assert_show (world, first, "completed succeeded 9");
  assert_use (world, "smtp", "0 0 0");
}

static void
test_change (World         *world,
             gconstpointer  unused)
{
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  for (guint i = 0; i < 5; i++)
    world_submit_one (world, JOB);
  attempt = world_claim_job (world, 1);
  change (world, "smtp", "{'size': <uint32 3>}");
  world_assert_claims (world, 9, "2 3");
  /* nothing that runs is touched; the next one waits until there is room */
  change (world, "smtp", "{'size': <uint32 1>}");
  assert_use (world, "smtp", "3 2 1");
  world_start (world, attempt);
  world_succeed (world, attempt, "7");
  world_assert_claims (world, 9, "");
  change (world, "smtp", "{'size': <uint32 3>}");
  world_assert_claims (world, 9, "4");
}

static void
test_remove (World         *world,
             gconstpointer  unused)
{
  GError *error;

  create (world, "smtp", "{'size': <uint32 1>}");
  for (guint i = 0; i < 3; i++)
    world_submit_one (world, JOB);
  world_assert_claims (world, 9, "1");
  error = remove_limit (world, "smtp");
  g_assert_no_error (error);
  world_assert_claims (world, 1, "2");
  /* it comes again, and those under it are under it again */
  create (world, "smtp", "{'size': <uint32 2>}");
  world_assert_claims (world, 9, "");
  assert_use (world, "smtp", "2 1 1");
}

static void
test_several (World         *world,
              gconstpointer  unused)
{
  const char *both = "[{'function': <'t.noop'>, 'limits': <['smtp', 'disk']>}]";
  Attempt attempt;

  create (world, "smtp", "{'size': <uint32 1>}");
  create (world, "disk", "{'size': <uint32 2>}");
  world_submit_one (world, both);
  world_submit_one (world, both);
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['disk']>}]");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['disk']>}]");
  attempt = world_claim_job (world, 1);
  world_assert_claims (world, 9, "3");
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  world_assert_claims (world, 9, "2");
}

static void
test_template (World         *world,
               gconstpointer  unused)
{
  const char *a = "[{'function': <'t.say'>, 'arguments': <('a b',)>, 'limits': <['mail:{text}']>}]";
  const char *b = "[{'function': <'t.say'>, 'arguments': <('b',)>, 'limits': <['mail:{text}']>}]";
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) uses = NULL;
  g_autoptr(GVariant) use = NULL;
  const char *instance;

  create (world, "mail:{text}", "{'size': <uint32 2>}");
  for (guint i = 0; i < 4; i++)
    world_submit_one (world, a);
  world_submit_one (world, b);
  world_assert_claims (world, 9, "1 2 5");
  assert_use (world, "mail:{text}", "3 2 2");
  value = read_limit (world, "mail:{text}");
  uses = g_variant_lookup_value (value, "uses", G_VARIANT_TYPE ("aa{sv}"));
  use = g_variant_get_child_value (uses, 0);
  g_assert_true (g_variant_lookup (use, "instance", "&s", &instance));
  g_assert_cmpstr (instance, ==, "mail:a%20b");
}

#define SECOND G_USEC_PER_SEC

static void
test_rate (World         *world,
           gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 2>, 'period': <int64 10000000>}");
  for (guint i = 0; i < 5; i++)
    world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
  world_assert_claims (world, 9, "1 2");
  advance (world, 10 * SECOND - 1);
  world_assert_claims (world, 9, "");
  advance (world, 1);
  world_assert_claims (world, 1, "3");
  advance (world, 5 * SECOND);
  world_assert_claims (world, 9, "4");
  advance (world, 5 * SECOND);
  world_assert_claims (world, 9, "5");
}

static void
test_burst (World         *world,
            gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 1>, 'period': <int64 1000000>, 'burst': <uint32 3>}");
  for (guint i = 0; i < 9; i++)
    world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
  world_assert_claims (world, 9, "1 2 3");
  advance (world, SECOND - 1);
  world_assert_claims (world, 9, "");
  advance (world, 1);
  world_assert_claims (world, 9, "4");
  advance (world, 2 * SECOND);
  world_assert_claims (world, 9, "5 6");
  advance (world, 60 * SECOND);
  world_assert_claims (world, 9, "7 8 9");
}

static void
submit_api (World *world,
            guint  n_jobs)
{
  for (guint i = 0; i < n_jobs; i++)
    world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
}

/* the next job begins just then */
static void
assert_next_after (World      *world,
                   gint64      usec,
                   const char *job)
{
  advance (world, usec - 1);
  world_assert_claims (world, 9, "");
  advance (world, 1);
  world_assert_claims (world, 9, job);
}

static void
test_bucket_faster (World         *world,
                    gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 1>, 'period': <int64 10000000>, 'burst': <uint32 3>}");
  submit_api (world, 9);
  world_assert_claims (world, 9, "1 2 3");
  change (world, "api", "{'period': <int64 1000000>}");
  assert_next_after (world, SECOND, "4");
  /* half of a token has come, and half of the time for it is over */
  advance (world, SECOND / 2);
  change (world, "api", "{'period': <int64 4000000>}");
  assert_next_after (world, 2 * SECOND, "5");
  /* three are used up of one */
  change (world, "api", "{'burst': <uint32 1>}");
  assert_next_after (world, 4 * SECOND, "6");
}

static void
test_bucket_more_at_once (World         *world,
                          gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 1>, 'period': <int64 10000000>, 'burst': <uint32 3>}");
  submit_api (world, 9);
  world_assert_claims (world, 9, "1 2 3");
  change (world, "api", "{'burst': <uint32 5>}");
  world_assert_claims (world, 9, "4 5");
  assert_next_after (world, 10 * SECOND, "6");
}

static void
test_bucket_other_way (World         *world,
                       gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 4>, 'period': <int64 60000000>}");
  submit_api (world, 12);
  world_assert_claims (world, 3, "1 2 3");
  change (world, "api", "{'burst': <uint32 2>}");
  assert_next_after (world, 15 * SECOND, "4");
  /* two are used up, and there are two more in the period that begins */
  change (world, "api", "{'drop': <['burst']>}");
  world_assert_claims (world, 9, "5 6");
  assert_next_after (world, 60 * SECOND, "7 8 9 10");
  /* a period that has begun goes on, and is as long as it is now */
  advance (world, SECOND);
  change (world, "api", "{'period': <int64 10000000>}");
  assert_next_after (world, 9 * SECOND, "11 12");
}

static void
test_drop (World         *world,
           gconstpointer  unused)
{
  create (world, "api", "{'rate': <uint32 1>, 'period': <int64 10000000>, 'burst': <uint32 1>, 'size': <uint32 2>}");
  submit_api (world, 3);
  world_assert_claims (world, 9, "1");
  change (world, "api", "{'drop': <['rate']>}");
  world_assert_claims (world, 9, "2");
  change (world, "api", "{'drop': <['size']>, 'rate': <uint32 1>, 'period': <int64 10000000>}");
  world_assert_claims (world, 9, "3");
  assert_refused (world, "api", "{'drop': <['rate']>}", FALSE, ASYNCQ_ERROR_INVALID, "a limit wants 'size'");
  assert_refused (world, "api", "{'drop': <['rote']>}", FALSE, ASYNCQ_ERROR_INVALID, "'rote'");
  assert_refused (world, "api", "{'drop': <'rate'>}", FALSE, ASYNCQ_ERROR_INVALID, "'as' is wanted");
  assert_refused (world, "api", "{'drop': <['rate']>, 'burst': <uint32 2>}", FALSE, ASYNCQ_ERROR_INVALID, "'burst'");
  assert_refused (world, "new", "{'drop': <['rate']>, 'size': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'drop'");
}

#define MERGE(argument, limits) "[{'function': <'t.say'>, 'arguments': <('" argument "',)>, 'unique-key': <'k'>, " \
                                "'unique-conflict': <'merge'>, 'tags': <['" argument "']>" limits "}]"

/* the arguments say under which instance the work is */
static void
test_merge (World         *world,
            gconstpointer  unused)
{
  g_autoptr(GVariant) tags = NULL;
  g_autofree const char **names = NULL;
  guint64 holder, merged;
  Attempt attempt;

  create (world, "mail:{text}", "{'size': <uint32 1>}");
  holder = world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('acme',)>, 'limits': <['mail:{text}']>}]");
  attempt = world_claim_job (world, holder);
  merged = world_submit_one (world, MERGE ("acme", ", 'limits': <['mail:{text}']>"));
  world_assert_claims (world, 9, "");
  g_assert_cmpuint (world_submit_one (world, MERGE ("else", ", 'limits': <['mail:{text}']>")), ==, merged);
  assert_use (world, "mail:{text}", "1 1 2");
  g_assert_cmpuint (world_submit_one (world, MERGE ("acme", ", 'limits': <['mail:{text}']>")), ==, merged);
  world_assert_claims (world, 9, "");
  /* whoever has the work done under no limit gets that */
  g_assert_cmpuint (world_submit_one (world, MERGE ("acme", "")), ==, merged);
  assert_use (world, "mail:{text}", "1 0 1");
  tags = world_property (world, merged, "Tags");
  names = g_variant_get_strv (tags, NULL);
  g_assert_cmpstr (names[0], ==, "acme");
  world_assert_claims (world, 9, "2");
  world_start (world, attempt);
  world_succeed (world, attempt, "''");
}

static void
on_work (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_rate_wakes (World         *world,
                 gconstpointer  unused)
{
  guint n_calls = 0;

  create (world, "api", "{'rate': <uint32 1>, 'period': <int64 10000000>}");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
  world_assert_claims (world, 9, "1");
  world_settle (world);
  aq_engine_set_work_func (world->engine, on_work, &n_calls);
  world_settle (world);
  n_calls = 0;
  advance (world, 9 * SECOND);
  g_assert_cmpuint (n_calls, ==, 0);
  advance (world, SECOND);
  g_assert_cmpuint (n_calls, >, 0);
  aq_engine_set_work_func (world->engine, NULL, NULL);
}

static void
test_bucket_forgotten (World         *world,
                       gconstpointer  unused)
{
  Attempt attempt;

  create (world, "api", "{'rate': <uint32 2>, 'period': <int64 10000000>}");
  world_submit_one (world, "[{'function': <'t.noop'>, 'limits': <['api']>}]");
  attempt = world_claim_job (world, 1);
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  /* no job has it, and one start of this period is used up */
  assert_use (world, "api", "0 0 1");
  advance (world, 10 * SECOND);
  assert_use (world, "api", "0 0 0");
}

static void
test_bad_limits (World         *world,
                 gconstpointer  unused)
{
  GError *error;

  assert_refused (world, "smtp", "{'size': <uint32 0>}", TRUE, ASYNCQ_ERROR_INVALID, "'size' of a limit is 0");
  assert_refused (world, "smtp", "{'rate': <uint32 0>, 'period': <int64 1>}", TRUE, ASYNCQ_ERROR_INVALID, "'rate'");
  assert_refused (world, "smtp", "{'rate': <uint32 1>, 'period': <int64 0>}", TRUE, ASYNCQ_ERROR_INVALID, "'period'");
  assert_refused (world, "smtp", "{'rate': <uint32 1>}", TRUE, ASYNCQ_ERROR_INVALID, "'period'");
  assert_refused (world, "smtp", "@a{sv} {}", TRUE, ASYNCQ_ERROR_INVALID, "'size'");
  assert_refused (world, "smtp", "{'size': <'2'>}", TRUE, ASYNCQ_ERROR_INVALID, "type 's'");
  assert_refused (world, "smtp", "{'sise': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'sise'");
  assert_refused (world, "smtp", "{'size': <uint32 2>, 'burst': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'burst'");
  assert_refused (world, "a b", "{'size': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'a b'");
  assert_refused (world, "mail:{", "{'size': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'mail:{'");
  assert_refused (world, "mail:{}", "{'size': <uint32 2>}", TRUE, ASYNCQ_ERROR_INVALID, "'mail:{}'");
  create (world, "smtp", "{'size': <uint32 2>}");
  assert_refused (world, "smtp", "{'size': <uint32 2>}", TRUE, ASYNCQ_ERROR_EXISTS, "smtp");
  assert_refused (world, "smpt", "{'size': <uint32 2>}", FALSE, ASYNCQ_ERROR_NO_SUCH_LIMIT, "did you mean 'smtp'");
  assert_refused (world, "smtp", "{'created': <int64 1>}", FALSE, ASYNCQ_ERROR_INVALID, "'created'");
  error = remove_limit (world, "smpt");
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_LIMIT);
  g_error_free (error);
}

static void
test_bad_entries (World         *world,
                  gconstpointer  unused)
{
  GString *many = g_string_new ("[{'function': <'t.noop'>, 'limits': <[");

  create (world, "smtp", "{'size': <uint32 2>}");
  create (world, "mail:{customer}", "{'size': <uint32 2>}");
  world_assert_refused (world, "[{'function': <'t.noop'>}, {'function': <'t.noop'>, 'limits': <['smpt']>}]",
                        ASYNCQ_ERROR_NO_SUCH_LIMIT, "entry 1: there is no limit 'smpt', did you mean 'smtp'");
  world_assert_refused (world, "[{'function': <'t.noop'>, 'limits': <['mail:{customer}']>}]", ASYNCQ_ERROR_INVALID,
                        "'customer'");
  world_assert_refused (world, "[{'kind': <'parallel'>, 'limits': <['smtp']>}]", ASYNCQ_ERROR_INVALID,
                        "give its members the limit");
  world_assert_refused (world, "[{'function': <'t.noop'>, 'limits': <'smtp'>}]", ASYNCQ_ERROR_INVALID, "'as' is wanted");
  world_assert_refused (world, "[{'function': <'t.noop'>, 'tags': <['a b']>}]", ASYNCQ_ERROR_INVALID, "'a b'");
  for (guint i = 0; i < 17; i++)
    g_string_append_printf (many, "%s'l%u'", i > 0 ? ", " : "", i);
  g_string_append (many, "]>}]");
  world_assert_refused (world, many->str, ASYNCQ_ERROR_TOO_LARGE, "17 limits");
  g_string_free (many, TRUE);
}

static void
test_change_job (World         *world,
                 gconstpointer  unused)
{
  GError *error;

  create (world, "smtp", "{'size': <uint32 1>}");
  create (world, "say:{text}", "{'size': <uint32 1>}");
  world_submit_one (world, JOB);
  world_submit_one (world, JOB);
  world_assert_claims (world, 1, "1");
  error = change_job (world, 2, "{'limits': <@as []>, 'tags': <['night']>}");
  g_assert_no_error (error);
  world_assert_claims (world, 9, "2");
  world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('a',)>, 'limits': <['say:{text}']>}]");
  world_submit_one (world, "[{'function': <'t.say'>, 'arguments': <('a',)>, 'limits': <['say:{text}']>}]");
  world_assert_claims (world, 9, "3");
  error = change_job (world, 4, "{'limits': <['smpt']>}");
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_LIMIT);
  g_clear_error (&error);
  /* other arguments, and so another instance */
  error = change_job (world, 4, "{'arguments': <('b',)>}");
  g_assert_no_error (error);
  world_assert_claims (world, 9, "4");
  assert_use (world, "say:{text}", "2 0 2");
}

static void
test_cancel_waiting (World         *world,
                     gconstpointer  unused)
{
  GError *error;

  create (world, "smtp", "{'size': <uint32 1>}");
  world_submit_one (world, JOB);
  world_submit_one (world, JOB);
  world_submit_one (world, JOB);
  world_assert_claims (world, 1, "1");
  world_assert_claims (world, 1, "");
  error = world_cancel (world, 2);
  g_assert_no_error (error);
  assert_use (world, "smtp", "1 1 1");
}

/* 40,000 jobs of 1,000 customers: how many of each run is counted beside the store */
#define N_CUSTOMERS 1000
#define N_JOBS 40000
#define N_RUNNING 300

typedef struct
{
  World  *world;
  GArray *running; /* of Attempt */
  guint8  n_running[N_CUSTOMERS];
} Storm;

static guint
customer_of (guint64 id)
{
  return (id - 1) * 7919 % N_CUSTOMERS;
}

static void
on_storm_claimed (AqJob    **jobs,
                  guint      n_jobs,
                  guint64    revealed,
                  gpointer   user_data)
{
  Storm *storm = user_data;

  for (guint i = 0; i < n_jobs; i++)
    {
      Attempt attempt = { jobs[i]->id, jobs[i]->lease };

      g_assert_cmpuint (++storm->n_running[customer_of (attempt.id)], <=, 2);
      g_array_append_val (storm->running, attempt);
    }
}

static void
submit_storm (World *world)
{
  for (guint begin = 0; begin < N_JOBS; begin += 1000)
    {
      g_autoptr(GString) entries = g_string_new ("[");
      g_autoptr(GArray) ids = NULL;

      for (guint i = begin; i < begin + 1000; i++)
        g_string_append_printf (entries, "%s{'function': <'t.echo'>, 'arguments': <(%u,)>, 'limits': <['mail:{value}']>}",
                                i > begin ? ", " : "", customer_of (i + 1));
      g_string_append_c (entries, ']');
      ids = world_submit (world, entries->str);
      g_assert_cmpuint (ids->len, ==, 1000);
    }
}

static void
test_customers (World         *world,
                gconstpointer  unused)
{
  Storm storm = { world, g_array_new (FALSE, FALSE, sizeof (Attempt)) };
  g_autoptr(GRand) random = g_rand_new_with_seed (6);
  guint n_ended = 0;

  create (world, "mail:{value}", "{'size': <uint32 2>}");
  submit_storm (world);
  assert_use (world, "mail:{value}", "0 40000 1000");
  while (n_ended < N_JOBS)
    {
      guint at;
      Attempt attempt;

      aq_engine_claim (world->engine, world->agent, N_RUNNING - storm.running->len, on_storm_claimed, &storm);
      g_assert_cmpuint (storm.running->len, >, 0);
      at = g_rand_int_range (random, 0, storm.running->len);
      attempt = g_array_index (storm.running, Attempt, at);
      g_array_remove_index_fast (storm.running, at);
      world_start (world, attempt);
      world_succeed (world, attempt, "7");
      storm.n_running[customer_of (attempt.id)]--;
      n_ended++;
    }
  assert_use (world, "mail:{value}", "0 0 0");
  g_array_unref (storm.running);
}

#define ADD(name, func) g_test_add ("/limits/" name, World, NULL, world_set_up, func, world_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("two jobs under a quota of one run one after the other", test_quota);
  ADD ("a job that fails leaves its place", test_failure_frees);
  ADD ("who is under no limit passes those that wait for one", test_others_pass);
  ADD ("an interrupted job keeps its place until it runs again", test_interrupted_keeps_place);
  ADD ("a job that runs again later leaves its place", test_later_leaves_place);
  ADD ("a job that waits for one that it returned leaves its place", test_waiting_for_returned);
  ADD ("a quota that changes touches nothing that runs", test_change);
  ADD ("jobs under a limit that is removed run as if they had none", test_remove);
  ADD ("a job under several limits wants room in each", test_several);
  ADD ("each argument has an instance of a template for itself", test_template);
  ADD ("a rate counts the starts of a period", test_rate);
  ADD ("a token bucket lets a burst through and then its rate", test_burst);
  ADD ("what is used up of a token bucket is so of the rate that it changes to", test_bucket_faster);
  ADD ("a deeper bucket has its new tokens at once", test_bucket_more_at_once);
  ADD ("what is used up stays so from periods to tokens and back", test_bucket_other_way);
  ADD ("a job that is merged is under the limits of its new arguments", test_merge);
  ADD ("size or rate can be dropped while the other stays", test_drop);
  ADD ("when a used-up rate has room workers are told", test_rate_wakes);
  ADD ("a rate of which all is free again is forgotten", test_bucket_forgotten);
  ADD ("a limit that cannot be is refused by name and changes nothing", test_bad_limits);
  ADD ("an entry with a limit that cannot be is refused and adds nothing", test_bad_entries);
  ADD ("a job that does not run is put under other limits", test_change_job);
  ADD ("a job that is cancelled waits for no limit any more", test_cancel_waiting);
  ADD ("of each of a thousand customers two jobs run at the most and all end", test_customers);
  return g_test_run ();
}
