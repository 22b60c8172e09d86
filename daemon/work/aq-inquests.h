/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-death.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* The jobs of one slot whose worker has died, until the engine is told. */
typedef struct _AqInquests AqInquests;

/* the engine was told of one */
typedef void (*AqInquestTold) (gpointer user_data);

AqInquests *aq_inquests_new       (AqEngine      *engine,
                                   const char    *worker_program,
                                   const char    *agent,
                                   AqInquestTold  told,
                                   gpointer       user_data);
void        aq_inquests_free      (AqInquests    *self);
void        aq_inquests_hold      (AqInquests    *self,
                                   AqWorker      *worker,
                                   AqRun         *run,
                                   const AqDeath *death);
void        aq_inquests_close_all (AqInquests    *self);
guint       aq_inquests_get_n     (AqInquests    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqInquests, aq_inquests_free)

G_END_DECLS
