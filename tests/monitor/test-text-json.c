/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "monitor/aq-text-json.h"

#define NOW (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC + 211)

static void
assert_json (AqTextJson *json,
             const char *wanted)
{
  g_autofree char *text = aq_text_json_finish (json);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_layout (void)
{
  AqTextJson *json = aq_text_json_new ();

  aq_text_json_begin_object (json);
  aq_text_json_key (json, "a");
  aq_text_json_begin_array (json);
  aq_text_json_job (json, 30);
  aq_text_json_integer (json, 1);
  aq_text_json_end_array (json);
  aq_text_json_key (json, "b");
  aq_text_json_begin_object (json);
  aq_text_json_end_object (json);
  aq_text_json_key (json, "c");
  aq_text_json_begin_array (json);
  aq_text_json_end_array (json);
  aq_text_json_key (json, "d");
  aq_text_json_boolean (json, TRUE);
  aq_text_json_key (json, "e");
  aq_text_json_boolean (json, FALSE);
  aq_text_json_key (json, "f");
  aq_text_json_null (json);
  aq_text_json_end_object (json);
  assert_json (json,
               "{\n"
               "    \"a\": [\n"
               "        [\n"
               "            30,\n"
               "            \"unnamed\"\n"
               "        ],\n"
               "        1\n"
               "    ],\n"
               "    \"b\": {},\n"
               "    \"c\": [],\n"
               "    \"d\": true,\n"
               "    \"e\": false,\n"
               "    \"f\": null\n"
               "}\n");
}

static void
test_integers (void)
{
  AqTextJson *json = aq_text_json_new ();

  aq_text_json_begin_array (json);
  aq_text_json_integer (json, G_GUINT64_CONSTANT (6420106068108777167));
  aq_text_json_integer (json, G_MAXUINT64);
  aq_text_json_integer (json, 0);
  aq_text_json_end_array (json);
  assert_json (json, "[\n    6420106068108777167,\n    18446744073709551615,\n    0\n]\n");
}

static void
test_strings (void)
{
  static const struct
  {
    const char *value;
    const char *wanted;
  } strings[] = {
    { "", "\"\"\n" },
    { "a\"b\\c", "\"a\\\"b\\\\c\"\n" },
    { "\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"\n" },
    { "\001\033\177", "\"\\u0001\\u001b\\u007f\"\n" },
    { "ä€", "\"\\u00e4\\u20ac\"\n" },
    { "😀", "\"\\ud83d\\ude00\"\n" },
    { "half \xc3", "\"half \\ufffd\"\n" },
    { "</script>", "\"</script>\"\n" },
    { NULL, "null\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      AqTextJson *json = aq_text_json_new ();

      aq_text_json_string (json, strings[i].value);
      assert_json (json, strings[i].wanted);
    }
}

static void
test_durations (void)
{
  static const struct
  {
    gint64      usec;
    const char *wanted;
  } durations[] = {
    { 0, "{\n    \"seconds\": 0.0\n}\n" },
    { 5000000, "{\n    \"seconds\": 5.0\n}\n" },
    { 500000, "{\n    \"seconds\": 0.5\n}\n" },
    { 211, "{\n    \"seconds\": 0.000211\n}\n" },
    { 10000000, "{\n    \"seconds\": 10.0\n}\n" },
    { 60000000, "{\n    \"minutes\": 1\n}\n" },
    { G_GINT64_CONSTANT (3600000000), "{\n    \"hours\": 1\n}\n" },
    { G_GINT64_CONSTANT (86640000000), "{\n    \"days\": 1,\n    \"minutes\": 4\n}\n" },
    { G_GINT64_CONSTANT (93784500000),
      "{\n    \"days\": 1,\n    \"hours\": 2,\n    \"minutes\": 3,\n    \"seconds\": 4.5\n}\n" },
    { -1000000, "{\n    \"days\": -1,\n    \"hours\": 23,\n    \"minutes\": 59,\n    \"seconds\": 59.0\n}\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      AqTextJson *json = aq_text_json_new ();

      aq_text_json_duration (json, durations[i].usec);
      assert_json (json, durations[i].wanted);
    }
}

static void
test_times (void)
{
  static const struct
  {
    gint64      usec;
    const char *wanted;
  } times[] = {
    { NOW, "\"2006-08-10T15:44:22.000211Z\"\n" },
    { NOW - 211, "\"2006-08-10T15:44:22Z\"\n" },
    { -1, "\"1969-12-31T23:59:59.999999Z\"\n" },
    { 0, "null\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      AqTextJson *json = aq_text_json_new ();

      aq_text_json_time (json, times[i].usec);
      assert_json (json, times[i].wanted);
    }
}

static void
test_no_job (void)
{
  AqTextJson *json = aq_text_json_new ();

  aq_text_json_job (json, 0);
  assert_json (json, "null\n");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add_func ("/text-json/" name, func)
  ADD ("the layout is that of json.dumps with an indent of four", test_layout);
  ADD ("integers are exact to 64 bits", test_integers);
  ADD ("strings are ASCII, whatever is in them", test_strings);
  ADD ("durations leave out zero parts and keep fractions", test_durations);
  ADD ("times have six digits of a fraction or none", test_times);
  ADD ("no job is null", test_no_job);
#undef ADD

  return g_test_run ();
}
