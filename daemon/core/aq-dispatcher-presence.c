/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Dispatcher: that the store knows of it
 *
 * The one dispatcher of a locked store is registered, and marked as active while
 * it works. Its signs of life are not stored: the lock tells of its death.
 */

#include "config.h"

#include "core/aq-dispatcher-private.h"

#include "core/aq-event-log.h"
#include "core/aq-rules.h"

static const AqActor itself = { 0, "" };

static void
on_applied (gpointer      dispatcher_event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  const AqDispatcherEvent *event = dispatcher_event;
  AqDispatcher *self = user_data;

  for (guint i = 0; self->log != NULL && i < event->out_news->len; i++)
    aq_event_log_dispatcher (self->log, &g_array_index (event->out_news, AqDispatcherNews, i));
}

/* what is there already, or gone, is as it should be */
static void
apply (AqDispatcher *self,
       AqRule        rule)
{
  g_autoptr(GArray) news = g_array_new (FALSE, FALSE, sizeof (AqDispatcherNews));
  AqDispatcherEvent event = { .uuid = self->uuid, .alone = TRUE, .out_news = news };

  aq_store_apply (aq_engine_get_store (self->engine), &itself, rule, &event, on_applied, self);
}

void
aq_dispatcher_appear (AqDispatcher *self)
{
  apply (self, aq_rule_register_dispatcher);
  apply (self, aq_rule_activate_dispatcher);
}

void
aq_dispatcher_leave (AqDispatcher *self)
{
  apply (self, aq_rule_deactivate_dispatcher);
}
