/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * cancel: cancels jobs that have not begun
 */

#include "config.h"

#include "ctl-options.h"

#include <glib/gi18n.h>

/* every id is read before the first job is cancelled */
static GArray *
read_ids (char   **words,
          GError **error)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 id;

  if (words[0] == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted"));
      return NULL;
    }
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (!ctl_parse_id (words[i], &id, error))
        return NULL;
      g_array_append_val (ids, id);
    }
  return g_steal_pointer (&ids);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *why = NULL;
  g_autoptr(GArray) ids = NULL;
  AsyncqClient *client;
  CtlExit status = CTL_EXIT_OK;
  guint n_cancelled = 0;
  const GOptionEntry entries[] = {
    { "why", 0, 0, G_OPTION_ARG_STRING, &why, N_("The reason, which is kept with the job"), N_("TEXT") },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_cancel, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      (ids = read_ids (words, error)) == NULL || (client = ctl_context_connect (context, error)) == NULL)
    return CTL_EXIT_OK;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr(GError) reason = NULL;

      if (asyncq_client_cancel_sync (client, g_array_index (ids, guint64, i), why, NULL, &reason))
        {
          n_cancelled++;
          continue;
        }
      if (status == CTL_EXIT_OK)
        status = ctl_exit_of_error (reason);
      ctl_complain (reason);
    }
  return n_cancelled > 0 && n_cancelled < ids->len ? CTL_EXIT_PARTLY : status;
}

const CtlVerb ctl_verb_cancel = {
  .name = "cancel",
  .usage = N_("JOB…"),
  .summary = N_("Cancel jobs that have not begun."),
  .description = N_("A composite job is cancelled with all of its parts. The exit status is 7 if some\n"
                    "of several jobs could not be cancelled.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl cancel 30\n"
                    "  asyncqctl cancel 30 31 --why='sent by mistake'\n"),
  .run = run,
};
