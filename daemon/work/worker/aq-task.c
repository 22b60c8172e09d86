/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A job between its frame and its answer
 */

#include "config.h"

#include "work/worker/aq-task.h"

/* drops what it owns */
void
aq_task_clear (AqTask *self)
{
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_pointer (&self->progress, g_variant_unref);
  g_clear_object (&self->context);
}

/* Returns: (transfer full): the same job, moved out of @self, which stays behind empty */
AqTask *
aq_task_defer (AqTask *self)
{
  AqTask *deferred = g_memdup2 (self, sizeof *self);

  *self = (AqTask) { .lease = 0 };
  return deferred;
}

void
aq_task_free (AqTask *self)
{
  aq_task_clear (self);
  g_free (self);
}
