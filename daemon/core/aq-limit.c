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

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

/* between the names of definition and instance; no name of either has it */
#define SEPARATOR "\x1f"

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError     **error,
        const char  *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, format, arguments);
  va_end (arguments);
  return FALSE;
}

static gboolean
read_number (const char  *key,
             GVariant    *value,
             guint        max,
             guint       *out_number,
             GError     **error)
{
  guint number;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return refuse (error, "'%s' of a limit is of type '%s', 'u' is wanted", key, g_variant_get_type_string (value));
  number = g_variant_get_uint32 (value);
  if (number < 1 || number > max)
    return refuse (error, "'%s' of a limit is %u, 1 to %u is wanted", key, number, max);
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
    return refuse (error, "'period' of a limit is of type '%s', 'x' is wanted", g_variant_get_type_string (value));
  usec = g_variant_get_int64 (value);
  if (usec < 1 || usec > AQ_LIMIT_MAX_PERIOD_USEC)
    return refuse (error, "'period' of a limit is %" G_GINT64_FORMAT " microseconds, 1 to 100 days are wanted", usec);
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
  return refuse (error, "'%s' is not a key of a limit: size, rate, period and burst are", key);
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
    return refuse (error, "a limit wants 'size', the jobs that may be active at once, or 'rate', "
                   "those that may start in a period");
  if (limit.rate > 0 && limit.period_usec == 0)
    return refuse (error, "the 'rate' of a limit wants its 'period'");
  if (limit.rate == 0 && (limit.period_usec > 0 || limit.burst > 0))
    return refuse (error, "'%s' of a limit is part of a 'rate', and there is none",
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

/**
 * aq_limit_require_all:
 * @transaction: a transaction
 * @settings: (nullable): of a job that is to be put or changed
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 * Source: behaviour Z24.
 *
 * Returns: whether there are all the limits that it names
 *
 * Since: 0.1
 */
gboolean
aq_limit_require_all (AqTransaction        *transaction,
                      const AqJobSettings  *settings,
                      GError              **error)
{
  for (guint i = 0; settings != NULL && i < settings->n_limits; i++)
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
    if (drafts[i].settings != NULL && drafts[i].settings->n_limits > 0 &&
        !aq_limit_require_all (transaction, drafts[i].settings, error))
      {
        g_prefix_error (error, "entry %u: ", i);
        return FALSE;
      }
  return TRUE;
}

/* a job starts: it uses up one of each rate */

static void
take_one (AqTransaction     *transaction,
          const AqLimitName *name)
{
  const AqItem *definition = aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, name->definition);
  g_autofree char *bucket_name = NULL;
  const AqItem *item;
  AqBucket bucket = { 0 };
  AqLimit limit;

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

/**
 * aq_bucket_to_value:
 * @self: a bucket
 * @limit: its definition
 *
 * The two ways to count have keys of their own: a limit that changes from one to
 * the other begins with all of its rate.
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
