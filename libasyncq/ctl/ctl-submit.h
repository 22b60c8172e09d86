/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-options.h"
#include "ctl-spec-options.h"
#include "ctl-verb.h"

G_BEGIN_DECLS

guint64 *ctl_submit       (CtlContext          *context,
                           const CtlVerb       *verb,
                           const char * const  *arguments,
                           gsize               *out_n_ids,
                           GError             **error);
/* FALSE also, without @error, where help was asked for and was given; @options is filled in */
gboolean ctl_submit_parse (CtlContext          *context,
                           const CtlVerb       *verb,
                           const char * const  *arguments,
                           CtlSpecOptions      *options,
                           char              ***out_words,
                           GError             **error);
/* @more: the verb's own options; one of them may take the place of one of those that submit has. @dash: no
 * arguments of a call need follow */
gboolean ctl_submit_parse_more (CtlContext          *context,
                                const CtlVerb       *verb,
                                const GOptionEntry  *more,
                                CtlDash              dash,
                                const char * const  *arguments,
                                CtlSpecOptions      *options,
                                char              ***out_words,
                                GError             **error);

G_END_DECLS
