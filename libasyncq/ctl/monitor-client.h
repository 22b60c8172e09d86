/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* one conversation with the monitor of a daemon: lines out, messages in */
typedef struct _MonitorClient MonitorClient;

/* @text: a message, which may have many lines */
typedef void (*MonitorClientMessage) (const char *text,
                                      gpointer    user_data);
/* comes once, and then nothing more; @reason: NULL where the monitor closed as it does after an answer */
typedef void (*MonitorClientClosed)  (const char *reason,
                                      gpointer    user_data);

MonitorClient *monitor_client_new  (const char            *address,
                                    MonitorClientMessage   message,
                                    MonitorClientClosed    closed,
                                    gpointer               user_data,
                                    GError               **error);
void           monitor_client_free (MonitorClient         *self);
void           monitor_client_say  (MonitorClient         *self,
                                    const char            *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MonitorClient, monitor_client_free)

G_END_DECLS
