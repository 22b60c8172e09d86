/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * End queue
 *
 * A list of blocks. Each has an id and a time of its own, and every entry in it
 * is two differences to these. What does not fit 32 bits (8 months, 2^31 ids)
 * begins a block; blocks of a queue double from 8 entries to 1,024.
 */

#include "config.h"

#include "store/aq-end-queue.h"

#include <stdlib.h>
#include <string.h>

#define MIN_ENTRIES 8
#define MAX_ENTRIES 1024

typedef struct
{
  gint32 id;
  gint32 ended;
} Entry;

struct _AqEndBlock
{
  AqEndBlock *next; /* owned, nullable */
  guint64     id;
  gint64      ended; /* in steps */
  guint       first; /* entries before this were taken */
  guint       end;   /* entries from here on were never given */
  guint       size;
  Entry       entries[];
};

static gint64
to_steps (gint64 ended_usec)
{
  gint64 steps = ended_usec / AQ_END_STEP_USEC + (ended_usec % AQ_END_STEP_USEC > 0);

  return MIN (steps, G_MAXINT64 / AQ_END_STEP_USEC);
}

static gboolean
fits (const AqEndBlock *block,
      guint64           id,
      gint64            ended)
{
  gint64 id_difference = (gint64) (id - block->id);
  gint64 ended_difference = ended - block->ended;

  return id_difference >= G_MININT32 && id_difference <= G_MAXINT32 && ended_difference >= G_MININT32 &&
         ended_difference <= G_MAXINT32;
}

static AqEndBlock *
block_new (guint   size,
           guint64 id,
           gint64  ended)
{
  AqEndBlock *block = g_malloc (sizeof (AqEndBlock) + size * sizeof (Entry));

  *block = (AqEndBlock) { .id = id, .ended = ended, .size = size };
  return block;
}

static void
set_entry (AqEndBlock *block,
           guint       index,
           guint64     id,
           gint64      ended)
{
  block->entries[index] = (Entry) { (gint32) (id - block->id), (gint32) (ended - block->ended) };
}

/**
 * aq_end_queue_push:
 * @self: a queue
 * @id: an id
 * @ended_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Since: 0.1
 */
void
aq_end_queue_push (AqEndQueue *self,
                   guint64     id,
                   gint64      ended_usec)
{
  gint64 ended = to_steps (ended_usec);
  AqEndBlock *last = self->last;

  if (last == NULL || last->end == last->size || !fits (last, id, ended))
    {
      AqEndBlock *block = block_new (last != NULL ? MIN (last->size * 2, MAX_ENTRIES) : MIN_ENTRIES, id, ended);

      if (last != NULL)
        last->next = block;
      else
        self->first = block;
      self->last = last = block;
    }
  set_entry (last, last->end++, id, ended);
  self->n_ends++;
}

/**
 * aq_end_queue_push_first:
 * @self: a queue
 * @id: an id
 * @ended_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Puts one before all others.
 *
 * Since: 0.1
 */
void
aq_end_queue_push_first (AqEndQueue *self,
                         guint64     id,
                         gint64      ended_usec)
{
  gint64 ended = to_steps (ended_usec);
  AqEndBlock *first = self->first;

  if (first == NULL || first->first == 0 || !fits (first, id, ended))
    {
      AqEndBlock *block = block_new (MIN_ENTRIES, id, ended);

      block->first = block->end = block->size;
      block->next = first;
      if (first == NULL)
        self->last = block;
      self->first = first = block;
    }
  set_entry (first, --first->first, id, ended);
  self->n_ends++;
}

gboolean
aq_end_queue_peek (AqEndQueue *self,
                   AqEnd      *out_end)
{
  const AqEndBlock *block = self->first;
  const Entry *entry;

  if (block == NULL)
    return FALSE;
  entry = &block->entries[block->first];
  *out_end = (AqEnd) { block->id + (guint64) (gint64) entry->id, (block->ended + entry->ended) * AQ_END_STEP_USEC };
  return TRUE;
}

/**
 * aq_end_queue_pop:
 * @self: a queue that is not empty
 *
 * Takes off the first one.
 *
 * Since: 0.1
 */
void
aq_end_queue_pop (AqEndQueue *self)
{
  AqEndBlock *block = self->first;

  self->n_ends--;
  if (++block->first < block->end)
    return;
  self->first = block->next;
  if (self->first == NULL)
    self->last = NULL;
  g_free (block);
}

static int
compare_ends (const void *a,
              const void *b)
{
  const AqEnd *x = a;
  const AqEnd *y = b;

  if (x->ended_usec != y->ended_usec)
    return x->ended_usec < y->ended_usec ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

static gboolean
is_sorted (const AqEnd *ends,
           guint64      n)
{
  for (guint64 i = 1; i < n; i++)
    if (compare_ends (&ends[i - 1], &ends[i]) > 0)
      return FALSE;
  return TRUE;
}

/**
 * aq_end_queue_sort:
 * @self: a queue
 *
 * Puts them in order of time, and of id where that is the same.
 *
 * Since: 0.1
 */
void
aq_end_queue_sort (AqEndQueue *self)
{
  guint64 n = self->n_ends;
  g_autofree AqEnd *ends = g_new (AqEnd, n);

  for (guint64 i = 0; i < n; i++)
    {
      aq_end_queue_peek (self, &ends[i]);
      aq_end_queue_pop (self);
    }
  if (!is_sorted (ends, n))
    qsort (ends, n, sizeof (AqEnd), compare_ends);
  for (guint64 i = 0; i < n; i++)
    aq_end_queue_push (self, ends[i].id, ends[i].ended_usec);
}

void
aq_end_queue_clear (AqEndQueue *self)
{
  AqEndBlock *block;

  while ((block = self->first) != NULL)
    {
      self->first = block->next;
      g_free (block);
    }
  *self = (AqEndQueue) { NULL };
}
