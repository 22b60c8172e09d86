/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule: why a job does not run
 *
 * The rule of the claim, asked for its reasons instead of its effect: the same
 * conditions (aq-claim-check.c), the same order, the same clocks. It changes nothing.
 */

#include "config.h"

#include "core/aq-claim-check.h"
#include "core/aq-lane.h"
#include "core/aq-overdue.h"
#include "core/aq-quarantine.h"
#include "core/aq-queue-order.h"
#include "core/aq-why.h"

/* more are only counted */
#define MAX_RUNNING 100
#define MAX_RUNNING_IN_TEXT 3

/* what is asked about */
typedef struct
{
  AqWhyList         list;
  AqTransaction    *transaction;
  const AqWhyEvent *event;
  const AqJob      *job;
  GArray           *before; /* of AqLaneCount */
} Question;

/* ---- the door ---- */

static void
add_door (Question *self)
{
  if (!self->event->claiming)
    {
      aq_why_list_open (&self->list, AQ_REASON_CLAIMING_OFF,
                        "no jobs are begun: \"asyncqctl claiming on\" begins them again");
      aq_why_list_close (&self->list);
      aq_why_list_set_unknown (&self->list);
    }
  if (self->event->refusal != NULL)
    {
      aq_why_list_open (&self->list, AQ_REASON_STORE_FULL, "no jobs are begun: %s", self->event->refusal->message);
      aq_why_list_close (&self->list);
      aq_why_list_set_unknown (&self->list);
    }
}

/* ---- what keeps every agent from it ---- */

static void
add_missing_function (Question *self)
{
  const char *function = self->job->lane->function;
  const char *meant = aq_function_table_suggest (self->event->functions, function);
  const char *refusal = aq_function_table_get_refusal (self->event->functions, function);

  aq_why_list_open (&self->list, AQ_REASON_FUNCTION_MISSING, "there is no function '%s' now%s%s%s%s%s", function,
                    meant != NULL ? "; there is '" : "", meant != NULL ? meant : "", meant != NULL ? "'" : "",
                    refusal != NULL ? "; its plugin is not loaded: " : "", refusal != NULL ? refusal : "");
  aq_why_list_add (&self->list, "function", g_variant_new_string (function));
  if (meant != NULL)
    aq_why_list_add (&self->list, "suggestion", g_variant_new_string (meant));
  if (refusal != NULL)
    aq_why_list_add (&self->list, "refusal", g_variant_new_string (refusal));
  aq_why_list_close (&self->list);
  aq_why_list_set_unknown (&self->list);
}

static void
add_pause (Question *self)
{
  const char *queue = self->job->lane->queue;
  const AqItem *pause = aq_transaction_get_item (self->transaction, AQ_ITEM_PAUSE, queue);
  g_autofree char *end = NULL;
  const char *reason = "";
  gint64 since_usec = 0;
  gint64 until_usec = 0;
  guint32 uid = 0;

  (void) g_variant_lookup (pause->value, "reason", "&s", &reason);
  (void) g_variant_lookup (pause->value, "since", "x", &since_usec);
  (void) g_variant_lookup (pause->value, "until", "x", &until_usec);
  (void) g_variant_lookup (pause->value, "by", "u", &uid);
  end = until_usec != 0 ? aq_why_dup_time (until_usec) : g_strdup ("it is resumed");
  aq_why_list_open (&self->list, AQ_REASON_QUEUE_PAUSED, "queue '%s' is paused by user %u until %s%s%s", queue, uid,
                    end, *reason != '\0' ? ": " : "", reason);
  aq_why_list_add (&self->list, "queue", g_variant_new_string (queue));
  aq_why_list_add (&self->list, "why", g_variant_new_string (reason));
  aq_why_list_add (&self->list, "by", g_variant_new_uint32 (uid));
  aq_why_list_add (&self->list, "since", g_variant_new_int64 (since_usec));
  aq_why_list_add (&self->list, "until", g_variant_new_int64 (until_usec));
  aq_why_list_close (&self->list);
  if (until_usec != 0)
    aq_why_list_delay (&self->list, until_usec, "its queue is resumed then");
  else
    aq_why_list_set_unknown (&self->list);
}

static void
add_arguments (Question *self)
{
  const AqLane *lane = self->job->lane;
  const AqFunction *function = aq_function_table_lookup (self->event->functions, lane->function);

  aq_why_list_open (&self->list, AQ_REASON_ARGUMENTS,
                    "it has arguments of type '%s'%s%s%s, and function '%s' takes '%s' since generation %u of plugin "
                    "'%s' ('%s')",
                    lane->arguments_type, lane->given_type != NULL ? " and is given '" : "",
                    lane->given_type != NULL ? lane->given_type : "", lane->given_type != NULL ? "'" : "",
                    function->name, function->arguments_type, function->generation, function->plugin, function->file);
  aq_why_list_add (&self->list, "function", g_variant_new_string (function->name));
  aq_why_list_add (&self->list, "arguments", g_variant_new_string (lane->arguments_type));
  aq_why_list_add (&self->list, "wanted", g_variant_new_string (function->arguments_type));
  aq_why_list_close (&self->list);
  aq_why_list_set_unknown (&self->list);
}

static char *
dup_id_list (GVariant *jobs)
{
  GString *text = g_string_new (NULL);
  gsize n_jobs;
  const guint64 *ids = g_variant_get_fixed_array (jobs, &n_jobs, sizeof (guint64));

  for (gsize i = 0; i < n_jobs; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i == 0 ? "" : i + 1 == n_jobs ? " and " : ", ", ids[i]);
  return g_string_free (text, FALSE);
}

static void
add_quarantine (Question *self)
{
  const char *function = self->job->lane->function;
  g_autoptr(GVariant) quarantine = aq_quarantine_view (self->transaction, function);
  g_autoptr(GVariant) jobs = g_variant_lookup_value (quarantine, "jobs", G_VARIANT_TYPE ("at"));
  g_autofree char *ids = dup_id_list (jobs);
  g_autofree char *since = NULL;
  const char *build = "";
  gint64 since_usec = 0;

  (void) g_variant_lookup (quarantine, "build", "&s", &build);
  (void) g_variant_lookup (quarantine, "since", "x", &since_usec);
  since = aq_why_dup_time (since_usec);
  aq_why_list_open (&self->list, AQ_REASON_QUARANTINED,
                    "function '%s' is quarantined since %s: build %.16s of its plugin crashed with jobs %s; "
                    "\"asyncqctl plugin release %s\" lets it run again, and so does a new build",
                    function, since, build, ids, function);
  aq_why_list_add (&self->list, "function", g_variant_new_string (function));
  aq_why_list_add (&self->list, "build", g_variant_new_string (build));
  aq_why_list_add (&self->list, "since", g_variant_new_int64 (since_usec));
  aq_why_list_add (&self->list, "jobs", jobs);
  aq_why_list_close (&self->list);
  aq_why_list_set_unknown (&self->list);
}

static void
add_common (Question *self)
{
  AqObstacles obstacles = aq_claim_check_list_common (self->transaction, self->event->functions, self->job->lane);

  if (obstacles & AQ_OBSTACLE_FUNCTION)
    add_missing_function (self);
  if (obstacles & AQ_OBSTACLE_PAUSE)
    add_pause (self);
  if (obstacles & AQ_OBSTACLE_ARGUMENTS)
    add_arguments (self);
  if (obstacles & AQ_OBSTACLE_QUARANTINE)
    add_quarantine (self);
}

/* ---- agents ---- */

static gboolean
takes (Question         *self,
       const AqWhyAgent *agent)
{
  const AqClaimCheck check = aq_claim_check_new (self->transaction, agent->agent, self->event->functions);

  return !(aq_claim_check_list_obstacles (&check, self->job->lane) & AQ_OBSTACLE_AGENT);
}

static gboolean
serves_queue (const AqAgent *agent,
              const char    *queue)
{
  return agent->queues[0] == NULL || g_strv_contains ((const char * const *) agent->queues, queue);
}

/* Nobody takes it. Whose filter refuses it is nearer to it than who does not look at its queue. */
static void
add_refusals (Question *self)
{
  const char *queue = self->job->lane->queue;
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean is_served = FALSE;
  GVariantBuilder agents;

  g_variant_builder_init (&agents, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->event->n_agents; i++)
    {
      AqAgent *agent = self->event->agents[i].agent;
      g_autofree char *why = aq_agent_explain (agent, self->job->lane);

      is_served = is_served || serves_queue (agent, queue);
      g_string_append_printf (text, "%s agent '%s': %s", text->len > 0 ? ";" : ":", agent->name, why);
      g_variant_builder_open (&agents, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&agents, "{sv}", "name", g_variant_new_string (agent->name));
      g_variant_builder_add (&agents, "{sv}", "why", g_variant_new_string (why));
      g_variant_builder_close (&agents);
    }
  if (is_served)
    aq_why_list_open (&self->list, AQ_REASON_FILTER, "no agent takes it%s", text->str);
  else if (self->event->n_agents > 0)
    aq_why_list_open (&self->list, AQ_REASON_NO_AGENT, "no agent serves queue '%s'%s", queue, text->str);
  else
    aq_why_list_open (&self->list, AQ_REASON_NO_AGENT, "there is no agent");
  aq_why_list_add (&self->list, "agents", g_variant_builder_end (&agents));
  aq_why_list_close (&self->list);
  aq_why_list_set_unknown (&self->list);
}

static guint64
count_before (Question         *self,
              const AqWhyAgent *agent)
{
  AqClaimCheck check = aq_claim_check_new (self->transaction, agent->agent, self->event->functions);
  guint64 n_jobs = 0;

  for (guint i = 0; i < self->before->len; i++)
    {
      const AqLaneCount *count = &g_array_index (self->before, AqLaneCount, i);

      if (aq_claim_check_accepts (count->lane, &check))
        n_jobs += count->n_jobs;
    }
  return n_jobs;
}

/* (element-type guint64): what it runs; @out_n_jobs: also those that are too many */
static GArray *
list_running (Question      *self,
              const AqAgent *agent,
              guint         *out_n_jobs)
{
  const GPtrArray *busy = aq_transaction_get_busy (self->transaction);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  *out_n_jobs = 0;
  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *job = g_ptr_array_index (busy, i);

      if (!aq_job_holds_slot (job) || g_strcmp0 (job->extra->agent, agent->name) != 0)
        continue;
      if ((*out_n_jobs)++ < MAX_RUNNING)
        g_array_append_val (ids, job->id);
    }
  return ids;
}

static void
append_running (GString      *text,
                const GArray *ids,
                guint         n_jobs)
{
  for (guint i = 0; i < MIN (ids->len, MAX_RUNNING_IN_TEXT); i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : " ", g_array_index (ids, guint64, i));
  if (n_jobs > MAX_RUNNING_IN_TEXT)
    g_string_append_printf (text, " and %u more", n_jobs - MAX_RUNNING_IN_TEXT);
}

static void
add_full_agents (Question *self)
{
  g_autoptr(GString) text = g_string_new (NULL);
  GVariantBuilder agents;

  g_variant_builder_init (&agents, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->event->n_agents; i++)
    {
      const AqWhyAgent *agent = &self->event->agents[i];
      g_autoptr(GArray) ids = NULL;
      guint n_jobs;

      if (!takes (self, agent) || agent->n_free > 0)
        continue;
      ids = list_running (self, agent->agent, &n_jobs);
      g_string_append_printf (text, "%sagent '%s' has no worker free, and runs", text->len > 0 ? "; " : "",
                              agent->agent->name);
      if (n_jobs > 0)
        append_running (text, ids, n_jobs);
      else
        g_string_append (text, " nothing: its workers are being started");
      g_variant_builder_open (&agents, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&agents, "{sv}", "name", g_variant_new_string (agent->agent->name));
      g_variant_builder_add (&agents, "{sv}", "size", g_variant_new_uint32 (agent->agent->size));
      g_variant_builder_add (&agents, "{sv}", "running",
                             g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids->data, ids->len, sizeof (guint64)));
      g_variant_builder_close (&agents);
    }
  if (text->len > 0)
    {
      aq_why_list_open (&self->list, AQ_REASON_SLOTS_FULL, "%s", text->str);
      aq_why_list_add (&self->list, "agents", g_variant_builder_end (&agents));
      aq_why_list_close (&self->list);
    }
  else
    g_variant_builder_clear (&agents);
}

static void
add_turn (Question *self,
          guint64   n_before)
{
  aq_why_list_open (&self->list, AQ_REASON_BEHIND, "%" G_GUINT64_FORMAT " %s before it", n_before,
                    n_before == 1 ? "job comes" : "jobs come");
  aq_why_list_add (&self->list, "count", g_variant_new_uint64 (n_before));
  aq_why_list_close (&self->list);
}

static void
add_ready (Question         *self,
           const AqWhyAgent *agent)
{
  aq_why_list_open (&self->list, AQ_REASON_READY, "it can be claimed now by agent '%s'", agent->agent->name);
  aq_why_list_add (&self->list, "agent", g_variant_new_string (agent->agent->name));
  aq_why_list_close (&self->list);
}

/* It is due: whether there is an agent that has a worker for it, and nothing before it. */
static void
add_order (Question *self)
{
  gboolean is_free = self->list.n_reasons == 0;
  gboolean has_turn = FALSE;
  guint64 least_before = G_MAXUINT64;

  for (guint i = 0; i < self->event->n_agents; i++)
    {
      const AqWhyAgent *agent = &self->event->agents[i];
      guint64 n_before;

      if (!takes (self, agent))
        continue;
      n_before = count_before (self, agent);
      least_before = MIN (least_before, n_before);
      if (n_before > 0 || agent->n_free == 0)
        continue;
      has_turn = TRUE;
      if (is_free)
        add_ready (self, agent);
    }
  if (has_turn || least_before == G_MAXUINT64)
    return;
  add_full_agents (self);
  if (least_before > 0)
    add_turn (self, least_before);
}

/* What a limit holds back comes before nothing but what is under the same one. */
static void
forget_held_back (Question *self)
{
  guint n = 0;

  for (guint i = 0; i < self->before->len; i++)
    {
      AqLaneCount count = g_array_index (self->before, AqLaneCount, i);

      if (aq_why_has_room (self->transaction, count.lane))
        g_array_index (self->before, AqLaneCount, n++) = count;
    }
  g_array_set_size (self->before, n);
}

static gboolean
is_taken (Question *self)
{
  for (guint i = 0; i < self->event->n_agents; i++)
    if (takes (self, &self->event->agents[i]))
      return TRUE;
  return FALSE;
}

/* ---- the whole ---- */

static void
add_claim (Question *self)
{
  gboolean is_due = aq_job_is_due (self->job, &self->transaction->now);

  aq_why_add_time (&self->list, self->transaction, self->job);
  /* composite jobs are begun by the rules themselves */
  if (self->job->kind != AQ_JOB_CALL)
    return;
  if (aq_overdue_has_passed (self->transaction, self->job))
    {
      aq_why_list_open (&self->list, AQ_REASON_OVERDUE, "its time is over, and it is about to end without a run");
      aq_why_list_close (&self->list);
      aq_why_list_set_unknown (&self->list);
    }
  add_door (self);
  add_common (self);
  if (is_due)
    aq_transaction_list_before (self->transaction, self->job, self->before);
  aq_why_add_limits (&self->list, self->transaction, self->event, self->job, self->before);
  if (!is_taken (self))
    add_refusals (self);
  if (!is_due)
    return;
  forget_held_back (self);
  add_order (self);
  aq_why_estimate (&self->list, self->transaction, self->event, self->job, self->before);
}

/**
 * aq_rule_why:
 * @transaction: a transaction
 * @why_event: an #AqWhyEvent
 * @error: return location for an error
 *
 * Tells all that keeps a job from being claimed, or what it does instead. Says
 * that it can be claimed now by an agent exactly if a claim of that agent would
 * take it as its first.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: whether there is such a job
 *
 * Since: 0.1
 */
gboolean
aq_rule_why (AqTransaction  *transaction,
             gpointer        why_event,
             GError        **error)
{
  AqWhyEvent *event = why_event;
  const AqJob *job = aq_transaction_require_job (transaction, event->id, error);
  Question self = { .transaction = transaction, .event = event, .job = job };
  gboolean waits;

  if (job == NULL)
    return FALSE;
  waits = job->state != ASYNCQ_JOB_STATE_COMPLETED && !aq_job_holds_slot (job);
  self.before = g_array_new (FALSE, FALSE, sizeof (AqLaneCount));
  aq_why_list_init (&self.list);
  if (job->state == ASYNCQ_JOB_STATE_PENDING)
    add_claim (&self);
  else
    aq_why_add_waits (&self.list, transaction, job);
  event->out_value = g_variant_ref_sink (aq_why_list_end (&self.list, job, &transaction->now, waits));
  g_array_unref (self.before);
  return TRUE;
}
