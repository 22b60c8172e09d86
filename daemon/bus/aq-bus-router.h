/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

typedef struct _AqBusRouter AqBusRouter;

/* finds out who made a call and has it handled, or drops it; @invocation: (transfer full) */
typedef void (*AqBusRoute) (AqBusRouter           *router,
                            GDBusMethodInvocation *invocation,
                            AqBusHandler           handle);

/*
 * Our objects on one connection. On a private connection every call is from
 * the same peer, on a real bus the sender tells: that is what `route` hides
 * from the objects. Whoever has one starts its own struct with it.
 */
struct _AqBusRouter
{
  const AqBusHost *host;       /* not owned */
  GDBusConnection *connection; /* owned */
  AqBusRoute       route;

  /* registration ids; 0: not there */
  guint            manager;
  guint            testing;
  guint            folder; /* of the jobs */
  guint            jobs;   /* a subtree */
};

gboolean aq_bus_router_export   (AqBusRouter *self,
                                 GError     **error);
void     aq_bus_router_unexport (AqBusRouter *self);

/* for the objects: what their vtables do with a call */
void     aq_bus_router_call     (AqBusRouter           *self,
                                 GDBusMethodInvocation *invocation,
                                 AqBusHandler           handle);

G_END_DECLS
