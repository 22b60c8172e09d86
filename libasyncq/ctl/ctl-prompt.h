/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* lines from standard input: on a terminal with a prompt, editing and a history, else as they come */
typedef struct _CtlPrompt CtlPrompt;

/* @line: without its end; NULL: no more come */
typedef void (*CtlPromptLine) (const char *line,
                               gpointer    user_data);

CtlPrompt *ctl_prompt_new  (const char    *prompt,
                            const char    *history,
                            CtlPromptLine  line,
                            gpointer       user_data);
void       ctl_prompt_free (CtlPrompt     *self);
void       ctl_prompt_hide (CtlPrompt     *self);
void       ctl_prompt_show (CtlPrompt     *self);

G_END_DECLS
