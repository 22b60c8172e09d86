/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/*
 * Sees every WebSocket frame that comes and goes, as an extension that nobody
 * negotiates: it leaves frames as they are, counts them, and refuses those that
 * break a limit.
 */
#define AQ_TYPE_MONITOR_FRAMES (aq_monitor_frames_get_type ())
G_DECLARE_FINAL_TYPE (AqMonitorFrames, aq_monitor_frames, AQ, MONITOR_FRAMES, SoupWebsocketExtension)

/* Returns: FALSE while the peer does not take what it is sent */
typedef gboolean (*AqMonitorFramesMayAnswer) (gpointer user_data);
/* a ping is sent to the peer */
typedef void     (*AqMonitorFramesPinging)   (gpointer user_data);

AqMonitorFrames *aq_monitor_frames_new        (guint                     max_message_bytes,
                                               guint                     max_per_second);
void             aq_monitor_frames_set_peer   (AqMonitorFrames          *self,
                                               AqMonitorFramesMayAnswer  may_answer,
                                               AqMonitorFramesPinging    pinging,
                                               gpointer                  user_data);
guint64          aq_monitor_frames_get_queued (AqMonitorFrames          *self);

G_END_DECLS
