/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The client, against a daemon that only speaks
 */

#include "config.h"

#include <asyncq.h>

#include "fake-daemon.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  FakeDaemon   *daemon;
  AsyncqClient *client;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  fixture->daemon = fake_daemon_new ();
  fixture->client = asyncq_client_new_sync (fake_daemon_get_address (fixture->daemon), NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->client);
  g_clear_pointer (&fixture->daemon, fake_daemon_free);
}

/* what a test waits for in the asynchronous forms */
typedef struct
{
  GAsyncResult *result;
} Waiter;

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  ((Waiter *) user_data)->result = g_object_ref (result);
}

static GAsyncResult *
wait_for (Waiter *waiter)
{
  while (waiter->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return waiter->result;
}

static void
assert_call (Fixture    *fixture,
             const char *method,
             const char *argument)
{
  g_autofree char *found = fake_daemon_dup_method (fixture->daemon);
  g_autoptr(GVariant) value = fake_daemon_dup_argument (fixture->daemon);
  g_autofree char *text = g_variant_print (value, FALSE);

  g_assert_cmpstr (found, ==, method);
  if (argument != NULL)
    g_assert_cmpstr (text, ==, argument);
}

/* ---- connecting ---- */

static void
test_address_is_found_in_the_documented_order (Fixture       *fixture,
                                               gconstpointer  data)
{
  const char *address = fake_daemon_get_address (fixture->daemon);
  const char *path = strchr (address, '=') + 1;
  g_autofree char *runtime = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *link = NULL;
  g_autoptr(AsyncqClient) by_environment = NULL;
  g_autoptr(AsyncqClient) by_path = NULL;
  g_autoptr(AsyncqClient) by_runtime = NULL;
  g_autoptr(GError) error = NULL;

  g_setenv ("ASYNCQ_ADDRESS", address, TRUE);
  by_environment = asyncq_client_new_sync (NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (asyncq_client_get_address (by_environment), ==, address);
  g_setenv ("ASYNCQ_ADDRESS", "unix:path=/nonexistent", TRUE);
  by_path = asyncq_client_new_sync (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (asyncq_client_get_address (by_path), ==, address);
  g_unsetenv ("ASYNCQ_ADDRESS");

  runtime = g_dir_make_tmp ("asyncq-XXXXXX", NULL);
  folder = g_build_filename (runtime, "asyncq", NULL);
  link = g_build_filename (folder, "bus", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  by_runtime = asyncq_client_new_sync (NULL, NULL, &error);
  g_assert_no_error (error);
  g_unsetenv ("XDG_RUNTIME_DIR");
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_rmdir (runtime), ==, 0);
}

static void
test_no_daemon_is_an_error_that_names_every_address (void)
{
  g_autoptr(AsyncqClient) client = NULL;
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };

  g_unsetenv ("ASYNCQ_ADDRESS");
  g_setenv ("XDG_RUNTIME_DIR", "/nonexistent", TRUE);
  client = asyncq_client_new_sync ("unix:path=/nonexistent/a", NULL, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "no daemon answers at 'unix:path=/nonexistent/a'"));
  g_assert_nonnull (strstr (error->message, "asyncqd"));
  g_clear_error (&error);

  asyncq_client_new_async ("/nonexistent/b", NULL, on_done, &waiter);
  client = asyncq_client_new_finish (wait_for (&waiter), &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_assert_nonnull (strstr (error->message, "'unix:path=/nonexistent/b'"));
  g_clear_object (&waiter.result);
  g_unsetenv ("XDG_RUNTIME_DIR");
}

static void
test_a_senseless_address_is_refused (void)
{
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };

  g_assert_null (asyncq_client_new_sync ("nonsense", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_clear_error (&error);

  asyncq_client_new_async ("nonsense", NULL, on_done, &waiter);
  g_assert_null (asyncq_client_new_finish (wait_for (&waiter), &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_clear_object (&waiter.result);
}

/* ---- submitting ---- */

static void
test_a_spec_is_submitted (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("t.add");
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };
  guint64 id = 0;

  asyncq_job_spec_add_argument (spec, g_variant_new_int32 (14));
  g_assert_true (asyncq_client_submit_sync (fixture->client, spec, &id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 100);
  assert_call (fixture, "Submit", "[{'function': <'t.add'>, 'arguments': <(14,)>}]");

  id = 0;
  asyncq_client_submit_async (fixture->client, spec, NULL, on_done, &waiter);
  g_assert_true (asyncq_client_submit_finish (fixture->client, wait_for (&waiter), &id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 100);
  g_clear_object (&waiter.result);
}

static void
test_an_error_keeps_its_code_and_loses_its_prefix (Fixture       *fixture,
                                                   gconstpointer  data)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("t.missing");
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };
  guint64 id = 5;

  g_assert_false (asyncq_client_submit_sync (fixture->client, spec, &id, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION);
  g_assert_cmpstr (error->message, ==, "entry 0: no plugin has 't.missing'");
  g_clear_error (&error);

  asyncq_client_submit_async (fixture->client, spec, NULL, on_done, &waiter);
  g_assert_false (asyncq_client_submit_finish (fixture->client, wait_for (&waiter), &id, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION);
  g_assert_cmpuint (id, ==, 5);
  g_clear_object (&waiter.result);
}

static void
test_ids_of_a_list_are_those_of_its_specs (Fixture       *fixture,
                                           gconstpointer  data)
{
  g_autoptr(AsyncqJobSpec) plain = asyncq_job_spec_new ("t.none");
  g_autoptr(AsyncqJobSpec) composite = asyncq_job_spec_new_parallel ();
  g_autoptr(AsyncqJobSpec) member = asyncq_job_spec_new ("t.none");
  AsyncqJobSpec *specs[] = { composite, plain };
  g_autofree guint64 *ids = NULL;
  g_autofree guint64 *none = NULL;
  g_autofree guint64 *later = NULL;
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };
  gsize n_ids = 0;

  asyncq_job_spec_add_member (composite, member);
  ids = asyncq_client_submit_list_sync (fixture->client, specs, 2, &n_ids, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpuint (ids[0], ==, 100);
  g_assert_cmpuint (ids[1], ==, 102);

  none = asyncq_client_submit_list_sync (fixture->client, NULL, 0, &n_ids, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (none);
  g_assert_cmpuint (n_ids, ==, 0);

  asyncq_client_submit_list_async (fixture->client, specs, 2, NULL, on_done, &waiter);
  later = asyncq_client_submit_list_finish (fixture->client, wait_for (&waiter), &n_ids, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpuint (later[1], ==, 102);
  g_clear_object (&waiter.result);
}

static void
test_a_large_list_goes_as_a_sealed_memfd (Fixture       *fixture,
                                          gconstpointer  data)
{
  g_autoptr(GPtrArray) specs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree guint64 *ids = NULL;
  g_autoptr(GError) error = NULL;
  gsize n_ids = 0;

  for (guint i = 0; i < 5000; i++)
    {
      AsyncqJobSpec *spec = asyncq_job_spec_new ("t.add");

      asyncq_job_spec_add_argument (spec, g_variant_new_int32 (i));
      g_ptr_array_add (specs, spec);
    }
  ids = asyncq_client_submit_list_sync (fixture->client, (AsyncqJobSpec **) specs->pdata, specs->len, &n_ids,
                                        NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 5000);
  g_assert_cmpuint (ids[4999], ==, 5099);
  assert_call (fixture, "SubmitBulk", NULL);

  g_clear_pointer (&ids, g_free);
  g_ptr_array_add (specs, asyncq_job_spec_new ("t.missing"));
  ids = asyncq_client_submit_list_sync (fixture->client, (AsyncqJobSpec **) specs->pdata, specs->len, &n_ids,
                                        NULL, &error);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION);
}

static void
test_words_are_submitted_as_they_are (Fixture       *fixture,
                                      gconstpointer  data)
{
  static const char *const words[] = { "a b", "times=2", NULL };
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };
  guint64 id = 0;

  g_assert_true (asyncq_client_submit_words_sync (fixture->client, "t.echo", words, &id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 7);
  assert_call (fixture, "SubmitWords", "('t.echo', ['a b', 'times=2'])");

  asyncq_client_submit_words_async (fixture->client, "t.echo", words, NULL, on_done, &waiter);
  g_assert_true (asyncq_client_submit_words_finish (fixture->client, wait_for (&waiter), NULL, &error));
  g_clear_object (&waiter.result);
}

/* ---- one job ---- */

static void
test_waiting_gives_outcome_and_result (Fixture       *fixture,
                                       gconstpointer  data)
{
  g_autoptr(GVariant) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) failure = NULL;
  AsyncqJobOutcome outcome;
  Waiter waiter = { NULL };

  g_assert_true (asyncq_client_wait_sync (fixture->client, 30, -1, &outcome, &result, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_assert_cmpint (g_variant_get_int32 (result), ==, 42);
  assert_call (fixture, "Wait", "(-1,)");
  g_clear_pointer (&result, g_variant_unref);

  asyncq_client_wait_async (fixture->client, 31, -1, NULL, on_done, &waiter);
  g_assert_true (asyncq_client_wait_finish (fixture->client, wait_for (&waiter), &outcome, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, ASYNCQ_JOB_OUTCOME_FAILED);
  failure = asyncq_error_new_from_failure (result);
  g_assert_error (failure, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL);
  g_assert_cmpstr (failure->message, ==, "it broke");
  g_clear_object (&waiter.result);

  g_assert_false (asyncq_client_wait_sync (fixture->client, 32, 1000, NULL, NULL, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (asyncq_client_wait_sync (fixture->client, 99, -1, NULL, NULL, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
test_cancelling_reports_what_the_daemon_says (Fixture       *fixture,
                                              gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };

  g_assert_true (asyncq_client_cancel_sync (fixture->client, 32, "no need", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "Cancel", "('no need',)");
  asyncq_client_cancel_async (fixture->client, 30, NULL, NULL, on_done, &waiter);
  g_assert_false (asyncq_client_cancel_finish (fixture->client, wait_for (&waiter), &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  g_clear_object (&waiter.result);
}

static void
test_a_job_tells_everything (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autoptr(AsyncqJobInfo) job = NULL;
  g_autoptr(AsyncqJobInfo) failed = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) failure = NULL;
  Waiter waiter = { NULL };
  const gint64 *tries;
  const guint64 *ids;
  gsize n_ids;

  job = asyncq_client_get_job_sync (fixture->client, 30, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (asyncq_job_info_get_id (job), ==, 30);
  g_assert_cmpstr (asyncq_job_info_get_function (job), ==, "t.add");
  g_assert_cmpstr (g_variant_get_type_string (asyncq_job_info_get_arguments (job)), ==, "(ii)");
  g_assert_cmpstr (asyncq_job_info_get_queue (job), ==, "Queue");
  g_assert_cmpuint (asyncq_job_info_get_priority (job), ==, 128);
  g_assert_cmpint (asyncq_job_info_get_state (job), ==, ASYNCQ_JOB_STATE_COMPLETED);
  g_assert_cmpint (asyncq_job_info_get_outcome (job), ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_assert_cmpint (g_variant_get_int32 (asyncq_job_info_get_result (job)), ==, 42);
  g_assert_null (asyncq_job_info_dup_failure (job));
  g_assert_cmpuint (asyncq_job_info_get_attempt (job), ==, 1);
  g_assert_cmpuint (asyncq_job_info_get_interruptions (job), ==, 2);
  g_assert_cmpuint (asyncq_job_info_get_lease (job), ==, G_MAXUINT64);
  g_assert_cmpstr (asyncq_job_info_get_agent (job), ==, "Agent");
  g_assert_cmpuint (asyncq_job_info_get_worker (job), ==, 1);
  g_assert_cmpint (asyncq_job_info_get_created_usec (job), ==, 1155224662000211);
  g_assert_cmpint (asyncq_job_info_get_begin_after_usec (job), ==, 1155224662000211);
  g_assert_cmpint (asyncq_job_info_get_started_usec (job), ==, 1155224662000211);
  g_assert_cmpint (asyncq_job_info_get_ended_usec (job), ==, 1155224662000211);
  g_assert_cmpstr (asyncq_job_info_get_submit_key (job), ==, "SubmitKey");
  ids = asyncq_job_info_get_members (job, &n_ids);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpuint (ids[1], ==, 6);
  ids = asyncq_job_info_get_waits_for (job, &n_ids);
  g_assert_cmpuint (ids[0], ==, 5);
  g_assert_cmpuint (asyncq_job_info_get_sequence (job), ==, G_MAXUINT64);
  g_assert_cmpuint (g_variant_n_children (asyncq_job_info_get_properties (job)), >=, 38);

  g_assert_cmpuint (asyncq_job_info_get_parent (job), ==, 5);
  ids = asyncq_job_info_get_callbacks (job, &n_ids);
  g_assert_cmpuint (n_ids, ==, 3);
  g_assert_cmpuint (ids[2], ==, 9);
  g_assert_true (asyncq_job_info_is_skipped (job));
  g_assert_cmpint (asyncq_job_info_get_due_usec (job), ==, 1155224662000211);
  g_assert_cmpint (asyncq_job_info_get_begin_by_usec (job), ==, 1155224662000211);
  g_assert_cmpuint (g_variant_n_children (asyncq_job_info_get_settings (job)), ==, 2);
  g_assert_cmpuint (g_variant_n_children (asyncq_job_info_get_attempts (job)), ==, 1);
  g_assert_cmpuint (asyncq_job_info_get_forgotten_attempts (job), ==, 3);
  tries = asyncq_job_info_get_next_tries (job, &n_ids);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpint (tries[1], ==, 1155224672000211);
  g_assert_cmpuint (g_strv_length ((char **) asyncq_job_info_get_retry_plan (job)), ==, 2);
  g_assert_cmpstr (asyncq_job_info_get_retry_plan (job)[1], ==, "any: fail");
  g_assert_cmpstr (asyncq_job_info_get_cancel_requested (job), ==, "no use");
  g_assert_cmpstr (asyncq_job_info_get_unique_key (job), ==, "only");
  g_assert_cmpuint (asyncq_job_info_get_retry_of (job), ==, 6);

  asyncq_client_get_job_async (fixture->client, 31, NULL, on_done, &waiter);
  failed = asyncq_client_get_job_finish (fixture->client, wait_for (&waiter), &error);
  g_assert_no_error (error);
  g_assert_null (asyncq_job_info_get_result (failed));
  failure = asyncq_job_info_dup_failure (failed);
  g_assert_error (failure, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL);
  g_clear_object (&waiter.result);
}

static void
test_a_job_that_says_nothing_reads_as_empty (void)
{
  g_autoptr(AsyncqJobInfo) job = asyncq_job_info_new (g_variant_new_parsed ("{'Id': <'not a number'>}"));
  gsize n_ids = 7;

  g_assert_cmpuint (asyncq_job_info_get_id (job), ==, 0);
  g_assert_cmpstr (asyncq_job_info_get_function (job), ==, "");
  g_assert_cmpint (asyncq_job_info_get_state (job), ==, ASYNCQ_JOB_STATE_NEW);
  g_assert_null (asyncq_job_info_get_arguments (job));
  g_assert_null (asyncq_job_info_get_result (job));
  g_assert_null (asyncq_job_info_get_callbacks (job, &n_ids));
  g_assert_null (asyncq_job_info_get_next_tries (job, &n_ids));
  g_assert_null (asyncq_job_info_get_attempts (job));
  g_assert_null (asyncq_job_info_get_retry_plan (job)[0]);
  g_assert_false (asyncq_job_info_is_skipped (job));
  g_assert_null (asyncq_job_info_get_members (job, &n_ids));
  g_assert_cmpuint (n_ids, ==, 0);
}

static void
test_an_unknown_failure_stays_readable (void)
{
  g_autoptr(GVariant) unknown = g_variant_ref_sink (g_variant_new_parsed ("('else-quark', 3, 'why')"));
  g_autoptr(GVariant) number = g_variant_ref_sink (g_variant_new_int32 (3));
  g_autoptr(GError) error = asyncq_error_new_from_failure (unknown);
  g_autoptr(GError) odd = asyncq_error_new_from_failure (number);

  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "why (else-quark, 3)");
  g_assert_error (odd, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED);
}

/* ---- many ---- */

static void
test_lists_are_read_page_by_page (Fixture       *fixture,
                                  gconstpointer  data)
{
  g_autoptr(GPtrArray) jobs = NULL;
  g_autoptr(GPtrArray) rest = NULL;
  g_autofree char *cursor = NULL;
  g_autofree char *end = NULL;
  g_autoptr(GError) error = NULL;
  guint64 n_jobs = 0;

  jobs = asyncq_client_list_jobs_sync (fixture->client, "state:active", 2, NULL, &cursor, NULL, &error);
  g_assert_no_error (error);
  assert_call (fixture, "ListJobs", "('state:active', {'limit': <uint32 2>})");
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpuint (asyncq_job_info_get_id (g_ptr_array_index (jobs, 1)), ==, 31);
  g_assert_cmpstr (cursor, ==, "31");
  rest = asyncq_client_list_jobs_sync (fixture->client, NULL, 0, cursor, &end, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rest->len, ==, 1);
  g_assert_null (end);

  g_assert_true (asyncq_client_count_jobs_sync (fixture->client, NULL, &n_jobs, NULL, &error));
  g_assert_cmpuint (n_jobs, ==, 12345);
  g_assert_null (asyncq_client_list_jobs_sync (fixture->client, "colour:red", 0, NULL, NULL, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
}

static void
test_functions_tell_their_signature (Fixture       *fixture,
                                     gconstpointer  data)
{
  g_autoptr(GPtrArray) functions = NULL;
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GError) error = NULL;
  AsyncqFunctionInfo *echo;

  functions = asyncq_client_list_functions_sync (fixture->client, NULL, &error);
  g_assert_no_error (error);
  echo = g_ptr_array_index (functions, 0);
  g_assert_cmpstr (asyncq_function_info_get_name (echo), ==, "t.echo");
  g_assert_cmpstr (asyncq_function_info_get_result (echo), ==, "s");
  g_assert_cmpstr (asyncq_function_info_get_file (echo), ==, "/plugins/t.so");
  g_assert_cmpuint (asyncq_function_info_get_generation (echo), ==, 3);
  signature = asyncq_function_info_parse_signature (echo, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (asyncq_signature_get_n_parameters (signature), ==, 2);
}

static void
test_the_daemon_tells_its_status (Fixture       *fixture,
                                  gconstpointer  data)
{
  g_autoptr(GVariant) properties = NULL;
  g_autoptr(GVariant) status = NULL;
  g_autoptr(GError) error = NULL;

  properties = asyncq_client_get_status_sync (fixture->client, NULL, &error);
  g_assert_no_error (error);
  status = g_variant_lookup_value (properties, "Status", G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (status);
}

static void
test_adding_an_agent_reports_a_taken_name (Fixture       *fixture,
                                           gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (asyncq_client_add_agent_sync (fixture->client, "main",
                                                g_variant_new_parsed ("{'size': <@u 2>}"), NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
  assert_call (fixture, "AddAgent", "('main', {'size': <uint32 2>})");
}

static void
assert_counts (GVariant *counts)
{
  g_autofree char *text = NULL;

  g_assert_nonnull (counts);
  text = g_variant_print (counts, FALSE);
  g_assert_cmpstr (text, ==, "{'succeeded': 2, 'failed': 1, 'cancelled': 0, 'expired': 0}");
}

static void
test_cleaning_tells_the_numbers (Fixture       *fixture,
                                 gconstpointer  data)
{
  g_autoptr(GVariant) removed = NULL;
  g_autoptr(GVariant) counted = NULL;
  g_autoptr(GVariant) again = NULL;
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };

  removed = asyncq_client_clean_sync (fixture->client, "queue:mail", NULL, &error);
  g_assert_no_error (error);
  assert_counts (removed);
  assert_call (fixture, "Clean", "('queue:mail', {})");
  counted = asyncq_client_count_cleanable_sync (fixture->client, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_counts (counted);
  assert_call (fixture, "Clean", "('', {'dry-run': <true>})");

  asyncq_client_clean_async (fixture->client, NULL, NULL, on_done, &waiter);
  again = asyncq_client_clean_finish (fixture->client, wait_for (&waiter), &error);
  g_assert_no_error (error);
  assert_counts (again);
  g_object_unref (waiter.result);

  g_assert_null (asyncq_client_clean_sync (fixture->client, "state:active", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
}

static void
test_a_store_is_held_and_released (Fixture       *fixture,
                                   gconstpointer  data)
{
  g_autoptr(GVariant) position = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };
  guint64 segment;

  asyncq_client_hold_store_async (fixture->client, NULL, on_done, &waiter);
  position = asyncq_client_hold_store_finish (fixture->client, wait_for (&waiter), &path, &error);
  g_assert_no_error (error);
  g_object_unref (waiter.result);
  g_assert_cmpstr (path, ==, "/store");
  g_assert_true (g_variant_lookup (position, "segment", "t", &segment));
  g_assert_cmpuint (segment, ==, 3);
  g_assert_true (asyncq_client_release_store_sync (fixture->client, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "ReleaseStore", "()");
}

/* ---- signals ---- */

static void
on_jobs_changed (AsyncqClient *client,
                 GVariant     *changes,
                 gpointer      user_data)
{
  *(char **) user_data = g_variant_print (changes, FALSE);
}

static void
test_changes_are_told_after_subscribing (Fixture       *fixture,
                                         gconstpointer  data)
{
  g_autofree char *changes = NULL;
  g_autoptr(GError) error = NULL;

  g_signal_connect (fixture->client, "jobs-changed", G_CALLBACK (on_jobs_changed), &changes);
  g_assert_true (asyncq_client_subscribe_sync (fixture->client, "queue:mail", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "Subscribe", "('queue:mail',)");
  while (changes == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (changes, ==, "[(30, 'completed', 'succeeded', 77)]");
  g_assert_true (asyncq_client_unsubscribe_sync (fixture->client, NULL, &error));
  assert_call (fixture, "Unsubscribe", "()");
}

static void
on_closed (AsyncqClient *client,
           gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_a_daemon_that_goes_away_is_noticed (Fixture       *fixture,
                                         gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  gboolean closed = FALSE;
  Waiter waiter = { NULL };

  g_signal_connect (fixture->client, "closed", G_CALLBACK (on_closed), &closed);
  asyncq_client_wait_async (fixture->client, 32, -1, NULL, on_done, &waiter);
  g_assert_false (asyncq_client_wait_finish (fixture->client, wait_for (&waiter), NULL, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_clear_object (&waiter.result);
  while (!closed)
    g_main_context_iteration (NULL, TRUE);

  g_assert_false (asyncq_client_cancel_sync (fixture->client, 30, NULL, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
}

#define ADD(name, func) g_test_add ("/client/" name, Fixture, NULL, set_up, func, tear_down)

/* ---- a job that follows ---- */

static void
test_a_job_has_what_the_daemon_says (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GError) error = NULL;
  AsyncqJobState state = ASYNCQ_JOB_STATE_NEW;

  job = asyncq_job_new_sync (fixture->client, 30, NULL, &error);
  g_assert_no_error (error);
  assert_call (fixture, "Subscribe", "('',)");
  g_assert_cmpuint (asyncq_job_get_id (job), ==, 30);
  g_assert_true (asyncq_job_get_client (job) == fixture->client);
  g_assert_cmpint (asyncq_job_get_state (job), ==, ASYNCQ_JOB_STATE_COMPLETED);
  g_assert_cmpint (asyncq_job_get_outcome (job), ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_assert_cmpstr (asyncq_job_info_get_function (asyncq_job_get_info (job)), ==, "t.add");
  g_object_get (job, "state", &state, NULL);
  g_assert_cmpint (state, ==, ASYNCQ_JOB_STATE_COMPLETED);
}

static void
test_making_a_job_subscribes_once (Fixture       *fixture,
                                   gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GError) error = NULL;
  Waiter waiter = { NULL };

  g_assert_true (asyncq_client_subscribe_sync (fixture->client, "queue:mail", NULL, &error));
  asyncq_job_new_async (fixture->client, 32, NULL, on_done, &waiter);
  job = asyncq_job_new_finish (wait_for (&waiter), &error);
  g_assert_no_error (error);
  g_clear_object (&waiter.result);
  g_assert_cmpint (asyncq_job_get_state (job), !=, ASYNCQ_JOB_STATE_COMPLETED);
  assert_call (fixture, "Subscribe", "('queue:mail',)");
}

static void
test_a_job_waits_and_cancels (Fixture       *fixture,
                              gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;
  AsyncqJobOutcome outcome;
  Waiter waiter = { NULL };

  job = asyncq_job_new_sync (fixture->client, 30, NULL, &error);
  g_assert_no_error (error);
  asyncq_job_wait_async (job, -1, NULL, on_done, &waiter);
  g_assert_true (asyncq_job_wait_finish (job, wait_for (&waiter), &outcome, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_assert_cmpint (g_variant_get_int32 (value), ==, 42);
  g_clear_object (&waiter.result);
  asyncq_job_cancel_async (job, "no need", NULL, on_done, &waiter);
  g_assert_false (asyncq_job_cancel_finish (job, wait_for (&waiter), &error));
  g_clear_object (&waiter.result);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("address is found in the documented order", test_address_is_found_in_the_documented_order);
  g_test_add_func ("/client/no daemon is an error that names every address",
                   test_no_daemon_is_an_error_that_names_every_address);
  g_test_add_func ("/client/a senseless address is refused", test_a_senseless_address_is_refused);
  ADD ("a spec is submitted", test_a_spec_is_submitted);
  ADD ("an error keeps its code and loses its prefix", test_an_error_keeps_its_code_and_loses_its_prefix);
  ADD ("ids of a list are those of its specs", test_ids_of_a_list_are_those_of_its_specs);
  ADD ("a large list goes as a sealed memfd", test_a_large_list_goes_as_a_sealed_memfd);
  ADD ("words are submitted as they are", test_words_are_submitted_as_they_are);
  ADD ("waiting gives outcome and result", test_waiting_gives_outcome_and_result);
  ADD ("cancelling reports what the daemon says", test_cancelling_reports_what_the_daemon_says);
  ADD ("a job tells everything", test_a_job_tells_everything);
  g_test_add_func ("/client/a job that says nothing reads as empty",
                   test_a_job_that_says_nothing_reads_as_empty);
  g_test_add_func ("/client/an unknown failure stays readable", test_an_unknown_failure_stays_readable);
  ADD ("lists are read page by page", test_lists_are_read_page_by_page);
  ADD ("functions tell their signature", test_functions_tell_their_signature);
  ADD ("the daemon tells its status", test_the_daemon_tells_its_status);
  ADD ("adding an agent reports a taken name", test_adding_an_agent_reports_a_taken_name);
  ADD ("cleaning tells the numbers", test_cleaning_tells_the_numbers);
  ADD ("a store is held and released", test_a_store_is_held_and_released);
  ADD ("changes are told after subscribing", test_changes_are_told_after_subscribing);
  ADD ("a job has what the daemon says", test_a_job_has_what_the_daemon_says);
  ADD ("making a job subscribes once", test_making_a_job_subscribes_once);
  ADD ("a job waits and cancels", test_a_job_waits_and_cancels);
  ADD ("a daemon that goes away is noticed", test_a_daemon_that_goes_away_is_noticed);

  return g_test_run ();
}
