/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which of an agent's slots gets a job
 *
 * One whose worker has the job's sandbox, or else one whose worker has run nothing and
 * may have any. Jobs are spread evenly, but in chunks that are worth waking a worker.
 */

#include "config.h"

#include "work/aq-choice.h"

/* it takes as long to wake another worker up: less is not worth it */
#define CHUNK_NSEC 20000.0

/* @blank: whether it is to have a worker that has run nothing, or one with that sandbox */
static gboolean
takes (AqSlot          *slot,
       double           cost_nsec,
       const AqProfile *profile,
       gboolean         blank)
{
  AqWorker *worker = aq_slot_get_worker (slot);

  if (!aq_slot_is_open (slot) || aq_slot_get_room (slot) == 0 ||
      !(blank ? aq_worker_is_blank (worker) : aq_worker_has_profile (worker, profile)))
    return FALSE;
  return aq_slot_get_n_runs (slot) == 0 ||
         (aq_worker_get_load (worker) + cost_nsec <= AQ_CHOICE_MAX_LOAD_NSEC);
}

/* Whose turn it is: one slot after the other, each up to its share, first those that have the sandbox, then those
 * that may have any; then whoever has room. The slot is that of the cursor. */
gboolean
aq_choice_pick (AqChoice        *self,
                double           cost_nsec,
                const AqProfile *profile,
                guint            share)
{
  const guint shares[] = { MAX (share, (guint) (CHUNK_NSEC / cost_nsec)), G_MAXUINT };

  for (guint round = 0; round < 2 * G_N_ELEMENTS (shares); round++)
    for (guint i = 0; i < self->n_slots; i++)
      {
        if (self->n_new[self->cursor] < shares[round / 2] &&
            takes (self->slots[self->cursor], cost_nsec, profile, round % 2 != 0))
          return TRUE;
        self->cursor = (self->cursor + 1) % self->n_slots;
      }
  return FALSE;
}

/* A slot whose worker has nothing to do, and another sandbox: one that has any, if possible, as those that have none
 * are most in demand. Returns: (nullable) */
static AqSlot *
find_idle (AqChoice *self)
{
  AqSlot *idle = NULL;

  for (guint i = 0; i < self->n_slots; i++)
    {
      AqSlot *slot = self->slots[i];

      if (!aq_slot_is_open (slot) || aq_slot_get_n_runs (slot) > 0)
        continue;
      if (!aq_worker_has_profile (aq_slot_get_worker (slot), NULL))
        return slot;
      idle = slot;
    }
  return idle;
}

/* how many workers that have run nothing are about to be ready */
guint
aq_choice_count_coming (AqChoice *self)
{
  guint n_coming = 0;

  for (guint i = 0; i < self->n_slots; i++)
    n_coming += aq_slot_is_coming (self->slots[i]);
  return n_coming;
}

/* A job has found no worker with its sandbox, nor one that may have any. One that has nothing to do makes place for
 * it, unless there is a new one on its way that nobody waits for. The job is claimed again once that is there.
 * Returns: whether it waits for a worker, and not only for room */
gboolean
aq_choice_make_place (AqChoice *self)
{
  AqSlot *idle;

  if (aq_choice_count_coming (self) > self->n_waiting)
    return TRUE;
  idle = find_idle (self);
  if (idle != NULL)
    aq_slot_replace (idle);
  return idle != NULL;
}
