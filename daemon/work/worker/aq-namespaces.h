/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-function-options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* what a process has for itself alone */
typedef struct
{
  gboolean user;      /* a namespace of users was needed for the others */
  gboolean ipc;
  gboolean network;
  gboolean tmp;       /* /tmp and /var/tmp are its own folder, /dev/shm is empty */
  gboolean read_only; /* all but where it may write is mounted so */
} AqNamespaces;

gboolean aq_namespaces_enter (AqNamespaces     *self,
                              const AqSandbox  *sandbox,
                              const char       *temporary,
                              GError          **error);

G_END_DECLS
