/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes on their way in or out: [start, end) of data is in use. Zeroed memory is an empty one. */
typedef struct
{
  guint8 *data; /* owned, aligned to 16 */
  gsize   start;
  gsize   end;
  gsize   allocated;
} AqWireBuffer;

void     aq_wire_buffer_clear   (AqWireBuffer *self);
guint8  *aq_wire_buffer_reserve (AqWireBuffer *self,
                                 gsize         size);
void     aq_wire_buffer_consume (AqWireBuffer *self,
                                 gsize         size);

G_END_DECLS
