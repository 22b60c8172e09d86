/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What comes from one worker
 *
 * It is the word of a process that runs other people's code. Each frame is checked
 * here as far as it can be without the jobs, whose hooks check the rest. The first
 * thing that cannot be true is an error, and nothing more of it is read.
 */

#include "config.h"

#include "work/aq-incoming.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-usage-told.h"

void
aq_incoming_init (AqIncoming *self,
                  AqBinding  *binding,
                  GHashTable *loaded)
{
  *self = (AqIncoming) { .binding = binding, .loaded = loaded };
  self->leases = g_array_new (FALSE, FALSE, sizeof (guint64));
}

void
aq_incoming_clear (AqIncoming *self)
{
  aq_wire_buffer_clear (&self->buffer);
  g_array_unref (self->leases);
}

static void
note_loaded (AqWorker   *worker,
             const char *plugin)
{
  for (guint i = 0; i < aq_worker_get_n_runs (worker); i++)
    {
      AqRun *run = aq_worker_get_run (worker, i);

      run->loads = run->loads && !g_str_equal (run->function->plugin->id, plugin);
    }
}

static gboolean
handle_loaded (AqIncoming         *self,
               AqWorker           *worker,
               const AqWireFrame  *frame,
               GError            **error)
{
  AqWireLoaded loaded;

  if (!aq_wire_parse_loaded (frame, &loaded, error))
    return FALSE;
  if (!g_utf8_validate (loaded.plugin, -1, NULL) || !g_utf8_validate (loaded.message, -1, NULL) ||
      g_hash_table_lookup (self->loaded, loaded.plugin) == NULL)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "it tells of a plugin that it was not given");
      return FALSE;
    }
  note_loaded (worker, loaded.plugin);
  /* its jobs will fail with the same text */
  if (frame->kind == AQ_WIRE_REFUSED)
    g_warning ("worker %u refused what could be described: %s", aq_worker_get_pid (worker), loaded.message);
  return TRUE;
}

static void
note_done (AqIncoming       *self,
           const AqWireDone *done)
{
  AqUsage usage = aq_usage_from_worker (&done->usage);

  aq_usage_add (&self->told, &usage);
  if (self->output != NULL)
    aq_run_output_end_line (self->output);
}

static gboolean
handle_frame (AqIncoming           *self,
              AqWorker             *worker,
              const AqWireFrame    *frame,
              const AqWorkerHooks  *hooks,
              gpointer              user_data,
              GError              **error)
{
  AqWireDone done;
  AqWireAsk ask;
  guint64 lease;

  switch (frame->kind)
    {
    case AQ_WIRE_READY:
      if (!aq_wire_parse_ready (frame, error))
        return FALSE;
      self->ready = TRUE;
      hooks->ready (worker, user_data);
      return TRUE;

    case AQ_WIRE_BEGUN:
      return aq_wire_parse_begun (frame, &lease, error) && hooks->begun (worker, lease, user_data, error);

    case AQ_WIRE_FREE:
      if (!aq_wire_parse_free (frame, error))
        return FALSE;
      hooks->freed (worker, user_data);
      return TRUE;

    case AQ_WIRE_UNFIT:
      return aq_wire_parse_unfit (frame, error) && aq_binding_spoil (self->binding);

    case AQ_WIRE_DONE:
      if (!aq_wire_parse_done (frame, &done, error))
        return FALSE;
      note_done (self, &done);
      return hooks->done (worker, &done, user_data, error);

    case AQ_WIRE_RETURNED:
      return aq_wire_parse_returned (frame, self->leases, error) &&
             hooks->returned (worker, self->leases, user_data, error);

    case AQ_WIRE_ASK:
      return aq_wire_parse_ask (frame, &ask, error) && hooks->asked (worker, &ask, user_data, error);

    case AQ_WIRE_CONFINED:
      return aq_binding_confined (self->binding, frame, error);

    case AQ_WIRE_LOADED:
    case AQ_WIRE_REFUSED:
      return handle_loaded (self, worker, frame, error);

    default:
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "frame %d is none of a worker's", frame->kind);
      return FALSE;
    }
}

/**
 * aq_incoming_handle:
 * @self: what comes from a worker
 * @worker: (transfer none): the worker, of which somebody has a reference
 * @hooks: what is called for each frame
 * @user_data: for @hooks
 * @error: return location for an error
 *
 * Handles the frames that are whole by now.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, or what a hook reports, for what cannot be true
 */
gboolean
aq_incoming_handle (AqIncoming           *self,
                    AqWorker             *worker,
                    const AqWorkerHooks  *hooks,
                    gpointer              user_data,
                    GError              **error)
{
  g_autoptr(GError) local_error = NULL;
  AqWireFrame frame;

  while (aq_wire_next_frame (&self->buffer, &frame, &local_error))
    {
      if (self->ready != (frame.kind != AQ_WIRE_READY))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "frame %d came out of order", frame.kind);
          return FALSE;
        }
      if (!handle_frame (self, worker, &frame, hooks, user_data, error))
        return FALSE;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}
