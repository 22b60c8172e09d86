/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Statistics
 *
 * Puts together what is kept: how many jobs there are and what happened to them
 * lately by the store (aq-queue-counts.c), run times by the engine. No job is
 * looked at but the one of each queue that has been due for longest.
 */

#include "config.h"

#include "core/aq-statistics.h"

#include "core/aq-queue-counts.h"

/* the times that throughput is told of */
static const guint minutes[] = { 1, 5, 15 };

static GVariant *
new_states (const guint64 *n_in_state)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    g_variant_builder_add (&builder, "{st}", asyncq_job_state_to_string (state), n_in_state[state]);
  return g_variant_builder_end (&builder);
}

static void
add_flow (GVariantBuilder *builder,
          AqQueueCounts   *counts,
          const AqTime    *now)
{
  guint32 put[G_N_ELEMENTS (minutes)];
  guint32 started[G_N_ELEMENTS (minutes)];
  guint32 ended[G_N_ELEMENTS (minutes)];
  guint32 failed[G_N_ELEMENTS (minutes)];
  const struct
  {
    const char    *key;
    const guint32 *values;
  } entries[] = { { "put", put }, { "started", started }, { "ended", ended }, { "failed", failed } };

  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    {
      AqFlow flow = aq_queue_counts_get_flow (counts, now->monotonic_usec, minutes[i] * 60 * G_USEC_PER_SEC);

      put[i] = flow.n_put;
      started[i] = flow.n_started;
      ended[i] = flow.n_ended;
      failed[i] = flow.n_failed;
    }
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_variant_builder_add (builder, "{sv}", entries[i].key,
                           g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, entries[i].values,
                                                      G_N_ELEMENTS (minutes), sizeof (guint32)));
}

static void
add_queue (GVariantBuilder *builder,
           AqTransaction   *transaction,
           AqQueueCounts   *counts)
{
  const AqJob *oldest = aq_transaction_get_oldest_due (transaction, counts->name);
  const AqTime *now = &transaction->now;
  gint64 age_usec = 0;

  if (oldest != NULL)
    age_usec = (oldest->flags & AQ_JOB_STEADY ? now->steady_usec : now->wall_usec) - oldest->due_usec;
  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (builder, "{sv}", "name", g_variant_new_string (counts->name));
  g_variant_builder_add (builder, "{sv}", "jobs", new_states (counts->n_in_state));
  g_variant_builder_add (builder, "{sv}", "oldest", g_variant_new_uint64 (oldest != NULL ? oldest->id : 0));
  g_variant_builder_add (builder, "{sv}", "oldest-age", g_variant_new_int64 (MAX (age_usec, 0)));
  add_flow (builder, counts, now);
  g_variant_builder_close (builder);
}

static GVariant *
new_queues (AqTransaction *transaction)
{
  g_autoptr(GPtrArray) list = aq_transaction_list_queue_counts (transaction);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    add_queue (&builder, transaction, g_ptr_array_index (list, i));
  return g_variant_builder_end (&builder);
}

static GVariant *
new_functions (AqRunTimes *run_times)
{
  g_autoptr(GArray) list = aq_run_times_list (run_times);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    {
      const AqRunTime *time = &g_array_index (list, AqRunTime, i);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (time->function));
      g_variant_builder_add (&builder, "{sv}", "runs", g_variant_new_uint64 (time->n_runs));
      g_variant_builder_add (&builder, "{sv}", "failed", g_variant_new_uint64 (time->n_failed));
      g_variant_builder_add (&builder, "{sv}", "mean", g_variant_new_int64 (time->mean_usec));
      g_variant_builder_add (&builder, "{sv}", "p50", g_variant_new_int64 (time->p50_usec));
      g_variant_builder_add (&builder, "{sv}", "p90", g_variant_new_int64 (time->p90_usec));
      g_variant_builder_add (&builder, "{sv}", "p99", g_variant_new_int64 (time->p99_usec));
      g_variant_builder_add (&builder, "{sv}", "max", g_variant_new_int64 (time->max_usec));
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

/**
 * aq_rule_read_statistics:
 * @transaction: a transaction
 * @statistics_event: an #AqStatisticsEvent
 * @error: return location for an error
 *
 * Tells how many jobs there are, and how it goes with them. It changes nothing.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_read_statistics (AqTransaction  *transaction,
                         gpointer        statistics_event,
                         GError        **error)
{
  AqStatisticsEvent *event = statistics_event;
  guint64 n_in_state[ASYNCQ_N_JOB_STATES];
  GVariantBuilder builder;

  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    n_in_state[state] = aq_transaction_count_state (transaction, state);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "time", g_variant_new_int64 (transaction->now.wall_usec));
  g_variant_builder_add (&builder, "{sv}", "since", g_variant_new_int64 (event->since_usec));
  g_variant_builder_add (&builder, "{sv}", "jobs", new_states (n_in_state));
  g_variant_builder_add (&builder, "{sv}", "queues", new_queues (transaction));
  g_variant_builder_add (&builder, "{sv}", "functions", new_functions (event->run_times));
  event->out_value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}
