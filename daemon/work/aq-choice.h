/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-slot.h"

G_BEGIN_DECLS

/* what the jobs in line at a worker may take, but for a single one */
#define AQ_CHOICE_MAX_LOAD_NSEC ((double) AQ_WIRE_SHORT_NSEC)

/* An agent's slots, and whose turn it is. The pool adds slots and takes them away. */
typedef struct
{
  AqSlot **slots;     /* n_slots of them, owned */
  guint    n_slots;
  guint   *n_new;     /* owned, one for each: jobs that this claim has given it */
  guint    cursor;    /* the slot that gets the next job */
  guint    n_waiting; /* jobs of the last claim that have no worker yet: one with their sandbox */
} AqChoice;

gboolean aq_choice_pick         (AqChoice        *self,
                                 double           cost_nsec,
                                 const AqProfile *profile,
                                 guint            share);
guint    aq_choice_count_coming (AqChoice        *self);
gboolean aq_choice_make_place   (AqChoice        *self);

G_END_DECLS
