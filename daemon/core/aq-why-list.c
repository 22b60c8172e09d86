/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Why a job does not run: the reasons as a value
 */

#include "config.h"

#include "core/aq-why.h"

/**
 * aq_reason_to_string:
 * @reason: a reason
 *
 * Returns: its word in org.asyncq.Job1.Why
 *
 * Since: 0.1
 */
const char *
aq_reason_to_string (AqReason reason)
{
  static const char *const words[] = {
    [AQ_REASON_ARGUMENTS] = "arguments-do-not-fit",
    [AQ_REASON_BEHIND] = "behind",
    [AQ_REASON_CLAIMING_OFF] = "claiming-off",
    [AQ_REASON_COMPLETED] = "completed",
    [AQ_REASON_DELAYED] = "delayed",
    [AQ_REASON_FILTER] = "filter",
    [AQ_REASON_FUNCTION_MISSING] = "function-missing",
    [AQ_REASON_LIMIT] = "limit",
    [AQ_REASON_NO_AGENT] = "no-agent",
    [AQ_REASON_NOT_BEFORE] = "not-before",
    [AQ_REASON_OVERDUE] = "overdue",
    [AQ_REASON_PULLED] = "pulled",
    [AQ_REASON_QUARANTINED] = "quarantined",
    [AQ_REASON_QUEUE_PAUSED] = "queue-paused",
    [AQ_REASON_RATE] = "rate",
    [AQ_REASON_READY] = "ready",
    [AQ_REASON_RETRY_PAUSE] = "retry-pause",
    [AQ_REASON_RUNNING] = "running",
    [AQ_REASON_SLOTS_FULL] = "slots-full",
    [AQ_REASON_SNOOZED] = "snoozed",
    [AQ_REASON_STORE_FULL] = "store-full",
    [AQ_REASON_WAITS_FOR] = "waits-for",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_REASONS);
  return words[reason];
}

void
aq_why_list_init (AqWhyList *self)
{
  *self = (AqWhyList) { .note = g_string_new (NULL) };
  g_variant_builder_init (&self->reasons, G_VARIANT_TYPE ("aa{sv}"));
}

/**
 * aq_why_list_open:
 * @self: a list
 * @reason: the reason
 * @format: how it is told to people; then what belongs in there
 *
 * Since: 0.1
 */
void
aq_why_list_open (AqWhyList  *self,
                  AqReason    reason,
                  const char *format,
                  ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->n_reasons++;
  g_variant_builder_open (&self->reasons, G_VARIANT_TYPE_VARDICT);
  aq_why_list_add (self, "reason", g_variant_new_string (aq_reason_to_string (reason)));
  aq_why_list_add (self, "text", g_variant_new_string (text));
}

void
aq_why_list_add (AqWhyList  *self,
                 const char *key,
                 GVariant   *value)
{
  g_variant_builder_add (&self->reasons, "{sv}", key, value);
}

void
aq_why_list_add_ids (AqWhyList    *self,
                     const char   *key,
                     const GArray *ids)
{
  aq_why_list_add (self, key,
                   g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids->data, ids->len, sizeof (guint64)));
}

void
aq_why_list_close (AqWhyList *self)
{
  g_variant_builder_close (&self->reasons);
}

/**
 * aq_why_list_delay:
 * @self: a list
 * @until_usec: wall clock: the job does not begin before that
 * @format: how that is known, for people; then what belongs in there
 *
 * The latest of these times is the estimate; of equal ones, what was told first.
 *
 * Since: 0.1
 */
void
aq_why_list_delay (AqWhyList  *self,
                   gint64      until_usec,
                   const char *format,
                   ...)
{
  va_list arguments;

  if (until_usec <= self->begin_usec)
    return;
  self->begin_usec = until_usec;
  va_start (arguments, format);
  g_string_vprintf (self->note, format, arguments);
  va_end (arguments);
}

void
aq_why_list_set_unknown (AqWhyList *self)
{
  self->is_unknown = TRUE;
}

/**
 * aq_why_list_end:
 * @self: a list; cleared
 * @job: the job
 * @now: the present
 * @waits: whether it is yet to run, or to go on
 *
 * Returns: (transfer floating): what org.asyncq.Job1.Why tells
 *
 * Since: 0.1
 */
GVariant *
aq_why_list_end (AqWhyList    *self,
                 const AqJob  *job,
                 const AqTime *now,
                 gboolean      waits)
{
  gboolean is_known = waits && !self->is_unknown && self->begin_usec != 0;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_uint64 (job->id));
  g_variant_builder_add (&builder, "{sv}", "function", g_variant_new_string (aq_job_get_function (job)));
  g_variant_builder_add (&builder, "{sv}", "time", g_variant_new_int64 (now->wall_usec));
  g_variant_builder_add (&builder, "{sv}", "state", g_variant_new_string (asyncq_job_state_to_string (job->state)));
  g_variant_builder_add (&builder, "{sv}", "waiting", g_variant_new_boolean (waits));
  g_variant_builder_add (&builder, "{sv}", "reasons", g_variant_builder_end (&self->reasons));
  g_variant_builder_add (&builder, "{sv}", "estimate", g_variant_new_int64 (is_known ? self->begin_usec : 0));
  g_variant_builder_add (&builder, "{sv}", "estimate-note",
                         g_variant_new_string (is_known ? self->note->str : ""));
  g_string_free (self->note, TRUE);
  return g_variant_builder_end (&builder);
}

/**
 * aq_why_dup_time:
 * @wall_usec: wall clock
 *
 * Returns: (transfer full): the time for people, of UTC
 *
 * Since: 0.1
 */
char *
aq_why_dup_time (gint64 wall_usec)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (wall_usec / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup ("a time far away");
}
