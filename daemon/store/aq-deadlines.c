/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Deadlines
 *
 * A binary heap for each clock. A job knows its place in both (deadlines), and has
 * room for that only while it has a deadline or had one: most jobs never have.
 */

#include "config.h"

#include "store/aq-deadlines.h"

#define NO_INDEX G_MAXUINT32

void
aq_deadlines_clear (AqDeadlines *self)
{
  for (guint i = 0; i < AQ_N_TIME_KINDS; i++)
    g_clear_pointer (&self->heaps[i], g_array_unref);
}

static AqDeadlineEntry *
entry_at (GArray *heap,
          guint   index)
{
  return &g_array_index (heap, AqDeadlineEntry, index);
}

static void
set_entry (GArray          *heap,
           AqTimeKind       kind,
           guint            index,
           AqDeadlineEntry  entry)
{
  *entry_at (heap, index) = entry;
  entry.job->extra->deadlines[kind].index = index;
}

static void
sift (GArray          *heap,
      AqTimeKind       kind,
      guint            index,
      AqDeadlineEntry  entry)
{
  while (index > 0 && entry_at (heap, (index - 1) / 2)->usec > entry.usec)
    {
      set_entry (heap, kind, index, *entry_at (heap, (index - 1) / 2));
      index = (index - 1) / 2;
    }
  for (;;)
    {
      guint least = 2 * index + 1;

      if (least + 1 < heap->len && entry_at (heap, least + 1)->usec < entry_at (heap, least)->usec)
        least++;
      if (least >= heap->len || entry_at (heap, least)->usec >= entry.usec)
        break;
      set_entry (heap, kind, index, *entry_at (heap, least));
      index = least;
    }
  set_entry (heap, kind, index, entry);
}

static void
remove_at (GArray     *heap,
           AqTimeKind  kind,
           guint       index)
{
  AqDeadlineEntry last = *entry_at (heap, heap->len - 1);

  entry_at (heap, index)->job->extra->deadlines[kind] = (AqJobDeadline) { G_MAXINT64, NO_INDEX };
  g_array_set_size (heap, heap->len - 1);
  if (index < heap->len)
    sift (heap, kind, index, last);
}

static void
place (AqDeadlines *self,
       AqJob       *job,
       AqTimeKind   kind,
       gint64       usec)
{
  AqJobDeadline *deadline = &job->extra->deadlines[kind];

  if (self->heaps[kind] == NULL)
    self->heaps[kind] = g_array_new (FALSE, FALSE, sizeof (AqDeadlineEntry));
  if (deadline->usec == usec)
    return;
  if (usec == G_MAXINT64)
    {
      remove_at (self->heaps[kind], kind, deadline->index);
      return;
    }
  if (deadline->index == NO_INDEX)
    {
      deadline->index = self->heaps[kind]->len;
      g_array_set_size (self->heaps[kind], deadline->index + 1);
    }
  deadline->usec = usec;
  sift (self->heaps[kind], kind, deadline->index, (AqDeadlineEntry) { usec, job });
}

static void
ensure_deadlines (AqJobExtra *extra)
{
  if (extra->deadlines != NULL)
    return;
  extra->deadlines = g_new (AqJobDeadline, AQ_N_TIME_KINDS);
  for (guint i = 0; i < AQ_N_TIME_KINDS; i++)
    extra->deadlines[i] = (AqJobDeadline) { G_MAXINT64, NO_INDEX };
}

void
aq_deadlines_place (AqDeadlines *self,
                    AqJob       *job)
{
  /* only settings and the past give a job a deadline */
  if (job->extra == NULL ||
      (job->extra->settings == NULL && job->extra->past == NULL && job->extra->deadlines == NULL))
    return;
  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    {
      gint64 usec = aq_job_get_deadline (job, kind);

      if (usec == G_MAXINT64 && job->extra->deadlines == NULL)
        continue;
      ensure_deadlines (job->extra);
      place (self, job, kind, usec);
    }
}

void
aq_deadlines_remove (AqDeadlines *self,
                     AqJob       *job)
{
  if (job->extra == NULL || job->extra->deadlines == NULL)
    return;
  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    place (self, job, kind, G_MAXINT64);
  g_clear_pointer (&job->extra->deadlines, g_free);
}

gint64
aq_deadlines_get_earliest (const AqDeadlines *self,
                           AqTimeKind         kind)
{
  GArray *heap = self->heaps[kind];

  return heap != NULL && heap->len > 0 ? entry_at (heap, 0)->usec : G_MAXINT64;
}

AqJob *
aq_deadlines_get_overdue (const AqDeadlines *self,
                          const AqTime      *now)
{
  const gint64 now_usec[] = { [AQ_TIME_WALL] = now->wall_usec, [AQ_TIME_STEADY] = now->steady_usec };
  gint64 longest_usec = -1;
  AqJob *job = NULL;

  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    {
      gint64 usec = aq_deadlines_get_earliest (self, kind);

      if (usec > now_usec[kind] || now_usec[kind] - usec <= longest_usec)
        continue;
      longest_usec = now_usec[kind] - usec;
      job = entry_at (self->heaps[kind], 0)->job;
    }
  return job;
}
