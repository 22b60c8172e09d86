/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limits and tags of drafts
 *
 * Which instance of a template a job is under depends on its arguments, so it is
 * found when these are known. Whether there is such a limit says the put.
 */

#include "config.h"

#include "core/aq-draft-limits.h"

#include "core/aq-draft-settings.h"
#include "core/aq-draft-value.h"
#include "core/aq-limit-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_TAG_BYTES 64

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Returns: (transfer container): each once, sorted */
static GPtrArray *
sort_texts (GVariant *texts)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  GPtrArray *sorted = g_ptr_array_new ();
  GVariantIter iter;
  const char *text;

  g_variant_iter_init (&iter, texts);
  while (g_variant_iter_next (&iter, "&s", &text))
    g_ptr_array_add (all, (gpointer) text);
  g_ptr_array_sort (all, compare_texts);
  for (guint i = 0; i < all->len; i++)
    if (i == 0 || !g_str_equal (all->pdata[i - 1], all->pdata[i]))
      g_ptr_array_add (sorted, all->pdata[i]);
  return sorted;
}

static gboolean
is_tag (const char *text)
{
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("_.:@-", text[i]) == NULL)
      return FALSE;
  return length >= 1 && length <= MAX_TAG_BYTES;
}

static gboolean
check_tags (GVariant  *tags,
            GError   **error)
{
  g_autoptr(GPtrArray) sorted = sort_texts (tags);

  for (guint i = 0; i < sorted->len; i++)
    if (!is_tag (sorted->pdata[i]))
      return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                              "'%s' cannot be a tag: 1 to %d of A-Z a-z 0-9 _ . : @ - are wanted",
                              (const char *) sorted->pdata[i], MAX_TAG_BYTES);
  if (sorted->len > AQ_MAX_JOB_TAGS)
    return aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE, "%u tags are given, at most %d are taken", sorted->len,
                            AQ_MAX_JOB_TAGS);
  return TRUE;
}

static gboolean
check_type (const char  *key,
            GVariant    *value,
            GError     **error)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY) ||
         aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', 'as' is wanted", key,
                          g_variant_get_type_string (value));
}

/**
 * aq_draft_limits_check:
 * @names: what is given as limits of a job
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether they can be names of limits
 *
 * Since: 0.1
 */
gboolean
aq_draft_limits_check (GVariant  *names,
                       GError   **error)
{
  g_autoptr(GPtrArray) sorted = NULL;

  if (!check_type ("limits", names, error))
    return FALSE;
  sorted = sort_texts (names);
  for (guint i = 0; i < sorted->len; i++)
    if (!aq_limit_name_check (sorted->pdata[i], error))
      return FALSE;
  if (sorted->len > AQ_MAX_JOB_LIMITS)
    return aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE, "%u limits are given, at most %d are taken", sorted->len,
                            AQ_MAX_JOB_LIMITS);
  return TRUE;
}

/**
 * aq_draft_limits_read_key:
 * @entry: an entry
 * @key: "limits" or "tags"
 * @value: its value
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether it was read
 *
 * Since: 0.1
 */
gboolean
aq_draft_limits_read_key (AqDraftEntry  *entry,
                          const char    *key,
                          GVariant      *value,
                          GError       **error)
{
  if (g_str_equal (key, "tags"))
    {
      entry->tags = value;
      return check_type (key, value, error) && check_tags (value, error);
    }
  entry->limits = value;
  return aq_draft_limits_check (value, error);
}

/**
 * aq_draft_limits_expand:
 * @names: as: names of definitions, checked
 * @name: plugin.function
 * @function: (nullable): the function, where it is known
 * @arguments: a tuple: those of the job
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the argument that there is not.
 *
 * Returns: (transfer full): a(ss), sorted: each definition, and the instance of it
 *   that the job is under
 *
 * Since: 0.1
 */
GVariant *
aq_draft_limits_expand (GVariant          *names,
                        const char        *name,
                        const AqFunction  *function,
                        GVariant          *arguments,
                        GError           **error)
{
  g_autoptr(GPtrArray) definitions = sort_texts (names);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < definitions->len; i++)
    {
      const char *definition = g_ptr_array_index (definitions, i);
      g_autofree char *instance = aq_limit_name_expand (definition, name, function != NULL ? function->signature : NULL,
                                                        arguments, error);

      if (instance == NULL)
        {
          g_variant_builder_clear (&builder);
          return NULL;
        }
      g_variant_builder_add (&builder, "(ss)", definition, instance);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
tags_to_value (GVariant *tags)
{
  g_autoptr(GPtrArray) sorted = sort_texts (tags);

  return g_variant_new_strv ((const char * const *) sorted->pdata, sorted->len);
}

static GVariant *
expand_of_entry (AqDraftEntry      *entry,
                 const AqFunction  *function,
                 GError           **error)
{
  const AqDraft *draft = entry->draft;
  g_autoptr(GVariant) arguments = NULL;

  if (draft->kind != AQ_JOB_CALL)
    {
      aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a %s job runs nothing itself: give its members the limit",
                       entry->edges.kind);
      return NULL;
    }
  arguments = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (draft->arguments_type), draft->arguments,
                                                           draft->arguments_size, TRUE, NULL, NULL));
  return aq_draft_limits_expand (entry->limits, draft->function, function, arguments, error);
}

/**
 * aq_draft_limits_set:
 * @entry: an entry that was read, with its arguments and settings
 * @function: (nullable): the function that it calls, where it is known
 * @context: the names that there are
 * @error: return location for an error
 *
 * Adds limits and tags to the settings of the draft.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether the draft has what was asked for
 *
 * Since: 0.1
 */
gboolean
aq_draft_limits_set (AqDraftEntry          *entry,
                     const AqFunction      *function,
                     const AqDraftContext  *context,
                     GError               **error)
{
  gboolean has_limits = entry->limits != NULL && g_variant_n_children (entry->limits) > 0;
  gboolean has_tags = entry->tags != NULL && g_variant_n_children (entry->tags) > 0;
  g_autoptr(GVariant) limits = NULL;
  GVariantDict more;

  if (!has_limits && !has_tags)
    return TRUE;
  if (has_limits && (limits = expand_of_entry (entry, function, error)) == NULL)
    return FALSE;
  g_variant_dict_init (&more, NULL);
  if (limits != NULL)
    g_variant_dict_insert_value (&more, "limits", limits);
  if (has_tags)
    g_variant_dict_insert_value (&more, "tags", tags_to_value (entry->tags));
  return aq_draft_settings_add (entry, g_variant_dict_end (&more), context, error);
}
