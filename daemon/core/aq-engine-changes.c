/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: what people change of a job
 *
 * Changes are read as an entry of Submit is, so that one reader knows the keys and
 * their ranges; what is given goes on top of what the job has.
 */

#include "config.h"

#include "core/aq-engine-changes.h"

#include "core/aq-draft-list.h"
#include "core/aq-draft-limits.h"
#include "core/aq-draft-value.h"
#include "core/aq-engine-private.h"
#include "core/aq-limit.h"
#include "core/aq-job-settings.h"
#include "core/aq-value.h"

typedef struct
{
  AqChangeEvent  event;
  AqEngine      *engine;
  GVariant      *changes; /* owned: a{sv} */
  AqDraftList   *list;    /* owned, nullable: what the event's draft is of */
  GVariant      *arguments; /* owned, nullable: the new ones */
} Change;

static void
free_change (gpointer data)
{
  Change *change = data;

  g_clear_pointer (&change->list, aq_draft_list_free);
  g_clear_pointer (&change->arguments, g_variant_unref);
  g_variant_unref (change->changes);
  g_free (change);
}

static const struct
{
  const char   *key;
  AqChangeMask  mask;
} change_keys[] = {
  { "arguments", AQ_CHANGE_ARGUMENTS },
  { "begin-after", AQ_CHANGE_BEGIN_AFTER },
  { "begin-by", AQ_CHANGE_SETTINGS },
  { "crash-limit", AQ_CHANGE_SETTINGS },
  { "delay", AQ_CHANGE_BEGIN_AFTER },
  { "failure-log-level", AQ_CHANGE_SETTINGS },
  { "limits", AQ_CHANGE_SETTINGS },
  { "named", AQ_CHANGE_ARGUMENTS },
  { "priority", AQ_CHANGE_PRIORITY },
  { "queue", AQ_CHANGE_QUEUE },
  { "retry", AQ_CHANGE_SETTINGS },
  { "run-timeout", AQ_CHANGE_SETTINGS },
  { "tags", AQ_CHANGE_SETTINGS },
  { "total-timeout", AQ_CHANGE_SETTINGS },
};

static gboolean
read_mask (GVariant      *changes,
           AqChangeMask  *out_mask,
           GError       **error)
{
  AqChangeMask mask = 0;
  GVariantIter iter;
  const char *key;
  GVariant *unused;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &unused))
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (change_keys) && !g_str_equal (key, change_keys[i].key))
        i++;
      if (i == G_N_ELEMENTS (change_keys))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' cannot be changed", key);
          g_variant_unref (unused);
          return FALSE;
        }
      mask |= change_keys[i].mask;
    }
  *out_mask = mask;
  return TRUE;
}

/* What is not about the call is read as of a composite job, which has none. */
static GVariant *
make_entries (const Change *change)
{
  GVariantBuilder builder;
  GVariantDict dict;

  g_variant_dict_init (&dict, change->changes);
  g_variant_dict_remove (&dict, "arguments");
  g_variant_dict_remove (&dict, "named");
  g_variant_dict_remove (&dict, "limits");
  g_variant_dict_insert (&dict, "kind", "s", AQ_FUNCTION_PARALLEL);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Which limits the job is under then: those that are given, or the instances of its own that new arguments make.
 * Returns: whether they can be; *out_limits is %NULL if they stay as they are */
static gboolean
find_limits (Change       *change,
             const AqJob  *job,
             GVariant    **out_limits,
             GError      **error)
{
  g_autoptr(GVariant) given = g_variant_lookup_value (change->changes, "limits", NULL);
  const AqFunction *function = aq_function_table_lookup (change->engine->functions, aq_job_get_function (job));
  const AqJobSettings *settings = aq_job_get_settings (job);
  g_autoptr(GVariant) arguments = change->arguments != NULL ? g_variant_ref (change->arguments)
                                                            : aq_job_dup_arguments (job);
  GVariantBuilder builder;

  *out_limits = NULL;
  if (given == NULL && (change->arguments == NULL || settings->n_limits == 0))
    return TRUE;
  if (given == NULL)
    {
      g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
      for (guint i = 0; i < settings->n_limits; i++)
        g_variant_builder_add (&builder, "s", settings->limits[i].definition);
      given = g_variant_ref_sink (g_variant_builder_end (&builder));
    }
  else if (job->kind != AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a %s job runs nothing itself: give its members the limit",
                            aq_job_get_function (job));
  else if (!aq_draft_limits_check (given, error))
    return FALSE;
  *out_limits = aq_draft_limits_expand (given, aq_job_get_function (job), function, arguments, error);
  return *out_limits != NULL;
}

/* those that the job is not under yet have to be there */
static gboolean
require_limits (AqTransaction  *transaction,
                const Change   *change,
                GError        **error)
{
  g_autoptr(GVariant) given = g_variant_lookup_value (change->changes, "limits", G_VARIANT_TYPE_STRING_ARRAY);
  GVariantIter iter;
  const char *name;

  if (given == NULL)
    return TRUE;
  g_variant_iter_init (&iter, given);
  while (g_variant_iter_next (&iter, "&s", &name))
    if (!aq_limit_require (transaction, name, error))
      return FALSE;
  return TRUE;
}

static void
set_or_remove (GVariantDict *dict,
               const char   *key,
               GVariant     *value)
{
  if (g_variant_n_children (value) > 0)
    g_variant_dict_insert_value (dict, key, value);
  else
    g_variant_dict_remove (dict, key);
}

/* settings that are not given stay */
static gboolean
merge_settings (Change                *change,
                const AqDraftContext  *context,
                const AqJob           *job,
                GVariant              *limits,
                AqDraft               *draft,
                GError               **error)
{
  g_autoptr(GVariant) tags = g_variant_lookup_value (change->changes, "tags", G_VARIANT_TYPE_STRING_ARRAY);
  g_autoptr(GVariant) retry = g_variant_lookup_value (change->changes, "retry", G_VARIANT_TYPE_STRING);
  AqJobSettings *settings;
  GVariantDict dict;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_dict_init (&dict, aq_job_get_settings (job)->value);
  if (draft->settings != NULL)
    {
      g_variant_iter_init (&iter, draft->settings->value);
      while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
        g_variant_dict_insert_value (&dict, key, value);
    }
  /* none at all is what a draft does not say either */
  if (tags != NULL && g_variant_n_children (tags) == 0)
    g_variant_dict_remove (&dict, "tags");
  if (limits != NULL)
    set_or_remove (&dict, "limits", limits);
  /* also where it is the one that most jobs have, which the draft does not say */
  if (retry != NULL)
    g_variant_dict_insert_value (&dict, "retry", aq_retry_policy_to_value (aq_retry_policies_find (
                                                   context->policies, g_variant_get_string (retry, NULL), NULL)));
  settings = aq_job_settings_new_from_value (g_variant_dict_end (&dict), error);
  if (settings == NULL)
    return FALSE;
  settings = aq_job_settings_intern (settings, context->settings);
  aq_draft_list_take_settings (change->list, settings);
  draft->settings = settings;
  return TRUE;
}

/* What other jobs will hand over, as to a callback, is no argument that can be given. */
static gboolean
bind_arguments (Change           *change,
                const AqJob      *job,
                AqDraft          *draft,
                GError          **error)
{
  const char *name = aq_job_get_function (job);
  const AqFunction *function = aq_function_table_lookup (change->engine->functions, name);
  g_autoptr(GVariant) arguments = g_variant_lookup_value (change->changes, "arguments", NULL);
  g_autoptr(GVariant) named = g_variant_lookup_value (change->changes, "named", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GVariant) old = aq_job_dup_arguments (job);
  guint n_parameters, n_given = g_variant_n_children (old);

  if (job->kind != AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a %s job has no arguments", name);
  if (function == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "there is no function '%s'", name);
  if (arguments != NULL && !g_variant_is_of_type (arguments, G_VARIANT_TYPE_TUPLE) &&
      !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("av")))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'arguments' is of type '%s', a tuple or 'av' is wanted",
                            g_variant_get_type_string (arguments));
  if (arguments == NULL && named == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'named' is not of type 'a{sv}'");

  n_parameters = asyncq_signature_get_n_parameters (function->signature);
  change->arguments = asyncq_signature_bind (function->signature, arguments, named,
                                             n_parameters > n_given ? n_parameters - n_given : 0, error);
  if (change->arguments == NULL || !aq_value_check (change->arguments, AQ_MAX_ARGUMENTS_BYTES, error))
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  draft->arguments_type = g_variant_get_type_string (change->arguments);
  draft->arguments = g_variant_get_data (change->arguments);
  draft->arguments_size = g_variant_get_size (change->arguments);
  return TRUE;
}

static gboolean
read_changes (Change       *change,
              const AqJob  *job,
              GError      **error)
{
  AqDraftContext context = aq_engine_get_draft_context (change->engine, aq_job_get_queue (job));
  g_autoptr(GVariant) entries = make_entries (change);
  g_autoptr(GVariant) limits = NULL;
  AqDraft *draft;

  change->list = aq_draft_list_parse (entries, &context, error);
  if (change->list == NULL)
    return FALSE;
  draft = change->list->drafts;
  change->event.draft = draft;
  if ((change->event.mask & AQ_CHANGE_ARGUMENTS) && !bind_arguments (change, job, draft, error))
    return FALSE;
  if (!find_limits (change, job, &limits, error))
    return FALSE;
  if (limits != NULL)
    change->event.mask |= AQ_CHANGE_SETTINGS;
  return !(change->event.mask & AQ_CHANGE_SETTINGS) || merge_settings (change, &context, job, limits, draft, error);
}

static gboolean
apply_change (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  Change *change = event;
  AqJob *job = aq_transaction_find_job (transaction, change->event.id);

  /* of others the rule says what is wrong */
  if (job != NULL && (job->state == ASYNCQ_JOB_STATE_NEW || job->state == ASYNCQ_JOB_STATE_PENDING) &&
      (!read_changes (change, job, error) || !require_limits (transaction, change, error)))
    return FALSE;
  return aq_rule_change (transaction, &change->event, error);
}

/**
 * aq_engine_change_job:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @changes: a{sv}, in normal form: keys of an entry of Submit
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Settings that are not given stay; "arguments" and "named" replace all arguments.
 *
 * Errors: those of aq_draft_list_parse() and aq_rule_change().
 *
 * Since: 0.1
 */
void
aq_engine_change_job (AqEngine      *self,
                      const AqActor *actor,
                      guint64        id,
                      GVariant      *changes,
                      AqEngineDone   done,
                      gpointer       user_data)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (changes);
  g_autoptr(GError) error = NULL;
  Change *change;
  AqChangeMask mask;

  if (!read_mask (sunk, &mask, &error))
    {
      done (error, user_data);
      return;
    }
  change = g_new0 (Change, 1);
  change->event = (AqChangeEvent) { .id = id, .mask = mask, .queues = self->queues };
  change->engine = self;
  change->changes = g_steal_pointer (&sunk);
  aq_engine_apply_request (self, actor, &(AqEngineRequest) {
    .rule = apply_change, .event = change, .free_event = free_change, .done = done, .user_data = user_data,
  });
}

/* retry */

typedef struct
{
  AqRetryEvent     event;
  AqActor          actor;  /* its sender is owned */
  AqEngine        *engine;
  AqEngineJobDone  done;
  gpointer         user_data;
} Retry;

static void
free_retry (gpointer data)
{
  Retry *retry = data;

  g_free ((char *) retry->actor.sender);
  g_free (retry);
}

static void
on_retry_fetched (const GError *error,
                  gpointer      user_data)
{
  Retry *retry = user_data;
  const GError *refusal = aq_store_get_refusal (retry->engine->store);

  if (error == NULL && refusal == NULL)
    {
      aq_engine_apply_request (retry->engine, &retry->actor, &(AqEngineRequest) {
        .rule = aq_rule_retry,
        .event = &retry->event,
        .free_event = free_retry,
        .id = &retry->event.out_id,
        .job_done = retry->done,
        .user_data = retry->user_data,
      });
      return;
    }
  retry->done (0, error != NULL ? error : refusal, retry->user_data);
  free_retry (retry);
}

/**
 * aq_engine_retry_job:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @done: called with the id of the job that will run once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_retry() and aq_store_fetch(), and why the store refuses
 * new work.
 *
 * Since: 0.1
 */
void
aq_engine_retry_job (AqEngine        *self,
                     const AqActor   *actor,
                     guint64          id,
                     AqEngineJobDone  done,
                     gpointer         user_data)
{
  Retry *retry = g_new0 (Retry, 1);

  retry->event = (AqRetryEvent) { .id = id, .queues = self->queues };
  retry->actor = (AqActor) { actor->uid, g_strdup (actor->sender) };
  retry->engine = self;
  retry->done = done;
  retry->user_data = user_data;
  aq_store_fetch (self->store, &id, 1, on_retry_fetched, retry);
}

/* snooze and put again */

/**
 * aq_engine_snooze_job:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @delay_usec: how much later than now it is to begin
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_snooze().
 *
 * Since: 0.1
 */
void
aq_engine_snooze_job (AqEngine      *self,
                      const AqActor *actor,
                      guint64        id,
                      gint64         delay_usec,
                      AqEngineDone   done,
                      gpointer       user_data)
{
  AqSnoozeEvent *event = g_new (AqSnoozeEvent, 1);

  *event = (AqSnoozeEvent) { id, delay_usec };
  aq_engine_apply_request (self, actor, &(AqEngineRequest) {
    .rule = aq_rule_snooze, .event = event, .free_event = g_free, .done = done, .user_data = user_data,
  });
}

/**
 * aq_engine_put_job_again:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_put_again().
 *
 * Since: 0.1
 */
void
aq_engine_put_job_again (AqEngine      *self,
                         const AqActor *actor,
                         guint64        id,
                         AqEngineDone   done,
                         gpointer       user_data)
{
  AqPutAgainEvent *event = g_new (AqPutAgainEvent, 1);

  *event = (AqPutAgainEvent) { id };
  aq_engine_apply_request (self, actor, &(AqEngineRequest) {
    .rule = aq_rule_put_again, .event = event, .free_event = g_free, .done = done, .user_data = user_data,
  });
}
