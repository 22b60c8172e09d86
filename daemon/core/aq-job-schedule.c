/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedule
 *
 * 1. A due time that is not behind `last_usec` is over. `last_usec` never
 *    decreases; it is stored with the job that was made for it.
 * 2. `next_usec` is the first due time behind `last_usec` that is still to be
 *    looked at. A clock that is set back brings none nearer that was dealt with.
 * 3. Of the due times up to now, catch-up says which make a job. A delay is
 *    counted from the run before: it is late at times, but misses nothing.
 * 4. A delay has no plan that a clock could bring back, so it does not wait for
 *    `last_usec`: where the clock was set back, it waits its length from then on.
 *
 * Source: behaviour M21 to M24, M27.
 */

#include "config.h"

#include "core/aq-job-schedule.h"

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_DESCRIPTION_BYTES 1024

static const char *const catch_up_words[] = { "none", "last", "all" };
static const char *const overlap_words[] = { "allow", "skip", "queue", "replace" };

G_STATIC_ASSERT (G_N_ELEMENTS (catch_up_words) == AQ_N_CATCH_UPS);
G_STATIC_ASSERT (G_N_ELEMENTS (overlap_words) == AQ_N_OVERLAPS);

const char *
aq_catch_up_to_string (AqCatchUp catch_up)
{
  return catch_up_words[catch_up];
}

const char *
aq_overlap_to_string (AqOverlap overlap)
{
  return overlap_words[overlap];
}

void
aq_job_schedule_free (AqJobSchedule *self)
{
  g_free (self->name);
  g_clear_pointer (&self->entry, g_variant_unref);
  g_free (self->kind);
  g_free (self->when);
  g_free (self->zone);
  g_free (self->description);
  g_clear_pointer (&self->calendar, aq_calendar_free);
  g_free (self->error);
  g_free (self->pause_reason);
  g_free (self);
}

/* reading what people say */

static gboolean
read_word (const char          *key,
           GVariant            *value,
           const char * const  *words,
           guint                n_words,
           guint               *out_index,
           GError             **error)
{
  const char *word = g_variant_get_string (value, NULL);
  g_autoptr(GString) choices = g_string_new (NULL);

  for (guint i = 0; i < n_words; i++)
    {
      if (g_str_equal (word, words[i]))
        {
          *out_index = i;
          return TRUE;
        }
      g_string_append_printf (choices, "%s'%s'", i == 0 ? "" : i + 1 < n_words ? ", " : " or ", words[i]);
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is '%.64s', %s is wanted", key, word, choices->str);
  return FALSE;
}

static gboolean
read_catch_up (AqJobSchedule  *self,
               const char  *key,
               GVariant    *value,
               GError     **error)
{
  guint index;

  if (!read_word (key, value, catch_up_words, AQ_N_CATCH_UPS, &index, error))
    return FALSE;
  self->catch_up = index;
  return TRUE;
}

static gboolean
read_overlap (AqJobSchedule  *self,
              const char  *key,
              GVariant    *value,
              GError     **error)
{
  guint index;

  if (!read_word (key, value, overlap_words, AQ_N_OVERLAPS, &index, error))
    return FALSE;
  self->overlap = index;
  return TRUE;
}

static gboolean
read_window (AqJobSchedule  *self,
             const char  *key,
             GVariant    *value,
             GError     **error)
{
  gint64 window_usec = g_variant_get_int64 (value);

  if (window_usec < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is %" G_GINT64_FORMAT ", it cannot be negative",
                   key, window_usec);
      return FALSE;
    }
  self->window_usec = window_usec;
  return TRUE;
}

static gboolean
read_entry (AqJobSchedule  *self,
            const char  *key,
            GVariant    *value,
            GError     **error)
{
  g_clear_pointer (&self->entry, g_variant_unref);
  self->entry = g_variant_ref (value);
  return TRUE;
}

static gboolean
read_paused (AqJobSchedule  *self,
             const char  *key,
             GVariant    *value,
             GError     **error)
{
  self->paused = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
read_description (AqJobSchedule  *self,
                  const char  *key,
                  GVariant    *value,
                  GError     **error)
{
  gsize n_bytes;
  const char *text = g_variant_get_string (value, &n_bytes);

  if (n_bytes > MAX_DESCRIPTION_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE, "'%s' has %" G_GSIZE_FORMAT " bytes, at most %d are taken",
                   key, n_bytes, MAX_DESCRIPTION_BYTES);
      return FALSE;
    }
  g_free (self->description);
  self->description = g_strdup (text);
  return TRUE;
}

static void
replace_text (char     **text,
              GVariant  *value)
{
  g_free (*text);
  *text = g_variant_dup_string (value, NULL);
}

static gboolean
read_calendar (AqJobSchedule  *self,
               const char  *key,
               GVariant    *value,
               GError     **error)
{
  if (g_str_equal (key, "kind"))
    replace_text (&self->kind, value);
  else if (g_str_equal (key, "when"))
    replace_text (&self->when, value);
  else
    replace_text (&self->zone, value);
  return TRUE;
}

static const struct
{
  const char *key;
  const char *type;
  gboolean  (*read) (AqJobSchedule  *self,
                     const char  *key,
                     GVariant    *value,
                     GError     **error);
} settings_keys[] = {
  { "catch-up", "s", read_catch_up },
  { "catch-up-window", "x", read_window },
  { "description", "s", read_description },
  { "entry", "a{sv}", read_entry },
  { "kind", "s", read_calendar },
  { "overlap", "s", read_overlap },
  { "paused", "b", read_paused },
  { "when", "s", read_calendar },
  { "zone", "s", read_calendar },
};

static gboolean
refuse_key (const char  *key,
            GError     **error)
{
  AqSuggestion meant;

  aq_suggestion_init (&meant, key);
  for (guint i = 0; i < G_N_ELEMENTS (settings_keys); i++)
    aq_suggestion_offer (&meant, settings_keys[i].key);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%.64s' is not a key of a schedule%s%s%s", key,
               meant.best != NULL ? "; did you mean '" : "", meant.best != NULL ? meant.best : "",
               meant.best != NULL ? "'?" : "");
  return FALSE;
}

static gboolean
read_setting (AqJobSchedule  *self,
              const char  *key,
              GVariant    *value,
              GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings_keys); i++)
    {
      if (!g_str_equal (key, settings_keys[i].key))
        continue;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE (settings_keys[i].type)))
        return settings_keys[i].read (self, key, value, error);
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' has the type '%s', '%s' is wanted", key,
                   g_variant_get_type_string (value), settings_keys[i].type);
      return FALSE;
    }
  return refuse_key (key, error);
}

static gboolean
read_settings (AqJobSchedule  *self,
               GVariant    *settings,
               GError     **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *item;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &item))
    {
      g_autoptr(GVariant) value = item;

      if (!read_setting (self, key, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
refuse_kind (const char  *kind,
             GError     **error)
{
  g_autoptr(GString) choices = g_string_new (NULL);

  for (guint i = 0; i < AQ_N_CALENDAR_KINDS; i++)
    g_string_append_printf (choices, "%s'%s'", i == 0 ? "" : i + 1 < AQ_N_CALENDAR_KINDS ? ", " : " or ",
                            aq_calendar_kind_to_string (i));
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'kind' is '%.64s', %s is wanted", kind, choices->str);
  return FALSE;
}

static gboolean
make_calendar (AqJobSchedule  *self,
               GError     **error)
{
  AqCalendarKind kind;

  if (!aq_calendar_kind_from_string (self->kind, &kind))
    return refuse_kind (self->kind, error);
  g_clear_pointer (&self->calendar, aq_calendar_free);
  self->calendar = aq_calendar_new (kind, self->when, self->zone, self->anchor_usec, error);
  self->is_delay = kind == AQ_CALENDAR_DELAY;
  return self->calendar != NULL;
}

static gboolean
check_due (AqJobSchedule  *self,
           GError     **error)
{
  if (self->next_usec != G_MAXINT64)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is never due%s", self->when,
               aq_calendar_next (self->calendar, -1) != G_MAXINT64 ? " again: its last time has passed" : "");
  return FALSE;
}

static AqJobSchedule *
schedule_new (const char *name)
{
  AqJobSchedule *self = g_new0 (AqJobSchedule, 1);

  self->name = g_strdup (name);
  self->zone = g_strdup ("UTC");
  self->catch_up = AQ_CATCH_UP_LAST;
  self->window_usec = AQ_SCHEDULE_DEFAULT_WINDOW_USEC;
  return self;
}

static gboolean
check_complete (AqJobSchedule  *self,
                GError     **error)
{
  const char *missing = NULL;

  if (self->entry == NULL)
    missing = "entry";
  else if (self->kind == NULL)
    missing = "kind";
  else if (self->when == NULL)
    missing = "when";
  if (missing == NULL)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a schedule wants the key '%s'", missing);
  return FALSE;
}

/**
 * aq_job_schedule_new:
 * @name: its name
 * @settings: a{sv}: see org.asyncq.Manager1.AddSchedule
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`; those of
 * aq_calendar_new().
 *
 * Returns: (transfer full): a schedule that is armed, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJobSchedule *
aq_job_schedule_new (const char  *name,
                 GVariant    *settings,
                 gint64       now_usec,
                 GError     **error)
{
  g_autoptr(AqJobSchedule) self = schedule_new (name);

  self->created_usec = now_usec;
  self->anchor_usec = now_usec - now_usec % G_USEC_PER_SEC; /* times that a person can read */
  if (!read_settings (self, settings, error) || !check_complete (self, error) || !make_calendar (self, error))
    return NULL;
  aq_job_schedule_arm (self, now_usec);
  return check_due (self, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * aq_job_schedule_new_for_preview:
 * @settings: a{sv}: "kind", "when" and "zone" as those of aq_job_schedule_new()
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 * @error: return location for an error
 *
 * Errors: those of aq_job_schedule_new().
 *
 * Returns: (transfer full): a schedule without a name and an entry, to be asked when
 *   it would be due; %NULL with @error set
 *
 * Since: 0.1
 */
AqJobSchedule *
aq_job_schedule_new_for_preview (GVariant  *settings,
                             gint64     now_usec,
                             GError   **error)
{
  GVariantDict dict;
  g_autoptr(GVariant) entry = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  g_autoptr(GVariant) complete = NULL;

  g_variant_dict_init (&dict, settings);
  g_variant_dict_insert_value (&dict, "entry", entry);
  complete = g_variant_ref_sink (g_variant_dict_end (&dict));
  return aq_job_schedule_new ("", complete, now_usec, error);
}

static gboolean
has_key (GVariant   *settings,
         const char *key)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (settings, key, NULL);

  return value != NULL;
}

/**
 * aq_job_schedule_change:
 * @self: a schedule
 * @settings: a{sv}: what becomes different
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 * @error: return location for an error; @self is of no use then
 *
 * Changes a schedule. If it is about its time, it is found out anew when it is due;
 * if not, a delay that has begun goes on.
 *
 * Errors: those of aq_job_schedule_new().
 * Source: behaviour M27.
 *
 * Returns: whether it was changed
 *
 * Since: 0.1
 */
gboolean
aq_job_schedule_change (AqJobSchedule  *self,
                    GVariant    *settings,
                    gint64       now_usec,
                    GError     **error)
{
  gboolean is_new_expression = has_key (settings, "kind") || has_key (settings, "when");

  if (has_key (settings, "paused"))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'paused' is not changed so: it has Pause and Resume");
      return FALSE;
    }
  if (is_new_expression)
    self->anchor_usec = now_usec - now_usec % G_USEC_PER_SEC;
  if (!read_settings (self, settings, error) || !make_calendar (self, error))
    return FALSE;
  if (!is_new_expression && !has_key (settings, "zone"))
    return TRUE;
  aq_job_schedule_arm (self, now_usec);
  return check_due (self, error);
}

/* to bytes and back */

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_time (GVariantBuilder *builder,
          const char      *key,
          gint64           usec)
{
  if (usec != 0)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_int64 (usec));
}

static void
add_count (GVariantBuilder *builder,
           const char      *key,
           guint64          n)
{
  if (n != 0)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (n));
}

/**
 * aq_job_schedule_to_value:
 * @self: a schedule
 *
 * Returns: (transfer full): a{sv}, sorted by key, as it is stored; floating
 *
 * Since: 0.1
 */
GVariant *
aq_job_schedule_to_value (AqJobSchedule *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_time (&builder, "anchor", self->anchor_usec);
  add_count (&builder, "before-job", self->before_job);
  add_text (&builder, "catch-up", catch_up_words[self->catch_up]);
  g_variant_builder_add (&builder, "{sv}", "catch-up-window", g_variant_new_int64 (self->window_usec));
  add_time (&builder, "created", self->created_usec);
  g_variant_builder_add (&builder, "{sv}", "created-by", g_variant_new_uint32 (self->created_by));
  add_text (&builder, "description", self->description);
  g_variant_builder_add (&builder, "{sv}", "entry", self->entry);
  add_text (&builder, "error", self->error);
  add_count (&builder, "failed", self->n_failed);
  add_text (&builder, "kind", self->kind);
  add_time (&builder, "last", self->last_usec);
  add_count (&builder, "last-job", self->last_job);
  add_time (&builder, "last-run", self->last_run_usec);
  g_variant_builder_add (&builder, "{sv}", "next", g_variant_new_int64 (self->next_usec));
  add_text (&builder, "overlap", overlap_words[self->overlap]);
  if (self->paused)
    {
      g_variant_builder_add (&builder, "{sv}", "paused", g_variant_new_boolean (TRUE));
      g_variant_builder_add (&builder, "{sv}", "paused-by", g_variant_new_uint32 (self->paused_by));
      add_time (&builder, "paused-since", self->paused_usec);
    }
  add_count (&builder, "queued", self->n_queued);
  add_text (&builder, "reason", self->paused ? self->pause_reason : NULL);
  add_count (&builder, "runs", self->n_runs);
  add_count (&builder, "skipped", self->n_skipped);
  add_text (&builder, "when", self->when);
  add_text (&builder, "zone", self->zone);
  return g_variant_builder_end (&builder);
}

static gboolean
is_setting (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings_keys); i++)
    if (g_str_equal (key, settings_keys[i].key))
      return TRUE;
  return FALSE;
}

static gboolean
read_stored_settings (AqJobSchedule  *self,
                      GVariant    *value,
                      GError     **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *item;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &item))
    {
      g_autoptr(GVariant) setting = item;

      if (is_setting (key) && !read_setting (self, key, setting, error))
        return FALSE;
    }
  return check_complete (self, error);
}

/**
 * aq_job_schedule_new_from_value:
 * @name: its name
 * @value: a{sv}: what aq_job_schedule_to_value() has made
 * @error: return location for an error
 *
 * Errors: those of aq_job_schedule_new(): a zone may be gone from the system.
 *
 * Returns: (transfer full): a schedule, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJobSchedule *
aq_job_schedule_new_from_value (const char  *name,
                            GVariant    *value,
                            GError     **error)
{
  g_autoptr(AqJobSchedule) self = schedule_new (name);

  (void) g_variant_lookup (value, "anchor", "x", &self->anchor_usec);
  if (!read_stored_settings (self, value, error) || !make_calendar (self, error))
    return NULL;
  self->next_usec = G_MAXINT64;
  (void) g_variant_lookup (value, "before-job", "t", &self->before_job);
  (void) g_variant_lookup (value, "created", "x", &self->created_usec);
  (void) g_variant_lookup (value, "created-by", "u", &self->created_by);
  (void) g_variant_lookup (value, "error", "s", &self->error);
  (void) g_variant_lookup (value, "failed", "t", &self->n_failed);
  (void) g_variant_lookup (value, "last", "x", &self->last_usec);
  (void) g_variant_lookup (value, "last-job", "t", &self->last_job);
  (void) g_variant_lookup (value, "last-run", "x", &self->last_run_usec);
  (void) g_variant_lookup (value, "next", "x", &self->next_usec);
  (void) g_variant_lookup (value, "paused-by", "u", &self->paused_by);
  (void) g_variant_lookup (value, "paused-since", "x", &self->paused_usec);
  (void) g_variant_lookup (value, "queued", "t", &self->n_queued);
  (void) g_variant_lookup (value, "reason", "s", &self->pause_reason);
  (void) g_variant_lookup (value, "runs", "t", &self->n_runs);
  (void) g_variant_lookup (value, "skipped", "t", &self->n_skipped);
  return g_steal_pointer (&self);
}
