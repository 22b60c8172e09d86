/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Draft list
 *
 * The one place that reads the entries of a Submit, from whoever they come.
 */

#include "config.h"

#include "core/aq-draft-list.h"

#include "core/aq-draft-edges.h"
#include "core/aq-draft-limits.h"
#include "core/aq-draft-entry.h"
#include "core/aq-draft-settings.h"
#include "core/aq-draft-unique.h"
#include "core/aq-draft-value.h"
#include "core/aq-name.h"
#include "core/aq-suggestion.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"

#include <stdlib.h>
#include <string.h>

static void
unref_value (gpointer value)
{
  g_variant_unref (value);
}

static AqDraftList *
list_new (gsize n_drafts)
{
  AqDraftList *self = g_new0 (AqDraftList, 1);

  self->drafts = g_new0 (AqDraft, n_drafts);
  self->n_drafts = n_drafts;
  self->values = g_ptr_array_new_with_free_func (unref_value);
  return self;
}

/* Returns: (nullable): the same text, owned by @self */
const char *
aq_draft_list_keep_text (AqDraftList *self,
                         const char  *text)
{
  GVariant *value;

  if (text == NULL)
    return NULL;
  value = g_variant_ref_sink (g_variant_new_string (text));
  g_ptr_array_add (self->values, value);
  return g_variant_get_string (value, NULL);
}

static gconstpointer
keep_bytes (AqDraftList   *self,
            gconstpointer  bytes,
            gsize          size)
{
  GVariant *value = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1));

  g_ptr_array_add (self->values, value);
  return g_variant_get_data (value);
}

static void
unref_settings (gpointer settings)
{
  aq_job_settings_unref (settings);
}

/* @settings: (transfer full) */
void
aq_draft_list_take_settings (AqDraftList   *self,
                             AqJobSettings *settings)
{
  if (self->settings == NULL)
    self->settings = g_ptr_array_new_with_free_func (unref_settings);
  g_ptr_array_add (self->settings, settings);
}

/**
 * aq_draft_list_copy:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 *
 * Returns: (transfer full): a list that needs nothing of what the drafts point into
 *
 * Since: 0.1
 */
AqDraftList *
aq_draft_list_copy (const AqDraft *drafts,
                    guint          n_drafts)
{
  AqDraftList *self = list_new (n_drafts);

  for (guint i = 0; i < n_drafts; i++)
    {
      AqDraft *draft = &self->drafts[i];

      *draft = drafts[i];
      draft->queue = aq_draft_list_keep_text (self, draft->queue);
      draft->function = aq_draft_list_keep_text (self, draft->function);
      draft->arguments_type = aq_draft_list_keep_text (self, draft->arguments_type);
      draft->arguments = keep_bytes (self, draft->arguments, draft->arguments_size);
      draft->object_type = aq_draft_list_keep_text (self, draft->object_type);
      draft->submit_key = aq_draft_list_keep_text (self, draft->submit_key);
      draft->unique_key = aq_draft_list_keep_text (self, draft->unique_key);
      if (draft->settings != NULL)
        aq_draft_list_take_settings (self, aq_job_settings_ref (draft->settings));
      aq_draft_edges_copy (draft, self->values);
    }
  return self;
}

void
aq_draft_list_free (AqDraftList *self)
{
  g_free (self->drafts);
  g_ptr_array_unref (self->values);
  g_clear_pointer (&self->settings, g_ptr_array_unref);
  g_clear_pointer (&self->choices, g_hash_table_unref);
  g_free (self);
}

static gboolean
read_queue (AqDraftEntry  *entry,
            const char    *key,
            GVariant      *value,
            GError       **error)
{
  AqDraft *draft = entry->draft;

  if (!aq_draft_get_string (key, value, &draft->queue, error))
    return FALSE;
  if (!aq_name_is_queue (draft->queue))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "'%s' cannot be the name of a queue: at most 128 of A-Z a-z 0-9 _ . - are wanted",
                            draft->queue);
  return TRUE;
}

static gboolean
read_submit_key (AqDraftEntry  *entry,
                 const char    *key,
                 GVariant      *value,
                 GError       **error)
{
  AqDraft *draft = entry->draft;

  if (!aq_draft_get_string (key, value, &draft->submit_key, error))
    return FALSE;
  if (*draft->submit_key == '\0')
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'submit-key' is empty");
  if (strlen (draft->submit_key) > AQ_MAX_KEY_BYTES)
    return aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE,
                            "'submit-key' has %" G_GSIZE_FORMAT " bytes, at most %d are taken",
                            strlen (draft->submit_key), AQ_MAX_KEY_BYTES);
  return TRUE;
}

static gboolean
read_priority (AqDraftEntry  *entry,
               const char    *key,
               GVariant      *value,
               GError       **error)
{
  gint64 number;

  if (!aq_draft_get_integer (key, value, 0, 255, &number, error))
    return FALSE;
  entry->draft->priority = number;
  return TRUE;
}

static gboolean
read_begin_after (AqDraftEntry  *entry,
                  const char    *key,
                  GVariant      *value,
                  GError       **error)
{
  return aq_draft_get_integer (key, value, 0, G_MAXINT64, &entry->draft->begin_after_usec, error);
}

static gboolean
read_arguments (AqDraftEntry  *entry,
                const char    *key,
                GVariant      *value,
                GError       **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_TUPLE) && !g_variant_is_of_type (value, G_VARIANT_TYPE ("av")))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'arguments' is of type '%s', a tuple or 'av' is wanted",
                            g_variant_get_type_string (value));
  entry->arguments = value;
  return TRUE;
}

static gboolean
read_named (AqDraftEntry  *entry,
            const char    *key,
            GVariant      *value,
            GError       **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'named' is of type '%s', 'a{sv}' is wanted",
                            g_variant_get_type_string (value));
  entry->named = value;
  return TRUE;
}

static gboolean
read_function (AqDraftEntry  *entry,
               const char    *key,
               GVariant      *value,
               GError       **error)
{
  return aq_draft_get_string (key, value, &entry->function, error);
}

static gboolean
read_factory (AqDraftEntry  *entry,
              const char    *key,
              GVariant      *value,
              GError       **error)
{
  return aq_draft_get_string (key, value, &entry->factory, error);
}

static gboolean
read_defer_check (AqDraftEntry  *entry,
                  const char    *key,
                  GVariant      *value,
                  GError       **error)
{
  return aq_draft_get_boolean (key, value, &entry->defer_check, error);
}

typedef struct
{
  const char  *key;
  AqDraftRead  read;
} Key;

/* sorted: a bulk submit looks up a million of them a second */
static const Key keys[] = {
  { "after", aq_draft_edges_read_key },
  { "after-jobs", aq_draft_edges_read_key },
  { "arguments", read_arguments },
  { "begin-after", read_begin_after },
  { "begin-by", aq_draft_settings_read_key },
  { "crash-limit", aq_draft_settings_read_key },
  { "defer-check", read_defer_check },
  { "delay", aq_draft_settings_read_key },
  { "factory", read_factory },
  { "failure-log-level", aq_draft_settings_read_key },
  { "function", read_function },
  { "kind", aq_draft_edges_read_key },
  { "limits", aq_draft_limits_read_key },
  { "named", read_named },
  { "object", aq_draft_settings_read_key },
  { "on", aq_draft_edges_read_key },
  { "parent", aq_draft_edges_read_key },
  { "parent-job", aq_draft_edges_read_key },
  { "priority", read_priority },
  { "queue", read_queue },
  { "retry", aq_draft_settings_read_key },
  { "role", aq_draft_edges_read_key },
  { "run-timeout", aq_draft_settings_read_key },
  { "submit-key", read_submit_key },
  { "tags", aq_draft_limits_read_key },
  { "total-timeout", aq_draft_settings_read_key },
  { "unique-arguments", aq_draft_unique_read_key },
  { "unique-conflict", aq_draft_unique_read_key },
  { "unique-key", aq_draft_unique_read_key },
  { "unique-period", aq_draft_unique_read_key },
  { "unique-scope", aq_draft_unique_read_key },
};

static int
compare_key (gconstpointer name,
             gconstpointer key)
{
  return strcmp (name, ((const Key *) key)->key);
}

static gboolean
read_key (AqDraftEntry  *entry,
          const char    *name,
          GVariant      *value,
          GError       **error)
{
  const Key *key = bsearch (name, keys, G_N_ELEMENTS (keys), sizeof (Key), compare_key);

  if (key == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is not a key of an entry", name);
  return key->read (entry, name, value, error);
}

static gboolean
check_call (const AqDraftEntry  *entry,
            GError             **error)
{
  gboolean is_call = entry->draft->kind == AQ_JOB_CALL;

  if (is_call && entry->function == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it names no function");
  if (!is_call && (entry->function != NULL || entry->arguments != NULL || entry->named != NULL))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a %s job has neither function nor arguments",
                            entry->edges.kind);
  return TRUE;
}

/* keeps the arguments alive, and points the draft at their bytes */
static gboolean
set_arguments (AqDraftEntry  *entry,
               GVariant      *tuple,
               GError       **error)
{
  AqDraft *draft = entry->draft;

  g_ptr_array_add (entry->list->values, tuple);
  if (!aq_value_check (tuple, AQ_MAX_ARGUMENTS_BYTES, error))
    {
      g_prefix_error (error, "its arguments are too large: ");
      return FALSE;
    }
  draft->arguments_type = g_variant_get_type_string (tuple);
  draft->arguments = g_variant_get_data (tuple);
  draft->arguments_size = g_variant_get_size (tuple);
  return TRUE;
}

/* A function that no plugin has yet: what was given is taken as it is. */
static gboolean
set_unchecked (AqDraftEntry  *entry,
               GError       **error)
{
  g_autoptr(GVariant) tuple = NULL;

  if (!aq_name_is_function (entry->function))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "'%s' cannot be the name of a function: PLUGIN.FUNCTION is wanted",
                            entry->function);
  if (entry->named != NULL && g_variant_n_children (entry->named) > 0)
    return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                            "there is no function '%s', so arguments cannot be given by name", entry->function);
  if (entry->arguments == NULL)
    tuple = g_variant_ref_sink (g_variant_new ("()"));
  else if (g_variant_is_of_type (entry->arguments, G_VARIANT_TYPE_TUPLE))
    tuple = g_variant_get_normal_form (entry->arguments);
  else
    return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                            "there is no function '%s', so its arguments must be a tuple",
                            entry->function);
  return set_arguments (entry, g_steal_pointer (&tuple), error);
}

/* which object there is, and of which type, is seen when it is put */
static gboolean
set_object (AqDraftEntry      *entry,
            const AqFunction  *function,
            GError           **error)
{
  if (function->object != NULL && entry->settings.object == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                            "function '%s' is to be bound to an object of type '%s', and none is given",
                            function->name, function->object);
  entry->draft->object_type = aq_draft_list_keep_text (entry->list, function->object);
  return TRUE;
}

static gboolean
set_call (AqDraftEntry          *entry,
          const AqDraftContext  *context,
          GError               **error)
{
  AqDraft *draft = entry->draft;
  const AqFunction *function = aq_function_table_lookup (context->functions, entry->function);
  guint n_open;
  GVariant *tuple;

  draft->function = entry->function;
  if (function == NULL && entry->defer_check)
    return set_unchecked (entry, error) && aq_draft_limits_set (entry, NULL, context, error) &&
           aq_draft_unique_set (entry, NULL, error);
  if (function == NULL)
    {
      const char *meant = aq_function_table_suggest (context->functions, entry->function);

      return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "there is no function '%s'%s%s%s",
                              entry->function,
                              meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                              meant != NULL ? "'?" : "");
    }
  if (!aq_draft_edges_set_function (draft, function, &n_open, error) || !set_object (entry, function, error))
    return FALSE;

  tuple = asyncq_signature_bind (function->signature, entry->arguments, entry->named, n_open, error);
  if (tuple == NULL)
    {
      g_prefix_error (error, "%s: ", entry->function);
      return FALSE;
    }
  return set_arguments (entry, tuple, error) && aq_draft_limits_set (entry, function, context, error) &&
         aq_draft_unique_set (entry, function, error);
}

static gboolean
is_given (GVariant   *dictionary,
          const char *key)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (dictionary, key, NULL);

  return value != NULL;
}

/* whether what the entry says takes the place of a key of the factory */
static gboolean
replaces (GVariant   *dictionary,
          const char *key)
{
  static const char * const pairs[][2] = {
    { "arguments", "named" }, { "begin-after", "delay" }, { "unique-key", "unique-arguments" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (g_str_equal (key, pairs[i][0]) || g_str_equal (key, pairs[i][1]))
      return is_given (dictionary, pairs[i][0]) || is_given (dictionary, pairs[i][1]);
  return is_given (dictionary, key);
}

/* Source: behaviour M2, M3: the template's own input where none is given. */
static gboolean
refuse_factory (const AqDraftEntry    *entry,
                const AqDraftContext  *context,
                GError               **error)
{
  AqSuggestion meant;
  GHashTableIter iter;
  gpointer name;

  aq_suggestion_init (&meant, entry->factory);
  if (context->factories != NULL)
    {
      g_hash_table_iter_init (&iter, context->factories);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        aq_suggestion_offer (&meant, name);
    }
  if (meant.best != NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FACTORY, "there is no factory '%s', did you mean '%s'?",
                            entry->factory, meant.best);
  return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FACTORY, "there is no factory '%s'", entry->factory);
}

static gboolean
add_factory (AqDraftEntry          *entry,
             GVariant              *dictionary,
             const AqDraftContext  *context,
             GError               **error)
{
  GVariant *template = context->factories != NULL ? g_hash_table_lookup (context->factories, entry->factory) : NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (entry->function != NULL || entry->edges.kind != NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it has a factory, so it names no function and no kind");
  if (template == NULL)
    return refuse_factory (entry, context, error);

  g_ptr_array_add (entry->list->values, g_variant_ref (template));
  g_variant_iter_init (&iter, template);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_ptr_array_add (entry->list->values, value);
      if (!replaces (dictionary, key) && !read_key (entry, key, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_entry (AqDraftEntry          *entry,
            GVariant              *dictionary,
            const AqDraftContext  *context,
            GError               **error)
{
  AqDraft *draft = entry->draft;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  draft->priority = AQ_DRAFT_NO_PRIORITY;
  draft->parent = AQ_DRAFT_NO_PARENT;
  g_variant_iter_init (&iter, dictionary);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_ptr_array_add (entry->list->values, value);
      if (!read_key (entry, key, value, error))
        return FALSE;
    }
  if (entry->factory != NULL && !add_factory (entry, dictionary, context, error))
    return FALSE;
  if (!aq_draft_edges_read (entry, error) || !check_call (entry, error) ||
      !aq_draft_settings_set (entry, context, error))
    return FALSE;
  if (draft->kind == AQ_JOB_CALL)
    return set_call (entry, context, error);
  return set_arguments (entry, g_variant_ref_sink (g_variant_new ("()")), error) &&
         aq_draft_limits_set (entry, NULL, context, error) && aq_draft_unique_set (entry, NULL, error);
}

/**
 * aq_draft_list_parse:
 * @entries: aa{sv}, in normal form; see org.asyncq.Manager1.Submit
 * @context: what can be called, and the other names that there are
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_NO_SUCH_FUNCTION`,
 * `ASYNCQ_ERROR_BAD_ARGUMENTS`, `ASYNCQ_ERROR_TOO_LARGE`,
 * `ASYNCQ_ERROR_NO_SUCH_POLICY`, `ASYNCQ_ERROR_NO_SUCH_FACTORY`; the message names
 * the entry, counted from 0.
 *
 * Returns: (transfer full): the drafts, or %NULL with @error set
 *
 * Since: 0.1
 */
AqDraftList *
aq_draft_list_parse (GVariant              *entries,
                     const AqDraftContext  *context,
                     GError               **error)
{
  gsize n_entries = g_variant_n_children (entries);
  g_autoptr(AqDraftList) self = NULL;

  if (n_entries > AQ_MAX_ENTRIES)
    {
      aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE, "%" G_GSIZE_FORMAT " entries are given, at most %d are taken",
                       n_entries,
                       AQ_MAX_ENTRIES);
      return NULL;
    }

  self = list_new (n_entries);
  g_ptr_array_add (self->values, g_variant_ref (entries));
  for (gsize i = 0; i < n_entries; i++)
    {
      g_autoptr(GVariant) dictionary = g_variant_get_child_value (entries, i);
      AqDraftEntry entry = { .list = self, .draft = &self->drafts[i] };

      if (!read_entry (&entry, dictionary, context, error))
        {
          g_prefix_error (error, "entry %" G_GSIZE_FORMAT ": ", i);
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

/**
 * aq_draft_list_parse_words:
 * @name: plugin.function
 * @words: (array zero-terminated=1): arguments as on the command line
 * @context: what can be called, and the other names that there are
 * @error: return location for an error
 *
 * Errors: those of aq_draft_list_parse(), without the entry.
 *
 * Returns: (transfer full): one draft, or %NULL with @error set
 *
 * Since: 0.1
 */
AqDraftList *
aq_draft_list_parse_words (const char            *name,
                           const char * const    *words,
                           const AqDraftContext  *context,
                           GError               **error)
{
  const AqFunction *function = aq_function_table_lookup (context->functions, name);
  g_autoptr(AqDraftList) self = list_new (1);
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;
  AqDraft *draft = &self->drafts[0];
  AqDraftEntry entry = { .list = self, .draft = draft, .function = name };

  if (function != NULL)
    {
      if (!asyncq_signature_parse_words (function->signature, words, 0, &positional, &named, error))
        {
          g_prefix_error (error, "%s: ", name);
          return NULL;
        }
      entry.arguments = positional;
      entry.named = named;
    }
  draft->priority = AQ_PRIORITY_DEFAULT;
  draft->parent = AQ_DRAFT_NO_PARENT;
  if (!aq_draft_settings_set (&entry, context, error) || !set_call (&entry, context, error))
    return NULL;
  /* the caller's string need not outlive this */
  g_ptr_array_add (self->values, g_variant_ref_sink (g_variant_new_string (name)));
  draft->function = g_variant_get_string (g_ptr_array_index (self->values, self->values->len - 1), NULL);
  return g_steal_pointer (&self);
}
