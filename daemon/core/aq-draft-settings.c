/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Settings of drafts
 *
 * A policy is looked up by name here, and goes with the job as its content: what
 * becomes of the name later does not touch the job. Drafts of one list that are
 * to be treated alike share their settings; a job that is to be treated as most
 * are has none.
 */

#include "config.h"

#include "core/aq-draft-settings.h"

#include "core/aq-draft-value.h"
#include "core/aq-job-times.h"
#include "core/aq-object.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_CRASH_LIMIT 100

static gboolean
read_level (AqDraftSettings  *self,
            const char       *key,
            GVariant         *value,
            GError          **error)
{
  static const struct
  {
    const char *word;
    guint       level;
  } levels[] = { { "debug", 7 }, { "info", 6 }, { "warning", 4 }, { "error", 3 }, { "critical", 2 } };
  const char *word;

  if (!aq_draft_get_string (key, value, &word, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_str_equal (word, levels[i].word))
      {
        self->failure_log_level = levels[i].level;
        return TRUE;
      }
  return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                          "'%s' is '%s', debug, info, warning, error or critical is wanted", key, word);
}

/**
 * aq_draft_settings_read_key:
 * @entry: an entry
 * @key: one of those that aq-draft-list.c has this function for
 * @value: its value
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it was read
 *
 * Since: 0.1
 */
gboolean
aq_draft_settings_read_key (AqDraftEntry  *entry,
                            const char    *key,
                            GVariant      *value,
                            GError       **error)
{
  AqDraftSettings *self = &entry->settings;
  gint64 number;

  if (g_str_equal (key, "retry"))
    return aq_draft_get_string (key, value, &self->retry, error);
  if (g_str_equal (key, "failure-log-level"))
    return read_level (self, key, value, error);
  if (g_str_equal (key, "object"))
    return aq_draft_get_string (key, value, &self->object, error) && aq_object_check_name (self->object, error);
  if (g_str_equal (key, "delay"))
    return aq_draft_get_integer (key, value, 0, AQ_MAX_DELAY_USEC, &entry->draft->delay_usec, error);
  if (g_str_equal (key, "begin-by"))
    {
      self->has_begin_by = TRUE;
      return aq_draft_get_integer (key, value, 0, AQ_MAX_DELAY_USEC, &self->begin_by_usec, error);
    }
  if (g_str_equal (key, "run-timeout"))
    return aq_draft_get_integer (key, value, 1, AQ_MAX_DELAY_USEC, &self->run_timeout_usec, error);
  if (g_str_equal (key, "total-timeout"))
    return aq_draft_get_integer (key, value, 1, AQ_MAX_DELAY_USEC, &self->total_timeout_usec, error);
  g_assert (g_str_equal (key, "crash-limit"));
  if (!aq_draft_get_integer (key, value, 1, MAX_CRASH_LIMIT, &number, error))
    return FALSE;
  self->crash_limit = number;
  return TRUE;
}

/* Returns: whether there is such a policy; %NULL is the one that the job has anyway */
static gboolean
choose_policy (const AqDraftEntry    *entry,
               const AqDraftContext  *context,
               AqRetryPolicy        **out_policy,
               GError               **error)
{
  gboolean is_callback = entry->draft->role == AQ_EDGE_CALLBACK;
  const char *queue = entry->draft->queue != NULL ? entry->draft->queue : context->queue;
  AqRetryPolicy *policy;

  if (entry->settings.retry != NULL)
    {
      policy = aq_retry_policies_find (context->policies, entry->settings.retry, error);
      if (policy == NULL)
        return FALSE;
    }
  else if (entry->factory != NULL)
    policy = aq_retry_policy_get_builtin ("m01");
  else if (is_callback || entry->draft->kind != AQ_JOB_CALL)
    policy = NULL;
  else
    policy = aq_retry_policies_get_default (context->policies, queue);
  if (policy == aq_retry_policy_get_builtin (is_callback ? "forever" : "common"))
    policy = NULL;
  *out_policy = policy;
  return TRUE;
}

static GVariant *
choice_to_value (const AqDraftChoice *choice)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (choice->begin_by_usec >= 0)
    g_variant_builder_add (&builder, "{sv}", "begin-by", g_variant_new_int64 (choice->begin_by_usec));
  if (choice->crash_limit > 0)
    g_variant_builder_add (&builder, "{sv}", "crash-limit", g_variant_new_uint32 (choice->crash_limit));
  if (choice->failure_log_level > 0)
    g_variant_builder_add (&builder, "{sv}", "failure-log-level", g_variant_new_uint32 (choice->failure_log_level));
  if (choice->object != NULL)
    g_variant_builder_add (&builder, "{sv}", "object", g_variant_new_string (choice->object));
  if (choice->policy != NULL)
    g_variant_builder_add (&builder, "{sv}", "retry", aq_retry_policy_to_value (choice->policy));
  if (choice->run_timeout_usec > 0)
    g_variant_builder_add (&builder, "{sv}", "run-timeout", g_variant_new_int64 (choice->run_timeout_usec));
  if (choice->total_timeout_usec > 0)
    g_variant_builder_add (&builder, "{sv}", "total-timeout", g_variant_new_int64 (choice->total_timeout_usec));
  return g_variant_builder_end (&builder);
}

static guint
hash_choice (gconstpointer choice)
{
  const guint32 *words = choice;
  guint hash = 5381;

  for (gsize i = 0; i < sizeof (AqDraftChoice) / sizeof (guint32); i++)
    hash = hash * 33 + words[i];
  return hash;
}

static gboolean
equal_choices (gconstpointer a,
               gconstpointer b)
{
  return memcmp (a, b, sizeof (AqDraftChoice)) == 0;
}

/* Returns: (nullable): settings that the list keeps */
static AqJobSettings *
get_settings (AqDraftList           *list,
              const AqDraftChoice   *choice,
              const AqDraftContext  *context,
              GError               **error)
{
  AqJobSettings *settings;

  if (list->choices == NULL)
    list->choices = g_hash_table_new_full (hash_choice, equal_choices, g_free, NULL);
  settings = g_hash_table_lookup (list->choices, choice);
  if (settings != NULL)
    return settings;
  settings = aq_job_settings_new_from_value (choice_to_value (choice), error);
  if (settings == NULL)
    return NULL;
  if (context->settings != NULL)
    settings = aq_job_settings_intern (settings, context->settings);
  aq_draft_list_take_settings (list, settings);
  g_hash_table_insert (list->choices, g_memdup2 (choice, sizeof (AqDraftChoice)), settings);
  return settings;
}

/**
 * aq_draft_settings_set:
 * @entry: an entry that was read, with its edges
 * @context: the names that there are
 * @error: return location for an error
 *
 * Gives the draft its settings. The policy is the entry's own, else its queue's;
 * that of a callback `forever`, and what a factory makes has `m01`.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_POLICY`, `ASYNCQ_ERROR_INVALID`.
 * Source: design, section 5, "Retry policies shipped".
 *
 * Returns: whether the draft has what was asked for
 *
 * Since: 0.1
 */
gboolean
aq_draft_settings_set (AqDraftEntry          *entry,
                       const AqDraftContext  *context,
                       GError               **error)
{
  const AqDraftSettings *self = &entry->settings;
  AqDraftChoice choice;

  if (entry->draft->delay_usec > 0 && entry->draft->begin_after_usec > 0)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'begin-after' and 'delay' exclude each other");
  /* it is compared byte by byte */
  memset (&choice, 0, sizeof choice);
  if (!choose_policy (entry, context, &choice.policy, error))
    return FALSE;
  if (self->object != NULL && entry->draft->kind != AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a %s job runs nothing that could be bound to an object",
                            entry->edges.kind);
  choice.object = self->object;
  choice.begin_by_usec = self->has_begin_by ? self->begin_by_usec : -1;
  choice.run_timeout_usec = self->run_timeout_usec;
  choice.total_timeout_usec = self->total_timeout_usec;
  choice.crash_limit = self->crash_limit;
  choice.failure_log_level = self->failure_log_level;
  if (choice.policy == NULL && choice.begin_by_usec < 0 && choice.run_timeout_usec == 0 &&
      choice.total_timeout_usec == 0 && choice.crash_limit == 0 && choice.failure_log_level == 0 && choice.object == NULL)
    return TRUE;
  entry->draft->settings = get_settings (entry->list, &choice, context, error);
  return entry->draft->settings != NULL;
}

/**
 * aq_draft_settings_add:
 * @entry: an entry whose draft has its settings
 * @more: a{sv}, consumed if it is floating: keys of settings
 * @context: the names that there are
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether the draft has these settings too
 *
 * Since: 0.1
 */
gboolean
aq_draft_settings_add (AqDraftEntry          *entry,
                       GVariant              *more,
                       const AqDraftContext  *context,
                       GError               **error)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (more);
  const AqJobSettings *old = entry->draft->settings;
  AqJobSettings *settings;
  GVariantDict dict;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_dict_init (&dict, old != NULL ? old->value : NULL);
  g_variant_iter_init (&iter, sunk);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (&dict, key, value);
  settings = aq_job_settings_new_from_value (g_variant_dict_end (&dict), error);
  if (settings == NULL)
    return FALSE;
  if (context->settings != NULL)
    settings = aq_job_settings_intern (settings, context->settings);
  aq_draft_list_take_settings (entry->list, settings);
  entry->draft->settings = settings;
  return TRUE;
}
