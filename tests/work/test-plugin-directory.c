/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Plugins that come, change and go while the daemon runs
 */

#include "config.h"

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

static const char * const only_demo[] = { "demo", NULL };

static guint
generation_of (Fixture    *fixture,
               const char *function)
{
  const AqFunction *found = aq_function_table_lookup (aq_engine_get_functions (fixture->engine), function);

  return found == NULL ? 0 : found->generation;
}

static void
wait_for_generation (Fixture    *fixture,
                     const char *function,
                     guint       generation)
{
  while (generation_of (fixture, function) != generation)
    fixture_turn ();
}

/* why the file is refused, once it is */
static char *
wait_for_refusal (Fixture    *fixture,
                  const char *name)
{
  g_autofree char *path = fixture_path (fixture, name);

  while (TRUE)
    {
      g_autoptr(GPtrArray) refused = aq_work_dup_refused (fixture->work);

      for (guint i = 0; i < refused->len; i++)
        {
          const AqRefusedPlugin *plugin = g_ptr_array_index (refused, i);

          if (g_str_equal (plugin->file, path))
            return g_strdup (plugin->message);
        }
      fixture_turn ();
    }
}

static void
assert_refused (Fixture    *fixture,
                const char *name,
                const char *pattern)
{
  g_autofree char *message = wait_for_refusal (fixture, name);

  if (!g_regex_match_simple (pattern, message, 0, 0))
    g_test_message ("the message is: %s", message);
  g_assert_true (g_regex_match_simple (pattern, message, 0, 0));
}

static void
test_what_is_there_at_the_start_can_be_called (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);
  const AqFunction *function = aq_function_table_lookup (aq_engine_get_functions (fixture->engine), "demo.multiply");
  g_autofree char *path = fixture_path (fixture, "demo.so");

  g_assert_nonnull (function);
  g_assert_cmpstr (function->parameters, ==, "x i, y i");
  g_assert_cmpstr (function->result_type, ==, "i");
  g_assert_cmpstr (function->plugin, ==, "demo");
  g_assert_cmpstr (function->version, ==, "1.0");
  g_assert_cmpstr (function->file, ==, path);
  g_assert_cmpuint (function->generation, ==, 1);
  g_assert_cmpuint (strlen (function->build), >=, 32);
}

static void
test_a_plugin_that_is_dropped_in_runs (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);

  fixture_add_plugin (fixture, "demo", "demo");
  wait_for_generation (fixture, "demo.multiply", 1);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

/* as a compiler or cp writes it */
static void
test_a_plugin_that_is_written_in_place_runs (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);
  g_autofree char *from = built_plugin ("demo");
  g_autofree char *to = fixture_path (fixture, "demo.so");
  g_autofree char *bytes = NULL;
  gsize size;
  FILE *file;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  file = g_fopen (to, "w");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes, 1, size / 2, file), ==, size / 2);
  g_assert_cmpint (fflush (file), ==, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* half of it is no plugin, and nobody takes it for one */
  g_assert_cmpuint (fwrite (bytes + size / 2, 1, size - size / 2, file), ==, size - size / 2);
  g_assert_cmpint (fclose (file), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_a_new_file_is_a_new_generation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;
  g_autofree char *path = fixture_path (fixture, "demo.so");
  FILE *file;

  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  /* one byte more at its end makes it another file that loads as well */
  file = g_fopen (path, "a");
  g_assert_nonnull (file);
  g_assert_cmpint (fputc ('\n', file), ==, '\n');
  g_assert_cmpint (fclose (file), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 2);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  after = fixture_pids (fixture);
  g_assert_cmpuint (g_array_index (before, guint32, 0), !=, g_array_index (after, guint32, 0));
}

static void
test_the_same_bytes_are_no_new_generation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);

  fixture_add_plugin (fixture, "demo", "demo");
  fixture_add_plugin (fixture, "pi", "pi");
  wait_for_generation (fixture, "pi.process_samples", 1);
  g_assert_cmpuint (generation_of (fixture, "demo.multiply"), ==, 1);
}

static void
test_a_broken_file_leaves_the_old_generation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);

  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*demo.so*wanted a shared object*not loaded");
  fixture_write_file (fixture, "demo.so", "no shared object", 0644);
  assert_refused (fixture, "demo.so", "found what cannot be loaded, wanted a shared object");
  g_test_assert_expected_messages ();
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  g_assert_cmpuint (generation_of (fixture, "demo.multiply"), ==, 1);
}

static void
test_a_file_that_is_made_safe_is_looked_at_again (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);
  g_autofree char *path = fixture_path (fixture, "demo.so");
  g_autofree char *from = built_plugin ("demo");
  g_autofree char *hidden = fixture_path (fixture, ".demo");
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (hidden, bytes, (gssize) size, NULL));
  g_assert_cmpint (g_chmod (hidden, 0666), ==, 0);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*mode 0666*");
  g_assert_cmpint (g_rename (hidden, path), ==, 0);
  assert_refused (fixture, "demo.so", "found mode 0666");
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_a_plugin_that_is_taken_away_cannot_be_called (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);
  g_autofree char *path = fixture_path (fixture, "demo.so");
  g_autofree char *state = NULL;
  guint64 id;

  g_assert_cmpint (g_unlink (path), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 0);
  /* a job of it waits until it is back, as the next generation */
  id = fixture_submit (fixture, "[{'function': <'demo.multiply'>, 'arguments': <(6, 7)>, 'defer-check': <true>}]");
  state = fixture_state (fixture, id);
  g_assert_cmpstr (state, ==, "pending");
  fixture_add_plugin (fixture, "demo", "demo");
  wait_for_generation (fixture, "demo.multiply", 2);
  assert_value (fixture_wait (fixture, id), "42");
}

static void
test_refusals_say_what_was_found_and_wanted (void)
{
  static const struct
  {
    const char *plugin;
    const char *pattern;
  } cases[] = {
    { "bad_signature", "found the parameters" },
#ifdef __SANITIZE_ADDRESS__
    /* what looks for leaks when it exits cannot look at a process that nobody may trace */
    { "exits", "found a description of 0 bytes|LeakSanitizer" },
#else
    { "exits", "found a description of 0 bytes" },
#endif
    { "missing_symbol", "found no symbol 'missing_symbol_nowhere'" },
    { "no_constant", "found no constant 'asyncq_plugin'" },
    { "random", "found no symbol 'random_r'" },
    { "wrong_abi", "found plugin ABI 7, wanted 1" },
    { "wrong_id", "found the id 'other', wanted 'wrong_id'" },
  };
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat (cases[i].plugin, ".so", NULL);

      g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*not loaded");
      fixture_add_plugin (fixture, cases[i].plugin, cases[i].plugin);
      assert_refused (fixture, name, cases[i].pattern);
      g_test_assert_expected_messages ();
    }
}

static void
test_a_constructor_that_never_ends_is_ended (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (0);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, NULL, clock);

  fixture_add_plugin (fixture, "loops", "loops");
  /* another one is described meanwhile: the loop is not held up */
  fixture_add_plugin (fixture, "demo", "demo");
  wait_for_generation (fixture, "demo.multiply", 1);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*loops.so*not loaded");
  aq_clock_advance (clock, 11 * G_USEC_PER_SEC);
  assert_refused (fixture, "loops.so", "found a constructor that runs for more than 10 seconds");
  g_test_assert_expected_messages ();
}

static void
test_a_missing_directory_is_a_refusal (void)
{
  g_autoptr(Fixture) fixture = NULL;

  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*No such file or directory; not loaded");
  fixture = fixture_new_in (1, "/nowhere/plugins");
  g_test_assert_expected_messages ();
}

/* a directory that a test makes itself, in one that is safe */
typedef struct
{
  char *above;
  char *path;
} Place;

static void
place_init (Place *place)
{
  place->above = g_dir_make_tmp ("asyncq-place-XXXXXX", NULL);
  g_assert_nonnull (place->above);
  place->path = g_build_filename (place->above, "plugins", NULL);
}

static void
place_clear (Place *place)
{
  remove_directory (place->above);
  g_free (place->above);
  g_free (place->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static void
add_demo (const char *directory)
{
  g_autofree char *from = built_plugin ("demo");
  g_autofree char *to = g_build_filename (directory, "demo.so", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize) size, NULL));
  g_assert_cmpint (g_chmod (to, 0644), ==, 0);
}

static void
test_a_directory_that_appears_later_is_used (void)
{
  g_auto(Place) place = { NULL, NULL };
  g_autoptr(Fixture) fixture = NULL;
  g_autofree char *deep = NULL;

  place_init (&place);
  deep = g_build_filename (place.path, "inner", NULL);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*open plugin directory '*inner': No such file*");
  fixture = fixture_new_in (1, deep);
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_mkdir (place.path, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (deep, 0755), ==, 0);
  add_demo (deep);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_a_directory_that_others_may_write_is_used_when_it_is_mended (void)
{
  g_auto(Place) place = { NULL, NULL };
  g_autoptr(Fixture) fixture = NULL;

  place_init (&place);
  g_assert_cmpint (g_mkdir (place.path, 0755), ==, 0);
  add_demo (place.path);
  g_assert_cmpint (g_chmod (place.path, 0777), ==, 0);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*plugins*found mode 0777, wanted one that only*");
  fixture = fixture_new_in (1, place.path);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (generation_of (fixture, "demo.multiply"), ==, 0);
  g_assert_cmpint (g_chmod (place.path, 0755), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_a_directory_that_is_a_link_is_used_when_it_is_none (void)
{
  g_auto(Place) place = { NULL, NULL };
  g_autoptr(Fixture) fixture = NULL;
  g_autofree char *real = NULL;

  place_init (&place);
  real = g_build_filename (place.above, "real", NULL);
  g_assert_cmpint (g_mkdir (real, 0755), ==, 0);
  add_demo (real);
  g_assert_cmpint (symlink ("real", place.path), ==, 0);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*plugins*found a symbolic link, wanted a directory,*");
  fixture = fixture_new_in (1, place.path);
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_unlink (place.path), ==, 0);
  g_assert_cmpint (g_rename (real, place.path), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_a_directory_that_is_replaced_is_used_again (void)
{
  g_auto(Place) place = { NULL, NULL };
  g_autoptr(Fixture) fixture = NULL;
  g_autofree char *old = NULL;

  place_init (&place);
  old = g_build_filename (place.above, "old", NULL);
  g_assert_cmpint (g_mkdir (place.path, 0755), ==, 0);
  fixture = fixture_new_in (1, place.path);
  add_demo (place.path);
  wait_for_generation (fixture, "demo.multiply", 1);
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*No such file*");
  g_assert_cmpint (g_rename (place.path, old), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 0);
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_rename (old, place.path), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 2);
}

/* as scp over a slow line writes it: many pieces, and each is no plugin */
static void
test_a_file_that_is_copied_slowly_is_never_loaded_in_part (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);
  g_autofree char *from = built_plugin ("demo");
  g_autofree char *to = fixture_path (fixture, "demo.so");
  g_autofree char *bytes = NULL;
  gsize size;
  FILE *file;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  file = g_fopen (to, "w");
  g_assert_nonnull (file);
  for (gsize done = 0; done < size; done += 1000)
    {
      gsize n = MIN (1000, size - done);

      g_assert_cmpuint (fwrite (bytes + done, 1, n, file), ==, n);
      g_assert_cmpint (fflush (file), ==, 0);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpuint (generation_of (fixture, "demo.multiply"), ==, 0);
    }
  g_assert_cmpint (fclose (file), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_an_object_that_is_cut_short_is_refused (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);
  g_autofree char *path = fixture_path (fixture, "demo.so");

  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*demo.so*not loaded");
  g_assert_cmpint (truncate (path, 5000), ==, 0);
  /* who cuts with truncate() closes nothing: it is seen when somebody asks for it, or writes */
  g_assert_true (aq_work_reload_plugin (fixture->work, "demo"));
  assert_refused (fixture, "demo.so", "demo");
  g_test_assert_expected_messages ();
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_a_file_that_is_replaced_while_it_is_described_is_described_again (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);

  fixture_add_plugin (fixture, "demo", "demo");
  g_main_context_iteration (NULL, TRUE);
  /* the describing process has a copy of the first one still */
  fixture_add_plugin (fixture, "pi", "demo");
  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*found the id 'pi', wanted 'demo'*");
  assert_refused (fixture, "demo.so", "found the id 'pi'");
  g_test_assert_expected_messages ();
  fixture_add_plugin (fixture, "demo", "demo");
  while (generation_of (fixture, "demo.multiply") == 0)
    fixture_turn ();
}

static void
test_a_hard_link_is_loaded_at_once (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, NULL);
  g_autofree char *other = fixture_path (fixture, ".other");
  g_autofree char *path = fixture_path (fixture, "demo.so");
  g_autofree char *from = built_plugin ("demo");
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (other, bytes, (gssize) size, NULL));
  g_assert_cmpint (g_chmod (other, 0644), ==, 0);
  g_assert_cmpint (link (other, path), ==, 0);
  wait_for_generation (fixture, "demo.multiply", 1);
}

static void
test_what_there_is_to_tell_of_plugins_is_told (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, only_demo);
  g_autoptr(GVariant) list = NULL;
  g_autoptr(GVariant) demo = NULL;
  const char *text;

  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  list = g_variant_ref_sink (aq_work_list_plugins (fixture->work));
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  demo = g_variant_get_child_value (list, 0);
  g_assert_true (g_variant_lookup (demo, "id", "&s", &text));
  g_assert_cmpstr (text, ==, "demo");
  g_assert_true (g_variant_lookup (demo, "state", "&s", &text));
  g_assert_cmpstr (text, ==, "loaded");
  g_assert_true (g_variant_lookup (demo, "build", "&s", &text));
  g_assert_cmpuint (strlen (text), >=, 32);
  g_assert_false (aq_work_reload_plugin (fixture->work, "nothing"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/plugin-directory/" #name, test_##name)
  ADD (what_is_there_at_the_start_can_be_called);
  ADD (a_plugin_that_is_dropped_in_runs);
  ADD (a_plugin_that_is_written_in_place_runs);
  ADD (a_new_file_is_a_new_generation);
  ADD (the_same_bytes_are_no_new_generation);
  ADD (a_broken_file_leaves_the_old_generation);
  ADD (a_file_that_is_made_safe_is_looked_at_again);
  ADD (a_plugin_that_is_taken_away_cannot_be_called);
  ADD (refusals_say_what_was_found_and_wanted);
  ADD (a_constructor_that_never_ends_is_ended);
  ADD (a_missing_directory_is_a_refusal);
  ADD (a_directory_that_appears_later_is_used);
  ADD (a_directory_that_others_may_write_is_used_when_it_is_mended);
  ADD (a_directory_that_is_a_link_is_used_when_it_is_none);
  ADD (a_directory_that_is_replaced_is_used_again);
  ADD (a_file_that_is_copied_slowly_is_never_loaded_in_part);
  ADD (an_object_that_is_cut_short_is_refused);
  ADD (a_file_that_is_replaced_while_it_is_described_is_described_again);
  ADD (a_hard_link_is_loaded_at_once);
  ADD (what_there_is_to_tell_of_plugins_is_told);
#undef ADD

  return g_test_run ();
}
