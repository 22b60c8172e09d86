/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * scheduling: whether schedules make jobs
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-switch.h"

#include <glib/gi18n.h>

static CtlExit
put_scheduling (CtlContext  *context,
                char       **words,
                gpointer     options,
                GError     **error)
{
  return ctl_switch_put (context, "Scheduling", "scheduling", FALSE, error); /* an older daemon has no schedules */
}

static CtlExit
turn_on (CtlContext  *context,
         char       **words,
         gpointer     options,
         GError     **error)
{
  return ctl_exit_of_success (asyncq_client_set_scheduling_sync (context->client, TRUE, NULL, error));
}

static CtlExit
turn_off (CtlContext  *context,
          char       **words,
          gpointer     options,
          GError     **error)
{
  return ctl_exit_of_success (asyncq_client_set_scheduling_sync (context->client, FALSE, NULL, error));
}

static CtlExit
schedule_next (CtlContext  *context,
               char       **words,
               gpointer     options,
               GError     **error)
{
  guint64 id;

  if (!asyncq_client_schedule_next_sync (context->client, &id, NULL, error))
    return CTL_EXIT_ERROR;
  if (id != 0)
    ctl_put ("%" G_GUINT64_FORMAT "\n", id);
  else if (!context->quiet)
    g_printerr (_("asyncqctl: no schedule is due\n"));
  return CTL_EXIT_OK;
}

static const CtlAction actions[] = {
  { "status", 0, 0, put_scheduling },
  { "on", 0, 0, turn_on },
  { "off", 0, 0, turn_off },
  { "next", 0, 0, schedule_next },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  return ctl_action_run_plain (context, &ctl_verb_scheduling, actions, arguments, error);
}

static const char *const action_words[] = { "status", "on", "off", "next", NULL };

const CtlVerb ctl_verb_scheduling = {
  .name = "scheduling",
  .usage = N_("[on|off|next|status]"),
  .summary = N_("Let schedules make no more jobs, or let them again."),
  .description = N_("While it is off, no schedule makes a job by itself; jobs are begun all the same.\n"
                    "When it is on again, what was due is made up as each schedule says. \"next\" has\n"
                    "the schedule that was due first make its job, also while it is off.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl scheduling off\n"
                    "  asyncqctl scheduling next\n"),
  .words = action_words,
  .run = run,
};
