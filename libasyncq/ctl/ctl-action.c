/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Verbs that are nouns: their first word says what is done
 */

#include "config.h"

#include "ctl-action.h"

#include "ctl-options.h"
#include "ctl-suggest.h"

#include <glib/gi18n.h>

static const CtlAction *
find_action (const CtlAction *actions,
             const char      *name)
{
  for (const CtlAction *action = actions; action->name != NULL; action++)
    if (g_str_equal (action->name, name))
      return action;
  return NULL;
}

static void
set_unknown (const CtlAction  *actions,
             const char       *noun,
             const char       *name,
             GError          **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (const CtlAction *action = actions; action->name != NULL; action++)
    g_ptr_array_add (names, (gpointer) action->name);
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (name, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: what was given, a noun of the command line, a word that it knows; not translated */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no '%s %s'; did you mean '%s'?"), noun, name, meant);
  else
    /* TRANSLATORS: a noun of the command line, and what was given; not translated */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no '%s %s'"), noun, name);
}

CtlExit
ctl_action_run (CtlContext       *context,
                const CtlAction  *actions,
                const char       *noun,
                char            **words,
                gpointer          options,
                GError          **error)
{
  const CtlAction *action = words[0] != NULL ? find_action (actions, words[0]) : actions;
  guint n_words = words[0] != NULL ? g_strv_length (words + 1) : 0;

  if (action == NULL)
    {
      set_unknown (actions, noun, words[0], error);
      return CTL_EXIT_USAGE;
    }
  if (n_words < action->n_min || n_words > action->n_max)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: two words of the command line, which are not translated */
                   n_words < action->n_min ? _("'%s %s' wants more words") : _("'%s %s' wants fewer words"), noun,
                   action->name);
      return CTL_EXIT_USAGE;
    }
  if (ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_ERROR;
  return action->run (context, words[0] != NULL ? words + 1 : words, options, error);
}

CtlExit
ctl_action_run_plain (CtlContext           *context,
                      const CtlVerb        *verb,
                      const CtlAction      *actions,
                      const char * const   *arguments,
                      GError              **error)
{
  g_auto(GStrv) words = NULL;

  if (!ctl_options_parse (context, verb, NULL, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  return ctl_action_run (context, actions, verb->name, words, NULL, error);
}
