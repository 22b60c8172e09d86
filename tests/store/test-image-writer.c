/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Steps of images
 *
 * One damaged file must not cost more than that file: neither the other image nor
 * the way on.
 */

#include "config.h"

#include "store-testing.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-image-writer.h"
#include "store/aq-image.h"
#include "store/aq-journal-reader.h"
#include "store/aq-store-directory.h"

#include <string.h>

/* two whole images, and a writer that goes on with them */
typedef struct
{
  StoreTest        test;
  AqStoreIo        io;
  AqStoreDirectory directory;
  AqImageUse       use;
  int              stop;
  AqImageWriter    writer;
} Fixture;

static void
finish_some (StoreTest *test,
             guint      n_jobs)
{
  for (guint i = 0; i < n_jobs; i++)
    {
      guint64 lease = 0;
      guint64 id;

      store_test_put (test, "some text that takes a few bytes");
      id = store_test_claim (test, &lease);
      store_test_finish (test, id, lease, "some more of it");
      store_test_flush (test);
    }
}

static void
on_held (const AqStoreHold *hold,
         const GError      *error,
         gpointer           user_data)
{
  gboolean *held = user_data;

  g_assert_no_error (error);
  *held = TRUE;
}

/* a segment that is used again keeps its name for a while, without a header */
static gboolean
has_first_segment (StoreTest *test)
{
  g_autofree char *path = g_build_filename (test->path, "journal", "000001", NULL);
  g_autofree char *bytes = NULL;
  AqSegmentHeader header;
  gsize size;

  return g_file_get_contents (path, &bytes, &size, NULL) &&
         aq_segment_header_read (&header, (const guint8 *) bytes, size) == AQ_SEGMENT_GOOD;
}

/* @n_more: jobs whose segments no image holds; the journal has lost its beginning */
static void
fixture_init (Fixture *self,
              guint    n_more)
{
  static const gboolean damaged[AQ_N_IMAGES] = { FALSE, FALSE };
  g_autoptr(GError) error = NULL;
  gboolean held = FALSE;
  AqSuper super;

  *self = (Fixture) { .stop = 0 };
  store_test_init (&self->test);
  self->test.settings.segment_min_bytes = 4096;
  self->test.settings.segment_max_bytes = 8192;
  self->test.settings.max_result_bytes = 4096;
  store_test_reopen (&self->test);
  finish_some (&self->test, 200);
  store_test_checkpoint (&self->test);
  while (has_first_segment (&self->test))
    g_main_context_iteration (NULL, FALSE);
  aq_store_hold (self->test.store, on_held, &held);
  while (!held)
    g_main_context_iteration (NULL, TRUE);
  finish_some (&self->test, n_more);
  store_test_close (&self->test);

  aq_store_io_init_system (&self->io);
  aq_store_directory_open_existing (&self->directory, &self->io, self->test.path, AQ_STORE_ACCESS_ALONE, &error);
  g_assert_no_error (error);
  aq_super_read (&self->io, self->directory.fd, self->directory.store_id, &super, &error);
  g_assert_no_error (error);
  aq_image_use_init (&self->use, &super, damaged);
  aq_image_writer_init (&self->writer, &self->io, self->directory.fd, self->directory.journal_fd,
                        self->directory.store_id, &super, &self->use, &self->stop);
}

static void
fixture_clear (Fixture *self)
{
  aq_image_writer_clear (&self->writer);
  aq_image_use_clear (&self->use);
  aq_store_directory_clear (&self->directory);
  store_test_clear (&self->test);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static AqImageLetter
newer_image (Fixture *self)
{
  const AqImageState *images = self->writer.super.images;

  return images[AQ_IMAGE_A].generation > images[AQ_IMAGE_B].generation ? AQ_IMAGE_A : AQ_IMAGE_B;
}

static void
flip (const char *path,
      gsize       from,
      guint       n_bits)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (1);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (guint i = 0; i < n_bits; i++)
    bytes[(gsize) g_rand_int_range (random, (int) from, (int) size)] ^= (char) (1 << g_rand_int_range (random, 0, 8));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

/* bytes that mean nothing are many, so many bits are flipped */
static void
damage_image (Fixture       *self,
              AqImageLetter  letter)
{
  g_autofree char *path = g_build_filename (self->test.path, aq_image_get_name (letter), NULL);

  flip (path, 0, 2000);
}

static gboolean
accept_value (AqImageKey     kind,
              guint64        page,
              const guint8  *content,
              gsize          size,
              gpointer       user_data,
              GError       **error)
{
  return TRUE;
}

/* what a crash would find */
static void
assert_whole_on_disk (Fixture       *self,
                      AqImageLetter  letter)
{
  g_autoptr(AqImage) image = NULL;
  g_autoptr(GError) error = NULL;
  AqSuper super;

  aq_super_read (&self->io, self->directory.fd, self->directory.store_id, &super, &error);
  g_assert_no_error (error);
  g_assert_true (super.images[letter].whole);
  image = aq_image_open (&self->io, self->directory.fd, self->directory.store_id, letter,
                         &super.images[letter], FALSE, &error);
  g_assert_no_error (error);
  aq_image_read_all (image, accept_value, NULL, &error);
  g_assert_no_error (error);
}

/* the first step finds the damage, and is not to do any */
static void
assert_finds_damage (Fixture                  *self,
                     AqImageLetter             letter,
                     const AqJournalPosition  *until)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (aq_image_writer_bring_up (&self->writer, letter, until, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
}

static void
test_a_sparse_image_is_not_given_up_for_a_damaged_one (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  AqJournalPosition until;
  AqImageLetter newer;
  AqImageLetter older;

  fixture_init (&fixture, 0);
  newer = newer_image (&fixture);
  older = newer == AQ_IMAGE_A ? AQ_IMAGE_B : AQ_IMAGE_A;
  until = fixture.writer.super.images[newer].position;
  damage_image (&fixture, newer);
  fixture.writer.sparse[older] = TRUE;

  assert_finds_damage (&fixture, older, &until);
  assert_whole_on_disk (&fixture, older);
  g_assert_false (aq_image_writer_is_good (&fixture.writer, newer));
  /* so it goes on as it is */
  aq_image_writer_bring_up (&fixture.writer, older, &until, &error);
  g_assert_no_error (error);
  aq_image_writer_bring_up (&fixture.writer, newer, &until, &error);
  g_assert_no_error (error);
  assert_whole_on_disk (&fixture, older);
  assert_whole_on_disk (&fixture, newer);
}

static void
test_of_two_damaged_images_both_stay (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  AqJournalPosition until;
  AqImageLetter newer;
  AqImageLetter older;

  fixture_init (&fixture, 0);
  newer = newer_image (&fixture);
  older = newer == AQ_IMAGE_A ? AQ_IMAGE_B : AQ_IMAGE_A;
  until = fixture.writer.super.images[newer].position;
  damage_image (&fixture, newer);
  damage_image (&fixture, older);
  fixture.writer.damaged[older] = TRUE;
  before = store_test_checksum (fixture.test.path);

  assert_finds_damage (&fixture, older, &until);
  /* and now there is none to go by, and not all of the journal */
  assert_finds_damage (&fixture, older, &until);
  after = store_test_checksum (fixture.test.path);
  g_assert_cmpstr (before, ==, after);
}

static gboolean
read_header (Fixture         *self,
             guint64          number,
             AqSegmentHeader *out_header)
{
  char name[AQ_SEGMENT_NAME_SIZE];
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  aq_segment_format_name (number, name);
  path = g_build_filename (self->test.path, "journal", name, NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  return aq_segment_header_read (out_header, (const guint8 *) bytes, size) == AQ_SEGMENT_GOOD;
}

/* Returns: the number of the segment behind @position; @out_closed: the end of the newest that is closed */
static guint64
find_segments (Fixture                  *self,
               const AqJournalPosition  *position,
               AqJournalPosition        *out_closed)
{
  g_autoptr(GArray) numbers = aq_journal_list (&self->io, self->directory.journal_fd, NULL);
  guint64 behind = 0;

  for (guint i = 0; i < numbers->len; i++)
    {
      AqSegmentHeader header;

      if (!read_header (self, g_array_index (numbers, guint64, i), &header))
        continue;
      if (header.previous_number == position->segment)
        behind = header.number;
      *out_closed = (AqJournalPosition) {
        .segment = header.previous_number,
        .end = header.previous_end,
        .crc = header.previous_crc,
        .next_sequence = header.first_sequence,
      };
    }
  g_assert_cmpuint (behind, >, 0);
  return behind;
}

static void
test_an_image_whose_journal_is_damaged_is_made_again (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  char name[AQ_SEGMENT_NAME_SIZE];
  g_autofree char *path = NULL;
  AqJournalPosition until;

  fixture_init (&fixture, 200);
  aq_segment_format_name (find_segments (&fixture, &fixture.writer.super.images[AQ_IMAGE_A].position, &until), name);
  path = g_build_filename (fixture.test.path, "journal", name, NULL);
  aq_image_writer_bring_up (&fixture.writer, AQ_IMAGE_A, &until, &error);
  g_assert_no_error (error);
  flip (path, AQ_SEGMENT_HEADER_SIZE, 100);

  assert_finds_damage (&fixture, AQ_IMAGE_B, &until);
  assert_whole_on_disk (&fixture, AQ_IMAGE_B);
  aq_image_writer_bring_up (&fixture.writer, AQ_IMAGE_B, &until, &error);
  g_assert_no_error (error);
  assert_whole_on_disk (&fixture, AQ_IMAGE_A);
  assert_whole_on_disk (&fixture, AQ_IMAGE_B);
  g_assert_cmpuint (fixture.writer.super.images[AQ_IMAGE_B].position.next_sequence, ==, until.next_sequence);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-writer/a sparse image is not given up for a damaged one",
                   test_a_sparse_image_is_not_given_up_for_a_damaged_one);
  g_test_add_func ("/image-writer/of two damaged images both stay", test_of_two_damaged_images_both_stay);
  g_test_add_func ("/image-writer/an image whose journal is damaged is made again",
                   test_an_image_whose_journal_is_damaged_is_made_again);
  return g_test_run ();
}
