/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: queues
 */

#include "config.h"

#include "core/aq-engine-queues.h"

#include "core/aq-engine-private.h"

/* pauses that end by themselves */

static void on_resume (gpointer user_data);

static gboolean
find_next_resume (AqTransaction  *transaction,
                  gpointer        event,
                  GError        **error)
{
  gint64 *usec = event;

  *usec = aq_queue_get_next_resume (transaction);
  return TRUE;
}

static void
on_resumed (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

static void
set_resume (AqEngine *self,
            gint64    usec)
{
  if (usec == self->resume_usec)
    return;
  g_clear_pointer (&self->resume_timer, aq_timer_free);
  self->resume_usec = usec;
  if (usec != G_MAXINT64)
    self->resume_timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, usec, on_resume, self);
}

static void
on_resume (gpointer user_data)
{
  AqEngine *self = user_data;

  set_resume (self, G_MAXINT64);
  aq_store_apply (self->store, &aq_engine_self, aq_rule_end_pauses, NULL, on_resumed, NULL);
  aq_engine_look_for_resume (self);
  aq_engine_poke (self);
}

/**
 * aq_engine_look_for_resume:
 * @self: an engine
 *
 * Pauses have changed: another one may be the first to end.
 *
 * Since: 0.1
 */
void
aq_engine_look_for_resume (AqEngine *self)
{
  gint64 usec = G_MAXINT64;

  if (!self->running)
    return;
  aq_store_apply (self->store, &aq_engine_self, find_next_resume, &usec, on_resumed, NULL);
  set_resume (self, usec);
}

/* lifecycle */

void
aq_engine_queues_init (AqEngine *self)
{
  self->queues = aq_queue_table_new ();
  self->resume_usec = G_MAXINT64;
}

void
aq_engine_queues_stop (AqEngine *self)
{
  set_resume (self, G_MAXINT64);
}

void
aq_engine_queues_clear (AqEngine *self)
{
  set_resume (self, G_MAXINT64);
  aq_queue_table_free (self->queues);
}

/* which queues there are */

void
aq_engine_configure_queue (AqEngine   *self,
                           const char *name)
{
  aq_queue_table_add (self->queues, name);
}

typedef struct
{
  AqEngine   *engine;
  const char *name;
  gboolean    known;
} Look;

static gboolean
look_for_queue (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  Look *look = event;

  look->known = aq_queue_is_known (transaction, look->engine->queues, look->name);
  return TRUE;
}

static void
on_looked (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
}

/**
 * aq_engine_has_queue:
 * @self: an engine
 * @name: a name
 *
 * Returns: whether it is the name of a queue, at this moment, flushed or not
 *
 * Since: 0.1
 */
gboolean
aq_engine_has_queue (AqEngine   *self,
                     const char *name)
{
  Look look = { self, name, FALSE };

  aq_store_apply (self->store, &aq_engine_self, look_for_queue, &look, on_looked, NULL);
  return look.known;
}

/* create, remove, resume */

static void
free_queue_event (gpointer data)
{
  AqQueueEvent *event = data;

  g_free ((char *) event->name);
  g_free (event);
}

static void
request_queue (AqEngine      *self,
               const AqActor *actor,
               AqRule         rule,
               const char    *name,
               AqEngineDone   done,
               gpointer       user_data)
{
  AqQueueEvent *event = g_new (AqQueueEvent, 1);
  const AqEngineRequest request = {
    .rule = rule,
    .event = event,
    .free_event = free_queue_event,
    .applied = aq_engine_look_for_resume,
    .done = done,
    .user_data = user_data,
  };

  *event = (AqQueueEvent) { g_strdup (name), self->queues };
  aq_engine_apply_request (self, actor, &request);
}

/**
 * aq_engine_create_queue:
 * @self: an engine
 * @actor: who asked for it
 * @name: the new queue's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_create_queue().
 *
 * Since: 0.1
 */
void
aq_engine_create_queue (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  request_queue (self, actor, aq_rule_create_queue, name, done, user_data);
}

/**
 * aq_engine_remove_queue:
 * @self: an engine
 * @actor: who asked for it
 * @name: a queue's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_remove_queue().
 *
 * Since: 0.1
 */
void
aq_engine_remove_queue (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  request_queue (self, actor, aq_rule_remove_queue, name, done, user_data);
}

/**
 * aq_engine_resume_queue:
 * @self: an engine
 * @actor: who asked for it
 * @name: a queue's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_resume_queue().
 *
 * Since: 0.1
 */
void
aq_engine_resume_queue (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  request_queue (self, actor, aq_rule_resume_queue, name, done, user_data);
}

/* pause */

static void
free_pause_event (gpointer data)
{
  AqPauseEvent *event = data;

  g_free ((char *) event->name);
  g_free ((char *) event->reason);
  g_free (event);
}

/**
 * aq_engine_pause_queue:
 * @self: an engine
 * @actor: who asked for it
 * @name: a queue's name
 * @reason: for people; may be empty
 * @until_usec: wall clock; 0: until it is resumed
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * One that is paused already is paused for the new reason, until the new time.
 *
 * Errors: those of aq_rule_pause_queue().
 *
 * Since: 0.1
 */
void
aq_engine_pause_queue (AqEngine      *self,
                       const AqActor *actor,
                       const char    *name,
                       const char    *reason,
                       gint64         until_usec,
                       AqEngineDone   done,
                       gpointer       user_data)
{
  AqPauseEvent *event = g_new (AqPauseEvent, 1);
  const AqEngineRequest request = {
    .rule = aq_rule_pause_queue,
    .event = event,
    .free_event = free_pause_event,
    .applied = aq_engine_look_for_resume,
    .done = done,
    .user_data = user_data,
  };

  *event = (AqPauseEvent) { g_strdup (name), g_strdup (reason), until_usec, self->queues };
  aq_engine_apply_request (self, actor, &request);
}

/* read */

typedef struct
{
  AqListQueuedEvent  list;   /* its name is owned; NULL: all queues */
  GVariant          *value;  /* owned, nullable */
} Read;

static void
free_read (gpointer data)
{
  Read *read = data;

  g_free ((char *) read->list.name);
  g_clear_pointer (&read->list.out_ids, g_array_unref);
  g_clear_pointer (&read->value, g_variant_unref);
  g_free (read);
}

static Read *
read_new (AqEngine   *self,
          const char *name)
{
  Read *read = g_new0 (Read, 1);

  read->list.name = g_strdup (name);
  read->list.queues = self->queues;
  return read;
}

static void
apply_read (AqEngine     *self,
            AqRule        rule,
            Read         *read,
            AqEngineRead  done,
            gpointer      user_data)
{
  const AqEngineRequest request = {
    .rule = rule,
    .event = read,
    .free_event = free_read,
    .value = &read->value,
    .read = done,
    .user_data = user_data,
  };

  aq_engine_apply_request (self, &aq_engine_self, &request);
}

static gboolean
read_queue (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  Read *read = event;

  if (!aq_queue_require (transaction, read->list.queues, read->list.name, error))
    return FALSE;
  read->value = g_variant_ref_sink (aq_queue_view_new (transaction, read->list.name));
  return TRUE;
}

static gboolean
read_queues (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  Read *read = event;
  g_auto(GStrv) names = aq_queue_dup_names (transaction, read->list.queues);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (char **name = names; *name != NULL; name++)
    g_variant_builder_add_value (&builder, aq_queue_view_new (transaction, *name));
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
read_queued (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  Read *read = event;
  const GArray *ids = read->list.out_ids;

  if (!aq_rule_list_queued (transaction, &read->list, error))
    return FALSE;
  read->value = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids->data, ids->len,
                                                               sizeof (guint64)));
  return TRUE;
}

/**
 * aq_engine_read_queue:
 * @self: an engine
 * @name: a queue's name
 * @done: called with a{sv}, the keys being those of Queue1's properties
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Since: 0.1
 */
void
aq_engine_read_queue (AqEngine     *self,
                      const char   *name,
                      AqEngineRead  done,
                      gpointer      user_data)
{
  apply_read (self, read_queue, read_new (self, name), done, user_data);
}

/**
 * aq_engine_list_queues:
 * @self: an engine
 * @done: called with aa{sv}: each as aq_engine_read_queue() has it, sorted by name
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_queues (AqEngine     *self,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  apply_read (self, read_queues, read_new (self, NULL), done, user_data);
}

/**
 * aq_engine_list_queued:
 * @self: an engine
 * @name: a queue's name
 * @offset: how many jobs to leave out
 * @limit: how many jobs at most; 10,000 is as many as there can be
 * @done: called with at: ids of pending jobs, in the order in which they will be
 *   claimed
 * @user_data: for @done
 *
 * Errors: those of aq_rule_list_queued().
 *
 * Since: 0.1
 */
void
aq_engine_list_queued (AqEngine     *self,
                       const char   *name,
                       gint64        offset,
                       guint         limit,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  Read *read = read_new (self, name);

  read->list.offset = offset;
  read->list.limit = limit;
  read->list.out_ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  apply_read (self, read_queued, read, done, user_data);
}

/* pull */

static void
free_pull_event (gpointer data)
{
  AqPullEvent *event = data;

  g_free ((char *) event->queue);
  g_free (event);
}

static void
request_pull (AqEngine          *self,
              const AqActor     *actor,
              const AqPullEvent *pull,
              AqEngineJobDone    done,
              gpointer           user_data)
{
  AqPullEvent *event = g_memdup2 (pull, sizeof (AqPullEvent));
  const AqEngineRequest request = {
    .rule = aq_rule_pull,
    .event = event,
    .free_event = free_pull_event,
    .id = &event->out_id,
    .job_done = done,
    .user_data = user_data,
  };

  event->queue = g_strdup (pull->queue);
  event->queues = self->queues;
  aq_engine_apply_request (self, actor, &request);
}

/**
 * aq_engine_pull_index:
 * @self: an engine
 * @actor: who asked for it
 * @name: a queue's name
 * @index: place of the job in claim order, from the end if negative
 * @done: called with the job's id once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_pull().
 *
 * Since: 0.1
 */
void
aq_engine_pull_index (AqEngine        *self,
                      const AqActor   *actor,
                      const char      *name,
                      gint64           index,
                      AqEngineJobDone  done,
                      gpointer         user_data)
{
  request_pull (self, actor, &(AqPullEvent) { .queue = name, .index = index }, done, user_data);
}

/**
 * aq_engine_pull_job:
 * @self: an engine
 * @actor: who asked for it
 * @name: the name of the job's queue
 * @id: a job's id
 * @done: called with the job's id once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_pull().
 *
 * Since: 0.1
 */
void
aq_engine_pull_job (AqEngine        *self,
                    const AqActor   *actor,
                    const char      *name,
                    guint64          id,
                    AqEngineJobDone  done,
                    gpointer         user_data)
{
  /* no job has the id 0, and the rule would take it for a pull by index */
  request_pull (self, actor, &(AqPullEvent) { .queue = name, .id = id != 0 ? id : G_MAXUINT64 }, done, user_data);
}
