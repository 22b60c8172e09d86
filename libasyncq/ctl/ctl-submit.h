/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-verb.h"

G_BEGIN_DECLS

guint64 *ctl_submit (CtlContext          *context,
                     const CtlVerb       *verb,
                     const char * const  *arguments,
                     gsize               *out_n_ids,
                     GError             **error);

G_END_DECLS
