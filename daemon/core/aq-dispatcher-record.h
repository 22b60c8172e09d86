/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_DISPATCHER_PING_INTERVAL_USEC (30 * G_USEC_PER_SEC)
#define AQ_DISPATCHER_PING_DEATH_INTERVAL_USEC (60 * G_USEC_PER_SEC)

/*
 * What a store knows of one dispatcher: the value of an item of kind
 * AQ_ITEM_DISPATCHER, whose name is the UUID. Times are of the steady clock.
 */
typedef struct
{
  gint64 registered_usec;
  gint64 activated_usec;   /* 0: it is not active */
  gint64 deactivated_usec; /* when it last became inactive; 0: it is active, or never was */
  gint64 last_ping_usec;   /* 0: it has not given a sign of life yet */
  gint64 ping_interval_usec;       /* a sign of life is stored when the last one is as old as this … */
  gint64 ping_death_interval_usec; /* … and who is silent for longer than this is dead */
} AqDispatcherRecord;

/* (transfer floating): a{sv} */
GVariant *aq_dispatcher_record_to_value  (const AqDispatcherRecord *self);
/* what is missing is 0, or the default */
void      aq_dispatcher_record_from_value (AqDispatcherRecord      *self,
                                          GVariant                 *value);
gboolean  aq_dispatcher_record_is_active (const AqDispatcherRecord *self);
gint64    aq_dispatcher_record_get_death (const AqDispatcherRecord *self);
gboolean  aq_dispatcher_record_is_dead   (const AqDispatcherRecord *self,
                                          gint64                    now_usec);

G_END_DECLS
