/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: changing many jobs at once
 *
 * It is many transactions, and other requests are served in between: what ends
 * meanwhile is counted as skipped.
 */

#include "config.h"

#include "core/aq-engine-bulk.h"

#include "core/aq-engine-private.h"

/* in one step */
#define MAX_CHANGED 1000
#define MAX_BYTES (4 * 1024 * 1024)

typedef struct
{
  AqBulkEvent   event; /* first: what the rule is given; the filter, why and its lists are owned */
  AqEngine     *engine;
  AqEngineRead  done;
  gpointer      user_data;
} Bulk;

static void
unref_value (gpointer value)
{
  g_variant_unref (value);
}

/* Returns: (nullable): why such a change cannot be made now */
static const GError *
get_refusal (AqEngine           *self,
             const AqBulkEvent  *event)
{
  if (event->dry_run)
    return NULL;
  if (event->action == AQ_BULK_RETRY)
    return aq_store_get_refusal (self->store);
  return event->action == AQ_BULK_PRIORITY ? aq_engine_get_refusal (self) : NULL;
}

static GVariant *
new_skipped (const AqBulkEvent *event,
             guint64           *out_n_skipped)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  *out_n_skipped = 0;
  for (AqBulkSkip skip = 0; skip < AQ_N_BULK_SKIPS; skip++)
    {
      if (event->out_n_skipped[skip] > 0)
        g_variant_builder_add (&builder, "{st}", aq_bulk_skip_to_string (skip), event->out_n_skipped[skip]);
      *out_n_skipped += event->out_n_skipped[skip];
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
new_answer (const AqBulkEvent *event)
{
  guint64 n_skipped;
  GVariant *reasons = new_skipped (event, &n_skipped);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "changed", "t", event->out_n_changed);
  g_variant_dict_insert (&dict, "skipped", "t", n_skipped);
  g_variant_dict_insert (&dict, "failed", "t", event->out_n_failed);
  g_variant_dict_insert_value (&dict, "reasons", reasons);
  g_variant_dict_insert_value (&dict, "errors", g_variant_new_strv ((const char * const *) event->out_errors->pdata,
                                                                    event->out_errors->len));
  g_variant_dict_insert_value (&dict, "samples",
                               g_variant_new_array (G_VARIANT_TYPE_VARDICT, (GVariant **) event->out_samples->pdata,
                                                    event->out_samples->len));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
finish (gpointer      data,
        const GError *error)
{
  Bulk *bulk = data;
  AqBulkEvent *event = &bulk->event;
  g_autoptr(GVariant) answer = error == NULL ? new_answer (event) : NULL;

  bulk->done (answer, error, bulk->user_data);
  aq_filter_unref (event->walk.filter);
  g_array_unref (event->out_away);
  g_array_unref (event->out_stops);
  g_ptr_array_unref (event->out_samples);
  g_ptr_array_unref (event->out_errors);
  g_free ((char *) event->why);
  g_free (bulk);
}

static gboolean
take_step (AqTransaction  *transaction,
           gpointer        data,
           GError        **error)
{
  Bulk *bulk = data;

  bulk->event.refusal = get_refusal (bulk->engine, &bulk->event);
  return aq_rule_bulk (transaction, &bulk->event, error);
}

static void
on_stepped (AqEngine *self,
            gpointer  data,
            guint64   sequence)
{
  Bulk *bulk = data;

  if (bulk->event.dry_run)
    return;
  aq_engine_poke (self);
  aq_engine_stop_attempts (self, bulk->event.out_stops, sequence);
  /* the old list is held until they are told */
  g_array_unref (bulk->event.out_stops);
  bulk->event.out_stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
}

static Bulk *
new_bulk (AqEngine            *self,
          AqFilter            *filter,
          const AqBulkOptions *options)
{
  Bulk *bulk = g_new0 (Bulk, 1);
  AqBulkEvent *event = &bulk->event;

  aq_job_walk_init (&event->walk, aq_filter_ref (filter));
  event->action = options->action;
  event->dry_run = options->dry_run;
  event->priority = options->priority;
  event->why = g_strdup (options->why != NULL ? options->why : "");
  event->limit = options->limit;
  event->max_jobs = MAX_CHANGED;
  event->max_bytes = MAX_BYTES;
  event->queues = self->queues;
  event->out_away = g_array_new (FALSE, FALSE, sizeof (guint64));
  event->fetched_id = G_MAXUINT64;
  event->out_stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  event->out_samples = g_ptr_array_new_with_free_func (unref_value);
  event->out_errors = g_ptr_array_new_with_free_func (g_free);
  bulk->engine = self;
  return bulk;
}

/**
 * aq_engine_change_jobs:
 * @self: an engine
 * @actor: who asked for it
 * @filter: which jobs
 * @options: what is done to each
 * @done: called, later, with a{sv}: how many were changed, skipped and have failed;
 *   see org.asyncq.Manager1.ChangeJobs
 * @user_data: for @done
 *
 * Does to all jobs that a filter accepts what could be done to each.
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE` as aq_engine_cancel(); why the store refuses such
 * a change from the start; what the store reports, and then some jobs may be changed.
 *
 * Since: 0.1
 */
void
aq_engine_change_jobs (AqEngine            *self,
                       const AqActor       *actor,
                       AqFilter            *filter,
                       const AqBulkOptions *options,
                       AqEngineRead         done,
                       gpointer             user_data)
{
  g_autoptr(GError) error = NULL;
  Bulk *bulk;

  if (options->why != NULL && !aq_engine_check_why (options->why, &error))
    {
      done (NULL, error, user_data);
      return;
    }
  bulk = new_bulk (self, filter, options);
  bulk->done = done;
  bulk->user_data = user_data;
  if (get_refusal (self, &bulk->event) != NULL)
    {
      finish (bulk, get_refusal (self, &bulk->event));
      return;
    }
  aq_engine_walk (self, actor, &(AqEngineWalkRequest) {
    .rule = take_step,
    .event = bulk,
    .walk = &bulk->event.walk,
    .away = bulk->event.out_away,
    .stepped = on_stepped,
    .done = finish,
  });
}
