/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Arguments from the words of a command line
 *
 * asyncqctl and the daemon's SubmitWords share this code, so that a line means
 * the same wherever it is read.
 */

#include "config.h"

#include "asyncq-signature.h"

#include "asyncq-error.h"
#include "asyncq-signature-private.h"

#include <string.h>

#define JOB_PATH_PREFIX "/org/asyncq/jobs/"

/* an object path may be given without quotes, and a job's as @ID */
static GVariant *
read_object_path (const char *word)
{
  g_autofree char *path = NULL;

  if (g_variant_is_object_path (word))
    return g_variant_ref_sink (g_variant_new_object_path (word));
  if (word[0] != '@' || word[1] == '\0' || strlen (word + 1) != strspn (word + 1, "0123456789") ||
      !g_ascii_string_to_unsigned (word + 1, 10, 1, G_MAXUINT64, NULL, NULL))
    return NULL;
  path = g_strconcat (JOB_PATH_PREFIX, word + 1, NULL);
  return g_variant_ref_sink (g_variant_new_object_path (path));
}

/* what somebody probably meant by a word that cannot be read */
static char *
dup_hint (AsyncqSignature    *self,
          const GVariantType *type,
          const char         *word,
          guint               n_open)
{
  const char *equals = strchr (word, '=');
  gboolean could_be_name = equals != NULL && equals != word;

  for (const char *p = word; could_be_name && p < equals; p++)
    could_be_name = *p == '_' || g_ascii_isalpha (*p) || (p > word && g_ascii_isdigit (*p));
  if (could_be_name)
    {
      g_autofree char *names = _asyncq_signature_dup_names (self, n_open);

      return g_strdup_printf ("; '%.*s' is not a parameter: %s", (int) (equals - word), word, names);
    }
  if (g_variant_type_equal (type, G_VARIANT_TYPE_VARIANT))
    return g_strdup_printf ("; a string needs quotes of its own: \"'%s'\"", word);
  return g_strdup ("");
}

static GVariant *
read_word (AsyncqSignature  *self,
           guint             index,
           const char       *word,
           guint             n_open,
           GError          **error)
{
  AsyncqParameter *parameter = _asyncq_signature_get (self, index);
  gboolean any = g_variant_type_equal (parameter->type, G_VARIANT_TYPE_VARIANT);
  g_autoptr(GError) parse_error = NULL;
  g_autofree char *hint = NULL;
  GVariant *value;

  if (!g_utf8_validate (word, -1, NULL))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "argument %u, '%s', is not UTF-8", index + 1, parameter->name);
      return NULL;
    }
  if (g_variant_type_equal (parameter->type, G_VARIANT_TYPE_STRING))
    return g_variant_ref_sink (g_variant_new_string (word));
  if (g_variant_type_equal (parameter->type, G_VARIANT_TYPE_OBJECT_PATH))
    {
      value = read_object_path (word);
      if (value != NULL)
        return value;
    }

  value = g_variant_parse (any ? NULL : parameter->type, word, NULL, NULL, &parse_error);
  if (value != NULL)
    return g_variant_take_ref (value);

  hint = dup_hint (self, parameter->type, word, n_open);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
               "argument %u, '%s': \"%s\" is not GVariant text of %s%.*s%s: %s%s", index + 1,
               parameter->name, word, any ? "any type" : "type '",
               any ? 0 : (int) g_variant_type_get_string_length (parameter->type),
               g_variant_type_peek_string (parameter->type), any ? "" : "'",
               _asyncq_parse_error_reason (parse_error), hint);
  return NULL;
}

static gboolean
add_named (AsyncqSignature  *self,
           guint             index,
           const char       *word,
           guint             n_open,
           GVariantDict     *named,
           GError          **error)
{
  const char *name = _asyncq_signature_get (self, index)->name;
  g_autoptr(GVariant) value = NULL;

  if (index >= self->parameters->len - n_open)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "argument '%s' cannot be given; it is filled in when the job runs", name);
      return FALSE;
    }
  if (g_variant_dict_contains (named, name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS, "argument '%s' is given twice", name);
      return FALSE;
    }
  value = read_word (self, index, word, n_open, error);
  if (value == NULL)
    return FALSE;
  g_variant_dict_insert_value (named, name, value);
  return TRUE;
}

static gboolean
add_positional (AsyncqSignature  *self,
                const char       *word,
                guint             n_open,
                GPtrArray        *positional,
                GError          **error)
{
  GVariant *value = read_word (self, positional->len, word, n_open, error);

  if (value == NULL)
    return FALSE;
  g_ptr_array_add (positional, value);
  return TRUE;
}

/* which words are positional is settled first, so that too many are counted before one is read */
static gboolean
check_number (AsyncqSignature  *self,
              guint             n_positional,
              guint             n_open,
              GError          **error)
{
  guint n_parameters = self->parameters->len - n_open;

  if (n_positional <= n_parameters)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
               "%u arguments given, at most %u %s taken", n_positional, n_parameters,
               n_parameters == 1 ? "is" : "are");
  return FALSE;
}

/* the index of the parameter that a word names, or -1 where it names none */
static int
find_named (AsyncqSignature *self,
            const char      *word)
{
  const char *equals = strchr (word, '=');

  return equals != NULL ? _asyncq_signature_find (self, word, equals - word) : -1;
}

/**
 * asyncq_signature_parse_words:
 * @self: a signature
 * @words: (array zero-terminated=1): words as on a command line
 * @n_open: how many parameters at the end are left out, because they are filled
 *   in later
 * @out_positional: (out) (transfer full) (nullable): a tuple of the positional
 *   arguments, or %NULL where there are none
 * @out_named: (out) (transfer full) (nullable): a dictionary `a{sv}` of the named
 *   ones, or %NULL where there are none
 * @error: return location for an error
 *
 * Reads words as arguments. A word is a named argument if the text before its
 * first `=` is the name of a parameter; after a word `--` all are positional. A
 * parameter of type `s` takes the word as it is, every other type takes GVariant
 * text; type `o` also takes a path without quotes, and `@30` for the job 30.
 *
 * The values are for [method@Signature.bind], which also finds missing ones.
 *
 * Errors: `ASYNCQ_ERROR_BAD_ARGUMENTS`; the message names the parameter.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_signature_parse_words (AsyncqSignature     *self,
                              const char * const  *words,
                              guint                n_open,
                              GVariant           **out_positional,
                              GVariant           **out_named,
                              GError             **error)
{
  g_autoptr(GPtrArray) plain = g_ptr_array_new ();
  g_autoptr(GPtrArray) positional = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_auto(GVariantDict) named = G_VARIANT_DICT_INIT (NULL);
  gboolean only_positional = FALSE;
  guint n_named = 0;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (words != NULL, FALSE);
  g_return_val_if_fail (out_positional != NULL && out_named != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  n_open = MIN (n_open, self->parameters->len);
  for (guint i = 0; words[i] != NULL; i++)
    {
      int index = only_positional ? -1 : find_named (self, words[i]);

      if (!only_positional && g_str_equal (words[i], "--"))
        only_positional = TRUE;
      else if (index < 0)
        g_ptr_array_add (plain, (gpointer) words[i]);
      else if (!add_named (self, (guint) index, strchr (words[i], '=') + 1, n_open, &named, error))
        return FALSE;
      else
        n_named++;
    }

  if (!check_number (self, plain->len, n_open, error))
    return FALSE;
  for (guint i = 0; i < plain->len; i++)
    if (!add_positional (self, g_ptr_array_index (plain, i), n_open, positional, error))
      return FALSE;

  *out_positional = positional->len == 0 ? NULL :
    g_variant_ref_sink (g_variant_new_tuple ((GVariant **) positional->pdata, positional->len));
  *out_named = n_named == 0 ? NULL : g_variant_ref_sink (g_variant_dict_end (&named));
  return TRUE;
}
