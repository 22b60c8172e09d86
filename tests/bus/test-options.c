/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Command line
 */

#include "config.h"

#include "aq-options.h"

#include "libasyncq/asyncq-error.h"

#include <unistd.h>

/* @line: words; "--config=/dev/null" is added: no file of this machine is read */
static AqOptions *
parse (const char  *line,
       GError     **error)
{
  g_autofree char *full = g_strconcat ("asyncqd --config=/dev/null ", line, NULL);
  g_auto(GStrv) words = g_strsplit (full, " ", -1);
  /* GOption takes words out of the array */
  g_autofree char **argv = g_memdup2 (words, (g_strv_length (words) + 1) * sizeof *words);
  int argc = 0;
  AqOptions *options;
  char **rest = argv;

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      argv[argc++] = *word;
  argv[argc] = NULL;
  options = aq_options_parse (&argc, &rest, error);
  return options;
}

static AqOptions *
parse_well (const char *line)
{
  g_autoptr(GError) error = NULL;
  AqOptions *options = parse (line, &error);

  g_assert_no_error (error);
  return options;
}

static void
test_log_levels (void)
{
  g_autoptr(AqOptions) options = parse_well ("--log-level=events=error,trace=debug");
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (options->config->log_levels.events, ==, AQ_LOG_ERROR);
  g_assert_cmpint (options->config->log_levels.trace, ==, AQ_LOG_DEBUG);
  g_assert_null (parse ("--log-level=loud", &error));
  g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
  g_assert_nonnull (g_strstr_len (error->message, -1, "'loud' is not a level"));
}

static void
test_options_win_over_defaults (void)
{
  g_autoptr(AqOptions) options = parse_well (
    "--store=/s --socket=/b --plugins=/p --plugins=/q --worker=/w --uuid-file=/u --no-default-agent");

  g_assert_cmpint (options->config->store, ==, AQ_CONFIG_STORE_EMBEDDED);
  g_assert_cmpstr (options->config->store_path, ==, "/s");
  g_assert_cmpstr (options->config->socket, ==, "/b");
  g_assert_cmpstr (options->config->plugin_directories[0], ==, "/p");
  g_assert_cmpstr (options->config->plugin_directories[1], ==, "/q");
  g_assert_cmpstr (options->config->worker, ==, "/w");
  g_assert_cmpstr (options->config->uuid_file, ==, "/u");
  g_assert_false (options->config->default_agent);
  g_assert_false (aq_clock_is_manual (options->clock));
}

static void
test_defaults_are_complete (void)
{
  g_autoptr(AqOptions) options = parse_well ("--store=/s");
  g_autoptr(AqOptions) memory = parse_well ("--store=memory");

  g_assert_cmpstr (options->config->uuid_file, ==, "/s/uuid.txt");
  g_assert_nonnull (options->config->socket);
  g_assert_nonnull (options->config->worker);
  g_assert_nonnull (options->config->plugin_directories[0]);
  g_assert_cmpint (options->ready_fd, ==, -1);
  g_assert_cmpint (memory->config->store, ==, AQ_CONFIG_STORE_MEMORY);
  g_assert_null (memory->config->uuid_file);
}

static void
test_relative_paths_are_made_absolute (void)
{
  g_autoptr(AqOptions) options = parse_well ("--store=some/store --socket=bus");

  g_assert_true (g_path_is_absolute (options->config->store_path));
  g_assert_true (g_str_has_suffix (options->config->store_path, "/some/store"));
  g_assert_true (g_path_is_absolute (options->config->socket));
}

static void
test_the_monitor_is_beside_the_socket (void)
{
  g_autoptr(AqOptions) usual = parse_well ("--store=/s --socket=/run/x/bus");
  g_autoptr(AqOptions) memory = parse_well ("--store=memory --socket=/run/x/bus");
  g_autoptr(AqOptions) other = parse_well ("--monitor=/m");
  g_autoptr(AqOptions) none = parse_well ("--monitor=none");

  g_assert_true (usual->config->monitor_local);
  g_assert_cmpstr (usual->config->monitor_socket, ==, "/run/x/monitor");
  g_assert_cmpstr (usual->config->monitor_token_file, ==, "/s/monitor-token");
  g_assert_null (usual->config->monitor_tcp);
  g_assert_cmpstr (memory->config->monitor_token_file, ==, "/run/x/monitor-token");
  g_assert_cmpstr (other->config->monitor_socket, ==, "/m");
  g_assert_false (none->config->monitor_local);
}

static void
test_clock_may_start_at_any_time (void)
{
  static const struct
  {
    const char *text;
    gint64      usec;
  } cases[] = {
    { "2006-08-10T15:44:22.000211Z", G_GINT64_CONSTANT (1155224662000211) },
    { "2006-08-10T15:44:22.211Z", G_GINT64_CONSTANT (1155224662211000) },
    { "2006-08-10T15:44:22Z", G_GINT64_CONSTANT (1155224662000000) },
    { "2006-08-10T15:44:22", G_GINT64_CONSTANT (1155224662000000) },
    { "2006-08-10T17:44:22.999999+02:00", G_GINT64_CONSTANT (1155224662999999) },
    { "1155224662000211", G_GINT64_CONSTANT (1155224662000211) },
    { "0", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = g_strconcat ("--clock=manual:", cases[i].text, NULL);
      g_autoptr(AqOptions) options = parse_well (line);

      g_assert_true (aq_clock_is_manual (options->clock));
      g_assert_cmpint (aq_clock_get_wall (options->clock), ==, cases[i].usec);
    }
}

static void
test_wrong_usage_is_an_error_of_usage (void)
{
  static const char * const lines[] = { "--nosuch", "surplus", "--clock=sundial", "--clock=manual:noon",
                                        "--clock=manual:", "--clock=manual:-1", "--ready-fd=-2",
                                        "--ready-fd=999", "--ready-fd=x" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(AqOptions) options = parse (lines[i], &error);

      g_assert_null (options);
      g_assert_nonnull (error);
      g_assert_true (error->domain == G_OPTION_ERROR);
    }
}

static void
test_missing_configuration_is_an_error (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqOptions) options = parse ("--config=/nowhere/asyncqd.conf", &error);

  g_assert_null (options);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
}

static void
test_environment_names_the_uuid_file (void)
{
  g_autoptr(AqOptions) from_environment = NULL;
  g_autoptr(AqOptions) from_option = NULL;

  g_assert_true (g_setenv ("ASYNCQ_UUID", "/e", TRUE));
  from_environment = parse_well ("--store=/s");
  from_option = parse_well ("--store=/s --uuid-file=/u");
  g_unsetenv ("ASYNCQ_UUID");
  g_assert_cmpstr (from_environment->config->uuid_file, ==, "/e");
  g_assert_cmpstr (from_option->config->uuid_file, ==, "/u");
}

static void
test_service_manager_gives_folders (void)
{
  g_autoptr(AqOptions) given = NULL;
  g_autoptr(AqOptions) several = NULL;

  g_assert_true (g_setenv ("STATE_DIRECTORY", "/var/lib/x", TRUE));
  g_assert_true (g_setenv ("RUNTIME_DIRECTORY", "/run/x", TRUE));
  given = parse_well ("");
  g_assert_true (g_setenv ("STATE_DIRECTORY", "/var/lib/x:/var/lib/y", TRUE));
  several = parse_well ("");
  g_unsetenv ("STATE_DIRECTORY");
  g_unsetenv ("RUNTIME_DIRECTORY");
  g_assert_cmpstr (given->config->store_path, ==, "/var/lib/x/store");
  g_assert_cmpstr (given->config->socket, ==, "/run/x/bus");
  g_assert_null (strchr (several->config->store_path, ':'));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/each logger has a level", test_log_levels);
  g_test_add_func ("/options/options-win-over-defaults", test_options_win_over_defaults);
  g_test_add_func ("/options/defaults-are-complete", test_defaults_are_complete);
  g_test_add_func ("/options/relative-paths-are-made-absolute", test_relative_paths_are_made_absolute);
  g_test_add_func ("/options/the-monitor-is-beside-the-socket", test_the_monitor_is_beside_the_socket);
  g_test_add_func ("/options/clock-may-start-at-any-time", test_clock_may_start_at_any_time);
  g_test_add_func ("/options/wrong-usage-is-an-error-of-usage", test_wrong_usage_is_an_error_of_usage);
  g_test_add_func ("/options/missing-configuration-is-an-error", test_missing_configuration_is_an_error);
  g_test_add_func ("/options/environment-names-the-uuid-file", test_environment_names_the_uuid_file);
  g_test_add_func ("/options/service-manager-gives-folders", test_service_manager_gives_folders);
  return g_test_run ();
}
