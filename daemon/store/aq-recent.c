/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Recent changes
 *
 * What is kept is always whole transactions: the oldest one goes when there are
 * AQ_RECENT_CHANGES without it. So a transaction that has more than that stays
 * until others have come.
 */

#include "config.h"

#include "store/aq-recent.h"

#include "libasyncq/asyncq-error.h"

void
aq_recent_init (AqRecent *self)
{
  *self = (AqRecent) { .changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange)), .begins = 1 };
}

void
aq_recent_clear (AqRecent *self)
{
  g_clear_pointer (&self->changes, g_array_unref);
}

static guint64
sequence_at (AqRecent *self,
             guint     index)
{
  return g_array_index (self->changes, AqJobChange, index).sequence;
}

/* Returns: the index behind the transaction that @index is in */
static guint
end_of_transaction (AqRecent *self,
                    guint     index)
{
  guint64 sequence = sequence_at (self, index);

  while (index < self->changes->len && sequence_at (self, index) == sequence)
    index++;
  return index;
}

static void
forget_old (AqRecent *self)
{
  while (self->changes->len - self->first > AQ_RECENT_CHANGES)
    {
      guint end = end_of_transaction (self, self->first);

      if (self->changes->len - end < AQ_RECENT_CHANGES)
        break;
      self->begins = sequence_at (self, self->first) + 1;
      self->first = end;
    }
  /* rarely, so that a change is moved once on average */
  if (self->first > AQ_RECENT_CHANGES)
    {
      g_array_remove_range (self->changes, 0, self->first);
      self->first = 0;
    }
}

/* @changes: of one transaction, the newest */
void
aq_recent_add (AqRecent          *self,
               const AqJobChange *changes,
               guint              n_changes)
{
  g_array_append_vals (self->changes, changes, n_changes);
  forget_old (self);
}

/* Returns: the index of the first change behind @sequence */
static guint
find_after (AqRecent *self,
            guint64   sequence)
{
  guint low = self->first;
  guint high = self->changes->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (sequence_at (self, middle) <= sequence)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/**
 * aq_recent_read:
 * @self: recent changes
 * @flushed: how far they may be told
 * @request: a request; gets its answer
 */
void
aq_recent_read (AqRecent         *self,
                guint64           flushed,
                AqHistoryRequest *request)
{
  guint from = find_after (self, request->after_sequence);
  guint to = from;

  if (!aq_history_check_sequence (request->after_sequence, flushed, &request->error))
    return;
  if (request->after_sequence + 1 < self->begins)
    {
      g_set_error (&request->error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the history begins at sequence %" G_GUINT64_FORMAT, self->begins);
      return;
    }
  while (to < self->changes->len && sequence_at (self, to) <= flushed &&
         to - from < request->max_changes)
    to = end_of_transaction (self, to);
  g_array_append_vals (request->changes, &g_array_index (self->changes, AqJobChange, from),
                       to - from);
}
