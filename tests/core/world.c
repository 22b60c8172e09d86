/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include "core/aq-engine-queues.h"
#include "core/aq-lane.h"
#include "store/aq-memory-store.h"

#ifdef WORLD_IS_AWAY
#include "away-store.h"
#define world_store_new away_store_new
#else
#define world_store_new aq_memory_store_new
#endif

static const AqActor tester = { 1000, ":1.7" };

static void
add_function (GPtrArray  *functions,
              const char *name,
              const char *parameters,
              const char *result_type)
{
  GError *error = NULL;
  AqFunction *function = aq_function_new ("t", name, parameters, result_type, "", &error);

  g_assert_no_error (error);
  g_ptr_array_add (functions, function);
}

void
world_set_up (World         *self,
              gconstpointer  unused)
{
  GPtrArray *functions = g_ptr_array_new ();
  GError *error = NULL;

  self->clock = aq_clock_new_manual (START);
  self->store = world_store_new (self->clock);
  g_assert_true (aq_store_open (self->store, &error));
  self->engine = aq_engine_new (self->store, self->clock);
  self->agent = aq_agent_new ("main", 3, NULL, NULL, &error);
  g_assert_true (aq_engine_configure_agent (self->engine, self->agent, &error));
  aq_engine_configure_queue (self->engine, "mail");
  aq_engine_configure_queue (self->engine, "many");
  add_function (functions, "echo", "value i", "i");
  add_function (functions, "noop", "", "()");
  add_function (functions, "scale", "factor i, by i = 2", "i");
  add_function (functions, "sum", "start i, jobs aa{sv}", "i");
  add_function (functions, "count", "jobs aa{sv}", "i");
  add_function (functions, "hear", "start i, result v", "i");
  add_function (functions, "add", "start i, value i", "i");
  add_function (functions, "say", "text s", "s");
  add_function (functions, "increase", "by i", "()");
  ((AqFunction *) g_ptr_array_index (functions, functions->len - 1))->object = g_strdup ("i");
  aq_function_table_set_plugin (aq_engine_get_functions (self->engine), "t", functions);
  g_assert_true (aq_engine_start (self->engine, &error));
  world_settle (self);
}

void
world_tear_down (World         *self,
                 gconstpointer  unused)
{
  GError *error = NULL;

  g_assert_true (aq_store_close (self->store, &error));
  aq_engine_free (self->engine);
  aq_agent_unref (self->agent);
  g_object_unref (self->store);
  aq_clock_unref (self->clock);
}

void
world_settle (World *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

typedef struct
{
  gboolean  called;
  GArray   *ids;
  GError   *error;
} Answer;

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->called);
  answer->called = TRUE;
  answer->ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (n_ids > 0)
    g_array_append_vals (answer->ids, ids, n_ids);
  if (error != NULL)
    answer->error = g_error_copy (error);
}

static GVariant *
parse_entries (const char *text)
{
  GError *error = NULL;
  GVariant *entries = g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return entries;
}

static Answer
submit (World      *self,
        const char *text)
{
  g_autoptr(GVariant) entries = parse_entries (text);
  Answer answer = { FALSE };

  aq_engine_submit_entries (self->engine, &tester, entries, on_submitted, &answer);
  world_settle (self);
  g_assert_true (answer.called);
  return answer;
}

GArray *
world_submit (World      *self,
              const char *entries)
{
  Answer answer = submit (self, entries);

  g_assert_no_error (answer.error);
  return answer.ids;
}

guint64
world_submit_one (World      *self,
                  const char *entries)
{
  g_autoptr(GArray) ids = world_submit (self, entries);

  return g_array_index (ids, guint64, 0);
}

GError *
world_refuse (World      *self,
              const char *entries)
{
  guint64 before = aq_store_get_sequence (self->store);
  Answer answer = submit (self, entries);

  if (answer.error == NULL)
    g_test_message ("this was not refused: %s", entries);
  g_assert_nonnull (answer.error);
  g_assert_cmpuint (answer.ids->len, ==, 0);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
  g_array_unref (answer.ids);
  return answer.error;
}

static void
on_done (const GError *error,
         gpointer      user_data)
{
  Answer *answer = user_data;

  answer->called = TRUE;
  if (error != NULL)
    answer->error = g_error_copy (error);
}

GError *
world_cancel (World   *self,
              guint64  id)
{
  Answer answer = { FALSE };

  aq_engine_cancel (self->engine, &tester, id, "not wanted", on_done, &answer);
  world_settle (self);
  g_assert_true (answer.called);
  return answer.error;
}

static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  GArray *attempts = user_data;

  g_assert_cmpuint (revealed, >, 0);
  for (guint i = 0; i < n_jobs; i++)
    {
      Attempt attempt = { jobs[i]->id, jobs[i]->lease };

      g_assert_cmpuint (attempt.lease, >, 0);
      g_array_append_val (attempts, attempt);
    }
}

static GArray *
claim (World *self,
       guint  max_jobs)
{
  GArray *attempts = g_array_new (FALSE, FALSE, sizeof (Attempt));

  aq_engine_claim (self->engine, self->agent, max_jobs, on_claimed, attempts);
  return attempts;
}

char *
world_claim_ids (World *self,
                 guint  max_jobs)
{
  g_autoptr(GArray) attempts = claim (self, max_jobs);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < attempts->len; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "", g_array_index (attempts, Attempt, i).id);
  return g_string_free (text, FALSE);
}

gboolean
world_claim (World   *self,
             Attempt *out_attempt)
{
  g_autoptr(GArray) attempts = claim (self, 1);

  if (attempts->len > 0)
    *out_attempt = g_array_index (attempts, Attempt, 0);
  return attempts->len > 0;
}

void
world_start (World   *self,
             Attempt  attempt)
{
  GError *error = NULL;

  aq_engine_start_job (self->engine, attempt.id, attempt.lease, 4711, &error);
  g_assert_no_error (error);
}

static AqFinishEvent
new_end (World   *self,
         Attempt  attempt)
{
  return (AqFinishEvent) {
    .id = attempt.id,
    .lease = attempt.lease,
    .started_usec = aq_clock_get_wall (self->clock) - self->run_usec,
    .ended_usec = aq_clock_get_wall (self->clock),
    .worker = 4711,
    .returned = AQ_DRAFT_NO_PARENT,
  };
}

static GError *
end (World         *self,
     AqFinishEvent *event)
{
  GError *error = NULL;

  aq_engine_finish_job (self->engine, event, &error);
  world_settle (self);
  return error;
}

void
world_succeed (World      *self,
               Attempt     attempt,
               const char *value)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new_parsed (value));
  AqFinishEvent event = new_end (self, attempt);
  GError *error;

  event.result = result;
  error = end (self, &event);
  g_assert_no_error (error);
}

GError *
world_try_succeed (World   *self,
                   Attempt  attempt)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new ("()"));
  AqFinishEvent event = new_end (self, attempt);
  guint64 before = aq_store_get_sequence (self->store);
  GError *error;

  event.result = result;
  error = end (self, &event);
  if (error != NULL)
    g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
  return error;
}

void
world_fail (World   *self,
            Attempt  attempt)
{
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "no luck");
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  AqFinishEvent event = new_end (self, attempt);
  GError *error;

  event.result = result;
  event.failed = TRUE;
  error = end (self, &event);
  g_assert_no_error (error);
}

GError *
world_try_return (World      *self,
                  Attempt     attempt,
                  const char *text,
                  int         returned,
                  const char *result_type)
{
  g_autoptr(GVariant) entries = parse_entries (text);
  g_autoptr(AqResult) nothing = aq_result_new_variant (g_variant_new ("()"));
  GError *error = NULL;
  AqDraftContext context = aq_engine_get_draft_context (self->engine, "");
  g_autoptr(AqDraftList) list = aq_draft_list_parse (entries, &context, &error);
  AqFinishEvent event = new_end (self, attempt);

  g_assert_no_error (error);
  event.puts = list->drafts;
  event.n_puts = list->n_drafts;
  event.result_type = result_type;
  if (returned >= 0)
    event.returned = returned;
  else
    event.result = nothing;
  return end (self, &event);
}

void
world_return (World      *self,
              Attempt     attempt,
              const char *text,
              int         returned,
              const char *result_type)
{
  GError *error = world_try_return (self, attempt, text, returned, result_type);

  g_assert_no_error (error);
}

typedef struct
{
  World   *world;
  Attempt  attempt;
  char    *value;
} Call;

static gint32
add_up (GVariant *members)
{
  gint32 sum = 0;

  for (gsize i = 0; i < g_variant_n_children (members); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (members, i);
      gint32 value = 0;

      sum += g_variant_lookup (member, "result", "i", &value) ? value : 1000;
    }
  return sum;
}

/* what the function of the test's plugin would do */
static char *
evaluate (World       *self,
          const AqJob *job)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  g_autoptr(GVariant) handed_over = aq_engine_dup_handed_over (self->engine, job);
  g_autoptr(GVariant) value = NULL;
  gint32 sum = 0;

  if (g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(s)")))
    return g_strdup ("'said'");
  if (g_variant_n_children (arguments) > 0)
    g_variant_get_child (arguments, 0, "i", &sum);
  if (handed_over == NULL)
    return g_strdup_printf ("%d", sum);
  if (g_variant_is_of_type (handed_over, G_VARIANT_TYPE ("aa{sv}")))
    return g_strdup_printf ("%d", sum + add_up (handed_over));
  value = g_variant_is_of_type (handed_over, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (handed_over)
                                                                     : g_variant_ref (handed_over);
  return g_strdup_printf ("%d", sum + (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32) ? g_variant_get_int32 (value)
                                                                                         : 1000));
}

static void
on_call (AqJob    **jobs,
         guint      n_jobs,
         guint64    revealed,
         gpointer   user_data)
{
  Call *call = user_data;

  call->attempt = (Attempt) { jobs[0]->id, jobs[0]->lease };
  call->value = evaluate (call->world, jobs[0]);
}

void
world_run_all (World *self)
{
  for (;;)
    {
      Call call = { self };

      aq_engine_claim (self->engine, self->agent, 1, on_call, &call);
      if (call.value == NULL)
        return;
      world_start (self, call.attempt);
      world_succeed (self, call.attempt, call.value);
      g_free (call.value);
    }
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  GVariant **out = user_data;

  g_assert_no_error (error);
  *out = g_variant_ref (value);
}

GVariant *
world_property (World      *self,
                guint64     id,
                const char *name)
{
  g_autoptr(GVariant) view = NULL;
  GVariant *value;

  aq_engine_read_job (self->engine, id, on_read, &view);
  world_settle (self);
  value = g_variant_lookup_value (view, name, NULL);
  g_assert_nonnull (value);
  return value;
}

char *
world_show (World   *self,
            guint64  id)
{
  g_autoptr(GVariant) state = world_property (self, id, "State");
  g_autoptr(GVariant) outcome = world_property (self, id, "Outcome");
  g_autoptr(GVariant) boxed = world_property (self, id, "Result");
  g_autoptr(GVariant) result = g_variant_get_variant (boxed);
  g_autofree char *text = g_variant_print (result, FALSE);

  return g_strdup_printf ("%s %s %s", g_variant_get_string (state, NULL), g_variant_get_string (outcome, NULL), text);
}

void
world_assert_show (World      *self,
                   guint64     id,
                   const char *expected)
{
  g_autofree char *text = world_show (self, id);

  g_assert_cmpstr (text, ==, expected);
}

void
world_assert_claims (World      *self,
                     guint       max_jobs,
                     const char *expected)
{
  g_autofree char *text = world_claim_ids (self, max_jobs);

  g_assert_cmpstr (text, ==, expected);
}

void
world_assert_refused (World      *self,
                      const char *entries,
                      int         code,
                      const char *says)
{
  g_autoptr(GError) error = world_refuse (self, entries);

  g_assert_error (error, ASYNCQ_ERROR, code);
  if (g_strstr_len (error->message, -1, says) == NULL)
    g_test_message ("'%s' does not say '%s'", error->message, says);
  g_assert_nonnull (g_strstr_len (error->message, -1, says));
}

Attempt
world_claim_job (World   *self,
                 guint64  id)
{
  Attempt attempt = { 0 };

  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, id);
  return attempt;
}
