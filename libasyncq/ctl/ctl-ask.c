/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Asking people before much is changed, and showing them what is meant
 */

#include "config.h"

#include "ctl-ask.h"

#include "ctl-style.h"
#include "ctl-time.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

gboolean
ctl_ask_is_possible (void)
{
  return isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
}

gboolean
ctl_ask (const char *question)
{
  char answer[16] = "";

  g_printerr ("%s", question);
  if (fgets (answer, sizeof answer, stdin) == NULL)
    g_printerr ("\n");
  return *answer == 'y' || *answer == 'Y';
}

static void
show_sample (AsyncqJobInfo *job,
             gint64         now_usec)
{
  CtlStateStyle style = ctl_style_of_job (job, now_usec);
  g_autofree char *age = ctl_dup_age (now_usec - asyncq_job_info_get_created_usec (job));

  g_printerr ("  %" G_GUINT64_FORMAT "  %s %s  %s  %s\n", asyncq_job_info_get_id (job), style.sign, style.word,
              asyncq_job_info_get_function (job), age);
}

void
ctl_ask_show_samples (GPtrArray *jobs,
                      guint64    n_jobs)
{
  gint64 now_usec = g_get_real_time ();

  for (guint i = 0; i < jobs->len; i++)
    show_sample (g_ptr_array_index (jobs, i), now_usec);
  if (n_jobs > jobs->len)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, n_jobs - jobs->len);

      /* TRANSLATORS: %s stands for a number of jobs that are not shown; the sign is three dots */
      g_printerr (_("  … and %s more\n"), number);
    }
}
