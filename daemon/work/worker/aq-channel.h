/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/*
 * A worker's end of the socket: what has come and is not taken yet, and the
 * descriptors that came with it, in order. Has no lock of its own.
 */
typedef struct
{
  int          fd;
  AqWireBuffer in;
  GQueue       descriptors; /* of GINT_TO_POINTER (fd), owned */
} AqChannel;

void      aq_channel_init            (AqChannel     *self,
                                      int            fd);
gboolean  aq_channel_receive         (AqChannel     *self);
gboolean  aq_channel_receive_ready   (AqChannel     *self);
int       aq_channel_take_descriptor (AqChannel     *self);
void      aq_channel_send            (AqChannel     *self,
                                      AqWireBuffer  *out);

/* ends the process: the channel is its life */
G_NORETURN
void      aq_channel_give_up         (const char    *reason);

G_END_DECLS
