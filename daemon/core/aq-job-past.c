/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Past of a job
 */

#include "config.h"

#include "core/aq-job-past.h"

#include "core/aq-evidence.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define ATTEMPT_TYPE AQ_PAST_ATTEMPT_TYPE
#define WITNESSED_TYPE AQ_WITNESSED_ATTEMPT_TYPE
#define N_USAGES 5

G_STATIC_ASSERT (sizeof (AqUsage) == N_USAGES * sizeof (guint64));

static void
free_attempt (gpointer data)
{
  AqPastAttempt *attempt = data;

  g_free (attempt->agent);
  g_free (attempt->domain);
  g_free (attempt->message);
  g_clear_pointer (&attempt->evidence, g_variant_unref);
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

static gboolean
is_witnessed (const AqJobPast *self)
{
  for (guint i = 0; i < self->attempts->len; i++)
    {
      const AqPastAttempt *attempt = g_ptr_array_index (self->attempts, i);

      if (attempt->is_measured || attempt->evidence != NULL)
        return TRUE;
    }
  return FALSE;
}

static GVariant *
attempt_to_value (const AqPastAttempt *attempt,
                  gboolean             witnessed)
{
  if (!witnessed)
    return g_variant_new (ATTEMPT_TYPE, attempt->lease, attempt->started_usec, attempt->ended_usec, attempt->worker,
                          attempt->end, attempt->agent, attempt->domain, attempt->code, attempt->message);
  return g_variant_new ("(txxuyssis@at@a{sv})", attempt->lease, attempt->started_usec, attempt->ended_usec,
                        attempt->worker, attempt->end, attempt->agent, attempt->domain, attempt->code,
                        attempt->message,
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, &attempt->usage,
                                                   attempt->is_measured ? N_USAGES : 0, sizeof (guint64)),
                        attempt->evidence != NULL ? attempt->evidence : g_variant_new ("a{sv}", NULL));
}

GVariant *
aq_job_past_to_value (const AqJobPast *self)
{
  gboolean witnessed = is_witnessed (self);
  GVariantBuilder attempts;

  g_variant_builder_init (&attempts, witnessed ? G_VARIANT_TYPE ("a" WITNESSED_TYPE)
                                               : G_VARIANT_TYPE ("a" ATTEMPT_TYPE));
  for (guint i = 0; i < self->attempts->len; i++)
    g_variant_builder_add_value (&attempts, attempt_to_value (g_ptr_array_index (self->attempts, i), witnessed));
  return g_variant_new ("(@auxxumstu@*)",
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, self->counts, AQ_N_RETRY_COUNTS,
                                                   sizeof (guint32)),
                        self->begin_by_usec, self->give_up_usec, self->cancel_uid, self->cancel_why, self->retry_of,
                        self->n_forgotten, g_variant_builder_end (&attempts));
}

static gboolean
read_witness (GVariant      *value,
              AqPastAttempt *attempt)
{
  g_autoptr(GVariant) usage = g_variant_get_child_value (value, 9);
  g_autoptr(GVariant) evidence = g_variant_get_child_value (value, 10);
  gsize n_usages;
  const guint64 *usages = g_variant_get_fixed_array (usage, &n_usages, sizeof (guint64));

  if (n_usages != 0 && n_usages != N_USAGES)
    return FALSE;
  attempt->is_measured = n_usages > 0;
  if (attempt->is_measured)
    memcpy (&attempt->usage, usages, sizeof attempt->usage);
  attempt->evidence = aq_evidence_new (evidence);
  return TRUE;
}

static gboolean
read_attempt (GVariant      *value,
              AqPastAttempt *attempt)
{
  guint8 end;

  g_variant_get_child (value, 0, "t", &attempt->lease);
  g_variant_get_child (value, 1, "x", &attempt->started_usec);
  g_variant_get_child (value, 2, "x", &attempt->ended_usec);
  g_variant_get_child (value, 3, "u", &attempt->worker);
  g_variant_get_child (value, 4, "y", &end);
  g_variant_get_child (value, 5, "s", &attempt->agent);
  g_variant_get_child (value, 6, "s", &attempt->domain);
  g_variant_get_child (value, 7, "i", &attempt->code);
  g_variant_get_child (value, 8, "s", &attempt->message);
  if (end >= AQ_N_ATTEMPT_ENDS)
    return FALSE;
  attempt->end = end;
  return !g_variant_is_of_type (value, G_VARIANT_TYPE (WITNESSED_TYPE)) || read_witness (value, attempt);
}

static gboolean
read_attempts (AqJobPast  *self,
               GVariant   *attempts)
{
  gsize n_attempts = g_variant_n_children (attempts);

  for (gsize i = 0; i < n_attempts; i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (attempts, i);

      g_ptr_array_add (self->attempts, g_new0 (AqPastAttempt, 1));
      if (!read_attempt (value, g_ptr_array_index (self->attempts, i)))
        return FALSE;
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

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (AQ_JOB_PAST_TYPE)) &&
      !g_variant_is_of_type (value, G_VARIANT_TYPE (AQ_JOB_WITNESSED_PAST_TYPE)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the past of a job is of type '%s'",
                   g_variant_get_type_string (value));
      return NULL;
    }
  g_variant_get (value, "(@auxxumstu@*)", &counts, &self->begin_by_usec, &self->give_up_usec,
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

/* Returns: how much of @n_bytes is still too much */
static gsize
reduce_oldest (AqJobPast        *self,
               AqEvidenceDetail  detail,
               gsize             n_bytes)
{
  for (guint i = 0; i < self->attempts->len && n_bytes > AQ_EVIDENCE_MAX_PAST_BYTES; i++)
    {
      AqPastAttempt *attempt = g_ptr_array_index (self->attempts, i);

      n_bytes -= aq_evidence_get_size (attempt->evidence);
      attempt->evidence = aq_evidence_reduce (attempt->evidence, detail);
      n_bytes += aq_evidence_get_size (attempt->evidence);
    }
  return n_bytes;
}

/* What was said and printed goes first, the oldest of all, then where it crashed. */
static void
bound_evidence (AqJobPast *self)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < self->attempts->len; i++)
    n_bytes += aq_evidence_get_size (((const AqPastAttempt *) g_ptr_array_index (self->attempts, i))->evidence);
  for (AqEvidenceDetail detail = 0; detail < AQ_N_EVIDENCE_DETAILS; detail++)
    n_bytes = reduce_oldest (self, detail, n_bytes);
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
  copy->evidence = attempt->evidence != NULL ? g_variant_ref (attempt->evidence) : NULL;
  g_ptr_array_add (self->attempts, copy);
  if (self->attempts->len > AQ_MAX_PAST_ATTEMPTS)
    {
      g_ptr_array_remove_index (self->attempts, 0);
      self->n_forgotten++;
    }
  if (attempt->evidence != NULL)
    bound_evidence (self);
}
