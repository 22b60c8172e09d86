/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a running function notes, and what it leaves to the next attempt
 *
 * Annotations and progress are for others to see while it runs; a checkpoint and
 * the effects that come once are for the job's next attempt; an object outlives
 * the job. As in asyncq-job-context.c each call is handed on to whatever runs the
 * function.
 */

#include "config.h"

#include "asyncq-job-context.h"

#include "asyncq-error.h"

#include <math.h>
#include <string.h>

#define MAX_KEY_BYTES 128
#define MAX_ANNOTATION_BYTES (64 * 1024)
#define MAX_VALUE_BYTES (1024 * 1024)
#define MAX_MESSAGE_BYTES 1024

static gboolean
check_key (const char  *key,
           const char  *what,
           GError     **error)
{
  if (key[0] != '\0' && strlen (key) <= MAX_KEY_BYTES && g_utf8_validate (key, -1, NULL))
    return TRUE;

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "%s is not 1 to %d bytes of UTF-8", what, MAX_KEY_BYTES);
  return FALSE;
}

static gboolean
check_value (GVariant    *value,
             gsize        max_bytes,
             const char  *what,
             GError     **error)
{
  if (g_variant_get_size (value) > max_bytes)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE, "%s of %zu bytes: at most %zu are kept",
                   what, g_variant_get_size (value), max_bytes);
      return FALSE;
    }
  if (!g_variant_is_normal_form (value))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "%s that is not in normal form", what);
      return FALSE;
    }
  return TRUE;
}

/**
 * asyncq_job_context_set_annotation:
 * @self: the context of a running job
 * @job_id: the job to set it on; 0 for this one
 * @key: the annotation's name, 1 to 128 bytes of UTF-8
 * @value: (nullable): its value, consumed if it is floating; %NULL removes it
 * @error: return location for an error
 *
 * Sets an annotation, which others can see at once, also while the function runs.
 *
 * This does not wait: annotations are set in the order of the calls, and the
 * daemon's log has those that it refused, because there is no such job or because
 * all annotations of one job would be more than 64 KiB.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if @key cannot be one; `ASYNCQ_ERROR_TOO_LARGE`
 * if @value alone is too large; `ASYNCQ_ERROR_BAD_STATE` if the function has
 * returned already.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_context_set_annotation (AsyncqJobContext  *self,
                                   guint64            job_id,
                                   const char        *key,
                                   GVariant          *value,
                                   GError           **error)
{
  g_autoptr(GVariant) sunk = value == NULL ? NULL : g_variant_ref_sink (value);
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->set_annotation != NULL, FALSE);
  if (!check_key (key, "the name of an annotation", error) ||
      (sunk != NULL && !check_value (sunk, MAX_ANNOTATION_BYTES, "an annotation", error)))
    return FALSE;
  return klass->set_annotation (self, job_id, key, sunk, error);
}

/**
 * asyncq_job_context_get_annotation:
 * @self: the context of a running job
 * @job_id: the job that it is on; 0 for this one
 * @key: the annotation's name
 * @timeout_usec: how long to wait until it is there, in microseconds; 0 for not at
 *   all, negative for ever
 * @poll_usec: how often to look again by oneself, in microseconds, where others
 *   write to the store; 0 for never: who sets it with this daemon is noticed at once
 * @error: return location for an error
 *
 * Gives the value of an annotation, and waits for it if it is not there. What this
 * function has set before is seen.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_CANCELLED` as soon as the job is
 * cancelled or its time is over; `ASYNCQ_ERROR_INVALID` if @key cannot be one.
 *
 * Returns: (transfer full) (nullable): the value; %NULL with @error set, and %NULL
 *   without when it is still not there
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_context_get_annotation (AsyncqJobContext  *self,
                                   guint64            job_id,
                                   const char        *key,
                                   gint64             timeout_usec,
                                   gint64             poll_usec,
                                   GError           **error)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_annotation != NULL, NULL);
  if (!check_key (key, "the name of an annotation", error))
    return NULL;
  return klass->get_annotation (self, job_id, key, timeout_usec, MAX (poll_usec, 0), error);
}

/**
 * asyncq_job_context_set_progress:
 * @self: the context of a running job
 * @fraction: how much of it is done, 0 to 1; negative if @count and @total say it,
 *   or nobody knows
 * @count: how many parts are done
 * @total: of how many; 0 if that is not known
 * @message: (nullable): what it is at, for people
 *
 * Says how far the function is: the annotation `progress`, which tools show.
 *
 * It may be called as often as is convenient: of calls that come close together
 * only the last one goes on its way, at most ten in a second, and in any case
 * the last one before the function returns.
 *
 * Since: 0.1
 */
void
asyncq_job_context_set_progress (AsyncqJobContext *self,
                                 double            fraction,
                                 guint64           count,
                                 guint64           total,
                                 const char       *message)
{
  g_autofree char *text = NULL;
  g_autoptr(GVariant) progress = NULL;
  AsyncqJobContextClass *klass;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->tell_progress != NULL);

  if (!(fraction >= 0)) /* what is not a number is not known either */
    fraction = total > 0 ? (double) count / (double) total : -1;
  text = g_utf8_make_valid (message == NULL ? "" : message, message == NULL ? 0 : (gssize) strnlen (message, MAX_MESSAGE_BYTES));
  progress = g_variant_ref_sink (g_variant_new ("(dtts)", MIN (fraction, 1), count, total, text));
  klass->tell_progress (self, progress);
}

/**
 * asyncq_job_context_dup_checkpoint:
 * @self: the context of a running job
 *
 * Gives what [method@JobContext.set_checkpoint] has set last, in an earlier
 * attempt or in this one.
 *
 * Returns: (transfer full) (nullable): the value; %NULL where there is none
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_context_dup_checkpoint (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->dup_checkpoint != NULL, NULL);
  return klass->dup_checkpoint (self);
}

/**
 * asyncq_job_context_set_checkpoint:
 * @self: the context of a running job
 * @value: (nullable): how far it is, consumed if it is floating; %NULL for the
 *   beginning
 * @error: return location for an error
 *
 * Keeps how far the function is. The job's next attempt gets it back, however
 * this one ends: it is on the disk when this returns. It is dropped when the job
 * completes.
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE` if @value is larger than 1 MiB;
 * `ASYNCQ_ERROR_STALE_LEASE` if this attempt is none any more;
 * `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_context_set_checkpoint (AsyncqJobContext  *self,
                                   GVariant          *value,
                                   GError           **error)
{
  g_autoptr(GVariant) sunk = value == NULL ? NULL : g_variant_ref_sink (value);
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->set_checkpoint != NULL, FALSE);
  if (sunk != NULL && !check_value (sunk, MAX_VALUE_BYTES, "a checkpoint", error))
    return FALSE;
  return klass->set_checkpoint (self, sunk, error);
}

/* Has the effect, and keeps what it came to; it has begun. */
static GVariant *
have_effect (AsyncqJobContext       *self,
             AsyncqJobContextClass  *klass,
             const char             *name,
             AsyncqOnceFunc          func,
             gpointer                user_data,
             GError                **error)
{
  g_autoptr(GVariant) result = NULL;
  g_autoptr(GError) failure = NULL;

  result = func (self, user_data, &failure);
  if (result != NULL)
    result = g_variant_take_ref (g_steal_pointer (&result));
  if (failure != NULL)
    {
      g_clear_pointer (&result, g_variant_unref);
      /* that it may begin again is lost where the daemon is: then the next attempt is in doubt */
      (void) klass->end_once (self, name, NULL, NULL);
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (result == NULL)
    result = g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
  if (!check_value (result, MAX_VALUE_BYTES, "the result of an effect", error) ||
      !klass->end_once (self, name, result, error))
    return NULL;
  return g_steal_pointer (&result);
}

/**
 * asyncq_job_context_once:
 * @self: the context of a running job
 * @name: which effect of the job it is, 1 to 128 bytes of UTF-8
 * @func: (scope call) (closure user_data): has the effect
 * @user_data: for @func
 * @error: return location for an error
 *
 * Has an effect at most once over all attempts of the job, and gives what it came
 * to.
 *
 * That the effect begins is on the disk before @func is called, and its result
 * before this returns. An attempt that finds the result gets it, and @func is not
 * called. One that finds that an earlier attempt has begun and not ended, because
 * something died in between, gets `ASYNCQ_ERROR_IN_DOUBT`: the function has to find
 * out by itself whether the effect came to pass.
 *
 * Where @func fails, the effect did not come to pass, and may begin again.
 *
 * Errors: those of @func; `ASYNCQ_ERROR_IN_DOUBT`; `ASYNCQ_ERROR_INVALID` if @name
 * cannot be one; `ASYNCQ_ERROR_TOO_LARGE` for a result of more than 1 MiB, after
 * which it is in doubt; `ASYNCQ_ERROR_STALE_LEASE` if this attempt is none any
 * more; `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`.
 *
 * Returns: (transfer full): the result, `()` where @func gave none; or %NULL with
 *   @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_context_once (AsyncqJobContext  *self,
                         const char        *name,
                         AsyncqOnceFunc     func,
                         gpointer           user_data,
                         GError           **error)
{
  AsyncqJobContextClass *klass;
  GVariant *result = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (func != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->begin_once != NULL && klass->end_once != NULL, NULL);
  if (!check_key (name, "the name of an effect", error) || !klass->begin_once (self, name, &result, error))
    return NULL;
  return result != NULL ? result : have_effect (self, klass, name, func, user_data, error);
}

/**
 * asyncq_job_context_dup_object:
 * @self: the context of a running job
 *
 * Gives the value of the object that the job is bound to, as it was when the job
 * was handed over, or as [method@JobContext.set_object] has set it since.
 *
 * Returns: (transfer full) (nullable): the value; %NULL if the job is bound to none
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_context_dup_object (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->dup_object != NULL, NULL);
  return klass->dup_object (self);
}

/**
 * asyncq_job_context_set_object:
 * @self: the context of a running job
 * @value: the object's new value, consumed if it is floating; of the type that the
 *   object has
 * @error: return location for an error
 *
 * Gives the object that the job is bound to another value, once this attempt has
 * succeeded: in one step with its end, and not at all if it fails, is interrupted
 * or asks to run again later.
 *
 * If somebody else has changed the object since it was handed over, the attempt
 * fails with `ASYNCQ_ERROR_CONFLICT`, which retry policies know.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the job is bound to no object, or to one of
 * another type; `ASYNCQ_ERROR_TOO_LARGE` if @value is larger than 1 MiB.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_context_set_object (AsyncqJobContext  *self,
                               GVariant          *value,
                               GError           **error)
{
  g_autoptr(GVariant) sunk = value == NULL ? NULL : g_variant_ref_sink (value);
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), FALSE);
  g_return_val_if_fail (sunk != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->set_object != NULL, FALSE);
  if (!check_value (sunk, MAX_VALUE_BYTES, "an object", error))
    return FALSE;
  return klass->set_object (self, sunk, error);
}
