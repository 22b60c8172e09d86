/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* what "-" stands for: the default queue has no name */
const char *ctl_queue_of_word    (const char    *word);
const char *ctl_queue_to_word    (const char    *name);
/* of properties: "paused until 14:00:00 by 1000: sent twice", or NULL where it is not paused */
char       *ctl_queue_dup_pause  (GVariant      *properties);

G_END_DECLS
