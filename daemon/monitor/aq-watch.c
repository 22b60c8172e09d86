/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Watch
 *
 * What waits for the reader is references to batches, which all watches share;
 * lines are copied when they are taken. A watch is live, or behind. Live, it
 * queues what the feed tells. Behind, it asks the store for its history, page by
 * page and only when there is room; `position` is the newest transaction that is
 * queued. A slow reader holds no more than MAX_WAITING events, and one batch: a
 * live watch for which more waits falls behind, and its reader gets the rest from
 * the history later.
 *
 * From behind to live: what is told while a page is being read is kept (`kept`).
 * When a page reaches the transaction that was the newest when keeping began, or
 * is empty, then nothing lies between the two, and what was kept follows. Events
 * up to `position` are passed over, so none comes twice.
 */

#include "config.h"

#include "monitor/aq-watch.h"

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* in events; a line has about 150 bytes */
#define MAX_WAITING 2048
#define MAX_KEPT 2048
#define PAGE 512

#define SINCE "since:"

/* one thing that waits for the reader */
typedef struct
{
  AqMonitorBatch  *batch;  /* owned, nullable */
  AqMonitorCursor  cursor; /* in the batch */
  char            *text;   /* owned: a line instead of a batch */
} Piece;

struct _AqWatch
{
  grefcount     ref_count; /* ours, and one of each question that is under way */
  AqWatchFeed  *feed;      /* not owned; NULL once we are freed */
  AqWatchReady  ready;
  gpointer      user_data;
  AqFilter     *filter;    /* owned, nullable: everything */

  GQueue        pieces;    /* of Piece, owned */
  gsize         n_waiting; /* events in them that the reader has not taken, accepted or not */
  guint64       position;  /* of the newest transaction in them, or taken */

  gboolean      live;
  gboolean      reading;   /* a question is under way */
  gboolean      keeping;
  guint64       kept_after; /* nothing that was told after this transaction is missing in kept */
  GPtrArray    *kept;      /* of AqMonitorBatch */
  gsize         n_kept;    /* events in them */
};

static void read_on (AqWatch *self);

static void
unref_batch (gpointer batch)
{
  aq_monitor_batch_unref (batch);
}

static void
free_piece (gpointer data)
{
  Piece *piece = data;

  g_clear_pointer (&piece->batch, aq_monitor_batch_unref);
  g_free (piece->text);
  g_free (piece);
}

static AqWatch *
ref_watch (AqWatch *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
unref_watch (AqWatch *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->filter, aq_filter_unref);
  g_queue_clear_full (&self->pieces, free_piece);
  g_ptr_array_unref (self->kept);
  g_free (self);
}

static void
append (AqWatch        *self,
        AqMonitorBatch *batch)
{
  guint start = aq_monitor_batch_find (batch, self->position);
  Piece *piece;

  if (start == aq_monitor_batch_get_length (batch))
    return;
  piece = g_new0 (Piece, 1);
  piece->batch = aq_monitor_batch_ref (batch);
  piece->cursor.next = start;
  g_queue_push_tail (&self->pieces, piece);
  self->n_waiting += aq_monitor_batch_get_length (batch) - start;
  self->position = aq_monitor_batch_get_sequence (batch);
}

static void
append_resync (AqWatch    *self,
               const char *reason)
{
  GString *line = g_string_new (NULL);
  Piece *piece = g_new0 (Piece, 1);

  aq_monitor_event_append_resync (line, self->position, reason);
  piece->text = g_string_free (line, FALSE);
  g_queue_push_tail (&self->pieces, piece);
}

static void
start_keeping (AqWatch *self)
{
  if (self->keeping)
    return;
  self->keeping = TRUE;
  self->kept_after = aq_watch_feed_get_told (self->feed);
}

static void
stop_keeping (AqWatch *self)
{
  self->keeping = FALSE;
  self->n_kept = 0;
  g_ptr_array_set_size (self->kept, 0);
}

static void
go_live (AqWatch *self)
{
  for (guint i = 0; i < self->kept->len; i++)
    append (self, g_ptr_array_index (self->kept, i));
  stop_keeping (self);
  self->live = TRUE;
}

/* what can no longer be read is left out, and the reader is told so */
static void
resync (AqWatch      *self,
        const GError *error)
{
  self->position = MAX (self->position, self->kept_after);
  append_resync (self, error->message);
  go_live (self);
}

static void
take_page (AqWatch           *self,
           const AqJobChange *changes,
           guint              n_changes,
           const GError      *error)
{
  /* an empty page says nothing of what was told after the question and not kept */
  gboolean whole = self->keeping;

  start_keeping (self);
  if (error != NULL)
    {
      resync (self, error);
    }
  else
    {
      g_autoptr(AqMonitorBatch) batch = aq_watch_feed_make_batch (self->feed, changes, n_changes);

      append (self, batch);
      if (self->position >= self->kept_after || (n_changes == 0 && whole))
        go_live (self);
      else
        read_on (self);
    }
  if (aq_watch_has_lines (self))
    self->ready (self->user_data);
}

static void
on_history (const AqJobChange *changes,
            guint              n_changes,
            const GError      *error,
            gpointer           user_data)
{
  AqWatch *self = user_data;

  self->reading = FALSE;
  if (self->feed != NULL)
    take_page (self, changes, n_changes, error);
  unref_watch (self);
}

/* the next page, if there is room for it */
static void
read_on (AqWatch *self)
{
  if (self->live || self->reading)
    return;
  if (self->n_waiting >= MAX_WAITING / 2)
    {
      stop_keeping (self);
      return;
    }
  start_keeping (self);
  self->reading = TRUE;
  aq_store_read_history (aq_engine_get_store (aq_watch_feed_get_engine (self->feed)), self->position, PAGE,
                         on_history, ref_watch (self));
}

static void
on_told (AqMonitorBatch *batch,
         gpointer        user_data)
{
  AqWatch *self = user_data;

  if (self->live)
    {
      append (self, batch);
      if (aq_watch_has_lines (self))
        aq_watch_feed_flush_soon (self->feed);
      /* the reader is slow: what follows comes from the history, when it has taken these */
      if (self->n_waiting > MAX_WAITING)
        self->live = FALSE;
    }
  else if (self->keeping)
    {
      g_ptr_array_add (self->kept, aq_monitor_batch_ref (batch));
      self->n_kept += aq_monitor_batch_get_length (batch);
      if (self->n_kept > MAX_KEPT)
        stop_keeping (self);
    }
}

static void
on_flush (gpointer user_data)
{
  AqWatch *self = user_data;

  if (aq_watch_has_lines (self))
    self->ready (self->user_data);
}

/* what was applied before we listened is flushed by now, and in the history */
static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  AqWatch *self = user_data;

  self->reading = FALSE;
  if (self->feed != NULL && error == NULL)
    read_on (self);
  unref_watch (self);
}

static gboolean
parse_since (AqWatch     *self,
             const char  *number,
             GError     **error)
{
  guint64 newest = aq_store_get_sequence (aq_engine_get_store (aq_watch_feed_get_engine (self->feed)));
  guint64 since;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT64, &since, NULL))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%s' in 'since:%s' is not a sequence number", number, number);
      return FALSE;
    }
  if (since > newest)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'since:%s' is in the future: the newest sequence number is %" G_GUINT64_FORMAT, number,
                   newest);
      return FALSE;
    }
  self->position = since;
  self->live = FALSE;
  return TRUE;
}

/* a filter does not know our own key, so it cannot suggest it */
static gboolean
check_key (const char  *word,
           GError     **error)
{
  /* an age is no step's */
  static const char * const keys[] = { "function", "limit", "priority", "queue", "state", "tag", NULL };
  const char *start = word + (*word == '-' ? 1 : 0);
  const char *colon = strchr (start, ':');
  g_autofree char *key = g_strndup (start, colon != NULL ? (gsize) (colon - start) : strlen (start));
  AqSuggestion suggestion;

  if (colon != NULL && g_strv_contains (keys, key))
    return TRUE;
  aq_suggestion_init (&suggestion, key);
  aq_suggestion_offer (&suggestion, "since");
  for (guint i = 0; keys[i] != NULL; i++)
    aq_suggestion_offer (&suggestion, keys[i]);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' is not known to watch: state:STATE, queue:GLOB, function:GLOB, tag:GLOB, limit:GLOB, "
               "priority:NUMBER or since:SEQ is wanted%s%s%s",
               word, suggestion.best != NULL ? "; did you mean '" : "",
               suggestion.best != NULL ? suggestion.best : "", suggestion.best != NULL ? ":'?" : "");
  return FALSE;
}

static gboolean
parse_arguments (AqWatch     *self,
                 const char  *arguments,
                 GError     **error)
{
  g_auto(GStrv) words = g_strsplit_set (arguments, " \t\r\n", -1);
  g_autoptr(GString) filter = g_string_new (NULL);

  for (char **word = words; *word != NULL; word++)
    {
      if (**word == '\0')
        continue;
      if (g_str_has_prefix (*word, SINCE))
        {
          if (!parse_since (self, *word + strlen (SINCE), error))
            return FALSE;
          continue;
        }
      if (!check_key (*word, error))
        return FALSE;
      g_string_append_printf (filter, " %s", *word);
    }
  if (filter->len > 0)
    self->filter = aq_filter_parse (filter->str, error);
  return filter->len == 0 || self->filter != NULL;
}

/**
 * aq_watch_new:
 * @feed: where changes come from; outlives the watch
 * @arguments: words of a filter, and `since:SEQ`: everything after the whole
 *   transaction SEQ; without it, everything from now on
 * @ready: called when there are lines to take and 20 ms were given to others to
 *   join them; must not free the watch
 * @user_data: for @ready
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, with a suggestion for an unknown key.
 *
 * Returns: (transfer full): a watch, or %NULL with @error set
 *
 * Since: 0.1
 */
AqWatch *
aq_watch_new (AqWatchFeed   *feed,
              const char    *arguments,
              AqWatchReady   ready,
              gpointer       user_data,
              GError       **error)
{
  AqEngine *engine = aq_watch_feed_get_engine (feed);
  AqWatch *self = g_new0 (AqWatch, 1);

  g_ref_count_init (&self->ref_count);
  self->feed = feed;
  self->ready = ready;
  self->user_data = user_data;
  g_queue_init (&self->pieces);
  self->kept = g_ptr_array_new_with_free_func (unref_batch);
  self->position = aq_store_get_sequence (aq_engine_get_store (engine));
  self->live = TRUE;
  if (!parse_arguments (self, arguments, error))
    {
      unref_watch (self);
      return NULL;
    }
  aq_watch_feed_add (feed, on_told, on_flush, self);
  if (!self->live)
    {
      self->reading = TRUE;
      aq_engine_when_flushed (engine, on_flushed, ref_watch (self));
    }
  return self;
}

void
aq_watch_free (AqWatch *self)
{
  aq_watch_feed_remove (self->feed, self);
  self->feed = NULL;
  unref_watch (self);
}

/* Returns: whether something waits; a filter may accept none of it */
gboolean
aq_watch_has_lines (AqWatch *self)
{
  return !g_queue_is_empty (&self->pieces);
}

/* moves lines out of the oldest piece; FALSE: it has more */
static gboolean
take_from_piece (AqWatch *self,
                 Piece   *piece,
                 gsize    max_bytes,
                 GString *lines)
{
  guint before = piece->cursor.next;
  gboolean done;

  if (piece->text != NULL)
    {
      g_string_append (lines, piece->text);
      return TRUE;
    }
  done = aq_monitor_batch_append (piece->batch, self->filter, &piece->cursor, max_bytes, lines);
  self->n_waiting -= piece->cursor.next - before;
  return done;
}

/**
 * aq_watch_take:
 * @self: a watch
 * @max_bytes: how much; the last line may go over it
 *
 * Returns: (transfer full) (nullable): the oldest lines, or %NULL if there are
 *   none
 *
 * Since: 0.1
 */
char *
aq_watch_take (AqWatch *self,
               gsize    max_bytes)
{
  GString *lines = g_string_new (NULL);
  Piece *piece;

  while (lines->len < max_bytes && (piece = g_queue_peek_head (&self->pieces)) != NULL)
    if (take_from_piece (self, piece, max_bytes, lines))
      free_piece (g_queue_pop_head (&self->pieces));
  read_on (self);
  return g_string_free (lines, lines->len == 0);
}
