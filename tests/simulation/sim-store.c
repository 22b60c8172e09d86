/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Simulated store
 */

#include "config.h"

#include "sim-store.h"

#include "store/aq-record.h"
#include "store/aq-replay.h"

#include <string.h>

static const AqActor actor = { 1000, ":1.7" };

void
sim_store_init (SimStore *self,
                AqClock  *clock)
{
  *self = (SimStore) {
    .clock = aq_clock_ref (clock),
    .tables = aq_tables_new (clock),
    .ends = g_array_new (FALSE, FALSE, sizeof (gsize)),
    .hash = G_GUINT64_CONSTANT (0xcbf29ce484222325),
  };
}

void
sim_store_clear (SimStore *self)
{
  aq_tables_free (self->tables);
  g_array_unref (self->ends);
  aq_buffer_clear (&self->written);
  aq_clock_unref (self->clock);
}

guint64
sim_store_get_sequence (const SimStore *self)
{
  return self->ends->len;
}

AqTransaction *
sim_store_read (SimStore *self)
{
  return aq_tables_begin (self->tables, &actor);
}

/* FNV-1a over words of eight bytes: good enough to tell histories apart, and quick */
void
sim_store_mix (SimStore      *self,
               gconstpointer  bytes,
               gsize          n_bytes)
{
  const guint8 *from = bytes;

  for (gsize i = 0; i < n_bytes; i += 8)
    {
      guint64 word = 0;

      memcpy (&word, from + i, MIN (8, n_bytes - i));
      self->hash = (self->hash ^ word) * G_GUINT64_CONSTANT (0x100000001b3);
      self->hash ^= self->hash >> 32;
    }
}

/* where the transaction begins */
static gsize
get_start (const SimStore *self,
           guint64         sequence)
{
  return sequence > 1 ? g_array_index (self->ends, gsize, sequence - 2) : 0;
}

/* Returns: whether the rule did it; on an error it must have changed nothing */
gboolean
sim_store_apply (SimStore  *self,
                 AqRule     rule,
                 gpointer   event,
                 GError   **error)
{
  gboolean done = rule (aq_tables_begin (self->tables, &actor), event, error);
  guint64 sequence = self->ends->len + 1;
  const AqChanges *changes = aq_tables_end (self->tables, sequence);
  gsize start = self->written.size;

  g_assert (done || changes == NULL);
  if (changes == NULL)
    return done;
  aq_record_append_transaction (&self->written, sequence, &actor, changes, aq_tables_get_counters (self->tables));
  g_array_append_val (self->ends, self->written.size);
  sim_store_mix (self, self->written.data + start, self->written.size - start);
  aq_tables_forget_changes (self->tables);
  return done;
}

void
sim_store_crash (SimStore *self,
                 guint64   sequence)
{
  g_auto(AqReplay) replay = { 0 };

  g_assert (sequence >= self->flushed && sequence <= self->ends->len);
  self->flushed = sequence;
  self->written.size = get_start (self, sequence + 1);
  g_array_set_size (self->ends, sequence);
  aq_tables_free (self->tables);
  self->tables = aq_tables_new (self->clock);
  replay.loader.tables = self->tables;
  if (sequence > 0)
    {
      AqFrame frame = { .length = self->written.size, .sequence = 1, .n_transactions = sequence };
      g_autoptr(GError) error = NULL;

      if (!aq_replay_frame (&replay, &frame, self->written.data, &error))
        g_error ("what was written cannot be read again: %s", error->message);
    }
  aq_tables_finish_load (self->tables);
}
