/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Super
 *
 * Four slots of one form, each in a block of its own, so that a torn write of one
 * leaves the others alone: one for each image, and two for the tail, which are
 * written in turn. An image's slot that cannot be read makes the image not whole,
 * which costs a rebuild and nothing else. A tail that cannot be read is as if it
 * had not been written; the other one still holds. Both tails cannot be torn by
 * one crash, so that is damage. README.md has the layout.
 *
 * The checkpointer writes the images' slots and the journal thread the tails',
 * each through a descriptor of its own; nobody writes a slot of the other's.
 */

#include "config.h"

#include "store/aq-super.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-buffer.h"
#include "store/aq-crc32c.h"
#include "store/aq-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define SLOT_VERSION 1
#define SLOT_DISTANCE 4096
#define SLOT_SIZE 96
#define SLOT_CRC_OFFSET (SLOT_SIZE - 4)
#define N_TAILS 2
#define FIRST_TAIL_SLOT AQ_N_IMAGES
#define N_SLOTS (FIRST_TAIL_SLOT + N_TAILS)
#define SUPER_SIZE (N_SLOTS * SLOT_DISTANCE)

static const char slot_magic[8] = "asyncq P";

/* one slot, whatever it is for */
typedef struct
{
  gboolean          flag;    /* an image: whole; a tail: clean */
  guint64           counter; /* an image: its generation */
  AqJournalPosition position;
  guint64           n_values;
  guint64           sum;
} Slot;

typedef enum
{
  SLOT_EMPTY, /* zeros: never written */
  SLOT_BAD,
  SLOT_GOOD
} SlotCheck;

G_STATIC_ASSERT (sizeof slot_magic + 4 + 4 + AQ_STORE_ID_SIZE + 4 + 4 + 6 * 8 <= SLOT_CRC_OFFSET);

static void
put_slot (guint8        out_bytes[SLOT_DISTANCE],
          const guint8  store_id[AQ_STORE_ID_SIZE],
          guint         number,
          const Slot   *slot)
{
  guint8 *at = out_bytes;

  memset (out_bytes, 0, SLOT_DISTANCE);
  at = aq_put_bytes (at, slot_magic, sizeof slot_magic);
  at = aq_put_u32 (at, SLOT_VERSION);
  at = aq_put_u32 (at, number);
  at = aq_put_bytes (at, store_id, AQ_STORE_ID_SIZE);
  at = aq_put_u32 (at, slot->flag ? 1 : 0);
  at = aq_put_u32 (at, slot->position.crc);
  at = aq_put_u64 (at, slot->counter);
  at = aq_put_u64 (at, slot->position.segment);
  at = aq_put_u64 (at, slot->position.end);
  at = aq_put_u64 (at, slot->position.next_sequence);
  at = aq_put_u64 (at, slot->n_values);
  aq_put_u64 (at, slot->sum);
  aq_put_u32 (out_bytes + SLOT_CRC_OFFSET, aq_crc32c (0, out_bytes, SLOT_CRC_OFFSET));
}

static gboolean
set_damage (GError     **error,
            guint        number,
            const char  *what)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
               "store is damaged: %s: '" AQ_SUPER_NAME "' at offset %u, sequence 0", what,
               number * SLOT_DISTANCE);
  return FALSE;
}

static gboolean
is_zero (const guint8 *bytes)
{
  static const guint8 zeros[SLOT_SIZE];

  return memcmp (bytes, zeros, SLOT_SIZE) == 0;
}

/* An error only for what is whole and yet wrong: of another store, or newer. */
static gboolean
read_slot (const guint8  *bytes,
           const guint8   store_id[AQ_STORE_ID_SIZE],
           guint          number,
           Slot          *out_slot,
           SlotCheck     *out_check,
           GError       **error)
{
  *out_slot = (Slot) { 0 };
  *out_check = is_zero (bytes) ? SLOT_EMPTY : SLOT_BAD;
  if (memcmp (bytes, slot_magic, sizeof slot_magic) != 0 ||
      aq_crc32c (0, bytes, SLOT_CRC_OFFSET) != aq_get_u32 (bytes + SLOT_CRC_OFFSET))
    return TRUE;
  if (aq_get_u32 (bytes + 8) != SLOT_VERSION)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
                   "its file '" AQ_SUPER_NAME "' has version %u: it was written by a newer version "
                   "of asyncq", aq_get_u32 (bytes + 8));
      return FALSE;
    }
  if (memcmp (bytes + 16, store_id, AQ_STORE_ID_SIZE) != 0)
    return set_damage (error, number, "it is of another store");
  if (aq_get_u32 (bytes + 12) != number)
    return set_damage (error, number, "it is in the place of another");

  *out_check = SLOT_GOOD;
  *out_slot = (Slot) {
    .flag = aq_get_u32 (bytes + 32) != 0,
    .counter = aq_get_u64 (bytes + 40),
    .position = {
      .segment = aq_get_u64 (bytes + 48),
      .end = aq_get_u64 (bytes + 56),
      .crc = aq_get_u32 (bytes + 36),
      .next_sequence = aq_get_u64 (bytes + 64),
    },
    .n_values = aq_get_u64 (bytes + 72),
    .sum = aq_get_u64 (bytes + 80),
  };
  return TRUE;
}

/**
 * aq_super_create:
 * @io: the system calls
 * @directory_fd: the directory of the store
 * @store_id: its id
 * @error: return location for an error
 *
 * Makes the file of a new store: no image is whole, there is no tail. What a
 * crash left of one is overwritten. The directory is left for the caller to flush.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_super_create (AqStoreIo     *io,
                 int            directory_fd,
                 const guint8   store_id[AQ_STORE_ID_SIZE],
                 GError       **error)
{
  g_autofree guint8 *bytes = g_malloc0 (SUPER_SIZE);
  static const Slot none;
  gboolean ok;
  int fd;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    put_slot (bytes + i * SLOT_DISTANCE, store_id, i, &none);
  fd = aq_store_io_open (io, directory_fd, AQ_SUPER_NAME, O_WRONLY | O_CREAT | O_TRUNC, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_write (io, fd, AQ_SUPER_NAME, bytes, SUPER_SIZE, 0, error) &&
       aq_store_io_flush (io, fd, AQ_SUPER_NAME, error);
  (void) close (fd); /* flushed, or of no use */
  return ok;
}

/* opened as @flags say; that there is none is damage, since a store is made with one */
static int
open_super (AqStoreIo  *io,
            int         directory_fd,
            int         flags,
            GError    **error)
{
  g_autoptr(GError) local_error = NULL;
  int fd = aq_store_io_open (io, directory_fd, AQ_SUPER_NAME, flags, &local_error);

  if (fd >= 0)
    return fd;
  if (errno == ENOENT)
    set_damage (error, 0, "it is missing");
  else if (errno == ELOOP)
    set_damage (error, 0, "it is a symbolic link");
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  return -1;
}

/* Returns: a descriptor to write slots through, closed by the caller at the first error */
int
aq_super_open (AqStoreIo  *io,
               int         directory_fd,
               GError    **error)
{
  return open_super (io, directory_fd, O_RDWR, error);
}

static void
take_image (AqSuper       *self,
            AqImageLetter  letter,
            const Slot    *slot)
{
  self->images[letter] = (AqImageState) {
    .whole = slot->flag,
    .generation = slot->counter,
    .position = slot->position,
    .n_values = slot->n_values,
    .sum = slot->sum,
  };
}

static void
take_tail (AqSuper    *self,
           const Slot *slot)
{
  if (self->has_tail && slot->counter <= self->tail_counter)
    return;
  self->has_tail = TRUE;
  self->tail_counter = slot->counter;
  self->tail = slot->position;
  self->tail.clean = slot->flag;
}

static gboolean
parse (const guint8  *bytes,
       const guint8   store_id[AQ_STORE_ID_SIZE],
       AqSuper       *self,
       GError       **error)
{
  guint n_bad_tails = 0;

  for (guint i = 0; i < N_SLOTS; i++)
    {
      SlotCheck check;
      Slot slot;

      if (!read_slot (bytes + i * SLOT_DISTANCE, store_id, i, &slot, &check, error))
        return FALSE;
      if (i < FIRST_TAIL_SLOT)
        take_image (self, i, &slot);
      else if (check == SLOT_GOOD)
        take_tail (self, &slot);
      else if (check == SLOT_BAD)
        n_bad_tails++;
    }
  return n_bad_tails < N_TAILS || set_damage (error, FIRST_TAIL_SLOT, "both tails are bad");
}

/**
 * aq_super_read:
 * @io: the system calls
 * @directory_fd: the directory of the store
 * @store_id: its id
 * @out_super: (out): what the file says
 * @error: return location for an error
 *
 * Reads the file. May be called while others write it: a slot that is being
 * written then counts as torn.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT` when it is missing, short or of another
 * store, or when no tail can be read; `ASYNCQ_ERROR_STORE_VERSION`;
 * `ASYNCQ_ERROR_STORE_FAILED`.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_super_read (AqStoreIo     *io,
               int            directory_fd,
               const guint8   store_id[AQ_STORE_ID_SIZE],
               AqSuper       *out_super,
               GError       **error)
{
  g_autofree guint8 *bytes = g_malloc (SUPER_SIZE);
  AqSuper super = { 0 };
  gsize size = 0;
  gboolean ok;
  int fd;

  fd = open_super (io, directory_fd, O_RDONLY, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_read (io, fd, AQ_SUPER_NAME, bytes, SUPER_SIZE, 0, &size, error);
  (void) close (fd); /* only read */
  if (!ok)
    return FALSE;
  if (size < SUPER_SIZE)
    return set_damage (error, 0, "it is too short");
  if (!parse (bytes, store_id, &super, error))
    return FALSE;
  *out_super = super;
  return TRUE;
}

static gboolean
write_slot (AqStoreIo     *io,
            int            fd,
            const guint8   store_id[AQ_STORE_ID_SIZE],
            guint          number,
            const Slot    *slot,
            GError       **error)
{
  guint8 bytes[SLOT_DISTANCE];

  put_slot (bytes, store_id, number, slot);
  return aq_store_io_write (io, fd, AQ_SUPER_NAME, bytes, sizeof bytes,
                            (guint64) number * SLOT_DISTANCE, error) &&
         aq_store_io_flush_data (io, fd, AQ_SUPER_NAME, error);
}

/**
 * aq_super_write_image:
 * @io: the system calls
 * @fd: from aq_super_open()
 * @store_id: the id of the store
 * @letter: which image
 * @state: of it; what matters of a position is segment, end, crc and next sequence
 * @error: return location for an error
 *
 * Writes what an image holds, and flushes that. Only the checkpointer may. After
 * an error it is not known what the slot says, and @fd is to be closed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_super_write_image (AqStoreIo           *io,
                      int                  fd,
                      const guint8         store_id[AQ_STORE_ID_SIZE],
                      AqImageLetter        letter,
                      const AqImageState  *state,
                      GError             **error)
{
  Slot slot = {
    .flag = state->whole,
    .counter = state->generation,
    .position = state->position,
    .n_values = state->n_values,
    .sum = state->sum,
  };

  return write_slot (io, fd, store_id, letter, &slot, error);
}

/**
 * aq_super_write_tail:
 * @io: the system calls
 * @fd: from aq_super_open()
 * @store_id: the id of the store
 * @counter: one more than the last time: the number that is read back
 * @tail: how far the journal goes, with `clean`
 * @error: return location for an error
 *
 * Writes the older of the two tails, and flushes it. Only the journal thread may.
 * After an error @fd is to be closed; the next try uses the same @counter.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_super_write_tail (AqStoreIo                *io,
                     int                       fd,
                     const guint8              store_id[AQ_STORE_ID_SIZE],
                     guint64                   counter,
                     const AqJournalPosition  *tail,
                     GError                  **error)
{
  Slot slot = { .flag = tail->clean, .counter = counter, .position = *tail };

  return write_slot (io, fd, store_id, FIRST_TAIL_SLOT + (guint) (counter % N_TAILS), &slot, error);
}

/* Returns: (nullable): the newest image that is whole */
const AqImageState *
aq_super_get_newest (const AqSuper *self)
{
  const AqImageState *newest = NULL;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (self->images[i].whole &&
        (newest == NULL || self->images[i].generation > newest->generation))
      newest = &self->images[i];
  return newest;
}
