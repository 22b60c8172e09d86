/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of what an attempt leaves to the next one
 *
 * A checkpoint, and for each effect that is to be at most once whether it has
 * begun (a maybe with nothing in it) or has ended (its result). An effect that
 * has begun and not ended is in doubt: nobody can know whether it came to pass.
 */

#include "config.h"

#include "core/aq-dictionary.h"
#include "core/aq-engine-data.h"
#include "core/aq-lease.h"
#include "core/aq-rules.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_NAME_BYTES 128
/* of all effects of a job together, with their results */
#define MAX_ONCE_BYTES (1024 * 1024)

static GVariant *
get_data (const AqJob *job)
{
  return job->extra != NULL ? job->extra->data : NULL;
}

static void
set_data (AqTransaction *transaction,
          AqJob         *job,
          const char    *key,
          GVariant      *value)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);
  GVariant *changed = aq_dictionary_set (extra->data, key, value);

  g_clear_pointer (&extra->data, g_variant_unref);
  extra->data = changed;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_DATA);
}

/**
 * aq_rule_set_checkpoint:
 * @transaction: a transaction
 * @checkpoint_event: an #AqCheckpointEvent
 * @error: return location for an error
 *
 * An attempt notes how far it has come, for the next one.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`,
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether it was noted
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_checkpoint (AqTransaction  *transaction,
                        gpointer        checkpoint_event,
                        GError        **error)
{
  const AqCheckpointEvent *event = checkpoint_event;
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);

  if (job == NULL)
    return FALSE;
  if (event->value != NULL && !aq_value_check (event->value, AQ_MAX_CHECKPOINT_BYTES, error))
    {
      g_prefix_error (error, "the checkpoint is too large: ");
      return FALSE;
    }
  set_data (transaction, job, AQ_JOB_DATA_CHECKPOINT, event->value);
  return TRUE;
}

static gboolean
check_name (const char  *name,
            GError     **error)
{
  gsize length = strlen (name);

  if (length >= 1 && length <= MAX_NAME_BYTES && g_utf8_validate (name, length, NULL))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "the name of an effect has %" G_GSIZE_FORMAT " bytes, 1 to %d of UTF-8 are wanted", length,
               MAX_NAME_BYTES);
  return FALSE;
}

static gboolean
set_once (AqTransaction  *transaction,
          AqJob          *job,
          const char     *name,
          GVariant       *state,
          GError        **error)
{
  g_autoptr(GVariant) effects = aq_dictionary_get (get_data (job), AQ_JOB_DATA_ONCE);
  g_autoptr(GVariant) changed = aq_dictionary_set (effects, name, state);

  if (changed != NULL && g_variant_get_size (changed) > MAX_ONCE_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "with '%s' the effects of job %" G_GUINT64_FORMAT " and their results have %" G_GSIZE_FORMAT
                   " bytes, at most %d are kept", name, job->id, g_variant_get_size (changed), MAX_ONCE_BYTES);
      return FALSE;
    }
  set_data (transaction, job, AQ_JOB_DATA_ONCE, changed);
  return TRUE;
}

static GVariant *
new_answer (GVariant *result)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (result != NULL)
    g_variant_builder_add (&builder, "{sv}", "result", result);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Returns: (transfer full) (nullable): what is known of the effect: a maybe */
static GVariant *
get_once (const AqJob *job,
          const char  *name)
{
  g_autoptr(GVariant) effects = aq_dictionary_get (get_data (job), AQ_JOB_DATA_ONCE);

  return aq_dictionary_get (effects, name);
}

/**
 * aq_rule_begin_once:
 * @transaction: a transaction
 * @once_event: an #AqOnceEvent
 * @error: return location for an error
 *
 * An attempt is about to do what is to be done at most once over all attempts.
 *
 * Errors: `ASYNCQ_ERROR_IN_DOUBT` if it has begun before and did not end;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`, `ASYNCQ_ERROR_INVALID`,
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether it may begin, or has a result
 *
 * Since: 0.1
 */
gboolean
aq_rule_begin_once (AqTransaction  *transaction,
                    gpointer        once_event,
                    GError        **error)
{
  AqOnceEvent *event = once_event;
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);
  g_autoptr(GVariant) state = NULL;
  g_autoptr(GVariant) result = NULL;

  if (job == NULL || !check_name (event->name, error))
    return FALSE;
  state = get_once (job, event->name);
  if (state == NULL)
    {
      g_autoptr(GVariant) begun = g_variant_ref_sink (g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL));

      if (!set_once (transaction, job, event->name, begun, error))
        return FALSE;
    }
  else if (g_variant_n_children (state) == 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_IN_DOUBT,
                   "an earlier attempt of job %" G_GUINT64_FORMAT " has begun '%s', and nobody knows whether it "
                   "came to pass", job->id, event->name);
      return FALSE;
    }
  else
    {
      g_autoptr(GVariant) boxed = g_variant_get_maybe (state);

      result = g_variant_get_variant (boxed);
    }
  event->out_value = new_answer (result);
  return TRUE;
}

/**
 * aq_rule_end_once:
 * @transaction: a transaction
 * @once_event: an #AqOnceEvent
 * @error: return location for an error
 *
 * What was to be done at most once is done, or did not come to pass.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it has not begun, or has ended before;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`, `ASYNCQ_ERROR_INVALID`,
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether that is noted
 *
 * Since: 0.1
 */
gboolean
aq_rule_end_once (AqTransaction  *transaction,
                  gpointer        once_event,
                  GError        **error)
{
  const AqOnceEvent *event = once_event;
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);
  g_autoptr(GVariant) state = NULL;
  g_autoptr(GVariant) ended = NULL;

  if (job == NULL || !check_name (event->name, error))
    return FALSE;
  state = get_once (job, event->name);
  if (state == NULL || g_variant_n_children (state) > 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "'%s' of job %" G_GUINT64_FORMAT " %s", event->name,
                   job->id, state == NULL ? "has not begun" : "has ended already");
      return FALSE;
    }
  if (event->result != NULL)
    {
      if (!aq_value_check (event->result, AQ_MAX_RESULT_BYTES, error))
        {
          g_prefix_error (error, "the result of '%s' is too large: ", event->name);
          return FALSE;
        }
      ended = g_variant_ref_sink (g_variant_new_maybe (NULL, g_variant_new_variant (event->result)));
    }
  return set_once (transaction, job, event->name, ended, error);
}
