/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which sandbox a worker has
 *
 * A worker that has run nothing may have any. With its first job it is bound to
 * that job's, or to none, and gets no jobs with another one. What it says of its
 * sandbox it says before it has loaded a plugin, so it is the word of our own
 * program.
 */

#include "config.h"

#include "work/aq-binding.h"

#include "libasyncq/asyncq-error.h"

/**
 * aq_binding_bind:
 * @self: the binding of a worker that is not bound to another profile
 * @profile: (nullable): of a job that it is about to get
 * @out: what is sent to the worker: CONFINE is appended, if it is needed
 * @position: where in the stream that is
 */
void
aq_binding_bind (AqBinding    *self,
                 AqProfile    *profile,
                 AqWireBuffer *out,
                 guint64       position)
{
  g_autoptr(GVariant) confinement = NULL;
  AqWireValue value = { NULL };

  if (G_LIKELY (self->bound))
    {
      g_assert (self->profile == profile);
      return;
    }
  self->bound = TRUE;
  self->position = position;
  if (profile == NULL)
    return;
  self->profile = aq_profile_ref (profile);
  self->told = TRUE;
  confinement = aq_profile_dup_confinement (profile, &self->folder);
  aq_wire_value_set (&value, confinement);
  aq_wire_append_confine (out, &value);
}

/* what was not allowed to go out up to there is taken back, and with it perhaps what has bound it */
void
aq_binding_undo (AqBinding *self,
                 guint64    allowed)
{
  if (!self->bound || self->position < allowed)
    return;
  aq_binding_clear (self);
}

/**
 * aq_binding_confined:
 * @self: a worker's binding
 * @frame: CONFINED
 * @error: return location for an error
 *
 * Takes note of what the worker could have.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for what it cannot say
 */
gboolean
aq_binding_confined (AqBinding          *self,
                     const AqWireFrame  *frame,
                     GError            **error)
{
  g_auto(GStrv) levels = NULL;
  AqWireConfined confined;

  if (!aq_wire_parse_confined (frame, &confined, error))
    return FALSE;
  if (!self->told || self->answered)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "it tells of a sandbox that it was not told of");
      return FALSE;
    }
  self->answered = TRUE;
  self->unfit = confined.failed != 0;
  levels = g_strsplit (confined.levels, " ", -1);
  if (aq_profile_set_levels (self->profile, (const char * const *) levels) && *confined.message != '\0')
    g_message ("sandbox '%s'%s: %s", aq_profile_get_key (self->profile),
               self->unfit ? " cannot be had" : ", with less than that", confined.message);
  return TRUE;
}

/* a job has left the worker so that it must have no others. Returns: TRUE */
gboolean
aq_binding_spoil (AqBinding *self)
{
  self->unfit = TRUE;
  return TRUE;
}

/* a job has ended: what it has left is removed */
void
aq_binding_collect (AqBinding *self)
{
  if (G_UNLIKELY (self->folder != NULL))
    aq_profile_collect (self->profile, self->folder);
}

/* the worker is gone */
void
aq_binding_clear (AqBinding *self)
{
  if (self->folder != NULL)
    aq_profile_discard (self->profile, self->folder);
  g_free (self->folder);
  g_clear_pointer (&self->profile, aq_profile_unref);
  *self = (AqBinding) { FALSE };
}
