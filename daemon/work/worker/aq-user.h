/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include <sys/types.h>

G_BEGIN_DECLS

/* another user than the daemon's, whom a worker becomes */
typedef struct
{
  gboolean found;
  uid_t    id;
  gid_t    group;
} AqUser;

gboolean aq_user_find   (AqUser        *self,
                         const char    *name,
                         GError       **error);
gboolean aq_user_become (const AqUser  *self,
                         GError       **error);

G_END_DECLS
