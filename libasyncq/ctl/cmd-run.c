/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * run: stores a job, waits for it and prints its result
 */

#include "config.h"

#include "ctl-submit.h"
#include "ctl-wait.h"

#include <glib/gi18n.h>

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  gsize n_ids = 0;
  g_autofree guint64 *ids = ctl_submit (context, &ctl_verb_run, arguments, &n_ids, error);

  return ids != NULL ? ctl_wait (context, ids, n_ids, error) : CTL_EXIT_OK;
}

const CtlVerb ctl_verb_run = {
  .name = "run",
  .usage = N_("FUNCTION [WORD…]"),
  .summary = N_("Store a job, wait for it and print its result."),
  .description = N_("This is submit and wait in one. Ctrl-C ends the waiting; the job goes on.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl run pi.generate_sample size=100000\n"
                    "  asyncqctl run --parallel 'pi.generate_sample 1000000' \\\n"
                    "      'pi.generate_sample size=1000000' --postprocess pi.process_samples\n"),
  .completes = CTL_COMPLETES_CALL,
  .run = run,
};
