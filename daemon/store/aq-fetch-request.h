/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"
#include "store/aq-buffer.h"
#include "store/aq-super.h"

G_BEGIN_DECLS

/* A page of an image with the jobs in it that were asked for. */
typedef struct
{
  guint64 number;
  gsize   start;  /* in the content */
  gsize   size;
} AqFetchedPage;

/* Jobs that are away, to be read from an image, and what was read. */
typedef struct
{
  GArray        *ids;        /* of guint64, ascending, each once; owned */
  guint64        sequence;   /* the image holds everything up to it at least */
  AqFetchedFunc  func;
  gpointer       user_data;

  /* the answer */
  GArray        *pages;      /* of AqFetchedPage, owned */
  AqBuffer       content;
  GError        *error;      /* owned, nullable: what could not be read */
  AqImageLetter  letter;     /* of the image that was read */
  guint64        generation; /* of it; 0: none was */
  guint64        held_sequence; /* it holds everything up to there */
} AqFetchRequest;

AqFetchRequest *aq_fetch_request_new  (guint64         sequence,
                                       AqFetchedFunc   func,
                                       gpointer        user_data);
void            aq_fetch_request_add  (AqFetchRequest *self,
                                       guint64         id);
void            aq_fetch_request_sort (AqFetchRequest *self);
void            aq_fetch_request_reset (AqFetchRequest *self,
                                       guint64         sequence);
void            aq_fetch_request_free (AqFetchRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFetchRequest, aq_fetch_request_free)

G_END_DECLS
