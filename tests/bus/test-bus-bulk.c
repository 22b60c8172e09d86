/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * SubmitBulk: what comes in a memfd, and what pretends to
 */

#define _GNU_SOURCE /* memfd_create */

#include "config.h"

#include "bus-fixture.h"

#include "bus/aq-bus-entries.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

static int
make_memfd (gconstpointer bytes,
            gsize         n_bytes,
            int           seals)
{
  int fd = memfd_create ("entries", MFD_ALLOW_SEALING | MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, n_bytes), ==, n_bytes);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, seals), ==, 0);
  return fd;
}

/* takes the descriptor; *error is set or the ids are returned */
static GVariant *
submit (BusFixture  *self,
        int          fd,
        GError     **error)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);

  return bus_fixture_call_full (self->client, MANAGER_PATH, MANAGER, "SubmitBulk",
                                g_variant_new ("(h)", 0), fds, error);
}

static void
refuse (BusFixture *self,
        int         fd,
        const char *name,
        const char *text)
{
  g_autofree char *full_name = g_strconcat ("org.asyncq.Error.", name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) ids = submit (self, fd, &error);

  g_assert_null (ids);
  bus_fixture_check_error (error, full_name, text);
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 0);
}

static GVariant *
make_entries (guint n_entries,
              guint bad_entry)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n_entries; i++)
    g_variant_builder_add_value (
      &builder, g_variant_new_parsed (i == bad_entry
                                        ? "{'function': <'demo.multiply'>, 'arguments': <('x', 2)>}"
                                        : "{'function': <'demo.multiply'>, 'arguments': <(1, 2)>}"));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
test_sealed_list_is_submitted (BusFixture    *self,
                               gconstpointer  unused)
{
  g_autoptr(GVariant) entries = make_entries (1000, G_MAXUINT);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = submit (
    self, make_memfd (g_variant_get_data (entries), g_variant_get_size (entries), ALL_SEALS), &error);
  g_autoptr(GVariant) ids = NULL;

  g_assert_no_error (error);
  ids = g_variant_get_child_value (answer, 0);
  g_assert_cmpuint (g_variant_n_children (ids), ==, 1000);
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 1000);
}

static void
test_empty_list_is_no_error (BusFixture    *self,
                             gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = submit (self, make_memfd ("", 0, ALL_SEALS), &error);

  g_assert_no_error (error);
  bus_fixture_assert_value (answer, "(@at [],)");
}

static void
test_one_bad_entry_is_named_and_submits_nothing (BusFixture    *self,
                                                 gconstpointer  unused)
{
  g_autoptr(GVariant) entries = make_entries (1000, 612);

  refuse (self, make_memfd (g_variant_get_data (entries), g_variant_get_size (entries), ALL_SEALS),
          "BadArguments", "entry 612");
}

static void
test_every_seal_is_needed (BusFixture    *self,
                           gconstpointer  unused)
{
  g_autoptr(GVariant) entries = make_entries (1, G_MAXUINT);
  static const int seals[] = { 0, F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_WRITE | F_SEAL_SHRINK,
                               F_SEAL_GROW | F_SEAL_SHRINK };

  for (guint i = 0; i < G_N_ELEMENTS (seals); i++)
    refuse (self, make_memfd (g_variant_get_data (entries), g_variant_get_size (entries), seals[i]),
            "Invalid", "sealed");
}

static void
test_other_descriptors_are_refused (BusFixture    *self,
                                    gconstpointer  unused)
{
  int pipe_fds[2];
  g_autofree char *path = g_build_filename (self->folder, "file", NULL);

  refuse (self, open ("/dev/null", O_RDWR | O_CLOEXEC), "Invalid", "not a memfd");
  refuse (self, open (self->folder, O_RDONLY | O_CLOEXEC), "Invalid", "not a memfd");
  refuse (self, open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), "Invalid", "memfd");
  (void) unlink (path);
  g_assert_cmpint (pipe2 (pipe_fds, O_CLOEXEC), ==, 0);
  (void) close (pipe_fds[1]);
  refuse (self, pipe_fds[0], "Invalid", "not a memfd");
}

static void
test_handle_without_descriptor_is_refused (BusFixture    *self,
                                           gconstpointer  unused)
{
  static const gint32 handles[] = { 0, 1, -1, G_MAXINT32, G_MININT32 };

  for (guint i = 0; i < G_N_ELEMENTS (handles); i++)
    bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "SubmitBulk", g_variant_new ("(h)", handles[i]),
                        "org.asyncq.Error.Invalid", "file descriptor");
}

static void
test_surplus_descriptors_are_refused (BusFixture    *self,
                                      gconstpointer  unused)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (g_unix_fd_list_append (fds, STDIN_FILENO, NULL), ==, i);
  answer = bus_fixture_call_full (self->client, MANAGER_PATH, MANAGER, "SubmitBulk",
                                  g_variant_new ("(h)", 0), fds, &error);
  g_assert_null (answer);
  bus_fixture_check_error (error, "org.asyncq.Error.TooLarge", "5 file descriptors");
}

static void
test_junk_is_refused (BusFixture    *self,
                      gconstpointer  unused)
{
  g_autoptr(GVariant) entries = make_entries (3, G_MAXUINT);
  g_autofree guchar *bytes = g_memdup2 (g_variant_get_data (entries), g_variant_get_size (entries));
  gsize size = g_variant_get_size (entries);
  guchar junk[4096];

  refuse (self, make_memfd (bytes, size - 1, ALL_SEALS), "Invalid", "normal form");
  memset (junk, 0xff, sizeof junk);
  refuse (self, make_memfd (junk, sizeof junk, ALL_SEALS), "Invalid", "normal form");
  memset (junk, 0, sizeof junk);
  refuse (self, make_memfd (junk, 1, ALL_SEALS), "Invalid", "");
}

static void
test_size_is_limited (BusFixture    *self,
                      gconstpointer  unused)
{
  int fd = memfd_create ("entries", MFD_ALLOW_SEALING | MFD_CLOEXEC);

  g_assert_cmpint (ftruncate (fd, AQ_BUS_MAX_BULK_BYTES + 1), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, ALL_SEALS), ==, 0);
  refuse (self, fd, "TooLarge", "67108864");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/bulk/sealed-list-is-submitted", test_sealed_list_is_submitted);
  bus_test ("/bus/bulk/empty-list-is-no-error", test_empty_list_is_no_error);
  bus_test ("/bus/bulk/one-bad-entry-is-named-and-submits-nothing",
            test_one_bad_entry_is_named_and_submits_nothing);
  bus_test ("/bus/bulk/every-seal-is-needed", test_every_seal_is_needed);
  bus_test ("/bus/bulk/other-descriptors-are-refused", test_other_descriptors_are_refused);
  bus_test ("/bus/bulk/handle-without-descriptor-is-refused", test_handle_without_descriptor_is_refused);
  bus_test ("/bus/bulk/surplus-descriptors-are-refused", test_surplus_descriptors_are_refused);
  bus_test ("/bus/bulk/junk-is-refused", test_junk_is_refused);
  bus_test ("/bus/bulk/size-is-limited", test_size_is_limited);
  return g_test_run ();
}
