/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* A request for jobs that are away. It belongs to whoever holds it just now. */

#include "config.h"

#include "store/aq-fetch-request.h"

AqFetchRequest *
aq_fetch_request_new (guint64       sequence,
                      AqFetchedFunc func,
                      gpointer      user_data)
{
  AqFetchRequest *self = g_new0 (AqFetchRequest, 1);

  self->ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->sequence = sequence;
  self->func = func;
  self->user_data = user_data;
  self->pages = g_array_new (FALSE, FALSE, sizeof (AqFetchedPage));
  return self;
}

void
aq_fetch_request_add (AqFetchRequest *self,
                      guint64         id)
{
  g_array_append_val (self->ids, id);
}

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  guint64 left = *(const guint64 *) a;
  guint64 right = *(const guint64 *) b;

  return left < right ? -1 : left > right;
}

/* after the last one was added: in order, each once */
void
aq_fetch_request_sort (AqFetchRequest *self)
{
  guint64 *ids = (guint64 *) self->ids->data;
  guint n = 0;

  g_array_sort (self->ids, compare_ids);
  for (guint i = 0; i < self->ids->len; i++)
    if (i == 0 || ids[i] != ids[n - 1])
      ids[n++] = ids[i];
  g_array_set_size (self->ids, n);
}

/* forgets the answer; it is to be asked again, of an image that holds everything up to @sequence */
void
aq_fetch_request_reset (AqFetchRequest *self,
                        guint64         sequence)
{
  self->sequence = sequence;
  g_array_set_size (self->pages, 0);
  self->content.size = 0;
  g_clear_error (&self->error);
  self->generation = 0;
  self->held_sequence = 0;
}

void
aq_fetch_request_free (AqFetchRequest *self)
{
  g_array_unref (self->ids);
  g_array_unref (self->pages);
  aq_buffer_clear (&self->content);
  g_clear_error (&self->error);
  g_free (self);
}
