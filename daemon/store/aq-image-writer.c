/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The writing end of the images
 *
 * One step: what the journal has behind the image's position, folded by job in
 * memory; the image's slot in `super` marked "not whole", and flushed; the pages
 * merged; the image flushed; the slot marked whole, with the new position, and
 * flushed. A crash anywhere in it leaves the other image whole, and the journal
 * behind that one. What is read, the journal and the image itself, is checked
 * before it is used.
 *
 * An image that is not whole, or has been found damaged, is made again: a copy of
 * the other one, or, where that is no good either, an empty one and the journal
 * from its first segment. One that has become mostly unused space is made as a copy
 * too, when its turn comes: so no image is for long more than twice what is in it.
 * What is in a slot that says "whole" is given up for a copy only after all of the
 * other image was read and found good: damage there must not cost both.
 */

#include "config.h"

#include "store/aq-image-writer.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-fold.h"
#include "store/aq-journal-reader.h"

#include <gio/gio.h>
#include <unistd.h>

static gboolean
check_stop (AqImageWriter  *self,
            GError        **error)
{
  if (!g_atomic_int_get (self->stop))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the checkpointer was stopped");
  return FALSE;
}

static AqImageLetter
other_image (AqImageLetter letter)
{
  return letter == AQ_IMAGE_A ? AQ_IMAGE_B : AQ_IMAGE_A;
}

/* Returns: whether the image may be read and gone on with */
gboolean
aq_image_writer_is_good (AqImageWriter *self,
                         AqImageLetter  letter)
{
  return self->super.images[letter].whole && !self->damaged[letter];
}

/* Returns: whether the image itself is gone on with; else it is made */
static gboolean
goes_on (AqImageWriter *self,
         AqImageLetter  letter)
{
  return aq_image_writer_is_good (self, letter) &&
         !(self->sparse[letter] && aq_image_writer_is_good (self, other_image (letter)));
}

const AqImageState *
aq_image_writer_get_base (AqImageWriter *self,
                          AqImageLetter  letter)
{
  if (goes_on (self, letter))
    return &self->super.images[letter];
  if (aq_image_writer_is_good (self, other_image (letter)))
    return &self->super.images[other_image (letter)];
  return NULL;
}

void
aq_image_writer_init (AqImageWriter *self,
                      AqStoreIo     *io,
                      int            directory_fd,
                      int            journal_fd,
                      const guint8   store_id[AQ_STORE_ID_SIZE],
                      const AqSuper *super,
                      AqImageUse    *use,
                      const int     *stop)
{
  *self = (AqImageWriter) {
    .io = io,
    .directory_fd = directory_fd,
    .journal_fd = journal_fd,
    .use = use,
    .stop = stop,
    .super = *super,
    .super_fd = -1,
  };
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
}

static void
close_super (AqImageWriter *self)
{
  if (self->super_fd >= 0)
    (void) close (self->super_fd); /* flushed with each write, or of no use */
  self->super_fd = -1;
}

void
aq_image_writer_clear (AqImageWriter *self)
{
  close_super (self);
}

/* a descriptor that has failed is never used again */
static gboolean
write_slot (AqImageWriter       *self,
            AqImageLetter        letter,
            const AqImageState  *state,
            GError             **error)
{
  if (self->super_fd < 0)
    self->super_fd = aq_super_open (self->io, self->directory_fd, error);
  if (self->super_fd < 0)
    return FALSE;
  if (aq_super_write_image (self->io, self->super_fd, self->store_id, letter, state, error))
    return TRUE;
  close_super (self);
  return FALSE;
}

/* from here on nobody reads it, and a crash finds the other one */
static gboolean
mark_not_whole (AqImageWriter  *self,
                AqImageLetter   letter,
                GError        **error)
{
  AqImageState *state = &self->super.images[letter];

  aq_image_use_begin_write (self->use, letter);
  /* what the slot holds after a write that failed is unknown, so it is written again */
  *state = (AqImageState) { .whole = FALSE };
  return write_slot (self, letter, state, error);
}

static gboolean
mark_whole (AqImageWriter  *self,
            AqImageLetter   letter,
            AqImageState   *state,
            GError        **error)
{
  state->whole = TRUE;
  if (!write_slot (self, letter, state, error))
    return FALSE;
  self->super.images[letter] = *state;
  self->damaged[letter] = FALSE;
  aq_image_use_end_write (self->use, letter, state);
  return TRUE;
}

/* checking */

static gboolean
on_value (AqImageKey     kind,
          guint64        page,
          const guint8  *content,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  return check_stop (user_data, error);
}

/* @error: why @letter could not be read; where that is damage, it is no good any more */
static void
take_damage (AqImageWriter *self,
             AqImageLetter  letter,
             const GError  *error)
{
  if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
      g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN))
    self->damaged[letter] = TRUE;
}

/* Reads all of an image in a whole slot; if it is damaged it is no good any more. */
static gboolean
check_image (AqImageWriter  *self,
             AqImageLetter   letter,
             GError        **error)
{
  g_autoptr(GError) local_error = NULL;
  g_autoptr(AqImage) image = aq_image_open (self->io, self->directory_fd, self->store_id, letter,
                                            &self->super.images[letter], FALSE, &local_error);

  if (image != NULL && aq_image_read_all (image, on_value, self, &local_error))
    return TRUE;
  take_damage (self, letter, local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* folding */

typedef struct
{
  AqImageWriter *writer;
  AqFold        *fold;
} Folding;

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  Folding *self = user_data;

  return check_stop (self->writer, error) && aq_fold_add_frame (self->fold, frame, content, error);
}

/* Returns: (transfer full) (nullable): the journal behind @from up to @until, by job */
static AqFold *
fold_journal (AqImageWriter            *self,
              const AqJournalPosition  *from,
              const AqJournalPosition  *until,
              GError                  **error)
{
  g_autoptr(AqFold) fold = aq_fold_new ();
  Folding folding = { .writer = self, .fold = fold };

  if (from != NULL && aq_journal_position_compare (from, until) >= 0)
    return g_steal_pointer (&fold);
  if (!aq_journal_read_range (self->io, self->journal_fd, self->store_id, from, until, on_frame,
                              &folding, error))
    return NULL;
  return g_steal_pointer (&fold);
}

/* merging */

static gboolean
merge_pages (AqImageWriter  *self,
             AqImage        *image,
             AqFold         *fold,
             GError        **error)
{
  g_autoptr(GArray) pages = aq_fold_list_pages (fold);
  g_auto(AqBuffer) before = { 0 };
  g_auto(AqBuffer) after = { 0 };

  for (guint i = 0; i < pages->len; i++)
    {
      guint64 page = g_array_index (pages, guint64, i);
      gboolean found;

      before.size = after.size = 0;
      if (!check_stop (self, error) ||
          !aq_image_read_page (image, page, &before, &found, error) ||
          !aq_fold_merge_page (fold, page, before.data, before.size, &after, error) ||
          !aq_image_write_page (image, page, after.data, after.size, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
merge (AqImageWriter  *self,
       AqImage        *image,
       AqFold         *fold,
       GError        **error)
{
  const GPtrArray *agents = aq_fold_get_agents (fold);
  const GPtrArray *items = aq_fold_get_items (fold);
  GBytes *counters = aq_fold_get_counters (fold);

  for (guint i = 0; i < agents->len; i++)
    {
      const AqFoldAgent *agent = g_ptr_array_index (agents, i);
      gsize size = 0;
      gconstpointer record = agent->record != NULL ? g_bytes_get_data (agent->record, &size) : NULL;

      if (!aq_image_write_agent (image, agent->name, record, size, error))
        return FALSE;
    }
  for (guint i = 0; i < items->len; i++)
    {
      const AqFoldItem *item = g_ptr_array_index (items, i);
      gsize size = 0;
      gconstpointer record = item->record != NULL ? g_bytes_get_data (item->record, &size) : NULL;

      if (!aq_image_write_item (image, item->kind, item->name, record, size, error))
        return FALSE;
    }
  if (counters != NULL &&
      !aq_image_write_counters (image, g_bytes_get_data (counters, NULL), g_bytes_get_size (counters),
                                error))
    return FALSE;
  return merge_pages (self, image, fold, error);
}

static gboolean
on_copied (gpointer user_data)
{
  AqImageWriter *self = user_data;

  return g_atomic_int_get (self->stop) != 0;
}

/* a copy of the other one, or an empty one where there is none */
static AqImage *
make_image (AqImageWriter       *self,
            AqImageLetter        letter,
            const AqImageState  *base,
            GError             **error)
{
  AqImageLetter other = other_image (letter);
  g_autoptr(GError) local_error = NULL;
  AqImage *image;

  if (base == NULL)
    return aq_image_create (self->io, self->directory_fd, self->store_id, letter, error);
  image = aq_image_copy (self->io, self->directory_fd, self->store_id, other, letter, base, on_copied,
                         self, &local_error);
  if (image != NULL)
    return image;
  /* the next step will do without it, if the whole journal is there */
  take_damage (self, other, local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/*
 * Returns: whether the journal that @letter needs can be done without: the other
 * image is behind what cannot be read of it
 */
static gboolean
is_behind (AqImageWriter *self,
           AqImageLetter  letter)
{
  const AqImageState *images = self->super.images;
  AqImageLetter other = other_image (letter);

  return aq_image_writer_is_good (self, other) &&
         aq_journal_position_compare (&images[letter].position, &images[other].position) < 0;
}

/* one that is not whole is made again anyway, and until then others need the space more */
static void
remove_image (AqImageWriter *self,
              AqImageLetter  letter)
{
  (void) self->io->unlinkat (self->io, self->directory_fd, aq_image_get_name (letter)); /* only gives space back */
}

/* greater than that of any image that is whole */
static guint64
next_generation (AqImageWriter *self)
{
  guint64 generation = 0;

  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    if (self->super.images[letter].whole)
      generation = MAX (generation, self->super.images[letter].generation);
  return generation + 1;
}

/**
 * aq_image_writer_bring_up:
 * @self: a writer
 * @letter: which image
 * @until: the end of a closed segment, not before the image's base
 * @error: return location for an error
 *
 * Brings the image up to a position of the journal, or makes it again. Takes as
 * long, and as much memory, as there is journal between the two, and where it is
 * made again a copy of the image besides.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset or page;
 * `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; `G_IO_ERROR_CANCELLED`.
 * Then the image is as it was, or it is not whole, and is made again the next time.
 * What was found damaged is so in @self: then the next step is another one.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_writer_bring_up (AqImageWriter            *self,
                          AqImageLetter             letter,
                          const AqJournalPosition  *until,
                          GError                  **error)
{
  gboolean same = goes_on (self, letter);
  const AqImageState *found = aq_image_writer_get_base (self, letter);
  /* marking an image not whole forgets what it was */
  const AqImageState start = found != NULL ? *found : (AqImageState) { 0 };
  const AqImageState *base = found != NULL ? &start : NULL;
  AqImageState state = start;
  g_autoptr(AqFold) fold = NULL;
  g_autoptr(AqImage) image = NULL;
  g_autoptr(GError) local_error = NULL;

  state.generation = next_generation (self);
  fold = fold_journal (self, base != NULL ? &base->position : NULL, until, &local_error);
  if (fold == NULL)
    {
      /* then the next step makes it as a copy */
      if (same && is_behind (self, letter))
        take_damage (self, letter, local_error);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!same && base != NULL && self->super.images[letter].whole &&
      !check_image (self, other_image (letter), error))
    return FALSE;
  if (!mark_not_whole (self, letter, error))
    return FALSE;
  image = same ? aq_image_open (self->io, self->directory_fd, self->store_id, letter, base, TRUE, &local_error)
               : make_image (self, letter, base, &local_error);
  if (image == NULL || !merge (self, image, fold, &local_error) ||
      !aq_image_flush (image, &state, &local_error))
    {
      if (g_error_matches (local_error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL))
        remove_image (self, letter);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  state.position = *until;
  self->sparse[letter] = aq_image_is_sparse (image);
  return mark_whole (self, letter, &state, error);
}
