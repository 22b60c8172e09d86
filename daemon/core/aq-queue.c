/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Queue
 *
 * A queue is no more than a name that jobs carry. That a job may carry it is
 * known from three places: the configuration and the agents (the table), and
 * what was created at run time (items of the store). A pause is an item of its
 * own, with the queue's name: while nothing is paused there are none to look at.
 */

#include "config.h"

#include "core/aq-queue.h"

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

struct _AqQueueTable
{
  GHashTable *names; /* string, owned → how often it was added */
};

/**
 * aq_queue_table_new:
 *
 * Returns: (transfer full): a table that knows the queue whose name is empty
 *
 * Since: 0.1
 */
AqQueueTable *
aq_queue_table_new (void)
{
  AqQueueTable *self = g_new (AqQueueTable, 1);

  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  aq_queue_table_add (self, "");
  return self;
}

void
aq_queue_table_free (AqQueueTable *self)
{
  g_hash_table_unref (self->names);
  g_free (self);
}

void
aq_queue_table_add (AqQueueTable *self,
                    const char   *name)
{
  guint n_added = GPOINTER_TO_UINT (g_hash_table_lookup (self->names, name));

  (void) g_hash_table_replace (self->names, g_strdup (name), GUINT_TO_POINTER (n_added + 1));
}

/* takes one adding back */
void
aq_queue_table_remove (AqQueueTable *self,
                       const char   *name)
{
  guint n_added = GPOINTER_TO_UINT (g_hash_table_lookup (self->names, name));

  g_assert (n_added > 0);
  if (n_added > 1)
    (void) g_hash_table_replace (self->names, g_strdup (name), GUINT_TO_POINTER (n_added - 1));
  else
    (void) g_hash_table_remove (self->names, name);
}

gboolean
aq_queue_table_has (const AqQueueTable *self,
                    const char         *name)
{
  return g_hash_table_contains (self->names, name);
}

/**
 * aq_queue_is_known:
 * @transaction: a transaction
 * @table: (nullable): what is known without the store; %NULL: every queue is
 * @name: a queue's name
 *
 * Returns: whether jobs may be put into it
 *
 * Since: 0.1
 */
gboolean
aq_queue_is_known (AqTransaction      *transaction,
                   const AqQueueTable *table,
                   const char         *name)
{
  return table == NULL || aq_queue_table_has (table, name) ||
         aq_transaction_get_item (transaction, AQ_ITEM_QUEUE, name) != NULL;
}

/**
 * aq_queue_require:
 * @transaction: a transaction
 * @table: (nullable): what is known without the store
 * @name: a queue's name
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`, with the name that may have been meant.
 *
 * Returns: whether it is known
 *
 * Since: 0.1
 */
gboolean
aq_queue_require (AqTransaction       *transaction,
                  const AqQueueTable  *table,
                  const char          *name,
                  GError             **error)
{
  g_auto(GStrv) names = NULL;
  AqSuggestion meant;

  if (aq_queue_is_known (transaction, table, name))
    return TRUE;
  names = aq_queue_dup_names (transaction, table);
  aq_suggestion_init (&meant, name);
  for (char **candidate = names; *candidate != NULL; candidate++)
    if (**candidate != '\0')
      aq_suggestion_offer (&meant, *candidate);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE,
               "there is no queue '%s'%s%s%s (\"asyncqctl queue create\" makes one, or a group [queue %s] of the configuration)",
               name, meant.best != NULL ? "; did you mean '" : "", meant.best != NULL ? meant.best : "",
               meant.best != NULL ? "'?" : "", name);
  return FALSE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(char * const *) a, *(char * const *) b);
}

/**
 * aq_queue_dup_names:
 * @transaction: a transaction
 * @table: what is known without the store
 *
 * Returns: (transfer full): the names of the known queues, sorted; "" is the first
 *
 * Since: 0.1
 */
char **
aq_queue_dup_names (AqTransaction      *transaction,
                    const AqQueueTable *table)
{
  GPtrArray *names = g_ptr_array_new ();
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_QUEUE);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, table->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);

      if (!aq_queue_table_has (table, item->name))
        g_ptr_array_add (names, g_strdup (item->name));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* wall clock; 0: until it is resumed */
static gint64
get_until (const AqItem *pause)
{
  gint64 until_usec = 0;

  (void) g_variant_lookup (pause->value, "until", "x", &until_usec);
  return until_usec;
}

static gboolean
is_over (const AqItem *pause,
         const AqTime *now)
{
  gint64 until_usec = get_until (pause);

  return until_usec != 0 && until_usec <= now->wall_usec;
}

/**
 * aq_queue_is_paused:
 * @transaction: a transaction
 * @name: a queue's name
 *
 * Returns: whether nothing of it is to be claimed now
 *
 * Since: 0.1
 */
gboolean
aq_queue_is_paused (AqTransaction *transaction,
                    const char    *name)
{
  const AqItem *pause = aq_transaction_get_item (transaction, AQ_ITEM_PAUSE, name);

  return pause != NULL && !is_over (pause, &transaction->now);
}

/**
 * aq_queue_count_paused:
 * @transaction: a transaction
 *
 * Pauses end by themselves; as long as none is set or removed, this number tells
 * which of them have.
 *
 * Returns: how many queues are paused now
 *
 * Since: 0.1
 */
guint
aq_queue_count_paused (AqTransaction *transaction)
{
  GPtrArray *pauses = aq_transaction_list_items (transaction, AQ_ITEM_PAUSE);
  guint n_paused = 0;

  for (guint i = 0; i < pauses->len; i++)
    n_paused += !is_over (g_ptr_array_index (pauses, i), &transaction->now);
  return n_paused;
}

/**
 * aq_queue_get_next_resume:
 * @transaction: a transaction
 *
 * Returns: when the next pause ends by itself, wall clock; %G_MAXINT64: none does
 *
 * Since: 0.1
 */
gint64
aq_queue_get_next_resume (AqTransaction *transaction)
{
  GPtrArray *pauses = aq_transaction_list_items (transaction, AQ_ITEM_PAUSE);
  gint64 next_usec = G_MAXINT64;

  for (guint i = 0; i < pauses->len; i++)
    {
      gint64 until_usec = get_until (g_ptr_array_index (pauses, i));

      if (until_usec > transaction->now.wall_usec)
        next_usec = MIN (next_usec, until_usec);
    }
  return next_usec;
}

static void
add_pause (GVariantBuilder *builder,
           const AqItem    *pause)
{
  const char *reason = "";
  gint64 since_usec = 0;
  guint32 uid = 0;

  if (pause != NULL)
    {
      (void) g_variant_lookup (pause->value, "reason", "&s", &reason);
      (void) g_variant_lookup (pause->value, "since", "x", &since_usec);
      (void) g_variant_lookup (pause->value, "by", "u", &uid);
    }
  g_variant_builder_add (builder, "{sv}", "Paused", g_variant_new_boolean (pause != NULL));
  g_variant_builder_add (builder, "{sv}", "PauseReason", g_variant_new_string (reason));
  g_variant_builder_add (builder, "{sv}", "PausedBy", g_variant_new_uint32 (uid));
  g_variant_builder_add (builder, "{sv}", "PausedSince", g_variant_new_int64 (since_usec));
  g_variant_builder_add (builder, "{sv}", "PausedUntil",
                         g_variant_new_int64 (pause != NULL ? get_until (pause) : 0));
}

/**
 * aq_queue_view_new:
 * @transaction: a transaction
 * @name: a queue's name
 *
 * Returns: (transfer floating): a{sv}, the keys being those of Queue1's properties
 *
 * Since: 0.1
 */
GVariant *
aq_queue_view_new (AqTransaction *transaction,
                   const char    *name)
{
  const AqItem *pause = aq_transaction_get_item (transaction, AQ_ITEM_PAUSE, name);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "Name", g_variant_new_string (name));
  g_variant_builder_add (&builder, "{sv}", "Length",
                         g_variant_new_uint64 (aq_transaction_count_queue (transaction, name)));
  add_pause (&builder, pause != NULL && !is_over (pause, &transaction->now) ? pause : NULL);
  return g_variant_builder_end (&builder);
}
