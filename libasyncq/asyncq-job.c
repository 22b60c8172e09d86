/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job that follows the bus
 *
 * State and outcome change with the signals of the client's subscription; every
 * change makes the job ask for a new snapshot, one question at a time, so that a
 * job which changes often costs no more than the answers take. What is older than
 * what is known already, by the number of its transaction, changes nothing.
 *
 * It belongs to the main context that was the thread's default when the client was
 * made: that is where the client's signals come.
 */

#include "config.h"

#include "asyncq-job.h"

#include "asyncq-client-private.h"

struct _AsyncqJob
{
  GObject parent_instance;

  AsyncqClient     *client;
  guint64           id;
  AsyncqJobInfo    *info;     /* NULL until there is the first snapshot */
  AsyncqJobState    state;
  AsyncqJobOutcome  outcome;
  guint64           sequence; /* of the transaction after which state and outcome were so */

  gboolean          asking;   /* for a snapshot */
  gboolean          outdated; /* there was a change since it was asked for */
  gboolean          told;     /* "completed" was emitted */
};

enum
{
  PROP_CLIENT = 1,
  PROP_ID,
  PROP_STATE,
  PROP_OUTCOME,
  PROP_SEQUENCE,
  PROP_INFO,
  N_PROPERTIES
};

enum
{
  SIGNAL_COMPLETED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

/**
 * AsyncqJob:
 *
 * A job whose properties follow the daemon.
 *
 * [property@Job:state], [property@Job:outcome] and [property@Job:info] change, with
 * [signal@GObject.Object::notify], as the daemon tells of changes that are stored.
 * It tells of those that the client has subscribed to: unless that was done before,
 * making the first job subscribes the client to every job.
 *
 * A job is used in the main context that was the thread's default when its client
 * was made. For a look at one moment [method@Client.get_job_async] is cheaper.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqJob, asyncq_job, G_TYPE_OBJECT)

static void
asyncq_job_dispose (GObject *object)
{
  AsyncqJob *self = ASYNCQ_JOB (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_object (&self->info);

  G_OBJECT_CLASS (asyncq_job_parent_class)->dispose (object);
}

static void
asyncq_job_get_property (GObject    *object,
                         guint       id,
                         GValue     *value,
                         GParamSpec *spec)
{
  AsyncqJob *self = ASYNCQ_JOB (object);

  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_ID:
      g_value_set_uint64 (value, self->id);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_OUTCOME:
      g_value_set_enum (value, (int) self->outcome);
      break;
    case PROP_SEQUENCE:
      g_value_set_uint64 (value, self->sequence);
      break;
    case PROP_INFO:
      g_value_set_object (value, self->info);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  /**
   * AsyncqJob:client:
   *
   * The connection to the job's daemon.
   *
   * Since: 0.1
   */
  properties[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, ASYNCQ_TYPE_CLIENT, flags);

  /**
   * AsyncqJob:id:
   *
   * The id of the job.
   *
   * Since: 0.1
   */
  properties[PROP_ID] = g_param_spec_uint64 ("id", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * AsyncqJob:state:
   *
   * Where the job is in its life.
   *
   * Since: 0.1
   */
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, ASYNCQ_TYPE_JOB_STATE, ASYNCQ_JOB_STATE_NEW, flags);

  /**
   * AsyncqJob:outcome:
   *
   * How the job ended.
   *
   * Since: 0.1
   */
  properties[PROP_OUTCOME] =
    g_param_spec_enum ("outcome", NULL, NULL, ASYNCQ_TYPE_JOB_OUTCOME, ASYNCQ_JOB_OUTCOME_NONE, flags);

  /**
   * AsyncqJob:sequence:
   *
   * The number of the newest transaction that is known to have changed the job.
   *
   * Since: 0.1
   */
  properties[PROP_SEQUENCE] = g_param_spec_uint64 ("sequence", NULL, NULL, 0, G_MAXUINT64, 0, flags);

  /**
   * AsyncqJob:info:
   *
   * The newest snapshot of the job. It comes a little after
   * [property@Job:state].
   *
   * Since: 0.1
   */
  properties[PROP_INFO] = g_param_spec_object ("info", NULL, NULL, ASYNCQ_TYPE_JOB_INFO, flags);

  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
asyncq_job_class_init (AsyncqJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = asyncq_job_dispose;
  object_class->get_property = asyncq_job_get_property;
  install_properties (object_class);

  /**
   * AsyncqJob::completed:
   * @self: the job
   *
   * The job has ended, and [property@Job:info] has its result. Comes once, and not
   * for a job that had ended when the object was made.
   *
   * Since: 0.1
   */
  signals[SIGNAL_COMPLETED] =
    g_signal_new ("completed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
asyncq_job_init (AsyncqJob *self)
{
}

/* ---- following ---- */

static void
set_state (AsyncqJob        *self,
           AsyncqJobState    state,
           AsyncqJobOutcome  outcome,
           guint64           sequence)
{
  if (sequence < self->sequence)
    return;
  if (sequence != self->sequence)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEQUENCE]);
  if (state != self->state)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  if (outcome != self->outcome)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUTCOME]);
  self->sequence = sequence;
  self->state = state;
  self->outcome = outcome;
}

static void
take_info (AsyncqJob     *self,
           AsyncqJobInfo *info)
{
  g_autoptr(AsyncqJobInfo) owned = info;
  gboolean is_newer = self->info == NULL ||
                      asyncq_job_info_get_sequence (info) > asyncq_job_info_get_sequence (self->info);

  if (!is_newer)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  g_set_object (&self->info, info);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INFO]);
  set_state (self, asyncq_job_info_get_state (info), asyncq_job_info_get_outcome (info),
             asyncq_job_info_get_sequence (info));
  g_object_thaw_notify (G_OBJECT (self));

  if (!self->told && asyncq_job_info_get_state (info) == ASYNCQ_JOB_STATE_COMPLETED)
    {
      self->told = TRUE;
      g_signal_emit (self, signals[SIGNAL_COMPLETED], 0);
    }
}

static void ask (AsyncqJob *self);

static void
on_info (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(AsyncqJob) self = user_data;
  AsyncqJobInfo *info = asyncq_client_get_job_finish (ASYNCQ_CLIENT (source), result, NULL);

  self->asking = FALSE;
  if (self->client == NULL)
    {
      g_clear_object (&info);
      return;
    }
  if (self->outdated)
    ask (self);
  /* no answer: the job is no longer kept, or the daemon is gone; what was known stays */
  if (info != NULL)
    take_info (self, info);
}

static void
ask (AsyncqJob *self)
{
  self->outdated = self->asking;
  if (self->asking)
    return;
  self->asking = TRUE;
  asyncq_client_get_job_async (self->client, self->id, NULL, on_info, g_object_ref (self));
}

static void
on_jobs_changed (AsyncqClient *client,
                 GVariant     *changes,
                 AsyncqJob    *self)
{
  GVariantIter iter;
  const char *state_text;
  const char *outcome_text;
  guint64 id;
  guint64 sequence;
  gboolean changed = FALSE;

  g_object_ref (self); /* a handler may drop us */
  g_object_freeze_notify (G_OBJECT (self));
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "(t&s&st)", &id, &state_text, &outcome_text, &sequence))
    {
      AsyncqJobState state;
      AsyncqJobOutcome outcome;

      if (id != self->id || !asyncq_job_state_from_string (state_text, &state) ||
          !asyncq_job_outcome_from_string (outcome_text, &outcome))
        continue;
      set_state (self, state, outcome, sequence);
      changed = TRUE;
    }
  if (changed)
    ask (self);
  g_object_thaw_notify (G_OBJECT (self));
  g_object_unref (self);
}

static AsyncqJob *
asyncq_job_new_following (AsyncqClient *client,
                          guint64       id)
{
  AsyncqJob *self = g_object_new (ASYNCQ_TYPE_JOB, NULL);

  self->client = g_object_ref (client);
  self->id = id;
  g_signal_connect (client, "jobs-changed", G_CALLBACK (on_jobs_changed), self);
  return self;
}

/* consumes @info */
static void
begin (AsyncqJob     *self,
       AsyncqJobInfo *info)
{
  self->told = asyncq_job_info_get_state (info) == ASYNCQ_JOB_STATE_COMPLETED;
  take_info (self, info);
}

/* ---- making one ---- */

static void
on_first_info (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  AsyncqJob *self = g_task_get_task_data (task);
  GError *error = NULL;
  AsyncqJobInfo *info = asyncq_client_get_job_finish (ASYNCQ_CLIENT (source), result, &error);

  if (info == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  begin (self, info);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
on_subscribed (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  AsyncqJob *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  if (!asyncq_client_subscribe_finish (ASYNCQ_CLIENT (source), result, &error))
    g_task_return_error (task, error);
  else
    asyncq_client_get_job_async (self->client, self->id, cancellable, on_first_info, g_steal_pointer (&task));
}

/**
 * asyncq_job_new_async:
 * @client: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the job is known, or not
 * @user_data: for @callback
 *
 * Makes an object for a job, which follows it from then on.
 *
 * Since: 0.1
 */
void
asyncq_job_new_async (AsyncqClient        *client,
                      guint64              id,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (ASYNCQ_IS_CLIENT (client));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, asyncq_job_new_async);
  g_task_set_task_data (task, asyncq_job_new_following (client, id), g_object_unref);
  if (_asyncq_client_is_subscribed (client))
    asyncq_client_get_job_async (client, id, cancellable, on_first_info, task);
  else
    asyncq_client_subscribe_async (client, "", cancellable, on_subscribed, task);
}

/**
 * asyncq_job_new_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [func@Job.new_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: (transfer full): the job, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqJob *
asyncq_job_new_finish (GAsyncResult  *result,
                       GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == asyncq_job_new_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * asyncq_job_new_sync:
 * @client: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Makes an object for a job, which follows it from then on; blocks until the job
 * is known.
 *
 * Errors: as [ctor@Job.new_finish].
 *
 * Returns: (transfer full): the job, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqJob *
asyncq_job_new_sync (AsyncqClient  *client,
                     guint64        id,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_autoptr(AsyncqJob) self = NULL;
  AsyncqJobInfo *info;

  g_return_val_if_fail (ASYNCQ_IS_CLIENT (client), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self = asyncq_job_new_following (client, id);
  if ((!_asyncq_client_is_subscribed (client) &&
       !asyncq_client_subscribe_sync (client, "", cancellable, error)) ||
      (info = asyncq_client_get_job_sync (client, id, cancellable, error)) == NULL)
    return NULL;
  begin (self, info);
  return g_steal_pointer (&self);
}

/* ---- asking it ---- */

/**
 * asyncq_job_get_client: (get-property client)
 * @self: a job
 *
 * Gives the connection to the job's daemon.
 *
 * Returns: (transfer none): the client
 *
 * Since: 0.1
 */
AsyncqClient *
asyncq_job_get_client (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), NULL);

  return self->client;
}

/**
 * asyncq_job_get_id: (get-property id)
 * @self: a job
 *
 * Gives the id of the job.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
guint64
asyncq_job_get_id (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), 0);

  return self->id;
}

/**
 * asyncq_job_get_state: (get-property state)
 * @self: a job
 *
 * Says where the job is in its life, as far as the daemon has told.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
AsyncqJobState
asyncq_job_get_state (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), ASYNCQ_JOB_STATE_NEW);

  return self->state;
}

/**
 * asyncq_job_get_outcome: (get-property outcome)
 * @self: a job
 *
 * Says how the job ended, as far as the daemon has told.
 *
 * Returns: the outcome
 *
 * Since: 0.1
 */
AsyncqJobOutcome
asyncq_job_get_outcome (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), ASYNCQ_JOB_OUTCOME_NONE);

  return self->outcome;
}

/**
 * asyncq_job_get_sequence: (get-property sequence)
 * @self: a job
 *
 * Gives the number of the newest transaction that is known to have changed the job.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
asyncq_job_get_sequence (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), 0);

  return self->sequence;
}

/**
 * asyncq_job_get_info: (get-property info)
 * @self: a job
 *
 * Gives the newest snapshot of the job.
 *
 * Returns: (transfer none): a snapshot
 *
 * Since: 0.1
 */
AsyncqJobInfo *
asyncq_job_get_info (AsyncqJob *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), NULL);

  return self->info;
}
