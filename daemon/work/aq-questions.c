/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a running job asks for
 *
 * Each question becomes one call of the engine, and its end one ANSWER to the
 * worker. Each job has a bounded number of questions open; when it ends, or its
 * worker dies, those that wait are cancelled, and what comes back of the others
 * is dropped: what they asked for has happened or not, as the engine saw fit.
 */

#include "config.h"

#include "work/aq-questions.h"

#include "core/aq-engine-annotations.h"
#include "core/aq-engine-data.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"

struct _AqQuestions
{
  AqEngine *engine;
  AqWorker *worker; /* owned: who gets the answers; NULL when nothing is open */
  GQueue    open;   /* of Question */
  guint64   told;   /* the lease of the job whose refusal was logged */
};

typedef struct
{
  AqQuestions            *questions; /* NULL: nobody wants the answer any more */
  GList                   link;      /* in questions->open */
  guint64                 id;
  guint64                 lease;
  guint64                 number;
  AqWireQuestion          question;
  AqEngineAnnotationWait *wait;      /* of one that waits; NULL once it is over */
} Question;

static const AqActor actor = { 0, "" };

AqQuestions *
aq_questions_new (AqEngine *engine)
{
  AqQuestions *self = g_new0 (AqQuestions, 1);

  self->engine = engine;
  g_queue_init (&self->open);
  return self;
}

void
aq_questions_free (AqQuestions *self)
{
  aq_questions_cancel (self);
  g_free (self);
}

static void
set_failure (AqWireAnswer  *answer,
             const GError  *error,
             GVariant     **out_value)
{
  *out_value = g_variant_ref_sink (g_variant_new ("(sis)", g_quark_to_string (error->domain), error->code,
                                                  error->message));
  answer->failed = 1;
  aq_wire_value_set (&answer->value, *out_value);
}

/* The worker does not wait for this answer: somebody should hear that it was refused, but once a job is enough. */
static void
log_refusal (AqQuestions    *self,
             const Question *question,
             const GError   *error)
{
  if (question->question != AQ_WIRE_SET_ANNOTATION || self->told == question->lease)
    return;
  self->told = question->lease;
  g_message ("an annotation by job %" G_GUINT64_FORMAT " was refused: %s", question->id, error->message);
}

/* Sends the answer, if somebody wants it, and frees the question. */
static void
answer (Question     *question,
        GVariant     *value,
        const GError *error)
{
  AqQuestions *self = question->questions;
  AqWireAnswer message = { .lease = question->lease, .number = question->number };
  g_autoptr(GVariant) failure = NULL;
  guint index;

  if (self != NULL)
    {
      g_queue_unlink (&self->open, &question->link);
      if (aq_worker_find_run (self->worker, question->lease, &index))
        aq_worker_get_run (self->worker, index)->n_questions--;
      if (error != NULL)
        {
          log_refusal (self, question, error);
          set_failure (&message, error, &failure);
        }
      else
        aq_wire_value_set (&message.value, value);
      aq_worker_answer (self->worker, &message);
    }
  g_free (question);
}

static void
on_done (const GError *error,
         gpointer      user_data)
{
  answer (user_data, NULL, error);
}

static void
on_annotation (GVariant     *value,
               const GError *error,
               gpointer      user_data)
{
  Question *question = user_data;

  question->wait = NULL;
  answer (question, value, error);
}

static void
on_begun (GVariant     *value,
          const GError *error,
          gpointer      user_data)
{
  g_autoptr(GVariant) result = NULL;

  if (error == NULL)
    result = g_variant_lookup_value (value, "result", NULL);
  if (result != NULL && g_variant_is_of_type (result, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) boxed = g_steal_pointer (&result);

      result = g_variant_get_variant (boxed);
    }
  answer (user_data, result, error);
}

static gint64
time_of (guint64 usec)
{
  return usec == AQ_WIRE_FOR_EVER ? -1 : (gint64) usec;
}

static void
ask_engine (AqQuestions     *self,
            Question        *question,
            const AqWireAsk *ask,
            GVariant        *value)
{
  guint64 annotated = ask->job != 0 ? ask->job : question->id;

  switch (ask->question)
    {
    case AQ_WIRE_SET_ANNOTATION:
      /* on another job it is somebody from outside */
      aq_engine_annotate (self->engine, &actor, annotated, annotated == question->id ? question->lease : 0,
                          ask->name, value, on_done, question);
      break;

    case AQ_WIRE_GET_ANNOTATION:
      question->wait = aq_engine_get_annotation (self->engine, annotated, ask->name, time_of (ask->timeout_usec),
                                                 time_of (ask->poll_usec), on_annotation, question);
      break;

    case AQ_WIRE_SET_CHECKPOINT:
      aq_engine_set_checkpoint (self->engine, question->id, question->lease, value, on_done, question);
      break;

    case AQ_WIRE_BEGIN_ONCE:
      aq_engine_begin_once (self->engine, question->id, question->lease, ask->name, on_begun, question);
      break;

    case AQ_WIRE_END_ONCE:
      aq_engine_end_once (self->engine, question->id, question->lease, ask->name, value, on_done, question);
      break;

    default:
      g_assert_not_reached (); /* aq_wire_parse_ask() lets no other through */
    }
}

static Question *
open_question (AqQuestions     *self,
               AqWorker        *worker,
               AqRun           *run,
               const AqWireAsk *ask)
{
  Question *question = g_new0 (Question, 1);

  question->questions = self;
  question->id = run->id;
  question->lease = run->lease;
  question->number = ask->number;
  question->question = ask->question;
  question->link.data = question;
  if (self->worker == NULL)
    self->worker = aq_worker_ref (worker);
  run->n_questions++;
  g_queue_push_tail_link (&self->open, &question->link);
  return question;
}

/**
 * aq_questions_ask:
 * @self: the questions of a slot
 * @worker: its worker
 * @run: the job that runs
 * @ask: what it asks for, parsed
 * @error: return location for an error
 *
 * Does what a running job asks for; the answer goes to the worker.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for what no sound worker asks.
 */
gboolean
aq_questions_ask (AqQuestions      *self,
                  AqWorker         *worker,
                  AqRun            *run,
                  const AqWireAsk  *ask,
                  GError          **error)
{
  g_autoptr(GVariant) value = aq_wire_value_dup (&ask->value);
  g_autoptr(GError) refused = NULL;
  Question *question;

  if (run->n_questions >= AQ_WIRE_MAX_QUESTIONS || aq_worker_get_unsent (worker) > 2 * AQ_WIRE_MAX_FRAME_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "it asks more than %d questions before the answers",
                   AQ_WIRE_MAX_QUESTIONS);
      return FALSE;
    }
  question = open_question (self, worker, run, ask);
  if (value != NULL && !aq_value_check (value, AQ_WIRE_MAX_RESULT_BYTES, &refused))
    answer (question, NULL, refused);
  else
    ask_engine (self, question, ask, value);
  return TRUE;
}

/* Takes it off the others. Nobody wants its answer any more. */
static void
cancel (AqQuestions *self,
        Question    *question)
{
  g_queue_unlink (&self->open, &question->link);
  question->questions = NULL;
  if (question->wait == NULL)
    return;
  aq_engine_annotation_wait_cancel (question->wait);
  g_free (question);
}

/* Nobody is there any more who could be told. */
void
aq_questions_cancel (AqQuestions *self)
{
  while (!g_queue_is_empty (&self->open))
    cancel (self, g_queue_peek_head (&self->open));
  g_clear_pointer (&self->worker, aq_worker_unref);
}

/* The job has ended. */
void
aq_questions_cancel_run (AqQuestions *self,
                         const AqRun *run)
{
  GList *next;

  for (GList *l = run->n_questions == 0 ? NULL : self->open.head; l != NULL; l = next)
    {
      Question *question = l->data;

      next = l->next;
      if (question->lease == run->lease)
        cancel (self, question);
    }
  if (g_queue_is_empty (&self->open))
    g_clear_pointer (&self->worker, aq_worker_unref);
}
