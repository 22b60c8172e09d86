/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Those who watch jobs: quick, slow, and not at all
 */

#include "config.h"

#include "bus-fixture.h"
#include "raw-client.h"

#include "bus/aq-bus-backlog.h"

#include <sys/resource.h>

/* "id state, id state, …" of all signals */
typedef struct
{
  GString  *text;
  gboolean  completed;
} Seen;

static void
on_jobs_changed (GDBusConnection *connection,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *signal,
                 GVariant        *parameters,
                 gpointer         user_data)
{
  Seen *seen = user_data;
  g_autoptr(GVariant) changes = g_variant_get_child_value (parameters, 0);
  guint64 id;
  const char *state;

  g_assert_cmpstr (sender, ==, ":1.0");
  for (gsize i = 0; i < g_variant_n_children (changes); i++)
    {
      g_variant_get_child (changes, i, "(t&sst)", &id, &state, NULL, NULL);
      g_string_append_printf (seen->text, "%" G_GUINT64_FORMAT " %s, ", id, state);
      seen->completed |= g_str_equal (state, "completed");
    }
}

static guint
watch (BusFixture *self,
       const char *filter,
       Seen       *seen)
{
  g_autoptr(GVariant) none =
    bus_fixture_call (self, MANAGER_PATH, MANAGER, "Subscribe", g_variant_new ("(s)", filter));

  *seen = (Seen) { g_string_new (NULL), FALSE };
  return g_dbus_connection_signal_subscribe (self->client, NULL, MANAGER, "JobsChanged", MANAGER_PATH,
                                             NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_jobs_changed, seen, NULL);
}

static void
run_job (BusFixture *self)
{
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
}

static void
test_subscriber_is_told_every_step_in_order (BusFixture    *self,
                                             gconstpointer  unused)
{
  Seen seen;
  guint handle = watch (self, "", &seen);

  (void) bus_fixture_submit (self, 6, 7);
  run_job (self);
  bus_fixture_run_until (&seen.completed);
  g_assert_cmpstr (seen.text->str, ==, "1 pending, 1 assigned, 1 active, 1 completed, ");
  g_string_free (seen.text, TRUE);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

static void
test_subscriber_is_told_what_its_filter_accepts (BusFixture    *self,
                                                 gconstpointer  unused)
{
  Seen seen;
  guint handle = watch (self, "function:demo.no*", &seen);
  g_autoptr(GVariant) id = NULL;

  (void) bus_fixture_submit (self, 6, 7);
  run_job (self);
  id = bus_fixture_call (self, MANAGER_PATH, MANAGER, "SubmitWords",
                         g_variant_new_parsed ("('demo.nothing', @as [])"));
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new ("()"));
  bus_fixture_run_until (&seen.completed);
  g_assert_cmpstr (seen.text->str, ==, "2 pending, 2 assigned, 2 active, 2 completed, ");
  g_string_free (seen.text, TRUE);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

static void
test_nobody_is_told_without_a_subscription (BusFixture    *self,
                                            gconstpointer  unused)
{
  Seen seen;
  guint handle = watch (self, "", &seen);
  g_autoptr(GVariant) none = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Unsubscribe", NULL);

  (void) bus_fixture_submit (self, 6, 7);
  run_job (self);
  (void) bus_fixture_submit (self, 6, 7);
  g_assert_cmpstr (seen.text->str, ==, "");
  g_string_free (seen.text, TRUE);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

/* the newest ones of many jobs, in the order in which they were put */
static void
submit_many (BusFixture *self,
             guint       n_jobs)
{
  GVariantBuilder builder;
  g_autoptr(GVariant) entry = g_variant_ref_sink (
    g_variant_new_parsed ("{'function': <'demo.multiply'>, 'arguments': <(6, 7)>}"));
  g_autoptr(GVariant) ids = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n_jobs; i++)
    g_variant_builder_add_value (&builder, entry);
  ids = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Submit", g_variant_new ("(aa{sv})", &builder));
}

static void
test_many_changes_come_in_bounded_signals (BusFixture    *self,
                                           gconstpointer  unused)
{
  const guint n_jobs = 3 * AQ_BUS_BACKLOG_BATCH + 1;
  Seen seen;
  guint handle = watch (self, "", &seen);
  g_auto(GStrv) parts = NULL;

  submit_many (self, n_jobs);
  run_job (self);
  bus_fixture_run_until (&seen.completed);
  parts = g_strsplit (seen.text->str, ", ", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, n_jobs + 3 + 1);
  for (guint i = 0; i < n_jobs; i++)
    {
      g_autofree char *wanted = g_strdup_printf ("%u pending", i + 1);

      g_assert_cmpstr (parts[i], ==, wanted);
    }
  g_string_free (seen.text, TRUE);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

static void
test_subscriber_that_does_not_read_is_cut_off (BusFixture    *self,
                                               gconstpointer  unused)
{
  g_autoptr(GSocketConnection) raw = raw_client_connect (self->socket);
  gsize n_read;

  raw_client_log_in (raw);
  g_assert_true (raw_client_call (raw, "Subscribe", g_variant_new ("(s)", "")));
  raw_client_answer (raw);
  submit_many (self, 60000);

  /* it could still be busy: not before it has been silent for a while */
  submit_many (self, 1);
  aq_clock_advance (self->clock, 5 * G_USEC_PER_SEC);
  g_test_expect_message ("asyncq-bus", G_LOG_LEVEL_WARNING, "closing the connection of client :1.2*does not read*");
  submit_many (self, 1);
  g_test_assert_expected_messages ();

  n_read = raw_client_drain (raw);
  /* what it left in the socket's buffer, and no more than two signals of a batch beside */
  g_assert_cmpuint (n_read, <, 1024 * 1024);
}

/* until it is cut off */
static guint
call_many_times (GSocketConnection *raw)
{
  guint n_calls = 0;

  while (raw_client_call (raw, "Unsubscribe", NULL))
    {
      while (n_calls % 64 == 0 && g_main_context_iteration (NULL, FALSE))
        ;
      n_calls++;
    }
  return n_calls;
}

static void
test_caller_that_does_not_read_is_cut_off (BusFixture    *self,
                                           gconstpointer  unused)
{
  g_autoptr(GSocketConnection) raw = raw_client_connect (self->socket);

  raw_client_log_in (raw);
  g_test_expect_message ("asyncq-bus", G_LOG_LEVEL_WARNING, "closing the connection of client :1.2*reads too few*");
  g_assert_cmpuint (call_many_times (raw), >=, 65536);
  g_test_assert_expected_messages ();
  (void) bus_fixture_submit (self, 6, 7);
}

static gsize
peak_memory (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  return (gsize) usage.ru_maxrss * 1024;
}

/* answers of 1 MiB each, to calls that are all there before the first answer is */
static void
test_answers_that_are_not_read_do_not_pile_up (BusFixture    *self,
                                               gconstpointer  unused)
{
  g_autoptr(GSocketConnection) raw = raw_client_connect (self->socket);
  g_autofree char *letters = g_strnfill (1000 * 1000, 'x');
  g_autofree char *word = g_strdup_printf ("'%s'", letters);
  const char *words[] = { word, NULL };
  g_autoptr(GVariant) ids = NULL;
  gsize before;

  ids = bus_fixture_call (self, MANAGER_PATH, MANAGER, "SubmitWords",
                          g_variant_new ("(s^as)", "demo.echo", words));
  raw_client_log_in (raw);
  before = peak_memory ();
  for (guint i = 0; i < 500; i++)
    g_assert_true (raw_client_call (raw, "ListJobs", g_variant_new_parsed ("('', @a{sv} {})")));
  g_test_expect_message ("asyncq-bus", G_LOG_LEVEL_WARNING, "closing the connection of client :1.2*reads too few*");
  while (raw_client_call (raw, "Unsubscribe", NULL))
    g_main_context_iteration (NULL, FALSE);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (peak_memory () - before, <, 256 * 1024 * 1024);
}

static void
test_backlog_keeps_the_newest_change_of_each_job (void)
{
  g_autoptr(AqBusBacklog) backlog = aq_bus_backlog_new ();
  const AqJobChange changes[] = {
    { 7, 1, ASYNCQ_JOB_STATE_PENDING, 0 },   { 8, 1, ASYNCQ_JOB_STATE_PENDING, 0 },
    { 7, 2, ASYNCQ_JOB_STATE_ASSIGNED, 0 },  { 7, 3, ASYNCQ_JOB_STATE_ACTIVE, 0 },
    { 9, 4, ASYNCQ_JOB_STATE_PENDING, 0 },   { 7, 5, ASYNCQ_JOB_STATE_ACTIVE, 0 },
    { 7, 5, ASYNCQ_JOB_STATE_COMPLETED, 1 },
  };
  g_autoptr(GVariant) batch = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    aq_bus_backlog_add (backlog, &changes[i]);
  g_assert_cmpuint (aq_bus_backlog_get_length (backlog), ==, 7);
  g_assert_cmpuint (aq_bus_backlog_coalesce (backlog), ==, 3);
  batch = g_variant_ref_sink (aq_bus_backlog_take_batch (backlog));
  bus_fixture_assert_value (batch, "([(uint64 8, 'pending', 'none', uint64 1), (9, 'pending', 'none', 4),"
                                   "  (7, 'completed', 'succeeded', 5)],)");
  g_assert_cmpuint (aq_bus_backlog_get_length (backlog), ==, 0);
}

static void
test_backlog_is_taken_in_batches (void)
{
  const guint n_changes = 3 * AQ_BUS_BACKLOG_BATCH + 5;
  g_autoptr(AqBusBacklog) backlog = aq_bus_backlog_new ();
  guint64 next = 1;

  for (guint i = 1; i <= n_changes; i++)
    aq_bus_backlog_add (backlog, &(AqJobChange) { i, i, ASYNCQ_JOB_STATE_PENDING, 0 });
  while (aq_bus_backlog_get_length (backlog) > 0)
    {
      g_autoptr(GVariant) batch = g_variant_ref_sink (aq_bus_backlog_take_batch (backlog));
      g_autoptr(GVariant) changes = g_variant_get_child_value (batch, 0);
      guint64 id;

      g_assert_cmpuint (g_variant_n_children (changes), <=, AQ_BUS_BACKLOG_BATCH);
      g_assert_cmpuint (g_variant_get_size (batch), <=, 128 * 1024);
      g_variant_get_child (changes, 0, "(tsst)", &id, NULL, NULL, NULL);
      g_assert_cmpuint (id, ==, next);
      next += g_variant_n_children (changes);
    }
  g_assert_cmpuint (next, ==, n_changes + 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/subscriber/is-told-every-step-in-order", test_subscriber_is_told_every_step_in_order);
  bus_test ("/bus/subscriber/is-told-what-its-filter-accepts",
            test_subscriber_is_told_what_its_filter_accepts);
  bus_test ("/bus/subscriber/nobody-is-told-without-a-subscription",
            test_nobody_is_told_without_a_subscription);
  bus_test ("/bus/subscriber/many-changes-come-in-bounded-signals",
            test_many_changes_come_in_bounded_signals);
  bus_test ("/bus/subscriber/one-that-does-not-read-is-cut-off",
            test_subscriber_that_does_not_read_is_cut_off);
  bus_test ("/bus/subscriber/caller-that-does-not-read-is-cut-off",
            test_caller_that_does_not_read_is_cut_off);
  bus_test ("/bus/subscriber/answers-that-are-not-read-do-not-pile-up",
            test_answers_that_are_not_read_do_not_pile_up);
  g_test_add_func ("/bus/subscriber/backlog-keeps-the-newest-change-of-each-job",
                   test_backlog_keeps_the_newest_change_of_each_job);
  g_test_add_func ("/bus/subscriber/backlog-is-taken-in-batches", test_backlog_is_taken_in_batches);
  return g_test_run ();
}
