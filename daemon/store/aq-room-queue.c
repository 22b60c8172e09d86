/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Room queue
 *
 * New work is put only where the journal surely finds space for it, so that the
 * ends of what is running never wait behind it. As long as that is so nobody
 * waits here. Else the journal thread is asked for the first one, and all others
 * stand behind it, however small: they are answered in the order in which they
 * came.
 */

#include "config.h"

#include "store/aq-room-queue.h"

#include "libasyncq/asyncq-error.h"

typedef struct
{
  guint64    n_bytes; /* its own, and what is to be left */
  guint64    n_own_bytes;
  AqRoomFunc func;
  gpointer   user_data;
} Waiter;

struct _AqRoomQueue
{
  AqStore   *store;   /* borrowed: it owns us */
  AqJournal *journal; /* borrowed, nullable once it is ended */
  GQueue     waiters; /* of Waiter, owned */
  gboolean   asked;   /* the journal, for the first of them */
};

AqRoomQueue *
aq_room_queue_new (AqStore   *store,
                   AqJournal *journal)
{
  AqRoomQueue *self = g_new0 (AqRoomQueue, 1);

  self->store = store;
  self->journal = journal;
  g_queue_init (&self->waiters);
  return self;
}

void
aq_room_queue_free (AqRoomQueue *self)
{
  g_queue_clear_full (&self->waiters, g_free);
  g_free (self);
}

static void
answer_first (AqRoomQueue  *self,
              const GError *error)
{
  g_autofree Waiter *waiter = g_queue_pop_head (&self->waiters);

  self->asked = FALSE;
  waiter->func (error, waiter->user_data);
}

static void
deny_first (AqRoomQueue  *self,
            const GError *why)
{
  const Waiter *waiter = g_queue_peek_head (&self->waiters);
  g_autoptr(GError) error = g_error_copy (why);

  g_prefix_error (&error, "there is no space for a request of %" G_GUINT64_FORMAT " bytes: ", waiter->n_own_bytes);
  answer_first (self, error);
}

static gboolean
has_room (AqRoomQueue *self,
          guint64      n_bytes)
{
  return n_bytes <= aq_journal_get_room (self->journal);
}

/**
 * aq_room_queue_join:
 * @self: a queue
 * @n_bytes: that are about to be written
 * @spare_bytes: that there has to be room for besides
 * @func: called once, at once if there is room and nobody waits, else from
 *   aq_room_queue_look() or aq_room_queue_end()
 * @user_data: for @func
 */
void
aq_room_queue_join (AqRoomQueue *self,
                    guint64      n_bytes,
                    guint64      spare_bytes,
                    AqRoomFunc   func,
                    gpointer     user_data)
{
  Waiter *waiter;

  if (self->waiters.length == 0 && has_room (self, n_bytes + spare_bytes))
    {
      func (NULL, user_data);
      return;
    }
  waiter = g_new (Waiter, 1);
  *waiter = (Waiter) { n_bytes + spare_bytes, n_bytes, func, user_data };
  g_queue_push_tail (&self->waiters, waiter);
  aq_room_queue_look (self);
}

/**
 * aq_room_queue_look:
 * @self: a queue
 *
 * The journal has told something: answers whoever can be answered, and asks for
 * the next one.
 */
void
aq_room_queue_look (AqRoomQueue *self)
{
  while (self->journal != NULL && self->waiters.length > 0)
    {
      const GError *refusal = aq_store_get_refusal (self->store);
      guint64 n_bytes = ((const Waiter *) g_queue_peek_head (&self->waiters))->n_bytes;

      if (refusal != NULL)
        answer_first (self, refusal);
      else if (has_room (self, n_bytes))
        answer_first (self, NULL);
      else if (aq_journal_is_making_room (self->journal))
        return;
      else if (self->asked && aq_journal_get_room_error (self->journal) != NULL)
        deny_first (self, aq_journal_get_room_error (self->journal));
      else
        {
          self->asked = TRUE;
          aq_journal_make_room (self->journal, n_bytes);
          return;
        }
    }
}

/**
 * aq_room_queue_end:
 * @self: a queue
 * @why: nothing is written any more
 *
 * Answers all who wait; there is no journal from now on.
 */
void
aq_room_queue_end (AqRoomQueue  *self,
                   const GError *why)
{
  self->journal = NULL;
  while (self->waiters.length > 0)
    answer_first (self, why);
}
