/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limit
 *
 * How many jobs may be active at once follows from the jobs, and is never stored.
 * How much of a rate is used up follows from nothing else, so it is an item of its
 * own (AQ_ITEM_BUCKET) until all of it is free again.
 */

#include "config.h"

#include "core/aq-limit.h"

#include "core/aq-job-times.h"
#include "core/aq-limit-name.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

/* between the names of definition and instance; no name of either has it */
#define SEPARATOR "\x1f"

static gboolean
read_number (const char  *key,
             GVariant    *value,
             guint        max,
             guint       *out_number,
             GError     **error)
{
  guint number;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return aq_limit_refuse (error, "'%s' of a limit is of type '%s', 'u' is wanted", key,
                            g_variant_get_type_string (value));
  number = g_variant_get_uint32 (value);
  if (number < 1 || number > max)
    return aq_limit_refuse (error, "'%s' of a limit is %u, 1 to %u is wanted", key, number, max);
  *out_number = number;
  return TRUE;
}

static gboolean
read_period (GVariant  *value,
             gint64    *out_usec,
             GError   **error)
{
  gint64 usec;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return aq_limit_refuse (error, "'period' of a limit is of type '%s', 'x' is wanted",
                            g_variant_get_type_string (value));
  usec = g_variant_get_int64 (value);
  if (usec < 1 || usec > AQ_LIMIT_MAX_PERIOD_USEC)
    return aq_limit_refuse (error, "'period' of a limit is %" G_GINT64_FORMAT " microseconds, 1 to 100 days are wanted",
                            usec);
  *out_usec = usec;
  return TRUE;
}

static gboolean
read_key (AqLimit     *self,
          const char  *key,
          GVariant    *value,
          GError     **error)
{
  if (g_str_equal (key, "size"))
    return read_number (key, value, AQ_LIMIT_MAX_SIZE, &self->size, error);
  if (g_str_equal (key, "rate"))
    return read_number (key, value, AQ_LIMIT_MAX_RATE, &self->rate, error);
  if (g_str_equal (key, "burst"))
    return read_number (key, value, AQ_LIMIT_MAX_RATE, &self->burst, error);
  if (g_str_equal (key, "period"))
    return read_period (value, &self->period_usec, error);
  if (g_str_equal (key, "created") || g_str_equal (key, "by"))
    return TRUE;
  return aq_limit_refuse (error, "'%s' is not a key of a limit: size, rate, period and burst are", key);
}

/**
 * aq_limit_read:
 * @out_self: (out): the limit; untouched where it cannot be one
 * @value: a{sv} with "size" u, or "rate" u, "period" x and perhaps "burst" u, or all
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the key.
 *
 * Returns: whether it is a limit
 *
 * Since: 0.1
 */
gboolean
aq_limit_read (AqLimit   *out_self,
               GVariant  *value,
               GError   **error)
{
  AqLimit limit = { 0 };
  GVariantIter iter;
  const char *key;
  GVariant *member;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &member))
    if (!read_key (&limit, key, member, error))
      {
        g_variant_unref (member);
        return FALSE;
      }
  if (limit.size == 0 && limit.rate == 0)
    return aq_limit_refuse (error, "a limit wants 'size', the jobs that may be active at once, or 'rate', "
                            "those that may start in a period");
  if (limit.rate > 0 && limit.period_usec == 0)
    return aq_limit_refuse (error, "the 'rate' of a limit wants its 'period'");
  if (limit.rate == 0 && (limit.period_usec > 0 || limit.burst > 0))
    return aq_limit_refuse (error, "'%s' of a limit is part of a 'rate', and there is none",
                            limit.period_usec > 0 ? "period" : "burst");
  *out_self = limit;
  return TRUE;
}

/**
 * aq_limit_require:
 * @transaction: a transaction
 * @name: name of a definition
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`, with the name that may have been meant.
 *
 * Returns: whether there is such a limit
 *
 * Since: 0.1
 */
gboolean
aq_limit_require (AqTransaction  *transaction,
                  const char     *name,
                  GError        **error)
{
  GPtrArray *items;
  AqSuggestion meant;

  if (aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, name) != NULL)
    return TRUE;
  items = aq_transaction_list_items (transaction, AQ_ITEM_LIMIT);
  aq_suggestion_init (&meant, name);
  for (guint i = 0; i < items->len; i++)
    aq_suggestion_offer (&meant, ((const AqItem *) g_ptr_array_index (items, i))->name);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_LIMIT, "there is no limit '%s'%s%s%s", name,
               meant.best != NULL ? ", did you mean '" : "", meant.best != NULL ? meant.best : "",
               meant.best != NULL ? "'?" : "");
  return FALSE;
}

static gboolean
require_all (AqTransaction        *transaction,
             const AqJobSettings  *settings,
             GError              **error)
{
  for (guint i = 0; i < settings->n_limits; i++)
    if (!aq_limit_require (transaction, settings->limits[i].definition, error))
      return FALSE;
  return TRUE;
}

/**
 * aq_limit_check_drafts:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`, naming the entry, counted from 0.
 * Source: behaviour Z24.
 *
 * Returns: whether there are the limits that drafts name
 *
 * Since: 0.1
 */
gboolean
aq_limit_check_drafts (AqTransaction  *transaction,
                       const AqDraft  *drafts,
                       guint           n_drafts,
                       GError        **error)
{
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].settings != NULL && !require_all (transaction, drafts[i].settings, error))
      {
        g_prefix_error (error, "entry %u: ", i);
        return FALSE;
      }
  return TRUE;
}

static gboolean
have_equal_limits (const AqJobSettings *a,
                   const AqJobSettings *b)
{
  return a->n_limits == b->n_limits && aq_limit_names_are_equal (a->limits, b->limits, a->n_limits);
}

/**
 * aq_limit_change_settings:
 * @transaction: a transaction
 * @job: a job that has not begun
 * @settings: (nullable): all of its settings from now on
 *
 * Gives a job other settings, and with them perhaps other limits.
 *
 * Since: 0.1
 */
void
aq_limit_change_settings (AqTransaction *transaction,
                          AqJob         *job,
                          AqJobSettings *settings)
{
  const AqJobSettings *wanted = settings != NULL ? settings : &aq_job_settings_default;

  /* one that was interrupted has places of the old limits only */
  if (job->kind == AQ_JOB_CALL && !have_equal_limits (aq_job_get_settings (job), wanted))
    {
      job->flags |= AQ_JOB_LEFT_PLACE;
      aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
    }
  aq_job_times_set_settings (transaction, job, settings);
}

/**
 * aq_limit_change_names:
 * @transaction: a transaction
 * @job: a job that has not begun
 * @other: (nullable): settings; %NULL: the defaults
 *
 * Puts a job under the limits of other settings, and under no others. The rest of
 * its settings stays.
 *
 * Since: 0.1
 */
void
aq_limit_change_names (AqTransaction       *transaction,
                       AqJob               *job,
                       const AqJobSettings *other)
{
  const AqJobSettings *wanted = other != NULL ? other : &aq_job_settings_default;
  g_autoptr(AqJobSettings) settings = NULL;
  g_autoptr(GVariant) limits = NULL;
  GVariantDict dict;

  if (have_equal_limits (aq_job_get_settings (job), wanted))
    return;
  limits = wanted->value != NULL ? g_variant_lookup_value (wanted->value, "limits", NULL) : NULL;
  g_variant_dict_init (&dict, aq_job_get_settings (job)->value);
  g_variant_dict_remove (&dict, "limits");
  if (limits != NULL)
    g_variant_dict_insert_value (&dict, "limits", limits);
  /* both could be read */
  settings = aq_job_settings_new_from_value (g_variant_dict_end (&dict), NULL);
  g_assert (settings != NULL);
  aq_limit_change_settings (transaction, job, settings);
}

/* a job starts: it uses up one of each rate */

static void
take_one (AqTransaction     *transaction,
          const AqLimitName *name)
{
  const AqItem *definition;
  g_autofree char *bucket_name = NULL;
  const AqItem *item;
  AqBucket bucket = { 0 };
  AqLimit limit;
  AqLimitState state;

  /* to read its definition would cost more than all the rest of a claim */
  aq_transaction_get_limit_state (transaction, name, &state);
  if (state.rate_usec == G_MININT64)
    return;
  definition = aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, name->definition);
  if (definition == NULL || !aq_limit_read (&limit, definition->value, NULL) || limit.rate == 0)
    return;
  bucket_name = aq_bucket_dup_name (name);
  item = aq_transaction_get_item (transaction, AQ_ITEM_BUCKET, bucket_name);
  if (item != NULL)
    aq_bucket_read (&bucket, &limit, item->value);
  aq_bucket_take (&bucket, &limit, transaction->now.steady_usec);
  aq_transaction_set_item (transaction, AQ_ITEM_BUCKET, bucket_name, aq_bucket_to_value (&bucket, &limit));
}

/**
 * aq_limit_take:
 * @transaction: a transaction
 * @job: a job that is claimed
 *
 * Takes one of each rate that the job is under. Places of quotas follow from its state.
 *
 * Since: 0.1
 */
void
aq_limit_take (AqTransaction *transaction,
               const AqJob   *job)
{
  const AqJobSettings *settings = aq_job_get_settings (job);

  for (guint i = 0; i < settings->n_limits; i++)
    take_one (transaction, &settings->limits[i]);
}

/**
 * aq_limit_drop_bucket:
 * @transaction: a transaction
 *
 * Removes a bucket of which all is free again.
 *
 * Returns: whether there was one
 *
 * Since: 0.1
 */
gboolean
aq_limit_drop_bucket (AqTransaction *transaction)
{
  const AqLimitName *name = aq_transaction_find_full_bucket (transaction);
  g_autofree char *bucket_name = name != NULL ? aq_bucket_dup_name (name) : NULL;

  if (name != NULL)
    aq_transaction_set_item (transaction, AQ_ITEM_BUCKET, bucket_name, NULL);
  return name != NULL;
}

/* Returns: (element-type utf8): the names, owned, of the buckets of a definition */
static GPtrArray *
list_buckets (AqTransaction *transaction,
              const char    *definition)
{
  g_autofree char *prefix = g_strconcat (definition, SEPARATOR, NULL);
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_BUCKET);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);

      if (g_str_has_prefix (item->name, prefix))
        g_ptr_array_add (names, g_strdup (item->name));
    }
  return names;
}

/**
 * aq_limit_convert_buckets:
 * @transaction: a transaction
 * @definition: name of a limit
 * @from: what it said before
 * @to: what it says now
 *
 * The rate of a limit has changed: what is used up of it is now told in its terms.
 *
 * Source: behaviour Z44.
 *
 * Since: 0.1
 */
void
aq_limit_convert_buckets (AqTransaction *transaction,
                          const char    *definition,
                          const AqLimit *from,
                          const AqLimit *to)
{
  g_autoptr(GPtrArray) names = NULL;

  if (from->rate == to->rate && from->period_usec == to->period_usec && from->burst == to->burst)
    return;
  names = list_buckets (transaction, definition);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      AqBucket bucket;

      aq_bucket_read (&bucket, from, aq_transaction_get_item (transaction, AQ_ITEM_BUCKET, name)->value);
      if (aq_bucket_convert (&bucket, from, to, transaction->now.steady_usec))
        aq_transaction_set_item (transaction, AQ_ITEM_BUCKET, name, aq_bucket_to_value (&bucket, to));
      else
        aq_transaction_set_item (transaction, AQ_ITEM_BUCKET, name, NULL);
    }
}

/* bucket */

/**
 * aq_bucket_get_room:
 * @self: a bucket
 * @limit: its definition
 *
 * Returns: from when on one may start, steady clock; 0 or another time that has
 *   passed: now
 *
 * Since: 0.1
 */
gint64
aq_bucket_get_room (const AqBucket *self,
                    const AqLimit  *limit)
{
  gint64 burst = (gint64) limit->burst - 1;
  gint64 whole_usec, part;

  if (limit->rate == 0)
    return 0;
  if (limit->burst == 0)
    return self->used < limit->rate ? 0 : self->since_usec + limit->period_usec;
  /* when the bucket will be full, less the time in which all but one of its tokens come; rounded up */
  whole_usec = burst * (limit->period_usec / limit->rate);
  part = burst * (limit->period_usec % limit->rate) - (gint64) self->used;
  return self->since_usec - whole_usec - (part >= 0 ? part / limit->rate : -((-part + limit->rate - 1) / limit->rate));
}

/**
 * aq_bucket_get_full:
 * @self: a bucket
 * @limit: its definition
 *
 * Returns: from when on all of it is free again, steady clock
 *
 * Since: 0.1
 */
gint64
aq_bucket_get_full (const AqBucket *self,
                    const AqLimit  *limit)
{
  if (limit->burst > 0)
    return self->since_usec + (self->used > 0 ? 1 : 0);
  return self->since_usec + limit->period_usec;
}

/**
 * aq_bucket_take:
 * @self: a bucket
 * @limit: its definition
 * @now_usec: steady clock
 *
 * One starts, whether there is room or not.
 *
 * Since: 0.1
 */
void
aq_bucket_take (AqBucket      *self,
                const AqLimit *limit,
                gint64         now_usec)
{
  if (limit->burst == 0)
    {
      if (self->used == 0 || now_usec >= self->since_usec + limit->period_usec)
        *self = (AqBucket) { .since_usec = now_usec };
      self->used++;
      return;
    }
  if (self->since_usec < now_usec)
    *self = (AqBucket) { .since_usec = now_usec };
  self->since_usec += limit->period_usec / limit->rate;
  self->used += limit->period_usec % limit->rate;
  self->since_usec += self->used / limit->rate;
  self->used %= limit->rate;
}

/* Returns: how many starts are used up */
static double
get_debt (const AqBucket *self,
          const AqLimit  *limit,
          gint64          now_usec)
{
  if (limit->rate == 0)
    return 0;
  if (limit->burst > 0)
    return ((double) (self->since_usec - now_usec) * limit->rate + self->used) / (double) limit->period_usec;
  return now_usec < self->since_usec + limit->period_usec ? self->used : 0;
}

static void
set_debt (AqBucket      *self,
          const AqLimit *limit,
          double         debt,
          gint64         now_usec)
{
  gint64 parts;

  if (limit->burst == 0)
    {
      /* a part of a start cannot be counted */
      self->since_usec = now_usec;
      self->used = (guint) debt + (debt > (guint) debt ? 1 : 0);
      return;
    }
  parts = (gint64) (debt * (double) limit->period_usec + 0.5);
  self->since_usec = now_usec + parts / limit->rate;
  self->used = parts % limit->rate;
}

/**
 * aq_bucket_convert:
 * @self: a bucket
 * @from: the definition in whose terms it is
 * @to: the one in whose terms it is to be
 * @now_usec: steady clock
 *
 * The starts that are used up stay so, but no more of them than @to knows: who
 * waits then waits no longer than one period, or one token, of @to. A period that
 * has begun goes on.
 *
 * Returns: whether any is used up
 *
 * Since: 0.1
 */
gboolean
aq_bucket_convert (AqBucket      *self,
                   const AqLimit *from,
                   const AqLimit *to,
                   gint64         now_usec)
{
  double debt = get_debt (self, from, now_usec);

  if (debt <= 0 || to->rate == 0)
    return FALSE;
  debt = MIN (debt, to->burst > 0 ? to->burst : to->rate);
  if (from->burst > 0 || to->burst > 0)
    set_debt (self, to, debt, now_usec);
  return TRUE;
}

/**
 * aq_bucket_to_value:
 * @self: a bucket
 * @limit: its definition
 *
 * The two ways to count have keys of their own, so one is never read as the other.
 *
 * Returns: a floating a{sv}
 *
 * Since: 0.1
 */
GVariant *
aq_bucket_to_value (const AqBucket *self,
                    const AqLimit  *limit)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, limit->burst > 0 ? "full" : "since", "x", self->since_usec);
  g_variant_dict_insert (&dict, limit->burst > 0 ? "rest" : "used", "u", self->used);
  return g_variant_dict_end (&dict);
}

void
aq_bucket_read (AqBucket      *out_self,
                const AqLimit *limit,
                GVariant      *value)
{
  AqBucket bucket = { 0 };

  if (g_variant_lookup (value, limit->burst > 0 ? "full" : "since", "x", &bucket.since_usec))
    (void) g_variant_lookup (value, limit->burst > 0 ? "rest" : "used", "u", &bucket.used);
  *out_self = bucket;
}

/**
 * aq_bucket_dup_name:
 * @name: of an instance
 *
 * Returns: (transfer full): the name of its bucket among the items
 *
 * Since: 0.1
 */
char *
aq_bucket_dup_name (const AqLimitName *name)
{
  return g_strconcat (name->definition, SEPARATOR, name->instance, NULL);
}
