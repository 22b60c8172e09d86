/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The program asyncqctl, run against a daemon that only speaks
 */

#include "config.h"

#include "fake-daemon.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  FakeDaemon *daemon;
  char       *output;
  char       *errors;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->daemon = fake_daemon_new ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->daemon, fake_daemon_free);
  g_free (fixture->output);
  g_free (fixture->errors);
}

/* runs asyncqctl with the words of @line; its locale is C.UTF-8 and it has no terminal */
static void
run_line (Fixture    *fixture,
          const char *line,
          int         status)
{
  g_autofree char *whole = g_strconcat (g_getenv ("ASYNCQCTL"), " ", line, NULL);
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) arguments = NULL;

  g_clear_pointer (&fixture->output, g_free);
  g_clear_pointer (&fixture->errors, g_free);
  g_assert_true (g_shell_parse_argv (whole, NULL, &arguments, NULL));
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  if (g_getenv ("LANGUAGE") == NULL)
    g_subprocess_launcher_setenv (launcher, "LANGUAGE", "en", TRUE);
  g_subprocess_launcher_setenv (launcher, "ASYNCQ_ADDRESS", fake_daemon_get_address (fixture->daemon), TRUE);
  process = g_subprocess_launcher_spawnv (launcher, (const char * const *) arguments, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &fixture->output, &fixture->errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  if (g_subprocess_get_exit_status (process) != status)
    g_error ("asyncqctl %s: status %d, wanted %d\n%s%s", line, g_subprocess_get_exit_status (process), status,
             fixture->output, fixture->errors);
}

static void
assert_contains (const char *text,
                 const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("'%s' is not in:\n%s", part, text);
}

static void
assert_narrow (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_utf8_strlen (lines[i], -1) > 80)
      g_error ("wider than 80: %s", lines[i]);
}

static void
test_submit_prints_an_id (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr(GVariant) entries = NULL;
  g_autofree char *text = NULL;

  run_line (fixture, "submit t.add 14 y=-3 --queue=mail", 0);
  g_assert_cmpstr (fixture->output, ==, "100\n");
  g_assert_cmpstr (fixture->errors, ==, "");
  entries = fake_daemon_dup_argument (fixture->daemon);
  text = g_variant_print (entries, FALSE);
  g_assert_cmpstr (text, ==, "[{'function': <'t.add'>, 'arguments': <(14,)>, 'named': <{'y': <-3>}>,"
                             " 'queue': <'mail'>}]");
  run_line (fixture, "submit t.add -5 -6 --json=short", 0);
  g_assert_cmpstr (fixture->output, ==, "{\"id\":100,\"schema\":1}\n");
}

static void
test_submit_of_a_composite (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autoptr(GVariant) entries = NULL;
  g_autofree char *text = NULL;

  run_line (
      fixture,
      "submit --parallel 't.add 1 2' \"t.echo 'a b' times=2\" --postprocess 't.sum 3' --priority 9",
      0);
  g_assert_cmpstr (fixture->output, ==, "100\n");
  entries = fake_daemon_dup_argument (fixture->daemon);
  text = g_variant_print (entries, FALSE);
  g_assert_cmpstr (
      text, ==,
      "[{'kind': <'parallel'>, 'priority': <byte 0x09>},"
      " {'function': <'t.add'>, 'arguments': <(1, 2)>, 'parent': <uint32 0>, 'priority': <byte "
      "0x09>},"
      " {'function': <'t.echo'>, 'arguments': <('a b',)>, 'named': <{'times': <2>}>,"
      " 'parent': <uint32 0>, 'priority': <byte 0x09>},"
      " {'function': <'t.sum'>, 'arguments': <(3,)>, 'parent': <uint32 0>, 'role': <'postprocess'>,"
      " 'priority': <byte 0x09>}]");
}

static void
test_submit_of_a_file (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autofree char *path = NULL;
  g_autofree char *line = NULL;
  int fd = g_file_open_tmp ("asyncq-XXXXXX.json", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_file_set_contents (path, "[\"t.add 1 2\", {\"serial\": [\"t.none\"]}, \"t.none\"]", -1, NULL);
  line = g_strdup_printf ("submit --file=%s", path);
  run_line (fixture, line, 0);
  g_assert_cmpstr (fixture->output, ==, "100\n101\n103\n");
  g_assert_cmpint (g_unlink (path), ==, 0);
  run_line (fixture, line, 1);
  assert_contains (fixture->errors, "No such file");
}

static char *
dup_entries (Fixture *fixture)
{
  g_autoptr(GVariant) entries = fake_daemon_dup_argument (fixture->daemon);

  return g_variant_print (entries, FALSE);
}

static void
test_submit_with_settings (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autofree char *limits = NULL;
  g_autofree char *unique = NULL;

  run_line (fixture,
            "submit t.none --retry=never --begin-by=90s --after=10min --run-timeout 5s --total-timeout=1h"
            " --crash-limit=2 --failure-log-level=info",
            0);
  limits = dup_entries (fixture);
  g_assert_cmpstr (limits, ==,
                   "[{'function': <'t.none'>, 'begin-by': <int64 90000000>, 'crash-limit': <uint32 2>,"
                   " 'delay': <int64 600000000>, 'failure-log-level': <'info'>, 'retry': <'never'>,"
                   " 'run-timeout': <int64 5000000>, 'total-timeout': <int64 3600000000>}]");
  run_line (fixture, "submit t.add 1 2 --unique=x,y --unique-scope=period --unique-period=1d --unique-conflict=merge", 0);
  unique = dup_entries (fixture);
  g_assert_cmpstr (unique, ==,
                   "[{'function': <'t.add'>, 'arguments': <(1, 2)>, 'unique-arguments': <['x', 'y']>,"
                   " 'unique-conflict': <'merge'>, 'unique-period': <int64 86400000000>,"
                   " 'unique-scope': <'period'>}]");
  run_line (fixture, "submit t.add 1 2 --unique --delay=5", 0);
  g_clear_pointer (&unique, g_free);
  unique = dup_entries (fixture);
  g_assert_cmpstr (unique, ==,
                   "[{'function': <'t.add'>, 'arguments': <(1, 2)>, 'delay': <int64 5000000>,"
                   " 'unique-arguments': <@as []>}]");
}

static void
test_submit_with_other_jobs (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autofree char *callbacks = NULL;
  g_autofree char *edges = NULL;

  run_line (fixture, "submit t.none --on-failure='t.sum 1' --on-any='t.sum 2' --on-failure='t.sum 3'", 0);
  callbacks = dup_entries (fixture);
  g_assert_cmpstr (callbacks, ==,
                   "[{'function': <'t.none'>},"
                   " {'function': <'t.sum'>, 'arguments': <(1,)>, 'parent': <uint32 0>, 'role': <'callback'>,"
                   " 'on': <'failure'>},"
                   " {'function': <'t.sum'>, 'arguments': <(2,)>, 'parent': <uint32 0>, 'role': <'callback'>,"
                   " 'on': <'any'>},"
                   " {'function': <'t.sum'>, 'arguments': <(3,)>, 'parent': <uint32 0>, 'role': <'callback'>,"
                   " 'on': <'failure'>}]");
  run_line (fixture, "submit t.sum 1 --callback-of=@30:success --after-job=31 --after-job=32:any", 0);
  edges = dup_entries (fixture);
  g_assert_cmpstr (edges, ==,
                   "[{'function': <'t.sum'>, 'arguments': <(1,)>, 'parent-job': <uint64 30>, 'role': <'callback'>,"
                   " 'on': <'success'>, 'after-jobs': <[(uint64 31, 'success'), (32, 'any')]>}]");
}

static void
test_a_composite_gives_settings_to_its_members (Fixture       *fixture,
                                                gconstpointer  data)
{
  g_autofree char *entries = NULL;

  run_line (fixture,
            "submit --batch t.none --retry=forever --total-timeout=1min --on-first-failure='t.sum 1' --append-to=30",
            0);
  entries = dup_entries (fixture);
  g_assert_cmpstr (entries, ==,
                   "[{'kind': <'batch'>, 'parent-job': <uint64 30>, 'total-timeout': <int64 60000000>},"
                   " {'function': <'t.none'>, 'parent': <uint32 0>, 'retry': <'forever'>},"
                   " {'function': <'t.sum'>, 'arguments': <(1,)>, 'parent': <uint32 0>, 'role': <'callback'>,"
                   " 'on': <'first-failure'>}]");
}

static void
test_settings_that_make_no_sense (Fixture       *fixture,
                                  gconstpointer  data)
{
  static const char *const lines[] = {
    "submit t.none --begin-by=-5s",
    "submit t.none --crash-limit=0",
    "submit t.none --crash-limit=101",
    "submit t.none --failure-log-level=loud",
    "submit t.none --unique-scope=waiting",
    "submit t.none --unique --unique-key=k",
    "submit t.none --unique --unique-scope=never",
    "submit t.none --after-job=x",
    "submit t.none --after-job=30:sometimes",
    "submit t.none --on-first-failure='t.sum 1'",
    "submit --batch t.none --postprocess='t.sum 1'",
    "submit --parallel --batch t.none",
    "submit --parallel t.none --callback-of=30",
    "submit t.sum 1 --callback-of=30 --append-to=31",
    "submit t.none --at=2006-08-10T15:44:22Z --after=5s",
    "change 30",
    "change 30 colour=red",
    "change 30 priority=999",
    "snooze 30",
    "snooze 30 soon",
    "retry",
    "queue frobnicate",
    "queue show",
    "queue pause mail --until=2006-08-10T15:44:22Z --for=5s",
    "claiming maybe",
    "factory add",
    "annotate 30 stop",
    "annotate 30 stop true --remove",
    "annotation",
    "annotation 30 a --poll=soon",
    "object create demo",
    "object create demo [",
    "object create demo 1 --type=xyz",
    "object set demo 1 --version=-1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      run_line (fixture, lines[i], 2);
      g_assert_true (g_str_has_prefix (fixture->errors, "asyncqctl: "));
    }
  run_line (fixture, "queue pul mail", 2);
  assert_contains (fixture->errors, "did you mean 'pull'?");
  run_line (fixture, "change 30 prority=5", 2);
  assert_contains (fixture->errors, "did you mean 'priority'?");
}

/* the manual has every verb and every option that the program has, and so has the completion */
static void
test_the_manual_is_complete (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autofree char *path = g_build_filename (g_getenv ("ASYNCQ_DATA"), "man", "asyncqctl.1", NULL);
  g_autofree char *manual = NULL;
  g_autofree char *plain = NULL;
  g_auto(GStrv) pieces = NULL;
  g_auto(GStrv) verbs = NULL;

  g_assert_true (g_file_get_contents (path, &manual, NULL, NULL));
  pieces = g_strsplit (manual, "\\-", -1);
  plain = g_strjoinv ("-", pieces);
  run_line (fixture, "complete -- ''", 0);
  verbs = g_strsplit (g_strstrip (fixture->output), "\n", -1);
  for (guint i = 0; verbs[i] != NULL; i++)
    {
      g_autofree char *verb = g_strndup (verbs[i], strcspn (verbs[i], "\t"));
      g_autofree char *in_manual = g_strdup_printf ("\\fB%s\\fR", verb);
      g_autofree char *queue_like = g_strdup_printf ("\\fB%s ", verb);
      g_autofree char *line = g_strdup_printf ("complete -- %s --", verb);
      g_auto(GStrv) options = NULL;

      if (strstr (plain, in_manual) == NULL && strstr (plain, queue_like) == NULL)
        g_error ("%s is not in the manual", verb);
      if (g_str_equal (verb, "help") || g_str_equal (verb, "version"))
        continue;
      run_line (fixture, line, 0);
      options = g_strsplit (g_strstrip (fixture->output), "\n", -1);
      for (guint j = 0; options[j] != NULL; j++)
        {
          g_autofree char *option = g_strndup (options[j], strcspn (options[j], "=\t"));

          if (strstr (plain, option) == NULL)
            g_error ("%s of %s is not in the manual", option, verb);
        }
    }
}

static void
test_words_are_completed (Fixture       *fixture,
                          gconstpointer  data)
{
  run_line (fixture, "complete -- submit t", 0);
  assert_contains (fixture->output, "t.add\tAdds\n");
  run_line (fixture, "complete -- submit t.echo ''", 0);
  g_assert_cmpstr (fixture->output, ==, "text=\t\ntimes=\t\n");
  run_line (fixture, "complete -- submit --unique-conflict=", 0);
  assert_contains (fixture->output, "--unique-conflict=replace\t\n");
  run_line (fixture, "complete -- queue ''", 0);
  assert_contains (fixture->output, "pause\t\n");
  run_line (fixture, "complete -- wait ''", 0);
  assert_contains (fixture->output, "31\tt.add\n");
  run_line (fixture, "--address=unix:path=/nonexistent complete -- wait ''", 0);
  g_assert_cmpstr (fixture->errors, ==, "");
}

static void
test_a_time_without_a_zone_is_talked_about (Fixture       *fixture,
                                            gconstpointer  data)
{
  run_line (fixture, "submit t.none --at=2006-08-10T15:44:22", 0);
  g_assert_cmpstr (fixture->output, ==, "100\n");
  assert_contains (fixture->errors, "has no zone and is taken as UTC: 2006-08-10T15:44:22Z");
  run_line (fixture, "submit t.none --at=2006-08-10T15:44:22Z", 0);
  g_assert_cmpstr (fixture->errors, ==, "");
}

static void
test_wait_prints_results_and_reasons (Fixture       *fixture,
                                      gconstpointer  data)
{
  run_line (fixture, "wait 30", 0);
  g_assert_cmpstr (fixture->output, ==, "42\n");
  run_line (fixture, "wait 31", 20);
  g_assert_cmpstr (fixture->output, ==, "");
  g_assert_cmpstr (fixture->errors, ==, "asyncqctl: job 31 failed: it broke\n");
  run_line (fixture, "wait 33", 21);
  g_assert_cmpstr (fixture->errors, ==, "asyncqctl: job 33 was cancelled: somebody said so\n");
  run_line (fixture, "wait 34", 22);
  run_line (fixture, "wait --timeout=10ms 32", 3);
  assert_contains (fixture->errors, "job 32 has not ended");
  run_line (fixture, "wait 99", 10);
  run_line (fixture, "wait 32", 8); /* this daemon hangs up then */

  run_line (fixture, "wait 30 31 30", 20);
  g_assert_cmpstr (fixture->output, ==, "30: 42\n30: 42\n");
  run_line (fixture, "wait 30 31 --json=short", 20);
  g_assert_cmpstr (
      fixture->output, ==,
      "{\"id\":30,\"outcome\":\"succeeded\",\"result\":42,\"schema\":1}\n"
      "{\"id\":31,\"outcome\":\"failed\",\"error\":{\"domain\":\"asyncq-error-quark\",\"code\":1,"
      "\"message\":\"it broke\"},\"schema\":1}\n");
  run_line (fixture, "wait -q 30", 0);
  g_assert_cmpstr (fixture->output, ==, "");
}

static void
test_list_fits_eighty_columns (Fixture       *fixture,
                               gconstpointer  data)
{
  g_auto(GStrv) lines = NULL;
  g_autoptr(GVariant) parameters = NULL;
  const char *filter;

  g_setenv ("COLUMNS", "80", TRUE);
  run_line (fixture, "list", 0);
  g_unsetenv ("COLUMNS");
  lines = g_strsplit (fixture->output, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  assert_narrow (fixture->output);
  assert_contains (fixture->output, "JOB");
  assert_contains (fixture->output, "✗ failed");

  parameters = fake_daemon_dup_argument (fixture->daemon);
  g_variant_get_child (parameters, 0, "&s", &filter);
  g_assert_true (g_str_has_prefix (filter, " state:new state:pending"));

  run_line (fixture, "list --limit 2 --no-legend --all", 0);
  g_assert_null (strstr (fixture->output, "JOB"));
  run_line (fixture, "list --count", 0);
  g_assert_cmpstr (fixture->output, ==, "12345\n");
  run_line (fixture, "list colour:red", 2);
  run_line (fixture, "list --json=short --limit=1", 0);
  assert_contains (fixture->output, "\"created\":\"2006-08-10T15:44:22.000211Z\"");
}

static void
test_show_and_status (Fixture       *fixture,
                      gconstpointer  data)
{
  run_line (fixture, "show 30 -p State -p Members --value", 0);
  g_assert_cmpstr (fixture->output, ==, "completed\n5 6\n");
  run_line (fixture, "show 30", 0);
  assert_contains (fixture->output, "Function=t.add\n");
  assert_contains (fixture->output, "Result=42\n");
  assert_contains (fixture->output, "Arguments=(14, 3)\n");
  assert_contains (fixture->output, "Priority=128\n");
  run_line (fixture, "show 30 -p Stat", 2);
  assert_contains (fixture->errors, "did you mean 'State'?");
  run_line (fixture, "status 31", 0);
  assert_contains (fixture->output, "⊘ 31 t.add");
  assert_contains (fixture->output, "State: skipped, attempt 1");
  assert_contains (fixture->output, "Why: it broke");
  assert_contains (fixture->output, "Callbacks: 7 8 9");
  assert_contains (fixture->output, "Retries: mail");
  assert_contains (fixture->output, "Limits: 2 crashes");
  assert_contains (fixture->output, "to come");
  assert_narrow (fixture->output);
  run_line (fixture, "show 31 --attempts --json=short", 0);
  assert_contains (fixture->output, "\"next_tries\":[\"2006-08-10T15:44:22.000211Z\"");
  run_line (fixture, "status", 0);
  assert_contains (fixture->output, "RUNNING for 1 min 1 s");
  assert_contains (fixture->output, "main");
}

static void
test_bus_verbs (Fixture       *fixture,
                gconstpointer  data)
{
  run_line (fixture, "call 30 Job1 Wait -1", 0);
  g_assert_cmpstr (fixture->output, ==, "('succeeded', <42>)\n");
  run_line (fixture, "call /org/asyncq org.asyncq.Manager1 SubmitWords t.echo \"['a b']\"", 0);
  g_assert_cmpstr (fixture->output, ==, "(uint64 7,)\n");
  run_line (fixture, "call 30 Job1 Wait", 2);
  assert_contains (fixture->errors, "Wait takes 1 argument, not 0");
  run_line (fixture, "call 30 Job1 Wait soon", 2);
  run_line (fixture, "call 30 Job1 Wake", 10);
  run_line (fixture, "call 30 Job2 Wait -1", 10);
  assert_contains (fixture->errors, "did you mean");
  run_line (fixture, "call nowhere Job1 Wait", 2);
  run_line (fixture, "get-property 30 Job1 State Id", 0);
  g_assert_cmpstr (fixture->output, ==, "'completed'\nuint64 30\n");
  run_line (fixture, "introspect", 0);
  assert_contains (fixture->output, "org.asyncq.Manager1");
  assert_contains (fixture->output, ".SubmitWords");
  run_line (fixture, "introspect 30 Job1 --xml", 0);
  assert_contains (fixture->output, "<interface name=\"org.asyncq.Job1\">");
}

static void
test_functions_and_mistakes (Fixture       *fixture,
                             gconstpointer  data)
{
  run_line (fixture, "functions", 0);
  assert_contains (fixture->output, "t.echo (text s, times i = 1) → s\n    Says it again\n");
  run_line (fixture, "functions 'x.*'", 10);
  run_line (fixture, "submit t.ad 1 2", 10);
  assert_contains (fixture->errors, "did you mean 't.add'?");
  run_line (fixture, "submit t.add 1", 1);
  assert_contains (fixture->errors, "t.add: argument 'y' is missing");
  run_line (fixture, "submit", 2);
  run_line (fixture, "submit --parallel --serial", 2);
  run_line (fixture, "submit t.none --at=now --after=5s", 2);
  run_line (fixture, "submit t.none --priority=256", 2);
  run_line (fixture, "wait x", 2);
  run_line (fixture, "frobnicate", 2);
  run_line (fixture, "sbmit", 2);
  assert_contains (fixture->errors, "did you mean 'submit'?");
  run_line (fixture, "--address=unix:path=/nonexistent list", 8);
  run_line (fixture, "--address=nonsense list", 2);
  run_line (fixture, "cancel 32 30", 7);
  run_line (fixture, "cancel 30", 1);
  run_line (fixture, "cancel 99", 10);
}

static void
test_help_for_every_verb (Fixture       *fixture,
                          gconstpointer  data)
{
  static const char *const verbs[] = { "submit",       "run",      "wait",   "list",     "status", "show",
                                       "cancel",       "retry",    "snooze", "change",   "queue",  "agent", "factory",
                                       "policy",       "claiming", "clean",  "functions", "call",  "introspect",
                                       "get-property", "monitor",  "async",  "store",    "why",    "stats",
                                       "schedule",     "calendar", "scheduling",
                                       "plugin",
                                       "annotate",     "annotation", "object" };

  run_line (fixture, "help", 0);
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autofree char *in_list = g_strdup_printf ("\n  %s ", verbs[i]);
      g_autofree char *by_option = g_strdup_printf ("%s --help", verbs[i]);
      g_autofree char *by_verb = g_strdup_printf ("help %s", verbs[i]);
      g_autofree char *example = g_strdup_printf ("  asyncqctl %s", verbs[i]);
      g_autofree char *first = NULL;

      run_line (fixture, "help", 0);
      assert_contains (fixture->output, in_list);
      run_line (fixture, by_option, 0);
      assert_contains (fixture->output, example);
      assert_narrow (fixture->output);
      first = g_steal_pointer (&fixture->output);
      run_line (fixture, by_verb, 0);
      g_assert_cmpstr (fixture->output, ==, first);
    }
  run_line (fixture, "--version", 0);
  assert_contains (fixture->output, "asyncqctl " VERSION);
}

static void
test_german_is_loaded (Fixture       *fixture,
                       gconstpointer  data)
{
  g_setenv ("LANGUAGE", "de", TRUE);
  run_line (fixture, "help", 0);
  g_unsetenv ("LANGUAGE");
  assert_contains (fixture->output, "Einen Auftrag speichern");
  assert_contains (fixture->output, "Auf Aufträge warten");
  assert_narrow (fixture->output);
}

static void
test_another_charset_gets_plain_signs (Fixture       *fixture,
                                       gconstpointer  data)
{
  g_autofree char *program = g_strdup (g_getenv ("ASYNCQCTL"));
  g_autofree char *line = g_strconcat (program, " list", NULL);

  /* env(1) comes after what run_line() sets */
  g_setenv ("ASYNCQCTL", "env LC_ALL=C LANG=C", TRUE);
  run_line (fixture, line, 0);
  g_setenv ("ASYNCQCTL", program, TRUE);
  assert_contains (fixture->output, "x failed");
  for (const char *p = fixture->output; *p != '\0'; p++)
    g_assert_true (g_ascii_isprint (*p) || *p == '\n');
}

#define ADD(name, func) g_test_add ("/asyncqctl/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("submit prints an id", test_submit_prints_an_id);
  ADD ("submit of a composite", test_submit_of_a_composite);
  ADD ("submit of a file", test_submit_of_a_file);
  ADD ("submit with settings", test_submit_with_settings);
  ADD ("submit with other jobs", test_submit_with_other_jobs);
  ADD ("a composite gives settings to its members", test_a_composite_gives_settings_to_its_members);
  ADD ("settings that make no sense", test_settings_that_make_no_sense);
  ADD ("the manual is complete", test_the_manual_is_complete);
  ADD ("words are completed", test_words_are_completed);
  ADD ("a time without a zone is talked about", test_a_time_without_a_zone_is_talked_about);
  ADD ("wait prints results and reasons", test_wait_prints_results_and_reasons);
  ADD ("list fits eighty columns", test_list_fits_eighty_columns);
  ADD ("show and status", test_show_and_status);
  ADD ("the verbs of the bus", test_bus_verbs);
  ADD ("functions, and mistakes", test_functions_and_mistakes);
  ADD ("help for every verb", test_help_for_every_verb);
  ADD ("German is loaded", test_german_is_loaded);
  ADD ("another charset gets plain signs", test_another_charset_gets_plain_signs);

  return g_test_run ();
}
