/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* What the running jobs of one slot have asked for and have no answer to. */
typedef struct _AqQuestions AqQuestions;

AqQuestions *aq_questions_new    (AqEngine         *engine);
void         aq_questions_free   (AqQuestions      *self);
gboolean     aq_questions_ask    (AqQuestions      *self,
                                  AqWorker         *worker,
                                  AqRun            *run,
                                  const AqWireAsk  *ask,
                                  GError          **error);
void         aq_questions_cancel (AqQuestions      *self);
void         aq_questions_cancel_run (AqQuestions  *self,
                                  const AqRun      *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqQuestions, aq_questions_free)

G_END_DECLS
