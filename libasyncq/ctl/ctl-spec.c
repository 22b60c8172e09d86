/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls, from their words
 *
 * Words are read here, by the declared parameters, with the same code as the
 * daemon's; so a mistake is found before anything is sent.
 */

#include "config.h"

#include "ctl-spec.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- calls ---- */

/* @positional: NULL or a tuple; @named: NULL or a{sv} */
static void
add_arguments (AsyncqJobSpec *spec,
               GVariant      *positional,
               GVariant      *named)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (positional != NULL)
    {
      g_variant_iter_init (&iter, positional);
      while ((value = g_variant_iter_next_value (&iter)) != NULL)
        {
          asyncq_job_spec_add_argument (spec, value);
          g_variant_unref (value);
        }
    }
  if (named != NULL)
    {
      g_variant_iter_init (&iter, named);
      while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
        {
          asyncq_job_spec_set_argument (spec, name, value);
          g_variant_unref (value);
        }
    }
}

/* whether a word could name an argument, where nothing is declared; gives where its value begins */
static gboolean
looks_named (const char  *word,
             const char **out_value)
{
  gsize length = strcspn (word, "=");

  if (word[length] != '=' || length == 0 || g_ascii_isdigit (word[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (word[i]) && word[i] != '_')
      return FALSE;
  *out_value = word + length + 1;
  return TRUE;
}

/* a value of no declared type: GVariant text where it is that, else a string; not floating */
static GVariant *
guess_value (const char *text)
{
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, NULL);

  return value != NULL ? value : g_variant_ref_sink (g_variant_new_string (text));
}

/* for a plugin that comes later: its declaration is not known */
static void
add_undeclared (AsyncqJobSpec      *spec,
                const char * const *words)
{
  gboolean only_positional = FALSE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *value = NULL;

      if (!only_positional && g_str_equal (words[i], "--"))
        only_positional = TRUE;
      else if (!only_positional && looks_named (words[i], &value))
        {
          g_autofree char *name = g_strndup (words[i], value - words[i] - 1);
          g_autoptr(GVariant) guess = guess_value (value);

          asyncq_job_spec_set_argument (spec, name, guess);
        }
      else
        {
          g_autoptr(GVariant) guess = guess_value (words[i]);

          asyncq_job_spec_add_argument (spec, guess);
        }
    }
}

/* with @defer_check a function that nobody knows is not an error */
AsyncqJobSpec *
ctl_spec_of_words (CtlFunctions        *functions,
                   const char          *function,
                   const char * const  *words,
                   guint                n_open,
                   gboolean             defer_check,
                   GError             **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new (function);
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;
  g_autoptr(GVariant) bound = NULL;
  g_autoptr(GError) unknown = NULL;
  AsyncqFunctionInfo *info = ctl_functions_find (functions, function, &unknown);

  asyncq_job_spec_set_defer_check (spec, defer_check);
  if (info == NULL && defer_check)
    {
      add_undeclared (spec, words);
      return g_steal_pointer (&spec);
    }
  if (info == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&unknown));
      return NULL;
    }

  signature = asyncq_function_info_parse_signature (info, error);
  if (signature == NULL ||
      !asyncq_signature_parse_words (signature, words, n_open, &positional, &named, error) ||
      (bound = asyncq_signature_bind (signature, positional, named, n_open, error)) == NULL)
    {
      g_prefix_error (error, "%s: ", function);
      return NULL;
    }
  add_arguments (spec, positional, named);
  return g_steal_pointer (&spec);
}

/* the same, from one text: "pi.generate_sample size=1000" */
AsyncqJobSpec *
ctl_spec_of_line (CtlFunctions  *functions,
                  const char    *line,
                  guint          n_open,
                  gboolean       defer_check,
                  GError       **error)
{
  g_autoptr(GError) reason = NULL;
  g_auto(GStrv) words = NULL;

  if (!g_shell_parse_argv (line, NULL, &words, &reason))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: the first %s is a command line, the second what is wrong with it */
                   _("'%s' cannot be split into words: %s"), line, reason->message);
      return NULL;
    }
  return ctl_spec_of_words (functions, words[0], (const char *const *) words + 1, n_open,
                            defer_check, error);
}

/* what is left out is the factory's */
AsyncqJobSpec *
ctl_spec_of_factory (CtlFunctions        *functions,
                     const char          *factory,
                     const char          *function,
                     const char * const  *words,
                     GError             **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new_from_factory (factory);

  return ctl_spec_add_words (spec, functions, function, words, error) ? g_steal_pointer (&spec) : NULL;
}

gboolean
ctl_spec_add_words (AsyncqJobSpec       *spec,
                    CtlFunctions        *functions,
                    const char          *function,
                    const char * const  *words,
                    GError             **error)
{
  AsyncqFunctionInfo *info = ctl_functions_find (functions, function, error);
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;

  if (info == NULL)
    return FALSE;
  signature = asyncq_function_info_parse_signature (info, error);
  if (signature == NULL || !asyncq_signature_parse_words (signature, words, 0, &positional, &named, error))
    {
      g_prefix_error (error, "%s: ", function);
      return FALSE;
    }
  add_arguments (spec, positional, named);
  return TRUE;
}

gboolean
ctl_spec_read_edge (const char   *word,
                    AsyncqJobOn   otherwise,
                    guint64      *out_id,
                    AsyncqJobOn  *out_on,
                    GError      **error)
{
  const char *colon = strchr (word, ':');
  g_autofree char *id = colon != NULL ? g_strndup (word, (gsize) (colon - word)) : g_strdup (word);

  *out_on = otherwise;
  if (!ctl_parse_id (id, out_id, error))
    return FALSE;
  if (colon == NULL || asyncq_job_on_from_string (colon + 1, out_on))
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               /* TRANSLATORS: what was given; the words are not translated */
               _("'%s' makes no sense: after the colon comes success, failure or any"), word);
  return FALSE;
}
