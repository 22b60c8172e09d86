/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-image-use.h"
#include "store/aq-segment.h"

G_BEGIN_DECLS

/* The thread that brings the images up with the journal, and the loop's side of it. */
typedef struct _AqCheckpointer AqCheckpointer;

/* What the images hold. */
typedef struct
{
  guint64           sequence;     /* a whole image holds everything up to it */
  guint64           keep_segment; /* no image needs anything before this segment; 0: all of it may be needed */
  AqJournalPosition both;         /* both images hold what is before it; its segment is 0 while they do not */
  guint             n_held;       /* of those who asked to hold, the last that nothing is written for; 0: it may be */
} AqCheckpoint;

/* @error: NULL, or why the newest try to bring an image up did not succeed */
typedef void (*AqCheckpointFunc) (const AqCheckpoint *checkpoint,
                                  const GError       *error,
                                  gpointer            user_data);

/* where the files are, and what of them is known at the start; borrowed */
typedef struct
{
  AqStoreIo               *io;
  int                      directory_fd;
  int                      journal_fd;
  const guint8            *store_id;
  const AqSuper           *super;
  const gboolean          *damaged; /* by letter: images that are no good, whatever super says */
  const AqJournalPosition *closed;  /* the end of the newest closed segment */
  AqImageUse              *use;     /* outlives the checkpointer */
  guint64                  wait_bytes; /* of journal, before a checkpoint is worth it at once */
} AqCheckpointerSetup;

AqCheckpointer *aq_checkpointer_new      (const AqCheckpointerSetup *setup,
                                          AqCheckpointFunc           func,
                                          gpointer                   user_data,
                                          GError                   **error);
void            aq_checkpointer_free     (AqCheckpointer            *self);
void            aq_checkpointer_follow   (AqCheckpointer            *self,
                                          const AqJournalPosition   *closed);
void            aq_checkpointer_hurry    (AqCheckpointer            *self);
guint           aq_checkpointer_hold     (AqCheckpointer            *self);
void            aq_checkpointer_release  (AqCheckpointer            *self);
void            aq_checkpointer_distrust (AqCheckpointer            *self,
                                          AqImageLetter              letter,
                                          guint64                    generation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqCheckpointer, aq_checkpointer_free)

G_END_DECLS
