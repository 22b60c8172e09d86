/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * An answer of the engine
 */

#include "config.h"

#include "answer.h"

void
answer_clear (Answer *self)
{
  g_clear_pointer (&self->value, g_variant_unref);
  g_clear_error (&self->error);
  *self = (Answer) { 0 };
}

void
answer_on_done (const GError *error,
                gpointer      answer)
{
  Answer *self = answer;

  self->n_called++;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

void
answer_on_read (GVariant     *value,
                const GError *error,
                gpointer      answer)
{
  Answer *self = answer;

  answer_on_done (error, answer);
  self->value = value != NULL ? g_variant_ref (value) : NULL;
}
