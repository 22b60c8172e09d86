/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Progress
 */

#include "config.h"

#include "core/aq-progress.h"

#include "core/aq-dictionary.h"
#include "libasyncq/asyncq-error.h"

/**
 * aq_progress_check:
 * @value: what is to be an annotation `progress`
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it tells how far a job has come
 *
 * Since: 0.1
 */
gboolean
aq_progress_check (GVariant  *value,
                   GError   **error)
{
  double fraction;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (AQ_PROGRESS_TYPE)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "annotation '%s' is of type '%s', '%s' is wanted",
                   AQ_PROGRESS_KEY, g_variant_get_type_string (value), AQ_PROGRESS_TYPE);
      return FALSE;
    }
  g_variant_get_child (value, 0, "d", &fraction);
  /* also what is no number at all is outside of this */
  if (fraction == -1 || (fraction >= 0 && fraction <= 1))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "the fraction of annotation '%s' is %g, 0 to 1 is wanted, or -1", AQ_PROGRESS_KEY, fraction);
  return FALSE;
}

GVariant *
aq_progress_dup (const AqJob *job)
{
  return aq_dictionary_get (job->extra != NULL ? job->extra->annotations : NULL, AQ_PROGRESS_KEY);
}

GVariant *
aq_progress_new_none (void)
{
  return g_variant_new (AQ_PROGRESS_TYPE, -1.0, G_GUINT64_CONSTANT (0), G_GUINT64_CONSTANT (0), "");
}
