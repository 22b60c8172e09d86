/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Why a job does not run: limits
 */

#include "config.h"

#include "core/aq-lane.h"
#include "core/aq-limit.h"
#include "core/aq-why.h"

/* more are only counted */
#define MAX_HOLDERS 100
#define MAX_HOLDERS_IN_TEXT 3

static AqLimit
get_limit (AqTransaction     *transaction,
           const AqLimitName *name)
{
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, name->definition);
  AqLimit limit = { 0 };

  if (item != NULL)
    (void) aq_limit_read (&limit, item->value, NULL);
  return limit;
}

static void
open_limit (AqWhyList         *list,
            AqReason           reason,
            const AqLimitName *name,
            const char        *text)
{
  gboolean is_instance = !g_str_equal (name->instance, name->definition);

  aq_why_list_open (list, reason, "limit '%s'%s%s%s %s", name->instance, is_instance ? " (of '" : "",
                    is_instance ? name->definition : "", is_instance ? "')" : "", text);
  aq_why_list_add (list, "limit", g_variant_new_string (name->definition));
  aq_why_list_add (list, "instance", g_variant_new_string (name->instance));
}

static gboolean
is_under (const AqLane      *lane,
          const AqLimitName *name)
{
  for (guint i = 0; i < lane->n_limits; i++)
    if (aq_limit_names_are_equal (&lane->limits[i], name, 1))
      return TRUE;
  return FALSE;
}

/* Returns: how many come before the job, and want a place of the same limit */
static guint64
count_before (const GArray      *before,
              const AqLimitName *name)
{
  guint64 n_jobs = 0;

  for (guint i = 0; i < before->len; i++)
    {
      const AqLaneCount *count = &g_array_index (before, AqLaneCount, i);

      if (is_under (count->lane, name))
        n_jobs += count->n_jobs;
    }
  return n_jobs;
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return first < second ? -1 : first > second;
}

/*
 * @n_ends: so many of them must end
 *
 * Returns: when they will have ended if each takes as long as others did; 0: nobody
 *   can tell, as for one that takes longer already
 */
static gint64
guess_end (AqTransaction    *transaction,
           const AqWhyEvent *event,
           const GPtrArray  *holders,
           guint64           n_ends)
{
  g_autoptr(GArray) ends = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < holders->len; i++)
    {
      const AqJob *holder = g_ptr_array_index (holders, i);
      gint64 end_usec = holder->extra != NULL ? holder->extra->started_usec : 0;
      gint64 mean_usec;

      if (end_usec == 0 ||
          !aq_run_times_get_mean (event->run_times, aq_job_get_function (holder), &mean_usec))
        return 0;
      end_usec += mean_usec;
      g_array_append_val (ends, end_usec);
    }
  if (n_ends == 0 || n_ends > ends->len)
    return 0;
  g_array_sort (ends, compare_times);
  if (g_array_index (ends, gint64, 0) <= transaction->now.wall_usec)
    return 0;
  return g_array_index (ends, gint64, n_ends - 1);
}

static void
add_full (AqWhyList          *list,
          AqTransaction      *transaction,
          const AqWhyEvent   *event,
          const AqLimitName  *name,
          const AqLimit      *limit,
          const AqLimitState *state,
          guint64             n_before)
{
  g_autoptr(GPtrArray) holders = g_ptr_array_new ();
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GString) text = g_string_new (NULL);
  gint64 end_usec = 0;

  aq_transaction_list_holders (transaction, name, MAX_HOLDERS, holders);
  g_string_append_printf (text, "is full: %" G_GUINT64_FORMAT " of %u, held by", state->n_holders, limit->size);
  for (guint i = 0; i < holders->len; i++)
    {
      const AqJob *holder = g_ptr_array_index (holders, i);

      g_array_append_val (ids, holder->id);
      if (i < MAX_HOLDERS_IN_TEXT)
        g_string_append_printf (text, "%s %" G_GUINT64_FORMAT " (%s, %s)", i > 0 ? "," : "", holder->id,
                                aq_job_get_function (holder), asyncq_job_state_to_string (holder->state));
    }
  if (state->n_holders > MAX_HOLDERS_IN_TEXT)
    g_string_append_printf (text, " and %" G_GUINT64_FORMAT " more", state->n_holders - MAX_HOLDERS_IN_TEXT);
  open_limit (list, AQ_REASON_LIMIT, name, text->str);
  aq_why_list_add (list, "size", g_variant_new_uint32 (limit->size));
  aq_why_list_add_ids (list, "holders", ids);
  aq_why_list_close (list);

  if (state->n_holders <= holders->len)
    end_usec = guess_end (transaction, event, holders, state->n_holders - limit->size + 1 + n_before);
  if (end_usec != 0)
    aq_why_list_delay (list, end_usec, "not before limit '%s' has a place for it, if its holders take as long as their "
                       "functions did on average", name->instance);
  else
    aq_why_list_set_unknown (list);
}

static void
add_used_up (AqWhyList         *list,
             AqTransaction     *transaction,
             const AqLimitName *name,
             const AqLimit     *limit,
             gint64             room_usec,
             guint64            n_before)
{
  gint64 until_usec = room_usec - transaction->now.steady_usec + transaction->now.wall_usec;
  g_autofree char *until = aq_why_dup_time (until_usec);
  g_autofree char *text = g_strdup_printf ("lets %u begin in %.6g s, and that is used up until %s", limit->rate,
                                           limit->period_usec / 1e6, until);

  open_limit (list, AQ_REASON_RATE, name, text);
  aq_why_list_add (list, "rate", g_variant_new_uint32 (limit->rate));
  aq_why_list_add (list, "period", g_variant_new_int64 (limit->period_usec));
  aq_why_list_add (list, "until", g_variant_new_int64 (until_usec));
  aq_why_list_close (list);
  /* a period has room for all of the rate, a bucket for one after the other */
  if (limit->burst == 0)
    until_usec += (gint64) (n_before / limit->rate) * limit->period_usec;
  else
    until_usec += (gint64) ((double) n_before * (double) limit->period_usec / limit->rate);
  aq_why_list_delay (list, until_usec, "limit '%s' has room for it then", name->instance);
}

/* Returns: from when the limit lets a job of the lane begin, steady clock; %G_MAXINT64: when a holder leaves */
static gint64
get_room (AqTransaction     *transaction,
          const AqLane      *lane,
          const AqLimitName *name,
          AqLimitState      *out_state)
{
  aq_transaction_get_limit_state (transaction, name, out_state);
  /* they have their places already */
  return lane->is_holding ? out_state->rate_usec : out_state->room_usec;
}

/**
 * aq_why_has_room:
 * @transaction: a transaction
 * @lane: a lane
 *
 * Returns: whether no limit holds its jobs back
 *
 * Since: 0.1
 */
gboolean
aq_why_has_room (AqTransaction *transaction,
                 const AqLane  *lane)
{
  AqLimitState state;

  for (guint i = 0; i < lane->n_limits; i++)
    if (get_room (transaction, lane, &lane->limits[i], &state) > transaction->now.steady_usec)
      return FALSE;
  return TRUE;
}

/**
 * aq_why_add_limits:
 * @list: where to add it
 * @transaction: a transaction
 * @event: who asks
 * @job: a pending job
 * @before: (element-type AqLaneCount): what comes before it, also what is held back
 *
 * Adds the limits that have no room for it.
 *
 * Since: 0.1
 */
void
aq_why_add_limits (AqWhyList        *list,
                   AqTransaction    *transaction,
                   const AqWhyEvent *event,
                   const AqJob      *job,
                   const GArray     *before)
{
  const AqLane *lane = job->lane;

  for (guint i = 0; i < lane->n_limits; i++)
    {
      const AqLimitName *name = &lane->limits[i];
      AqLimit limit = get_limit (transaction, name);
      AqLimitState state;
      gint64 room_usec = get_room (transaction, lane, name, &state);

      if (room_usec <= transaction->now.steady_usec)
        continue;
      if (room_usec != G_MAXINT64)
        add_used_up (list, transaction, name, &limit, room_usec, count_before (before, name));
      else
        add_full (list, transaction, event, name, &limit, &state, count_before (before, name));
    }
}
