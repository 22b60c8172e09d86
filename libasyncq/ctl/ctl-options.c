/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Options and words of a command line
 *
 * GOption parses the options, but what is an option is decided here: after the
 * name of a function "-5" is an argument of the job. So options and words are
 * sorted first, and GOption gets the options alone.
 */

#include "config.h"

#include "ctl-options.h"

#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

static gboolean
on_json (const char  *name,
         const char  *value,
         gpointer     data,
         GError     **error)
{
  CtlContext *context = data;

  if (value == NULL)
    context->json = isatty (STDOUT_FILENO) ? CTL_JSON_PRETTY : CTL_JSON_SHORT;
  else if (g_str_equal (value, "short"))
    context->json = CTL_JSON_SHORT;
  else if (g_str_equal (value, "pretty"))
    context->json = CTL_JSON_PRETTY;
  else if (g_str_equal (value, "off"))
    context->json = CTL_JSON_OFF;
  else
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   /* TRANSLATORS: the first %s is an option, the second what was given for it */
                   _("%s=%s makes no sense: it is short, pretty or off"), name, value);
      return FALSE;
    }
  return TRUE;
}

static gboolean
on_color (const char  *name,
          const char  *value,
          gpointer     data,
          GError     **error)
{
  CtlContext *context = data;

  if (value == NULL || g_str_equal (value, "always"))
    context->color = CTL_COLOR_ALWAYS;
  else if (g_str_equal (value, "never"))
    context->color = CTL_COLOR_NEVER;
  else if (g_str_equal (value, "auto"))
    context->color = CTL_COLOR_AUTO;
  else
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   /* TRANSLATORS: the first %s is an option, the second what was given for it */
                   _("%s=%s makes no sense: it is auto, always or never"), name, value);
      return FALSE;
    }
  return TRUE;
}

static gboolean
on_timeout (const char  *name,
            const char  *value,
            gpointer     data,
            GError     **error)
{
  CtlContext *context = data;

  return ctl_parse_duration (value, &context->timeout_usec, error);
}

static gboolean
on_address (const char  *name,
            const char  *value,
            gpointer     data,
            GError     **error)
{
  CtlContext *context = data;

  g_free (context->address);
  context->address = g_strdup (value);
  return TRUE;
}

static gboolean
on_flag (const char  *name,
         const char  *value,
         gpointer     data,
         GError     **error)
{
  CtlContext *context = data;

  if (g_str_equal (name, "--no-legend"))
    context->no_legend = TRUE;
  else if (g_str_equal (name, "--help") || g_str_equal (name, "-h"))
    context->help = TRUE;
  else
    context->quiet = TRUE;
  return TRUE;
}

/* the callbacks get the context, which is the data of the group */
static const GOptionEntry common_entries[] = {
  { "address", 0, 0, G_OPTION_ARG_CALLBACK, on_address,
    N_("D-Bus address, or socket, of the daemon"), N_("ADDRESS") },
  { "json", 'j', G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_json,
    N_("Print JSON: short, pretty or off"), N_("HOW") },
  { "quiet", 'q', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, on_flag,
    N_("Print no results and no hints"), NULL },
  { "no-legend", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, on_flag,
    N_("Print no headings"), NULL },
  { "color", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_color,
    N_("Use colours: auto, always or never"), N_("WHEN") },
  { "timeout", 0, 0, G_OPTION_ARG_CALLBACK, on_timeout,
    N_("How long to wait at most, such as 90s or 1h30m"), N_("DURATION") },
  { "help", 'h', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, on_flag,
    N_("Show this help"), NULL },
  { NULL }
};

/* ---- sorting options from words ---- */

static const GOptionEntry *
find_in (const GOptionEntry *entries,
         const char         *option)
{
  gsize length = strcspn (option + 2, "=");

  for (const GOptionEntry *entry = entries; entry != NULL && entry->long_name != NULL; entry++)
    {
      if (option[1] == '-' && strlen (entry->long_name) == length &&
          strncmp (entry->long_name, option + 2, length) == 0)
        return entry;
      if (option[1] != '-' && option[1] == entry->short_name)
        return entry;
    }
  return NULL;
}

static const GOptionEntry *
find_entry (const GOptionEntry *entries,
            const char         *option)
{
  const GOptionEntry *entry = find_in (entries, option);

  return entry != NULL ? entry : find_in (common_entries, option);
}

static gboolean
takes_value (const GOptionEntry *entry)
{
  return entry != NULL && entry->arg != G_OPTION_ARG_NONE &&
         (entry->flags & (G_OPTION_FLAG_NO_ARG | G_OPTION_FLAG_OPTIONAL_ARG)) == 0;
}

/* whether the option's value is the next argument */
static gboolean
takes_next (const GOptionEntry *entry,
            const char         *option)
{
  if (!takes_value (entry))
    return FALSE;
  return option[1] == '-' ? strchr (option, '=') == NULL : option[2] == '\0';
}

/* an option in the one form that GOption reads whatever its value looks like: --name=value */
static char *
dup_option (const GOptionEntry *entry,
            const char         *option,
            const char         *next)
{
  if (!takes_value (entry))
    return g_strdup (option);
  if (next != NULL)
    return g_strdup_printf ("--%s=%s", entry->long_name, next);
  if (option[1] != '-' && option[2] != '\0')
    return g_strdup_printf ("--%s=%s", entry->long_name, option + 2);
  return g_strdup (option);
}

static void
sort_arguments (const GOptionEntry *entries,
                CtlDash             dash,
                const char * const *arguments,
                GPtrArray          *options,
                GPtrArray          *words)
{
  gboolean only_words = FALSE;

  for (guint i = 0; arguments[i] != NULL; i++)
    {
      const char *argument = arguments[i];
      gboolean is_word = only_words || argument[0] != '-' || argument[1] == '\0';
      const GOptionEntry *entry = is_word ? NULL : find_entry (entries, argument);

      if (!is_word && dash == CTL_DASH_IS_WORD && words->len > 0)
        is_word = argument[1] != '-' || entry == NULL;
      if (!only_words && g_str_equal (argument, "--"))
        {
          only_words = TRUE;
          is_word = dash == CTL_DASH_IS_WORD && words->len > 0;
          if (!is_word)
            continue;
        }

      if (is_word)
        g_ptr_array_add (words, g_strdup (argument));
      else if (takes_next (entry, argument) && arguments[i + 1] != NULL)
        g_ptr_array_add (options, dup_option (entry, argument, arguments[++i]));
      else
        g_ptr_array_add (options, dup_option (entry, argument, NULL));
    }
}

/* whether a verb is there; the options before it may be any verb's, so they are not judged */
gboolean
ctl_options_find_verb (const char * const *arguments,
                       guint              *out_index)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    {
      if (arguments[i][0] != '-' || g_str_equal (arguments[i], "-"))
        {
          *out_index = i;
          return TRUE;
        }
      if (takes_next (find_in (common_entries, arguments[i]), arguments[i]) && arguments[i + 1] != NULL)
        i++;
    }
  return FALSE;
}

/* ---- parsing ---- */

static GOptionContext *
make_parser (CtlContext         *context,
             const char         *usage,
             const GOptionEntry *entries)
{
  GOptionContext *parser = g_option_context_new (usage);
  GOptionGroup *group = g_option_group_new (NULL, NULL, NULL, context, NULL);

  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  if (entries != NULL)
    g_option_group_add_entries (group, entries);
  g_option_group_add_entries (group, common_entries);
  g_option_context_set_main_group (parser, group);
  g_option_context_set_help_enabled (parser, FALSE); /* GOption's would end the program */
  return parser;
}

char *
ctl_options_dup_help (CtlContext         *context,
                      const char         *usage,
                      const char         *summary,
                      const char         *description,
                      const GOptionEntry *entries)
{
  g_autoptr(GOptionContext) parser = make_parser (context, usage, entries);

  g_option_context_set_summary (parser, summary);
  g_option_context_set_description (parser, description);
  return g_option_context_get_help (parser, FALSE, NULL);
}

/* all that is sent is UTF-8, so a word that is not can only be a mistake */
static gboolean
check_words (GPtrArray  *words,
             GError    **error)
{
  for (guint i = 0; i < words->len; i++)
    if (!g_utf8_validate (g_ptr_array_index (words, i), -1, NULL))
      {
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("word %u is not UTF-8"), i + 1);
        return FALSE;
      }
  return TRUE;
}

static void
put_help (CtlContext         *context,
          const CtlVerb      *verb,
          const GOptionEntry *entries)
{
  g_autofree char *usage = g_strconcat (verb->name, " ", _(verb->usage), NULL);
  g_autofree char *help =
      ctl_options_dup_help (context, usage, _ (verb->summary), _ (verb->description), entries);

  g_print ("%s", help);
}

/* names and texts are constants; what a value would go to is forgotten when the verb returns */
static void
collect_entries (GArray             *wanted,
                 const GOptionEntry *entries)
{
  for (const GOptionEntry *entry = entries; entry != NULL && entry->long_name != NULL; entry++)
    if ((entry->flags & G_OPTION_FLAG_HIDDEN) == 0)
      g_array_append_val (wanted, *entry);
}

/*
 * Parses the options of a verb, which may stand among the words. Returns FALSE
 * with @error set, or without an error where help was asked for and was given;
 * then there is nothing more to do.
 */
gboolean
ctl_options_parse (CtlContext          *context,
                   const CtlVerb       *verb,
                   const GOptionEntry  *entries,
                   CtlDash              dash,
                   const char * const  *arguments,
                   char              ***out_words,
                   GError             **error)
{
  g_autoptr(GOptionContext) parser = make_parser (context, NULL, entries);
  g_autoptr(GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  g_auto(GStrv) vector = NULL;

  if (context->want_entries != NULL)
    {
      collect_entries (context->want_entries, entries);
      collect_entries (context->want_entries, common_entries);
      return FALSE;
    }
  g_ptr_array_add (options, g_strdup ("asyncqctl"));
  sort_arguments (entries, dash, arguments, options, words);
  if (!check_words (words, error))
    return FALSE;
  g_ptr_array_add (options, NULL);
  g_ptr_array_add (words, NULL);

  vector = (char **) g_ptr_array_free (g_steal_pointer (&options), FALSE);
  if (!g_option_context_parse_strv (parser, &vector, error))
    return FALSE;
  if (context->help)
    {
      put_help (context, verb, entries);
      return FALSE;
    }
  *out_words = (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
  return TRUE;
}
