/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-peer.h"

G_BEGIN_DECLS

/* A method call that has no answer yet, and who made it. Answered once, by one of the functions that take it. */
typedef struct
{
  AqBusPeer             *peer;       /* owned */
  GDBusMethodInvocation *invocation; /* owned */
} AqBusCall;

/* @call: (transfer full): to be answered, now or later */
typedef void (*AqBusHandler) (AqBusCall *call,
                              GVariant  *parameters);

AqBusCall       *aq_bus_call_new          (AqBusPeer             *peer,
                                           GDBusMethodInvocation *invocation);
const AqBusHost *aq_bus_call_get_host     (AqBusCall             *self);
AqEngine        *aq_bus_call_get_engine   (AqBusCall             *self);
char            *aq_bus_call_dup_name     (AqBusCall             *self);
gboolean         aq_bus_call_wants_reply  (AqBusCall             *self);
void             aq_bus_call_reply        (AqBusCall             *self,
                                           GVariant              *body);
void             aq_bus_call_reply_flushed (AqBusCall            *self,
                                           GVariant              *body);
void             aq_bus_call_fail         (AqBusCall             *self,
                                           const GError          *error);
void             aq_bus_call_drop         (AqBusCall             *self);

/* for the engine: answers the call that @call is, with nothing, with an id, or with what was read */
void             aq_bus_call_done         (const GError          *error,
                                           gpointer               call);
void             aq_bus_call_job_done     (guint64                id,
                                           const GError          *error,
                                           gpointer               call);
void             aq_bus_call_read         (GVariant              *value,
                                           const GError          *error,
                                           gpointer               call);

G_END_DECLS
