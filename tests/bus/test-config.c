/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration
 */

#include "config.h"

#include "aq-config.h"

#include "libasyncq/asyncq-error.h"

#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *more; /* conf.d */
  char *file;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  self->folder = g_dir_make_tmp ("aq-XXXXXX", NULL);
  self->more = g_build_filename (self->folder, "conf.d", NULL);
  self->file = g_build_filename (self->folder, "asyncqd.conf", NULL);
  g_assert_cmpint (g_mkdir (self->more, 0700), ==, 0);
}

static void
remove_all (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      (void) g_unlink (path);
    }
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  remove_all (self->more);
  (void) g_rmdir (self->more);
  remove_all (self->folder);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->more);
  g_free (self->file);
}

static void
write_more (Fixture    *self,
            const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (self->more, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static AqConfig *
load (Fixture    *self,
      const char *text)
{
  g_autoptr(GError) error = NULL;
  AqConfig *config;

  g_assert_true (g_file_set_contents (self->file, text, -1, NULL));
  config = aq_config_load (self->file, &error);
  g_assert_no_error (error);
  return config;
}

static void
test_empty_file_gives_the_defaults (Fixture       *self,
                                    gconstpointer  unused)
{
  g_autoptr(AqConfig) config = load (self, "");

  g_assert_true (config->default_agent);
  g_assert_cmpint (config->store, ==, AQ_CONFIG_STORE_EMBEDDED);
  g_assert_cmpint (config->bus, ==, G_BUS_TYPE_NONE);
  g_assert_null (config->socket);
  g_assert_cmpuint (config->agents->len, ==, 0);
}

static void
test_every_setting_is_read (Fixture       *self,
                            gconstpointer  unused)
{
  g_autoptr(AqConfig) config = load (
    self, "[daemon]\nplugin-directories=/a;/b\nworker=/w\nuuid-file=/u\ndefault-agent=false\n"
          "[store]\nkind=memory\npath=/s\n[bus]\nsocket=/run/x\nbus=session\n"
          "[agent mail]\nsize=7\nfilter=mail.*\nqueues=fast;slow\n"
          "[plugin exec]\nprograms=/bin/echo;/bin/ls\ncolour=red\n[agent all]\n");
  AqAgent *agent;
  GVariant *settings;
  const char *value;

  g_assert_cmpstr (config->plugin_directories[1], ==, "/b");
  g_assert_null (config->plugin_directories[2]);
  g_assert_cmpstr (config->worker, ==, "/w");
  g_assert_cmpstr (config->uuid_file, ==, "/u");
  g_assert_false (config->default_agent);
  g_assert_cmpint (config->store, ==, AQ_CONFIG_STORE_MEMORY);
  g_assert_cmpstr (config->store_path, ==, "/s");
  g_assert_cmpstr (config->socket, ==, "/run/x");
  g_assert_cmpint (config->bus, ==, G_BUS_TYPE_SESSION);

  g_assert_cmpuint (config->agents->len, ==, 2);
  agent = g_ptr_array_index (config->agents, 0);
  g_assert_cmpstr (agent->name, ==, "all");
  g_assert_cmpuint (agent->size, ==, AQ_AGENT_DEFAULT_SIZE);
  agent = g_ptr_array_index (config->agents, 1);
  g_assert_cmpstr (agent->name, ==, "mail");
  g_assert_cmpuint (agent->size, ==, 7);
  g_assert_cmpstr (agent->filter, ==, "mail.*");
  g_assert_cmpstr (agent->queues[1], ==, "slow");

  settings = g_hash_table_lookup (config->plugin_settings, "exec");
  g_assert_true (g_variant_lookup (settings, "programs", "&s", &value));
  g_assert_cmpstr (value, ==, "/bin/echo;/bin/ls");
}

static void
test_limits_are_read_by_function_agent_and_default (Fixture       *self,
                                                    gconstpointer  unused)
{
  g_autoptr(AqConfig) config = load (
    self, "[limits]\nmemory=1G\ncgroup=require\n[agent mail]\nsize=2\nopen-files=64\n"
          "[function mail.*]\nmemory=256M\nprivate-tmp=yes\nread=/etc:/usr\n[function mail.send]\nrun-time=90s\n"
          "[function *]\noutput=1M\n");
  const AqFunctionRule *rule;
  guint position = 0;

  g_assert_cmpint (config->cgroup_mode, ==, AQ_CGROUP_REQUIRE);
  rule = aq_function_rules_get_default (config->function_rules);
  g_assert_cmpuint (rule->options.limits.memory_bytes, ==, G_GUINT64_CONSTANT (1) << 30);
  rule = aq_function_rules_get_agent (config->function_rules, "mail");
  g_assert_cmpuint (rule->options.limits.n_files, ==, 64);
  g_assert_null (aq_function_rules_get_agent (config->function_rules, "main"));

  rule = aq_function_rules_next (config->function_rules, "mail.send", &position);
  g_assert_cmpuint (rule->options.limits.memory_bytes, ==, G_GUINT64_CONSTANT (256) << 20);
  g_assert_true (aq_function_options_says (&rule->options, AQ_OPTION_PRIVATE_TMP));
  g_assert_false (aq_function_options_says (&rule->options, AQ_OPTION_NETWORK));
  g_assert_cmpstr (rule->options.sandbox.read_paths[1], ==, "/usr");
  g_assert_nonnull (strstr (rule->place, "group [function mail.*]"));
  rule = aq_function_rules_next (config->function_rules, "mail.send", &position);
  g_assert_cmpint (rule->options.limits.run_usec, ==, 90 * G_USEC_PER_SEC);
  rule = aq_function_rules_next (config->function_rules, "mail.send", &position);
  g_assert_cmpuint (rule->options.limits.output_bytes, ==, 1 << 20);
  g_assert_null (aq_function_rules_next (config->function_rules, "mail.send", &position));
}

static void
test_retry_policies_are_read (Fixture       *self,
                              gconstpointer  unused)
{
  /* a policy may be named before it is made */
  g_autoptr(AqConfig) config = load (
    self, "[daemon]\nretry=mail\n[queue once]\nretry=never\n[queue]\nretry=forever\n"
          "[retry mail]\nattempts=8\nbackoff=exponential\ndelay=1min\nfactor=1.5\nmax-delay=1h\njitter=0.1\n"
          "interruptions=0\ncrash-limit=5\nrules=exit 3 fail; timeout snooze 5min; any retry\n");
  AqRetryPolicy *mail = aq_retry_policies_find (config->policies, "mail", NULL);
  g_auto(GStrv) lines = NULL;

  g_assert_nonnull (mail);
  g_assert_true (aq_retry_policies_get_default (config->policies, "anything") == mail);
  g_assert_true (aq_retry_policies_get_default (config->policies, "once") == aq_retry_policy_get_builtin ("never"));
  g_assert_true (aq_retry_policies_get_default (config->policies, "") == aq_retry_policy_get_builtin ("forever"));
  lines = aq_retry_policy_describe (mail, 0);
  g_assert_cmpstr (lines[0], ==, "exit 3: fail");
  g_assert_cmpstr (lines[1], ==, "timeout: snooze, after 5min");
  g_assert_cmpstr (lines[2], ==, "signal: retry, 5 runs at most, at once");
  g_assert_cmpstr (lines[4], ==, "oom: retry, 5 runs at most, at once");
  g_assert_cmpstr (lines[5], ==, "interrupted: retry, without end, at once");
  g_assert_cmpstr (lines[6], ==, "any: retry, 8 runs at most, after 1min, each time 1.5 times as long, at most 1h");
}

static void
test_sizes_have_units (Fixture       *self,
                       gconstpointer  unused)
{
  g_autoptr(AqConfig) defaults = load (self, "");
  g_autoptr(AqConfig) bytes = load (self, "[store]\nsegment-size=262144\nmax-live-bytes=65536\n");
  g_autoptr(AqConfig) units = load (self, "[store]\nsegment-size=256K\nmax-live-bytes=2G\n");

  g_assert_cmpuint (defaults->segment_size_bytes, ==, 32 << 20);
  g_assert_cmpuint (defaults->max_live_bytes, ==, 1 << 30);
  g_assert_cmpuint (bytes->segment_size_bytes, ==, 256 << 10);
  g_assert_cmpuint (bytes->max_live_bytes, ==, 64 << 10);
  g_assert_cmpuint (units->segment_size_bytes, ==, 256 << 10);
  g_assert_cmpuint (units->max_live_bytes, ==, G_GUINT64_CONSTANT (2) << 30);
}

static void
test_retention_is_read_by_queue_and_outcome (Fixture       *self,
                                             gconstpointer  unused)
{
  g_autoptr(AqConfig) config = load (
    self, "[store]\nkeep=2d\nkeep-failed=4w\nkeep-completed=100\nkeep-completed-cancelled=0\n"
          "[queue mail]\nkeep=1h\nkeep-succeeded=90s\nkeep-completed-expired=7\n[queue]\nkeep=0s\n");
  const AqRetention *kept = config->retention;

  g_assert_cmpint (aq_retention_get_time (kept, "x", ASYNCQ_JOB_OUTCOME_SUCCEEDED), ==, 2 * G_TIME_SPAN_DAY);
  g_assert_cmpint (aq_retention_get_time (kept, "x", ASYNCQ_JOB_OUTCOME_FAILED), ==, 28 * G_TIME_SPAN_DAY);
  g_assert_cmpint (aq_retention_get_time (kept, "mail", ASYNCQ_JOB_OUTCOME_FAILED), ==, G_TIME_SPAN_HOUR);
  g_assert_cmpint (aq_retention_get_time (kept, "mail", ASYNCQ_JOB_OUTCOME_SUCCEEDED), ==, 90 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (aq_retention_get_time (kept, "", ASYNCQ_JOB_OUTCOME_SUCCEEDED), ==, 0);
  g_assert_cmpuint (aq_retention_get_number (kept, "x", ASYNCQ_JOB_OUTCOME_FAILED), ==, 100);
  g_assert_cmpuint (aq_retention_get_number (kept, "mail", ASYNCQ_JOB_OUTCOME_CANCELLED), ==, 0);
  g_assert_cmpuint (aq_retention_get_number (kept, "mail", ASYNCQ_JOB_OUTCOME_EXPIRED), ==, 7);
}

static void
test_retention_has_defaults (Fixture       *self,
                             gconstpointer  unused)
{
  g_autoptr(AqConfig) config = load (self, "");

  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    {
      g_assert_cmpint (aq_retention_get_time (config->retention, "", outcome), ==, 7 * G_TIME_SPAN_DAY);
      g_assert_cmpuint (aq_retention_get_number (config->retention, "", outcome), ==, 1000000);
    }
}

static void
test_later_files_win_key_by_key (Fixture       *self,
                                 gconstpointer  unused)
{
  g_autoptr(AqConfig) config = NULL;
  AqAgent *agent;

  write_more (self, "20.conf", "[agent mail]\nsize=5\n");
  write_more (self, "10.conf", "[agent mail]\nsize=4\nfilter=mail.*\n[bus]\nsocket=/ten\n");
  write_more (self, "30.conf~", "[no such group]\n");
  config = load (self, "[bus]\nsocket=/first\nbus=system\n");
  g_assert_cmpstr (config->socket, ==, "/ten");
  g_assert_cmpint (config->bus, ==, G_BUS_TYPE_SYSTEM);
  agent = g_ptr_array_index (config->agents, 0);
  g_assert_cmpuint (agent->size, ==, 5);
  g_assert_cmpstr (agent->filter, ==, "mail.*");
}

static void
test_mistakes_name_file_group_and_key (Fixture       *self,
                                       gconstpointer  unused)
{
  static const struct
  {
    const char *text;
    const char *words[4];
  } cases[] = {
    { "[daemon]\ncolour=red\n", { "[daemon]", "'colour'" } },
    { "[daemon]\nworkr=/w\n", { "[daemon]", "'workr'", "did you mean 'worker'?" } },
    { "[deamon]\nworker=/w\n", { "[deamon]", "did you mean 'daemon'?" } },
    { "[monitors]\n", { "[monitors]", "did you mean 'monitor'?" } },
    { "[monitor]\nsocket=here\n", { "[monitor]", "'socket'", "'here'", "'none'" } },
    { "[monitor]\ntcp=8080\n", { "'tcp'", "'8080'", "HOST:PORT" } },
    { "[monitor]\ntcp=:8080\n", { "'tcp'", "':8080'" } },
    { "[monitor]\ntcp=localhost:65536\n", { "'tcp'", "'localhost:65536'" } },
    { "[monitor]\nallowed-origins=https://a/b\n", { "'allowed-origins'", "'https://a/b'" } },
    { "[monitor]\nallowed-origins=a\n", { "'allowed-origins'", "'a'" } },
    { "[monitor]\noptional=maybe\n", { "'optional'", "'maybe'" } },
    { "[monitor]\nmax-connections=0\n", { "'max-connections'", "'0'", "1 to 10000" } },
    { "[monitor]\nping-interval=3601\n", { "'ping-interval'", "'3601'", "1 to 3600" } },
    { "[agent]\nsize=1\n", { "[agent]" } },
    { "[agent mail]\nsise=1\n", { "[agent mail]", "'sise'", "'size'" } },
    { "[agent mail]\nsize=many\n", { "[agent mail]", "'size'", "'many'", "1 to 256" } },
    { "[agent mail]\nsize=0\n", { "[agent mail]", "'size'", "'0'", "1 to 256" } },
    { "[agent mail]\nsize=257\n", { "[agent mail]", "'257'", "1 to 256" } },
    { "[agent mail]\nsize=-1\n", { "[agent mail]", "'-1'", "1 to 256" } },
    { "[agent mail]\nqueues=a b\n", { "[agent mail]", "'queues'", "'a b'" } },
    { "[agent no/name]\n", { "[agent no/name]", "no/name" } },
    { "[plugin no-id]\n", { "[plugin no-id]", "no-id" } },
    { "[daemon]\nworker=bin/w\n", { "[daemon]", "'worker'", "'bin/w'", "absolute" } },
    { "[daemon]\nplugin-directories=/a;b\n", { "'plugin-directories'", "'/a;b'", "absolute" } },
    { "[daemon]\ndefault-agent=perhaps\n", { "'default-agent'", "'perhaps'", "'true'" } },
    { "[store]\nkind=paper\n", { "[store]", "'kind'", "'paper'", "'memory'" } },
    { "[store]\nkeep=a week\n", { "[store]", "'keep'", "'a week'", "7d" } },
    { "[store]\nkeep=-1d\n", { "[store]", "'keep'", "'-1d'" } },
    { "[store]\nkeep=\n", { "[store]", "'keep'", "''" } },
    { "[store]\nkeep-completed=7d\n", { "[store]", "'keep-completed'", "'7d'", "0 to 1000000000" } },
    { "[store]\nkeep_completed=7\n", { "[store]", "'keep_completed'", "did you mean 'keep-completed'?" } },
    { "[store]\nkeep-completed-failed=-1\n", { "'keep-completed-failed'", "'-1'" } },
    { "[store]\nkeep-lost=7d\n", { "[store]", "'keep-lost'" } },
    { "[store]\nsegment-size=255K\n", { "'segment-size'", "'255K'", "256K to 32M" } },
    { "[store]\nsegment-size=33M\n", { "'segment-size'", "'33M'", "256K to 32M" } },
    { "[store]\nsegment-size=1 M\n", { "'segment-size'", "'1 M'" } },
    { "[store]\nsegment-size=M\n", { "'segment-size'", "'M'" } },
    { "[store]\nsegment-size=18446744073709551616M\n", { "'segment-size'", "256K to 32M" } },
    { "[store]\nmax-live-bytes=lots\n", { "'max-live-bytes'", "'lots'", "64K to 1024G" } },
    { "[store]\nmax-live-bytes=1MiB\n", { "'max-live-bytes'", "'1MiB'" } },
    { "[queue a/b]\nkeep=1d\n", { "[queue a/b]", "'a/b'", "name of a queue" } },
    { "[queue mail]\nsegment-size=1M\n", { "[queue mail]", "'segment-size'" } },
    { "[queue mail]\nkeep=soon\n", { "[queue mail]", "'keep'", "'soon'" } },
    { "[bus]\nbus=big\n", { "[bus]", "'bus'", "'big'", "'session'" } },
    { "[retry mail]\nattempts=-1\n", { "[retry mail]", "'attempts'", "'-1'", "without end" } },
    { "[retry mail]\nbackoff=square\n", { "[retry mail]", "'backoff'", "'square'", "'linear'" } },
    { "[retry mail]\ndelay=soon\n", { "[retry mail]", "'delay'", "'soon'" } },
    { "[retry mail]\njitter=1.5\n", { "[retry mail]", "'jitter'", "'1.5'", "0 to 1" } },
    { "[retry mail]\nfactor=nan\n", { "[retry mail]", "'factor'", "'nan'" } },
    { "[retry mail]\ncrash-limit=0\n", { "[retry mail]", "'crash-limit'", "1 to 100" } },
    { "[retry mail]\ndelays=1s\n", { "[retry mail]", "did you mean 'delay'?" } },
    { "[retry mail]\nrules=any retry;signal SIGFOO fail\n",
      { "[retry mail]", "'rules'", "rule 'signal SIGFOO fail'", "'SIGFOO' is not the name of a signal" } },
    { "[retry common]\nattempts=3\n", { "[retry common]", "'common' is built in" } },
    { "[retry a/b]\n", { "[retry a/b]", "'a/b'", "name of a retry policy" } },
    { "[retry mail]\n[queue x]\nretry=mial\n", { "[queue x]", "'retry'", "'mial'", "did you mean 'mail'?" } },
    { "[daemon]\nretry=xyzzyx\n", { "[daemon]", "'retry'", "'xyzzyx'", "common, forever, m01, never" } },
    { "[limits]\nmemory=0\n", { "[limits]", "'memory'", "'0'", "a size such as 256M" } },
    { "[limits]\nmemory=lots\n", { "[limits]", "'memory'", "'lots'" } },
    { "[limits]\nmemry=1M\n", { "[limits]", "did you mean 'memory'?" } },
    { "[limits]\nsandbox=require\n", { "[limits]", "'sandbox'" } },
    { "[limits]\ncgroup=maybe\n", { "[limits]", "'cgroup'", "'maybe'", "'require'" } },
    { "[limits]\ncpu-time=0\n", { "[limits]", "'cpu-time'", "'0'", "10s" } },
    { "[agent mail]\nprocesses=0\n", { "[agent mail]", "'processes'", "'0'", "1 to 1048576" } },
    { "[agent mail]\nnetwork=no\n", { "[agent mail]", "'network'" } },
    { "[function demo]\nmemory=1M\n", { "[function demo]", "'demo'", "'plugin.*'" } },
    { "[function de-mo.*]\nmemory=1M\n", { "[function de-mo.*]", "'de-mo.*'" } },
    { "[function a.b.c]\n", { "[function a.b.c]" } },
    { "[function demo.*]\nmemory=much\n", { "[function demo.*]", "'memory'", "'much'" } },
    { "[function demo.*]\ndeferred=yes\n", { "[function demo.*]", "'deferred'" } },
    { "[function demo.*]\nnetwork=some\n", { "[function demo.*]", "'network'", "'some'", "'local'" } },
    { "[functions demo.*]\n", { "[functions demo.*]" } },
    { "no group = 1\n", { "group" } },
    { "[daemon\n", { "group" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AqConfig) config = NULL;
      g_autoptr(GError) error = NULL;

      g_assert_true (g_file_set_contents (self->file, cases[i].text, -1, NULL));
      config = aq_config_load (self->file, &error);
      g_assert_null (config);
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, self->file));
      for (guint j = 0; j < G_N_ELEMENTS (cases[i].words) && cases[i].words[j] != NULL; j++)
        g_assert_nonnull (strstr (error->message, cases[i].words[j]));
    }
}

static void
test_mistake_in_a_later_file_names_that_file (Fixture       *self,
                                              gconstpointer  unused)
{
  g_autoptr(AqConfig) config = NULL;
  g_autoptr(GError) error = NULL;

  write_more (self, "10.conf", "[agent mail]\nsize=0\n");
  g_assert_true (g_file_set_contents (self->file, "[agent mail]\nsize=1\n", -1, NULL));
  config = aq_config_load (self->file, &error);
  g_assert_null (config);
  g_assert_nonnull (strstr (error->message, "conf.d/10.conf"));
}

static void
test_missing_file_is_an_error (Fixture       *self,
                               gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqConfig) config = aq_config_load (self->file, &error);

  g_assert_null (config);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, self->file));
}

/* "#key=value" is a setting, "# text" is a comment */
static char *
uncomment (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  GString *result = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++)
    if (g_regex_match_simple ("^#(\\[|[a-z-]+=)", *line, 0, 0))
      g_string_append_printf (result, "%s\n", *line + 1);
    else
      g_string_append_printf (result, "%s\n", *line);
  return g_string_free (result, FALSE);
}

static void
test_shipped_file_is_right_and_complete (Fixture       *self,
                                         gconstpointer  unused)
{
  static const char * const keys[] = { "plugin-directories", "worker", "uuid-file", "default-agent", "kind",
                                       "path", "keep", "keep-completed", "keep-succeeded", "keep-failed", "keep-cancelled",
                                       "keep-expired", "keep-completed-succeeded", "keep-completed-failed", "keep-completed-cancelled",
                                       "keep-completed-expired", "segment-size", "max-live-bytes", "socket", "bus", "size",
                                       "filter", "queues", "retry", "attempts", "backoff", "delay", "step", "factor",
                                       "max-delay", "jitter", "interruptions", "crash-limit", "rules" };
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "asyncqd.conf", NULL);
  g_autofree char *text = NULL;
  g_autofree char *settings = NULL;
  g_autoptr(AqConfig) as_shipped = NULL;
  g_autoptr(AqConfig) config = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  as_shipped = load (self, text);
  g_assert_cmpuint (as_shipped->agents->len, ==, 0);

  settings = uncomment (text);
  config = load (self, settings);
  g_assert_cmpstr (config->socket, ==, "/run/asyncq/bus");
  g_assert_cmpuint (config->agents->len, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *line = g_strdup_printf ("\n#%s=", keys[i]);

      g_assert_nonnull (strstr (text, line));
    }
}

int
main (int    argc,
      char **argv)
{
#define config_test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  config_test ("/config/empty-file-gives-the-defaults", test_empty_file_gives_the_defaults);
  config_test ("/config/every-setting-is-read", test_every_setting_is_read);
  config_test ("/config/limits-are-read-by-function-agent-and-default",
               test_limits_are_read_by_function_agent_and_default);
  config_test ("/config/retry-policies-are-read", test_retry_policies_are_read);
  config_test ("/config/sizes-have-units", test_sizes_have_units);
  config_test ("/config/retention-is-read-by-queue-and-outcome", test_retention_is_read_by_queue_and_outcome);
  config_test ("/config/retention-has-defaults", test_retention_has_defaults);
  config_test ("/config/later-files-win-key-by-key", test_later_files_win_key_by_key);
  config_test ("/config/mistakes-name-file-group-and-key", test_mistakes_name_file_group_and_key);
  config_test ("/config/mistake-in-a-later-file-names-that-file",
               test_mistake_in_a_later_file_names_that_file);
  config_test ("/config/missing-file-is-an-error", test_missing_file_is_an_error);
  config_test ("/config/shipped-file-is-right-and-complete", test_shipped_file_is_right_and_complete);
  return g_test_run ();
}
