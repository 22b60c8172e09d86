/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-verb.h"

G_BEGIN_DECLS

/* what a word that begins with a dash is, once another word was there before it */
typedef enum
{
  CTL_DASH_IS_OPTION,
  CTL_DASH_IS_WORD    /* but for the long options of the verb; "--" is kept as a word */
} CtlDash;

gboolean ctl_options_parse     (CtlContext          *context,
                                const CtlVerb       *verb,
                                const GOptionEntry  *entries,
                                CtlDash              dash,
                                const char * const  *arguments,
                                char              ***out_words,
                                GError             **error);
gboolean ctl_options_find_verb (const char * const  *arguments,
                                guint               *out_index);
char    *ctl_options_dup_help  (CtlContext          *context,
                                const char          *usage,
                                const char          *summary,
                                const char          *description,
                                const GOptionEntry  *entries);

G_END_DECLS
