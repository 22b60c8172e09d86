/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-binding.h"
#include "work/aq-run-output.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* The stream from a worker. */
typedef struct
{
  AqWireBuffer buffer;  /* what has come, and is not handled */
  GArray      *leases;  /* of guint64: scratch */
  gboolean     ready;   /* it has told that it is there */
  AqUsage      told;    /* by the ends of its jobs */

  /* of the worker; not owned */
  AqBinding   *binding;
  GHashTable  *loaded;  /* id → anything: the plugins that it has been given */
  AqRunOutput *output;  /* nullable */
} AqIncoming;

void     aq_incoming_init   (AqIncoming           *self,
                             AqBinding            *binding,
                             GHashTable           *loaded);
void     aq_incoming_clear  (AqIncoming           *self);
gboolean aq_incoming_handle (AqIncoming           *self,
                             AqWorker             *worker,
                             const AqWorkerHooks  *hooks,
                             gpointer              user_data,
                             GError              **error);

G_END_DECLS
