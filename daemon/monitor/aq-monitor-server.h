/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-context.h"
#include "monitor/aq-monitor-guard.h"
#include "monitor/aq-monitor-peer.h"
#include "monitor/aq-monitor-stream.h"

G_BEGIN_DECLS

/* HTTP and WebSocket over connections that others have accepted. */
typedef struct _AqMonitorServer AqMonitorServer;

AqMonitorServer *aq_monitor_server_new    (const AqMonitorContext    *context,
                                           AqMonitorGuard            *guard,
                                           const AqMonitorPeerLimits *limits);
void             aq_monitor_server_free   (AqMonitorServer           *self);
void             aq_monitor_server_accept (AqMonitorServer           *self,
                                           AqMonitorStream           *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorServer, aq_monitor_server_free)

G_END_DECLS
