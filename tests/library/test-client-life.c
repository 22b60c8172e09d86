/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The client's calls about the life of jobs and about queues, against a daemon that
 * only speaks: each as it blocks, as it does not, and as it fails
 */

#include "config.h"

#include <asyncq.h>

#include "fake-daemon.h"

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

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
assert_call (Fixture    *fixture,
             const char *path,
             const char *method,
             const char *argument)
{
  g_autofree char *found_path = fake_daemon_dup_path (fixture->daemon);
  g_autofree char *found = fake_daemon_dup_method (fixture->daemon);
  g_autoptr(GVariant) value = fake_daemon_dup_argument (fixture->daemon);
  g_autofree char *text = g_variant_print (value, FALSE);

  g_assert_cmpstr (found_path, ==, path);
  g_assert_cmpstr (found, ==, method);
  g_assert_cmpstr (text, ==, argument);
}

static void
test_a_waiting_job_is_changed (Fixture       *fixture,
                               gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_change_sync (fixture->client, 32, g_variant_new_parsed ("{'priority': <byte 1>}"), NULL,
                                            &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/jobs/32", "Change",
               "({'priority': <byte 0x01>},)");

  asyncq_client_change_async (fixture->client, 32, g_variant_new_parsed ("{'priority': <byte 1>}"), NULL,
                              on_done, &later);
  g_assert_true (asyncq_client_change_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  job = asyncq_job_new_sync (fixture->client, 32, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (asyncq_job_change_sync (job, g_variant_new_parsed ("{'priority': <byte 1>}"), NULL, &error));
  g_assert_no_error (error);
  asyncq_job_change_async (job, g_variant_new_parsed ("{'priority': <byte 1>}"), NULL, on_done, &latest);
  g_assert_true (asyncq_job_change_finish (job, wait_for (&latest), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_change_sync (fixture->client, 30, g_variant_new ("a{sv}", NULL), NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

static void
test_arguments_are_replaced (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_set_arguments_sync (fixture->client, 32, g_variant_new ("(ii)", 1, 2), NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/jobs/32", "SetArguments",
               "(<(1, 2)>,)");

  asyncq_client_set_arguments_async (fixture->client, 32, g_variant_new ("(ii)", 1, 2), NULL, on_done, &later);
  g_assert_true (asyncq_client_set_arguments_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  job = asyncq_job_new_sync (fixture->client, 32, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (asyncq_job_set_arguments_sync (job, g_variant_new ("(ii)", 1, 2), NULL, &error));
  g_assert_no_error (error);
  asyncq_job_set_arguments_async (job, g_variant_new ("(ii)", 1, 2), NULL, on_done, &latest);
  g_assert_true (asyncq_job_set_arguments_finish (job, wait_for (&latest), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_set_arguments_sync (fixture->client, 29, g_variant_new ("(ii)", 1, 2), NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
test_a_job_runs_again (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;
  guint64 id = 0;

  g_assert_true (asyncq_client_retry_sync (fixture->client, 31, &id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 77);
  assert_call (fixture, "/org/asyncq/jobs/31", "Retry",
               "()");

  id = 0;
  asyncq_client_retry_async (fixture->client, 31, NULL, on_done, &later);
  g_assert_true (asyncq_client_retry_finish (fixture->client, wait_for (&later), &id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 77);

  id = 0;
  job = asyncq_job_new_sync (fixture->client, 31, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (asyncq_job_retry_sync (job, &id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 77);
  id = 0;
  asyncq_job_retry_async (job, NULL, on_done, &latest);
  g_assert_true (asyncq_job_retry_finish (job, wait_for (&latest), &id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 77);

  g_assert_false (asyncq_client_retry_sync (fixture->client, 32, &id, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

static void
test_a_job_is_put_off (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_snooze_sync (fixture->client, 32, 5, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/jobs/32", "Snooze",
               "(5,)");

  asyncq_client_snooze_async (fixture->client, 32, 5, NULL, on_done, &later);
  g_assert_true (asyncq_client_snooze_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  job = asyncq_job_new_sync (fixture->client, 32, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (asyncq_job_snooze_sync (job, 5, NULL, &error));
  g_assert_no_error (error);
  asyncq_job_snooze_async (job, 5, NULL, on_done, &latest);
  g_assert_true (asyncq_job_snooze_finish (job, wait_for (&latest), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_snooze_sync (fixture->client, 30, 5, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

static void
test_a_pulled_job_is_put_again (Fixture       *fixture,
                                gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_put_sync (fixture->client, 32, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/jobs/32", "Put",
               "()");

  asyncq_client_put_async (fixture->client, 32, NULL, on_done, &later);
  g_assert_true (asyncq_client_put_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  job = asyncq_job_new_sync (fixture->client, 32, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (asyncq_job_put_sync (job, NULL, &error));
  g_assert_no_error (error);
  asyncq_job_put_async (job, NULL, on_done, &latest);
  g_assert_true (asyncq_job_put_finish (job, wait_for (&latest), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_put_sync (fixture->client, 30, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
}

static void
test_a_failure_is_told_in_words (Fixture       *fixture,
                                 gconstpointer  data)
{
  g_autoptr(AsyncqJob) job = NULL;
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GAsyncResult) latest = NULL;
  g_autoptr(GError) error = NULL;
  char *text;

  text = asyncq_client_get_failure_sync (fixture->client, 31, "brief", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "it broke\n");
  g_clear_pointer (&text, g_free);
  assert_call (fixture, "/org/asyncq/jobs/31", "Failure",
               "('brief',)");

  asyncq_client_get_failure_async (fixture->client, 31, "brief", NULL, on_done, &later);
  text = asyncq_client_get_failure_finish (fixture->client, wait_for (&later), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "it broke\n");
  g_clear_pointer (&text, g_free);

  job = asyncq_job_new_sync (fixture->client, 31, NULL, &error);
  g_assert_no_error (error);
  text = asyncq_job_get_failure_sync (job, "brief", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "it broke\n");
  g_clear_pointer (&text, g_free);
  asyncq_job_get_failure_async (job, "brief", NULL, on_done, &latest);
  text = asyncq_job_get_failure_finish (job, wait_for (&latest), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "it broke\n");
  g_clear_pointer (&text, g_free);

  g_assert_null (asyncq_client_get_failure_sync (fixture->client, 29, "brief", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
test_a_queue_is_made (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_create_queue_sync (fixture->client, "news", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq", "CreateQueue",
               "('news',)");

  asyncq_client_create_queue_async (fixture->client, "news", NULL, on_done, &later);
  g_assert_true (asyncq_client_create_queue_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_create_queue_sync (fixture->client, "mail", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
}

static void
test_a_queue_is_removed (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_remove_queue_sync (fixture->client, "mail", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq", "RemoveQueue",
               "('mail',)");

  asyncq_client_remove_queue_async (fixture->client, "mail", NULL, on_done, &later);
  g_assert_true (asyncq_client_remove_queue_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);
}

static void
test_queues_are_listed (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;
  GVariant *value;

  value = asyncq_client_list_queues_sync (fixture->client, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 2);
  g_clear_pointer (&value, g_variant_unref);
  assert_call (fixture, "/org/asyncq", "ListQueues",
               "()");

  asyncq_client_list_queues_async (fixture->client, NULL, on_done, &later);
  value = asyncq_client_list_queues_finish (fixture->client, wait_for (&later), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 2);
  g_clear_pointer (&value, g_variant_unref);
}

static void
test_a_queue_is_paused (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_pause_queue_sync (fixture->client, "mail.box", "full", 9, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/queues/mail_2ebox", "Pause",
               "('full', 9)");

  asyncq_client_pause_queue_async (fixture->client, "mail.box", "full", 9, NULL, on_done, &later);
  g_assert_true (asyncq_client_pause_queue_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_pause_queue_sync (fixture->client, "nope", NULL, 0, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_a_queue_goes_on (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_resume_queue_sync (fixture->client, "", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/queues/_", "Resume",
               "()");

  asyncq_client_resume_queue_async (fixture->client, "", NULL, on_done, &later);
  g_assert_true (asyncq_client_resume_queue_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_resume_queue_sync (fixture->client, "nope", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_jobs_of_a_queue_are_listed_in_their_order (Fixture       *fixture,
                                                gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;
  guint64 *ids;
  gsize n_ids = 0;

  ids = asyncq_client_list_queue_sync (fixture->client, "7a", 1, 2, &n_ids, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpuint (ids[1], ==, 36);
  g_clear_pointer (&ids, g_free);
  assert_call (fixture, "/org/asyncq/queues/_37a", "List",
               "(1, 2)");

  asyncq_client_list_queue_async (fixture->client, "7a", 1, 2, NULL, on_done, &later);
  ids = asyncq_client_list_queue_finish (fixture->client, wait_for (&later), &n_ids, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_ids, ==, 2);
  g_assert_cmpuint (ids[1], ==, 36);
  g_clear_pointer (&ids, g_free);

  g_assert_null (asyncq_client_list_queue_sync (fixture->client, "nope", 0, 0, &n_ids, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_a_job_is_pulled_by_its_index (Fixture       *fixture,
                                   gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;
  guint64 id = 0;

  g_assert_true (asyncq_client_pull_from_queue_sync (fixture->client, "a_b", -1, &id, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 36);
  assert_call (fixture, "/org/asyncq/queues/a_5fb", "Pull",
               "(-1,)");

  id = 0;
  asyncq_client_pull_from_queue_async (fixture->client, "a_b", -1, NULL, on_done, &later);
  g_assert_true (asyncq_client_pull_from_queue_finish (fixture->client, wait_for (&later), &id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, ==, 36);

  g_assert_false (asyncq_client_pull_from_queue_sync (fixture->client, "nope", 0, &id, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_a_job_is_pulled_by_its_id (Fixture       *fixture,
                                gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_remove_from_queue_sync (fixture->client, "mail", 36, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq/queues/mail", "Remove",
               "(36,)");

  asyncq_client_remove_from_queue_async (fixture->client, "mail", 36, NULL, on_done, &later);
  g_assert_true (asyncq_client_remove_from_queue_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_remove_from_queue_sync (fixture->client, "nope", 1, NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_a_factory_is_removed (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_remove_factory_sync (fixture->client, "nightly", NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq", "RemoveFactory",
               "('nightly',)");

  asyncq_client_remove_factory_async (fixture->client, "nightly", NULL, on_done, &later);
  g_assert_true (asyncq_client_remove_factory_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);

  g_assert_false (asyncq_client_remove_factory_sync (fixture->client, "daily", NULL, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY);
}

static void
test_factories_are_listed (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;
  GVariant *value;

  value = asyncq_client_list_factories_sync (fixture->client, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 1);
  g_clear_pointer (&value, g_variant_unref);
  assert_call (fixture, "/org/asyncq", "ListFactories",
               "()");

  asyncq_client_list_factories_async (fixture->client, NULL, on_done, &later);
  value = asyncq_client_list_factories_finish (fixture->client, wait_for (&later), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 1);
  g_clear_pointer (&value, g_variant_unref);
}

static void
test_policies_are_listed (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;
  GVariant *value;

  value = asyncq_client_list_policies_sync (fixture->client, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 1);
  g_clear_pointer (&value, g_variant_unref);
  assert_call (fixture, "/org/asyncq", "ListPolicies",
               "()");

  asyncq_client_list_policies_async (fixture->client, NULL, on_done, &later);
  value = asyncq_client_list_policies_finish (fixture->client, wait_for (&later), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (value), ==, 1);
  g_clear_pointer (&value, g_variant_unref);
}

static void
test_claiming_is_switched_off (Fixture       *fixture,
                               gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (asyncq_client_set_claiming_sync (fixture->client, FALSE, NULL, &error));
  g_assert_no_error (error);
  assert_call (fixture, "/org/asyncq", "SetClaiming",
               "(false,)");

  asyncq_client_set_claiming_async (fixture->client, FALSE, NULL, on_done, &later);
  g_assert_true (asyncq_client_set_claiming_finish (fixture->client, wait_for (&later), &error));
  g_assert_no_error (error);
}

static void
test_a_factory_is_added_once (Fixture       *fixture,
                              gconstpointer  data)
{
  g_autoptr(GAsyncResult) later = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_false (asyncq_client_add_factory_sync (fixture->client, "nightly", g_variant_new ("a{sv}", NULL), NULL,
                                                  &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
  assert_call (fixture, "/org/asyncq", "AddFactory", "('nightly', {})");
  g_clear_error (&error);
  asyncq_client_add_factory_async (fixture->client, "nightly", g_variant_new ("a{sv}", NULL), NULL, on_done, &later);
  g_assert_false (asyncq_client_add_factory_finish (fixture->client, wait_for (&later), &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/client-life/a waiting job is changed", Fixture, NULL, set_up,
              test_a_waiting_job_is_changed, tear_down);
  g_test_add ("/client-life/arguments are replaced", Fixture, NULL, set_up, test_arguments_are_replaced, tear_down);
  g_test_add ("/client-life/a job runs again", Fixture, NULL, set_up, test_a_job_runs_again, tear_down);
  g_test_add ("/client-life/a job is put off", Fixture, NULL, set_up, test_a_job_is_put_off, tear_down);
  g_test_add ("/client-life/a pulled job is put again", Fixture, NULL, set_up,
              test_a_pulled_job_is_put_again, tear_down);
  g_test_add ("/client-life/a failure is told in words", Fixture, NULL, set_up,
              test_a_failure_is_told_in_words, tear_down);
  g_test_add ("/client-life/a queue is made", Fixture, NULL, set_up, test_a_queue_is_made, tear_down);
  g_test_add ("/client-life/a queue is removed", Fixture, NULL, set_up, test_a_queue_is_removed, tear_down);
  g_test_add ("/client-life/queues are listed", Fixture, NULL, set_up, test_queues_are_listed, tear_down);
  g_test_add ("/client-life/a queue is paused", Fixture, NULL, set_up, test_a_queue_is_paused, tear_down);
  g_test_add ("/client-life/a queue goes on", Fixture, NULL, set_up, test_a_queue_goes_on, tear_down);
  g_test_add ("/client-life/jobs of a queue are listed in their order", Fixture, NULL, set_up,
              test_jobs_of_a_queue_are_listed_in_their_order, tear_down);
  g_test_add ("/client-life/a job is pulled by its index", Fixture, NULL, set_up,
              test_a_job_is_pulled_by_its_index, tear_down);
  g_test_add ("/client-life/a job is pulled by its id", Fixture, NULL, set_up,
              test_a_job_is_pulled_by_its_id, tear_down);
  g_test_add ("/client-life/a factory is removed", Fixture, NULL, set_up, test_a_factory_is_removed, tear_down);
  g_test_add ("/client-life/factories are listed", Fixture, NULL, set_up, test_factories_are_listed, tear_down);
  g_test_add ("/client-life/policies are listed", Fixture, NULL, set_up, test_policies_are_listed, tear_down);
  g_test_add ("/client-life/claiming is switched off", Fixture, NULL, set_up,
              test_claiming_is_switched_off, tear_down);
  g_test_add ("/client-life/a factory is added once", Fixture, NULL, set_up, test_a_factory_is_added_once, tear_down);

  return g_test_run ();
}
