/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Past of a job
 */

#include "config.h"

#include "core/aq-job-past.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define ATTEMPT_TYPE AQ_PAST_ATTEMPT_TYPE

static void
free_attempt (gpointer data)
{
  AqPastAttempt *attempt = data;

  g_free (attempt->agent);
  g_free (attempt->domain);
  g_free (attempt->message);
  g_free (attempt);
}

AqJobPast *
aq_job_past_new (void)
{
  AqJobPast *self = g_new0 (AqJobPast, 1);

  self->attempts = g_ptr_array_new_with_free_func (free_attempt);
  return self;
}

void
aq_job_past_free (AqJobPast *self)
{
  g_free (self->cancel_why);
  g_ptr_array_unref (self->attempts);
  g_free (self);
}

static GVariant *
attempt_to_value (const AqPastAttempt *attempt)
{
  return g_variant_new (ATTEMPT_TYPE, attempt->lease, attempt->started_usec, attempt->ended_usec, attempt->worker,
                        attempt->end, attempt->agent, attempt->domain, attempt->code, attempt->message);
}

GVariant *
aq_job_past_to_value (const AqJobPast *self)
{
  GVariantBuilder attempts;

  g_variant_builder_init (&attempts, G_VARIANT_TYPE ("a" ATTEMPT_TYPE));
  for (guint i = 0; i < self->attempts->len; i++)
    g_variant_builder_add_value (&attempts, attempt_to_value (g_ptr_array_index (self->attempts, i)));
  return g_variant_new ("(@auxxumstu@a" ATTEMPT_TYPE ")",
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, self->counts, AQ_N_RETRY_COUNTS,
                                                   sizeof (guint32)),
                        self->begin_by_usec, self->give_up_usec, self->cancel_uid, self->cancel_why, self->retry_of,
                        self->n_forgotten, g_variant_builder_end (&attempts));
}

static gboolean
read_attempts (AqJobPast  *self,
               GVariant   *attempts)
{
  gsize n_attempts = g_variant_n_children (attempts);

  for (gsize i = 0; i < n_attempts; i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (attempts, i);
      AqPastAttempt *attempt = g_new0 (AqPastAttempt, 1);
      guint8 end;

      g_ptr_array_add (self->attempts, attempt);
      g_variant_get (value, ATTEMPT_TYPE, &attempt->lease, &attempt->started_usec, &attempt->ended_usec,
                     &attempt->worker, &end, &attempt->agent, &attempt->domain, &attempt->code, &attempt->message);
      if (end >= AQ_N_ATTEMPT_ENDS)
        return FALSE;
      attempt->end = end;
    }
  return n_attempts <= AQ_MAX_PAST_ATTEMPTS;
}

/* an older daemon had fewer kinds of trouble to count */
static gboolean
read_counts (AqJobPast *self,
             GVariant  *value)
{
  gsize n_counts;
  const guint32 *counts = g_variant_get_fixed_array (value, &n_counts, sizeof (guint32));

  if (n_counts > AQ_N_RETRY_COUNTS)
    return FALSE;
  if (n_counts > 0)
    memcpy (self->counts, counts, n_counts * sizeof (guint32));
  return TRUE;
}

/**
 * aq_job_past_new_from_value:
 * @value: from a store, in normal form
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): the past, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJobPast *
aq_job_past_new_from_value (GVariant  *value,
                            GError   **error)
{
  g_autoptr(AqJobPast) self = aq_job_past_new ();
  g_autoptr(GVariant) counts = NULL;
  g_autoptr(GVariant) attempts = NULL;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (AQ_JOB_PAST_TYPE)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the past of a job is of type '%s'",
                   g_variant_get_type_string (value));
      return NULL;
    }
  g_variant_get (value, "(@auxxumstu@a" ATTEMPT_TYPE ")", &counts, &self->begin_by_usec, &self->give_up_usec,
                 &self->cancel_uid, &self->cancel_why, &self->retry_of, &self->n_forgotten, &attempts);
  if (read_counts (self, counts) && read_attempts (self, attempts))
    return g_steal_pointer (&self);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the past of a job is out of range");
  return NULL;
}

/* no longer than the limit, and no half character at its end */
static char *
shorten (const char *message)
{
  gsize length = strlen (message);

  if (length <= AQ_MAX_PAST_MESSAGE_BYTES)
    return g_strdup (message);
  /* the byte behind is the first of a character unless it is a continuation */
  for (length = AQ_MAX_PAST_MESSAGE_BYTES; length > 0 && (message[length] & 0xc0) == 0x80; length--)
    ;
  return g_strndup (message, length);
}

/**
 * aq_job_past_add_attempt:
 * @self: a past
 * @attempt: an attempt that is over, copied; strings may be %NULL
 *
 * Remembers an attempt. Of a long past the oldest attempts are only counted.
 *
 * Since: 0.1
 */
void
aq_job_past_add_attempt (AqJobPast           *self,
                         const AqPastAttempt *attempt)
{
  AqPastAttempt *copy = g_new (AqPastAttempt, 1);

  *copy = *attempt;
  copy->agent = g_strdup (attempt->agent != NULL ? attempt->agent : "");
  copy->domain = g_strdup (attempt->domain != NULL ? attempt->domain : "");
  copy->message = shorten (attempt->message != NULL ? attempt->message : "");
  g_ptr_array_add (self->attempts, copy);
  if (self->attempts->len <= AQ_MAX_PAST_ATTEMPTS)
    return;
  g_ptr_array_remove_index (self->attempts, 0);
  self->n_forgotten++;
}
