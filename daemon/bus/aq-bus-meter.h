/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Counts what one connection keeps waiting: GDBus queues without bound what a
 * peer does not read, and calls that have no answer yet.
 */
typedef struct _AqBusMeter AqBusMeter;

/* called in the main context of aq_bus_meter_new() */
typedef void (*AqBusMeterFunc) (gpointer owner);

AqBusMeter *aq_bus_meter_new        (AqBusMeterFunc   on_taken,
                                     AqBusMeterFunc   on_overrun,
                                     gpointer         owner);
void        aq_bus_meter_free       (AqBusMeter      *self);
gboolean    aq_bus_meter_is_overrun (AqBusMeter      *self);
void        aq_bus_meter_watch      (GDBusConnection *connection);
void        aq_bus_meter_count_calls (AqBusMeter     *self,
                                     GDBusConnection *connection);
void        aq_bus_meter_mark_reply (AqBusMeter      *self,
                                     GDBusMessage    *message,
                                     gsize            size);
void        aq_bus_meter_mark_signal (AqBusMeter     *self,
                                     GDBusMessage    *message,
                                     gsize            size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusMeter, aq_bus_meter_free)

G_END_DECLS
