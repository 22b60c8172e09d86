/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-function-options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* what a process may touch from now on, prepared while it still may open everything */
typedef struct
{
  int     version;    /* of the kernel's Landlock; 0: it has none */
  guint64 files;      /* accesses to files that are denied unless a rule allows them */
  guint64 network;    /* likewise, to TCP ports */
  guint64 scopes;     /* what is denied outside of this process and its children */
  int     ruleset_fd; /* -1: none */
} AqLandlock;

gboolean aq_landlock_prepare  (AqLandlock       *self,
                               const AqSandbox  *sandbox,
                               const char       *temporary,
                               GError          **error);
gboolean aq_landlock_restrict (AqLandlock       *self,
                               GError          **error);

G_END_DECLS
