/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Whose directory it is, and what is refused
 */

#include "config.h"

#include "store-testing.h"
#include "store/aq-crc32c.h"
#include "store/aq-store-directory.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_not_opened (StoreTest  *test,
                   int         code,
                   const char *what)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (store_test_open (test, &error));
  g_assert_error (error, ASYNCQ_ERROR, code);
  if (strstr (error->message, what) == NULL || strstr (error->message, test->path) == NULL)
    g_error ("'%s' and the path are not in '%s'", what, error->message);
}

/* and nothing is changed */
static void
assert_refused (StoreTest  *test,
                int         code,
                const char *what)
{
  g_autofree char *before = g_file_test (test->path, G_FILE_TEST_IS_DIR) ? store_test_checksum (test->path) : NULL;
  g_autofree char *after = NULL;

  assert_not_opened (test, code, what);
  if (before != NULL)
    after = store_test_checksum (test->path);
  g_assert_cmpstr (before, ==, after);
}

static char *
child (StoreTest  *test,
       const char *name)
{
  return g_build_filename (test->path, name, NULL);
}

static void
make_store (StoreTest *test)
{
  g_autoptr(GError) error = NULL;

  store_test_init (test);
  store_test_open (test, &error);
  g_assert_no_error (error);
  store_test_put (test, "x");
  store_test_close (test);
}

static guint
mode_of (StoreTest  *test,
         const char *name)
{
  g_autofree char *path = child (test, name);
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static void
test_a_new_store_is_its_owners_alone (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;
  mode_t mask = umask (0);

  store_test_init (&test);
  path = g_build_filename (test.folder, "deep", "er", "store", NULL);
  g_free (g_steal_pointer (&test.path));
  test.path = g_steal_pointer (&path);
  store_test_reopen (&test);
  store_test_put (&test, "x");
  store_test_flush (&test);
  g_assert_cmpuint (mode_of (&test, "."), ==, 0700);
  g_assert_cmpuint (mode_of (&test, "format"), ==, 0600);
  g_assert_cmpuint (mode_of (&test, "journal"), ==, 0700);
  g_assert_cmpuint (mode_of (&test, "journal/000001"), ==, 0600);
  g_assert_cmpstr (aq_store_get_path (test.store), ==, test.path);
  store_test_close (&test);
  umask (mask);
}

static void
test_an_empty_directory_becomes_a_store (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  g_assert_cmpint (g_mkdir (test.path, 0700), ==, 0);
  store_test_reopen (&test);
  store_test_close (&test);
}

static void
test_a_store_held_by_another_daemon_is_refused (void)
{
  g_auto(StoreTest) first = { 0 };
  g_auto(StoreTest) second = { 0 };
  g_autofree char *pid = g_strdup_printf ("another daemon holds it (pid %d)", (int) getpid ());

  make_store (&first);
  store_test_reopen (&first);
  store_test_init (&second);
  g_free (second.path);
  second.path = g_strdup (first.path);
  store_test_put (&first, "y");
  store_test_flush (&first);
  /* the holder may cover its last frame at any moment, so files are not compared */
  assert_not_opened (&second, ASYNCQ_ERROR_STORE_LOCKED, pid);
  store_test_put (&first, "z");
  store_test_close (&first);
  store_test_reopen (&second);
  g_assert_cmpuint (aq_store_get_sequence (second.store), ==, 3);
  store_test_close (&second);
}

static void
test_a_file_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  g_assert_true (g_file_set_contents (test.path, "x", 1, NULL));
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "it is not a directory");
}

static void
test_a_link_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *real = NULL;

  make_store (&test);
  real = g_build_filename (test.folder, "real", NULL);
  g_assert_cmpint (g_rename (test.path, real), ==, 0);
  g_assert_cmpint (symlink (real, test.path), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "it is a symbolic link");
}

static void
test_a_directory_with_other_things_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;

  store_test_init (&test);
  g_assert_cmpint (g_mkdir (test.path, 0700), ==, 0);
  path = child (&test, "letter.txt");
  g_assert_true (g_file_set_contents (path, "dear", 4, NULL));
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "it is not empty, and is not a store");
}

static void
test_a_store_that_others_may_write_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  make_store (&test);
  g_assert_cmpint (g_chmod (test.path, 0770), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "others may write to it (mode 0770)");
  g_assert_cmpint (g_chmod (test.path, 0702), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "others may write to it (mode 0702)");
}

static void
test_a_store_of_somebody_else_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give a directory away");
      return;
    }
  make_store (&test);
  g_assert_cmpint (chown (test.path, 65534, 65534), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "it belongs to uid 65534");
}

static void
test_a_store_without_its_format_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;

  g_test_summary ("It must not be taken for an empty one");
  make_store (&test);
  path = child (&test, "format");
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "it is not empty, and is not a store");
}

static void
test_a_store_without_its_journal_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;

  make_store (&test);
  path = child (&test, "journal");
  store_test_remove (path);
  assert_refused (&test, ASYNCQ_ERROR_STORE_CORRUPT, "its directory 'journal' is missing");
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_refused (&test, ASYNCQ_ERROR_STORE_CORRUPT, "'journal/000001' at offset 0, sequence 1: the segment is missing");
}

static void
write_format (StoreTest *test,
              guint8    *bytes,
              gsize      size)
{
  g_autofree char *path = child (test, "format");

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (g_file_set_contents (path, (const char *) bytes, (gssize) size, NULL));
}

static void
test_every_flipped_bit_of_the_format_is_found (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  make_store (&test);
  path = child (&test, "format");
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize bit = 0; bit < size * 8; bit++)
    {
      g_autoptr(GError) error = NULL;

      bytes[bit / 8] ^= 1 << bit % 8;
      write_format (&test, (guint8 *) bytes, size);
      g_assert_false (store_test_open (&test, &error));
      g_assert_true (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN) ||
                     g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT));
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  for (gsize cut = 0; cut < size; cut++)
    {
      write_format (&test, (guint8 *) bytes, cut);
      assert_refused (&test, ASYNCQ_ERROR_STORE_FOREIGN, "its file 'format' is not asyncq's");
    }
  write_format (&test, (guint8 *) bytes, size);
  store_test_reopen (&test);
  store_test_close (&test);
}

/* sets a number in the format, with a checksum that is right again */
static void
forge_format (StoreTest *test,
              gsize      offset,
              guint32    value)
{
  g_autofree char *path = child (test, "format");
  g_autofree char *bytes = NULL;
  guint32 crc;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  value = GUINT32_TO_LE (value);
  memcpy (bytes + offset, &value, sizeof value);
  crc = GUINT32_TO_LE (aq_crc32c (0, bytes, size - 4));
  memcpy (bytes + size - 4, &crc, sizeof crc);
  write_format (test, (guint8 *) bytes, size);
}

static void
test_a_newer_format_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  make_store (&test);
  forge_format (&test, 8, AQ_STORE_FORMAT_VERSION + 1);
  assert_refused (&test, ASYNCQ_ERROR_STORE_VERSION, "it has format 4");
}

static void
test_an_older_format_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  make_store (&test);
  forge_format (&test, 8, 1);
  assert_refused (&test, ASYNCQ_ERROR_STORE_VERSION,
                  "it has format 1, and was made by a development version of asyncq");
}

static void
test_another_byte_order_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  make_store (&test);
  forge_format (&test, 12, G_BYTE_ORDER == G_LITTLE_ENDIAN ? 2 : 1);
  assert_refused (&test, ASYNCQ_ERROR_STORE_VERSION, "another byte order");
}

static void
test_a_format_of_another_store_is_refused (void)
{
  g_auto(StoreTest) test = { 0 };

  make_store (&test);
  forge_format (&test, 16, 12345);
  assert_refused (&test, ASYNCQ_ERROR_STORE_CORRUPT, "it is of another store: 'super' at offset 0, sequence 0");
}

static void
test_a_store_left_half_made_is_made (void)
{
  g_auto(StoreTest) test = { 0 };
  g_autofree char *journal = NULL;
  g_autofree char *segment = NULL;
  g_autofree char *format = NULL;

  store_test_init (&test);
  journal = child (&test, "journal");
  segment = child (&test, "journal/000001");
  format = child (&test, "format.new");
  g_assert_cmpint (g_mkdir (test.path, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (journal, 0700), ==, 0);
  g_assert_true (g_file_set_contents (segment, "", 0, NULL));
  g_assert_true (g_file_set_contents (format, "half", 4, NULL));
  store_test_reopen (&test);
  store_test_put (&test, "x");
  store_test_close (&test);
  store_test_reopen (&test);
  g_assert_cmpuint (aq_store_get_sequence (test.store), ==, 1);
  store_test_close (&test);
}

static void
test_two_stores_in_one_process_do_not_meet (void)
{
  g_auto(StoreTest) first = { 0 };
  g_auto(StoreTest) second = { 0 };

  make_store (&first);
  make_store (&second);
  store_test_reopen (&first);
  store_test_reopen (&second);
  for (guint i = 0; i < 20; i++)
    {
      store_test_put (&first, "one");
      store_test_put (&second, "two");
      store_test_put (&second, "two");
    }
  store_test_flush (&first);
  store_test_flush (&second);
  g_assert_cmpuint (aq_store_get_sequence (first.store), ==, 21);
  g_assert_cmpuint (aq_store_get_sequence (second.store), ==, 41);
  store_test_reopen (&first);
  store_test_reopen (&second);
  g_assert_cmpuint (aq_store_get_sequence (first.store), ==, 21);
  g_assert_cmpuint (aq_store_get_sequence (second.store), ==, 41);
  store_test_close (&first);
  store_test_close (&second);
}

static void
test_a_tool_makes_nothing (void)
{
  g_auto(StoreTest) test = { 0 };
  AqStoreDirectory directory;
  AqStoreIo io;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr(GError) error = NULL;

  aq_store_io_init_system (&io);
  store_test_init (&test);
  g_assert_false (aq_store_directory_open_existing (&directory, &io, test.path, AQ_STORE_ACCESS_ALONE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (test.path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);

  g_assert_cmpint (g_mkdir (test.path, 0700), ==, 0);
  g_assert_false (aq_store_directory_open_existing (&directory, &io, test.path, AQ_STORE_ACCESS_ALONE, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN);
  g_clear_error (&error);

  g_assert_true (store_test_open (&test, &error));
  before = store_test_checksum (test.path);
  g_assert_false (aq_store_directory_open_existing (&directory, &io, test.path, AQ_STORE_ACCESS_ALONE, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_LOCKED);
  g_clear_error (&error);
  g_assert_true (aq_store_directory_open_existing (&directory, &io, test.path, AQ_STORE_ACCESS_BESIDE, &error));
  g_assert_no_error (error);
  g_assert_cmpint (directory.journal_fd, >=, 0);
  aq_store_directory_clear (&directory);
  after = store_test_checksum (test.path);
  g_assert_cmpstr (before, ==, after);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store directory/a new store is its owner's alone", test_a_new_store_is_its_owners_alone);
  g_test_add_func ("/store directory/an empty directory becomes a store", test_an_empty_directory_becomes_a_store);
  g_test_add_func ("/store directory/a store that another daemon holds is refused",
                   test_a_store_held_by_another_daemon_is_refused);
  g_test_add_func ("/store directory/a file is refused", test_a_file_is_refused);
  g_test_add_func ("/store directory/a link is refused", test_a_link_is_refused);
  g_test_add_func ("/store directory/a directory with other things is refused",
                   test_a_directory_with_other_things_is_refused);
  g_test_add_func ("/store directory/a store that others may write to is refused",
                   test_a_store_that_others_may_write_is_refused);
  g_test_add_func ("/store directory/a store of somebody else is refused", test_a_store_of_somebody_else_is_refused);
  g_test_add_func ("/store directory/a store without its format is refused",
                   test_a_store_without_its_format_is_refused);
  g_test_add_func ("/store directory/a store without its journal is refused",
                   test_a_store_without_its_journal_is_refused);
  g_test_add_func ("/store directory/every flipped bit of the format is found",
                   test_every_flipped_bit_of_the_format_is_found);
  g_test_add_func ("/store directory/a newer format is refused", test_a_newer_format_is_refused);
  g_test_add_func ("/store directory/an older format is refused", test_an_older_format_is_refused);
  g_test_add_func ("/store directory/another byte order is refused", test_another_byte_order_is_refused);
  g_test_add_func ("/store directory/a format of another store is refused", test_a_format_of_another_store_is_refused);
  g_test_add_func ("/store directory/a store left half made is made", test_a_store_left_half_made_is_made);
  g_test_add_func ("/store directory/a tool opens what is there and makes nothing", test_a_tool_makes_nothing);
  g_test_add_func ("/store directory/two stores in one process do not meet",
                   test_two_stores_in_one_process_do_not_meet);
  return g_test_run ();
}
