/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job as a line of a dump
 */

#include "config.h"

#include "core/aq-edge.h"
#include "libasyncq/asyncq-error.h"
#include "store/tool/aq-dump-job.h"
#include "store/tool/aq-dump-json.h"

#include <math.h>
#include <string.h>

#define FULL \
  "{\"id\":8796093022208,\"queue\":\"mail\",\"function\":\"parallel\",\"kind\":\"parallel\"," \
  "\"priority\":255,\"state\":\"completed\",\"outcome\":\"failed\",\"arguments_type\":\"(sv)\"," \
  "\"arguments\":\"('a\\\"b\\\\\\\\c\\\\n', <uint32 7>)\",\"created\":\"2006-08-10T16:04:02.000211Z\"," \
  "\"begin_after\":\"1969-12-31T23:59:59.999999Z\",\"due\":\"0001-01-01T00:00:00.000000Z\"," \
  "\"order\":\"9007199254740993\",\"sequence\":4711,\"flags\":[\"put-back\",\"waiting\",\"steady\"],\"waits_for\":3,\"attempt\":4," \
  "\"interruptions\":65535,\"lease\":\"1311768467463790320\",\"agent\":\"main\",\"worker\":4242," \
  "\"started\":\"2006-08-10T16:04:02.000211Z\",\"ended\":\"9999-12-31T23:59:59.999999Z\"," \
  "\"result_type\":\"(sis)\",\"result\":\"('g-io-error-quark', 39, 'ü ☃ <>')\"," \
  "\"submit_key\":\"a key\\u0001\",\"unique_key\":\"report ü\"," \
  "\"settings\":\"{'crash-limit': <uint32 7>, 'run-timeout': <int64 5>}\"," \
  "\"past\":\"([0, 0, 0, 2, 0, 0], 7, 0, 1000, 'because', 4, 0, [(5, 6, 7, 42, 0x01, 'main', '', 0, '')])\"," \
  "\"annotations\":\"{'flag': <true>}\",\"data\":\"{'checkpoint': <('row', 5)>}\"," \
  "\"after\":[{\"job\":3,\"on\":\"any\",\"role\":\"join\",\"type\":\"i\"}," \
  "{\"job\":2,\"on\":\"start\",\"role\":\"member\"}]," \
  "\"before\":[{\"job\":\"18446744073709551614\",\"on\":\"success\",\"role\":\"result\"}]}"

#define WITNESSED \
  "{\"id\":1,\"queue\":\"\",\"function\":\"pi.sample\",\"kind\":\"call\",\"priority\":128," \
  "\"state\":\"pending\",\"outcome\":\"none\",\"arguments_type\":\"()\",\"arguments\":\"()\"," \
  "\"created\":\"1970-01-01T00:00:00.000000Z\",\"due\":\"1970-01-01T00:00:00.000000Z\",\"order\":0," \
  "\"sequence\":1,\"measured\":1,\"user_time\":1000,\"system_time\":\"18446744073709551615\"," \
  "\"peak_memory\":4096,\"written_bytes\":5,\"evidence\":\"{'signal': <11>}\",\"past_version\":1," \
  "\"past\":\"([0, 0, 0, 2, 0, 0], 7, 0, 1000, 'because', 4, 0, " \
  "[(5, 6, 7, 42, 0x05, 'main', '', 0, '', [1, 2, 3, 4, 5], {'signal': <9>})])\"}"

#define LEAST \
  "{\"id\":1,\"queue\":\"\",\"function\":\"pi.sample\",\"kind\":\"call\",\"priority\":128," \
  "\"state\":\"pending\",\"outcome\":\"none\",\"arguments_type\":\"()\",\"arguments\":\"()\"," \
  "\"created\":\"1970-01-01T00:00:00.000000Z\",\"due\":\"1970-01-01T00:00:00.000000Z\",\"order\":0," \
  "\"sequence\":1}"

static gboolean
read_line (AqDumpJob   *job,
           const char  *line,
           GError     **error)
{
  g_autoptr(JsonNode) root = aq_dump_json_parse (line, strlen (line), error);

  return root != NULL && aq_dump_job_read_json (job, json_node_get_object (root), error);
}

static void
assert_stays (const char *line)
{
  g_auto(AqDumpJob) job = { 0 };
  g_autoptr(GString) again = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  aq_dump_job_init (&job);
  g_assert_true (read_line (&job, line, &error));
  g_assert_no_error (error);
  g_assert_true (aq_dump_job_append_json (&job, again, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (again->str, ==, line);
}

static void
test_full_job (void)
{
  g_auto(AqDumpJob) job = { 0 };
  g_autoptr(GError) error = NULL;
  const AqEdgeRecord *edge;

  aq_dump_job_init (&job);
  g_assert_true (read_line (&job, FULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (job.record.order, ==, G_GUINT64_CONSTANT (9007199254740993));
  g_assert_cmpint (job.record.created_usec, ==, G_GINT64_CONSTANT (1155225842000211));
  g_assert_cmpint (job.record.begin_after_usec, ==, -1);
  g_assert_cmpuint (job.record.lease, ==, G_GUINT64_CONSTANT (0x123456789abcdef0));
  g_assert_cmpuint (job.record.flags, ==, AQ_JOB_PUT_BACK | AQ_JOB_WAITING | AQ_JOB_STEADY);
  g_assert_cmpstr (job.record.unique_key, ==, "report ü");
  g_assert_cmpuint (job.record.settings_size, >, 0);
  g_assert_cmpuint (job.record.past_size, >, 0);
  g_assert_cmpuint (job.record.annotations_size, >, 0);
  g_assert_cmpuint (job.record.data_size, >, 0);
  g_assert_cmpstr (job.record.submit_key, ==, "a key\001");
  g_assert_cmpuint (job.edges_in->len, ==, 2);
  edge = &g_array_index (job.edges_out, AqEdgeRecord, 0);
  g_assert_cmpuint (edge->parent, ==, job.record.id);
  g_assert_cmpuint (edge->child, ==, G_MAXUINT64 - 1);
  g_assert_cmpuint (edge->role, ==, AQ_EDGE_RESULT);
  assert_stays (FULL);
}

static void
test_least_job (void)
{
  assert_stays (WITNESSED);
  assert_stays (LEAST);
}

static void
test_reset_forgets (void)
{
  g_auto(AqDumpJob) job = { 0 };
  g_autoptr(GString) again = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  aq_dump_job_init (&job);
  g_assert_true (read_line (&job, FULL, &error));
  aq_dump_job_reset (&job);
  g_assert_true (read_line (&job, LEAST, &error));
  g_assert_true (aq_dump_job_append_json (&job, again, &error));
  g_assert_cmpstr (again->str, ==, LEAST);
}

/* @value: floating */
static void
assert_value_stays (GVariant   *value,
                    const char *key)
{
  g_autoptr(GVariant) owned = g_variant_ref_sink (value);
  g_auto(AqDumpJob) job = { 0 };
  g_auto(AqDumpJob) again = { 0 };
  g_autoptr(GString) line = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  gsize size = g_variant_get_size (owned);

  aq_dump_job_init (&job);
  aq_dump_job_init (&again);
  g_assert_true (read_line (&job, LEAST, &error));
  job.record.arguments_type = g_variant_get_type_string (owned);
  job.record.arguments = g_variant_get_data (owned);
  job.record.arguments_size = size;
  g_assert_true (aq_dump_job_append_json (&job, line, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (line->str, key));
  g_assert_true (read_line (&again, line->str, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (again.record.arguments, again.record.arguments_size, g_variant_get_data (owned), size);
}

static void
test_values (void)
{
  const guint64 strange_nan = G_GUINT64_CONSTANT (0xfff8000000001234);
  const guint8 not_normal[] = { 'a', 'b' };
  double nan;

  memcpy (&nan, &strange_nan, sizeof nan);
  assert_value_stays (g_variant_new ("(d)", 0.1), "\"arguments\":");
  assert_value_stays (g_variant_new ("(d)", -HUGE_VAL), "\"arguments\":");
  assert_value_stays (g_variant_new ("(dv)", 1e300, g_variant_new_double (-0.0)), "\"arguments\":");
  assert_value_stays (g_variant_new ("(d)", nan), "\"arguments_bytes\":");
  assert_value_stays (g_variant_new ("(ybnqiuxth)", 1, TRUE, -2, 3, -4, 5, G_MININT64, G_MAXUINT64, 6),
                      "\"arguments\":");
  assert_value_stays (g_variant_new_parsed ("(@ay [], b'bytes\\x01', @as [], @a{sv} {'k': <@mi nothing>})"),
                      "\"arguments\":");
  assert_value_stays (g_variant_new_parsed ("(@ms nothing, @mi 3, @mmi just nothing, @a(ii) [])"), "\"arguments\":");
  assert_value_stays (g_variant_new ("(og)", "/org/asyncq/jobs/3", "a{sv}"), "\"arguments\":");
  assert_value_stays (g_variant_new_from_data (G_VARIANT_TYPE ("(s)"), not_normal, sizeof not_normal, FALSE, NULL,
                                               NULL),
                      "\"arguments_bytes\":");
}

static const struct
{
  const char *line;
  const char *message;
} bad_lines[] = {
  { "", "it is not a whole JSON object" },
  { "[]", "it is not a whole JSON object" },
  { "{\"id\":1", "it is not a whole JSON object" },
  { "{\"id\":1,\"queue\"}", "*" },
  { "{\"id\":\xff}", "it is not UTF-8" },
  { "{\"a\":[[[[[[[[[]]]]]]]]]}", "it nests too deeply" },
  { "{\"a\":1}{\"a\":2}", "it is more than one JSON object" },
  { "{\"a\":1} {\"a\":2}", "it is more than one JSON object" },
  { "{\"a\":1,\"a\":2}", "it has a key twice" },
  { "{\"a\":[{\"b\":1,\"b\":1}]}", "it has a key twice" },
  { "{\"a\":\"b\\u0000c\"}", "a text has a NUL" },
  { "{\"a\":18446744073709551617}", "a number is too large; beyond 2^53 it is a string" },
  { "{}", "key 'id' is missing" },
};

/* what of LEAST is replaced, by what, and what is said then */
static const struct
{
  const char *from;
  const char *to;
  const char *message;
} bad_values[] = {
  { "\"id\":1", "\"id\":0", "no job can have the id 0" },
  { "\"id\":1", "\"id\":-1", "key 'id' is not a number from 0 to *" },
  { "\"id\":1", "\"id\":1.5", "key 'id' is not a number from 0 to *" },
  { "\"id\":1", "\"id\":true", "key 'id' is not a number from 0 to *" },
  { "\"id\":1", "\"id\":\"18446744073709551616\"", "key 'id' is not a number from 0 to *" },
  { "\"id\":1", "\"id\":8796093022209", "key 'id' is not a number from 0 to 8796093022208" },
  { "\"order\":0", "\"order\":\"18446744073709551615\"", "key 'order' is not a number from 0 to *" },
  { "\"sequence\":1", "\"sequence\":\"18446744073709551615\"", "key 'sequence' is not a number from 0 to *" },
  { "\"order\":0", "\"order\":0,\"lease\":\"18446744073709551615\"", "key 'lease' is not a number from 0 to *" },
  { "\"id\":1", "\"id\":1,\"Id\":1", "there is no key 'Id'" },
  { "\"queue\":\"\"", "\"queue\":\"a b\"", "'a b' cannot be the name of a queue" },
  { "\"queue\":\"\"", "\"queue\":null", "key 'queue' is not a string" },
  { "\"queue\":\"\",", "", "key 'queue' is missing" },
  { "pi.sample", "sample", "'sample' cannot be the function of this kind of job" },
  { "\"call\"", "\"serial\"", "'pi.sample' cannot be the function of this kind of job" },
  { "\"call\"", "\"cell\"", "key 'kind' has the unknown value 'cell'" },
  { "\"priority\":128", "\"priority\":256", "key 'priority' is not a number from 0 to 255" },
  { "\"pending\"", "\"sleeping\"", "key 'state' has the unknown value 'sleeping'" },
  { "\"pending\"", "\"completed\"", "a completed job has an outcome" },
  { "\"none\"", "\"good\"", "key 'outcome' has the unknown value 'good'" },
  { "\"()\",\"arguments\"", "\"*\",\"arguments\"", "key 'arguments_type' is not a definite type: '*'" },
  { "\"()\",\"arguments\"", "\"i\",\"arguments\"", "key 'arguments' does not fit its type 'i': *" },
  { "\"()\",\"arguments\"", "\"(i)\",\"arguments\"", "key 'arguments' does not fit its type '(i)': *" },
  { "\"()\",\"arguments\":\"()\"", "\"i\",\"arguments\":\"3\"", "key 'arguments_type' is not a tuple: 'i'" },
  { "\"arguments\":\"()\",", "", "one of 'arguments' and 'arguments_bytes' must be there" },
  { "\"order\":0", "\"order\":0,\"flags\":\"waiting\"", "key 'flags' is not a list" },
  { "\"order\":0", "\"order\":0,\"flags\":[\"warm\"]", "key 'flags' has the unknown value 'warm'" },
  { "\"order\":0", "\"order\":0,\"result\":\"3\"", "key 'result' is there, and no type of it" },
  { "\"order\":0", "\"order\":0,\"result_type\":\"i\"", "'result_type', and one of *" },
  { "\"order\":0", "\"order\":0,\"agent\":\"\"", "'' cannot be the name of an agent" },
  { "\"order\":0", "\"order\":0,\"after\":[3]", "key 'after' is not a list of edges" },
  { "\"order\":0", "\"order\":0,\"after\":[{\"job\":3}]", "an edge has no 'job', no 'on' or no 'role'" },
  { "\"order\":0", "\"order\":0,\"after\":[{\"job\":3,\"on\":\"any\",\"role\":\"join\",\"x\":1}]",
    "an edge has an unknown key" },
  { "1970-01-01T00:00:00.000000Z\",\"due", "1970-01-01T00:00:00Z\",\"due", "key 'created' is not a time such as *" },
  { "1970-01-01T00:00:00.000000Z\",\"due", "1970-02-30T00:00:00.000000Z\",\"due",
    "key 'created' is not a time such as *" },
};

static void
assert_refused (const char *line,
                const char *message)
{
  g_auto(AqDumpJob) job = { 0 };
  g_autoptr(GError) error = NULL;

  aq_dump_job_init (&job);
  g_assert_false (read_line (&job, line, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  if (!g_pattern_match_simple (message, error->message))
    g_error ("%s: '%s', and not '%s'", line, error->message, message);
}

static void
test_bad_lines (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_lines); i++)
    assert_refused (bad_lines[i].line, bad_lines[i].message);
  for (guint i = 0; i < G_N_ELEMENTS (bad_values); i++)
    {
      g_autoptr(GString) line = g_string_new (LEAST);

      g_assert_cmpuint (g_string_replace (line, bad_values[i].from, bad_values[i].to, 1), ==, 1);
      assert_refused (line->str, bad_values[i].message);
    }
}

static void
test_every_cut_is_refused (void)
{
  for (gsize length = 0; length < strlen (FULL); length++)
    {
      g_autofree char *line = g_strndup (FULL, length);
      g_auto(AqDumpJob) job = { 0 };
      g_autoptr(GError) error = NULL;

      aq_dump_job_init (&job);
      g_assert_false (read_line (&job, line, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dump-job/a job with everything stays as it is", test_full_job);
  g_test_add_func ("/dump-job/a job with nothing but what all have stays as it is", test_least_job);
  g_test_add_func ("/dump-job/what was read before is forgotten", test_reset_forgets);
  g_test_add_func ("/dump-job/values of every type keep their bytes", test_values);
  g_test_add_func ("/dump-job/what makes no sense is refused and named", test_bad_lines);
  g_test_add_func ("/dump-job/a line cut anywhere is refused", test_every_cut_is_refused);
  return g_test_run ();
}
