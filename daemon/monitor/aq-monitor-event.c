/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Events as JSON
 *
 * A line has a head, which numbers the event within what a watcher sees of its
 * transaction, and a tail, which is the same for all. Whoever watches everything
 * is given the lines as they are; for a filter the heads are made anew, so that
 * "last" is on the last line that this watcher gets of a transaction.
 */

#include "config.h"

#include "monitor/aq-monitor-event.h"

typedef struct
{
  guint64 sequence;
  AqLane *lane;       /* owned, nullable */
  guint   line_start; /* in the text */
  guint   tail_start;
  guint   line_end;
  guint8  state;
  guint8  outcome;
} Event;

struct _AqMonitorBatch
{
  grefcount  ref_count;
  GString   *text;   /* every event, as a watcher without a filter gets it */
  GArray    *events; /* of Event */
};

static void
clear_event (gpointer data)
{
  Event *event = data;

  g_clear_pointer (&event->lane, aq_lane_unref);
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
             guint     n)
{
  g_string_append (line, "{\"seq\":");
  append_number (line, sequence, 0);
  g_string_append (line, ",\"n\":");
  append_number (line, n, 0);
}

static void
append_tail (GString           *line,
             const AqJobChange *change,
             const AqLane      *lane)
{
  append_time (line, change->time_usec);
  g_string_append (line, ",\"job\":");
  append_number (line, change->id, 0);
  append_nullable (line, ",\"queue\":", lane != NULL ? lane->queue : NULL);
  append_nullable (line, ",\"function\":", lane != NULL ? lane->function : NULL);
  append_nullable (line, ",\"state\":", asyncq_job_state_to_string (change->state));
  append_nullable (line, ",\"outcome\":", asyncq_job_outcome_to_string (change->outcome));
  g_string_append (line, ",\"attempt\":");
  append_number (line, change->attempt, 0);
  g_string_append (line, "}\n");
}

#define LAST ",\"last\":true"

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
  AqMonitorBatch *self = g_new0 (AqMonitorBatch, 1);
  guint n = 0;

  g_ref_count_init (&self->ref_count);
  self->text = g_string_sized_new (n_changes * 192);
  self->events = g_array_sized_new (FALSE, FALSE, sizeof (Event), n_changes);
  g_array_set_clear_func (self->events, clear_event);
  for (guint i = 0; i < n_changes; i++)
    {
      Event event = { .sequence = changes[i].sequence, .state = changes[i].state, .outcome = changes[i].outcome,
                      .line_start = self->text->len };

      n = i > 0 && changes[i - 1].sequence == event.sequence ? n + 1 : 0;
      append_head (self->text, event.sequence, n);
      if (i + 1 == n_changes || changes[i + 1].sequence != event.sequence)
        g_string_append (self->text, LAST);
      event.tail_start = self->text->len;
      append_tail (self->text, &changes[i], lanes[i]);
      event.line_end = self->text->len;
      event.lane = lanes[i] != NULL ? aq_lane_ref (lanes[i]) : NULL;
      g_array_append_val (self->events, event);
    }
  return self;
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

  return aq_monitor_batch_new (changes, (AqLane **) lanes->pdata, n_changes);
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
  g_string_free (self->text, TRUE);
  g_array_unref (self->events);
  g_free (self);
}

/* Returns: bytes of all its lines */
gsize
aq_monitor_batch_get_size (AqMonitorBatch *self)
{
  return self->text->len;
}

/* Returns: of its last transaction; 0 for an empty batch */
guint64
aq_monitor_batch_get_sequence (AqMonitorBatch *self)
{
  return self->events->len > 0 ? g_array_index (self->events, Event, self->events->len - 1).sequence : 0;
}

static const Event *
next_accepted (AqMonitorBatch *self,
               AqFilter       *filter,
               guint          *index)
{
  while (*index < self->events->len)
    {
      const Event *event = &g_array_index (self->events, Event, (*index)++);

      if (filter == NULL || aq_filter_accepts_step (filter, event->lane, event->state, event->outcome))
        return event;
    }
  return NULL;
}

/**
 * aq_monitor_batch_append:
 * @self: a batch
 * @filter: (nullable): which events; %NULL means all
 * @after_sequence: leave out transactions up to this one
 * @lines: where to append them, each ended by a newline
 *
 * Since: 0.1
 */
void
aq_monitor_batch_append (AqMonitorBatch *self,
                         AqFilter       *filter,
                         guint64         after_sequence,
                         GString        *lines)
{
  const Event *event;
  guint index = 0;
  guint n = 0;

  while (index < self->events->len && g_array_index (self->events, Event, index).sequence <= after_sequence)
    index++;
  if (index == self->events->len)
    return;
  if (filter == NULL)
    {
      guint start = g_array_index (self->events, Event, index).line_start;

      g_string_append_len (lines, self->text->str + start, self->text->len - start);
      return;
    }

  event = next_accepted (self, filter, &index);
  while (event != NULL)
    {
      const Event *next = next_accepted (self, filter, &index);
      gboolean last = next == NULL || next->sequence != event->sequence;
      guint tail = event->tail_start;

      append_head (lines, event->sequence, n);
      if (last)
        g_string_append (lines, LAST);
      g_string_append_len (lines, self->text->str + tail, event->line_end - tail);
      n = last ? 0 : n + 1;
      event = next;
    }
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
