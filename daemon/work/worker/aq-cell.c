/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A worker's sandbox
 */

#include "config.h"

#include "work/worker/aq-cell.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-sandbox.h"

#include <errno.h>
#include <string.h>

/* names parts of the sandbox that are not to be used, as on a system that has none of them */
#define WITHOUT_VARIABLE "ASYNCQ_SANDBOX_WITHOUT"

static gboolean
apply (AqCell               *self,
       const AqConfinement  *confinement,
       AqSandboxResult      *result,
       GError              **error)
{
  if (!aq_sandbox_apply (confinement, aq_sandbox_parts_from_text (g_getenv (WITHOUT_VARIABLE)), result, error))
    return FALSE;
  if (result->folder == NULL || aq_job_folder_init (&self->folder, result->folder))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "private-tmp (%s)", g_strerror (errno));
  return FALSE;
}

/**
 * aq_cell_confine:
 * @self: the sandbox of this process
 * @frame: CONFINE
 * @out: CONFINED is appended
 * @error: return location for an error
 *
 * Does what the daemon says. Where that cannot be, the worker stays, and fails
 * every job.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for a frame that makes no sense
 */
gboolean
aq_cell_confine (AqCell             *self,
                 const AqWireFrame  *frame,
                 AqWireBuffer       *out,
                 GError            **error)
{
  g_auto(AqConfinement) confinement = { { 0 } };
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) failure = NULL;
  g_autofree char *message = NULL;
  AqWireValue received;

  if (!aq_wire_parse_confine (frame, &received, error))
    return FALSE;
  value = aq_wire_value_dup (&received);
  if (!aq_confinement_from_variant (&confinement, value, error))
    return FALSE;
  if (!apply (self, &confinement, &result, &failure))
    self->refusal = g_utf8_make_valid (failure->message, -1);
  message = g_utf8_make_valid (failure != NULL ? failure->message : result.lacking->str, -1);
  aq_wire_append_confined (out, &(AqWireConfined) { failure != NULL, message, result.levels->str });
  return TRUE;
}

/* whether functions may be run here */
gboolean
aq_cell_admits (const AqCell  *self,
                const char    *function,
                GError       **error)
{
  const char *dot = strchr (function, '.');

  if (G_LIKELY (self->refusal == NULL))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX,
               "function '%s' of plugin '%.*s' was not run, as it requires a sandbox that cannot be had here: %s",
               function, (int) (dot == NULL ? 0 : dot - function), function, self->refusal);
  return FALSE;
}
