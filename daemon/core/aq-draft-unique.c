/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Unique keys of drafts
 *
 * A key is given, or is made of the function and of some of its arguments, as
 * GVariant text; one that gets too long for that is a digest of it.
 */

#include "config.h"

#include "core/aq-draft-unique.h"

#include "core/aq-draft-value.h"
#include "core/aq-job-times.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

static gboolean
read_word (const char         *key,
           GVariant           *value,
           const char * const *words,
           guint              *out_index,
           GError            **error)
{
  g_autofree char *known = NULL;
  const char *word;

  if (!aq_draft_get_string (key, value, &word, error))
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (word, words[i]))
      {
        *out_index = i;
        return TRUE;
      }
  known = g_strjoinv (", ", (char **) words);
  return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is '%s', one of %s is wanted", key, word, known);
}

static gboolean
read_text (AqDraftEntry  *entry,
           const char    *key,
           GVariant      *value,
           GError       **error)
{
  AqDraft *draft = entry->draft;

  if (!aq_draft_get_string (key, value, &draft->unique_key, error))
    return FALSE;
  if (*draft->unique_key == '\0')
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is empty", key);
  if (strlen (draft->unique_key) > AQ_MAX_KEY_BYTES)
    return aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE, "'%s' has %" G_GSIZE_FORMAT " bytes, at most %d are taken",
                            key, strlen (draft->unique_key), AQ_MAX_KEY_BYTES);
  return TRUE;
}

/**
 * aq_draft_unique_read_key:
 * @entry: an entry
 * @key: one of those that aq-draft-list.c has this function for
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
aq_draft_unique_read_key (AqDraftEntry  *entry,
                          const char    *key,
                          GVariant      *value,
                          GError       **error)
{
  static const char * const scopes[] = { "waiting", "unfinished", "period", NULL };
  static const char * const conflicts[] = { "skip", "replace", "merge", NULL };
  AqDraftUnique *self = &entry->unique;

  self->is_given = TRUE;
  if (g_str_equal (key, "unique-key"))
    return read_text (entry, key, value, error);
  if (g_str_equal (key, "unique-scope"))
    {
      self->has_scope = TRUE;
      return read_word (key, value, scopes, &self->scope, error);
    }
  if (g_str_equal (key, "unique-conflict"))
    return read_word (key, value, conflicts, &self->conflict, error);
  if (g_str_equal (key, "unique-period"))
    return aq_draft_get_integer (key, value, 1, AQ_MAX_DELAY_USEC, &entry->draft->unique_period_usec, error);
  g_assert (g_str_equal (key, "unique-arguments"));
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', 'as' is wanted", key,
                            g_variant_get_type_string (value));
  self->arguments = value;
  return TRUE;
}

static gboolean
is_chosen (GVariant   *names,
           const char *name)
{
  GVariantIter iter;
  const char *candidate;

  if (g_variant_n_children (names) == 0)
    return TRUE;
  g_variant_iter_init (&iter, names);
  while (g_variant_iter_next (&iter, "&s", &candidate))
    if (g_str_equal (candidate, name))
      return TRUE;
  return FALSE;
}

static gboolean
check_names (GVariant          *names,
             const AqFunction  *function,
             GError           **error)
{
  guint n_parameters = asyncq_signature_get_n_parameters (function->signature);
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, names);
  while (g_variant_iter_next (&iter, "&s", &name))
    {
      guint i = 0;

      while (i < n_parameters && !g_str_equal (asyncq_signature_get_name (function->signature, i), name))
        i++;
      if (i == n_parameters)
        return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                                "'unique-arguments' names '%s', which is no parameter of '%s'", name, function->name);
    }
  return TRUE;
}

/* @function: NULL: it is not known, and all arguments count */
static char *
make_key (AqDraftEntry     *entry,
          const AqFunction *function)
{
  const AqDraft *draft = entry->draft;
  g_autoptr(GVariant) tuple = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (draft->arguments_type),
                                                                           draft->arguments, draft->arguments_size,
                                                                           TRUE, NULL, NULL));
  g_autoptr(GString) text = g_string_new (draft->function);
  g_autofree char *digest = NULL;

  g_string_append_c (text, '(');
  for (gsize i = 0; i < g_variant_n_children (tuple); i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (tuple, i);

      if (function != NULL &&
          !is_chosen (entry->unique.arguments, asyncq_signature_get_name (function->signature, i)))
        continue;
      g_variant_print_string (value, text, TRUE);
      g_string_append (text, ", ");
    }
  g_string_append_c (text, ')');
  if (text->len <= AQ_MAX_KEY_BYTES)
    return g_string_free (g_steal_pointer (&text), FALSE);
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text->str, text->len);
  return g_strdup_printf ("%s(%s)", draft->function, digest);
}

static gboolean
set_key (AqDraftEntry      *entry,
         const AqFunction  *function,
         GError           **error)
{
  g_autofree char *key = NULL;
  GVariant *names = entry->unique.arguments;

  if (entry->draft->kind != AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'unique-arguments' needs a function");
  if (function == NULL && g_variant_n_children (names) > 0)
    return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                            "there is no function '%s', so 'unique-arguments' cannot name any", entry->function);
  if (function != NULL && !check_names (names, function, error))
    return FALSE;
  key = make_key (entry, function);
  entry->draft->unique_key = aq_draft_list_keep_text (entry->list, key);
  return TRUE;
}

/**
 * aq_draft_unique_set:
 * @entry: an entry that was read, with its arguments
 * @function: (nullable): the function that it calls, where it is known
 * @error: return location for an error
 *
 * Gives the draft its unique key, if it is to have one.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_BAD_ARGUMENTS`,
 * `ASYNCQ_ERROR_NO_SUCH_FUNCTION`.
 *
 * Returns: whether the draft has what was asked for
 *
 * Since: 0.1
 */
gboolean
aq_draft_unique_set (AqDraftEntry      *entry,
                     const AqFunction  *function,
                     GError           **error)
{
  const AqDraftUnique *self = &entry->unique;
  AqDraft *draft = entry->draft;

  if (!self->is_given)
    return TRUE;
  if (draft->unique_key == NULL && self->arguments == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it has neither 'unique-key' nor 'unique-arguments'");
  if (draft->unique_key != NULL && self->arguments != NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'unique-key' and 'unique-arguments' exclude each other");
  if (draft->parent != AQ_DRAFT_NO_PARENT || draft->parent_job != 0)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a part or a callback of a job cannot have a unique key");
  draft->unique_scope = self->has_scope ? (AqUniqueScope) self->scope
                        : draft->unique_period_usec > 0 ? AQ_UNIQUE_PERIOD : AQ_UNIQUE_UNFINISHED;
  draft->unique_conflict = (AqUniqueConflict) self->conflict;
  if ((draft->unique_scope == AQ_UNIQUE_PERIOD) != (draft->unique_period_usec > 0))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "'unique-period' and the scope 'period' are wanted together or not at all");
  return draft->unique_key != NULL || set_key (entry, function, error);
}
