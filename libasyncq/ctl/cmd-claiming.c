/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * claiming: whether the daemon begins jobs
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-switch.h"

#include <glib/gi18n.h>

static CtlExit
put_claiming (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  return ctl_switch_put (context, "Claiming", "claiming", TRUE, error); /* an older daemon always does */
}

static CtlExit
turn_on (CtlContext  *context,
         char       **words,
         gpointer     options,
         GError     **error)
{
  return ctl_exit_of_success (asyncq_client_set_claiming_sync (context->client, TRUE, NULL, error));
}

static CtlExit
turn_off (CtlContext  *context,
          char       **words,
          gpointer     options,
          GError     **error)
{
  return ctl_exit_of_success (asyncq_client_set_claiming_sync (context->client, FALSE, NULL, error));
}

static const CtlAction actions[] = {
  { "status", 0, 0, put_claiming },
  { "on", 0, 0, turn_on },
  { "off", 0, 0, turn_off },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  return ctl_action_run_plain (context, &ctl_verb_claiming, actions, arguments, error);
}

static const char *const action_words[] = { "status", "on", "off", NULL };

const CtlVerb ctl_verb_claiming = {
  .name = "claiming",
  .usage = N_("[on|off|status]"),
  .summary = N_("Begin no more jobs, or begin them again."),
  .description = N_("While it is off, jobs are taken in and wait; those that run go on. \"queue pause\"\n"
                    "does that for one queue.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl claiming off\n"
                    "  asyncqctl claiming status\n"),
  .words = action_words,
  .run = run,
};
