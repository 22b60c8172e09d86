/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-call.h"

G_BEGIN_DECLS

/* A call of Job1.Wait, Annotation or GetLog that has no answer yet. Owned by its peer. */
typedef struct _AqBusWait AqBusWait;

void aq_bus_wait_start (AqBusCall *call,
                        guint64    id,
                        gint64     timeout_usec);
void aq_bus_wait_start_annotation
                       (AqBusCall  *call,
                        guint64     id,
                        const char *key,
                        gint64      timeout_usec,
                        gint64      poll_usec);
void aq_bus_wait_start_log
                       (AqBusCall  *call,
                        guint64     id,
                        guint       attempt,
                        guint64     from,
                        gint64      timeout_usec);
void aq_bus_wait_free  (AqBusWait *self);

G_END_DECLS
