/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

typedef struct _AqBusRouter AqBusRouter;

/* which function handles which method */
typedef struct
{
  const char   *name;
  AqBusHandler  handle;
} AqBusMethod;

/* All that can be called on an object of one kind. GDBus lets through only what its description has. */
typedef struct
{
  const AqBusMethod *methods;    /* owned by the program */
  guint              n_methods;
  AqBusHandler       properties; /* handles Get and GetAll; NULL where there are no properties */
} AqBusInterface;

/* whether a label of a path can be that of an object of a subtree */
typedef gboolean (*AqBusIsNode) (const char *node);

/* Something that is registered, and what its vtable is given. */
typedef struct
{
  AqBusRouter          *router;    /* not owned: has us */
  const AqBusInterface *interface; /* owned by the program */
  guint                 id;        /* of the registration; 0: not there */

  /* of a subtree */
  GDBusInterfaceInfo   *info;      /* not owned: the program's */
  AqBusIsNode           is_node;
} AqBusObject;

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

  AqBusObject      manager;
  AqBusObject      testing;
  AqBusObject      folder; /* of the jobs */
  AqBusObject      jobs;   /* a subtree */
  AqBusObject      queue_folder;
  AqBusObject      queues; /* a subtree */
  AqBusObject      agent_folder;
  AqBusObject      agents; /* a subtree */
  AqBusObject      schedule_folder;
  AqBusObject      schedules; /* a subtree */
  AqBusObject      limit_folder;
  AqBusObject      limits; /* a subtree */
  AqBusObject      plugin_folder;
  AqBusObject      plugins; /* a subtree */
};

gboolean aq_bus_router_export     (AqBusRouter          *self,
                                   GError              **error);
void     aq_bus_router_unexport   (AqBusRouter          *self);

gboolean aq_bus_router_register   (AqBusRouter          *self,
                                   AqBusObject          *object,
                                   const AqBusInterface *interface,
                                   const char           *path,
                                   GDBusInterfaceInfo   *info,
                                   GError              **error);
gboolean aq_bus_router_register_subtree
                                  (AqBusRouter          *self,
                                   AqBusObject          *object,
                                   const AqBusInterface *interface,
                                   const char           *path,
                                   GDBusInterfaceInfo   *info,
                                   AqBusIsNode           is_node,
                                   GError              **error);
void     aq_bus_router_unregister (AqBusRouter          *self,
                                   AqBusObject          *object);

G_END_DECLS
