/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-verb.h"

G_BEGIN_DECLS

/* what can be done with a noun: the word after "queue", "factory" and so on; there is a connection then */
typedef struct
{
  const char *name;
  guint       n_min; /* words after it */
  guint       n_max;
  CtlExit   (*run) (CtlContext  *context,
                    char       **words,
                    gpointer     options,
                    GError     **error);
} CtlAction;

/* @actions: the last has no name; the first is what is done where there is no word */
CtlExit ctl_action_run (CtlContext       *context,
                        const CtlAction  *actions,
                        const char       *noun,
                        char            **words,
                        gpointer          options,
                        GError          **error);

/* the same for a @verb that has no options of its own, and takes all @arguments */
CtlExit ctl_action_run_plain (CtlContext           *context,
                              const CtlVerb        *verb,
                              const CtlAction      *actions,
                              const char * const   *arguments,
                              GError              **error);

G_END_DECLS
