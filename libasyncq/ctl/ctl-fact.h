/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* a line "   Label: text"; labels are aligned */
void ctl_fact_put (const char *label,
                   const char *format,
                   ...) G_GNUC_PRINTF (2, 3);
/* of sentences, which may need more than a line */
void ctl_fact_put_wrapped (const char *label,
                           const char *text);
/* goes on below the text of the one before, likewise */
void ctl_fact_put_more (const char *text);
/* lines NAME=VALUE of all that @settings, an a{sv}, have; or an object of JSON */
void ctl_fact_put_settings (CtlContext *context,
                            GVariant   *settings);

G_END_DECLS
