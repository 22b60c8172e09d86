/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a running function is given: its job
 *
 * One object serves job after job, since making one costs as much as a short
 * job. A function that keeps a reference gets to keep the object: the next job
 * then has a new one.
 *
 * Everything runs on the thread of the function but aq_worker_context_cancel(),
 * which the watcher calls, and the end of a deferred job, which any thread tells;
 * `lock` guards what these touch. Annotations and progress may also be asked for
 * from threads that the function has started: see aq-asker.c.
 */

#include "config.h"

#include "work/worker/aq-worker-context.h"

#include "libasyncq/asyncq-error.h"

#include <pthread.h>
#include <string.h>

/* who says how the job ended */
typedef enum
{
  DEFERRAL_NONE, /* the function, by returning */
  DEFERRAL_OPEN, /* somebody, later */
  DEFERRAL_ENDED /* somebody has */
} Deferral;

struct _AqWorkerContext
{
  AsyncqJobContext parent_instance;

  char       *agent;
  const AqWorkerContextHooks *hooks;
  gpointer    hooks_data;

  /* of the job that runs */
  guint64     id;
  guint64     lease;
  guint64     parent;
  guint       attempt;
  char       *queue;
  GHashTable *settings;   /* char * → char *; of the plugin, which is never unloaded; nullable */
  GPtrArray  *entries;    /* of GVariant a{sv}: what it has put, a flat list */
  gsize       entries_bytes;
  guint32     returned;   /* index in entries, or AQ_WIRE_NONE_RETURNED */
  gint64      snooze_usec; /* -1: it does not snooze */
  GVariant   *checkpoint; /* owned; nullable */
  GVariant   *object;     /* owned: the value of the object that it is bound to, or was; nullable */
  gboolean    object_is_changed;

  pthread_mutex_t lock;
  GCancellable *cancellable; /* made when it is asked for */
  gboolean    cancelled;
  Deferral    deferral;
  GVariant   *value;      /* owned: with which a deferred job has ended; nullable */
  GError     *failure;    /* owned, likewise; nullable */
};

G_DEFINE_FINAL_TYPE (AqWorkerContext, aq_worker_context, ASYNCQ_TYPE_JOB_CONTEXT)

static void
aq_worker_context_finalize (GObject *object)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (object);

  g_clear_pointer (&self->agent, g_free);
  g_clear_pointer (&self->queue, g_free);
  g_clear_pointer (&self->checkpoint, g_variant_unref);
  g_clear_pointer (&self->object, g_variant_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_error (&self->failure);
  pthread_mutex_destroy (&self->lock);

  G_OBJECT_CLASS (aq_worker_context_parent_class)->finalize (object);
}

static guint64
get_id (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->id;
}

static guint
get_attempt (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->attempt;
}

static guint64
get_lease (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->lease;
}

static guint64
get_parent (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->parent;
}

static const char *
get_queue (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->queue;
}

static const char *
get_agent (AsyncqJobContext *context)
{
  return AQ_WORKER_CONTEXT (context)->agent;
}

static GCancellable *
get_cancellable (AsyncqJobContext *context)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  GCancellable *cancellable;

  pthread_mutex_lock (&self->lock);
  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      if (self->cancelled)
        g_cancellable_cancel (self->cancellable);
    }
  cancellable = self->cancellable;
  pthread_mutex_unlock (&self->lock);
  return cancellable;
}

static const char *
get_setting (AsyncqJobContext *context,
             const char       *name)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  return self->settings == NULL ? NULL : g_hash_table_lookup (self->settings, name);
}

/* a(us): index of another entry, and the end of it that is waited for */
static GVariant *
move_after (GVariant *after,
            guint32   base)
{
  GVariantBuilder moved;
  GVariantIter iter;
  guint32 index;
  const char *on;

  g_variant_builder_init (&moved, G_VARIANT_TYPE ("a(us)"));
  g_variant_iter_init (&iter, after);
  while (g_variant_iter_next (&iter, "(u&s)", &index, &on))
    g_variant_builder_add (&moved, "(us)", index + base, on);
  return g_variant_builder_end (&moved);
}

/* the same entry in a list where @base others come before its own list */
static GVariant *
move_entry (GVariant *entry,
            guint32   base)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (entry);
  g_autoptr(GVariant) after = NULL;
  guint32 parent;

  if (base == 0)
    return g_variant_ref (entry);

  if (g_variant_dict_lookup (&dict, "parent", "u", &parent))
    g_variant_dict_insert (&dict, "parent", "u", parent + base);
  after = g_variant_dict_lookup_value (&dict, "after", G_VARIANT_TYPE ("a(us)"));
  if (after != NULL)
    g_variant_dict_insert_value (&dict, "after", move_after (after, base));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
append_spec (AqWorkerContext  *self,
             AsyncqJobSpec    *spec,
             GError          **error)
{
  g_autoptr(GVariant) list = g_variant_take_ref (asyncq_job_spec_to_entries (spec));
  gsize bytes = g_variant_get_size (list);
  gsize n_entries = g_variant_n_children (list);
  guint32 base = self->entries->len;

  if (self->entries_bytes + bytes > AQ_WIRE_MAX_VALUE_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "the jobs that one job puts are larger than %d bytes", AQ_WIRE_MAX_VALUE_BYTES);
      return FALSE;
    }
  self->entries_bytes += bytes;
  for (gsize i = 0; i < n_entries; i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (list, i);

      g_ptr_array_add (self->entries, move_entry (entry, base));
    }
  return TRUE;
}

static gboolean
put_job (AsyncqJobContext  *context,
         AsyncqJobSpec     *spec,
         GError           **error)
{
  return append_spec (AQ_WORKER_CONTEXT (context), spec, error);
}

static gboolean
return_job (AsyncqJobContext  *context,
            AsyncqJobSpec     *spec,
            GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  guint32 index = self->entries->len;

  if (self->returned != AQ_WIRE_NONE_RETURNED)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "the function has returned a job already");
      return FALSE;
    }
  if (!append_spec (self, spec, error))
    return FALSE;

  self->returned = index;
  return TRUE;
}

static void
snooze (AsyncqJobContext *context,
        gint64            delay_usec)
{
  AQ_WORKER_CONTEXT (context)->snooze_usec = MIN (delay_usec, AQ_WIRE_MAX_SNOOZE_USEC);
}

static gboolean
set_annotation (AsyncqJobContext  *context,
                guint64            job_id,
                const char        *key,
                GVariant          *value,
                GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  AqWireAsk ask = { .lease = self->lease, .question = AQ_WIRE_SET_ANNOTATION, .job = job_id, .name = key };

  aq_wire_value_set (&ask.value, value);
  return self->hooks->tell (&ask, self->hooks_data, error);
}

static GVariant *
get_annotation (AsyncqJobContext  *context,
                guint64            job_id,
                const char        *key,
                gint64             timeout_usec,
                gint64             poll_usec,
                GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  AqWireAsk ask = { .lease = self->lease, .question = AQ_WIRE_GET_ANNOTATION, .job = job_id, .name = key };
  GVariant *value = NULL;

  ask.timeout_usec = timeout_usec < 0 ? AQ_WIRE_FOR_EVER : (guint64) MIN (timeout_usec, AQ_WIRE_MAX_WAIT_USEC);
  ask.poll_usec = (guint64) MIN (poll_usec, AQ_WIRE_MAX_WAIT_USEC);
  return self->hooks->ask (&ask, &value, self->hooks_data, error) ? value : NULL;
}

static void
tell_progress (AsyncqJobContext *context,
               GVariant         *progress)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  self->hooks->set_progress (self->lease, progress, self->hooks_data);
}

static guint32
level_of (GLogLevelFlags level)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    return 0;
  if ((level & G_LOG_LEVEL_WARNING) != 0)
    return 1;
  if ((level & G_LOG_LEVEL_MESSAGE) != 0)
    return 2;
  return (level & G_LOG_LEVEL_INFO) != 0 ? 3 : AQ_WIRE_MAX_LEVEL;
}

static void
log_line (AsyncqJobContext *context,
          GLogLevelFlags    level,
          const char       *line)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  guint32 number = level_of (level);
  AqWireAsk ask = { .lease = self->lease, .question = AQ_WIRE_LOG, .name = line };

  ask.value = (AqWireValue) { "u", &number, sizeof number };
  self->hooks->log_line (&ask, self->hooks_data);
}

static GVariant *
dup_checkpoint (AsyncqJobContext *context)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  return self->checkpoint == NULL ? NULL : g_variant_ref (self->checkpoint);
}

/* Asks what is answered with yes or an error. */
static gboolean
ask_whether (AqWorkerContext  *self,
             AqWireQuestion    question,
             const char       *name,
             GVariant         *value,
             GError          **error)
{
  AqWireAsk ask = { .lease = self->lease, .question = question, .name = name };
  g_autoptr(GVariant) unused = NULL;

  aq_wire_value_set (&ask.value, value);
  return self->hooks->ask (&ask, &unused, self->hooks_data, error);
}

static gboolean
set_checkpoint (AsyncqJobContext  *context,
                GVariant          *value,
                GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  if (!ask_whether (self, AQ_WIRE_SET_CHECKPOINT, "", value, error))
    return FALSE;
  g_clear_pointer (&self->checkpoint, g_variant_unref);
  self->checkpoint = value == NULL ? NULL : g_variant_ref (value);
  return TRUE;
}

static gboolean
begin_once (AsyncqJobContext  *context,
            const char        *name,
            GVariant         **out_result,
            GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);
  AqWireAsk ask = { .lease = self->lease, .question = AQ_WIRE_BEGIN_ONCE, .name = name };

  return self->hooks->ask (&ask, out_result, self->hooks_data, error);
}

static gboolean
end_once (AsyncqJobContext  *context,
          const char        *name,
          GVariant          *result,
          GError           **error)
{
  return ask_whether (AQ_WORKER_CONTEXT (context), AQ_WIRE_END_ONCE, name, result, error);
}

static GVariant *
dup_object (AsyncqJobContext *context)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  return self->object == NULL ? NULL : g_variant_ref (self->object);
}

static gboolean
set_object (AsyncqJobContext  *context,
            GVariant          *value,
            GError           **error)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  if (self->object == NULL)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the job is bound to no object");
      return FALSE;
    }
  if (!g_variant_type_equal (g_variant_get_type (value), g_variant_get_type (self->object)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the job's object is of type '%s', not '%s'",
                   g_variant_get_type_string (self->object), g_variant_get_type_string (value));
      return FALSE;
    }
  g_variant_unref (self->object);
  self->object = g_variant_ref (value);
  self->object_is_changed = TRUE;
  return TRUE;
}

static void
defer (AsyncqJobContext *context)
{
  AqWorkerContext *self = AQ_WORKER_CONTEXT (context);

  pthread_mutex_lock (&self->lock);
  if (self->deferral == DEFERRAL_NONE)
    self->deferral = DEFERRAL_OPEN;
  pthread_mutex_unlock (&self->lock);
}

/* Takes @failure. The first end counts. */
static void
end_deferred (AqWorkerContext *self,
              GVariant        *value,
              GError          *failure)
{
  gboolean ends;

  pthread_mutex_lock (&self->lock);
  ends = self->deferral == DEFERRAL_OPEN;
  if (ends)
    {
      self->deferral = DEFERRAL_ENDED;
      self->value = value == NULL ? NULL : g_variant_ref (value);
      self->failure = g_steal_pointer (&failure);
    }
  pthread_mutex_unlock (&self->lock);

  if (ends)
    self->hooks->ended (self->lease, self->hooks_data);
  else
    g_message ("an end of job %" G_GUINT64_FORMAT " was told that is not wanted: it has ended already, or never "
               "deferred its end", self->id);
  g_clear_error (&failure);
}

static void
return_value (AsyncqJobContext *context,
              GVariant         *value)
{
  end_deferred (AQ_WORKER_CONTEXT (context), value, NULL);
}

static void
return_error (AsyncqJobContext *context,
              GError           *error)
{
  end_deferred (AQ_WORKER_CONTEXT (context), NULL, error);
}

static void
aq_worker_context_class_init (AqWorkerContextClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  AsyncqJobContextClass *context_class = ASYNCQ_JOB_CONTEXT_CLASS (class);

  object_class->finalize = aq_worker_context_finalize;

  context_class->get_id = get_id;
  context_class->get_attempt = get_attempt;
  context_class->get_lease = get_lease;
  context_class->get_queue = get_queue;
  context_class->get_agent = get_agent;
  context_class->get_cancellable = get_cancellable;
  context_class->get_setting = get_setting;
  context_class->put_job = put_job;
  context_class->return_job = return_job;
  context_class->get_parent = get_parent;
  context_class->snooze = snooze;
  context_class->set_annotation = set_annotation;
  context_class->get_annotation = get_annotation;
  context_class->tell_progress = tell_progress;
  context_class->log = log_line;
  context_class->dup_checkpoint = dup_checkpoint;
  context_class->set_checkpoint = set_checkpoint;
  context_class->begin_once = begin_once;
  context_class->end_once = end_once;
  context_class->dup_object = dup_object;
  context_class->set_object = set_object;
  context_class->defer = defer;
  context_class->return_value = return_value;
  context_class->return_error = return_error;
}

static void
aq_worker_context_init (AqWorkerContext *self)
{
  self->queue = g_strdup ("");
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->returned = AQ_WIRE_NONE_RETURNED;
  self->snooze_usec = -1;
  pthread_mutex_init (&self->lock, NULL);
}

AqWorkerContext *
aq_worker_context_new (const char                 *agent,
                       const AqWorkerContextHooks *hooks,
                       gpointer                    user_data)
{
  AqWorkerContext *self = g_object_new (AQ_TYPE_WORKER_CONTEXT, NULL);

  self->hooks = hooks;
  self->hooks_data = user_data;
  self->agent = g_strdup (agent);
  return self;
}

/* The function, or what it called, may have kept the cancellable of the last job. */
static void
renew_cancellable (AqWorkerContext *self)
{
  GCancellable *old = NULL;

  pthread_mutex_lock (&self->lock);
  if (self->cancellable != NULL &&
      (self->cancelled || g_atomic_int_get (&G_OBJECT (self->cancellable)->ref_count) != 1 ||
       g_cancellable_is_cancelled (self->cancellable)))
    old = g_steal_pointer (&self->cancellable);
  self->cancelled = FALSE;
  pthread_mutex_unlock (&self->lock);

  g_clear_object (&old);
}

/**
 * aq_worker_context_begin:
 * @self: a context that no other job uses
 * @run: the job; copied
 * @settings: (nullable): the settings of its plugin; live as long as the process
 *
 * Makes the context that of a job that is about to run.
 */
void
aq_worker_context_begin (AqWorkerContext *self,
                         const AqWireRun *run,
                         GHashTable      *settings)
{
  self->id = run->id;
  self->lease = run->lease;
  self->parent = run->parent;
  self->attempt = run->attempt;
  if (strcmp (self->queue, run->queue) != 0)
    {
      g_free (self->queue);
      self->queue = g_strdup (run->queue);
    }
  self->settings = settings;
  if (self->entries->len > 0)
    g_ptr_array_set_size (self->entries, 0);
  self->entries_bytes = 0;
  self->returned = AQ_WIRE_NONE_RETURNED;
  self->snooze_usec = -1;
  if (self->checkpoint != NULL || run->checkpoint.type != NULL)
    {
      g_clear_pointer (&self->checkpoint, g_variant_unref);
      self->checkpoint = aq_wire_value_dup (&run->checkpoint);
    }
  if (self->object != NULL || run->object.type != NULL)
    {
      g_clear_pointer (&self->object, g_variant_unref);
      self->object = aq_wire_value_dup (&run->object);
    }
  self->object_is_changed = FALSE;
  if (self->cancellable != NULL || self->cancelled)
    renew_cancellable (self);
  /* nobody else has it who could look: see aq_worker_context_is_shared() */
  self->deferral = DEFERRAL_NONE;
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_error (&self->failure);
}

/* whether somebody beside the runner holds it: then the next job needs another one */
gboolean
aq_worker_context_is_shared (AqWorkerContext *self)
{
  return g_atomic_int_get (&G_OBJECT (self)->ref_count) != 1;
}

/**
 * aq_worker_context_cancel:
 * @self: the context of the job that runs
 *
 * Asks the function to stop. For the watcher's thread.
 */
void
aq_worker_context_cancel (AqWorkerContext *self)
{
  g_autoptr(GCancellable) cancellable = NULL;

  pthread_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  if (self->cancellable != NULL)
    cancellable = g_object_ref (self->cancellable);
  pthread_mutex_unlock (&self->lock);

  /* its handlers are the plugin's and may ask for the cancellable */
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

/* aa{sv}, or NULL where the function has put no job */
GVariant *
aq_worker_context_dup_puts (AqWorkerContext *self)
{
  if (self->entries->len == 0)
    return NULL;
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT,
                                                  (GVariant * const *) self->entries->pdata,
                                                  self->entries->len));
}

guint32
aq_worker_context_get_returned (AqWorkerContext *self)
{
  return self->returned;
}

/* Returns: how much later it asks to run again, or -1 if it does not */
gint64
aq_worker_context_get_snooze (AqWorkerContext *self)
{
  return self->snooze_usec;
}

/* Returns: (transfer none) (nullable): the value that it has set its object to */
GVariant *
aq_worker_context_get_changed (AqWorkerContext *self)
{
  return self->object_is_changed ? self->object : NULL;
}

/* whether the job ends, or has ended, otherwise than by the return of its function */
gboolean
aq_worker_context_is_deferred (AqWorkerContext *self)
{
  gboolean is_deferred;

  pthread_mutex_lock (&self->lock);
  is_deferred = self->deferral != DEFERRAL_NONE;
  pthread_mutex_unlock (&self->lock);
  return is_deferred;
}

/**
 * aq_worker_context_take_end:
 * @self: the context of a deferred job
 * @out_value: (out) (transfer full) (nullable): what it has ended with
 * @out_failure: (out) (transfer full) (nullable): why it has failed
 *
 * Returns: whether it has ended
 */
gboolean
aq_worker_context_take_end (AqWorkerContext  *self,
                            GVariant        **out_value,
                            GError          **out_failure)
{
  gboolean ended;

  pthread_mutex_lock (&self->lock);
  ended = self->deferral == DEFERRAL_ENDED;
  if (ended)
    {
      *out_value = g_steal_pointer (&self->value);
      *out_failure = g_steal_pointer (&self->failure);
    }
  pthread_mutex_unlock (&self->lock);
  return ended;
}
