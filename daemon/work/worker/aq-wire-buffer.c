/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Bytes on their way in or out
 */

#include "config.h"

#include "work/worker/aq-wire-buffer.h"

#include <string.h>

#define MIN_ALLOCATED 4096

/**
 * aq_wire_buffer_clear:
 * @self: a buffer
 *
 * Frees what the buffer holds and leaves it empty.
 */
void
aq_wire_buffer_clear (AqWireBuffer *self)
{
  g_free (self->data);
  *self = (AqWireBuffer) { NULL };
}

/**
 * aq_wire_buffer_reserve:
 * @self: a buffer
 * @size: how many bytes are wanted after its end
 *
 * Makes room, and moves what is in use to the front for it. The bytes are in
 * use once `end` is raised. Pointers into the buffer are void afterwards.
 *
 * Returns: (transfer none): where the room begins
 */
guint8 *
aq_wire_buffer_reserve (AqWireBuffer *self,
                        gsize         size)
{
  gsize used = self->end - self->start;

  if (self->allocated - self->end >= size)
    return self->data + self->end;

  if (self->start > 0)
    {
      memmove (self->data, self->data + self->start, used);
      self->start = 0;
      self->end = used;
    }
  if (self->allocated - used < size)
    {
      self->allocated = MAX (MAX (used + size, self->allocated * 2), MIN_ALLOCATED);
      self->data = g_realloc (self->data, self->allocated);
    }
  return self->data + self->end;
}

/**
 * aq_wire_buffer_consume:
 * @self: a buffer
 * @size: at most as many bytes as are in use
 *
 * Drops bytes from the front.
 */
void
aq_wire_buffer_consume (AqWireBuffer *self,
                        gsize         size)
{
  g_assert (size <= self->end - self->start);

  self->start += size;
  if (self->start == self->end)
    self->start = self->end = 0;
}
