/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-plugin.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* The stream to a worker. Zero-initialised before aq_outgoing_init(). */
typedef struct
{
  AqWireBuffer buffer;      /* frames are appended here */
  guint64      sent;        /* position of its first byte */
  guint64      allowed;     /* position up to which it may go */
  guint        n_drops;     /* how often what was not allowed was taken back: positions before are void */
  AqWireBuffer asides;      /* CANCEL and ANSWER: go out once all that is there is allowed */
  GArray      *attachments; /* plugins' files, by position */
} AqOutgoing;

void     aq_outgoing_init      (AqOutgoing *self);
void     aq_outgoing_clear     (AqOutgoing *self);
void     aq_outgoing_attach    (AqOutgoing *self,
                                AqPlugin   *plugin);
void     aq_outgoing_allow     (AqOutgoing *self,
                                guint64     position);
gboolean aq_outgoing_flush     (AqOutgoing *self,
                                int         fd);
void     aq_outgoing_take_back (AqOutgoing *self,
                                GHashTable *loaded);

/* where in the stream the next frame will begin */
static inline guint64
aq_outgoing_get_position (const AqOutgoing *self)
{
  return self->sent + (self->buffer.end - self->buffer.start);
}

/* how many bytes wait to be sent */
static inline gsize
aq_outgoing_get_unsent (const AqOutgoing *self)
{
  return self->buffer.end - self->buffer.start + (self->asides.end - self->asides.start);
}

G_END_DECLS
