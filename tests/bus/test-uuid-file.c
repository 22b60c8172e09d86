/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * UUID file
 */

#include "config.h"

#include "aq-uuid-file.h"

#include "libasyncq/asyncq-error.h"

#include <glib/gstdio.h>

/* 2006-08-10T15:44:22.000211Z */
#define NOW_USEC G_GINT64_CONSTANT (1155224662000211)

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  self->folder = g_dir_make_tmp ("aq-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "uuid.txt", NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  (void) g_unlink (self->path);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->path);
}

static void
test_file_is_made_once (Fixture       *self,
                        gconstpointer  unused)
{
  g_autofree char *first = aq_uuid_file_load (self->path, NOW_USEC, NULL);
  g_autofree char *second = aq_uuid_file_load (self->path, NOW_USEC + 1, NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  g_assert_true (g_uuid_string_is_valid (first));
  g_assert_cmpstr (first, ==, second);
  g_assert_true (g_file_get_contents (self->path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpstr (lines[0], ==, first);
  g_assert_true (g_str_has_prefix (lines[1], "-----"));
  g_assert_cmpuint (g_strv_length (lines), >, 5);
}

static void
test_new_identity_comes_with_a_new_file (Fixture       *self,
                                         gconstpointer  unused)
{
  g_autofree char *first = aq_uuid_file_load (self->path, NOW_USEC, NULL);
  g_autofree char *second = NULL;

  g_assert_cmpint (g_unlink (self->path), ==, 0);
  second = aq_uuid_file_load (self->path, NOW_USEC, NULL);
  g_assert_cmpstr (first, !=, second);
}

static void
test_only_the_first_line_is_read (Fixture       *self,
                                  gconstpointer  unused)
{
  g_autofree char *uuid = NULL;

  g_assert_true (g_file_set_contents (
    self->path, "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd\r\nsomething else\n", -1, NULL));
  uuid = aq_uuid_file_load (self->path, NOW_USEC, NULL);
  g_assert_cmpstr (uuid, ==, "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd");
}

static void
test_uuid_has_the_time_in_it (void)
{
  g_autofree char *uuid = aq_uuid_new (NOW_USEC);
  guint low;
  guint middle;
  guint high;
  guint64 time;

  g_assert_cmpint (sscanf (uuid, "%8x-%4x-1%3x-", &low, &middle, &high), ==, 3);
  time = (guint64) high << 48 | (guint64) middle << 32 | low;
  g_assert_cmpuint ((time - G_GUINT64_CONSTANT (0x01B21DD213814000)) / 10, ==, NOW_USEC);
  /* the variant, and no network address */
  g_assert_nonnull (strchr ("89ab", uuid[19]));
  g_assert_cmpint (g_ascii_xdigit_value (uuid[25]) & 1, ==, 1);
}

static void
test_something_else_in_the_file_is_an_error (Fixture       *self,
                                             gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *uuid = NULL;

  g_assert_true (g_file_set_contents (self->path, "dear mother\n", -1, NULL));
  uuid = aq_uuid_file_load (self->path, NOW_USEC, &error);
  g_assert_null (uuid);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, self->path));
}

static void
test_file_that_cannot_be_made_is_an_error (Fixture       *self,
                                           gconstpointer  unused)
{
  g_autofree char *path = g_build_filename (self->folder, "nowhere", "uuid.txt", NULL);
  g_autoptr(GError) error = NULL;
  g_autofree char *uuid = aq_uuid_file_load (path, NOW_USEC, &error);

  g_assert_null (uuid);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
}

int
main (int    argc,
      char **argv)
{
#define uuid_test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  uuid_test ("/uuid-file/file-is-made-once", test_file_is_made_once);
  uuid_test ("/uuid-file/new-identity-comes-with-a-new-file", test_new_identity_comes_with_a_new_file);
  uuid_test ("/uuid-file/only-the-first-line-is-read", test_only_the_first_line_is_read);
  g_test_add_func ("/uuid-file/uuid-has-the-time-in-it", test_uuid_has_the_time_in_it);
  uuid_test ("/uuid-file/something-else-in-the-file-is-an-error",
             test_something_else_in_the_file_is_an_error);
  uuid_test ("/uuid-file/file-that-cannot-be-made-is-an-error", test_file_that_cannot_be_made_is_an_error);
  return g_test_run ();
}
