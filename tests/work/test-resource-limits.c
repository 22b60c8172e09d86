/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limits: who says what, and what cannot be granted
 */

#include "config.h"

#include "work/aq-resource-ceiling.h"
#include "work/aq-resources.h"

#include <fcntl.h>
#include <string.h>

typedef struct
{
  AqPlugin        *plugin;
  AqFunctionRules *rules;
} Fixture;

static void
add_function (Fixture    *self,
              const char *name,
              const char *text)
{
  g_auto(AqFunctionOptions) options = { 0 };
  g_autoptr(GError) error = NULL;

  aq_function_options_init (&options);
  g_assert_true (aq_function_options_parse (&options, text, &error));
  aq_plugin_add_function (self->plugin, name, "u", &options);
}

static AqFunctionRule *
new_rule (const char *name,
          const char *text)
{
  g_autofree char *place = g_strdup_printf ("FILE: group [%s]", name);
  AqFunctionRule *rule = aq_function_rule_new (name, place);

  g_assert_true (aq_function_options_parse (&rule->options, text, NULL));
  return rule;
}

static AqPluginFunction *
get_function (Fixture    *self,
              const char *name)
{
  return g_hash_table_lookup (self->plugin->functions, name);
}

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));

  self->plugin = aq_plugin_new ("demo", 1, "/p/demo.so", open ("/dev/null", O_RDONLY | O_CLOEXEC), settings);
  self->rules = aq_function_rules_new ();
  add_function (self, "demo.plain", "");
  add_function (self, "demo.small", "memory=256M cpu-time=10s");
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  aq_plugin_unref (self->plugin);
  aq_function_rules_unref (self->rules);
}

static void
test_where_nobody_says_anything_there_is_no_limit (Fixture       *self,
                                                   gconstpointer  unused)
{
  aq_function_rules_add_agent (self->rules, new_rule ("other", "memory=1M"));
  aq_function_rules_add (self->rules, new_rule ("mail.*", "memory=1M"));
  g_assert_null (aq_resource_limits_merge (get_function (self, "demo.plain"), self->rules, "main"));
}

static void
test_the_smallest_counts (Fixture       *self,
                          gconstpointer  unused)
{
  g_autoptr(AqResourceGrant) grant = NULL;

  aq_function_rules_add (self->rules, new_rule ("demo.*", "memory=128M cpu-time=1min processes=8"));
  aq_function_rules_add (self->rules, new_rule ("demo.small", "processes=16"));
  aq_function_rules_add_agent (self->rules, new_rule ("main", "memory=512M open-files=64 processes=4"));
  grant = aq_resource_limits_merge (get_function (self, "demo.small"), self->rules, "main");
  g_assert_cmpuint (grant->limits.memory_bytes, ==, 128 << 20);
  g_assert_cmpint (grant->limits.cpu_usec, ==, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (grant->limits.n_processes, ==, 4);
  g_assert_cmpuint (grant->limits.n_files, ==, 64);
  g_assert_cmpint (grant->limits.run_usec, ==, 0);
  g_assert_cmpstr (grant->places[AQ_RESOURCE_MEMORY], ==, "FILE: group [demo.*]");
  g_assert_cmpstr (grant->places[AQ_RESOURCE_CPU_TIME], ==, "its plugin");
  g_assert_cmpstr (grant->places[AQ_RESOURCE_PROCESSES], ==, "FILE: group [main]");
  g_assert_null (grant->places[AQ_RESOURCE_RUN_TIME]);
}

static void
test_the_default_counts_only_where_nobody_says_anything (Fixture       *self,
                                                         gconstpointer  unused)
{
  g_autoptr(AqResourceGrant) grant = NULL;

  aq_function_rules_set_default (self->rules, new_rule ("limits", "memory=1M run-time=1h output=1M"));
  aq_function_rules_add_agent (self->rules, new_rule ("main", "run-time=2h"));
  grant = aq_resource_limits_merge (get_function (self, "demo.small"), self->rules, "main");
  g_assert_cmpuint (grant->limits.memory_bytes, ==, 256 << 20);
  g_assert_cmpint (grant->limits.run_usec, ==, 7200 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (grant->limits.output_bytes, ==, 1 << 20);
  g_assert_cmpstr (grant->places[AQ_RESOURCE_OUTPUT], ==, "FILE: group [limits]");
}

static void
test_a_grant_is_worked_out_once_for_an_agent (Fixture       *self,
                                              gconstpointer  unused)
{
  g_autoptr(AqResources) resources = aq_resources_new (self->rules, NULL);
  AqPluginFunction *function = get_function (self, "demo.small");
  const AqResourceGrant *grant = aq_resources_grant (resources, function, "main");

  g_assert_nonnull (grant);
  g_assert_true (aq_resources_grant (resources, function, "main") == grant);
  g_assert_true (aq_resources_grant (resources, function, "other") != grant);
  g_assert_null (aq_resources_grant (resources, get_function (self, "demo.plain"), "main"));
}

static void
test_what_cannot_be_granted_names_all_that_one_needs (Fixture       *self,
                                                      gconstpointer  unused)
{
  AqResourceCeiling ceiling = { 0 };
  g_autoptr(AqResourceGrant) grant = NULL;
  g_autoptr(GPtrArray) notes = NULL;

  aq_resource_ceiling_lower (&ceiling, AQ_RESOURCE_MEMORY, 100 << 20, "memory.max");
  aq_resource_ceiling_lower (&ceiling, AQ_RESOURCE_MEMORY, 200 << 20, "nothing");
  aq_resource_ceiling_lower (&ceiling, AQ_RESOURCE_OPEN_FILES, 0, "nothing");
  aq_function_rules_add (self->rules, new_rule ("demo.*", "open-files=64"));
  grant = aq_resource_limits_merge (get_function (self, "demo.small"), self->rules, "main");
  notes = aq_resource_ceiling_check (&ceiling, get_function (self, "demo.small"), grant);
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (notes, 0), ==,
                   "plugin 'demo' ('/p/demo.so'), function 'demo.small': its memory of 256 MiB, which its plugin says, "
                   "cannot be granted: memory.max allows 100 MiB");
}

static void
test_a_note_is_taken_once (Fixture       *self,
                           gconstpointer  unused)
{
  AqPluginFunction *function = get_function (self, "demo.plain");

  g_assert_true (aq_plugin_function_add_note (function, "one"));
  g_assert_false (aq_plugin_function_add_note (function, "one"));
  g_assert_true (aq_plugin_function_add_note (function, "two"));
  g_assert_cmpuint (function->notes->len, ==, 2);
}

static void
test_figures_are_for_people (Fixture       *self,
                             gconstpointer  unused)
{
  static const struct
  {
    AqResource  resource;
    guint64     value;
    const char *text;
  } cases[] = {
    { AQ_RESOURCE_MEMORY, 256 << 20, "256 MiB" },
    { AQ_RESOURCE_MEMORY, (G_GUINT64_CONSTANT (312) << 20) + 1, "312 MiB" },
    { AQ_RESOURCE_MEMORY, (1 << 20) + (1 << 19), "1.5 MiB" },
    { AQ_RESOURCE_FILE_SIZE, 64 << 10, "64 KiB" },
    { AQ_RESOURCE_OUTPUT, 1000, "1000 bytes" },
    { AQ_RESOURCE_CPU_TIME, 300000, "0.3 s" },
    { AQ_RESOURCE_PROCESSES, 20, "20" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = aq_resource_format (cases[i].resource, cases[i].value);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_times_and_numbers_can_only_become_less (Fixture       *self,
                                             gconstpointer  unused)
{
  g_auto(AqFunctionOptions) options = { 0 };

  aq_function_options_init (&options);
  g_assert_true (aq_function_options_parse (&options, "concurrent=64 kill-timeout=9s", NULL));
  aq_function_rules_add (self->rules, new_rule ("demo.*", "concurrent=16 stop-timeout=0"));
  aq_function_rules_add (self->rules, new_rule ("demo.small", "concurrent=32 stop-timeout=2s"));
  aq_function_rules_apply (self->rules, "demo.small", &options);
  g_assert_cmpuint (options.n_concurrent, ==, 16);
  g_assert_cmpint (options.stop_timeout_usec, ==, 0);
  g_assert_cmpint (options.kill_timeout_usec, ==, 9 * G_USEC_PER_SEC);
}

int
main (int    argc,
      char **argv)
{
#define limits_test(name, function) g_test_add ("/resource-limits/" name, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  limits_test ("where-nobody-says-anything-there-is-no-limit", test_where_nobody_says_anything_there_is_no_limit);
  limits_test ("the-smallest-counts", test_the_smallest_counts);
  limits_test ("the-default-counts-only-where-nobody-says-anything",
               test_the_default_counts_only_where_nobody_says_anything);
  limits_test ("a-grant-is-worked-out-once-for-an-agent", test_a_grant_is_worked_out_once_for_an_agent);
  limits_test ("what-cannot-be-granted-names-all-that-one-needs",
               test_what_cannot_be_granted_names_all_that_one_needs);
  limits_test ("a-note-is-taken-once", test_a_note_is_taken_once);
  limits_test ("figures-are-for-people", test_figures_are_for_people);
  limits_test ("times-and-numbers-can-only-become-less", test_times_and_numbers_can_only_become_less);
  return g_test_run ();
}
