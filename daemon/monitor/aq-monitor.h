/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-context.h"

G_BEGIN_DECLS

/*
 * The service that shows: HTTP and WebSocket, on a Unix socket and, where that
 * is configured, on TCP. See README.md.
 */
typedef struct _AqMonitor AqMonitor;

#define AQ_MONITOR_DEFAULT_CONNECTIONS 1024
#define AQ_MONITOR_DEFAULT_CONNECTIONS_EACH 64
#define AQ_MONITOR_DEFAULT_PING_SECONDS 30

/* borrowed: aq_monitor_new() copies what it keeps; 0 stands for a default */
typedef struct
{
  const char         *socket_path;     /* nullable: no Unix socket */
  const char         *tcp;             /* nullable: HOST:PORT */
  const char         *token_file;      /* needed with tcp */
  const char * const *allowed_hosts;   /* nullable */
  const char * const *allowed_origins; /* nullable */
  gboolean            optional;        /* go on without a listener that cannot be had */
  guint               max_connections;
  guint               max_connections_each;
  guint               ping_seconds;
} AqMonitorSettings;

AqMonitor  *aq_monitor_new         (const AqMonitorContext  *context,
                                    const AqMonitorSettings *settings);
void        aq_monitor_free        (AqMonitor               *self);
gboolean    aq_monitor_start       (AqMonitor               *self,
                                    GError                 **error);
void        aq_monitor_stop        (AqMonitor               *self);
const char *aq_monitor_get_address (AqMonitor               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitor, aq_monitor_free)

G_END_DECLS
