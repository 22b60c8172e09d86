/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The client, against a daemon that is real
 *
 * What many jobs have in common: agents, limits, schedules, objects, and what is
 * noted and told of jobs. Each call is made in both forms, and succeeds in one or
 * both, and is refused by the name of an error.
 */

#include "config.h"

#include <asyncq-testing.h>
#include <asyncq.h>

typedef struct
{
  AsyncqTesting *testing;
  AsyncqClient  *client; /* owned */
  GAsyncResult  *result; /* owned, nullable: of the newest call */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;

  fixture->testing = asyncq_testing_new (g_getenv ("ASYNCQ_PLUGINS"), &error);
  g_assert_no_error (error);
  fixture->client = g_object_ref (asyncq_testing_get_client (fixture->testing));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  unused)
{
  g_clear_object (&fixture->result);
  g_clear_object (&fixture->client);
  asyncq_testing_stop (fixture->testing);
  g_clear_object (&fixture->testing);
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  ((Fixture *) user_data)->result = g_object_ref (result);
}

static Fixture *
forget_result (Fixture *fixture)
{
  g_clear_object (&fixture->result);
  return fixture;
}

static GAsyncResult *
await (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return fixture->result;
}

/* the two forms of a call; what @... is made of is made anew for each */
#define SYNC(name, ...) asyncq_client_##name##_sync (fixture->client, __VA_ARGS__, NULL, &call_error)
#define ASYNC(name, ...) \
  (asyncq_client_##name##_async (fixture->client, __VA_ARGS__, NULL, on_done, forget_result (fixture)), \
   asyncq_client_##name##_finish (fixture->client, await (fixture), &call_error))

#define DO(form, name, ...) \
  G_STMT_START { \
    g_autoptr(GError) call_error = NULL; \
    gboolean done = form (name, __VA_ARGS__); \
    g_assert_no_error (call_error); \
    g_assert_true (done); \
  } G_STMT_END
#define READ(form, name, check, ...) \
  G_STMT_START { \
    g_autoptr(GError) call_error = NULL; \
    g_autoptr(GVariant) value = form (name, __VA_ARGS__); \
    g_assert_no_error (call_error); \
    check (value); \
  } G_STMT_END
#define REFUSE(form, name, expected, ...) \
  G_STMT_START { \
    g_autoptr(GError) call_error = NULL; \
    g_assert_false (form (name, __VA_ARGS__)); \
    g_assert_error (call_error, ASYNCQ_ERROR, ASYNCQ_ERROR_##expected); \
  } G_STMT_END
#define NOT_READ(form, name, expected, ...) \
  G_STMT_START { \
    g_autoptr(GError) call_error = NULL; \
    g_assert_null (form (name, __VA_ARGS__)); \
    g_assert_error (call_error, ASYNCQ_ERROR, ASYNCQ_ERROR_##expected); \
  } G_STMT_END

static GVariant *
parse (const char *text)
{
  return g_variant_new_parsed (text);
}

static void
check_one (GVariant *value)
{
  g_assert_cmpuint (g_variant_n_children (value), ==, 1);
}

static void
check_two (GVariant *value)
{
  g_assert_cmpuint (g_variant_n_children (value), ==, 2);
}

static void
check_none (GVariant *value)
{
  g_assert_cmpuint (g_variant_n_children (value), ==, 0);
}

static void
check_some (GVariant *value)
{
  g_assert_cmpuint (g_variant_n_children (value), >, 0);
}

static guint64
submit_later (Fixture *fixture)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("demo.noop");
  g_autoptr(GError) error = NULL;
  guint64 id = 0;

  asyncq_job_spec_set_delay (spec, 3600 * (gint64) G_USEC_PER_SEC);
  (void) asyncq_client_submit_sync (fixture->client, spec, &id, NULL, &error);
  g_assert_no_error (error);
  return id;
}

static void
test_agents (Fixture       *fixture,
             gconstpointer  unused)
{
  DO (SYNC, add_agent, "mail", parse ("{'size': <uint32 2>}"));
  DO (ASYNC, add_agent, "post", parse ("{'size': <uint32 2>}"));
  REFUSE (ASYNC, add_agent, INVALID, "zero", parse ("{'size': <uint32 0>}"));
  REFUSE (SYNC, add_agent, INVALID, "bad", parse ("{'filter': <'fnuction:a'>}"));
  DO (SYNC, change_agent, "mail", parse ("{'size': <uint32 3>}"));
  DO (ASYNC, change_agent, "mail", parse ("{'filter': <'function:mail.*'>}"));
  REFUSE (SYNC, change_agent, INVALID, "mail", parse ("{'size': <uint32 0>}"));
  READ (SYNC, explain_agents, check_some, parse ("{'function': <'demo.noop'>}"));
  READ (ASYNC, explain_agents, check_some, parse ("{'function': <'demo.noop'>}"));
  NOT_READ (SYNC, explain_agents, INVALID, parse ("{'fnuction': <'demo.noop'>}"));
  DO (SYNC, remove_agent, "mail");
  DO (ASYNC, remove_agent, "post");
  REFUSE (ASYNC, remove_agent, NO_SUCH_AGENT, "mail");
  REFUSE (SYNC, remove_agent, NO_SUCH_AGENT, "mail");
}

static void
test_limits (Fixture       *fixture,
             gconstpointer  unused)
{
  DO (SYNC, create_limit, "disk", parse ("{'size': <uint32 2>}"));
  DO (ASYNC, create_limit, "net", parse ("{'rate': <uint32 5>, 'period': <int64 1000000>}"));
  REFUSE (SYNC, create_limit, EXISTS, "disk", parse ("{'size': <uint32 2>}"));
  REFUSE (ASYNC, create_limit, INVALID, "none", parse ("@a{sv} {}"));
  DO (SYNC, change_limit, "disk", parse ("{'size': <uint32 3>}"));
  DO (ASYNC, change_limit, "disk", parse ("{'size': <uint32 4>}"));
  REFUSE (SYNC, change_limit, INVALID, "disk", parse ("{'size': <uint32 0>}"));
  READ (SYNC, get_limit, check_some, "disk");
  READ (ASYNC, get_limit, check_some, "disk");
  NOT_READ (ASYNC, get_limit, NO_SUCH_LIMIT, "dsik");
  READ (SYNC, list_limit_uses, check_none, "disk");
  READ (ASYNC, list_limit_uses, check_none, "disk");
  NOT_READ (SYNC, list_limit_uses, NO_SUCH_LIMIT, "dsik");
  DO (SYNC, remove_limit, "disk");
  DO (ASYNC, remove_limit, "net");
  REFUSE (ASYNC, remove_limit, NO_SUCH_LIMIT, "disk");
}

#define HOURLY "{'entry': <{'function': <'demo.noop'>}>, 'kind': <'cron'>, 'when': <'0 * * * *'>}"

static void
test_schedules (Fixture       *fixture,
                gconstpointer  unused)
{
  DO (SYNC, set_scheduling, FALSE);
  DO (ASYNC, set_scheduling, TRUE);
  DO (SYNC, add_schedule, "a", parse (HOURLY));
  DO (ASYNC, add_schedule, "b", parse (HOURLY));
  REFUSE (SYNC, add_schedule, EXISTS, "a", parse (HOURLY));
  REFUSE (ASYNC, add_schedule, INVALID, "c", parse ("{'kind': <'cron'>}"));
  DO (SYNC, change_schedule, "a", parse ("{'when': <'5 * * * *'>}"));
  DO (ASYNC, change_schedule, "a", parse ("{'when': <'6 * * * *'>}"));
  REFUSE (SYNC, change_schedule, INVALID, "a", parse ("{'when': <'66 * * * *'>}"));
  READ (SYNC, get_schedule, check_some, "a");
  READ (ASYNC, get_schedule, check_some, "a");
  NOT_READ (ASYNC, get_schedule, NO_SUCH_SCHEDULE, "x");
  READ (SYNC, preview_schedule, check_two, "a", 2);
  READ (ASYNC, preview_schedule, check_one, "a", 1);
  NOT_READ (SYNC, preview_schedule, NO_SUCH_SCHEDULE, "x", 1);
  READ (SYNC, preview_calendar, check_some, parse ("{'kind': <'every'>, 'when': <'5min'>}"), 2);
  READ (ASYNC, preview_calendar, check_some, parse ("{'kind': <'every'>, 'when': <'5min'>}"), 2);
  NOT_READ (SYNC, preview_calendar, INVALID, parse ("{'kind': <'evry'>, 'when': <'5min'>}"), 2);
  DO (SYNC, pause_schedule, "a", "holidays");
  DO (ASYNC, pause_schedule, "b", "");
  REFUSE (ASYNC, pause_schedule, NO_SUCH_SCHEDULE, "x", "");
  DO (SYNC, resume_schedule, "a");
  DO (ASYNC, resume_schedule, "b");
  REFUSE (SYNC, resume_schedule, NO_SUCH_SCHEDULE, "x");
  DO (SYNC, remove_schedule, "a");
  DO (ASYNC, remove_schedule, "b");
  REFUSE (ASYNC, remove_schedule, NO_SUCH_SCHEDULE, "a");
}

static void
test_runs_by_hand (Fixture       *fixture,
                   gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  guint64 first = 0, second = 0, none = 1;

  DO (SYNC, add_schedule, "a", parse (HOURLY));
  g_assert_true (asyncq_client_trigger_schedule_sync (fixture->client, "a", &first, NULL, &error));
  asyncq_client_trigger_schedule_async (fixture->client, "a", NULL, on_done, fixture);
  g_assert_true (asyncq_client_trigger_schedule_finish (fixture->client, await (fixture), &second, &error));
  g_assert_cmpuint (second, >, first);
  g_assert_false (asyncq_client_trigger_schedule_sync (fixture->client, "x", &none, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_SCHEDULE);
  g_clear_error (&error);
  g_assert_true (asyncq_client_schedule_next_sync (fixture->client, &none, NULL, &error));
  g_assert_cmpuint (none, ==, 0);
  g_clear_object (&fixture->result);
  asyncq_client_schedule_next_async (fixture->client, NULL, on_done, fixture);
  g_assert_true (asyncq_client_schedule_next_finish (fixture->client, await (fixture), &none, &error));
  g_assert_no_error (error);
}

static void
check_object (GVariant *value)
{
  g_autoptr(GVariant) object = g_variant_lookup_value (value, "value", NULL);

  g_assert_cmpstr (g_variant_get_string (object, NULL), ==, "two");
}

static void
test_objects (Fixture       *fixture,
              gconstpointer  unused)
{
  DO (SYNC, create_object, "a", parse ("'one'"));
  DO (ASYNC, create_object, "b", parse ("'one'"));
  REFUSE (ASYNC, create_object, EXISTS, "a", parse ("'one'"));
  DO (SYNC, set_object, "a", parse ("'two'"), 0);
  DO (ASYNC, set_object, "a", parse ("'two'"), 2);
  REFUSE (SYNC, set_object, CONFLICT, "a", parse ("'three'"), 1);
  REFUSE (ASYNC, set_object, INVALID, "a", parse ("3"), 0);
  READ (SYNC, read_object, check_object, "a");
  READ (ASYNC, read_object, check_object, "a");
  NOT_READ (SYNC, read_object, NO_SUCH_OBJECT, "x");
  READ (SYNC, list_objects, check_two, "*", "", 10);
  READ (ASYNC, list_objects, check_one, "*", "a", 10);
  DO (SYNC, remove_object, "a");
  DO (ASYNC, remove_object, "b");
  REFUSE (ASYNC, remove_object, NO_SUCH_OBJECT, "a");
}

static void
test_annotations (Fixture       *fixture,
                  gconstpointer  unused)
{
  guint64 id = submit_later (fixture);

  DO (SYNC, annotate, id, "a", parse ("'two'"));
  DO (ASYNC, annotate, id, "b", parse ("{'value': <'two'>}"));
  REFUSE (ASYNC, annotate, INVALID, id, "progress", parse ("'half'"));
  REFUSE (SYNC, annotate, NO_SUCH_JOB, id + 1, "a", parse ("1"));
  READ (SYNC, get_annotation, check_object, id, "b", 0, 0);
  READ (ASYNC, get_annotation, check_object, id, "b", 0, 0);
  NOT_READ (SYNC, get_annotation, NO_SUCH_JOB, id + 1, "a", 0, 0);
  DO (SYNC, remove_annotation, id, "a");
  DO (ASYNC, remove_annotation, id, "b");
  NOT_READ (ASYNC, get_annotation, TIMED_OUT, id, "a", 0, 0);
  REFUSE (ASYNC, remove_annotation, NO_SUCH_JOB, id + 1, "a");
}

/* Returns: (transfer full): what a call that is not waited for was answered */
static GVariant *
get_log_async (Fixture   *fixture,
               guint64    id,
               guint     *out_attempt,
               guint64   *out_next,
               gboolean  *out_more,
               GError   **error)
{
  asyncq_client_get_log_async (fixture->client, id, 0, 0, 0, NULL, on_done, forget_result (fixture));
  return asyncq_client_get_log_finish (fixture->client, await (fixture), out_attempt, out_next, out_more, error);
}

static void
test_logs (Fixture       *fixture,
           gconstpointer  unused)
{
  guint64 id = submit_later (fixture);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) lines = NULL;
  g_autoptr(GVariant) again = NULL;
  guint attempt = 7;
  guint64 next = 7;
  gboolean more = FALSE;

  lines = asyncq_client_get_log_sync (fixture->client, id, 0, 0, 0, &attempt, &next, &more, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (lines), ==, 0);
  g_assert_cmpuint (attempt, ==, 0);
  g_assert_cmpuint (next, ==, 0);
  g_assert_true (more);
  again = get_log_async (fixture, id, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_equal (lines, again));
  g_assert_null (get_log_async (fixture, id + 1, &attempt, &next, &more, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
check_changed (GVariant *value)
{
  guint64 n_changed = 0;

  g_assert_true (g_variant_lookup (value, "changed", "t", &n_changed));
  g_assert_cmpuint (n_changed, ==, 1);
}

static void
test_what_is_told_and_changed (Fixture       *fixture,
                               gconstpointer  unused)
{
  guint64 id = submit_later (fixture);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) agents = asyncq_client_list_agents_sync (fixture->client, NULL, &error);
  g_autoptr(GVariant) statistics = asyncq_client_get_statistics_sync (fixture->client, NULL, &error);
  g_autoptr(GVariant) later = NULL;

  g_assert_no_error (error);
  check_one (agents);
  check_some (statistics);
  asyncq_client_get_statistics_async (fixture->client, NULL, on_done, fixture);
  later = asyncq_client_get_statistics_finish (fixture->client, await (fixture), &error);
  g_assert_no_error (error);
  check_some (later);
  READ (SYNC, explain_job, check_some, id);
  READ (ASYNC, explain_job, check_some, id);
  NOT_READ (ASYNC, explain_job, NO_SUCH_JOB, id + 1);
  READ (SYNC, change_jobs, check_changed, "function:demo.noop", "priority", parse ("{'priority': <byte 7>}"));
  NOT_READ (SYNC, change_jobs, INVALID, "queu:default", "cancel", parse ("@a{sv} {}"));
  NOT_READ (ASYNC, change_jobs, INVALID, "function:demo.noop", "cnacel", parse ("@a{sv} {}"));
  READ (ASYNC, change_jobs, check_changed, "function:demo.noop", "cancel", parse ("@a{sv} {}"));
}

static void
test_lists (Fixture       *fixture,
            gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) limits = asyncq_client_list_limits_sync (fixture->client, NULL, &error);
  g_autoptr(GVariant) schedules = asyncq_client_list_schedules_sync (fixture->client, NULL, &error);
  g_autoptr(GVariant) agents = NULL;

  g_assert_no_error (error);
  check_none (limits);
  check_none (schedules);
  asyncq_client_list_agents_async (fixture->client, NULL, on_done, fixture);
  agents = asyncq_client_list_agents_finish (fixture->client, await (fixture), &error);
  g_assert_no_error (error);
  check_one (agents);
  /* who has gone tells nothing */
  g_clear_object (&fixture->result);
  asyncq_testing_stop (fixture->testing);
  asyncq_client_list_limits_async (fixture->client, NULL, on_done, fixture);
  g_assert_null (asyncq_client_list_limits_finish (fixture->client, await (fixture), &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_clear_object (&fixture->result);
  asyncq_client_list_schedules_async (fixture->client, NULL, on_done, fixture);
  g_assert_null (asyncq_client_list_schedules_finish (fixture->client, await (fixture), &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/client-daemon/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("agents are added, changed, explained and removed", test_agents);
  ADD ("limits are made, changed and removed", test_limits);
  ADD ("schedules are added, changed, previewed, paused and removed", test_schedules);
  ADD ("schedules make jobs by hand", test_runs_by_hand);
  ADD ("objects are made, set, read and removed", test_objects);
  ADD ("annotations are set, read and removed", test_annotations);
  ADD ("logs are read", test_logs);
  ADD ("jobs are explained, counted and changed by a filter", test_what_is_told_and_changed);
  ADD ("lists are read, and not from a daemon that has gone", test_lists);
#undef ADD
  return g_test_run ();
}
