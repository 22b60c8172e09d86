/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Verbs that do one thing to each of several jobs
 */

#include "config.h"

#include "ctl-jobs.h"

#include <glib/gi18n.h>

/* every number is read before anything is done to the first job */
GArray *
ctl_jobs_read (char   **words,
               guint    n_words,
               GError **error)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 id;

  for (guint i = 0; i < n_words && words[i] != NULL; i++)
    {
      if (!ctl_parse_id (words[i], &id, error))
        return NULL;
      g_array_append_val (ids, id);
    }
  if (ids->len == 0)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted"));
      return NULL;
    }
  return g_steal_pointer (&ids);
}

CtlExit
ctl_jobs_for_each (CtlContext *context,
                   GArray     *ids,
                   CtlJobFunc  func,
                   gpointer    user_data)
{
  CtlExit status = CTL_EXIT_OK;
  guint n_done = 0;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr(GError) reason = NULL;

      if (func (context, g_array_index (ids, guint64, i), user_data, &reason))
        {
          n_done++;
          continue;
        }
      if (status == CTL_EXIT_OK)
        status = ctl_exit_of_error (reason);
      ctl_complain (reason);
    }
  return n_done > 0 && n_done < ids->len ? CTL_EXIT_PARTLY : status;
}
