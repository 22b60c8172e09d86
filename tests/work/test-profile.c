/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Sandboxes: how they are put together, told apart and told to workers
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-path-list.h"
#include "work/aq-profile-table.h"
#include "work/worker/aq-confinement.h"
#include "work/worker/aq-wire.h"

#include <string.h>

static void
assert_paths (char       **paths,
              const char  *expected)
{
  g_autofree char *joined = paths == NULL ? g_strdup ("all") : g_strjoinv (":", paths);

  g_assert_cmpstr (joined, ==, expected);
  g_strfreev (paths);
}

static char **
list_of (const char *text)
{
  g_auto(GStrv) words = g_strsplit (text, ":", -1);

  return aq_path_list_new ((const char * const *) words);
}

static void
test_lists_of_paths_that_mean_the_same_are_the_same (void)
{
  assert_paths (list_of ("/b:/a//c/:/a/../b/x"), "/a/c:/b");
  assert_paths (list_of ("/a-b:/a/c:/a"), "/a:/a-b");
  assert_paths (list_of ("/a:/a:/a/"), "/a");
  assert_paths (list_of ("/usr:/"), "/");
  assert_paths (list_of (""), "");
  assert_paths (aq_path_list_new (NULL), "all");
}

static void
test_an_intersection_is_what_is_in_both (void)
{
  static const char * const cases[][3] = {
    { "/etc:/usr", "/usr/share:/var", "/usr/share" },
    { "/usr/share", "/usr", "/usr/share" },
    { "/usr", "/usrlocal", "" },
    { "/", "/a:/b", "/a:/b" },
    { "", "/a", "" },
    { "/a:/b/c", "/a/x:/b", "/a/x:/b/c" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(GStrv) one = list_of (cases[i][0]);
      g_auto(GStrv) other = list_of (cases[i][1]);

      assert_paths (aq_path_list_intersect ((const char * const *) one, (const char * const *) other), cases[i][2]);
      assert_paths (aq_path_list_intersect ((const char * const *) other, (const char * const *) one), cases[i][2]);
      assert_paths (aq_path_list_intersect ((const char * const *) one, NULL), cases[i][0]);
    }
}

static const char * const places[] = { "/", "/a", "/a/b", "/a/b/c", "/a-b", "/d", "/d/e", "/f" };

/* one of four times: nobody has said which */
static char **
random_paths (void)
{
  g_autoptr(GStrvBuilder) list = g_strv_builder_new ();
  int n_paths = g_test_rand_int_range (-1, 4);

  if (n_paths < 0)
    return NULL;
  for (int i = 0; i < n_paths; i++)
    g_strv_builder_add (list, places[g_test_rand_int_range (1, G_N_ELEMENTS (places))]);
  return g_strv_builder_end (list);
}

/* as somebody would write it */
static AqSandbox
random_sandbox (void)
{
  return (AqSandbox) {
    .mode = (AqSandboxMode) g_test_rand_int_range (0, AQ_SANDBOX_REQUIRE + 1),
    .network = (AqNetwork) g_test_rand_int_range (0, AQ_NETWORK_NO + 1),
    .read_paths = random_paths (),
    .write_paths = random_paths (),
    .user = g_test_rand_bit () ? g_strdup ("nobody") : NULL,
    .private_tmp = g_test_rand_bit (),
    .no_new_privileges = g_test_rand_bit (),
    .deny_calls = g_test_rand_bit (),
  };
}

static gboolean
can_read (const AqSandbox *sandbox,
          const char      *path)
{
  return aq_path_list_contains ((const char * const *) sandbox->read_paths, path);
}

static gboolean
can_write (const AqSandbox *sandbox,
           const char      *path)
{
  return aq_path_list_contains ((const char * const *) sandbox->write_paths, path);
}

static void
assert_not_looser (const AqSandbox *tight,
                   const AqSandbox *other)
{
  g_assert_cmpint (tight->mode, >=, other->mode);
  g_assert_cmpint (tight->network, >=, other->network);
  g_assert_cmpint (tight->private_tmp, >=, other->private_tmp);
  g_assert_cmpint (tight->no_new_privileges, >=, other->no_new_privileges);
  g_assert_cmpint (tight->deny_calls, >=, other->deny_calls);
  g_assert_true (tight->user != NULL || other->user == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_assert_true (can_read (other, places[i]) || !can_read (tight, places[i]));
      g_assert_true (can_write (other, places[i]) || !can_write (tight, places[i]));
    }
}

static void
test_tightening_never_loosens (void)
{
  for (guint i = 0; i < 5000; i++)
    {
      g_auto(AqSandbox) declared = random_sandbox ();
      g_auto(AqSandbox) configured = random_sandbox ();
      g_auto(AqSandbox) both = { 0 };
      g_autofree char *text = NULL;
      g_autofree char *again = NULL;

      aq_sandbox_normalise (&declared);
      aq_sandbox_normalise (&configured);
      aq_sandbox_copy (&both, &declared);
      aq_sandbox_tighten (&both, &configured);
      assert_not_looser (&both, &declared);
      assert_not_looser (&both, &configured);

      /* what was said twice is the same as what was said once */
      text = aq_sandbox_to_text (&both);
      aq_sandbox_tighten (&both, &configured);
      again = aq_sandbox_to_text (&both);
      g_assert_cmpstr (again, ==, text);
    }
}

static void
test_the_order_of_what_is_said_does_not_matter (void)
{
  for (guint i = 0; i < 5000; i++)
    {
      g_auto(AqSandbox) one = random_sandbox ();
      g_auto(AqSandbox) other = random_sandbox ();
      g_auto(AqSandbox) first = { 0 };
      g_auto(AqSandbox) second = { 0 };
      g_autofree char *text = NULL;
      g_autofree char *turned = NULL;

      aq_sandbox_normalise (&one);
      aq_sandbox_normalise (&other);
      aq_sandbox_copy (&first, &one);
      aq_sandbox_tighten (&first, &other);
      aq_sandbox_copy (&second, &other);
      aq_sandbox_tighten (&second, &one);
      text = aq_sandbox_to_text (&first);
      turned = aq_sandbox_to_text (&second);
      g_assert_cmpstr (text, ==, turned);
    }
}

static AqProfile *
profile_of (AqProfileTable *table,
            const char     *options)
{
  g_auto(AqFunctionOptions) parsed = { 0 };
  g_autoptr(GError) error = NULL;

  aq_function_options_init (&parsed);
  aq_function_options_parse (&parsed, options, &error);
  g_assert_no_error (error);
  return aq_profile_table_ref_profile (table, "demo.add", &parsed.sandbox);
}

/* @configured: (nullable): options of the group [function demo.*] */
static AqProfileTable *
new_table (const char *configured)
{
  g_autoptr(AqFunctionRules) rules = aq_function_rules_new ();

  if (configured != NULL)
    {
      AqFunctionRule *rule = aq_function_rule_new ("demo.*", "a test");

      g_assert_true (aq_function_options_parse (&rule->options, configured, NULL));
      aq_function_rules_add (rules, rule);
    }
  return aq_profile_table_new (rules, "/bin/true", NULL);
}

static void
test_the_configuration_tightens_what_is_declared (void)
{
  g_autoptr(AqProfileTable) table = new_table ("sandbox=require network=local read=/usr user=nobody");
  g_autoptr(AqProfile) profile = profile_of (table, "network=no read=/etc:/usr/share user=daemon private-tmp");
  g_autoptr(AqProfile) undeclared = profile_of (table, "");

  g_assert_cmpstr (aq_profile_get_key (profile), ==,
                   "sandbox=require network=no read=/usr/share private-tmp user=nobody");
  g_assert_cmpstr (aq_profile_get_key (undeclared), ==, "sandbox=require network=local read=/usr user=nobody");
}

static void
test_the_same_sandbox_is_the_same_profile (void)
{
  g_autoptr(AqProfileTable) table = new_table (NULL);
  g_autoptr(AqProfile) one = profile_of (table, "sandbox=require network=no read=/usr:/etc/ write=/var/x");
  g_autoptr(AqProfile) same = profile_of (table, "write=/var//x read=/etc:/usr:/usr/lib network=no sandbox=require");
  g_autoptr(AqProfile) other = profile_of (table, "sandbox=prefer network=no read=/usr:/etc/ write=/var/x");

  g_assert_true (one == same);
  g_assert_true (one != other);
  g_assert_cmpstr (aq_profile_get_key (one), ==, "sandbox=require network=no read=/etc:/usr:/var/x write=/var/x");
}

static void
test_what_asks_for_nothing_has_no_profile (void)
{
  g_autoptr(AqProfileTable) table = new_table (NULL);

  g_assert_null (profile_of (table, ""));
  g_assert_null (profile_of (table, "sandbox=off network=yes memory=1G deferred"));
}

static void
test_what_is_asked_for_without_a_mode_is_preferred (void)
{
  g_autoptr(AqProfileTable) table = new_table (NULL);
  g_autoptr(AqProfile) profile = profile_of (table, "network=no");

  g_assert_cmpint (aq_profile_get_sandbox (profile)->mode, ==, AQ_SANDBOX_PREFER);
  g_assert_true (aq_profile_get_sandbox (profile)->no_new_privileges);
  g_assert_true (aq_profile_get_sandbox (profile)->deny_calls);
}

static void
test_a_worker_is_told_the_whole_sandbox (void)
{
  const char *paths[] = { "/a b", "/\xff", NULL };
  AqConfinement given = {
    .sandbox = {
      .mode = AQ_SANDBOX_REQUIRE,
      .network = AQ_NETWORK_LOCAL,
      .read_paths = (char **) paths,
      .write_paths = (char **) paths + 2,
      .user = (char *) "nobody",
    },
    .temporary = (char *) "/tmp/x",
    .plugin_directories = (char **) paths + 1,
  };
  g_autoptr(GVariant) value = aq_confinement_to_variant (&given);
  g_auto(AqConfinement) read = { 0 };
  AqWireBuffer buffer = { NULL };
  g_autoptr(GVariant) received = NULL;
  AqWireValue sent = { NULL };
  AqWireValue got;
  AqWireFrame frame;

  aq_wire_value_set (&sent, value);
  aq_wire_append_confine (&buffer, &sent);
  g_assert_true (aq_wire_next_frame (&buffer, &frame, NULL));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_CONFINE);
  g_assert_true (aq_wire_parse_confine (&frame, &got, NULL));
  received = aq_wire_value_dup (&got);
  g_assert_true (aq_confinement_from_variant (&read, received, NULL));
  g_assert_cmpint (read.sandbox.mode, ==, AQ_SANDBOX_REQUIRE);
  g_assert_cmpint (read.sandbox.network, ==, AQ_NETWORK_LOCAL);
  g_assert_cmpstrv (read.sandbox.read_paths, paths);
  g_assert_cmpstrv (read.sandbox.write_paths, paths + 2);
  g_assert_cmpstr (read.sandbox.user, ==, "nobody");
  g_assert_cmpstr (read.temporary, ==, "/tmp/x");
  g_assert_true (read.sandbox.private_tmp);
  g_assert_cmpstrv (read.plugin_directories, paths + 1);
  aq_wire_buffer_clear (&buffer);
}

static void
test_what_a_worker_tells_of_its_sandbox_is_checked (void)
{
  g_autofree char *long_text = g_strnfill (AQ_WIRE_MAX_LEVELS_BYTES + 1, 'x');
  const AqWireConfined cases[] = {
    { 0, "", "landlock-7 network=no" }, { 1, "no kernel", "" },
    { 2, "", "" }, { 1, "\xff", "" }, { 0, "", "new\nline" }, { 0, "", long_text }, { 0, long_text, "" },
  };
  AqWireBuffer buffer = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      AqWireConfined read;
      AqWireFrame frame;

      aq_wire_append_confined (&buffer, &cases[i]);
      g_assert_true (aq_wire_next_frame (&buffer, &frame, NULL));
      if (!aq_wire_parse_confined (&frame, &read, &error))
        {
          g_assert_cmpuint (i, >=, 2);
          g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
          continue;
        }
      g_assert_cmpuint (i, <, 2);
      g_assert_cmpuint (read.failed, ==, cases[i].failed);
      g_assert_cmpstr (read.message, ==, cases[i].message);
      g_assert_cmpstr (read.levels, ==, cases[i].levels);
    }
  aq_wire_buffer_clear (&buffer);
}

#define ADD(name) g_test_add_func ("/workers/profile/" #name, test_##name)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD (lists_of_paths_that_mean_the_same_are_the_same);
  ADD (an_intersection_is_what_is_in_both);
  ADD (tightening_never_loosens);
  ADD (the_order_of_what_is_said_does_not_matter);
  ADD (the_configuration_tightens_what_is_declared);
  ADD (the_same_sandbox_is_the_same_profile);
  ADD (what_asks_for_nothing_has_no_profile);
  ADD (what_is_asked_for_without_a_mode_is_preferred);
  ADD (a_worker_is_told_the_whole_sandbox);
  ADD (what_a_worker_tells_of_its_sandbox_is_checked);
  return g_test_run ();
}
