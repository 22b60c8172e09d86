/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A request for history
 *
 * It belongs to whoever holds it just now: the store, a queue, a thread. It is
 * answered once, on the loop, and gone then; or freed without an answer.
 */

#include "config.h"

#include "store/aq-history-request.h"

#include "libasyncq/asyncq-error.h"

AqHistoryRequest *
aq_history_request_new (guint64       after_sequence,
                        guint         max_changes,
                        AqHistoryFunc func,
                        gpointer      user_data)
{
  AqHistoryRequest *self = g_new0 (AqHistoryRequest, 1);

  self->after_sequence = after_sequence;
  self->max_changes = CLAMP (max_changes, 1, AQ_HISTORY_MAX_CHANGES);
  self->func = func;
  self->user_data = user_data;
  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  return self;
}

void
aq_history_request_free (AqHistoryRequest *self)
{
  g_array_unref (self->changes);
  g_clear_error (&self->error);
  g_free (self);
}

/* whoever is told may ask again, or close the store */
void
aq_history_request_answer (AqHistoryRequest *self)
{
  if (self->error != NULL)
    self->func (NULL, 0, self->error, self->user_data);
  else
    self->func ((const AqJobChange *) self->changes->data, self->changes->len, NULL,
                self->user_data);
  aq_history_request_free (self);
}

static gboolean
on_later (gpointer user_data)
{
  aq_history_request_answer (user_data);
  return G_SOURCE_REMOVE;
}

/* in another turn of the loop; nobody can take it back */
void
aq_history_request_answer_later (AqHistoryRequest *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_later, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

/* Returns: FALSE with ASYNCQ_ERROR_INVALID for a sequence that nobody can have heard of */
gboolean
aq_history_check_sequence (guint64   after_sequence,
                           guint64   flushed,
                           GError  **error)
{
  if (after_sequence <= flushed)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "sequence %" G_GUINT64_FORMAT " is in the future: the newest is %" G_GUINT64_FORMAT,
               after_sequence, flushed);
  return FALSE;
}
