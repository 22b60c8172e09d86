/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The parts of asyncqctl that need no daemon
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-progress.h"
#include "ctl-spec.h"
#include "ctl-suggest.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <math.h>
#include <string.h>

/* ---- time ---- */

static void
test_durations_are_read (void)
{
  static const struct
  {
    const char *text;
    gint64      usec; /* -1: it is none */
  } cases[] = {
    { "0", 0 },
    { "90", 90000000 },
    { "90s", 90000000 },
    { "1.5s", 1500000 },
    { "0.01", 10000 },
    { "15min", 900000000 },
    { "1h30m", 5400000000 },
    { "1h 30min", 5400000000 },
    { "2 d", 172800000000 },
    { "1w", 604800000000 },
    { "250ms", 250000 },
    { "7us", 7 },
    { "", -1 },
    { " ", -1 },
    { "s", -1 },
    { "-5s", -1 },
    { "5x", -1 },
    { "5 s x", -1 },
    { "1e400", -1 },
    { "99999999999w", -1 },
    { "inf", -1 },
    { "nan", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      gint64 usec = -7;

      if (cases[i].usec < 0)
        {
          g_assert_false (ctl_parse_duration (cases[i].text, &usec, &error));
          g_assert_error (error, CTL_ERROR, CTL_ERROR_USAGE);
          g_assert_cmpint (usec, ==, -7);
          continue;
        }
      g_assert_true (ctl_parse_duration (cases[i].text, &usec, &error));
      g_assert_no_error (error);
      g_assert_cmpint (usec, ==, cases[i].usec);
    }
}

static void
test_times_without_a_zone_are_utc (void)
{
  static const struct
  {
    const char *text;
    gboolean    assumed;
    gint64      unix_time;
  } cases[] = {
    { "2006-08-10T15:44:22Z", FALSE, 1155224662 },
    { "2006-08-10T17:44:22+02:00", FALSE, 1155224662 },
    { "2006-08-10 17:44:22+02:00", FALSE, 1155224662 },
    { "2006-08-10T15:44:22", TRUE, 1155224662 },
    { "2006-08-10 15:44:22", TRUE, 1155224662 },
    { "2006-08-10T15:44", TRUE, 1155224640 },
    { "2006-08-10 17:44+02:00", FALSE, 1155224640 },
    { "2006-08-10T15:44Z", FALSE, 1155224640 },
  };
  g_autoptr(GError) error = NULL;
  gboolean assumed;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GDateTime) time = ctl_parse_time (cases[i].text, &assumed, &error);

      g_assert_no_error (error);
      g_assert_cmpint (assumed, ==, cases[i].assumed);
      g_assert_cmpint (g_date_time_to_unix (time), ==, cases[i].unix_time);
    }
  g_assert_null (ctl_parse_time ("tomorrow", &assumed, &error));
  g_assert_error (error, CTL_ERROR, CTL_ERROR_USAGE);
}

static void
assert_text (char       *text,
             const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_durations_are_shown_in_two_units (void)
{
  assert_text (ctl_dup_duration (-5), "0 s");
  assert_text (ctl_dup_duration (999), "999 µs");
  assert_text (ctl_dup_duration (1500), "1 ms");
  assert_text (ctl_dup_duration (1500000), "1.5 s");
  assert_text (ctl_dup_duration (59999999), "59 s");
  assert_text (ctl_dup_duration (250000000), "4 min 10 s");
  assert_text (ctl_dup_duration (5400000000), "1 h 30 min");
  assert_text (ctl_dup_duration (G_GINT64_CONSTANT (180000000000)), "2 d 2 h");
  assert_text (ctl_dup_age (G_MAXINT64), "999d");
  assert_text (ctl_dup_age (-1), "0s");
  assert_text (ctl_dup_time_utc (1155224662000211), "2006-08-10T15:44:22.000211Z");
  assert_text (ctl_dup_time_utc (G_MAXINT64), "9223372036854775807");
}

/* ---- JSON ---- */

static void
test_values_become_json (void)
{
  static const struct
  {
    const char *value;
    const char *json;
  } cases[] = {
    { "42", "42" },
    { "true", "true" },
    { "@t 9007199254740992", "9007199254740992" },
    { "@t 9007199254740993", "\"9007199254740993\"" },
    { "@t 18446744073709551615", "\"18446744073709551615\"" },
    { "@x -9007199254740993", "\"-9007199254740993\"" },
    { "3.5", "3.5" },
    { "'a \"b\"'", "\"a \\\"b\\\"\"" },
    { "<<5>>", "5" },
    { "(1, 'a')", "[1,\"a\"]" },
    { "()", "[]" },
    { "@mi nothing", "null" },
    { "just 5", "5" },
    { "{'a': <1>, 'b': <[1, 2]>}", "{\"a\":1,\"b\":[1,2]}" },
    { "{1: 'x'}", "{\"1\":\"x\"}" },
    { "[{'id': <@t 5>}]", "[{\"id\":5}]" },
    { "b'ab'", "[97,98,0]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (cases[i].value));
      g_autoptr(JsonNode) node = ctl_json_of_variant (value);

      assert_text (json_to_string (node, FALSE), cases[i].json);
    }
}

static void
test_numbers_that_are_none_become_text (void)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new ("(ddd)", (double) NAN, (double) INFINITY,
                                                                 -(double) INFINITY));
  g_autoptr(JsonNode) node = ctl_json_of_variant (value);

  assert_text (json_to_string (node, FALSE), "[\"NaN\",\"Infinity\",\"-Infinity\"]");
}

static void
test_a_job_becomes_json_with_times (void)
{
  g_autoptr(AsyncqJobInfo) job =
    asyncq_job_info_new (g_variant_new_parsed ("{'Id': <@t 3>, 'BeginAfter': <@x 0>,"
                                               " 'Created': <@x 1155224662000211>, 'Outcome': <'failed'>,"
                                               " 'Result': <<('asyncq-error-quark', 1, 'why')>>}"));
  g_autoptr(JsonNode) node = ctl_json_of_job (job, NULL);
  static const char *const chosen[] = { "Id", NULL };
  g_autoptr(JsonNode) one = ctl_json_of_job (job, chosen);

  assert_text (json_to_string (node, FALSE), "{\"id\":3,\"begin_after\":null,\"created\":\"2006-08-"
                                             "10T15:44:22.000211Z\",\"outcome\":\"failed\","
                                             "\"result\":null,\"error\":{\"domain\":\"asyncq-error-"
                                             "quark\",\"code\":1,\"message\":\"why\"}}");
  assert_text (json_to_string (one, FALSE), "{\"id\":3}");
}

/* ---- options and words ---- */

typedef struct
{
  CtlContext context;
  char      *queue;
  gboolean   parallel;
  GStrv      words;
} Parsed;

static gboolean
parse (Parsed      *parsed,
       CtlDash      dash,
       const char  *line,
       GError     **error)
{
  const GOptionEntry entries[] = {
    { "queue", 'u', 0, G_OPTION_ARG_STRING, &parsed->queue, "", NULL },
    { "parallel", 0, 0, G_OPTION_ARG_NONE, &parsed->parallel, "", NULL },
    { NULL }
  };
  g_auto(GStrv) arguments = NULL;

  *parsed = (Parsed) { .context = { .timeout_usec = -1 } };
  g_assert_true (g_shell_parse_argv (line, NULL, &arguments, NULL));
  return ctl_options_parse (&parsed->context, &ctl_verb_submit, entries, dash,
                            (const char *const *) arguments, &parsed->words, error);
}

static void
parsed_clear (Parsed *parsed)
{
  ctl_context_clear (&parsed->context);
  g_free (parsed->queue);
  g_strfreev (parsed->words);
}

static void
test_words_after_the_function_may_begin_with_a_dash (void)
{
  static const struct
  {
    const char *line;
    const char *words;
    const char *queue;
    gboolean    parallel;
  } cases[] = {
    { "f -5 x=-1", "f|-5|x=-1", NULL, FALSE },
    { "--queue mail f 1", "f|1", "mail", FALSE },
    { "--queue=mail f 1", "f|1", "mail", FALSE },
    { "-u mail f -u", "f|-u", "mail", FALSE },
    { "f 1 --queue mail 2", "f|1|2", "mail", FALSE },
    { "f --other", "f|--other", NULL, FALSE },
    { "f -- --queue=mail", "f|--|--queue=mail", NULL, FALSE },
    { "-- f -5", "f|-5", NULL, FALSE },
    { "--parallel 'f 1' 'g 2' --queue x", "f 1|g 2", "x", TRUE },
    { "f -", "f|-", NULL, FALSE },
    { "f ''", "f|", NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      Parsed parsed;

      g_assert_true (parse (&parsed, CTL_DASH_IS_WORD, cases[i].line, &error));
      g_assert_no_error (error);
      assert_text (g_strjoinv ("|", parsed.words), cases[i].words);
      g_assert_cmpstr (parsed.queue, ==, cases[i].queue);
      g_assert_cmpint (parsed.parallel, ==, cases[i].parallel);
      parsed_clear (&parsed);
    }
}

static void
test_other_verbs_take_options_anywhere (void)
{
  g_autoptr(GError) error = NULL;
  Parsed parsed;

  g_assert_true (parse (&parsed, CTL_DASH_IS_OPTION, "30 --timeout=2s -q 31 --json=short -- -5", &error));
  g_assert_no_error (error);
  assert_text (g_strjoinv ("|", parsed.words), "30|31|-5");
  g_assert_cmpint (parsed.context.timeout_usec, ==, 2000000);
  g_assert_true (parsed.context.quiet);
  g_assert_cmpint (parsed.context.json, ==, CTL_JSON_SHORT);
  parsed_clear (&parsed);
}

static void
test_bad_options_are_usage (void)
{
  static const char *const lines[] = { "--nonsense", "-z", "30 --nonsense", "--json=yaml", "--color=red",
                                       "--timeout=soon", "--queue", "wor\xc3" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(GError) error = NULL;
      Parsed parsed;

      g_assert_false (parse (&parsed, CTL_DASH_IS_OPTION, lines[i], &error));
      g_assert_nonnull (error);
      g_assert_cmpint (ctl_exit_of_error (error), ==, CTL_EXIT_USAGE);
      parsed_clear (&parsed);
    }
}

static void
test_the_verb_is_found_behind_options (void)
{
  static const char *const line[] = { "--address", "x", "--json=short", "list", "wait", NULL };
  static const char *const none[] = { "--address", "x", NULL };
  guint index = 7;

  g_assert_true (ctl_options_find_verb (line, &index));
  g_assert_cmpuint (index, ==, 3);
  g_assert_false (ctl_options_find_verb (none, &index));
}

/* ---- specs ---- */

static CtlFunctions
make_functions (void)
{
  CtlFunctions functions = { g_ptr_array_new_with_free_func (g_object_unref) };

  g_ptr_array_add (functions.functions, asyncq_function_info_new (g_variant_new_parsed (
    "{'name': <'t.add'>, 'parameters': <'x i, y i = 2'>}")));
  g_ptr_array_add (functions.functions, asyncq_function_info_new (g_variant_new_parsed (
    "{'name': <'t.sum'>, 'parameters': <'start i = 0, jobs aa{sv} = []'>}")));
  return functions;
}

static void
test_a_file_becomes_specs (void)
{
  static const struct
  {
    const char *json;
    const char *entries; /* of the last spec */
  } cases[] = {
    { "\"t.add 1 y=3\"", "[{'function': <'t.add'>, 'arguments': <(1,)>, 'named': <{'y': <3>}>}]" },
    { "{\"function\": \"t.add\", \"arguments\": [1, 4], \"queue\": \"mail\", \"priority\": 5, "
      "\"key\": \"k\"}",
      "[{'function': <'t.add'>, 'arguments': <(1, 4)>, 'priority': <byte 0x05>, 'queue': <'mail'>,"
      " 'submit-key': <'k'>}]" },
    { "{\"function\": \"t.add\", \"arguments\": {\"x\": 7}, \"at\": \"2006-08-10T15:44:22Z\"}",
      "[{'function': <'t.add'>, 'named': <{'x': <7>}>, 'begin-after': <int64 1155224662000000>}]" },
    { "[\"t.add 1\", {\"serial\": [\"t.add 1\", {\"parallel\": []}], \"postprocess\": \"t.sum "
      "10\"}]",
      "[{'kind': <'serial'>}, {'function': <'t.add'>, 'arguments': <(1,)>, 'parent': <uint32 0>},"
      " {'kind': <'parallel'>, 'parent': <uint32 0>},"
      " {'function': <'t.sum'>, 'arguments': <(10,)>, 'parent': <uint32 0>, 'role': "
      "<'postprocess'>}]" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"retry\": \"never\", \"after\": \"10min\", \"begin_by\": 90,"
      " \"run_timeout\": \"5s\", \"total_timeout\": \"1h\", \"crash_limit\": 2,"
      " \"failure_log_level\": \"info\"}",
      "[{'function': <'t.add'>, 'arguments': <(1,)>, 'begin-by': <int64 90000000>, 'crash-limit': <uint32 2>,"
      " 'delay': <int64 600000000>, 'failure-log-level': <'info'>, 'retry': <'never'>,"
      " 'run-timeout': <int64 5000000>, 'total-timeout': <int64 3600000000>}]" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"unique\": [\"x\", \"y\"], \"unique_scope\": \"waiting\","
      " \"unique_conflict\": \"merge\"}",
      "[{'function': <'t.add'>, 'arguments': <(1,)>, 'unique-arguments': <['x', 'y']>,"
      " 'unique-conflict': <'merge'>, 'unique-scope': <'waiting'>}]" },
    { "{\"function\": \"t.add\", \"arguments\": [1],"
      " \"callbacks\": [\"t.sum 1\", {\"function\": \"t.sum\", \"on\": \"failure\", \"callbacks\": [\"t.sum\"]}]}",
      "[{'function': <'t.add'>, 'arguments': <(1,)>},"
      " {'function': <'t.sum'>, 'arguments': <(1,)>, 'parent': <uint32 0>, 'role': <'callback'>, 'on': <'any'>},"
      " {'function': <'t.sum'>, 'parent': <uint32 0>, 'role': <'callback'>, 'on': <'failure'>},"
      " {'function': <'t.sum'>, 'parent': <uint32 2>, 'role': <'callback'>, 'on': <'any'>}]" },
    { "{\"factory\": \"adder\", \"arguments\": {\"x\": 5}, \"callback_of\": \"30:success\", \"after_jobs\": [\"@7:any\"]}",
      "[{'factory': <'adder'>, 'named': <{'x': <int64 5>}>, 'parent-job': <uint64 30>, 'role': <'callback'>,"
      " 'on': <'success'>, 'after-jobs': <[(uint64 7, 'any')]>}]" },
    { "{\"batch\": [{\"function\": \"t.add\", \"arguments\": [1], \"name\": \"a\"},"
      " {\"function\": \"t.add\", \"arguments\": [2], \"after_jobs\": [\"a:failure\"]}], \"append_to\": 30}",
      "[{'kind': <'batch'>, 'parent-job': <uint64 30>}, {'function': <'t.add'>, 'arguments': <(1,)>,"
      " 'parent': <uint32 0>}, {'function': <'t.add'>, 'arguments': <(2,)>, 'parent': <uint32 0>,"
      " 'after': <[(uint32 1, 'failure')]>}]" },
    { "{\"function\": \"u.later\", \"arguments\": [1, \"a\"], \"defer_check\": true}",
      "[{'function': <'u.later'>, 'arguments': <(int64 1, 'a')>, 'defer-check': <true>}]" },
  };
  g_auto(CtlFunctions) functions = make_functions ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) specs = ctl_spec_read_json (&functions, cases[i].json, FALSE, &error);
      g_autoptr(GVariant) entries = NULL;

      g_assert_no_error (error);
      entries = asyncq_job_spec_to_entries (g_ptr_array_index (specs, specs->len - 1));
      assert_text (g_variant_print (entries, FALSE), cases[i].entries);
    }
}

static void
test_mistakes_in_a_file_are_named_with_their_place (void)
{
  static const struct
  {
    const char *json;
    const char *message; /* part of it */
  } cases[] = {
    { "", "the file is not JSON" },
    { "{", "the file is not JSON" },
    { "5", "$: a job is a text or an object" },
    { "[\"t.add 1\", 5]", "$[1]: a job is a text or an object" },
    { "{}", "$: one of 'function', 'factory', 'parallel', 'serial' and 'batch' is wanted" },
    { "{\"function\": \"t.add\", \"serial\": []}", "$: one of" },
    { "{\"function\": \"t.add\", \"colour\": 1}", "$: 'colour' is not known" },
    { "{\"function\": \"t.add\", \"queue\": 1}", "$: 'queue' is of the wrong type" },
    { "{\"function\": 5}", "$: 'function' is of the wrong type" },
    { "{\"function\": \"t.add\", \"arguments\": 1}", "$.arguments: a list" },
    { "{\"function\": \"t.add\", \"arguments\": [\"a\"]}", "$.arguments[0]: this is not of type 'i'" },
    { "{\"function\": \"t.add\"}", "$: t.add: argument 'x' is missing" },
    { "{\"function\": \"t.add\", \"arguments\": [1, 2, 3]}", "$: t.add: 3 arguments given" },
    { "{\"function\": \"t.ad\"}", "$: no plugin has a function 't.ad'; did you mean 't.add'?" },
    { "{\"parallel\": [\"t.add\"]}", "$.parallel[0]: t.add: argument 'x' is missing" },
    { "{\"parallel\": 5}", "$: 'parallel' is a list of jobs" },
    { "{\"serial\": [], \"postprocess\": {\"serial\": []}}", "$.postprocess: this has to be a function" },
    { "{\"serial\": [], \"postprocess\": \"t.sum 1 jobs=[]\"}", "argument 'jobs' cannot be given" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"priority\": 256}", "$: 'priority' is a number from 0 to 255, not '256'" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"after\": \"soon\"}",
      "$: after: 'soon' is not a duration" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"begin_by\": \"-5s\"}",
      "$: begin-by: '-5s' is not a duration" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"retry\": true}", "$: 'retry' is of the wrong type" },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"failure_log_level\": \"loud\"}",
      "$: 'failure-log-level' cannot be 'loud'; it is one of debug," },
    { "{\"function\": \"t.add\", \"arguments\": [1], \"unique_scope\": \"waiting\"}",
      "$: 'unique-scope', 'unique-period' and 'unique-conflict' go with 'unique' or 'unique-key'" },
    { "{\"function\": \"t.add\", \"arguments\": [1],"
      " \"callbacks\": [{\"function\": \"t.sum\", \"arguments\": [1], \"on\": \"x\"}]}",
      "$.callbacks[0]: 'x' makes no sense" },
    { "{\"function\": \"t.add\", \"arguments\": [1],"
      " \"callbacks\": [{\"function\": \"t.sum\", \"arguments\": [1], \"on\": \"first-failure\"}]}",
      "$.callbacks[0]: only a composite job has a first failure" },
    { "[\"t.add 1\", {\"function\": \"t.add\", \"arguments\": [1], \"after_jobs\": [\"nobody\"]}]",
      "$[1].after_jobs[0]: there is no job 'nobody' in this file" },
    { "[\"t.add 1\", {\"function\": \"t.add\", \"arguments\": [1], \"after_jobs\": [2]}]",
      "$[1].after_jobs[0]: the list of this file has no such place" },
    { "[{\"function\": \"t.add\", \"arguments\": [1], \"name\": \"a\"},"
      " {\"function\": \"t.add\", \"arguments\": [1], \"name\": \"a\"}]",
      "$[1]: there are two jobs 'a'" },
  };
  g_auto(CtlFunctions) functions = make_functions ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (ctl_spec_read_json (&functions, cases[i].json, FALSE, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("%s gave: %s", cases[i].json, error->message);
    }
}

static void
test_words_of_an_unknown_function_are_guessed (void)
{
  static const char *const words[] = { "5", "text", "n=1", "--", "m=2", NULL };
  g_auto(CtlFunctions) functions = make_functions ();
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqJobSpec) spec = ctl_spec_of_words (&functions, "u.later", words, 0, TRUE, &error);
  g_autoptr(GVariant) entries = NULL;

  g_assert_no_error (error);
  entries = asyncq_job_spec_to_entries (spec);
  assert_text (g_variant_print (entries, FALSE),
               "[{'function': <'u.later'>, 'arguments': <(5, 'text', 'm=2')>, 'named': <{'n': <1>}>,"
               " 'defer-check': <true>}]");
  g_assert_null (ctl_spec_of_words (&functions, "u.later", words, 0, FALSE, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION);
}

/* ---- looks ---- */

static void
test_names_are_guessed (void)
{
  static const char *const names[] = { "submit", "status", "show", "get-property", NULL };

  g_assert_cmpstr (ctl_suggest ("submt", names), ==, "submit");
  g_assert_cmpstr (ctl_suggest ("stats", names), ==, "status");
  g_assert_cmpstr (ctl_suggest ("get", names), ==, "get-property");
  g_assert_null (ctl_suggest ("frobnicate", names));
  g_assert_null (ctl_suggest ("", names));
}

static void
test_tables_fit_their_width (void)
{
  static const char *const headings[] = { ">JOB", "FUNCTION", ">TRY", NULL };
  CtlContext context = { .color = CTL_COLOR_NEVER };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autofree char *wide = NULL;
  g_autofree char *narrow = NULL;

  ctl_table_add (table, CTL_LOOK_PLAIN, "7");
  ctl_table_add (table, CTL_LOOK_PLAIN, "plugin.function_name");
  ctl_table_add (table, CTL_LOOK_PLAIN, "12");
  ctl_table_add (table, CTL_LOOK_PLAIN, "1234");
  ctl_table_add (table, CTL_LOOK_BAD, "a\tb\xff");
  ctl_table_add (table, CTL_LOOK_PLAIN, "1");

  wide = ctl_table_format (table, &context, 1, 0);
  g_assert_cmpstr (wide, ==, " JOB  FUNCTION              TRY\n"
                             "   7  plugin.function_name   12\n"
                             "1234  a?b?                    1\n");
  context.no_legend = TRUE;
  narrow = ctl_table_format (table, &context, 1, 22);
  for (char *line = strtok (narrow, "\n"); line != NULL; line = strtok (NULL, "\n"))
    g_assert_cmpint (g_utf8_strlen (line, -1), <=, 22);
}

static void
test_a_table_with_a_long_name_fits_too (void)
{
  const char *const headings[] = { "SCHEDULE", "STATE", "WHEN", NULL };
  CtlContext context = { .color = CTL_COLOR_NEVER };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autofree char *name = g_strnfill (128, 'n');
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;

  ctl_table_add (table, CTL_LOOK_PLAIN, name);
  ctl_table_add (table, CTL_LOOK_PLAIN, "paused");
  ctl_table_add (table, CTL_LOOK_PLAIN, "every day at 3 in the morning");
  text = ctl_table_format (table, &context, 2, 80);
  for (char *line = strtok (text, "\n"); line != NULL; line = strtok (NULL, "\n"))
    g_assert_cmpint (g_utf8_strlen (line, -1), <=, 80);
  /* who reads it with a program gets all of it */
  whole = ctl_table_format (table, &context, 2, 0);
  g_assert_nonnull (strstr (whole, name));
}

static void
test_progress_shows_state_attempt_and_members (void)
{
  g_autoptr(AsyncqJobInfo) job =
    asyncq_job_info_new (g_variant_new_parsed ("{'Id': <@t 3>, 'Function': <'parallel'>, 'State': <'active'>,"
                                               " 'Attempt': <@u 2>, 'Started': <@x 1000000>,"
                                               " 'Members': <[@t 4, 5, 6, 7]>}"));
  g_autofree char *line = ctl_progress_dup_line (job, 1, 5000000);

  g_assert_nonnull (strstr (line, " 3 parallel: active, attempt 2, 4.0 s ["));
  g_assert_nonnull (strstr (line, "] 1/4"));
}

static void
test_a_job_says_how_far_it_has_come (void)
{
  g_autoptr(GVariant) properties = g_variant_ref_sink (g_variant_new_parsed (
    "{'Id': <uint64 3>, 'Function': <'t.page'>, 'State': <'active'>, 'Attempt': <uint32 1>, 'Created': <int64 0>,"
    " 'Started': <int64 1000000>, 'Progress': <(0.5, uint64 20, uint64 40, 'page 20')>}"));
  g_autoptr(AsyncqJobInfo) job = asyncq_job_info_new (properties);
  g_autofree char *line = ctl_progress_dup_line (job, 0, 5000000);

  g_assert_nonnull (strstr (line, "] 50 % 20/40 5/s, 4.0 s left  page 20"));
}

static void
test_every_error_has_a_status (void)
{
  static const struct
  {
    int     code;
    CtlExit status;
  } cases[] = {
    { ASYNCQ_ERROR_FAILED, CTL_EXIT_ERROR },
    { ASYNCQ_ERROR_BAD_ARGUMENTS, CTL_EXIT_ERROR },
    { ASYNCQ_ERROR_BAD_STATE, CTL_EXIT_ERROR },
    { ASYNCQ_ERROR_INVALID, CTL_EXIT_USAGE },
    { ASYNCQ_ERROR_TIMED_OUT, CTL_EXIT_TIMED_OUT },
    { ASYNCQ_ERROR_NOT_ALLOWED, CTL_EXIT_NOT_ALLOWED },
    { ASYNCQ_ERROR_EXISTS, CTL_EXIT_CONFLICT },
    { ASYNCQ_ERROR_NOT_RUNNING, CTL_EXIT_NOT_RUNNING },
    { ASYNCQ_ERROR_NO_SUCH_JOB, CTL_EXIT_NO_SUCH_OBJECT },
    { ASYNCQ_ERROR_NO_SUCH_FUNCTION, CTL_EXIT_NO_SUCH_OBJECT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, cases[i].code, "x");

      g_assert_cmpint (ctl_exit_of_error (error), ==, cases[i].status);
    }
  g_assert_cmpint (ctl_exit_of_outcome (ASYNCQ_JOB_OUTCOME_SUCCEEDED), ==, 0);
  g_assert_cmpint (ctl_exit_of_outcome (ASYNCQ_JOB_OUTCOME_FAILED), ==, 20);
  g_assert_cmpint (ctl_exit_of_outcome (ASYNCQ_JOB_OUTCOME_CANCELLED), ==, 21);
  g_assert_cmpint (ctl_exit_of_outcome (ASYNCQ_JOB_OUTCOME_EXPIRED), ==, 22);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ctl/a job says how far it has come", test_a_job_says_how_far_it_has_come);
  g_test_add_func ("/ctl/durations are read", test_durations_are_read);
  g_test_add_func ("/ctl/times without a zone are UTC", test_times_without_a_zone_are_utc);
  g_test_add_func ("/ctl/durations are shown in two units", test_durations_are_shown_in_two_units);
  g_test_add_func ("/ctl/values become JSON", test_values_become_json);
  g_test_add_func ("/ctl/numbers that are none become text", test_numbers_that_are_none_become_text);
  g_test_add_func ("/ctl/a job becomes JSON with times", test_a_job_becomes_json_with_times);
  g_test_add_func ("/ctl/words after the function may begin with a dash",
                   test_words_after_the_function_may_begin_with_a_dash);
  g_test_add_func ("/ctl/other verbs take options anywhere", test_other_verbs_take_options_anywhere);
  g_test_add_func ("/ctl/bad options are usage", test_bad_options_are_usage);
  g_test_add_func ("/ctl/the verb is found behind options", test_the_verb_is_found_behind_options);
  g_test_add_func ("/ctl/a file becomes specs", test_a_file_becomes_specs);
  g_test_add_func ("/ctl/mistakes in a file are named with their place",
                   test_mistakes_in_a_file_are_named_with_their_place);
  g_test_add_func ("/ctl/words of an unknown function are guessed",
                   test_words_of_an_unknown_function_are_guessed);
  g_test_add_func ("/ctl/names are guessed", test_names_are_guessed);
  g_test_add_func ("/ctl/tables fit their width", test_tables_fit_their_width);
  g_test_add_func ("/ctl/a table with a long name fits too", test_a_table_with_a_long_name_fits_too);
  g_test_add_func ("/ctl/progress shows state, attempt and members",
                   test_progress_shows_state_attempt_and_members);
  g_test_add_func ("/ctl/every error has a status", test_every_error_has_a_status);

  return g_test_run ();
}
