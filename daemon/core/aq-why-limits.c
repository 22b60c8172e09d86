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

/* Returns: when the first of them ends if it takes as long as others did; 0: nobody can tell */
static gint64
guess_end (AqTransaction    *transaction,
           const AqWhyEvent *event,
           const GPtrArray  *holders)
{
  gint64 first_usec = G_MAXINT64;

  for (guint i = 0; i < holders->len; i++)
    {
      const AqJob *holder = g_ptr_array_index (holders, i);
      gint64 started_usec = holder->extra != NULL ? holder->extra->started_usec : 0;
      gint64 mean_usec;

      if (started_usec == 0 ||
          !aq_run_times_get_mean (event->run_times, aq_job_get_function (holder), &mean_usec))
        return 0;
      first_usec = MIN (first_usec, MAX (started_usec + mean_usec, transaction->now.wall_usec));
    }
  return holders->len > 0 ? first_usec : 0;
}

static void
add_full (AqWhyList          *list,
          AqTransaction      *transaction,
          const AqWhyEvent   *event,
          const AqLimitName  *name,
          const AqLimit      *limit,
          const AqLimitState *state)
{
  g_autoptr(GPtrArray) holders = g_ptr_array_new ();
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GString) text = g_string_new (NULL);
  gint64 end_usec;

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

  end_usec = guess_end (transaction, event, holders);
  if (end_usec != 0)
    aq_why_list_delay (list, end_usec, "not before limit '%s' has a place again, if its holders take as long as their "
                       "functions did on average", name->instance);
  else
    aq_why_list_set_unknown (list);
}

static void
add_used_up (AqWhyList         *list,
             AqTransaction     *transaction,
             const AqLimitName *name,
             const AqLimit     *limit,
             gint64             room_usec)
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
  aq_why_list_delay (list, until_usec, "limit '%s' has room again then", name->instance);
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
 *
 * Adds the limits that have no room for it.
 *
 * Since: 0.1
 */
void
aq_why_add_limits (AqWhyList        *list,
                   AqTransaction    *transaction,
                   const AqWhyEvent *event,
                   const AqJob      *job)
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
        add_used_up (list, transaction, name, &limit, room_usec);
      else
        add_full (list, transaction, event, name, &limit, &state);
    }
}
