/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Super
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "store-testing.h"
#include "store/aq-super.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SLOT_DISTANCE 4096
#define SUPER_SIZE (4 * SLOT_DISTANCE)

static const guint8 store_id[AQ_STORE_ID_SIZE] = "a store's own id";

typedef struct
{
  char     *folder; /* owned, removed at the end */
  char     *path;   /* owned: of the file */
  int       fd;     /* owned: of the folder */
  AqStoreIo io;
} Fixture;

static void
fixture_init (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  *self = (Fixture) { .folder = g_dir_make_tmp ("asyncq-super-XXXXXX", &error) };
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, AQ_SUPER_NAME, NULL);
  self->fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  aq_store_io_init_system (&self->io);
  aq_super_create (&self->io, self->fd, store_id, &error);
  g_assert_no_error (error);
}

static void
fixture_clear (Fixture *self)
{
  store_test_remove (self->folder);
  (void) close (self->fd); /* a directory */
  g_free (self->folder);
  g_free (self->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static AqSuper
read_super (Fixture *self)
{
  g_autoptr(GError) error = NULL;
  AqSuper super;

  aq_super_read (&self->io, self->fd, store_id, &super, &error);
  g_assert_no_error (error);
  return super;
}

static void
write_image (Fixture            *self,
             AqImageLetter       letter,
             const AqImageState *state)
{
  g_autoptr(GError) error = NULL;
  int fd = aq_super_open (&self->io, self->fd, &error);

  g_assert_no_error (error);
  aq_super_write_image (&self->io, fd, store_id, letter, state, &error);
  g_assert_no_error (error);
  (void) close (fd); /* flushed */
}

static void
write_tail (Fixture *self,
            guint64  counter,
            gboolean clean)
{
  AqJournalPosition tail = { .segment = counter, .end = 100, .crc = 7, .next_sequence = 9, .clean = clean };
  g_autoptr(GError) error = NULL;
  int fd = aq_super_open (&self->io, self->fd, &error);

  g_assert_no_error (error);
  aq_super_write_tail (&self->io, fd, store_id, counter, &tail, &error);
  g_assert_no_error (error);
  (void) close (fd); /* flushed */
}

static void
change (Fixture *self,
        gsize    offset,
        guint8   mask)
{
  int fd = open (self->path, O_RDWR | O_CLOEXEC);
  guint8 byte;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pread (fd, &byte, 1, (off_t) offset), ==, 1);
  byte ^= mask;
  g_assert_cmpint (pwrite (fd, &byte, 1, (off_t) offset), ==, 1);
  (void) close (fd); /* a test's */
}

static const AqImageState state_a = {
  .whole = TRUE,
  .generation = 5,
  .position = { .segment = 1, .end = 2, .crc = 3, .next_sequence = 4 },
  .n_values = 6,
  .sum = G_MAXUINT64,
};

static void
assert_state (const AqImageState *state,
              const AqImageState *expected)
{
  g_assert_cmpint (state->whole, ==, expected->whole);
  g_assert_cmpuint (state->generation, ==, expected->generation);
  g_assert_cmpuint (state->position.segment, ==, expected->position.segment);
  g_assert_cmpuint (state->position.end, ==, expected->position.end);
  g_assert_cmpuint (state->position.crc, ==, expected->position.crc);
  g_assert_cmpuint (state->position.next_sequence, ==, expected->position.next_sequence);
  g_assert_cmpuint (state->n_values, ==, expected->n_values);
  g_assert_cmpuint (state->sum, ==, expected->sum);
}

static void
test_a_new_one_has_nothing (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqSuper super;

  fixture_init (&fixture);
  super = read_super (&fixture);
  g_assert_false (super.images[AQ_IMAGE_A].whole);
  g_assert_false (super.images[AQ_IMAGE_B].whole);
  g_assert_null (aq_super_get_newest (&super));
  g_assert_false (super.has_tail);
  g_assert_cmpuint (super.tail_counter, ==, 0);
}

static void
test_every_number_comes_back (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqImageState state_b = state_a;
  AqSuper super;

  fixture_init (&fixture);
  write_image (&fixture, AQ_IMAGE_A, &state_a);
  state_b.generation = 4;
  write_image (&fixture, AQ_IMAGE_B, &state_b);
  write_tail (&fixture, 1, FALSE);
  super = read_super (&fixture);
  assert_state (&super.images[AQ_IMAGE_A], &state_a);
  assert_state (&super.images[AQ_IMAGE_B], &state_b);
  g_assert_true (aq_super_get_newest (&super) == &super.images[AQ_IMAGE_A]);
  g_assert_true (super.has_tail);
  g_assert_cmpuint (super.tail_counter, ==, 1);
  g_assert_cmpuint (super.tail.segment, ==, 1);
  g_assert_cmpuint (super.tail.end, ==, 100);
  g_assert_cmpuint (super.tail.crc, ==, 7);
  g_assert_cmpuint (super.tail.next_sequence, ==, 9);
  g_assert_false (super.tail.clean);

  write_tail (&fixture, 2, TRUE);
  state_b.generation = 6;
  write_image (&fixture, AQ_IMAGE_B, &state_b);
  super = read_super (&fixture);
  g_assert_true (super.tail.clean);
  g_assert_cmpuint (super.tail_counter, ==, 2);
  g_assert_true (aq_super_get_newest (&super) == &super.images[AQ_IMAGE_B]);
}

static void
test_every_flipped_bit_costs_one_slot_at_most (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqSuper super;

  fixture_init (&fixture);
  write_image (&fixture, AQ_IMAGE_A, &state_a);
  write_image (&fixture, AQ_IMAGE_B, &state_a);
  write_tail (&fixture, 4, FALSE);
  write_tail (&fixture, 5, FALSE);
  for (guint slot = 0; slot < 4; slot++)
    for (guint bit = 0; bit < 120 * 8; bit++)
      {
        gboolean matters = bit < 96 * 8;

        change (&fixture, slot * SLOT_DISTANCE + bit / 8, (guint8) (1 << bit % 8));
        super = read_super (&fixture);
        g_assert_cmpint (super.images[AQ_IMAGE_A].whole, ==, !matters || slot != 0);
        g_assert_cmpint (super.images[AQ_IMAGE_B].whole, ==, !matters || slot != 1);
        g_assert_true (super.has_tail);
        g_assert_cmpuint (super.tail_counter, ==, matters && slot == 3 ? 4 : 5);
        change (&fixture, slot * SLOT_DISTANCE + bit / 8, (guint8) (1 << bit % 8));
      }
}

static void
assert_refused (Fixture    *self,
                const char *what)
{
  g_autoptr(GError) error = NULL;
  AqSuper super;

  g_assert_false (aq_super_read (&self->io, self->fd, store_id, &super, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  if (strstr (error->message, what) == NULL)
    g_error ("'%s' is not in '%s'", what, error->message);
}

static void
test_a_torn_first_tail_is_none (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  write_tail (&fixture, 1, FALSE);
  change (&fixture, 3 * SLOT_DISTANCE + 50, 1);
  g_assert_false (read_super (&fixture).has_tail);
  write_tail (&fixture, 2, FALSE);
  g_assert_cmpuint (read_super (&fixture).tail_counter, ==, 2);
  change (&fixture, 2 * SLOT_DISTANCE + 50, 1);
  assert_refused (&fixture, "both tails are bad: 'super' at offset 8192, sequence 0");
}

static void
test_a_missing_or_short_one_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  for (int cut = 0; cut < SUPER_SIZE; cut += 511)
    {
      g_assert_cmpint (truncate (fixture.path, SUPER_SIZE - 1 - cut), ==, 0);
      assert_refused (&fixture, "it is too short");
    }
  g_assert_cmpint (g_unlink (fixture.path), ==, 0);
  assert_refused (&fixture, "it is missing");
  g_assert_cmpint (aq_super_open (&fixture.io, fixture.fd, &error), ==, -1);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_cmpint (symlink ("/dev/zero", fixture.path), ==, 0);
  assert_refused (&fixture, "it is a symbolic link");
}

static void
test_one_of_another_store_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  const guint8 other[AQ_STORE_ID_SIZE] = "another store";
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  aq_super_create (&fixture.io, fixture.fd, other, &error);
  g_assert_no_error (error);
  assert_refused (&fixture, "it is of another store");
}

static void
test_slots_that_were_swapped_are_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  fixture_init (&fixture);
  write_image (&fixture, AQ_IMAGE_A, &state_a);
  g_assert_true (g_file_get_contents (fixture.path, &bytes, &size, NULL));
  memcpy (bytes + SLOT_DISTANCE, bytes, SLOT_DISTANCE);
  g_file_set_contents (fixture.path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  assert_refused (&fixture, "it is in the place of another");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/super/a new one has nothing", test_a_new_one_has_nothing);
  g_test_add_func ("/super/every number comes back", test_every_number_comes_back);
  g_test_add_func ("/super/every flipped bit costs one slot at most", test_every_flipped_bit_costs_one_slot_at_most);
  g_test_add_func ("/super/a torn first tail is none", test_a_torn_first_tail_is_none);
  g_test_add_func ("/super/a missing or short one is refused", test_a_missing_or_short_one_is_refused);
  g_test_add_func ("/super/one of another store is refused", test_one_of_another_store_is_refused);
  g_test_add_func ("/super/slots that were swapped are refused", test_slots_that_were_swapped_are_refused);
  return g_test_run ();
}
