/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* which of @names somebody who wrote @word probably meant, or NULL */
const char *ctl_suggest (const char         *word,
                         const char * const *names);

G_END_DECLS
