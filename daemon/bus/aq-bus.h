/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-host.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The service that speaks D-Bus: on a private socket, and where that is
 * configured, on a message bus as well. See README.md.
 */
typedef struct _AqBus AqBus;

/* borrowed: aq_bus_new() copies what it keeps */
typedef struct
{
  const char     *socket_path;     /* of the private socket */
  GBusType        bus_type;        /* G_BUS_TYPE_NONE: no message bus */
  const char     *uuid;            /* of this dispatcher */
  const char     *version;         /* of the daemon */
  const char     *monitor_address; /* nullable: where the monitor listens */
  AqRetention    *retention;       /* nullable: what is kept, where it is not for ever */
  AqBusDupPids    dup_pids;        /* nullable */
  AqBusCountJobs  count_jobs;      /* nullable */
  AqBusGetCgroups get_cgroups;     /* nullable */
  AqBusListRunning  list_running;  /* nullable */
  AqBusListTroubles list_troubles; /* nullable */
  AqBusIsEnding   is_ending;       /* nullable */
  AqBusListPlugins list_plugins;   /* nullable */
  AqBusReloadPlugin reload_plugin; /* nullable */
  gpointer        user_data;       /* for these */
} AqBusSettings;

AqBus    *aq_bus_new   (AqEngine             *engine,
                        const AqBusSettings  *settings);
void      aq_bus_free  (AqBus                *self);
gboolean  aq_bus_start (AqBus                *self,
                        GError              **error);
void      aq_bus_stop  (AqBus                *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBus, aq_bus_free)

G_END_DECLS
