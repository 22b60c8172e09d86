/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Images
 *
 * What GDBM writes is read without it, so most of these tests let GDBM write
 * much and compare. The others damage the file.
 */

#define _GNU_SOURCE /* memmem() */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "store-testing.h"
#include "store/aq-image.h"

#include <fcntl.h>
#include <gdbm.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const guint8 store_id[AQ_STORE_ID_SIZE] = "a store's own id";

/* An image under test, and what it should hold. */
typedef struct
{
  char         *folder;   /* owned, removed at the end */
  int           fd;       /* owned: of the folder */
  AqStoreIo     io;
  AqImage      *image;    /* owned, nullable */
  AqImageState  state;
  GHashTable   *expected; /* of GBytes by key as text, owned */
} Fixture;

static void
fixture_init (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  *self = (Fixture) { .folder = g_dir_make_tmp ("asyncq-image-XXXXXX", &error) };
  g_assert_no_error (error);
  self->fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  aq_store_io_init_system (&self->io);
  self->expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->state.generation = 1;
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->image, aq_image_free);
  g_clear_pointer (&self->expected, g_hash_table_unref);
  if (self->folder != NULL)
    store_test_remove (self->folder);
  (void) close (self->fd); /* a directory */
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static char *
child (Fixture    *self,
       const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
create (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  self->image = aq_image_create (&self->io, self->fd, store_id, AQ_IMAGE_A, &error);
  g_assert_no_error (error);
}

static void
flush (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  self->state.generation++;
  aq_image_flush (self->image, &self->state, &error);
  g_assert_no_error (error);
  self->state.whole = TRUE;
  g_clear_pointer (&self->image, aq_image_free);
}

static gboolean
open_image (Fixture   *self,
            gboolean   writable,
            GError   **error)
{
  g_assert_null (self->image);
  self->image = aq_image_open (&self->io, self->fd, store_id, AQ_IMAGE_A, &self->state, writable, error);
  return self->image != NULL;
}

static void
open_well (Fixture  *self,
           gboolean  writable)
{
  g_autoptr(GError) error = NULL;

  open_image (self, writable, &error);
  g_assert_no_error (error);
}

static void
expect (Fixture    *self,
        const char *key,
        const void *content,
        gsize       size)
{
  if (size > 0)
    g_hash_table_replace (self->expected, g_strdup (key), g_bytes_new (content, size));
  else
    g_hash_table_remove (self->expected, key);
}

static void
write_page (Fixture      *self,
            guint64       page,
            const guint8 *content,
            gsize         size)
{
  g_autofree char *key = g_strdup_printf ("page %" G_GUINT64_FORMAT, page);
  g_autoptr(GError) error = NULL;

  aq_image_write_page (self->image, page, content, size, &error);
  g_assert_no_error (error);
  expect (self, key, content, size);
}

static void
write_random_page (Fixture *self,
                   GRand   *random,
                   guint64  page,
                   gsize    max_size)
{
  gsize size = (gsize) g_rand_int_range (random, 1, (gint32) max_size);
  g_autofree guint8 *content = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    content[i] = (guint8) (page * 7 + i * size);
  write_page (self, page, content, size);
}

static void
write_others (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  aq_image_write_agent (self->image, "main", "an agent", 8, &error);
  g_assert_no_error (error);
  expect (self, "other 1 an agent", "an agent", 8);
  aq_image_write_counters (self->image, "counters", 8, &error);
  g_assert_no_error (error);
  expect (self, "other 2 counters", "counters", 8);
}

typedef struct
{
  Fixture *fixture;
  guint    n_values;
} Compare;

static gboolean
compare_value (AqImageKey     kind,
               guint64        page,
               const guint8  *content,
               gsize          size,
               gpointer       user_data,
               GError       **error)
{
  Compare *self = user_data;
  g_autofree char *key = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new (content, size);
  GBytes *expected;

  if (kind == AQ_IMAGE_KEY_PAGE)
    key = g_strdup_printf ("page %" G_GUINT64_FORMAT, page);
  else
    key = g_strdup_printf ("other %d %.*s", kind, (int) size, (const char *) content);
  expected = g_hash_table_lookup (self->fixture->expected, key);
  g_assert_nonnull (expected);
  g_assert_true (g_bytes_equal (expected, bytes));
  self->n_values++;
  return TRUE;
}

/* Returns: whether all of it was read, and then it is what it should be */
static gboolean
read_all (Fixture  *self,
          GError  **error)
{
  Compare compare = { .fixture = self };

  if (!aq_image_read_all (self->image, compare_value, &compare, error))
    return FALSE;
  g_assert_cmpuint (compare.n_values, ==, g_hash_table_size (self->expected));
  return TRUE;
}

static void
assert_content (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  read_all (self, &error);
  g_assert_no_error (error);
}

/* Returns: whether it could be read, and then it is what it should be */
static gboolean
read_page (Fixture  *self,
           guint64   page,
           GError  **error)
{
  g_autofree char *key = g_strdup_printf ("page %" G_GUINT64_FORMAT, page);
  GBytes *expected = g_hash_table_lookup (self->expected, key);
  g_auto(AqBuffer) content = { 0 };
  gboolean found;

  if (!aq_image_read_page (self->image, page, &content, &found, error))
    return FALSE;
  if (found)
    {
      g_assert_nonnull (expected);
      g_assert_cmpmem (content.data, content.size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
    }
  return found == (expected != NULL);
}

static void
assert_page (Fixture *self,
             guint64  page)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (read_page (self, page, &error));
  g_assert_no_error (error);
}

static void
assert_damaged (const GError *error)
{
  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
    g_error ("not damage: %s", error->message);
  g_assert_nonnull (strstr (error->message, "'A.gdbm'"));
}

static void
fill (Fixture *self,
      guint    n_pages,
      gsize    max_size)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (5);

  create (self);
  for (guint i = 0; i < n_pages; i++)
    write_random_page (self, random, i, max_size);
  write_others (self);
  flush (self);
}

static void
test_what_is_written_is_read (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  fill (&fixture, 100, 300);
  g_assert_cmpuint (fixture.state.n_values, ==, 103);
  for (guint writable = 0; writable < 2; writable++)
    {
      open_well (&fixture, writable > 0);
      assert_content (&fixture);
      for (guint page = 0; page < 110; page++)
        assert_page (&fixture, page);
      g_clear_pointer (&fixture.image, aq_image_free);
    }
}

static void
test_an_empty_image_is_read (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  create (&fixture);
  flush (&fixture);
  open_well (&fixture, TRUE);
  assert_content (&fixture);
  assert_page (&fixture, 0);
}

static void
test_what_gdbm_does_is_understood (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  g_auto(Fixture) fixture = { 0 };

  g_test_summary ("Random changes over many openings: buckets split, free space is chained and used again");
  fixture_init (&fixture);
  create (&fixture);
  for (guint round = 0; round < 30; round++)
    {
      for (guint i = 0; i < 500; i++)
        {
          guint64 page = (guint64) g_rand_int_range (random, 0, 100 + (gint32) round * 100);

          if (g_rand_int_range (random, 0, 4) == 0)
            write_page (&fixture, page, NULL, 0);
          else
            write_random_page (&fixture, random, page, g_rand_int_range (random, 0, 50) == 0 ? 60000 : 900);
          if (g_rand_boolean (random))
            assert_page (&fixture, page);
        }
      assert_content (&fixture);
      flush (&fixture);
      open_well (&fixture, round % 2 == 0);
      assert_content (&fixture);
      if (round % 2 != 0)
        {
          for (guint64 page = 0; page < 3000; page += 7)
            assert_page (&fixture, page);
          g_clear_pointer (&fixture.image, aq_image_free);
          open_well (&fixture, TRUE);
        }
    }
}

static void
test_gdbm_reads_it_too (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *path = NULL;
  gdbm_count_t n_values = 0;
  GDBM_FILE file;

  fixture_init (&fixture);
  fill (&fixture, 1000, 200);
  path = child (&fixture, "A.gdbm");
  file = gdbm_open (path, 0, GDBM_READER, 0, NULL);
  g_assert_nonnull (file);
  g_assert_cmpint (gdbm_count (file, &n_values), ==, 0);
  g_assert_cmpuint (n_values, ==, fixture.state.n_values);
  g_assert_cmpint (gdbm_close (file), ==, 0);
}

static void
test_a_large_page_is_kept (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree guint8 *content = g_malloc (20 * 1024 * 1024);

  fixture_init (&fixture);
  memset (content, 'x', 20 * 1024 * 1024);
  create (&fixture);
  write_page (&fixture, 3, content, 20 * 1024 * 1024);
  write_page (&fixture, G_MAXUINT64 >> 5, content, 1);
  flush (&fixture);
  open_well (&fixture, TRUE);
  assert_content (&fixture);
  assert_page (&fixture, 3);
  write_page (&fixture, 3, content, 10);
  flush (&fixture);
  open_well (&fixture, FALSE);
  assert_content (&fixture);
  assert_page (&fixture, G_MAXUINT64 >> 5);
}

/* damage */

static char *
load (Fixture *self,
      gsize   *out_size)
{
  g_autofree char *path = child (self, "A.gdbm");
  char *bytes = NULL;

  g_assert_true (g_file_get_contents (path, &bytes, out_size, NULL));
  return bytes;
}

static void
save (Fixture    *self,
      const char *bytes,
      gsize       size)
{
  int fd = openat (self->fd, "A.gdbm", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  for (gsize done = 0; done < size;)
    {
      gssize n = write (fd, bytes + done, size - done);

      g_assert_cmpint (n, >, 0);
      done += (gsize) n;
    }
  (void) close (fd); /* a test's */
}

/* opens, reads and writes what may be damaged: an error, or all is as it should be */
static gboolean
survives (Fixture *self)
{
  g_autoptr(GError) error = NULL;
  AqImageState before = self->state;
  gboolean good;

  good = open_image (self, FALSE, &error) && read_all (self, &error);
  if (!good)
    assert_damaged (error);
  g_clear_error (&error);
  if (self->image != NULL)
    for (guint page = 0; page < 4; page++)
      {
        if (!read_page (self, page, &error))
          g_assert_false (good);
        if (error != NULL)
          assert_damaged (error);
        g_clear_error (&error);
      }
  g_clear_pointer (&self->image, aq_image_free);

  if (!open_image (self, TRUE, &error))
    {
      assert_damaged (error);
      g_assert_false (good);
      return FALSE;
    }
  /* whatever is damaged, GDBM can be used, and the damage does not go away */
  for (guint page = 0; page < 300 && error == NULL; page += 3)
    if (aq_image_write_page (self->image, page, "overwritten, and much longer than before", 40, &error))
      aq_image_write_page (self->image, page + 1, NULL, 0, &error);
  if (error == NULL)
    {
      AqImageState state = self->state;
      AqImage *image = self->image;

      aq_image_flush (image, &state, &error);
      g_assert_no_error (error);
    }
  if (error != NULL)
    {
      g_assert_false (good);
      assert_damaged (error);
    }
  g_clear_pointer (&self->image, aq_image_free);
  self->state = before;
  return good;
}

static void
test_every_flipped_bit_is_found_or_harmless (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  guint n_harmless = 0;
  gsize size;

  g_test_summary ("Harmless is what nothing uses: free space, and the rest of what was there before");
  fixture_init (&fixture);
  fill (&fixture, 4, 150);
  bytes = load (&fixture, &size);
  /* the header, the head of the bucket and the values whole; in steps what repeats itself */
  for (gsize bit = 0; bit < size * 8;
       bit += bit / 8 < 128 || (bit / 8 % 4096 < 160 && bit / 8 >= 8192) || bit / 8 >= 16384 - 600 ? 1 : 11)
    {
      bytes[bit / 8] ^= 1 << bit % 8;
      save (&fixture, bytes, size);
      n_harmless += survives (&fixture);
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  g_test_message ("%u flips were harmless", n_harmless);
  save (&fixture, bytes, size);
  g_assert_true (survives (&fixture));
}

static void
test_random_damage_is_found_or_harmless (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  gsize size;

  fixture_init (&fixture);
  fill (&fixture, 700, 60);
  bytes = load (&fixture, &size);
  for (guint i = 0; i < 1500; i++)
    {
      g_autofree char *damaged = g_memdup2 (bytes, size);
      int n = g_rand_int_range (random, 1, 4);

      for (; n > 0; n--)
        {
          /* numbers of the structure rather than bytes of values */
          gsize offset = (gsize) g_rand_int_range (random, 0, (gint32) size);

          if (g_rand_boolean (random))
            damaged[offset] ^= 1 << g_rand_int_range (random, 0, 8);
          else
            memset (damaged + (offset & ~(gsize) 3), g_rand_boolean (random) ? 0xff : 0, 4);
        }
      save (&fixture, damaged, size);
      survives (&fixture);
    }
}

static void
test_every_cut_is_found (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  gsize size;

  fixture_init (&fixture);
  fill (&fixture, 4, 150);
  bytes = load (&fixture, &size);
  for (gsize cut = 0; cut < size; cut += 13)
    {
      save (&fixture, bytes, cut);
      g_assert_false (survives (&fixture));
    }
}

static void
assert_refused (Fixture    *self,
                const char *what)
{
  for (guint writable = 0; writable < 2; writable++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (open_image (self, writable > 0, &error));
      assert_damaged (error);
      if (strstr (error->message, what) == NULL)
        g_error ("'%s' is not in '%s'", what, error->message);
    }
}

static void
test_something_else_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autofree char *path = NULL;

  fixture_init (&fixture);
  fill (&fixture, 4, 150);
  path = child (&fixture, "A.gdbm");
  save (&fixture, text, 100000);
  assert_refused (&fixture, "it is not a file of GDBM's");
  save (&fixture, "", 0);
  assert_refused (&fixture, "the file is cut off");
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_refused (&fixture, "it is missing");
  g_assert_cmpint (symlink ("B.gdbm", path), ==, 0);
  assert_refused (&fixture, "it is not a file");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  assert_refused (&fixture, "");
}

static void
test_an_image_of_another_store_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  guint8 other[AQ_STORE_ID_SIZE] = "another store";

  fixture_init (&fixture);
  fill (&fixture, 4, 150);
  g_assert_null (aq_image_open (&fixture.io, fixture.fd, other, AQ_IMAGE_A, &fixture.state, FALSE, &error));
  assert_damaged (error);
}

static void
test_the_other_image_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  AqImage *copy;
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) refusal = NULL;

  fixture_init (&fixture);
  fill (&fixture, 40, 150);
  copy = aq_image_copy (&fixture.io, fixture.fd, store_id, AQ_IMAGE_A, AQ_IMAGE_B, &fixture.state, NULL, NULL, &error);
  g_assert_no_error (error);
  aq_image_flush (copy, &fixture.state, &error);
  g_assert_no_error (error);
  aq_image_free (copy);
  from = child (&fixture, "B.gdbm");
  to = child (&fixture, "A.gdbm");
  g_assert_cmpint (g_rename (from, to), ==, 0);
  g_assert_false (open_image (&fixture, FALSE, &refusal));
  g_assert_error (refusal, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN);
  g_assert_cmpstr (refusal->message, ==, "image 'A.gdbm' is the other image, under the wrong name");
}

static gboolean
ignore_value (AqImageKey     kind,
              guint64        page,
              const guint8  *content,
              gsize          size,
              gpointer       user_data,
              GError       **error)
{
  return TRUE;
}

static void
test_an_older_image_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  AqImageState forged;
  gsize size;
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  fill (&fixture, 40, 150);
  bytes = load (&fixture, &size);
  forged = fixture.state;
  open_well (&fixture, TRUE);
  write_page (&fixture, 3, (const guint8 *) "new", 3);
  flush (&fixture);
  save (&fixture, bytes, size);
  assert_refused (&fixture, "it is not the image of this time, but of another");

  /* of the same generation, with one value that is old */
  forged.sum = fixture.state.sum;
  fixture.state = forged;
  open_well (&fixture, FALSE);
  g_assert_false (aq_image_read_all (fixture.image, ignore_value, NULL, &error));
  assert_damaged (error);
}

static void
test_a_missing_value_is_found (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *path = NULL;
  char key[9] = { 'j', 0, 0, 0, 0, 0, 0, 0, 3 };
  g_autoptr(GError) error = NULL;
  GDBM_FILE file;

  fixture_init (&fixture);
  fill (&fixture, 40, 150);
  path = child (&fixture, "A.gdbm");
  file = gdbm_open (path, 0, GDBM_WRITER, 0, NULL);
  g_assert_nonnull (file);
  g_assert_cmpint (gdbm_delete (file, (datum) { .dptr = key, .dsize = 9 }), ==, 0);
  g_assert_cmpint (gdbm_close (file), ==, 0);
  open_well (&fixture, FALSE);
  g_assert_false (aq_image_read_all (fixture.image, ignore_value, NULL, &error));
  assert_damaged (error);
  g_clear_error (&error);
  g_clear_pointer (&fixture.image, aq_image_free);

  /* so many, but not those */
  fixture.state.n_values--;
  open_well (&fixture, FALSE);
  g_assert_false (aq_image_read_all (fixture.image, ignore_value, NULL, &error));
  assert_damaged (error);
  g_assert_nonnull (strstr (error->message, "a value is missing or is not the newest"));
}

/* copying */

static gboolean
stop_after_ten (gpointer user_data)
{
  guint *n_calls = user_data;

  return ++*n_calls > 10;
}

static void
test_a_copy_is_the_same (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  guint n_calls = 0;
  AqImage *copy;

  fixture_init (&fixture);
  fill (&fixture, 400, 500);
  copy = aq_image_copy (&fixture.io, fixture.fd, store_id, AQ_IMAGE_A, AQ_IMAGE_B, &fixture.state, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture.image = copy;
  write_page (&fixture, 7, (const guint8 *) "changed", 7);
  fixture.state.generation++;
  aq_image_flush (copy, &fixture.state, &error);
  g_assert_no_error (error);
  aq_image_free (copy);
  fixture.image = aq_image_open (&fixture.io, fixture.fd, store_id, AQ_IMAGE_B, &fixture.state, FALSE, &error);
  g_assert_no_error (error);
  assert_content (&fixture);

  copy = aq_image_copy (&fixture.io, fixture.fd, store_id, AQ_IMAGE_B, AQ_IMAGE_A, &fixture.state, stop_after_ten,
                        &n_calls, &error);
  g_assert_null (copy);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_a_damaged_image_is_not_copied (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  fixture_init (&fixture);
  create (&fixture);
  write_page (&fixture, 0, (const guint8 *) "find me in the file", 19);
  flush (&fixture);
  bytes = load (&fixture, &size);
  *(char *) memmem (bytes, size, "find me", 7) = 'F';
  save (&fixture, bytes, size);
  g_assert_null (aq_image_copy (&fixture.io, fixture.fd, store_id, AQ_IMAGE_A, AQ_IMAGE_B, &fixture.state, NULL, NULL,
                                &error));
  assert_damaged (error);
  g_assert_nonnull (strstr (error->message, "page 0 (jobs 0 to 31): its checksum is wrong"));
}

/* errors of the system */

static void
test_a_disk_that_is_full_is_told (void)
{
  static const guint8 content[10000];
  struct rlimit old;
  struct rlimit low;
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("The process must not end, GDBM's fatal errors or not; a limit stands for the disk");
  fixture_init (&fixture);
  create (&fixture);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  low = old;
  low.rlim_cur = 200 * 1024;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &low), ==, 0);
  for (guint page = 0; error == NULL && page < 100; page++)
    aq_image_write_page (fixture.image, page, content, sizeof content, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  g_assert_nonnull (strstr (error->message, "File too large"));
  g_clear_error (&error);

  /* and nothing goes on with it */
  g_assert_false (aq_image_write_page (fixture.image, 200, content, 10, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
  g_clear_error (&error);
  g_assert_false (aq_image_flush (fixture.image, &fixture.state, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/what is written is read", test_what_is_written_is_read);
  g_test_add_func ("/image/an empty image is read", test_an_empty_image_is_read);
  g_test_add_func ("/image/what GDBM does is understood", test_what_gdbm_does_is_understood);
  g_test_add_func ("/image/GDBM reads it too", test_gdbm_reads_it_too);
  g_test_add_func ("/image/a large page is kept", test_a_large_page_is_kept);
  g_test_add_func ("/image/every flipped bit is found or harmless", test_every_flipped_bit_is_found_or_harmless);
  g_test_add_func ("/image/random damage is found or harmless", test_random_damage_is_found_or_harmless);
  g_test_add_func ("/image/every cut is found", test_every_cut_is_found);
  g_test_add_func ("/image/something else is refused", test_something_else_is_refused);
  g_test_add_func ("/image/an image of another store is refused", test_an_image_of_another_store_is_refused);
  g_test_add_func ("/image/the other image is refused", test_the_other_image_is_refused);
  g_test_add_func ("/image/an older image is refused", test_an_older_image_is_refused);
  g_test_add_func ("/image/a missing value is found", test_a_missing_value_is_found);
  g_test_add_func ("/image/a copy is the same", test_a_copy_is_the_same);
  g_test_add_func ("/image/a damaged image is not copied", test_a_damaged_image_is_not_copied);
  g_test_add_func ("/image/a disk that is full is told", test_a_disk_that_is_full_is_told);
  return g_test_run ();
}
