/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* waits for jobs and prints their results, in the order of @ids */
CtlExit ctl_wait (CtlContext     *context,
                  const guint64  *ids,
                  gsize           n_ids,
                  GError        **error);

G_END_DECLS
