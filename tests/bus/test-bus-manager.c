/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1
 */

#include "config.h"

#include "bus-fixture.h"

static void
refuse (BusFixture *self,
        const char *method,
        const char *parameters,
        const char *name,
        const char *text)
{
  g_autofree char *full_name = g_strconcat ("org.asyncq.Error.", name, NULL);

  bus_fixture_refuse (self, MANAGER_PATH, MANAGER, method, g_variant_new_parsed (parameters, NULL),
                      full_name, text);
}

static void
test_submit_gives_ids_in_order (BusFixture    *self,
                                gconstpointer  unused)
{
  g_autoptr(GVariant) answer = bus_fixture_call (
    self, MANAGER_PATH, MANAGER, "Submit",
    g_variant_new_parsed ("([{'kind': <'parallel'>},"
                          "  {'function': <'demo.multiply'>, 'arguments': <(2, 3)>, 'parent': <0>},"
                          "  {'function': <'demo.multiply'>, 'arguments': <[<4>, <5>]>, 'parent': <0>},"
                          "  {'function': <'demo.multiply'>, 'named': <{'x': <6>, 'y': <7>}>}],)"));
  g_autoptr(GVariant) ids = g_variant_get_child_value (answer, 0);
  gsize n_ids;
  const guint64 *id = g_variant_get_fixed_array (ids, &n_ids, sizeof *id);

  g_assert_cmpuint (n_ids, ==, 4);
  g_assert_cmpuint (id[0], <, id[1]);
  g_assert_cmpuint (id[2], <, id[3]);
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 4);
}

static void
test_submit_key_gives_the_first_id_back (BusFixture    *self,
                                         gconstpointer  unused)
{
  g_autoptr(GVariant) first = NULL;
  g_autoptr(GVariant) second = NULL;
  const char *entries = "([{'function': <'demo.multiply'>, 'arguments': <(2, 3)>, 'submit-key': <'k'>}],)";

  first = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Submit", g_variant_new_parsed (entries, NULL));
  second = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Submit", g_variant_new_parsed (entries, NULL));
  g_assert_true (g_variant_equal (first, second));
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 1);
}

static void
test_one_bad_entry_is_named_and_submits_nothing (BusFixture    *self,
                                                 gconstpointer  unused)
{
  refuse (self, "Submit",
          "([{'function': <'demo.multiply'>, 'arguments': <(2, 3)>},"
          "  {'function': <'demo.multiply'>, 'arguments': <(2, 'three')>}],)",
          "BadArguments", "entry 1");
  refuse (self, "Submit", "([{'function': <'demo.multiplied'>}],)", "NoSuchFunction",
          "demo.multiplied");
  refuse (self, "Submit",
          "([{'function': <'demo.multiply'>, 'arguments': <(2, 3)>, 'colour': <'red'>}],)",
          "Invalid", "colour");
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 0);
}

/* so many variants around a number */
static GVariant *
nest_in_variants (guint depth)
{
  GVariant *value = g_variant_new_int32 (1);

  for (guint i = 0; i < depth; i++)
    value = g_variant_new_variant (value);
  return value;
}

static void
test_too_deep_an_argument_is_refused (BusFixture    *self,
                                      gconstpointer  unused)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "function", g_variant_new_string ("demo.echo"));
  g_variant_builder_add (&builder, "{sv}", "arguments",
                         g_variant_new ("(@v)", nest_in_variants (17)));
  g_variant_builder_close (&builder);
  bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "Submit", g_variant_new ("(aa{sv})", &builder),
                      "org.asyncq.Error.BadArguments", "nested deeper than 16 levels");
}

static void
test_words_are_parsed (BusFixture    *self,
                       gconstpointer  unused)
{
  g_autoptr(GVariant) answer = bus_fixture_call (
    self, MANAGER_PATH, MANAGER, "SubmitWords",
    g_variant_new_parsed ("('demo.multiply', ['14', 'y=3'])"));
  g_autofree char *path = NULL;
  g_autoptr(GVariant) arguments = NULL;
  g_autoptr(GVariant) inner = NULL;
  guint64 id;

  g_variant_get (answer, "(t)", &id);
  path = bus_fixture_job_path (id);
  arguments = bus_fixture_get (self, path, JOB, "Arguments");
  inner = g_variant_get_variant (arguments);
  bus_fixture_assert_value (inner, "(14, 3)");

  refuse (self, "SubmitWords", "('demo.multiply', ['14', 'three'])", "BadArguments", "y");
  refuse (self, "SubmitWords", "('demo.multipy', @as [])", "NoSuchFunction", "demo.multiply");
}

static GVariant *
list (BusFixture *self,
      const char *parameters,
      char      **out_cursor)
{
  g_autoptr(GVariant) answer = bus_fixture_call (self, MANAGER_PATH, MANAGER, "ListJobs",
                                                 g_variant_new_parsed (parameters, NULL));
  GVariant *jobs;

  g_variant_get (answer, "(@aa{sv}s)", &jobs, out_cursor);
  return jobs;
}

static guint64
get_id (GVariant *jobs,
        gsize     index)
{
  g_autoptr(GVariant) job = g_variant_get_child_value (jobs, index);
  guint64 id;

  g_assert_true (g_variant_lookup (job, "Id", "t", &id));
  return id;
}

static void
test_lists_are_filtered_and_go_on_at_a_cursor (BusFixture    *self,
                                               gconstpointer  unused)
{
  guint64 ids[5];
  g_autofree char *cursor = NULL;
  g_autofree char *last_cursor = NULL;
  g_autofree char *next = NULL;
  g_autoptr(GVariant) first = NULL;
  g_autoptr(GVariant) rest = NULL;
  g_autoptr(GVariant) active = NULL;
  g_autofree char *no_cursor = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = bus_fixture_submit (self, i, i);
  g_assert_cmpuint (bus_fixture_claim (self), ==, ids[0]);

  first = list (self, "('function:demo.*', {'limit': <2>})", &cursor);
  g_assert_cmpuint (g_variant_n_children (first), ==, 2);
  g_assert_cmpuint (get_id (first, 0), ==, ids[4]);
  next = g_strdup_printf ("('', {'cursor': <'%s'>})", cursor);
  rest = list (self, next, &last_cursor);
  g_assert_cmpuint (g_variant_n_children (rest), ==, 3);
  g_assert_cmpuint (get_id (rest, 0), ==, ids[2]);
  g_assert_cmpstr (last_cursor, ==, "");

  active = list (self, "('state:active', @a{sv} {})", &no_cursor);
  g_assert_cmpuint (g_variant_n_children (active), ==, 1);
  g_assert_cmpuint (get_id (active, 0), ==, ids[0]);
}

static void
test_list_of_large_jobs_fits_into_messages (BusFixture    *self,
                                            gconstpointer  unused)
{
  const guint n_jobs = 40;
  g_autofree char *large = g_strnfill (1000 * 1000, 'x');
  g_autofree char *cursor = g_strdup ("");
  guint n_seen = 0;
  guint n_answers = 0;

  for (guint i = 0; i < n_jobs; i++)
    {
      GVariantBuilder builder;
      g_autoptr(GVariant) ids = NULL;

      g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "function", g_variant_new_string ("demo.echo"));
      g_variant_builder_add (&builder, "{sv}", "arguments",
                             g_variant_new ("(v)", g_variant_new_string (large)));
      g_variant_builder_close (&builder);
      ids = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Submit", g_variant_new ("(aa{sv})", &builder));
    }
  do
    {
      g_autofree char *parameters = g_strdup_printf ("('', {'cursor': <'%s'>})", cursor);
      g_autofree char *next = NULL;
      g_autoptr(GVariant) jobs = list (self, parameters, &next);

      g_assert_cmpuint (get_id (jobs, 0), ==, n_jobs - n_seen);
      n_seen += g_variant_n_children (jobs);
      n_answers++;
      g_free (cursor);
      cursor = g_steal_pointer (&next);
    }
  while (*cursor != '\0');
  g_assert_cmpuint (n_seen, ==, n_jobs);
  g_assert_cmpuint (n_answers, ==, 3);
}

static void
test_options_are_checked (BusFixture    *self,
                          gconstpointer  unused)
{
  refuse (self, "ListJobs", "('', {'limit': <'many'>})", "Invalid", "'limit' is of type 's'");
  refuse (self, "ListJobs", "('', {'limit': <0>})", "Invalid", "1 to 10000");
  refuse (self, "ListJobs", "('', {'limit': <10001>})", "Invalid", "1 to 10000");
  refuse (self, "ListJobs", "('', {'limit': <-1>})", "Invalid", "1 to 10000");
  refuse (self, "ListJobs", "('', {'limit': <uint64 18446744073709551615>})", "Invalid", "limit");
  refuse (self, "ListJobs", "('', {'cursor': <'elsewhere'>})", "Invalid", "cursor");
  refuse (self, "ListJobs", "('', {'cursor': <7>})", "Invalid", "'cursor' is of type 'i'");
  refuse (self, "ListJobs", "('', {'count-only': <1>})", "Invalid", "count-only");
  refuse (self, "ListJobs", "('', {'colour': <'red'>})", "Invalid", "no option 'colour'");
  refuse (self, "ListJobs", "('colour:red', @a{sv} {})", "Invalid", "colour");
  refuse (self, "Subscribe", "('state:happy',)", "Invalid", "happy");
}

static void
test_functions_are_listed (BusFixture    *self,
                           gconstpointer  unused)
{
  g_autoptr(GVariant) answer = bus_fixture_call (self, MANAGER_PATH, MANAGER, "ListFunctions", NULL);
  g_autoptr(GVariant) functions = g_variant_get_child_value (answer, 0);
  g_autoptr(GVariant) function = NULL;
  const char *text;

  g_assert_cmpuint (g_variant_n_children (functions), ==, 3);
  function = g_variant_get_child_value (functions, 1);
  g_assert_true (g_variant_lookup (function, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "demo.multiply");
  g_assert_true (g_variant_lookup (function, "parameters", "&s", &text));
  g_assert_cmpstr (text, ==, "x i, y i");
  g_assert_true (g_variant_lookup (function, "result", "&s", &text));
  g_assert_cmpstr (text, ==, "i");
  g_assert_true (g_variant_lookup (function, "plugin", "&s", &text));
  g_assert_cmpstr (text, ==, "demo");
}

static void
test_agents_are_added_and_shown (BusFixture    *self,
                                 gconstpointer  unused)
{
  g_autoptr(GVariant) none = bus_fixture_call (
    self, MANAGER_PATH, MANAGER, "AddAgent",
    g_variant_new_parsed ("('post', {'size': <2>, 'filter': <'mail.*'>, 'queues': <['fast']>})"));
  g_autoptr(GVariant) status = bus_fixture_get (self, MANAGER_PATH, MANAGER, "Status");
  g_autoptr(GVariant) agents = g_variant_lookup_value (status, "agents", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *text = g_variant_print (agents, FALSE);

  g_assert_nonnull (strstr (text, "'name': <'post'>"));
  g_assert_nonnull (strstr (text, "'filter': <'mail.*'>"));
  g_assert_nonnull (strstr (text, "'name': <'main'>"));

  refuse (self, "AddAgent", "('post', @a{sv} {})", "Exists", "post");
  refuse (self, "AddAgent", "('no/name', @a{sv} {})", "Invalid", "no/name");
  refuse (self, "AddAgent", "('x', {'size': <0>})", "Invalid", "1 to 256");
  refuse (self, "AddAgent", "('x', {'size': <257>})", "Invalid", "1 to 256");
  refuse (self, "AddAgent", "('x', {'filter': <1>})", "Invalid", "filter");
  refuse (self, "AddAgent", "('x', {'queues': <'fast'>})", "Invalid", "queues");
  refuse (self, "AddAgent", "('x', {'sise': <1>})", "Invalid", "sise");
}

static void
test_properties_are_all_there (BusFixture    *self,
                               gconstpointer  unused)
{
  g_autoptr(GVariant) answer = bus_fixture_call (self, MANAGER_PATH, PROPERTIES, "GetAll",
                                                 g_variant_new ("(s)", MANAGER));
  g_autoptr(GVariant) all = g_variant_get_child_value (answer, 0);
  g_autoptr(GVariant) uuid = bus_fixture_get (self, MANAGER_PATH, MANAGER, "UUID");
  g_autoptr(GVariant) status = g_variant_lookup_value (all, "Status", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GVariant) jobs = NULL;
  const char *text;

  g_assert_cmpuint (g_variant_n_children (all), ==, 7);
  g_assert_cmpstr (g_variant_get_string (uuid, NULL), ==, "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd");
  g_assert_true (g_variant_lookup (all, "Version", "&s", &text));
  g_assert_cmpstr (text, ==, "0.1.0");
  g_assert_true (g_variant_lookup (status, "status", "&s", &text));
  g_assert_cmpstr (text, ==, "RUNNING");
  jobs = g_variant_lookup_value (status, "jobs", G_VARIANT_TYPE ("a{su}"));
  g_assert_nonnull (jobs);

  bus_fixture_refuse (self, MANAGER_PATH, PROPERTIES, "Get", g_variant_new ("(ss)", MANAGER, "Colour"),
                      "org.freedesktop.DBus.Error.InvalidArgs", "Colour");
  bus_fixture_refuse (self, MANAGER_PATH, PROPERTIES, "Set",
                      g_variant_new ("(ssv)", MANAGER, "UUID", g_variant_new_string ("x")),
                      "org.freedesktop.DBus.Error.InvalidArgs", "UUID");
}

static void
test_clock_is_moved_by_clients (BusFixture    *self,
                                gconstpointer  unused)
{
  g_autoptr(GVariant) none =
    bus_fixture_call (self, MANAGER_PATH, TESTING, "Advance", g_variant_new ("(x)", 5 * G_USEC_PER_SEC));
  g_autoptr(GVariant) now = bus_fixture_get (self, MANAGER_PATH, TESTING, "Now");

  g_assert_cmpint (g_variant_get_int64 (now), ==, START_USEC + 5 * G_USEC_PER_SEC);
  bus_fixture_refuse (self, MANAGER_PATH, TESTING, "Advance", g_variant_new ("(x)", G_GINT64_CONSTANT (-1)),
                      "org.asyncq.Error.Invalid", "interval");
  bus_fixture_refuse (self, MANAGER_PATH, TESTING, "Advance", g_variant_new ("(x)", G_MAXINT64),
                      "org.asyncq.Error.Invalid", "interval");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/manager/submit-gives-ids-in-order", test_submit_gives_ids_in_order);
  bus_test ("/bus/manager/submit-key-gives-the-first-id-back", test_submit_key_gives_the_first_id_back);
  bus_test ("/bus/manager/one-bad-entry-is-named-and-submits-nothing",
            test_one_bad_entry_is_named_and_submits_nothing);
  bus_test ("/bus/manager/too-deep-an-argument-is-refused", test_too_deep_an_argument_is_refused);
  bus_test ("/bus/manager/words-are-parsed", test_words_are_parsed);
  bus_test ("/bus/manager/lists-are-filtered-and-go-on-at-a-cursor",
            test_lists_are_filtered_and_go_on_at_a_cursor);
  bus_test ("/bus/manager/list-of-large-jobs-fits-into-messages",
            test_list_of_large_jobs_fits_into_messages);
  bus_test ("/bus/manager/options-are-checked", test_options_are_checked);
  bus_test ("/bus/manager/functions-are-listed", test_functions_are_listed);
  bus_test ("/bus/manager/agents-are-added-and-shown", test_agents_are_added_and_shown);
  bus_test ("/bus/manager/properties-are-all-there", test_properties_are_all_there);
  bus_test ("/bus/manager/clock-is-moved-by-clients", test_clock_is_moved_by_clients);
  return g_test_run ();
}
