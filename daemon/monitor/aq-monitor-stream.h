/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* how many connections there may be, and are; shared by the listeners */
typedef struct _AqMonitorPlaces AqMonitorPlaces;

AqMonitorPlaces *aq_monitor_places_new   (guint            max_all,
                                          guint            max_each);
AqMonitorPlaces *aq_monitor_places_ref   (AqMonitorPlaces *self);
void             aq_monitor_places_unref (AqMonitorPlaces *self);
guint            aq_monitor_places_count (AqMonitorPlaces *self);

#define AQ_TYPE_MONITOR_STREAM (aq_monitor_stream_get_type ())
G_DECLARE_FINAL_TYPE (AqMonitorStream, aq_monitor_stream, AQ, MONITOR_STREAM, GSocketConnection)

/*
 * A connection that was accepted. It holds a place while it lives, counts what
 * was really written, and is cut off when it asks for nothing.
 */
AqMonitorStream *aq_monitor_stream_new         (GSocket          *socket,
                                                AqMonitorPlaces  *places,
                                                const char       *owner,
                                                GError          **error);
gboolean         aq_monitor_stream_is_local    (AqMonitorStream  *self);
const char      *aq_monitor_stream_get_owner   (AqMonitorStream  *self);
guint64          aq_monitor_stream_get_written (AqMonitorStream  *self);
void             aq_monitor_stream_keep        (AqMonitorStream  *self);
void             aq_monitor_stream_cut         (AqMonitorStream  *self);
void             aq_monitor_stream_linger      (AqMonitorStream  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorPlaces, aq_monitor_places_unref)

G_END_DECLS
