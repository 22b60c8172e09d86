/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

/* What the engine has told of a request. Zeroed memory: nothing yet. */
typedef struct
{
  guint     n_called;
  GVariant *value; /* owned */
  GError   *error; /* owned */
} Answer;

void answer_clear   (Answer       *self);

/* for the engine: @answer is an Answer */
void answer_on_done (const GError *error,
                     gpointer      answer);
void answer_on_read (GVariant     *value,
                     const GError *error,
                     gpointer      answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)
