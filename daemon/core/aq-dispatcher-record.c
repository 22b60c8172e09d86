/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Dispatcher record
 */

#include "config.h"

#include "core/aq-dispatcher-record.h"

#include <stddef.h>

static const struct
{
  const char *key;
  gsize       offset;
} fields[] = {
  { "activated", offsetof (AqDispatcherRecord, activated_usec) },
  { "deactivated", offsetof (AqDispatcherRecord, deactivated_usec) },
  { "last-ping", offsetof (AqDispatcherRecord, last_ping_usec) },
  { "ping-death-interval", offsetof (AqDispatcherRecord, ping_death_interval_usec) },
  { "ping-interval", offsetof (AqDispatcherRecord, ping_interval_usec) },
  { "registered", offsetof (AqDispatcherRecord, registered_usec) },
};

GVariant *
aq_dispatcher_record_to_value (const AqDispatcherRecord *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_variant_builder_add (&builder, "{sv}", fields[i].key,
                           g_variant_new_int64 (G_STRUCT_MEMBER (gint64, self, fields[i].offset)));
  return g_variant_builder_end (&builder);
}

void
aq_dispatcher_record_from_value (AqDispatcherRecord *self,
                                 GVariant           *value)
{
  *self = (AqDispatcherRecord) {
    .ping_interval_usec = AQ_DISPATCHER_PING_INTERVAL_USEC,
    .ping_death_interval_usec = AQ_DISPATCHER_PING_DEATH_INTERVAL_USEC,
  };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    (void) g_variant_lookup (value, fields[i].key, "x", G_STRUCT_MEMBER_P (self, fields[i].offset));
}

gboolean
aq_dispatcher_record_is_active (const AqDispatcherRecord *self)
{
  return self->activated_usec != 0;
}

/**
 * aq_dispatcher_record_get_death:
 * @self: a record
 *
 * Source: behaviour Z105.
 *
 * Returns: until when it counts as alive without a sign of life, steady clock;
 *   %G_MAXINT64 if it was never active and never gave one
 *
 * Since: 0.1
 */
gint64
aq_dispatcher_record_get_death (const AqDispatcherRecord *self)
{
  gint64 newest_usec = MAX (self->last_ping_usec, self->activated_usec);

  return newest_usec != 0 ? newest_usec + self->ping_death_interval_usec : G_MAXINT64;
}

gboolean
aq_dispatcher_record_is_dead (const AqDispatcherRecord *self,
                              gint64                    now_usec)
{
  return aq_dispatcher_record_get_death (self) < now_usec;
}
