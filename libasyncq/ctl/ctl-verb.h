/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/*
 * One verb. Its function gets the words after the verb, options among them, and
 * returns the exit status; with @error set the status is that of the error.
 */
typedef struct
{
  const char *name;
  const char *usage;       /* what follows the name; marked for translation */
  const char *summary;     /* one line; marked for translation */
  const char *description; /* more, and examples; marked for translation */
  CtlExit   (*run) (CtlContext          *context,
                    const char * const  *arguments,
                    GError             **error);
} CtlVerb;

extern const CtlVerb ctl_verb_async;
extern const CtlVerb ctl_verb_call;
extern const CtlVerb ctl_verb_cancel;
extern const CtlVerb ctl_verb_clean;
extern const CtlVerb ctl_verb_functions;
extern const CtlVerb ctl_verb_get_property;
extern const CtlVerb ctl_verb_introspect;
extern const CtlVerb ctl_verb_list;
extern const CtlVerb ctl_verb_monitor;
extern const CtlVerb ctl_verb_run;
extern const CtlVerb ctl_verb_show;
extern const CtlVerb ctl_verb_status;
extern const CtlVerb ctl_verb_store;
extern const CtlVerb ctl_verb_submit;
extern const CtlVerb ctl_verb_wait;

G_END_DECLS
