/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A socket that takes connections: a Unix one, or one on TCP. */
typedef struct _AqMonitorListener AqMonitorListener;

typedef void (*AqMonitorAccepted) (GSocket *socket,
                                   gpointer user_data);

AqMonitorListener *aq_monitor_listener_new_unix  (const char         *path,
                                                  GError            **error);
AqMonitorListener *aq_monitor_listener_new_tcp   (const char         *host_and_port,
                                                  GError            **error);
void               aq_monitor_listener_free      (AqMonitorListener  *self);
guint              aq_monitor_listener_get_port  (AqMonitorListener  *self);
char              *aq_monitor_listener_dup_address (AqMonitorListener *self);
void               aq_monitor_listener_start     (AqMonitorListener  *self,
                                                  AqMonitorAccepted   accepted,
                                                  gpointer            user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorListener, aq_monitor_listener_free)

G_END_DECLS
