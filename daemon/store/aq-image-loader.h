/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-image.h"
#include "store/aq-replay.h"

G_BEGIN_DECLS

/* Recovery: from an image to tables, before the journal behind it is replayed. */
typedef struct
{
  AqReplay *replay;  /* borrowed: with the tables */
  AqImage  *image;   /* borrowed */
  GArray   *parents; /* of guint64, owned: jobs that unfinished ones depend on */
  AqBuffer  page;    /* the page read last for a single job */
  guint64   last_id; /* the greatest */
  AqJobSettings *settings; /* owned, nullable: those read last, which jobs side by side mostly share */
} AqImageLoader;

void     aq_image_loader_init  (AqImageLoader  *self,
                                AqReplay       *replay,
                                AqImage        *image);
void     aq_image_loader_clear (AqImageLoader  *self);
gboolean aq_image_loader_run   (AqImageLoader  *self,
                                GError        **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqImageLoader, aq_image_loader_clear)

G_END_DECLS
