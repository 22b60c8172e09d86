/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Use of the images
 *
 * The reader reads the newest whole image, the checkpointer writes the other
 * one. They meet only where the checkpointer turns to an image that is still
 * being read: then it waits for the reader, which has it for one request at a
 * time. An image that is being written is not whole here, so no reader comes to
 * it.
 */

#include "config.h"

#include "store/aq-image-use.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

void
aq_image_use_init (AqImageUse     *self,
                   const AqSuper  *super,
                   const gboolean  damaged[AQ_N_IMAGES])
{
  *self = (AqImageUse) { 0 };
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->unused, NULL);
  memcpy (self->states, super->images, sizeof self->states);
  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    self->states[letter].whole &= !damaged[letter];
}

void
aq_image_use_clear (AqImageUse *self)
{
  pthread_cond_destroy (&self->unused);
  pthread_mutex_destroy (&self->lock);
}

/**
 * aq_image_use_acquire:
 * @self: the images
 * @sequence: a job whose newest change is not above it is to be read
 * @out_letter: which image, to be released
 * @out_state: its state
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`: the image that held it was found damaged,
 * and the other one has not caught up yet.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_use_acquire (AqImageUse     *self,
                      guint64         sequence,
                      AqImageLetter  *out_letter,
                      AqImageState   *out_state,
                      GError        **error)
{
  gboolean found = FALSE;

  pthread_mutex_lock (&self->lock);
  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    {
      const AqImageState *state = &self->states[letter];

      if (!state->whole || state->position.next_sequence <= sequence ||
          (found && state->generation < out_state->generation))
        continue;
      *out_letter = letter;
      *out_state = *state;
      found = TRUE;
    }
  if (found)
    self->n_readers[*out_letter]++;
  pthread_mutex_unlock (&self->lock);

  if (!found)
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED,
                         "the image that holds the job is being made again");
  return found;
}

void
aq_image_use_release (AqImageUse    *self,
                      AqImageLetter  letter)
{
  pthread_mutex_lock (&self->lock);
  if (--self->n_readers[letter] == 0)
    pthread_cond_broadcast (&self->unused);
  pthread_mutex_unlock (&self->lock);
}

/* waits until nobody reads the image; nobody begins to before it is whole again */
void
aq_image_use_begin_write (AqImageUse    *self,
                          AqImageLetter  letter)
{
  pthread_mutex_lock (&self->lock);
  self->states[letter].whole = FALSE;
  while (self->n_readers[letter] > 0)
    pthread_cond_wait (&self->unused, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

void
aq_image_use_end_write (AqImageUse         *self,
                        AqImageLetter       letter,
                        const AqImageState *state)
{
  pthread_mutex_lock (&self->lock);
  self->states[letter] = *state;
  pthread_mutex_unlock (&self->lock);
}
