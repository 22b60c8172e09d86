/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-profile.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* Which sandbox a worker has, for ever. Zero-initialised for one that may still have any. */
typedef struct
{
  gboolean   bound;
  AqProfile *profile;  /* owned; NULL: none */
  guint64    position; /* in the stream, where the worker is told, or gets its first job */
  gboolean   told;     /* CONFINED is on its way, or has come */
  gboolean   answered; /* it has come */
  gboolean   unfit;    /* what is required cannot be had: every job fails there */
  char      *folder;   /* owned, nullable: its own */
} AqBinding;

void     aq_binding_bind     (AqBinding          *self,
                              AqProfile          *profile,
                              AqWireBuffer       *out,
                              guint64             position);
void     aq_binding_undo     (AqBinding          *self,
                              guint64             allowed);
gboolean aq_binding_confined (AqBinding          *self,
                              const AqWireFrame  *frame,
                              GError            **error);
gboolean aq_binding_spoil    (AqBinding          *self);
void     aq_binding_collect  (AqBinding          *self);
void     aq_binding_clear    (AqBinding          *self);

/* whether a function with that sandbox can run there as it is */
static inline gboolean
aq_binding_is (const AqBinding *self,
               const AqProfile *profile)
{
  return self->bound && self->profile == profile;
}

G_END_DECLS
