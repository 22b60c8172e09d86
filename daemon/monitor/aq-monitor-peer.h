/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-context.h"
#include "monitor/aq-monitor-frames.h"
#include "monitor/aq-monitor-stream.h"
#include "monitor/aq-watch-feed.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* One WebSocket: its conversation, its subscription, and the limits that it is held to. */
typedef struct _AqMonitorPeer AqMonitorPeer;

/* @reason: why it was closed by us; NULL if the peer has ended it. Must free the peer. */
typedef void (*AqMonitorPeerGone) (AqMonitorPeer *peer,
                                   const char    *reason,
                                   gpointer       user_data);

typedef struct
{
  guint ping_seconds;
  guint max_queued_bytes;  /* answers that wait for the peer to read */
  guint max_message_bytes; /* that it sends */
  guint max_per_second;
} AqMonitorPeerLimits;

AqMonitorPeer *aq_monitor_peer_new   (AqMonitorContext          *context,
                                      AqWatchFeed               *feed,
                                      AqMonitorStream           *stream,
                                      GIOStream                 *stolen,
                                      GUri                      *uri,
                                      const AqMonitorPeerLimits *limits,
                                      AqMonitorPeerGone          gone,
                                      gpointer                   user_data);
void           aq_monitor_peer_free  (AqMonitorPeer             *self);
void           aq_monitor_peer_close (AqMonitorPeer             *self,
                                      gushort                    code,
                                      const char                *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorPeer, aq_monitor_peer_free)

G_END_DECLS
