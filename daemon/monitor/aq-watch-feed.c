/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The feed of watches
 *
 * The 20 ms are a matter of transport, like the time a packet takes, so they
 * run by the main loop's time and not by AqClock's: a manual clock stands still.
 */

#include "config.h"

#include "monitor/aq-watch-feed.h"

#define FLUSH_MSEC 20
/* changes in a batch that is worth to be shared with who comes later */
#define LARGE 4096

typedef struct
{
  AqWatchFeedTold  told;
  AqWatchFeedFlush flush;
  gpointer         user_data;
} Member;

struct _AqWatchFeed
{
  AqEngine *engine;  /* not owned */
  GArray   *members; /* of Member */
  guint     handle;  /* of our listener at the engine; 0 while nobody watches */
  guint64   told;    /* every change up to this transaction was told, or came before we listened */
  AqMonitorBatch *large; /* owned, nullable: the last large batch, as long as somebody has it */
  GSource  *timer;   /* owned, nullable: runs while something waits to leave */
};

/**
 * aq_watch_feed_make_batch:
 * @self: a feed
 * @changes: (array length=n_changes): whole transactions, in order
 * @n_changes: how many
 *
 * Readers that are behind come to a large transaction one after another: they
 * share one batch of it.
 *
 * Returns: (transfer full): the changes as they are shown
 *
 * Since: 0.1
 */
AqMonitorBatch *
aq_watch_feed_make_batch (AqWatchFeed       *self,
                          const AqJobChange *changes,
                          guint              n_changes)
{
  AqMonitorBatch *batch;

  if (n_changes < LARGE)
    return aq_monitor_batch_new_for (self->engine, changes, n_changes);
  if (self->large != NULL && aq_monitor_batch_is_of (self->large, changes, n_changes))
    return aq_monitor_batch_ref (self->large);
  batch = aq_monitor_batch_new_for (self->engine, changes, n_changes);
  g_clear_pointer (&self->large, aq_monitor_batch_unref);
  self->large = aq_monitor_batch_ref (batch);
  return batch;
}

static void
forget_large (AqWatchFeed *self)
{
  if (self->large != NULL && !aq_monitor_batch_is_shared (self->large))
    g_clear_pointer (&self->large, aq_monitor_batch_unref);
}

static gboolean
on_flush (gpointer user_data)
{
  AqWatchFeed *self = user_data;

  forget_large (self);
  g_clear_pointer (&self->timer, g_source_unref);
  /* backwards: one may remove itself */
  for (guint i = self->members->len; i > 0; i--)
    if (i <= self->members->len)
      {
        Member member = g_array_index (self->members, Member, i - 1);

        member.flush (member.user_data);
      }
  return G_SOURCE_REMOVE;
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  AqWatchFeed *self = user_data;
  g_autoptr(AqMonitorBatch) batch = NULL;

  if (n_changes == 0)
    return;
  batch = aq_watch_feed_make_batch (self, changes, n_changes);
  self->told = MAX (self->told, aq_monitor_batch_get_sequence (batch));
  for (guint i = self->members->len; i > 0; i--)
    if (i <= self->members->len)
      {
        Member member = g_array_index (self->members, Member, i - 1);

        member.told (batch, member.user_data);
      }
}

/**
 * aq_watch_feed_new:
 * @engine: whose changes are watched; outlives the feed
 *
 * Returns: (transfer full): a feed without watches
 *
 * Since: 0.1
 */
AqWatchFeed *
aq_watch_feed_new (AqEngine *engine)
{
  AqWatchFeed *self = g_new0 (AqWatchFeed, 1);

  self->engine = engine;
  self->members = g_array_new (FALSE, FALSE, sizeof (Member));
  return self;
}

static void
stop_listening (AqWatchFeed *self)
{
  if (self->handle != 0)
    aq_engine_remove_changed (self->engine, self->handle);
  self->handle = 0;
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_clear_pointer (&self->large, aq_monitor_batch_unref);
}

void
aq_watch_feed_free (AqWatchFeed *self)
{
  stop_listening (self);
  g_array_unref (self->members);
  g_free (self);
}

AqEngine *
aq_watch_feed_get_engine (AqWatchFeed *self)
{
  return self->engine;
}

/**
 * aq_watch_feed_add:
 * @self: a feed
 * @told: called with every change from now on, once it is flushed
 * @flush: called 20 ms after aq_watch_feed_flush_soon()
 * @user_data: for both
 *
 * Since: 0.1
 */
void
aq_watch_feed_add (AqWatchFeed      *self,
                   AqWatchFeedTold   told,
                   AqWatchFeedFlush  flush,
                   gpointer          user_data)
{
  Member member = { told, flush, user_data };

  if (self->handle == 0)
    {
      self->handle = aq_engine_add_changed (self->engine, on_changed, self);
      self->told = aq_store_get_sequence (aq_engine_get_store (self->engine));
    }
  g_array_append_val (self->members, member);
}

void
aq_watch_feed_remove (AqWatchFeed *self,
                      gpointer     user_data)
{
  for (guint i = 0; i < self->members->len; i++)
    if (g_array_index (self->members, Member, i).user_data == user_data)
      {
        g_array_remove_index (self->members, i);
        break;
      }
  forget_large (self);
  if (self->members->len == 0)
    stop_listening (self);
}

/**
 * aq_watch_feed_get_told:
 * @self: a feed
 *
 * Returns: the newest transaction that was told, or that was applied when the
 *   first watch came
 *
 * Since: 0.1
 */
guint64
aq_watch_feed_get_told (AqWatchFeed *self)
{
  return self->told;
}

/* everybody's flush is called in 20 ms at the latest */
void
aq_watch_feed_flush_soon (AqWatchFeed *self)
{
  if (self->timer != NULL)
    return;
  self->timer = g_timeout_source_new (FLUSH_MSEC);
  g_source_set_callback (self->timer, on_flush, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}
