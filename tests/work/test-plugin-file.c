/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which files may be loaded
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-plugin-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *top;
  char *path; /* of the plugin directory, in top */
  int   fd;
} Directory;

static void
set_up (Directory     *self,
        gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  self->top = g_dir_make_tmp ("asyncq-file-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->top, "plugins", NULL);
  g_assert_cmpint (g_mkdir (self->path, 0755), ==, 0);
  self->fd = aq_plugin_file_open_directory (self->path, &error);
  g_assert_no_error (error);
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) < 0)
        remove_tree (child);
    }
  (void) g_rmdir (path); /* what is left behind is in the temporary folder */
}

static void
tear_down (Directory     *self,
           gconstpointer  data)
{
  if (self->fd >= 0)
    close (self->fd);
  remove_tree (self->top);
  g_free (self->path);
  g_free (self->top);
}

static void
put_file (Directory  *self,
          const char *name,
          int         mode)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, "content", -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static void
assert_refused (Directory  *self,
                const char *name,
                const char *pattern)
{
  g_autoptr(GError) error = NULL;
  int fd = aq_plugin_file_open (self->fd, self->path, name, &error);

  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_UNSAFE);
  g_assert_cmpint (fd, ==, -1);
  if (!g_regex_match_simple (pattern, error->message, 0, 0))
    g_test_message ("the message is: %s", error->message);
  g_assert_true (g_regex_match_simple (pattern, error->message, 0, 0));
}

static void
assert_opened (Directory  *self,
               const char *name)
{
  g_autoptr(GError) error = NULL;
  int fd = aq_plugin_file_open (self->fd, self->path, name, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
}

static void
test_a_plain_file_is_opened (Directory     *self,
                             gconstpointer  data)
{
  put_file (self, "pi.so", 0644);
  put_file (self, "_x9.so", 0400);
  assert_opened (self, "pi.so");
  assert_opened (self, "_x9.so");
}

static void
test_names_that_no_plugin_has_are_refused (Directory     *self,
                                           gconstpointer  data)
{
  static const char * const names[] = {
    "pi", "pi.so.1", ".so", "9.so", "a-b.so", "a b.so", "../plugins/pi.so", "/etc/passwd", "pi.SO", "",
    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde.so",
  };

  put_file (self, "pi.so", 0644);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_refused (self, names[i], "found this name, wanted ID\\.so");
}

static void
test_a_link_is_refused (Directory     *self,
                        gconstpointer  data)
{
  g_autofree char *link = g_build_filename (self->path, "link.so", NULL);

  put_file (self, "pi.so", 0644);
  g_assert_cmpint (symlink ("pi.so", link), ==, 0);
  assert_refused (self, "link.so", "plugins/link\\.so': found a symbolic link, wanted a regular file");
}

static void
test_what_is_no_regular_file_is_refused (Directory     *self,
                                         gconstpointer  data)
{
  g_autofree char *fifo = g_build_filename (self->path, "fifo.so", NULL);
  g_autofree char *folder = g_build_filename (self->path, "folder.so", NULL);

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  assert_refused (self, "fifo.so", "found a special file, wanted a regular file");
  assert_refused (self, "folder.so", "found a directory, wanted a regular file");
  assert_refused (self, "missing.so", "No such file");
}

static void
test_a_file_that_others_can_write_is_refused (Directory     *self,
                                              gconstpointer  data)
{
  put_file (self, "world.so", 0646);
  put_file (self, "group.so", 0664);
  put_file (self, "setuid.so", 04755);
  assert_refused (self, "world.so", "found mode 0646, wanted one that only its owner can write to");
  assert_refused (self, "group.so", "found mode 0664");
  assert_refused (self, "setuid.so", "found a set-id bit");
}

static void
test_somebody_elses_file_is_refused (Directory     *self,
                                     gconstpointer  data)
{
  g_autofree char *path = g_build_filename (self->path, "pi.so", NULL);

  if (geteuid () != 0)
    {
      g_test_skip ("only root can give files away");
      return;
    }
  put_file (self, "pi.so", 0644);
  g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
  assert_refused (self, "pi.so", "found owner 65534, wanted root or the user of the daemon");
}

static void
test_a_parent_that_others_can_write_is_noticed (Directory     *self,
                                                gconstpointer  data)
{
  put_file (self, "pi.so", 0644);
  assert_opened (self, "pi.so");
  g_assert_cmpint (g_chmod (self->top, 0777), ==, 0);
  assert_refused (self, "pi.so", "found mode 0777");
  g_assert_cmpint (g_chmod (self->top, 01777), ==, 0);
  assert_opened (self, "pi.so");
  g_assert_cmpint (g_chmod (self->path, 0775), ==, 0);
  assert_refused (self, "pi.so", "found mode 0775");
}

static void
test_a_directory_must_be_one (Directory     *self,
                              gconstpointer  data)
{
  g_autofree char *link = g_build_filename (self->top, "link", NULL);
  g_autofree char *missing = g_build_filename (self->top, "missing", NULL);
  g_autoptr(GError) link_error = NULL;
  g_autoptr(GError) missing_error = NULL;

  g_assert_cmpint (symlink ("plugins", link), ==, 0);
  g_assert_cmpint (aq_plugin_file_open_directory (link, &link_error), ==, -1);
  g_assert_error (link_error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_UNSAFE);
  g_assert_nonnull (strstr (link_error->message, "and no link to one"));
  g_assert_cmpint (aq_plugin_file_open_directory (missing, &missing_error), ==, -1);
  g_assert_error (missing_error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_UNSAFE);
}

static void
test_a_copy_stays_as_it_was (Directory     *self,
                             gconstpointer  data)
{
  g_autofree char *path = g_build_filename (self->path, "pi.so", NULL);
  g_autoptr(GError) error = NULL;
  char bytes[16] = "";
  int file, copy, same, changed;

  put_file (self, "pi.so", 0644);
  file = aq_plugin_file_open (self->fd, self->path, "pi.so", &error);
  g_assert_no_error (error);
  copy = aq_plugin_file_copy (file, path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lseek (file, 0, SEEK_SET), ==, 0);
  same = aq_plugin_file_copy (file, path, &error);
  g_assert_no_error (error);
  g_assert_true (aq_plugin_file_equal (copy, same));

  g_assert_true (g_file_set_contents (path, "changed", -1, NULL));
  g_assert_cmpint (pread (copy, bytes, sizeof bytes, 0), ==, strlen ("content"));
  g_assert_cmpstr (bytes, ==, "content");
  g_assert_cmpint (pwrite (copy, "x", 1, 0), ==, -1);
  g_assert_cmpint (ftruncate (copy, 0), ==, -1);

  close (file);
  file = aq_plugin_file_open (self->fd, self->path, "pi.so", &error);
  g_assert_no_error (error);
  changed = aq_plugin_file_copy (file, path, &error);
  g_assert_no_error (error);
  g_assert_false (aq_plugin_file_equal (copy, changed));
  close (changed);
  close (same);
  close (copy);
  close (file);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) \
  g_test_add ("/workers/plugin-file/" #name, Directory, NULL, set_up, test_##name, tear_down)
  ADD (a_plain_file_is_opened);
  ADD (names_that_no_plugin_has_are_refused);
  ADD (a_link_is_refused);
  ADD (what_is_no_regular_file_is_refused);
  ADD (a_file_that_others_can_write_is_refused);
  ADD (somebody_elses_file_is_refused);
  ADD (a_parent_that_others_can_write_is_noticed);
  ADD (a_directory_must_be_one);
  ADD (a_copy_stays_as_it_was);
#undef ADD

  return g_test_run ();
}
