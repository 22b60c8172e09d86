/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Events as JSON
 *
 * A line has a head, which numbers the event within what a watcher sees of its
 * transaction, and a tail, which is the same for all. Whoever watches everything
 * is given the lines as they are; for a filter the heads are made anew, so that
 * "last" is on the last line that this watcher gets of a transaction.
 *
 * A batch is shared by all who have to read it, and none of them has a copy. A
 * transaction may have a million events; the lines of a batch that is large are
 * made when they are asked for, and not kept.
 */

#include "config.h"

#include "monitor/aq-monitor-event.h"

#include "core/aq-engine-annotations.h"

/* about 700 KiB of lines */
#define MAX_KEPT_EVENTS 4096

typedef struct
{
  AqJobChange change;
  AqLane     *lane;       /* owned, nullable */
  GVariant   *progress;   /* owned, nullable; of an annotation: how far the job has come */
  guint       line_start; /* in the text, if there is one */
  guint       tail_start;
  guint       line_end;
} Event;

struct _AqMonitorBatch
{
  grefcount  ref_count;
  GString   *text;   /* every event, as a watcher without a filter gets it; NULL in a large batch */
  GArray    *events; /* of Event */
};

static void
clear_event (gpointer data)
{
  Event *event = data;

  g_clear_pointer (&event->lane, aq_lane_unref);
  g_clear_pointer (&event->progress, g_variant_unref);
}

/* RFC 8259, section 7; @text is UTF-8 */
static void
append_string (GString    *line,
               const char *text)
{
  g_string_append_c (line, '"');
  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (line, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (line, "\\u%04x", *c);
    else
      g_string_append_c (line, *c);
  g_string_append_c (line, '"');
}

static void
append_nullable (GString    *line,
                 const char *key,
                 const char *text)
{
  g_string_append (line, key);
  if (text != NULL)
    append_string (line, text);
  else
    g_string_append (line, "null");
}

/* decimal, without the detour through a format: this is done for every event */
static void
append_number (GString *line,
               guint64  number,
               guint    width)
{
  char digits[20];
  guint n = 0;

  do
    digits[n++] = '0' + number % 10;
  while ((number /= 10) > 0);
  for (guint i = n; i < width; i++)
    g_string_append_c (line, '0');
  while (n > 0)
    g_string_append_c (line, digits[--n]);
}

/* behaviour Z165: UTC, six digits of a fraction, none where it is zero */
static void
append_time (GString *line,
             gint64   time_usec)
{
  gint64 fraction = ((time_usec % G_USEC_PER_SEC) + G_USEC_PER_SEC) % G_USEC_PER_SEC;
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc ((time_usec - fraction) / G_USEC_PER_SEC);
  g_autofree char *seconds = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

  if (seconds == NULL)
    {
      g_string_append (line, ",\"time\":null");
      return;
    }
  g_string_append_printf (line, ",\"time\":\"%s", seconds);
  if (fraction != 0)
    {
      g_string_append_c (line, '.');
      append_number (line, fraction, 6);
    }
  g_string_append (line, "Z\"");
}

static void
append_head (GString  *line,
             guint64   sequence,
             guint     n,
             gboolean  last)
{
  g_string_append (line, "{\"seq\":");
  append_number (line, sequence, 0);
  g_string_append (line, ",\"n\":");
  append_number (line, n, 0);
  if (last)
    g_string_append (line, ",\"last\":true");
}

static void
append_progress (GString  *line,
                 GVariant *progress)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  const char *message;
  guint64 count, total;
  double fraction;

  g_variant_get (progress, "(dtt&s)", &fraction, &count, &total, &message);
  g_string_append (line, ",\"progress\":{\"fraction\":");
  g_string_append (line, fraction >= 0 ? g_ascii_dtostr (digits, sizeof digits, fraction) : "null");
  g_string_append (line, ",\"count\":");
  append_number (line, count, 0);
  g_string_append (line, ",\"total\":");
  append_number (line, total, 0);
  append_nullable (line, ",\"message\":", message);
  g_string_append_c (line, '}');
}

static void
append_tail (GString     *line,
             const Event *event)
{
  const AqJobChange *change = &event->change;
  const AqLane *lane = event->lane;

  append_time (line, change->time_usec);
  g_string_append (line, ",\"job\":");
  append_number (line, change->id, 0);
  append_nullable (line, ",\"queue\":", lane != NULL ? lane->queue : NULL);
  append_nullable (line, ",\"function\":", lane != NULL ? lane->function : NULL);
  append_nullable (line, ",\"state\":", asyncq_job_state_to_string (change->state));
  append_nullable (line, ",\"outcome\":", asyncq_job_outcome_to_string (change->outcome));
  g_string_append (line, ",\"attempt\":");
  append_number (line, change->attempt, 0);
  if (change->is_annotation)
    g_string_append (line, ",\"annotation\":true");
  if (event->progress != NULL)
    append_progress (line, event->progress);
  g_string_append (line, "}\n");
}

static const Event *
get_event (AqMonitorBatch *self,
           guint           index)
{
  return &g_array_index (self->events, Event, index);
}

static gboolean
is_last (AqMonitorBatch *self,
         guint           index)
{
  return index + 1 >= self->events->len ||
         get_event (self, index)->change.sequence != get_event (self, index + 1)->change.sequence;
}

static void
make_text (AqMonitorBatch *self)
{
  guint n = 0;

  self->text = g_string_sized_new (self->events->len * 192);
  for (guint i = 0; i < self->events->len; i++)
    {
      Event *event = &g_array_index (self->events, Event, i);
      gboolean last = is_last (self, i);

      event->line_start = self->text->len;
      append_head (self->text, event->change.sequence, n, last);
      event->tail_start = self->text->len;
      append_tail (self->text, event);
      event->line_end = self->text->len;
      n = last ? 0 : n + 1;
    }
}

static AqMonitorBatch *
batch_new (AqEngine          *engine,
           const AqJobChange *changes,
           AqLane           **lanes,
           guint              n_changes)
{
  AqMonitorBatch *self = g_new0 (AqMonitorBatch, 1);

  g_ref_count_init (&self->ref_count);
  self->events = g_array_sized_new (FALSE, FALSE, sizeof (Event), n_changes);
  g_array_set_clear_func (self->events, clear_event);
  for (guint i = 0; i < n_changes; i++)
    {
      Event event = { .change = changes[i], .lane = lanes[i] != NULL ? aq_lane_ref (lanes[i]) : NULL };

      if (engine != NULL && changes[i].is_annotation)
        event.progress = aq_engine_dup_progress (engine, changes[i].id);
      g_array_append_val (self->events, event);
    }
  if (n_changes <= MAX_KEPT_EVENTS)
    make_text (self);
  return self;
}

/**
 * aq_monitor_batch_new:
 * @changes: (array length=n_changes): whole transactions, in order
 * @lanes: (array length=n_changes): of their jobs; an element is %NULL where the
 *   job is gone
 * @n_changes: how many
 *
 * Returns: (transfer full): the changes as they are shown
 *
 * Since: 0.1
 */
AqMonitorBatch *
aq_monitor_batch_new (const AqJobChange  *changes,
                      AqLane            **lanes,
                      guint               n_changes)
{
  return batch_new (NULL, changes, lanes, n_changes);
}

/**
 * aq_monitor_batch_new_for:
 * @engine: whose jobs they are
 * @changes: (array length=n_changes): whole transactions, in order
 * @n_changes: how many
 *
 * Returns: (transfer full): the changes as they are shown
 *
 * Since: 0.1
 */
AqMonitorBatch *
aq_monitor_batch_new_for (AqEngine          *engine,
                          const AqJobChange *changes,
                          guint              n_changes)
{
  g_autoptr(GPtrArray) lanes = aq_engine_ref_lanes (engine, changes, n_changes);

  return batch_new (engine, changes, (AqLane **) lanes->pdata, n_changes);
}

AqMonitorBatch *
aq_monitor_batch_ref (AqMonitorBatch *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_monitor_batch_unref (AqMonitorBatch *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_array_unref (self->events);
  g_free (self);
}

/* Returns: whether somebody else has a reference to it */
gboolean
aq_monitor_batch_is_shared (AqMonitorBatch *self)
{
  return !g_ref_count_compare (&self->ref_count, 1);
}

/* Returns: whether it is what aq_monitor_batch_new_for() would make of these: whole transactions are the same
 * where their first and last sequence are */
gboolean
aq_monitor_batch_is_of (AqMonitorBatch    *self,
                        const AqJobChange *changes,
                        guint              n_changes)
{
  return self->events->len == n_changes && n_changes > 0 &&
         get_event (self, 0)->change.sequence == changes[0].sequence &&
         get_event (self, n_changes - 1)->change.sequence == changes[n_changes - 1].sequence;
}

/* Returns: how many events it has */
guint
aq_monitor_batch_get_length (AqMonitorBatch *self)
{
  return self->events->len;
}

/* Returns: of its last transaction; 0 for an empty batch */
guint64
aq_monitor_batch_get_sequence (AqMonitorBatch *self)
{
  return self->events->len > 0 ? get_event (self, self->events->len - 1)->change.sequence : 0;
}

/* Returns: the first event after a transaction, the length where there is none */
guint
aq_monitor_batch_find (AqMonitorBatch *self,
                       guint64         after_sequence)
{
  guint low = 0;
  guint high = self->events->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (get_event (self, middle)->change.sequence <= after_sequence)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static guint
next_accepted (AqMonitorBatch *self,
               AqFilter       *filter,
               guint           index)
{
  while (filter != NULL && index < self->events->len)
    {
      const Event *event = get_event (self, index);

      if (aq_filter_accepts_step (filter, event->lane, event->change.state, event->change.outcome))
        break;
      index++;
    }
  return index;
}

/* as they are, so many as fit, but one at least */
static gboolean
append_text (AqMonitorBatch  *self,
             AqMonitorCursor *cursor,
             gsize            max_bytes,
             GString         *lines)
{
  guint start = get_event (self, cursor->next)->line_start;
  guint end;

  do
    end = get_event (self, cursor->next++)->line_end;
  while (cursor->next < self->events->len && lines->len + (end - start) < max_bytes);
  g_string_append_len (lines, self->text->str + start, end - start);
  return cursor->next == self->events->len;
}

static void
append_event (AqMonitorBatch *self,
              guint           index,
              guint           n,
              gboolean        last,
              GString        *lines)
{
  const Event *event = get_event (self, index);

  append_head (lines, event->change.sequence, n, last);
  if (self->text != NULL)
    g_string_append_len (lines, self->text->str + event->tail_start, event->line_end - event->tail_start);
  else
    append_tail (lines, event);
}

/**
 * aq_monitor_batch_append:
 * @self: a batch
 * @filter: (nullable): which events; %NULL means all
 * @cursor: (inout): how far the reader is
 * @max_bytes: stop when @lines has so many; the last line may go over it
 * @lines: where to append lines, each ended by a newline
 *
 * Returns: whether the batch has no more for this reader
 *
 * Since: 0.1
 */
gboolean
aq_monitor_batch_append (AqMonitorBatch  *self,
                         AqFilter        *filter,
                         AqMonitorCursor *cursor,
                         gsize            max_bytes,
                         GString         *lines)
{
  guint index = next_accepted (self, filter, cursor->next);

  if (filter == NULL && self->text != NULL && index < self->events->len && lines->len < max_bytes)
    return append_text (self, cursor, max_bytes, lines);
  while (index < self->events->len && lines->len < max_bytes)
    {
      guint next = next_accepted (self, filter, index + 1);
      gboolean last = next == self->events->len ||
                      get_event (self, next)->change.sequence != get_event (self, index)->change.sequence;

      append_event (self, index, cursor->n, last, lines);
      cursor->n = last ? 0 : cursor->n + 1;
      index = next;
    }
  cursor->next = index;
  return index == self->events->len;
}

/**
 * aq_monitor_event_append_resync:
 * @lines: where to append a line
 * @since: the sequence after which the stream goes on
 * @reason: why what came before is left out
 *
 * Since: 0.1
 */
void
aq_monitor_event_append_resync (GString    *lines,
                                guint64     since,
                                const char *reason)
{
  g_string_append (lines, "{\"resync\":true,\"since\":");
  append_number (lines, since, 0);
  append_nullable (lines, ",\"reason\":", reason);
  g_string_append (lines, "}\n");
}
