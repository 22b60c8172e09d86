/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* what is done to one job; FALSE with @error set */
typedef gboolean (*CtlJobFunc) (CtlContext  *context,
                                guint64      id,
                                gpointer     user_data,
                                GError     **error);

/* (element-type guint64): all words up to the first @n_words, each the number of a job */
GArray   *ctl_jobs_read     (char       **words,
                             guint        n_words,
                             GError     **error);
/* each in turn; one that fails is complained about and does not keep the others back */
CtlExit   ctl_jobs_for_each (CtlContext  *context,
                             GArray      *ids,
                             CtlJobFunc   func,
                             gpointer     user_data);
G_END_DECLS
