/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-super.h"

#include <pthread.h>

G_BEGIN_DECLS

/* Which image is read, and that nobody writes it meanwhile. Between the reader and the checkpointer. */
typedef struct
{
  pthread_mutex_t lock;
  pthread_cond_t  unused;                 /* an image has no reader any more */

  /* guarded by the lock */
  AqImageState    states[AQ_N_IMAGES];
  guint           n_readers[AQ_N_IMAGES];
} AqImageUse;

void     aq_image_use_init        (AqImageUse         *self,
                                   const AqSuper      *super,
                                   const gboolean      damaged[AQ_N_IMAGES]);
void     aq_image_use_clear       (AqImageUse         *self);

/* the reader: the newest whole image, if it holds everything up to @sequence */
gboolean aq_image_use_acquire     (AqImageUse         *self,
                                   guint64             sequence,
                                   AqImageLetter      *out_letter,
                                   AqImageState       *out_state,
                                   GError            **error);
void     aq_image_use_release     (AqImageUse         *self,
                                   AqImageLetter       letter);

/* the checkpointer */
void     aq_image_use_begin_write (AqImageUse         *self,
                                   AqImageLetter       letter);
void     aq_image_use_end_write   (AqImageUse         *self,
                                   AqImageLetter       letter,
                                   const AqImageState *state);

G_END_DECLS
