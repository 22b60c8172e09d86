/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of dispatchers that share a store: register, activate, ping
 *
 * Nobody sees a dispatcher die. Each gives signs of life, each looks at its
 * neighbour while it does so, and who finds it silent for too long takes its
 * jobs away: they are put back as after a crash. Whatever the silent one still
 * does with them is refused, since their leases are not current any more.
 *
 *            register           activate
 *   (none) ───────────► inactive ───────► active ─┐ ping
 *      ▲                  │  ▲  deactivate  │  ▲  │
 *      └──────────────────┘  └──────────────┘  └──┘
 *          unregister        (itself, or its neighbour)
 *
 * The embedded store has one dispatcher, whose agents bear no UUID. The store's
 * lock tells that a predecessor is dead, recovery and a clean stop see to its
 * jobs, and it needs no signs of life: design, section 2, promise 5.
 *
 * Source: behaviour A11.
 */

#include "config.h"

#include "core/aq-dispatcher-record.h"
#include "core/aq-recover.h"
#include "core/aq-rules.h"

#include <string.h>

/* how its jobs are seen by who takes them away */
typedef enum
{
  CLEAN_STOPPED, /* it stopped them itself: nothing is counted */
  CLEAN_DIED     /* it died with them: an interruption each */
} CleanReason;

static gboolean
read_record (AqTransaction       *transaction,
             const char          *uuid,
             AqDispatcherRecord  *out_record,
             GError             **error)
{
  AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_DISPATCHER, uuid);

  if (item == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "dispatcher '%s' is not registered", uuid);
      return FALSE;
    }
  aq_dispatcher_record_from_value (out_record, item->value);
  return TRUE;
}

static void
write_record (AqTransaction            *transaction,
              const char               *uuid,
              const AqDispatcherRecord *record)
{
  aq_transaction_set_item (transaction, AQ_ITEM_DISPATCHER, uuid, aq_dispatcher_record_to_value (record));
}

static void
tell (AqDispatcherEvent *event,
      const char        *uuid,
      AqDispatcherStep   step)
{
  AqDispatcherNews news = { .step = step };

  g_strlcpy (news.uuid, uuid, sizeof (news.uuid));
  g_array_append_val (event->out_news, news);
}

/* the jobs that hold a slot of @uuid's agents */
static GPtrArray *
list_held (AqTransaction *transaction,
           const char    *uuid)
{
  GPtrArray *busy = aq_transaction_get_busy (transaction);
  GPtrArray *held = g_ptr_array_new ();

  for (guint i = 0; i < busy->len; i++)
    {
      AqJob *job = g_ptr_array_index (busy, i);
      const char *agent = job->extra != NULL ? job->extra->agent : NULL;

      if (aq_job_holds_slot (job) && agent != NULL &&
          g_strcmp0 (aq_agent_name_get_dispatcher (agent), uuid) == 0)
        g_ptr_array_add (held, job);
    }
  return held;
}

/* Source: behaviour Z68 to Z70. What is complete, or waits for other jobs, is no agent's. */
static void
clean (AqTransaction *transaction,
       const char    *uuid,
       CleanReason    reason)
{
  g_autoptr(GPtrArray) held = list_held (transaction, uuid);

  if (reason == CLEAN_DIED)
    {
      aq_recover_jobs (transaction, held);
      return;
    }
  for (guint i = 0; i < held->len; i++)
    {
      const AqJob *job = g_ptr_array_index (held, i);
      AqReleaseEvent release = { .id = job->id, .lease = job->lease };

      (void) aq_rule_interrupt (transaction, &release, NULL);
    }
}

static void
deactivate (AqTransaction      *transaction,
            AqDispatcherEvent  *event,
            const char         *uuid,
            AqDispatcherRecord *record,
            CleanReason         reason)
{
  clean (transaction, uuid, reason);
  record->activated_usec = 0;
  record->deactivated_usec = transaction->now.steady_usec;
  write_record (transaction, uuid, record);
  tell (event, uuid, AQ_DISPATCHER_DEACTIVATED);
}

/**
 * aq_rule_register_dispatcher:
 * @transaction: a transaction
 * @dispatcher_event: an #AqDispatcherEvent
 * @error: return location for an error
 *
 * A dispatcher makes itself known.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if its UUID is none; `ASYNCQ_ERROR_EXISTS`.
 * Source: behaviour Z100.
 *
 * Returns: whether it is registered now
 *
 * Since: 0.1
 */
gboolean
aq_rule_register_dispatcher (AqTransaction  *transaction,
                             gpointer        dispatcher_event,
                             GError        **error)
{
  AqDispatcherEvent *event = dispatcher_event;
  AqDispatcherRecord record = {
    .registered_usec = transaction->now.steady_usec,
    .ping_interval_usec = event->ping_interval_usec > 0 ? event->ping_interval_usec : AQ_DISPATCHER_PING_INTERVAL_USEC,
    .ping_death_interval_usec = event->ping_death_interval_usec > 0 ? event->ping_death_interval_usec
                                                                    : AQ_DISPATCHER_PING_DEATH_INTERVAL_USEC,
  };

  if (!g_uuid_string_is_valid (event->uuid))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' cannot be a dispatcher: that is no UUID",
                   event->uuid);
      return FALSE;
    }
  if (aq_transaction_get_item (transaction, AQ_ITEM_DISPATCHER, event->uuid) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "dispatcher '%s' is registered already", event->uuid);
      return FALSE;
    }
  write_record (transaction, event->uuid, &record);
  tell (event, event->uuid, AQ_DISPATCHER_REGISTERED);
  return TRUE;
}

/**
 * aq_rule_unregister_dispatcher:
 * @transaction: a transaction
 * @dispatcher_event: an #AqDispatcherEvent
 * @error: return location for an error
 *
 * A dispatcher is forgotten.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it is active, or not registered.
 * Source: behaviour Z100.
 *
 * Returns: whether it is gone
 *
 * Since: 0.1
 */
gboolean
aq_rule_unregister_dispatcher (AqTransaction  *transaction,
                               gpointer        dispatcher_event,
                               GError        **error)
{
  AqDispatcherEvent *event = dispatcher_event;
  AqDispatcherRecord record;

  if (!read_record (transaction, event->uuid, &record, error))
    return FALSE;
  if (aq_dispatcher_record_is_active (&record))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                   "dispatcher '%s' cannot be unregistered: it is active", event->uuid);
      return FALSE;
    }
  aq_transaction_set_item (transaction, AQ_ITEM_DISPATCHER, event->uuid, NULL);
  tell (event, event->uuid, AQ_DISPATCHER_UNREGISTERED);
  return TRUE;
}

/* Source: behaviour Z103 and Z109; exact words, since they are what tells an operator of a copied UUID. */
static gboolean
check_silent (const AqTransaction      *transaction,
              const AqDispatcherEvent  *event,
              const AqDispatcherRecord *record,
              GError                  **error)
{
  gint64 left_usec = aq_dispatcher_record_get_death (record) - transaction->now.steady_usec;

  if (event->alone || aq_dispatcher_record_is_dead (record, transaction->now.steady_usec))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
               "dispatcher '%s' is active already: if no other process has this UUID, wait %" G_GINT64_FORMAT
               " s, and it counts as dead", event->uuid, left_usec / G_USEC_PER_SEC + 1);
  return FALSE;
}

/**
 * aq_rule_activate_dispatcher:
 * @transaction: a transaction
 * @dispatcher_event: an #AqDispatcherEvent
 * @error: return location for an error
 *
 * A dispatcher begins to work. What its agents still hold is of a predecessor
 * with the same UUID, and is put back. One that is marked as active and has been
 * silent for too long is deactivated first.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it is not registered, or active and alive.
 * Source: behaviour Z103, Z109, F8, F9, F20.
 *
 * Returns: whether it is active now
 *
 * Since: 0.1
 */
gboolean
aq_rule_activate_dispatcher (AqTransaction  *transaction,
                             gpointer        dispatcher_event,
                             GError        **error)
{
  AqDispatcherEvent *event = dispatcher_event;
  AqDispatcherRecord record;

  if (!read_record (transaction, event->uuid, &record, error))
    return FALSE;
  if (aq_dispatcher_record_is_active (&record))
    {
      if (!check_silent (transaction, event, &record, error))
        return FALSE;
      deactivate (transaction, event, event->uuid, &record, CLEAN_DIED);
    }
  else
    clean (transaction, event->uuid, CLEAN_DIED);
  record.activated_usec = transaction->now.steady_usec;
  record.deactivated_usec = 0;
  write_record (transaction, event->uuid, &record);
  tell (event, event->uuid, AQ_DISPATCHER_ACTIVATED);
  return TRUE;
}

/**
 * aq_rule_deactivate_dispatcher:
 * @transaction: a transaction
 * @dispatcher_event: an #AqDispatcherEvent
 * @error: return location for an error
 *
 * A dispatcher stops, having stopped its jobs: they are put back, and nothing
 * is counted.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it is not active, or not registered.
 * Source: behaviour Z103, F5.
 *
 * Returns: whether it is inactive now
 *
 * Since: 0.1
 */
gboolean
aq_rule_deactivate_dispatcher (AqTransaction  *transaction,
                               gpointer        dispatcher_event,
                               GError        **error)
{
  AqDispatcherEvent *event = dispatcher_event;
  AqDispatcherRecord record;

  if (!read_record (transaction, event->uuid, &record, error))
    return FALSE;
  if (!aq_dispatcher_record_is_active (&record))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "dispatcher '%s' is not active", event->uuid);
      return FALSE;
    }
  deactivate (transaction, event, event->uuid, &record, CLEAN_STOPPED);
  return TRUE;
}

/* the next active dispatcher behind @uuid, round the end; NULL: it is the only one */
static const AqItem *
find_neighbour (AqTransaction      *transaction,
                const char         *uuid,
                AqDispatcherRecord *out_record)
{
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_DISPATCHER);
  guint own = 0;

  while (own < items->len && strcmp (((AqItem *) g_ptr_array_index (items, own))->name, uuid) < 0)
    own++;
  for (guint i = 1; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, (own + i) % items->len);

      aq_dispatcher_record_from_value (out_record, item->value);
      if (aq_dispatcher_record_is_active (out_record))
        return item;
    }
  return NULL;
}

/* Source: behaviour Z106: one look a ping. */
static void
check_neighbour (AqTransaction     *transaction,
                 AqDispatcherEvent *event)
{
  AqDispatcherRecord record;
  const AqItem *item = find_neighbour (transaction, event->uuid, &record);
  g_autofree char *uuid = NULL;

  if (item == NULL || !aq_dispatcher_record_is_dead (&record, transaction->now.steady_usec))
    return;
  uuid = g_strdup (item->name);
  deactivate (transaction, event, uuid, &record, CLEAN_DIED);
}

/**
 * aq_rule_ping_dispatcher:
 * @transaction: a transaction
 * @dispatcher_event: an #AqDispatcherEvent
 * @error: return location for an error
 *
 * A dispatcher gives a sign of life, before each claim, and looks at its
 * neighbour. The sign is stored if the last one is old enough. One that others
 * thought dead is active again; what was taken from it is not given back.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it is not registered.
 * Source: behaviour Z104 to Z108, F10 to F14.
 *
 * Returns: whether it may claim
 *
 * Since: 0.1
 */
gboolean
aq_rule_ping_dispatcher (AqTransaction  *transaction,
                         gpointer        dispatcher_event,
                         GError        **error)
{
  AqDispatcherEvent *event = dispatcher_event;
  gint64 now_usec = transaction->now.steady_usec;
  AqDispatcherRecord record;

  if (!read_record (transaction, event->uuid, &record, error))
    return FALSE;
  if (!aq_dispatcher_record_is_active (&record))
    {
      record.activated_usec = now_usec;
      record.deactivated_usec = 0;
      record.last_ping_usec = now_usec;
      write_record (transaction, event->uuid, &record);
      tell (event, event->uuid, AQ_DISPATCHER_REACTIVATED);
    }
  else if (record.last_ping_usec == 0 || record.last_ping_usec + record.ping_interval_usec <= now_usec)
    {
      record.last_ping_usec = now_usec;
      write_record (transaction, event->uuid, &record);
    }
  check_neighbour (transaction, event);
  return TRUE;
}
