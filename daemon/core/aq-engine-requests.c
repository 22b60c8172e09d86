/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: what clients ask for
 *
 * Each request is an event with the callback that is owed. The rule is applied,
 * and the answer is held at the gate until everything that it may reveal is
 * flushed.
 */

#include "config.h"

#include "core/aq-engine-private.h"

#include "core/aq-draft-list.h"
#include "core/aq-job-view.h"
#include "core/aq-lane.h"
#include "core/aq-put.h"

#include <string.h>

/* an answer that grows larger goes on in the next one: a message of D-Bus has an end */
#define MAX_LIST_BYTES (16 * 1024 * 1024)
/* how many jobs that are away a list brings back at once: each may be large */
#define MAX_FETCHED 64

/* submit */

typedef struct
{
  AqPutEvent         event;  /* out_ids is owned */
  AqDraftList       *drafts; /* owned, nullable: what the event points into */
  AqActor            actor;  /* its sender is owned */
  GError            *refusal; /* owned, nullable: the event's */
  AqEngine          *engine;
  AqEngineSubmitted  done;
  gpointer           user_data;
} Submit;

static void
finish_submit (Submit       *submit,
               const GError *error)
{
  if (error == NULL)
    submit->done (submit->event.out_ids, submit->event.n_drafts, NULL, submit->user_data);
  else
    submit->done (NULL, 0, error, submit->user_data);
  g_clear_pointer (&submit->drafts, aq_draft_list_free);
  g_clear_error (&submit->refusal);
  g_free ((char *) submit->actor.sender);
  g_free (submit->event.out_ids);
  g_free (submit);
}

static void
on_submit_flushed (const GError *error,
                   gpointer      user_data)
{
  finish_submit (user_data, error);
}

static void
on_put (gpointer      event,
        guint64       sequence,
        const GError *error,
        gpointer      user_data)
{
  Submit *submit = user_data;

  if (error != NULL)
    {
      finish_submit (submit, error);
      return;
    }
  /* bulk lists are large, and nobody needs this one any more */
  g_clear_pointer (&submit->drafts, aq_draft_list_free);
  aq_engine_poke (submit->engine);
  aq_gate_hold (aq_store_get_gate (submit->engine->store), sequence, on_submit_flushed, submit);
}

/* without room for it the rule has still to see whether it is known */
static void
on_submit_room (const GError *error,
                gpointer      user_data)
{
  Submit *submit = user_data;

  submit->refusal = error != NULL ? g_error_copy (error) : NULL;
  submit->event.refusal = submit->refusal;
  aq_store_apply (submit->engine->store, &submit->actor, aq_rule_put, &submit->event, on_put, submit);
}

static void
on_submit_fetched (const GError *error,
                   gpointer      user_data)
{
  Submit *submit = user_data;
  AqStore *store = submit->engine->store;

  if (error != NULL)
    finish_submit (submit, error);
  else if (aq_store_get_refusal (store) != NULL)
    on_submit_room (aq_store_get_refusal (store), submit);
  else
    aq_store_make_room (store, aq_put_get_max_bytes (submit->event.drafts, submit->event.n_drafts),
                        on_submit_room, submit);
}

static void
apply_submit (AqEngine          *self,
              const AqActor     *actor,
              const AqDraft     *drafts,
              guint              n_drafts,
              AqDraftList       *list,
              AqEngineSubmitted  done,
              gpointer           user_data)
{
  Submit *submit = g_new (Submit, 1);

  *submit = (Submit) {
    .event = { .drafts = drafts, .n_drafts = n_drafts, .out_ids = g_new (guint64, n_drafts), .queues = self->queues },
    .drafts = list,
    .actor = { actor->uid, g_strdup (actor->sender) },
    .engine = self,
    .done = done,
    .user_data = user_data,
  };
  aq_engine_fetch_for_put (self, drafts, n_drafts, AQ_DRAFT_NO_PARENT, on_submit_fetched, submit);
}

/**
 * aq_engine_submit:
 * @self: an engine
 * @actor: who asked for it
 * @drafts: (array length=n_drafts): what to put, checked; must live until @done
 * @n_drafts: how many
 * @done: called with the id of each once they are flushed, or with why not
 * @user_data: for @done
 *
 * Submits jobs in one transaction, and submits in the order in which they come,
 * but for those that need jobs which are away.
 *
 * Errors: those of aq_rule_put(), what the store reports, and why it refuses new
 * work: see aq_store_get_refusal() and aq_store_make_room().
 *
 * Since: 0.1
 */
void
aq_engine_submit (AqEngine          *self,
                  const AqActor     *actor,
                  const AqDraft     *drafts,
                  guint              n_drafts,
                  AqEngineSubmitted  done,
                  gpointer           user_data)
{
  apply_submit (self, actor, drafts, n_drafts, NULL, done, user_data);
}

static void
submit_list (AqEngine          *self,
             const AqActor     *actor,
             AqDraftList       *list,
             const GError      *error,
             AqEngineSubmitted  done,
             gpointer           user_data)
{
  if (list == NULL)
    done (NULL, 0, error, user_data);
  else
    apply_submit (self, actor, list->drafts, list->n_drafts, list, done, user_data);
}

/**
 * aq_engine_submit_entries:
 * @self: an engine
 * @actor: who asked for it
 * @entries: aa{sv}, in normal form; see org.asyncq.Manager1.Submit
 * @done: called with the id of each once they are flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_draft_list_parse() and aq_engine_submit().
 *
 * Since: 0.1
 */
void
aq_engine_submit_entries (AqEngine          *self,
                          const AqActor     *actor,
                          GVariant          *entries,
                          AqEngineSubmitted  done,
                          gpointer           user_data)
{
  g_autoptr(GError) error = NULL;
  AqDraftContext context = aq_engine_get_draft_context (self, "");
  AqDraftList *list = aq_draft_list_parse (entries, &context, &error);

  submit_list (self, actor, list, error, done, user_data);
}

/**
 * aq_engine_submit_words:
 * @self: an engine
 * @actor: who asked for it
 * @function: plugin.function
 * @words: (array zero-terminated=1): its arguments as on the command line
 * @done: called with one id once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_draft_list_parse_words() and aq_engine_submit().
 *
 * Since: 0.1
 */
void
aq_engine_submit_words (AqEngine            *self,
                        const AqActor       *actor,
                        const char          *function,
                        const char * const  *words,
                        AqEngineSubmitted    done,
                        gpointer             user_data)
{
  g_autoptr(GError) error = NULL;
  AqDraftContext context = aq_engine_get_draft_context (self, "");
  AqDraftList *list = aq_draft_list_parse_words (function, words, &context, &error);

  submit_list (self, actor, list, error, done, user_data);
}

/* cancel */

typedef struct
{
  AqCancelEvent  event; /* why is owned */
  AqEngine      *engine;
  AqEngineDone   done;
  gpointer       user_data;
} Cancel;

static void
finish_cancel (Cancel       *cancel,
               const GError *error)
{
  cancel->done (error, cancel->user_data);
  g_array_unref (cancel->event.out_stops);
  g_free ((char *) cancel->event.why);
  g_free (cancel);
}

static void
on_cancel_flushed (const GError *error,
                   gpointer      user_data)
{
  finish_cancel (user_data, error);
}

static void
on_cancelled (gpointer      event,
              guint64       sequence,
              const GError *error,
              gpointer      user_data)
{
  Cancel *cancel = user_data;

  if (error != NULL)
    {
      finish_cancel (cancel, error);
      return;
    }
  aq_engine_poke (cancel->engine);
  aq_engine_stop_attempts (cancel->engine, cancel->event.out_stops, sequence);
  aq_gate_hold (aq_store_get_gate (cancel->engine->store), sequence, on_cancel_flushed, cancel);
}

gboolean
aq_engine_check_why (const char  *why,
                     GError     **error)
{
  if (strlen (why) <= AQ_ENGINE_MAX_WHY_BYTES)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
               "'why' has %" G_GSIZE_FORMAT " bytes, at most %d are taken", strlen (why), AQ_ENGINE_MAX_WHY_BYTES);
  return FALSE;
}

/**
 * aq_engine_cancel:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @why: for people; may be empty
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_cancel(); `ASYNCQ_ERROR_TOO_LARGE` if @why has more
 * than 1024 bytes.
 *
 * Since: 0.1
 */
void
aq_engine_cancel (AqEngine      *self,
                  const AqActor *actor,
                  guint64        id,
                  const char    *why,
                  AqEngineDone   done,
                  gpointer       user_data)
{
  g_autoptr(GError) error = NULL;
  Cancel *cancel;

  if (!aq_engine_check_why (why, &error))
    {
      done (error, user_data);
      return;
    }
  cancel = g_new (Cancel, 1);
  *cancel = (Cancel) { { id, g_strdup (why), g_array_new (FALSE, FALSE, sizeof (AqStop)) }, self, done, user_data };
  aq_store_apply (self->store, actor, aq_rule_cancel, &cancel->event, on_cancelled, cancel);
}

/* read */

typedef struct
{
  AqEngine     *engine;
  guint64       id;         /* of the one job, or of which all that are still to be listed are below */
  AqFilter     *filter;     /* owned, nullable */
  guint         limit;
  gboolean      count_only;
  GPtrArray    *views;      /* of GVariant, owned, nullable: listed so far */
  gsize         n_bytes;    /* of them */
  GArray       *away;       /* of guint64, owned, nullable: to be fetched before the list goes on */
  GVariant     *value;      /* owned: what was read */
  AqEngineRead  done;
  gpointer      user_data;
} Read;

static void
unref_view (gpointer view)
{
  g_variant_unref (view);
}

static void
finish_read (Read         *read,
             const GError *error)
{
  read->done (error == NULL ? read->value : NULL, error, read->user_data);
  g_clear_pointer (&read->value, g_variant_unref);
  g_clear_pointer (&read->filter, aq_filter_unref);
  g_clear_pointer (&read->views, g_ptr_array_unref);
  g_clear_pointer (&read->away, g_array_unref);
  g_free (read);
}

static void
on_read_flushed (const GError *error,
                 gpointer      user_data)
{
  finish_read (user_data, error);
}

static void
on_read (gpointer      event,
         guint64       sequence,
         const GError *error,
         gpointer      user_data)
{
  Read *read = user_data;

  if (error != NULL)
    finish_read (read, error);
  else
    aq_gate_hold (aq_store_get_gate (read->engine->store), sequence, on_read_flushed, read);
}

static void
apply_read (Read   *read,
            AqRule  rule)
{
  aq_store_apply (read->engine->store, &aq_engine_self, rule, read, on_read, read);
}

static gboolean
read_job (AqTransaction  *transaction,
          gpointer        event,
          GError        **error)
{
  Read *read = event;
  const AqJob *job = aq_transaction_require_job (transaction, read->id, error);
  g_autoptr(GVariant) live = NULL;

  if (job == NULL)
    return FALSE;
  live = aq_engine_dup_witness (read->engine, job);
  read->value = g_variant_ref_sink (aq_job_view_new_full (transaction, job, live));
  return TRUE;
}

static void
on_job_fetched (const GError *error,
                gpointer      user_data)
{
  Read *read = user_data;

  if (error != NULL)
    finish_read (read, error);
  else
    apply_read (read, read_job);
}

/**
 * aq_engine_read_job:
 * @self: an engine
 * @id: a job's id
 * @done: called with a{sv}, the keys being those of Job1's properties
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; those of aq_store_fetch().
 *
 * Since: 0.1
 */
void
aq_engine_read_job (AqEngine     *self,
                    guint64       id,
                    AqEngineRead  done,
                    gpointer      user_data)
{
  Read *read = g_new0 (Read, 1);

  read->engine = self;
  read->id = id;
  read->done = done;
  read->user_data = user_data;
  aq_store_fetch (self->store, &id, 1, on_job_fetched, read);
}

static char *
count_matches (AqTransaction *transaction,
               const Read    *read)
{
  AqJobBrief brief = { .id = read->id };
  guint n = 0;

  while (aq_transaction_iterate_brief (transaction, brief.id, &brief))
    n += aq_filter_accepts_brief (read->filter, &brief, transaction->now.wall_usec) ? 1 : 0;
  return g_strdup_printf ("%u", n);
}

/* Adds the ids of jobs that are away and are shown next, beginning with @brief. */
static void
list_away (AqTransaction *transaction,
           Read          *read,
           AqJobBrief     brief)
{
  guint n_left = MIN (read->limit - read->views->len, MAX_FETCHED);

  g_array_set_size (read->away, 0);
  do
    {
      if (!aq_filter_accepts_brief (read->filter, &brief, transaction->now.wall_usec))
        continue;
      n_left--;
      if (brief.away)
        g_array_append_val (read->away, brief.id);
    }
  while (n_left > 0 && aq_transaction_iterate_brief (transaction, brief.id, &brief));
}

/* Adds views from where the list has come to, until it ends or a job is away. Returns:
 * where to go on in another list, "" at the end; NULL where jobs are to be fetched first */
static char *
add_views (AqTransaction *transaction,
           Read          *read)
{
  AqJobBrief brief;

  for (; aq_transaction_iterate_brief (transaction, read->id, &brief); read->id = brief.id)
    {
      g_autoptr(GVariant) view = NULL;

      if (!aq_filter_accepts_brief (read->filter, &brief, transaction->now.wall_usec))
        continue;
      if (read->views->len == read->limit)
        return g_strdup_printf ("%" G_GUINT64_FORMAT, read->id);
      if (brief.away)
        {
          list_away (transaction, read, brief);
          return NULL;
        }
      view = g_variant_ref_sink (aq_job_view_new (transaction, aq_transaction_get_job (transaction, brief.id)));
      read->n_bytes += g_variant_get_size (view);
      if (read->views->len > 0 && read->n_bytes > MAX_LIST_BYTES)
        return g_strdup_printf ("%" G_GUINT64_FORMAT, read->id);
      g_ptr_array_add (read->views, g_steal_pointer (&view));
    }
  return g_strdup ("");
}

static gboolean
list_jobs (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  Read *read = event;
  g_autofree char *cursor = NULL;
  GVariant *jobs;

  cursor = read->count_only ? count_matches (transaction, read) : add_views (transaction, read);
  if (cursor == NULL)
    return TRUE;
  jobs = g_variant_new_array (G_VARIANT_TYPE_VARDICT, (GVariant **) read->views->pdata, read->views->len);
  read->value = g_variant_ref_sink (g_variant_new ("(@aa{sv}s)", jobs, cursor));
  return TRUE;
}

static void on_list_fetched (const GError *error,
                             gpointer      user_data);

static void
on_listed (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
  Read *read = user_data;

  if (error != NULL || read->value != NULL)
    on_read (event, sequence, error, user_data);
  else
    aq_store_fetch (read->engine->store, (const guint64 *) read->away->data, read->away->len, on_list_fetched, read);
}

static void
on_list_fetched (const GError *error,
                 gpointer      user_data)
{
  Read *read = user_data;

  if (error != NULL)
    finish_read (read, error);
  else
    aq_store_apply (read->engine->store, &aq_engine_self, list_jobs, read, on_listed, read);
}

/**
 * aq_engine_list_jobs:
 * @self: an engine
 * @filter: which jobs
 * @below_id: only jobs with lower ids: the cursor of an earlier answer, or
 *   %G_MAXUINT64
 * @limit: how many at most; large jobs may make it fewer
 * @count_only: only count
 * @done: called with (aa{sv}s): the jobs, newest first, and where to go on, ""
 *   at the end; or with their number as text
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_jobs (AqEngine     *self,
                     AqFilter     *filter,
                     guint64       below_id,
                     guint         limit,
                     gboolean      count_only,
                     AqEngineRead  done,
                     gpointer      user_data)
{
  Read *read = g_new0 (Read, 1);

  *read = (Read) {
    .engine = self,
    .id = below_id,
    .filter = aq_filter_ref (filter),
    .limit = limit,
    .count_only = count_only,
    .views = g_ptr_array_new_with_free_func (unref_view),
    .away = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .done = done,
    .user_data = user_data,
  };
  on_list_fetched (NULL, read);
}

static gboolean
count_jobs (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  GVariantBuilder *builder = event;

  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    g_variant_builder_add (builder, "{su}", asyncq_job_state_to_string (state),
                           (guint32) aq_transaction_count_state (transaction, state));
  return TRUE;
}

static void
on_counted (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/**
 * aq_engine_count_jobs:
 * @self: an engine
 *
 * Returns: (transfer floating): a{su}: how many jobs are in each state, at this
 *   moment, flushed or not
 *
 * Since: 0.1
 */
GVariant *
aq_engine_count_jobs (AqEngine *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  aq_store_apply (self->store, &aq_engine_self, count_jobs, &builder, on_counted, NULL);
  return g_variant_builder_end (&builder);
}

typedef struct
{
  guint64   id;
  AqFilter *filter;
  gboolean  matches;
} Match;

static gboolean
match_job (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  Match *match = event;
  AqJobBrief brief;

  match->matches = aq_transaction_get_brief (transaction, match->id, &brief) &&
                   aq_filter_accepts_brief (match->filter, &brief, transaction->now.wall_usec);
  return TRUE;
}

/**
 * aq_engine_job_matches:
 * @self: an engine
 * @id: a job's id
 * @filter: a filter
 *
 * Returns: whether there is such a job and the filter accepts it
 *
 * Since: 0.1
 */
gboolean
aq_engine_job_matches (AqEngine *self,
                       guint64   id,
                       AqFilter *filter)
{
  Match match = { id, filter, FALSE };

  aq_store_apply (self->store, &aq_engine_self, match_job, &match, on_counted, NULL);
  return match.matches;
}

typedef struct
{
  const AqJobChange *changes;
  guint              n_changes;
  GPtrArray         *lanes;
} LaneRequest;

static gboolean
collect_lanes (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  LaneRequest *request = event;

  for (guint i = 0; i < request->n_changes; i++)
    {
      AqJobBrief brief;
      gboolean known = aq_transaction_get_brief (transaction, request->changes[i].id, &brief);

      g_ptr_array_add (request->lanes, known ? aq_lane_ref (brief.lane) : NULL);
    }
  return TRUE;
}

static void
unref_lane (gpointer lane)
{
  if (lane != NULL)
    aq_lane_unref (lane);
}

/**
 * aq_engine_ref_lanes:
 * @self: an engine
 * @changes: (array length=n_changes): of jobs
 * @n_changes: how many
 *
 * Says what stays the same in each job: its queue and its function.
 *
 * Returns: (transfer full) (element-type AqLane): as many as there are changes;
 *   %NULL where a job is gone
 *
 * Since: 0.1
 */
GPtrArray *
aq_engine_ref_lanes (AqEngine          *self,
                     const AqJobChange *changes,
                     guint              n_changes)
{
  LaneRequest request = { changes, n_changes, g_ptr_array_new_full (n_changes, unref_lane) };

  aq_store_apply (self->store, &aq_engine_self, collect_lanes, &request, on_counted, NULL);
  return request.lanes;
}
