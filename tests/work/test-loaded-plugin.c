/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a worker accepts as a plugin
 */

#include "config.h"

#include "fixture.h"

#include "work/worker/aq-loaded-plugin.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* they are for the rest of the process's life, and so is this: a leak checker looks here */
static AqLoadedPlugin * volatile loaded;

static AqLoadedPlugin *
open_file (const char  *path,
           const char  *id,
           GError     **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  AqLoadedPlugin *plugin;

  g_assert_cmpint (fd, >=, 0);
  plugin = aq_loaded_plugin_open (fd, path, id, error); /* the descriptor stays open: see there */
  if (plugin != NULL)
    loaded = plugin;
  return plugin;
}

static AqLoadedPlugin *
open_built (const char  *name,
            GError     **error)
{
  g_autofree char *path = built_plugin (name);

  return open_file (path, name, error);
}

static void
assert_refused (const char *name,
                const char *pattern)
{
  g_autoptr(GError) error = NULL;
  AqLoadedPlugin *plugin = open_built (name, &error);

  g_assert_null (plugin);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI);
  if (!g_regex_match_simple (pattern, error->message, 0, 0))
    g_test_message ("the message is: %s", error->message);
  g_assert_true (g_regex_match_simple (pattern, error->message, 0, 0));
}

static void
test_a_good_plugin_has_its_functions (void)
{
  g_autoptr(GError) error = NULL;
  AqLoadedPlugin *plugin = open_built ("pi", &error);
  AqLoadedFunction *function;

  g_assert_no_error (error);
  g_assert_cmpstr (plugin->id, ==, "pi");
  g_assert_cmpstr (plugin->version, ==, "1.0");
  g_assert_cmpuint (plugin->functions->len, ==, 2);
  function = g_ptr_array_index (plugin->functions, 0);
  g_assert_cmpstr (function->full_name, ==, "pi.generate_sample");
  g_assert_cmpstr (function->arguments_type, ==, "(u)");
  g_assert_cmpstr (function->result, ==, "(uu)");
}

static void
test_another_abi_is_refused (void)
{
  assert_refused ("wrong_abi", "wrong_abi\\.so': found plugin ABI 7, wanted 1");
}

static void
test_an_object_without_the_constant_is_refused (void)
{
  assert_refused ("no_constant", "no_constant\\.so': found no constant 'asyncq_plugin', wanted one");
}

static void
test_a_function_without_a_symbol_is_refused (void)
{
  assert_refused ("missing_symbol", "function 'nowhere': found no symbol 'missing_symbol_nowhere'");
}

static void
test_a_symbol_of_libc_is_none_of_the_plugin (void)
{
  assert_refused ("random", "function 'r': found no symbol 'random_r' in it");
}

static void
test_another_id_than_the_files_name_is_refused (void)
{
  assert_refused ("wrong_id", "found the id 'other', wanted 'wrong_id'");
}

static void
test_a_signature_that_makes_no_sense_is_refused (void)
{
  assert_refused ("bad_signature", "function 'run': found the parameters \"x is a number\", wanted a signature");
}

static void
test_an_object_of_a_type_that_is_none_is_refused (void)
{
  assert_refused ("bad_object", "function 'run': found the object type 'number', wanted a definite GVariant type");
}

static void
test_a_text_file_is_refused (void)
{
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  int fd = g_file_open_tmp ("asyncq-XXXXXX.so", &path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (write (fd, "no shared object\n", 17), ==, 17);
  close (fd);
  g_assert_null (open_file (path, "x", &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI);
  g_assert_true (g_regex_match_simple ("cannot be loaded, wanted a shared object: ", error->message, 0, 0));
  g_assert_null (g_strstr_len (error->message, -1, "/proc/self"));
  (void) g_unlink (path); /* it is in the temporary folder */
}

static void
test_names_are_checked_by_pattern (void)
{
  g_autofree char *longest = g_strnfill (64, 'a');
  g_autofree char *too_long = g_strnfill (65, 'a');

  g_assert_true (aq_plugin_name_is_valid ("a"));
  g_assert_true (aq_plugin_name_is_valid ("_"));
  g_assert_true (aq_plugin_name_is_valid ("A9_z"));
  g_assert_true (aq_plugin_name_is_valid (longest));
  g_assert_false (aq_plugin_name_is_valid (""));
  g_assert_false (aq_plugin_name_is_valid ("9a"));
  g_assert_false (aq_plugin_name_is_valid ("a.b"));
  g_assert_false (aq_plugin_name_is_valid ("\303\244"));
  g_assert_false (aq_plugin_name_is_valid (too_long));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/loaded-plugin/" #name, test_##name)
  ADD (a_good_plugin_has_its_functions);
  ADD (another_abi_is_refused);
  ADD (an_object_without_the_constant_is_refused);
  ADD (a_function_without_a_symbol_is_refused);
  ADD (a_symbol_of_libc_is_none_of_the_plugin);
  ADD (another_id_than_the_files_name_is_refused);
  ADD (a_signature_that_makes_no_sense_is_refused);
  ADD (an_object_of_a_type_that_is_none_is_refused);
  ADD (a_text_file_is_refused);
  ADD (names_are_checked_by_pattern);
#undef ADD

  return g_test_run ();
}
