/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Command line
 *
 * Errors of usage are of GOption's domain, mistakes in a file are
 * `ASYNCQ_ERROR_CONFIG`: main.c gives them different exit statuses.
 */

#include "config.h"

#include "aq-options.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MANUAL "manual"

/* as GOption fills it in */
typedef struct
{
  char     *config;
  char     *store;
  char     *socket;
  char    **plugins;
  char     *worker;
  char     *clock;
  char     *uuid_file;
  char     *log_level;
  char     *monitor;
  int       ready_fd;
  gboolean  no_default_agent;
  gboolean  check_config;
  gboolean  version;
} Given;

static void
given_clear (Given *given)
{
  g_free (given->config);
  g_free (given->store);
  g_free (given->socket);
  g_strfreev (given->plugins);
  g_free (given->worker);
  g_free (given->clock);
  g_free (given->uuid_file);
  g_free (given->log_level);
  g_free (given->monitor);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

static gboolean
fail_usage (GError     **error,
            const char  *format,
            const char  *value)
{
  g_autofree char *message = g_strdup_printf (format, value);

  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
  return FALSE;
}

static gboolean
parse_command_line (Given    *given,
                    int      *argc,
                    char   ***argv,
                    GError  **error)
{
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &given->config, "Read the configuration from FILE", "FILE" },
    { "store", 0, 0, G_OPTION_ARG_FILENAME, &given->store,
      "Keep jobs in folder DIR, or nowhere if it is \"memory\"", "DIR" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &given->socket, "Listen at PATH", "PATH" },
    { "plugins", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given->plugins,
      "Take plugins from folder DIR; may be repeated", "DIR" },
    { "worker", 0, 0, G_OPTION_ARG_FILENAME, &given->worker, "Path of asyncq-worker", "PATH" },
    { "clock", 0, 0, G_OPTION_ARG_STRING, &given->clock,
      "For tests: a clock that only org.asyncq.Testing1 moves; TIME is RFC 3339 or microseconds "
      "since 1970", "manual[:TIME]" },
    { "no-default-agent", 0, 0, G_OPTION_ARG_NONE, &given->no_default_agent,
      "Start without the agent \"main\"", NULL },
    { "uuid-file", 0, 0, G_OPTION_ARG_FILENAME, &given->uuid_file,
      "Have the dispatcher's identity in FILE", "FILE" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &given->log_level,
      "How much to log: LEVEL, or events=LEVEL,trace=LEVEL", "LEVELS" },
    { "monitor", 0, 0, G_OPTION_ARG_FILENAME, &given->monitor,
      "Have the monitor listen at PATH, or nowhere if it is \"none\"", "PATH" },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &given->ready_fd,
      "Write the line READY to file descriptor N as soon as clients are served", "N" },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &given->check_config,
      "Read the configuration, say what is wrong with it, and end", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &given->version, "Show the version, and end", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  given->ready_fd = -1;
  g_option_context_set_summary (context, "Runs jobs: functions of plugins. See asyncqd(8).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    return fail_usage (error, "surplus argument '%s'", (*argv)[1]);
  return TRUE;
}

/* what a service manager has made for us, see systemd.exec(5); NULL: nothing */
static char *
in_given_folder (const char *variable,
                 const char *name)
{
  const char *folder = g_getenv (variable);

  /* several ones are joined by colons: then we cannot know which is meant */
  if (folder == NULL || !g_path_is_absolute (folder) || strchr (folder, ':') != NULL)
    return NULL;
  return g_build_filename (folder, name, NULL);
}

static char *
default_config_file (void)
{
  g_autofree char *given = in_given_folder ("CONFIGURATION_DIRECTORY", "asyncqd.conf");

  if (given != NULL)
    return g_steal_pointer (&given);
  if (geteuid () == 0)
    return g_build_filename (SYSCONFDIR, "asyncq", "asyncqd.conf", NULL);
  return g_build_filename (g_get_user_config_dir (), "asyncq", "asyncqd.conf", NULL);
}

/* a file that was named must be there, the usual one need not */
static AqConfig *
load_config (const Given  *given,
             GError      **error)
{
  g_autofree char *usual = default_config_file ();

  if (given->config != NULL)
    return aq_config_load (given->config, error);
  if (g_file_test (usual, G_FILE_TEST_EXISTS))
    return aq_config_load (usual, error);
  return aq_config_new ();
}

static void
set_path (char       **path,
          const char  *given)
{
  if (given == NULL)
    return;
  g_free (*path);
  *path = g_canonicalize_filename (given, NULL);
}

static void
set_directories (AqConfig     *config,
                 const Given  *given)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (given->plugins == NULL)
    return;
  for (char **plugin = given->plugins; *plugin != NULL; plugin++)
    {
      g_autofree char *path = g_canonicalize_filename (*plugin, NULL);

      g_strv_builder_add (builder, path);
    }
  g_strfreev (config->plugin_directories);
  config->plugin_directories = g_strv_builder_end (builder);
}

static void
override (AqConfig    *config,
          const Given *given)
{
  if (g_strcmp0 (given->store, "memory") == 0)
    {
      config->store = AQ_CONFIG_STORE_MEMORY;
    }
  else if (given->store != NULL)
    {
      config->store = AQ_CONFIG_STORE_EMBEDDED;
      set_path (&config->store_path, given->store);
    }
  set_path (&config->socket, given->socket);
  set_path (&config->worker, given->worker);
  set_path (&config->uuid_file, g_getenv ("ASYNCQ_UUID"));
  set_path (&config->uuid_file, given->uuid_file);
  if (g_strcmp0 (given->monitor, "none") == 0)
    {
      config->monitor_local = FALSE;
      g_clear_pointer (&config->monitor_tcp, g_free);
    }
  else if (given->monitor != NULL)
    {
      config->monitor_local = TRUE;
      set_path (&config->monitor_socket, given->monitor);
    }
  set_directories (config, given);
  if (given->no_default_agent)
    config->default_agent = FALSE;
}

static char *
default_store (void)
{
  g_autofree char *given = in_given_folder ("STATE_DIRECTORY", "store");

  if (given != NULL)
    return g_steal_pointer (&given);
  if (geteuid () == 0)
    return g_strdup ("/var/lib/asyncq/store");
  return g_build_filename (g_get_user_state_dir (), "asyncq", "store", NULL);
}

static char *
default_socket (void)
{
  g_autofree char *given = in_given_folder ("RUNTIME_DIRECTORY", "bus");

  if (given != NULL)
    return g_steal_pointer (&given);
  if (geteuid () == 0)
    return g_strdup ("/run/asyncq/bus");
  return g_build_filename (g_get_user_runtime_dir (), "asyncq", "bus", NULL);
}

static char *
beside (const char *path,
        const char *name)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return g_build_filename (folder, name, NULL);
}

/* beside the others' paths; a token is kept with the store where there is one */
static void
complete_monitor (AqConfig *config)
{
  if (config->monitor_local && config->monitor_socket == NULL)
    config->monitor_socket = beside (config->socket, "monitor");
  if (config->monitor_token_file == NULL)
    config->monitor_token_file = config->store == AQ_CONFIG_STORE_EMBEDDED
                                   ? g_build_filename (config->store_path, "monitor-token", NULL)
                                   : beside (config->socket, "monitor-token");
}

static void
complete (AqConfig *config)
{
  const char * const plugins[] = { PLUGINDIR, NULL };

  if (config->store_path == NULL)
    config->store_path = default_store ();
  if (config->socket == NULL)
    config->socket = default_socket ();
  if (config->worker == NULL)
    config->worker = g_build_filename (LIBEXECDIR, "asyncq-worker", NULL);
  if (config->plugin_directories == NULL)
    config->plugin_directories = g_strdupv ((char **) plugins);
  /* the memory store has no folder: an identity that nothing remembers need not be kept */
  if (config->uuid_file == NULL && config->store == AQ_CONFIG_STORE_EMBEDDED)
    config->uuid_file = g_build_filename (config->store_path, "uuid.txt", NULL);
  complete_monitor (config);
}

/* the fraction is read as digits: GDateTime's passes through a floating-point number */
static gint64
get_fraction_usec (const char *time)
{
  const char *point = strpbrk (time, ".,");
  gint64 fraction = 0;

  if (point == NULL)
    return 0;
  for (guint i = 1, digits = 0; digits < 6; digits++)
    fraction = fraction * 10 + (g_ascii_isdigit (point[i]) ? g_ascii_digit_value (point[i++]) : 0);
  return fraction;
}

/* @time: RFC 3339, UTC where it names no zone, or microseconds since 1970 */
static gboolean
parse_time (const char *time,
            gint64     *out_usec)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr(GDateTime) date_time = NULL;

  if (g_ascii_string_to_signed (time, 10, 0, G_MAXINT64 / 2, out_usec, NULL))
    return TRUE;
  date_time = g_date_time_new_from_iso8601 (time, utc);
  if (date_time == NULL)
    return FALSE;
  *out_usec = g_date_time_to_unix (date_time) * G_USEC_PER_SEC + get_fraction_usec (time);
  return TRUE;
}

static AqClock *
make_clock (const char  *text,
            GError     **error)
{
  g_autoptr(AqClock) system_clock = aq_clock_new_system ();
  gint64 usec;

  if (text == NULL)
    return g_steal_pointer (&system_clock);
  if (g_str_equal (text, MANUAL))
    return aq_clock_new_manual (aq_clock_get_wall (system_clock));
  if (g_str_has_prefix (text, MANUAL ":") && parse_time (text + strlen (MANUAL ":"), &usec))
    return aq_clock_new_manual (usec);
  (void) fail_usage (error, "--clock is '%s', manual or manual:TIME is wanted", text);
  return NULL;
}

static gboolean
take_ready_fd (const Given  *given,
               AqOptions    *options,
               GError      **error)
{
  g_autofree char *text = g_strdup_printf ("%d", given->ready_fd);

  if (given->ready_fd == -1)
    return TRUE;
  /* workers must not hold it open */
  if (given->ready_fd < 0 || fcntl (given->ready_fd, F_SETFD, FD_CLOEXEC) != 0)
    return fail_usage (error, "--ready-fd is %s, an open file descriptor is wanted", text);
  options->ready_fd = given->ready_fd;
  return TRUE;
}

static gboolean
set_log_levels (const Given  *given,
                AqConfig     *config,
                GError      **error)
{
  g_autoptr(GError) reason = NULL;

  if (given->log_level == NULL || aq_log_levels_parse (given->log_level, &config->log_levels, &reason))
    return TRUE;
  return fail_usage (error, "--log-level: %s", reason->message);
}

/**
 * aq_options_parse:
 * @argc: (inout): as main() has it
 * @argv: (inout): as main() has it
 * @error: return location for an error
 *
 * Reads command line, environment and configuration. May print the help, and
 * exit.
 *
 * Errors: those of GOption; `ASYNCQ_ERROR_CONFIG`.
 *
 * Returns: (transfer full): what we were told, or %NULL with @error set
 *
 * Since: 0.1
 */
AqOptions *
aq_options_parse (int      *argc,
                  char   ***argv,
                  GError  **error)
{
  g_autoptr(AqOptions) self = g_new0 (AqOptions, 1);
  g_auto(Given) given = { 0 };

  self->ready_fd = -1;
  if (!parse_command_line (&given, argc, argv, error))
    return NULL;
  self->show_version = given.version;
  self->check_config = given.check_config;
  if (given.version)
    return g_steal_pointer (&self);
  if (!take_ready_fd (&given, self, error))
    return NULL;
  self->clock = make_clock (given.clock, error);
  if (self->clock == NULL)
    return NULL;
  self->config = load_config (&given, error);
  if (self->config == NULL)
    return NULL;
  if (!set_log_levels (&given, self->config, error))
    return NULL;
  override (self->config, &given);
  complete (self->config);
  return g_steal_pointer (&self);
}

void
aq_options_free (AqOptions *self)
{
  g_clear_pointer (&self->config, aq_config_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_free (self);
}
