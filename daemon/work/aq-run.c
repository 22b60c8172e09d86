/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One attempt of a job, from when a worker gets it until its end is told
 */

#include "config.h"

#include "work/aq-run.h"

/* Returns: (transfer none): what it has said, which may be nothing yet */
AqWitness *
aq_run_need_witness (AqRun *self)
{
  if (self->witness == NULL)
    self->witness = aq_witness_new ();
  return self->witness;
}

/* Returns: (transfer full): the same job, with what was noted of it; @self is still in its line, without that */
AqRun
aq_run_steal (AqRun *self)
{
  AqRun stolen = *self;

  (void) aq_plugin_ref (stolen.function->plugin);
  g_ref_string_acquire (stolen.queue);
  stolen.ladder = NULL;
  self->witness = NULL;
  self->object = NULL;
  return stolen;
}

/* frees what it owns */
void
aq_run_clear (AqRun *self)
{
  aq_plugin_unref (self->function->plugin);
  g_ref_string_release (self->queue);
  g_clear_pointer (&self->ladder, aq_ladder_free);
  g_clear_pointer (&self->witness, aq_witness_free);
  g_clear_pointer (&self->object, g_free);
}
