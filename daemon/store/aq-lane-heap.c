/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Heap of lanes
 *
 * 4-ary, with the order beside the pointers. What is in it knows its place
 * (heap_index), so it can be moved or taken out of the middle.
 */

#include "config.h"

#include "store/aq-lane-heap.h"

#define ARITY 4
#define SMALL_SIZE 64

void
aq_lane_heap_clear (AqLaneHeap *self)
{
  g_free (self->entries);
  *self = (AqLaneHeap) { NULL };
}

static inline void
set_index (const AqLaneHeapEntry *entry,
           guint                  index)
{
  if (entry->lane != NULL)
    entry->lane->heap_index = index;
  else
    entry->group->heap_index = index;
}

static inline void
place (AqLaneHeap      *self,
       guint            index,
       AqLaneHeapEntry  entry)
{
  self->entries[index] = entry;
  set_index (&entry, index);
}

static void
sift_up (AqLaneHeap      *self,
         guint            index,
         AqLaneHeapEntry  entry)
{
  while (index > 0)
    {
      guint parent = (index - 1) / ARITY;

      if (aq_order_compare (self->entries[parent].order, entry.order) <= 0)
        break;
      place (self, index, self->entries[parent]);
      index = parent;
    }
  place (self, index, entry);
}

static void
sift_down (AqLaneHeap      *self,
           guint            index,
           AqLaneHeapEntry  entry)
{
  for (;;)
    {
      guint first = index * ARITY + 1;
      guint last = MIN (first + ARITY, self->n_entries);
      guint least = first;

      if (first >= self->n_entries)
        break;
      for (guint i = first + 1; i < last; i++)
        if (aq_order_compare (self->entries[i].order, self->entries[least].order) < 0)
          least = i;
      if (aq_order_compare (entry.order, self->entries[least].order) <= 0)
        break;
      place (self, index, self->entries[least]);
      index = least;
    }
  place (self, index, entry);
}

static void
sift (AqLaneHeap      *self,
      guint            index,
      AqLaneHeapEntry  entry)
{
  if (index > 0 && aq_order_compare (entry.order, self->entries[(index - 1) / ARITY].order) < 0)
    sift_up (self, index, entry);
  else
    sift_down (self, index, entry);
}

/**
 * aq_lane_heap_insert:
 * @self: a heap
 * @entry: what is in no heap
 *
 * Since: 0.1
 */
void
aq_lane_heap_insert (AqLaneHeap      *self,
                     AqLaneHeapEntry  entry)
{
  if (self->n_entries == self->n_allocated)
    {
      /* most groups are of one lane, and there may be very many */
      self->n_allocated = MAX (1, self->n_allocated * 2);
      self->entries = g_renew (AqLaneHeapEntry, self->entries, self->n_allocated);
    }
  self->n_entries++;
  sift_up (self, self->n_entries - 1, entry);
}

/* what was long once must not hold its memory for ever */
static void
shrink (AqLaneHeap *self)
{
  if (self->n_allocated <= SMALL_SIZE || self->n_entries > self->n_allocated / 8)
    return;
  self->n_allocated /= 2;
  self->entries = g_renew (AqLaneHeapEntry, self->entries, self->n_allocated);
}

/**
 * aq_lane_heap_remove:
 * @self: a heap
 * @index: where what is to be taken out is
 *
 * Since: 0.1
 */
void
aq_lane_heap_remove (AqLaneHeap *self,
                     guint       index)
{
  AqLaneHeapEntry last;

  g_assert (index < self->n_entries);

  set_index (&self->entries[index], G_MAXUINT);
  last = self->entries[--self->n_entries];
  if (index < self->n_entries)
    sift (self, index, last);
  shrink (self);
}

/**
 * aq_lane_heap_update:
 * @self: a heap
 * @index: where something is
 * @order: what its order is now
 *
 * Since: 0.1
 */
void
aq_lane_heap_update (AqLaneHeap *self,
                     guint       index,
                     AqOrder     order)
{
  AqLaneHeapEntry entry = self->entries[index];

  entry.order = order;
  self->entries[index] = entry;
  /* mostly all jobs are of one lane */
  if (self->n_entries > 1)
    sift (self, index, entry);
}

const AqLaneHeapEntry *
aq_lane_heap_peek (const AqLaneHeap *self)
{
  return self->n_entries > 0 ? &self->entries[0] : NULL;
}
