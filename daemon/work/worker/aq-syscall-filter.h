/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-function-options.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* which calls are denied beside those that no plugin needs */
typedef struct
{
  AqNetwork network;
  gboolean  scoped_signals; /* something else keeps signals in */
  gboolean  own_ipc;        /* likewise shared memory, semaphores and message queues */
} AqSyscallFilter;

gboolean aq_syscall_filter_install (const AqSyscallFilter  *self,
                                    GError                **error);

G_END_DECLS
