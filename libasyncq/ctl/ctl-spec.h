/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-functions.h"
#include "ctl-setting.h"

G_BEGIN_DECLS

/* a call; @n_open: how many parameters are filled in when it runs */
AsyncqJobSpec *ctl_spec_of_words   (CtlFunctions        *functions,
                                    const char          *function,
                                    const char * const  *words,
                                    guint                n_open,
                                    gboolean             defer_check,
                                    GError             **error);
AsyncqJobSpec *ctl_spec_of_line    (CtlFunctions        *functions,
                                    const char          *line,
                                    guint                n_open,
                                    gboolean             defer_check,
                                    GError             **error);
/* as a factory of the daemon has it; @function: what it calls */
AsyncqJobSpec *ctl_spec_of_factory (CtlFunctions        *functions,
                                    const char          *factory,
                                    const char          *function,
                                    const char * const  *words,
                                    GError             **error);
/* the arguments only: of a call whose others are there already */
gboolean       ctl_spec_add_words  (AsyncqJobSpec       *spec,
                                    CtlFunctions        *functions,
                                    const char          *function,
                                    const char * const  *words,
                                    GError             **error);
/* "30", "@30" or "30:failure": a job, and what of it is waited for */
gboolean       ctl_spec_read_edge  (const char          *word,
                                    AsyncqJobOn          otherwise,
                                    guint64             *out_id,
                                    AsyncqJobOn         *out_on,
                                    GError             **error);
/* (element-type AsyncqJobSpec): one or more */
GPtrArray     *ctl_spec_read_json  (CtlFunctions        *functions,
                                    const char          *text,
                                    gboolean             defer_check,
                                    GError             **error);

G_END_DECLS
