/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Parameters of functions: parsing, fitting arguments, reading words
 */

#include "config.h"

#include <asyncq-error.h>
#include <asyncq-signature.h>

static AsyncqSignature *
signature (const char *parameters)
{
  g_autoptr(GError) error = NULL;
  AsyncqSignature *self = asyncq_signature_parse (parameters, &error);

  g_assert_no_error (error);
  g_assert_nonnull (self);
  return self;
}

/* ---- parsing ---- */

static void
test_parses_names_types_and_defaults (void)
{
  static const struct
  {
    const char *parameters;
    const char *tuple_type;
    guint       n_parameters;
    const char *last_default; /* GVariant text with types, or NULL */
  } cases[] = {
    { "", "()", 0, NULL },
    { "  ", "()", 0, NULL },
    { "x i", "(i)", 1, NULL },
    { "x i, y i = 2", "(ii)", 2, "2" },
    { "jobs aa{sv}", "(aa{sv})", 1, NULL },
    { "message s = \"a, b\"", "(s)", 1, "'a, b'" },
    { "message s = 'it\\'s = x, y i'", "(s)", 1, "\"it's = x, y i\"" },
    { "arguments as = []", "(as)", 1, "@as []" },
    { "arguments as = ['a,', ']'], n u = 3", "(asu)", 2, "uint32 3" },
    { "m a{sv} = {'a': <(1, 2)>, 'b': <[3, 4]>} , z d=1.5", "(a{sv}d)", 2, "1.5" },
    { "v v = <1>", "(v)", 1, "<1>" },
    { " a  y=0x10 ,b (ss) = ('x', 'y')", "(y(ss))", 2, "('x', 'y')" },
    { "job o = '/org/asyncq/jobs/1'", "(o)", 1, "objectpath '/org/asyncq/jobs/1'" },
    { "_x9 b = true", "(b)", 1, "true" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AsyncqSignature) self = signature (cases[i].parameters);
      guint n = asyncq_signature_get_n_parameters (self);

      g_assert_cmpuint (n, ==, cases[i].n_parameters);
      g_assert_true (g_variant_type_equal (asyncq_signature_get_tuple_type (self),
                                           G_VARIANT_TYPE (cases[i].tuple_type)));
      if (cases[i].last_default != NULL)
        {
          GVariant *value = asyncq_signature_get_default (self, n - 1);
          g_autofree char *text = NULL;

          g_assert_nonnull (value);
          g_assert_false (g_variant_is_floating (value));
          text = g_variant_print (value, TRUE);
          g_assert_cmpstr (text, ==, cases[i].last_default);
        }
      else if (n > 0)
        {
          g_assert_null (asyncq_signature_get_default (self, n - 1));
        }
    }
}

static void
test_getters_tell_name_and_type (void)
{
  g_autoptr(AsyncqSignature) self = signature ("size u = 100000, label s = 'x'");
  g_autoptr(AsyncqSignature) other = asyncq_signature_ref (self);

  g_assert_cmpstr (asyncq_signature_get_name (self, 0), ==, "size");
  g_assert_cmpstr (asyncq_signature_get_name (other, 1), ==, "label");
  g_assert_true (g_variant_type_equal (asyncq_signature_get_value_type (self, 0), G_VARIANT_TYPE_UINT32));
}

static void
test_bad_parameters_are_refused_with_the_place (void)
{
  static const struct
  {
    const char *parameters;
    const char *message; /* part of it */
  } cases[] = {
    { "x", "character 2: the GVariant type of 'x' is wanted" },
    { "x,", "character 2: the GVariant type of 'x' is wanted" },
    { "1x i", "character 1: the name of a parameter is wanted" },
    { "x i,", "character 5: the name of a parameter is wanted after a comma" },
    { ",x i", "character 1: the name of a parameter is wanted" },
    { "x i,,y i", "character 5: the name of a parameter is wanted" },
    { "x i y i", "character 5: a comma or the end is wanted" },
    { "x i, x s", "character 6: the name 'x' is there twice" },
    { "x i = 'a'", "character 7: the default of 'x' is not of type 'i': " },
    { "x i =", "the default of 'x' is not of type 'i': " },
    { "x i = 1 2", "character 9: a comma or the end is wanted" },
    { "x i = 1, y i", "'y' needs a default, since the one before it has one" },
    { "x q1", "the GVariant type of 'x' is wanted" },
    { "x mi", "cannot be part of a type" },
    { "x h", "cannot be part of a type" },
    { "x *", "cannot be part of a type" },
    { "x (r)", "cannot be part of a type" },
    { "x ()", "an empty tuple" },
    { "x {sv}", "dictionary entry" },
    { "x ({sv})", "dictionary entry" },
    { "x aaaaaaaaaaaaaaaaai", "deeper than 16" },
    { "x aaaaaaaaaaaaaaaav", "deeper than 16" },
    { "x v = <<<<<<<<<<<<<<<<1>>>>>>>>>>>>>>>>, y v = <<<<<<<<<<<<<<<<<1>>>>>>>>>>>>>>>>>",
      "the default of 'y' cannot be used: it is nested deeper" },
    { "x v = <just 5>", "the default of 'x' cannot be used: 'm'" },
    { "x i = [", "the default of 'x'" },
    { "x as = ['a'", "the default of 'x'" },
    { "x s = '\xc3'", "not UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (asyncq_signature_parse (cases[i].parameters, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("'%s' gave: %s", cases[i].parameters, error->message);
    }
}

static void
test_limits_of_names_and_types_hold (void)
{
  g_autofree char *longest = g_strnfill (64, 'n');
  g_autofree char *too_long = g_strnfill (65, 'n');
  g_autofree char *good = g_strconcat (longest, " aaaaaaaaaaaaaaaai", NULL);
  g_autofree char *bad = g_strconcat (too_long, " i", NULL);
  g_autofree char *many = g_strnfill (250, 'i');
  g_autofree char *wide = g_strdup_printf ("x (%s), y i", many);
  g_autofree char *wider = g_strdup_printf ("x (%s), y ii", many);
  g_autofree char *too_wide = g_strdup_printf ("x (%s), y i, z i", many);
  g_autoptr(AsyncqSignature) deep = signature (good);
  g_autoptr(AsyncqSignature) all = signature (wide);
  g_autoptr(GError) error = NULL;

  g_assert_null (asyncq_signature_parse (bad, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (asyncq_signature_parse (wider, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (asyncq_signature_parse (too_wide, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
}

/* ---- fitting ---- */

static GVariant *
value (const char *text)
{
  g_autoptr(GError) error = NULL;
  GVariant *parsed;

  if (text == NULL)
    return NULL;
  parsed = g_variant_parse (NULL, text, NULL, NULL, &error);
  g_assert_no_error (error);
  return g_variant_take_ref (parsed);
}

static void
test_arguments_are_bound (void)
{
  static const struct
  {
    const char *parameters;
    const char *positional;
    const char *named;
    guint       n_open;
    const char *bound;
  } cases[] = {
    { "", NULL, NULL, 0, "()" },
    { "", "()", "@a{sv} {}", 0, "()" },
    { "x i, y i = 2", "(1, 5)", NULL, 0, "(1, 5)" },
    { "x i, y i = 2", "(1,)", NULL, 0, "(1, 2)" },
    { "x i, y i = 2", "[<1>, <5>]", NULL, 0, "(1, 5)" },
    { "x i, y i = 2", "[<1>]", "{'y': <7>}", 0, "(1, 7)" },
    { "x i, y i = 2", NULL, "{'y': <7>, 'x': <3>}", 0, "(3, 7)" },
    { "x i = 1, y i = 2", NULL, NULL, 0, "(1, 2)" },
    { "x v", "(5,)", NULL, 0, "(<5>,)" },
    { "x v", "(<5>,)", NULL, 0, "(<5>,)" },
    { "x v, y v", "[<5>, <<6>>]", NULL, 0, "(<5>, <6>)" },
    { "x v = <'d'>", NULL, "{'x': <[1, 2]>}", 0, "(<[1, 2]>,)" },
    { "x v = <'d'>", "@av []", NULL, 0, "(<'d'>,)" },
    { "jobs aa{sv}", NULL, NULL, 1, "()" },
    { "scale d, jobs aa{sv}", "(2.5,)", NULL, 1, "(2.5,)" },
    { "scale d = 1.0, jobs aa{sv}= []", NULL, NULL, 1, "(1.0,)" },
    { "args av", "([<1>, <'a'>],)", NULL, 0, "([<1>, <'a'>],)" },
    { "m a{sv} = {}", NULL, NULL, 0, "(@a{sv} {},)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AsyncqSignature) self = signature (cases[i].parameters);
      g_autoptr(GVariant) positional = value (cases[i].positional);
      g_autoptr(GVariant) named = value (cases[i].named);
      g_autoptr(GVariant) bound = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *text = NULL;

      bound = asyncq_signature_bind (self, positional, named, cases[i].n_open, &error);
      g_assert_no_error (error);
      g_assert_false (g_variant_is_floating (bound));
      g_assert_true (g_variant_is_normal_form (bound));
      text = g_variant_print (bound, TRUE);
      g_assert_cmpstr (text, ==, cases[i].bound);
    }
}

static void
test_bad_arguments_are_named (void)
{
  static const struct
  {
    const char *parameters;
    const char *positional;
    const char *named;
    guint       n_open;
    const char *message;
  } cases[] = {
    { "x i, y i", "(1, 'a')", NULL, 0, "argument 2, 'y', is of type 's', 'i' is wanted" },
    { "x i, y i", "[<1>, <'a'>]", NULL, 0, "argument 2, 'y', is of type 's', 'i' is wanted" },
    { "x i, y i", NULL, "{'x': <1>, 'z': <2>}", 0,
      "argument 'z' is not known; the parameters are x, y" },
    { "x i", NULL, "{'z': <2>}", 0, "argument 'z' is not known; the only parameter is x" },
    { "", NULL, "{'z': <2>}", 0, "argument 'z' is not known; there are no parameters" },
    { "x i, y i", "(1,)", NULL, 0, "argument 'y' is missing" },
    { "x i, y i", NULL, NULL, 0, "argument 'x' is missing" },
    { "x i, y i", "(1, 2, 3)", NULL, 0, "3 arguments given, at most 2 are taken" },
    { "x i", "(1, 2)", NULL, 0, "2 arguments given, at most 1 is taken" },
    { "", "(1,)", NULL, 0, "1 arguments given, at most 0 are taken" },
    { "x i", "(1,)", "{'x': <1>}", 0, "argument 'x' is given twice" },
    { "x i = 1", NULL, "{'x': <1>, 'x': <2>}", 0, "argument 'x' is given twice" },
    { "x i", "1", NULL, 0, "the arguments are of type 'i', a tuple or 'av' is wanted" },
    { "x i", NULL, "{'x': 1}", 0, "the named arguments are of type 'a{si}', 'a{sv}' is wanted" },
    { "x i, jobs aa{sv}", NULL, "{'x': <1>, 'jobs': <@aa{sv} []>}", 1,
      "argument 'jobs' cannot be given; it is filled in when the job runs" },
    { "x i, jobs aa{sv}", "(1, @aa{sv} [])", NULL, 1, "2 arguments given, at most 1 is taken" },
    { "", NULL, NULL, 1, "the function has no parameter for what it would be given when it runs" },
    { "x v", "(<<<<<<<<<<<<<<<<<1>>>>>>>>>>>>>>>>>,)", NULL, 0,
      "argument 1, 'x', cannot be used: it is nested deeper than 16 levels" },
    { "x i, y v", NULL, "{'x': <1>, 'y': <<<<<<<<<<<<<<<<<<1>>>>>>>>>>>>>>>>>>}", 0,
      "argument 2, 'y', cannot be used: it is nested deeper than 16 levels" },
    { "x v", "(<just 5>,)", NULL, 0,
      "argument 1, 'x', cannot be used: 'm', 'h', 'r', '*' and '?' cannot be part of a type here" },
    { "x v", "(just 5,)", NULL, 0,
      "argument 1, 'x', cannot be used: 'm', 'h', 'r', '*' and '?' cannot be part of a type here" },
    { "x a{sv}", "({'k': <[<handle 1>]>},)", NULL, 0,
      "argument 1, 'x', cannot be used: 'm', 'h', 'r', '*' and '?' cannot be part of a type here" },
    { "x av", "([<1>, <()>],)", NULL, 0,
      "argument 1, 'x', cannot be used: an empty tuple cannot be an argument" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AsyncqSignature) self = signature (cases[i].parameters);
      g_autoptr(GVariant) positional = value (cases[i].positional);
      g_autoptr(GVariant) named = value (cases[i].named);
      g_autoptr(GError) error = NULL;

      g_assert_null (asyncq_signature_bind (self, positional, named, cases[i].n_open, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_a_tuple_that_fits_is_not_copied (void)
{
  g_autoptr(AsyncqSignature) self = signature ("x i, y s = 'a'");
  g_autoptr(GVariant) positional = value ("(1, 'b')");
  g_autoptr(GVariant) bound = asyncq_signature_bind (self, positional, NULL, 0, NULL);

  g_assert_true (bound == positional);
}

static void
test_floating_arguments_are_consumed (void)
{
  g_autoptr(AsyncqSignature) self = signature ("x i, y s = 'a'");
  g_autoptr(GVariant) bound = NULL;
  g_autoptr(GError) error = NULL;

  bound = asyncq_signature_bind (self, g_variant_new ("(is)", 1, "b"), NULL, 0, &error);
  g_assert_no_error (error);
  g_assert_false (g_variant_is_floating (bound));
  g_clear_pointer (&bound, g_variant_unref);

  g_assert_null (asyncq_signature_bind (self, g_variant_new ("(ss)", "1", "b"),
                                        g_variant_new ("a{sv}", NULL), 0, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS);
}

static void
test_bytes_in_bad_form_come_out_in_normal_form (void)
{
  static const guint8 bytes[] = { 'a', 'b', 'c', 0xff, 'd' }; /* neither UTF-8 nor ended by NUL */
  g_autoptr(AsyncqSignature) self = signature ("x s");
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) bound = NULL;

  positional = g_variant_new_from_data (G_VARIANT_TYPE ("(s)"), bytes, sizeof bytes, FALSE, NULL, NULL);
  g_variant_ref_sink (positional);
  bound = asyncq_signature_bind (self, positional, NULL, 0, NULL);
  g_assert_nonnull (bound);
  g_assert_true (g_variant_is_normal_form (bound));
}

/* ---- words ---- */

static void
test_words_become_arguments (void)
{
  static const struct
  {
    const char *parameters;
    const char *words; /* separated by '|' */
    const char *bound;
  } cases[] = {
    { "x i, y i", "14|3", "(14, 3)" },
    { "x i, y i", "-5|-1", "(-5, -1)" },
    { "x i, y i", "y=3|14", "(14, 3)" },
    { "x i, y i = 2", "x=-1", "(-1, 2)" },
    { "size u = 100000", "size=7", "(uint32 7,)" },
    { "size u = 100000", "", "(uint32 100000,)" },
    { "message s, times i = 1", "a=b", "('a=b', 1)" },
    { "message s, times i = 1", "message=a=b|times=2", "('a=b', 2)" },
    { "message s, times i = 1", "--|message=a", "('message=a', 1)" },
    { "message s, times i = 1", "times=4|--|--", "('--', 4)" },
    { "message s", "", NULL },
    { "message s", "message=", "('',)" },
    { "list as", "['a', 'b']", "(['a', 'b'],)" },
    { "m a{sv}", "{'k': <1>}", "({'k': <1>},)" },
    { "job o", "@30", "(objectpath '/org/asyncq/jobs/30',)" },
    { "job o", "/org/asyncq/jobs/31", "(objectpath '/org/asyncq/jobs/31',)" },
    { "job o", "'/org/asyncq/jobs/32'", "(objectpath '/org/asyncq/jobs/32',)" },
    { "any v", "5", "(<5>,)" },
    { "any v", "'text'", "(<'text'>,)" },
    { "any v", "<<5>>", "(<<5>>,)" },
    { "d d", "3", "(3.0,)" },
    { "t t", "18446744073709551615", "(uint64 18446744073709551615,)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AsyncqSignature) self = signature (cases[i].parameters);
      g_auto(GStrv) words = g_strsplit (cases[i].words, "|", -1);
      g_autoptr(GVariant) positional = NULL;
      g_autoptr(GVariant) named = NULL;
      g_autoptr(GVariant) bound = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *text = NULL;

      g_assert_true (asyncq_signature_parse_words (self, (const char * const *) words, 0,
                                                   &positional, &named, &error));
      g_assert_no_error (error);
      bound = asyncq_signature_bind (self, positional, named, 0, &error);
      if (cases[i].bound == NULL)
        {
          g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS);
          continue;
        }
      g_assert_no_error (error);
      text = g_variant_print (bound, TRUE);
      g_assert_cmpstr (text, ==, cases[i].bound);
    }
}

static void
test_bad_words_are_named (void)
{
  static const struct
  {
    const char *parameters;
    const char *words;
    guint       n_open;
    const char *message; /* part of it */
  } cases[] = {
    { "x i, y i", "1|two", 0, "argument 2, 'y': \"two\" is not GVariant text of type 'i': " },
    { "x i, y i", "x=two", 0, "argument 1, 'x': \"two\" is not GVariant text of type 'i': " },
    { "x i, y i", "z=2", 0, "'z' is not a parameter: the parameters are x, y" },
    { "x i", "1|2|3", 0, "3 arguments given, at most 1 is taken" },
    { "x i", "x=1|x=2", 0, "argument 'x' is given twice" },
    { "x i", "3000000000", 0, "argument 1, 'x'" },
    { "x v", "word", 0,
      "is not GVariant text of any type: unknown keyword; a string needs quotes of its own: "
      "\"'word'\"" },
    { "job o", "@", 0, "argument 1, 'job'" },
    { "job o", "@0", 0, "argument 1, 'job'" },
    { "job o", "@99999999999999999999", 0, "argument 1, 'job'" },
    { "s s", "\xff", 0, "argument 1, 's', is not UTF-8" },
    { "x i, jobs aa{sv}", "jobs=[]", 1, "argument 'jobs' cannot be given" },
    { "x i, jobs aa{sv}", "1|[]", 1, "2 arguments given, at most 1 is taken" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(AsyncqSignature) self = signature (cases[i].parameters);
      g_auto(GStrv) words = g_strsplit (cases[i].words, "|", -1);
      g_autoptr(GVariant) positional = NULL;
      g_autoptr(GVariant) named = NULL;
      g_autoptr(GError) error = NULL;

      g_assert_false (asyncq_signature_parse_words (self, (const char * const *) words, cases[i].n_open,
                                                    &positional, &named, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS);
      g_assert_null (positional);
      g_assert_null (named);
      if (strstr (error->message, cases[i].message) == NULL)
        g_error ("'%s' gave: %s", cases[i].words, error->message);
    }
}

/* ---- any text ---- */

/* pieces of signatures and values in any order */
static char *
make_text (guint max_pieces)
{
  static const char *const pieces[] = {
    "x", " ", "i", "y", "=", "1", ",", "'", "\"", "a", "{", "}", "s", "v", "(", ")", "[", "]", "<", ">", "<<",
    "aa{sv}", "jobs", "as", "-", "--", "@", "30", "\\", "mi", "just", "nothing", "@as []", "true", "_", "0x",
    "b'", "\t", "u", "d", ".", "e5", "\xc3\xa4", "\xc3", "objectpath", "handle 3", "x v, y v = <",
  };
  GString *text = g_string_new (NULL);

  for (guint i = g_test_rand_int_range (0, max_pieces); i > 0; i--)
    g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
test_any_text_gives_a_value_or_an_error (void)
{
  static const char *const beginnings[] = { "", "x i, y v = <",
                                            "m a{sv}, t as = ", "x v, y v = <1>, z s = 'a'" };

  for (guint i = 0; i < 50000; i++)
    {
      g_autofree char *rest = make_text (14);
      g_autofree char *parameters = g_strconcat (beginnings[i % G_N_ELEMENTS (beginnings)], rest, NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(AsyncqSignature) self = asyncq_signature_parse (parameters, &error);
      g_autofree char *first = make_text (6);
      g_autofree char *second = make_text (6);
      const char *const words[] = { first, second, NULL };
      g_autoptr(GVariant) positional = NULL;
      g_autoptr(GVariant) named = NULL;
      g_autoptr(GVariant) bound = NULL;

      g_assert_true ((self == NULL) == (error != NULL));
      if (self == NULL || !asyncq_signature_parse_words (self, words, i % 3, &positional, &named, &error))
        {
          g_assert_nonnull (error);
          continue;
        }
      bound = asyncq_signature_bind (self, positional, named, i % 3, &error);
      g_assert_true ((bound == NULL) == (error != NULL));
      g_assert_true (bound == NULL || g_variant_is_normal_form (bound));
      if (bound != NULL && i % 3 == 0)
        g_assert_true (g_variant_is_of_type (bound, asyncq_signature_get_tuple_type (self)));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signature/parses names, types and defaults", test_parses_names_types_and_defaults);
  g_test_add_func ("/signature/getters tell name and type", test_getters_tell_name_and_type);
  g_test_add_func ("/signature/bad parameters are refused with the place",
                   test_bad_parameters_are_refused_with_the_place);
  g_test_add_func ("/signature/limits of names and types hold", test_limits_of_names_and_types_hold);
  g_test_add_func ("/signature/arguments are bound", test_arguments_are_bound);
  g_test_add_func ("/signature/bad arguments are named", test_bad_arguments_are_named);
  g_test_add_func ("/signature/a tuple that fits is not copied", test_a_tuple_that_fits_is_not_copied);
  g_test_add_func ("/signature/floating arguments are consumed", test_floating_arguments_are_consumed);
  g_test_add_func ("/signature/bytes in bad form come out in normal form",
                   test_bytes_in_bad_form_come_out_in_normal_form);
  g_test_add_func ("/signature/words become arguments", test_words_become_arguments);
  g_test_add_func ("/signature/bad words are named", test_bad_words_are_named);
  g_test_add_func ("/signature/any text gives a value or an error", test_any_text_gives_a_value_or_an_error);

  return g_test_run ();
}
