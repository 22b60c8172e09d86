/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Settings of a job
 *
 * A table of settings holds each value once. It looks for those that no job has
 * any more whenever its size reaches a power of two, so that it does not grow
 * with what once was there.
 */

#include "config.h"

#include "core/aq-job-settings.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_CRASH_LIMIT 100
/* a table that is smaller is not worth looking through */
#define MIN_SWEEP_SIZE 1024

const AqJobSettings aq_job_settings_default = { .begin_by_usec = -1 };

static gboolean
check_level (guint level)
{
  return level == 0 || level == 2 || level == 3 || level == 4 || level == 6 || level == 7;
}

static gboolean
read_retry (AqJobSettings  *self,
            GVariant       *value,
            GError        **error)
{
  g_autoptr(GVariant) boxed = g_variant_lookup_value (value, "retry", NULL);
  g_autoptr(GVariant) policy = NULL;

  if (boxed == NULL)
    return TRUE;
  policy = g_variant_is_of_type (boxed, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (boxed)
                                                                : g_variant_ref (boxed);
  if (!g_variant_is_of_type (policy, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the setting 'retry' is of type '%s', not a{sv}",
                   g_variant_get_type_string (policy));
      return FALSE;
    }
  self->retry = aq_retry_policy_new_from_value (policy, error);
  return self->retry != NULL;
}

static gboolean
read_numbers (AqJobSettings  *self,
              GVariant       *value,
              GError        **error)
{
  guint32 crash_limit = 0, level = 0;

  (void) g_variant_lookup (value, "begin-by", "x", &self->begin_by_usec);
  (void) g_variant_lookup (value, "run-timeout", "x", &self->run_timeout_usec);
  (void) g_variant_lookup (value, "total-timeout", "x", &self->total_timeout_usec);
  (void) g_variant_lookup (value, "crash-limit", "u", &crash_limit);
  (void) g_variant_lookup (value, "failure-log-level", "u", &level);
  self->crash_limit = crash_limit;
  self->failure_log_level = level;
  if (self->begin_by_usec >= -1 && self->run_timeout_usec >= 0 && self->total_timeout_usec >= 0 &&
      crash_limit <= MAX_CRASH_LIMIT && check_level (level))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a setting of a job is out of range");
  return FALSE;
}

static int
compare_words (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/**
 * aq_limit_names_are_equal:
 * @a: (array length=n_names): names
 * @b: (array length=n_names): names
 * @n_names: how many
 *
 * Names are interned, but GLib 2.74 forgets one as soon as some other reference-counted
 * string with the same text is freed; so two pointers say less than they should.
 *
 * Returns: whether they are the same limits
 *
 * Since: 0.1
 */
gboolean
aq_limit_names_are_equal (const AqLimitName *a,
                          const AqLimitName *b,
                          guint              n_names)
{
  for (guint i = 0; i < n_names; i++)
    if ((a[i].instance != b[i].instance && !g_str_equal (a[i].instance, b[i].instance)) ||
        (a[i].definition != b[i].definition && !g_str_equal (a[i].definition, b[i].definition)))
      return FALSE;
  return TRUE;
}

/* they come sorted, each once: who makes settings sees to it, and bytes from a disk are not believed */
static gboolean
read_tags (AqJobSettings  *self,
           GVariant       *value,
           GError        **error)
{
  g_autoptr(GVariant) tags = g_variant_lookup_value (value, "tags", G_VARIANT_TYPE_STRING_ARRAY);
  gsize n_tags = tags != NULL ? g_variant_n_children (tags) : 0;

  if (n_tags == 0)
    return TRUE;
  self->tags = g_variant_dup_strv (tags, NULL);
  for (gsize i = 1; i < n_tags; i++)
    if (strcmp (self->tags[i - 1], self->tags[i]) >= 0)
      n_tags = G_MAXSIZE;
  if (n_tags <= AQ_MAX_JOB_TAGS)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the tags of a job are too many, or not in order");
  return FALSE;
}

static gboolean
read_limits (AqJobSettings  *self,
             GVariant       *value,
             GError        **error)
{
  g_autoptr(GVariant) limits = g_variant_lookup_value (value, "limits", G_VARIANT_TYPE ("a(ss)"));
  gsize n_limits = limits != NULL ? g_variant_n_children (limits) : 0;
  gboolean in_order = TRUE;

  if (n_limits == 0)
    return TRUE;
  if (n_limits <= AQ_MAX_JOB_LIMITS)
    self->limits = g_new0 (AqLimitName, n_limits);
  for (; self->limits != NULL && self->n_limits < n_limits; self->n_limits++)
    {
      AqLimitName *limit = &self->limits[self->n_limits];
      const char *definition, *instance;
      int order = -1;

      g_variant_get_child (limits, self->n_limits, "(&s&s)", &definition, &instance);
      limit->definition = g_ref_string_new_intern (definition);
      limit->instance = g_ref_string_new_intern (instance);
      if (self->n_limits > 0)
        order = strcmp (limit[-1].definition, definition);
      if (order == 0)
        order = strcmp (limit[-1].instance, instance);
      in_order = in_order && order < 0;
    }
  if (self->limits != NULL && in_order)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the limits of a job are too many, or not in order");
  return FALSE;
}

/* what was given in any order is one value, with one serialised form */
static GVariant *
sort_by_key (GVariant *value)
{
  g_autoptr(GPtrArray) keys = g_ptr_array_new ();
  GVariantBuilder builder;
  g_autoptr(GVariant) sorted = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *unused;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &unused))
    g_ptr_array_add (keys, (gpointer) key);
  g_ptr_array_sort (keys, compare_words);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < keys->len; i++)
    {
      g_autoptr(GVariant) item = NULL;

      if (i > 0 && g_str_equal (keys->pdata[i], keys->pdata[i - 1]))
        continue;
      item = g_variant_lookup_value (value, keys->pdata[i], NULL);
      g_variant_builder_add (&builder, "{sv}", keys->pdata[i], item);
    }
  sorted = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_get_normal_form (sorted);
}

/**
 * aq_job_settings_new_from_value:
 * @value: a{sv}, see the header; consumed if it is floating
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): the settings, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJobSettings *
aq_job_settings_new_from_value (GVariant  *value,
                                GError   **error)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (value);
  g_autoptr(AqJobSettings) self = g_new0 (AqJobSettings, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->begin_by_usec = -1;
  if (!g_variant_is_of_type (sunk, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "settings of a job are of type '%s', not a{sv}",
                   g_variant_get_type_string (sunk));
      return NULL;
    }
  if (!read_retry (self, sunk, error) || !read_numbers (self, sunk, error) || !read_tags (self, sunk, error) ||
      !read_limits (self, sunk, error))
    return NULL;
  (void) g_variant_lookup (sunk, "object", "s", &self->object);
  self->value = sort_by_key (sunk);
  return g_steal_pointer (&self);
}

AqJobSettings *
aq_job_settings_ref (AqJobSettings *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_job_settings_unref (AqJobSettings *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->retry, aq_retry_policy_unref);
  g_strfreev (self->tags);
  for (guint i = 0; i < self->n_limits; i++)
    {
      g_ref_string_release (self->limits[i].definition);
      g_ref_string_release (self->limits[i].instance);
    }
  g_free (self->limits);
  g_free (self->object);
  g_clear_pointer (&self->value, g_variant_unref);
  g_free (self);
}

static guint
hash_value (gconstpointer data)
{
  GVariant *value = (GVariant *) data;
  const guchar *bytes = g_variant_get_data (value);
  gsize size = g_variant_get_size (value);
  guint hash = 5381;

  for (gsize i = 0; i < size; i++)
    hash = hash * 33 + bytes[i];
  return hash;
}

static gboolean
equal_values (gconstpointer a,
              gconstpointer b)
{
  GVariant *x = (GVariant *) a;
  GVariant *y = (GVariant *) b;
  gsize size = g_variant_get_size (x);

  /* the data of an empty value is NULL */
  return size == g_variant_get_size (y) &&
         (size == 0 || memcmp (g_variant_get_data (x), g_variant_get_data (y), size) == 0);
}

static void
free_settings (gpointer settings)
{
  aq_job_settings_unref (settings);
}

GHashTable *
aq_job_settings_table_new (void)
{
  /* the key is the settings' own value */
  return g_hash_table_new_full (hash_value, equal_values, NULL, free_settings);
}

static gboolean
is_unused (gpointer key,
           gpointer settings,
           gpointer unused)
{
  return g_atomic_ref_count_compare (&((AqJobSettings *) settings)->ref_count, 1);
}

/**
 * aq_job_settings_intern:
 * @self: (transfer full): settings
 * @table: from aq_job_settings_table_new()
 *
 * Returns: (transfer full): the settings of @table that are equal to @self
 *
 * Since: 0.1
 */
AqJobSettings *
aq_job_settings_intern (AqJobSettings *self,
                        GHashTable    *table)
{
  AqJobSettings *known = g_hash_table_lookup (table, self->value);
  guint size = g_hash_table_size (table);

  if (known != NULL)
    {
      /* @self may be the very one of the table: hold it before letting go */
      aq_job_settings_ref (known);
      aq_job_settings_unref (self);
      return known;
    }
  if (size >= MIN_SWEEP_SIZE && (size & (size - 1)) == 0)
    g_hash_table_foreach_remove (table, is_unused, NULL);
  g_hash_table_insert (table, self->value, aq_job_settings_ref (self));
  return self;
}
