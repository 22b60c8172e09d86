/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Of what a worker has died
 *
 * Where it has crashed is found out by another process, see aq-autopsy.c, which
 * takes its time; the slot goes on meanwhile with another worker. The end of the
 * attempt is told once, when all is known that will be: with the stack, or when
 * the time for it is over, or when the daemon stops. Until then the job runs, as
 * far as the engine knows; should somebody cancel it, it is about to end anyhow.
 *
 * Jobs that the same worker had open share what is found out: one process looks,
 * however many they are.
 */

#include "config.h"

#include "work/aq-inquests.h"

#include "work/aq-attempt.h"
#include "work/aq-autopsy.h"

#include <glib/gstdio.h>
#include <unistd.h>

struct _AqInquests
{
  AqEngine      *engine;
  char          *worker_program;
  char          *agent;
  AqInquestTold  told;
  gpointer       user_data;
  GPtrArray     *open; /* of Inquest, owned */
};

typedef struct
{
  AqInquests *inquests; /* not owned: it owns us */
  AqRun       run;      /* what it owns is ours */
  AqDeath     death;    /* likewise */
  AqAutopsy  *autopsy;  /* NULL: another one of the same worker has it */
} Inquest;

static void
inquest_free (gpointer data)
{
  Inquest *self = data;

  g_clear_pointer (&self->autopsy, aq_autopsy_free);
  aq_run_clear (&self->run);
  aq_death_clear (&self->death);
  g_free (self);
}

/**
 * aq_inquests_new:
 * @engine: the engine
 * @worker_program: path of asyncq-worker
 * @agent: name of the agent
 * @told: called when the engine was told of the end of a job
 * @user_data: for @told
 */
AqInquests *
aq_inquests_new (AqEngine      *engine,
                 const char    *worker_program,
                 const char    *agent,
                 AqInquestTold  told,
                 gpointer       user_data)
{
  AqInquests *self = g_new0 (AqInquests, 1);

  self->engine = engine;
  self->worker_program = g_strdup (worker_program);
  self->agent = g_strdup (agent);
  self->told = told;
  self->user_data = user_data;
  self->open = g_ptr_array_new_with_free_func (inquest_free);
  return self;
}

void
aq_inquests_free (AqInquests *self)
{
  g_assert (self->open->len == 0);

  g_ptr_array_unref (self->open);
  g_free (self->worker_program);
  g_free (self->agent);
  g_free (self);
}

/* Tells the engine, and closes it. */
static void
tell (Inquest  *inquest,
      GVariant *stack)
{
  AqInquests *self = inquest->inquests;
  AqWitness *witness = inquest->run.witness;
  AqCause cause = aq_death_get_cause (&inquest->death, witness);
  g_autoptr(GVariant) evidence = aq_death_dup_evidence (&inquest->death, witness,
                                                         inquest->run.function->plugin->build, stack);
  g_autoptr(GError) failure = aq_death_dup_failure (&inquest->death, witness, inquest->run.function->name, stack);

  g_message ("agent '%s': %s", self->agent, failure->message);
  aq_attempt_fail (self->engine, &inquest->run, inquest->death.pid, failure, &cause, &inquest->death.usage, evidence);
  g_ptr_array_remove_fast (self->open, inquest);
  self->told (self->user_data);
}

/* Returns: (nullable): an open one of that worker */
static Inquest *
find (AqInquests *self,
      guint       pid)
{
  for (guint i = 0; i < self->open->len; i++)
    {
      Inquest *inquest = g_ptr_array_index (self->open, i);

      if (inquest->death.pid == pid)
        return inquest;
    }
  return NULL;
}

/* It is the same for all that the worker had open. */
static void
on_stack (GVariant *stack,
          gpointer  user_data)
{
  AqInquests *self = ((Inquest *) user_data)->inquests;
  guint pid = ((Inquest *) user_data)->death.pid;

  for (Inquest *inquest = user_data; inquest != NULL; inquest = find (self, pid))
    tell (inquest, stack);
}

/* It may have been too much of something. */
static void
judge (AqWorker *worker,
       AqRun    *run,
       AqDeath  *death)
{
  g_autofree char *output = run->witness == NULL ? NULL : aq_witness_dup_output (run->witness);
  const AqResourceDeath facts = {
    .killed = aq_worker_was_killed (worker),
    .used_nothing = death->used_nothing,
    .output = output,
  };
  AqCause cause = aq_death_get_cause (death, NULL);
  g_auto(AqResourceVerdict) verdict = { 0 };

  if (aq_resource_guard_judge (aq_worker_get_guard (worker), run->lease, &cause, &facts, &verdict))
    aq_death_judge (death, &verdict.cause, verdict.limit, g_steal_pointer (&verdict.failure));
}

/**
 * aq_inquests_hold:
 * @self: the inquests of a slot
 * @worker: that has died
 * @run: the job that ran; what else it owns than what every job in line does is
 *   taken from it
 * @death: how
 *
 * Sees to it that the engine is told of the end of the job, now or when it is
 * known where it has crashed.
 */
void
aq_inquests_hold (AqInquests    *self,
                  AqWorker      *worker,
                  AqRun         *run,
                  const AqDeath *death)
{
  Inquest *inquest = g_new0 (Inquest, 1);
  gboolean is_looked_into = find (self, death->pid) != NULL;
  g_autoptr(GPtrArray) plugins = NULL;
  g_autoptr(GError) error = NULL;

  inquest->inquests = self;
  inquest->death.report_fd = -1;
  aq_death_copy (&inquest->death, death);
  judge (worker, run, &inquest->death);
  inquest->run = aq_run_steal (run);
  inquest->run.ended_usec = aq_clock_get_wall (aq_engine_get_clock (self->engine));
  g_ptr_array_add (self->open, inquest);
  if (inquest->death.report_fd < 0)
    {
      tell (inquest, NULL);
      return;
    }
  if (is_looked_into)
    {
      (void) close (g_steal_fd (&inquest->death.report_fd)); /* memory */
      return;
    }
  plugins = aq_worker_dup_plugins (worker, inquest->run.function->plugin);
  inquest->autopsy = aq_autopsy_new (aq_engine_get_clock (self->engine), self->worker_program,
                                     inquest->death.report_fd, plugins, on_stack, inquest, &error);
  if (inquest->autopsy != NULL)
    return;
  g_warning ("where worker %u has crashed cannot be found out: %s", inquest->death.pid, error->message);
  tell (inquest, NULL);
}

/* the engine is told what is known by now */
void
aq_inquests_close_all (AqInquests *self)
{
  while (self->open->len > 0)
    tell (g_ptr_array_index (self->open, self->open->len - 1), NULL);
}

/* how many jobs it was not told of */
guint
aq_inquests_get_n (AqInquests *self)
{
  return self->open->len;
}
